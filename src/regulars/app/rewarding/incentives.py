"""Who has met which incentive, and who gets what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from regulars.app.rewarding.asking import Asking
from regulars.app.rewarding.facts import Facts
from regulars.app.rewarding.given_before import not_given_before
from regulars.app.rewarding.hold_outs import left_alone
from regulars.app.rewarding.rules import Rules
from regulars.app.rewarding.tally import Tallies, Tally
from regulars.benefit.definition.terms import DAY, Give, Incentive
from regulars.benefit.incentive.give import GiveIncentive
from regulars.benefit.incentive.happenings import Happenings, Met
from regulars.benefit.incentive.limits import within_limits
from regulars.benefit.incentive.meets import During, meets
from regulars.benefit.points.earning import ORDER
from regulars.ledger.receipt import Receipt
from regulars.permission.assignment import NOT_MERGED, AssignmentBook, Merged
from regulars.settings import Settings


def all_met(
    facts: Facts,
    rules: Rules,
    settings: Settings,
    ends_at: int,
    since: int = 0,
    merged: Merged = NOT_MERGED,
) -> list[Met]:
    """Everybody who has met an incentive as often as it counts, in the order of time.

    Args:
        facts: the warehouse.
        rules: with the incentives, and when each begins.
        settings: of the shop.
        ends_at: what happened before counts; UTC microseconds.
        since: nothing from before then, though the rule may have begun earlier.
        merged: which numbers are another one's by now.
    """
    begins = {one.name: max(begins_at, since) for one, begins_at in rules.incentives}
    told = _happenings(facts, [one for one, _ in rules.incentives], begins, ends_at)
    zone, found = settings.shop.time_zone, []
    for incentive, _ in rules.incentives:
        during = During(begins[incentive.name], ends_at, zone, settings.shop.id)
        mets = meets(
            incentive,
            told.__getitem__
            if incentive.when != "streak"
            else lambda name: facts.days(name, ends_at),
            facts.stages,
            during,
        )
        found += within_limits(incentive, _of_survivors(mets, merged), zone)
    return sorted(found, key=lambda met: (met.at, met.incentive, met.customer_id, met.occurrence))


def _happenings(
    facts: Facts, incentives: Iterable[Incentive], begins: dict[str, int], ends_at: int
) -> dict[str, Happenings]:
    names: set[str] = set()
    since = ends_at
    for one in incentives:
        if one.when in ("event", "conversion"):
            names |= {one.on, one.after} - {""}
            since = min(since, begins[one.name] - one.within_days * DAY)
    return facts.happenings(names, max(0, since), ends_at)


def _of_survivors(mets: Sequence[Met], merged: Merged) -> list[Met]:
    """Stages may have been understood before numbers were merged."""
    who = merged.survivors_of(np.array([met.customer_id for met in mets], np.int64)).tolist()
    return [met._replace(customer_id=one) for met, one in zip(mets, who, strict=True)]


@dataclass(slots=True)
class IncentivePass:
    """One pass over what incentives give.

    Attributes:
        asking: the ledger.
        facts: the warehouse.
        rules: as published.
        settings: of the shop.
        book: the records of hold-outs.
        merged: which numbers are another one's by now.
        tallies: counts what came of it.
    """

    asking: Asking
    facts: Facts
    rules: Rules
    settings: Settings
    book: AssignmentBook
    merged: Merged
    tallies: Tallies

    def run(self, now: int, since: int = 0) -> None:
        """Give what has been met and was not asked for before, what was met first before the rest.

        Args:
            now: UTC microseconds.
            since: nothing that was met before.
        """
        mets = all_met(self.facts, self.rules, self.settings, now, since, self.merged)
        mets = not_given_before(mets, self.asking, self.merged.all_of())
        by_name = {one.name: one for one, _ in self.rules.incentives}
        held = left_alone(
            mets, by_name, self.book, self.settings, self.merged, self.rules.changed_at
        )
        for met in held:
            self.tallies.of("incentive", met.incentive).held_out.add(met.customer_id)
        given = [met for met in mets if met not in held]
        answers = self.asking.ask([self._deed(met) for met in given])
        for met, answer in zip(given, answers, strict=True):
            tally = self.tallies.of("incentive", met.incentive)
            if isinstance(answer, Receipt):
                count_given(tally, met.customer_id, by_name[met.incentive].give)
            else:
                tally.refuse(answer.code)

    def _deed(self, met: Met) -> GiveIncentive:
        shop = self.settings.shop
        return GiveIncentive(
            key=met.key,
            incentive=met.incentive,
            customer_id=met.customer_id,
            occurrence=met.occurrence,
            met_at=met.at,
            currency=shop.currency,
            zone=shop.time_zone,
        )


def count_given(tally: Tally, customer_id: int, give: Give, day: str = "") -> None:
    """Count what an incentive has given, or would have."""
    tally.give(
        customer_id,
        day=day,
        points=give.points,
        balance=give.balance,
        coupons=int(bool(give.coupon)),
        gifts=int(bool(give.gift)),
    )


def events_met(incentives: Iterable[Incentive]) -> set[str]:
    """Names of the events that incentives wait for."""
    return {name for one in incentives for name in (one.on, one.after)} - {"", ORDER}
