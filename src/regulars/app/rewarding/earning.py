"""Orders and events earn points and growth value; refunds take them back.

An order earns once the longest wait of its rules is over, on what is left of it then; what is
refunded later takes back what it has earned, whether a file tells of it or the checkout has. An
event earns by each rule that names it, within the rule's limit.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from regulars.app.rewarding.asking import Asking
from regulars.app.rewarding.due import Due, due_at, key_of, rounds
from regulars.app.rewarding.facts import Facts, TierGift
from regulars.app.rewarding.orders_told import OrderTold
from regulars.app.rewarding.rules import Rules
from regulars.app.rewarding.tally import Tallies
from regulars.app.rewarding.told import events_due, orders_due
from regulars.benefit.definition.terms import DAY, Tiers
from regulars.benefit.order.allocation import in_all
from regulars.benefit.order.standing import refunded_of
from regulars.benefit.points.earn import Earn
from regulars.benefit.points.earning import ORDER, WHOLE
from regulars.benefit.points.taking_back import TakeEarnedBack
from regulars.benefit.tier.judge import NOBODY, Standing, tier_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, EarnedRow
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.receipt import Receipt

_IN_A_ROW = 20_000
"""In the order of time, before what is next is looked at."""
_AT_ONCE = 1_000
_LONG = 14 * DAY


@dataclass(slots=True)
class TakenBack:
    """What refunds have taken back: of how many orders, points (of them owed), growth value."""

    orders: int = 0
    points: int = 0
    owed: int = 0
    growth: int = 0

    def as_dict(self) -> dict[str, int]:
        """Plain data."""
        return {
            "orders": self.orders,
            "points": self.points,
            "owed": self.owed,
            "growth": self.growth,
        }


@dataclass(slots=True)
class EarningPass:
    """One pass over what earns.

    Attributes:
        asking: the ledger.
        facts: the warehouse.
        rules: as published.
        zone: the shop's time zone.
        tallies: counts what came of it.
        taken_back: by refunds.
        risen: what the tiers give to those who have reached them by it.
    """

    asking: Asking
    facts: Facts
    rules: Rules
    zone: str
    tallies: Tallies
    taken_back: TakenBack = field(default_factory=TakenBack)
    risen: list[TierGift] = field(default_factory=list)

    def run(self, now: int, changed_since: int = 0) -> None:
        """Let orders and events earn, in the order of time; then take back what refunds take.

        Args:
            now: UTC microseconds.
            changed_since: only what happened, came in, or was told otherwise from then on.
        """
        refunded: list[tuple[OrderTold, EarnedRow]] = []
        dues = heapq.merge(
            self._orders(now, changed_since, refunded),
            self._events(now, changed_since),
            key=lambda due: (due.at, due.source),
        )
        while part := list(islice(dues, _IN_A_ROW)):
            self._earn(part)
        for first in range(0, len(refunded), _IN_A_ROW):
            self._take_back(refunded[first : first + _IN_A_ROW])

    def _orders(
        self, now: int, changed_since: int, refunded: list[tuple[OrderTold, EarnedRow]]
    ) -> Iterator[Due]:
        begins_at = self.rules.earning_since(of_orders=True)
        if begins_at is None:
            return
        settled: list[str] = []
        if now - changed_since > _LONG:  # most orders have earned: not to be looked up one by one
            with self.asking.looking() as connection:
                settled = BenefitRows(connection).orders_earned()
        for part in self.facts.orders.paid(begins_at, now, changed_since, settled):
            earned, new = self._look(part, now)
            refunded += (
                (order, row)
                for order in part
                if order.amounts.refunded
                and (row := earned.get(order.source))
                and row.base_back < row.base
            )
            due = orders_due(self.facts, self.rules, new)
            yield from sorted(due, key=lambda one: (one.at, one.source))

    def _events(self, now: int, changed_since: int) -> Iterator[Due]:
        begins_at = self.rules.earning_since(of_orders=False)
        names = self.rules.events_that_earn()
        if begins_at is None or not names:
            return
        happenings = self.facts.happenings(names, begins_at, now, changed_since)
        for part in events_due(self.rules, happenings, names):
            due = [one for one in part if due_at(one.at, one.rules) <= now]
            before = self.asking.asked_before(one.key for one in due)
            left = [one for one in due if one.key not in before]
            yield from sorted(left, key=lambda one: (one.at, one.source))

    def _look(
        self, orders: Sequence[OrderTold], now: int
    ) -> tuple[dict[str, EarnedRow], list[OrderTold]]:
        """What the orders have earned before, and those that are due and were not asked for."""
        sources = [order.source for order in orders]
        with self.asking.looking() as connection:
            earned = BenefitRows(connection).earned_of(sources)
            orders = with_refunds(connection, orders, [one for one in sources if one not in earned])
        left = {
            key_of(source): order
            for order, source in zip(orders, sources, strict=True)
            if source not in earned
            and order.amounts.paid > order.amounts.refunded
            and due_at(order.at, self.rules.earning_at(order.at, ORDER)) <= now
        }
        before = self.asking.asked_before(left)
        return earned, [order for key, order in left.items() if key not in before]

    def _earn(self, dues: Sequence[Due]) -> None:
        multiplies = any(tier.points_percent != WHOLE for tier in self.rules.tiers.tiers)
        for part in rounds(dues) if multiplies else [dues]:
            for first in range(0, len(part), _AT_ONCE):
                self._ask(part[first : first + _AT_ONCE], multiplies)

    def _ask(self, dues: Sequence[Due], multiplies: bool) -> None:
        percents = self._percents(dues) if multiplies else {}
        asked, deeds = [], []
        for due in dues:
            if earned := due.earned(percents.get(due.customer_id, WHOLE)):
                asked.append(due)
                deeds.append(
                    Earn(
                        key=due.key,
                        source=due.source,
                        customer_id=due.customer_id,
                        earned=earned,
                        base=due.base,
                        happened_at=due.at,
                        zone=self.zone,
                        about={"order" if due.lines is not None else "event": due.name},
                    )
                )
        for due, answer in zip(asked, self.asking.ask(deeds), strict=True):
            if isinstance(answer, Receipt):
                self._given(due, answer)
            else:
                for rule in due.rules:
                    self.tallies.of("earn", rule.name).refuse(answer.code)

    def _given(self, due: Due, receipt: Receipt) -> None:
        about = receipt.body.about
        for rule, (points, growth) in about["rules"].items():
            self.tallies.of("earn", rule).give(due.customer_id, points=points, growth=growth)
        judged = about.get("judged", {})
        self.risen += [
            TierGift(due.customer_id, judged["tier"], gift) for gift in judged.get("gifts", ())
        ]

    def _percents(self, dues: Sequence[Due]) -> dict[int, int]:
        with self.asking.looking() as connection:
            members = BenefitRows(connection).members_of([due.customer_id for due in dues])
        return {
            due.customer_id: percent_of(
                self.rules.tiers,
                Standing(row.tier, row.since, row.until)
                if (row := members.get(due.customer_id))
                else NOBODY,
            )
            for due in dues
        }

    def _take_back(self, refunded: Sequence[tuple[OrderTold, EarnedRow]]) -> None:
        """Bring each to where so much of what earned then is not there any more."""
        earned = {row.source: row for _, row in refunded}
        with self.asking.looking() as connection:
            entries = LedgerRows(connection).journal({row.n for row in earned.values()})
        earned_at = {source: entries[row.n].at for source, row in earned.items()}
        orders = [order for order, _ in refunded]
        targets = [
            (due.source, earned[due.source].base - due.base)
            for due in orders_due(self.facts, self.rules, orders, earned_at)
        ]
        meant = {source for source, _ in targets}
        targets += [  # the rules that it earned by are not there any more
            (row.source, row.base * min(amounts.refunded, amounts.paid) // amounts.paid)
            for (*_, amounts), row in refunded
            if row.source not in meant
        ]
        deeds = [
            TakeEarnedBack(key=f"back:{source}:{target}", source=source, base_back=target)
            for source, target in targets
            if target > earned[source].base_back
        ]
        for answer in self.asking.ask(deeds):
            if isinstance(answer, Receipt) and not answer.replayed:
                about = answer.body.about
                self.taken_back.orders += 1
                self.taken_back.points += about["points"] + about.get("owed", 0)
                self.taken_back.owed += about.get("owed", 0)
                self.taken_back.growth += about["growth"]


def with_refunds(
    connection: Connection, orders: Sequence[OrderTold], sources: Sequence[str]
) -> list[OrderTold]:
    """The orders, with what the checkout has refunded of them, where no file tells of so much.

    Args:
        connection: to the store.
        orders: as the warehouse tells them.
        sources: of those that are looked up.
    """
    cash = {
        owner: in_all(one.body.allocation, one.so_far.refunded).cash
        for owner, one in refunded_of(connection, sources).items()
    }
    return [
        order._replace(
            amounts=order.amounts._replace(
                refunded=max(order.amounts.refunded, cash.get(order.source, 0))
            )
        )
        for order in orders
    ]


def percent_of(tiers: Tiers, standing: Standing) -> int:
    """By how much the tier multiplies points, in hundredths of a percent."""
    tier = tier_of(tiers, standing)
    return WHOLE if tier is None else tier.points_percent
