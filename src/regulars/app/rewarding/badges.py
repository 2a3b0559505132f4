"""Badges for who has met them, and what tiers give to who has reached them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regulars.app.rewarding.asking import Asking
from regulars.app.rewarding.facts import Facts, TierGift
from regulars.app.rewarding.tally import Tallies
from regulars.benefit.badge import GiveBadge
from regulars.benefit.coupon.deeds import GiveCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import Badge
from regulars.benefit.gift.giving import GiveGift
from regulars.benefit.incentive.meets import place_in_run
from regulars.benefit.names import badge_asset, customer_owner
from regulars.engines.store_benefits import BenefitRows
from regulars.ledger.deed import Deed
from regulars.ledger.receipt import Receipt
from regulars.permission.assignment import Merged


def badge_met(facts: Facts, badge: Badge, ends_at: int) -> list[tuple[int, int]]:
    """Customers who have met the badge, and when: with its last event, or day in a row."""
    if not badge.streak_days:
        return facts.nth(badge.on, badge.count, ends_at)
    days = facts.days(badge.on, ends_at)
    reached = place_in_run(days.customer, days.day) == badge.streak_days
    first: dict[int, int] = {}
    for who, at in zip(days.customer[reached].tolist(), days.at[reached].tolist(), strict=True):
        first.setdefault(who, at)
    return list(first.items())


@dataclass(slots=True)
class BadgePass:
    """One pass over badges and what tiers give.

    Attributes:
        asking: the ledger.
        facts: the warehouse.
        zone: the shop's time zone.
        merged: which numbers are another one's by now.
        tallies: counts what came of it.
    """

    asking: Asking
    facts: Facts
    zone: str
    merged: Merged
    tallies: Tallies

    def badges(self, badges: Iterable[Badge], now: int) -> None:
        """Give each badge to those who have met it and do not have it."""
        for badge in badges:
            met = sorted((at, who) for who, at in badge_met(self.facts, badge, now))
            with self.asking.looking() as connection:
                have = BenefitRows(connection).holders_of(badge_asset(badge.name))
            wanted = {
                f"badge:{badge.name}:{who}": who
                for _, who in met
                if customer_owner(who) not in have
            }
            before = self.asking.asked_before(wanted)
            asked = [(key, who) for key, who in wanted.items() if key not in before]
            deeds = [GiveBadge(key=key, badge=badge.name, customer_id=who) for key, who in asked]
            for (_, who), answer in zip(asked, self.asking.ask(deeds), strict=True):
                tally = self.tallies.of("badge", badge.name)
                if isinstance(answer, Receipt):
                    tally.give(who)
                else:
                    tally.refuse(answer.code)

    def tier_gifts(self, gifts: Sequence[TierGift]) -> None:
        """Give what tiers give, to each customer each thing once, whenever they reach the tier."""
        earlier = self.merged.all_of()
        wanted = {
            f"tier:{one.customer_id}:{one.gift}": (
                one,
                [f"tier:{old}:{one.gift}" for old in earlier.get(one.customer_id, ())],
            )
            for one in gifts
        }
        before = self.asking.asked_before(
            name for key, (_, others) in wanted.items() for name in (key, *others)
        )
        asked = {
            key: one for key, (one, others) in wanted.items() if before.isdisjoint((key, *others))
        }
        answers = self.asking.ask([self._deed(key, one) for key, one in asked.items()])
        for one, answer in zip(asked.values(), answers, strict=True):
            tally = self.tallies.of("tier", one.gift)
            if isinstance(answer, Receipt):
                is_coupon = one.gift.startswith("coupon:")
                tally.give(one.customer_id, coupons=int(is_coupon), gifts=int(not is_coupon))
            else:
                tally.refuse(answer.code)

    def _deed(self, key: str, one: TierGift) -> Deed:
        kind, _, name = one.gift.partition(":")
        why = f"tier:{one.tier}"
        if kind == "coupon":
            to = Recipient(one.customer_id)
            return GiveCoupon(key=key, coupon=name, to=to, zone=self.zone, why=why)
        return GiveGift(key=key, gift=name, customer_id=one.customer_id, why=why)
