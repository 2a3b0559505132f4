"""One pass of rewarding: what is to be earned and given by now, and has not been, is asked for.

    merged numbers → orders and events → refunds → what tiers give → badges → incentives

Everything has a key that names what happened, so a pass that is stopped, or runs beside another, or
is done twice gives nothing twice. A whole pass looks at all that has happened since the rules
began; one of the last `days` is for in between, and leaves to it what is told later than that.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from regulars.app.rewarding.asking import Asking
from regulars.app.rewarding.badges import BadgePass
from regulars.app.rewarding.earning import EarningPass, TakenBack
from regulars.app.rewarding.facts import Facts
from regulars.app.rewarding.incentives import IncentivePass, events_met
from regulars.app.rewarding.merging import merge_wallets, merged_since
from regulars.app.rewarding.rules import Rules
from regulars.app.rewarding.tally import Tallies
from regulars.benefit.definition.terms import DAY
from regulars.kernel.sentence import Sentence
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.ledger.ledger import Ledger

RECENT_DAYS = 92
"""A pass for in between looks at so many."""


@dataclass(frozen=True, slots=True)
class Rewarded:
    """What a pass has done.

    Attributes:
        tallies: by rule, what was given and refused in this pass; of incentives also how many
            customers have met one and are held out.
        taken_back: by refunds.
        merged: numbers whose wallets were moved.
        seconds: that it took.
        notes: what was passed over, in words.
    """

    tallies: Tallies
    taken_back: TakenBack
    merged: int
    seconds: float
    notes: list[Sentence] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "rules": self.tallies.as_dict(),
            "taken_back": self.taken_back.as_dict(),
            "merged": self.merged,
            "seconds": round(self.seconds, 3),
            "notes": [note.en for note in self.notes],
            "notes_zh": [note.zh for note in self.notes],
        }


def reward(
    warehouse: Warehouse,
    home: Home,
    ledger: Ledger,
    *,
    days: int | None = None,
    gives_way: bool = False,
    step: Step = silent,
) -> Rewarded:
    """Do one pass.

    The warehouse is brought up to date with landing first. Stages are those of the last
    `understand`.

    Args:
        warehouse: of the home.
        home: the shop.
        ledger: its book of record.
        days: look at what happened, came in or was refunded in so many days only; None for all
            since the rules began.
        gives_way: to others who write into the book, every few deeds.
        step: told the name of each step before it begins.

    Raises:
        StoreError: the store does not answer; what was done before is done.
    """
    from regulars.app.as_of import refresh
    from regulars.app.identity import merged_numbers
    from regulars.engines.store_assignments import SqlAssignments

    began = time.perf_counter()
    step("orders and events")
    refresh(warehouse, home)
    settings, asking, tallies = home.settings, Asking(ledger, gives_way=gives_way), Tallies()
    zone, now = settings.shop.time_zone, asking.now
    since = 0 if days is None else max(0, now - days * DAY)
    with asking.looking() as connection:
        rules = Rules.read(connection)
    facts = facts_of(warehouse, home)
    merged = merged_numbers(warehouse)

    step("merged numbers")
    moved = merge_wallets(asking, merged_since(warehouse, since), zone, merged)
    step("earning")
    earning = EarningPass(asking, facts, rules, zone, tallies)
    earning.run(now, since)
    step("badges")
    badges = BadgePass(asking, facts, zone, merged, tallies)
    badges.tier_gifts([*facts.tier_gifts(since, now), *earning.risen])
    badges.badges(rules.badges, now)
    step("incentives")
    book = SqlAssignments(ledger.store)
    IncentivePass(asking, facts, rules, settings, book, merged, tallies).run(now, since)
    return Rewarded(
        tallies,
        earning.taken_back,
        moved,
        time.perf_counter() - began,
        notes_of(warehouse, home, facts, rules, now),
    )


def facts_of(warehouse: Warehouse, home: Home) -> Facts:
    """The reader of the home's warehouse."""
    from regulars.intake.connection import Connections

    shop = home.settings.shop
    public = [one.name for one in Connections(home.keys).all() if one.use == "public"]
    return Facts(warehouse, shop.currency, shop.time_zone, public)


def notes_of(
    warehouse: Warehouse, home: Home, facts: Facts, rules: Rules, now: int
) -> list[Sentence]:
    """What rules do not see."""
    from regulars.app.as_of import is_stale

    notes = []
    begins_at = rules.earning_since(of_orders=True)
    if begins_at is not None and (foreign := facts.orders.foreign(begins_at, now)):
        notes.append(
            Sentence(
                f"Orders in another currency, which earn nothing: {foreign:,}.",
                f"其他币种的订单不累积：{foreign:,} 个。",
            )
        )
    incentives = [held.incentive for some in rules.incentives for held in some]
    names: Collection[str] = rules.events_that_earn() | events_met(incentives)
    first = min(
        (at for at in (rules.earning_since(of_orders=False), *_begins(rules)) if at is not None),
        default=None,
    )
    if first is not None and (told := facts.by_public_keys(names, first, now)):
        notes.append(
            Sentence(
                f"Events that came by a public key, which anybody can write and so count nothing:"
                f" {told:,}. Have the shop's server send them.",
                f"经公开密钥上报的事件任何人都能伪造，不计入：{told:,} 条。请改由店铺服务器发送。",
            )
        )
    if any(one.stage for one in incentives) and is_stale(warehouse, home):
        notes.append(
            Sentence(
                "Stages are not up to date (run `regulars understand`).",
                "生命周期阶段不是最新的（请运行 `regulars understand`）。",
            )
        )
    return notes


def _begins(rules: Rules) -> list[int]:
    return [held.begins_at for some in rules.incentives for held in some]
