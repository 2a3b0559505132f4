"""Who has met which incentive, and who gets what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np

from regulars.app.rewarding.asking import Asking
from regulars.app.rewarding.facts import Facts
from regulars.app.rewarding.given_before import not_given_before
from regulars.app.rewarding.hold_outs import left_alone
from regulars.app.rewarding.rules import Held, Rules
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
        rules: with the incentives, and when each held.
        settings: of the shop.
        ends_at: what happened before counts; UTC microseconds.
        since: nothing from before then, though the rule may have begun earlier.
        merged: which numbers are another one's by now.
    """
    held = [
        one._replace(begins_at=max(one.begins_at, since), ends_at=min(one.ends_at, ends_at))
        for some in rules.incentives
        for one in some
    ]
    told, shop = _happenings(facts, held, ends_at), settings.shop
    days = cache(lambda name: facts.days(name, ends_at))
    found: list[Met] = []
    for _, versions in groupby(held, lambda one: one.incentive.name):
        parts: list[tuple[Incentive, list[Met]]] = []
        seen: set[str] = set()
        for rule, begins_at, until in versions:
            mets = meets(
                rule,
                days if rule.when == "streak" else told.__getitem__,
                facts.stages,
                During(begins_at, until, shop.time_zone, shop.id),
            )
            # The day on which a rule changed counts for both.
            mets = [met for met in mets if met.occurrence not in seen]
            seen |= {met.occurrence for met in mets}
            parts.append((rule, _of_survivors(mets, merged)))
        found += within_limits(parts, shop.time_zone)
    return sorted(found, key=lambda met: (met.at, met.incentive, met.customer_id, met.occurrence))


def _happenings(facts: Facts, held: Iterable[Held], ends_at: int) -> dict[str, Happenings]:
    names: set[str] = set()
    since = ends_at
    for one, begins_at, _ in held:
        if one.when in ("event", "conversion"):
            names |= {one.on, one.after} - {""}
            since = min(since, begins_at - one.within_days * DAY)
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
        by_name = {one.name: one for one in self.rules.catalogue.incentives()}
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
