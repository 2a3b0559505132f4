"""The rules by which is rewarded, each from when on it holds.

What earns points is judged by the rules that were published when it happened: a promise is kept
though the rule has changed since. A rule with a first day of its own (`from`) holds from that day
on, also where it was published later. Of incentives that are published now, likewise: what somebody
met counts by the condition and the limit that held then, and gives what is published now. Badges
are those that are published now.

>>> earn = Earning(name="goods", on="order", points=1, per=100)
>>> rules = Rules.of([Points(earn=(earn,))], begins_at=5)
>>> rules.earning_at(4, "order"), [rule.name for rule in rules.earning_at(5, "order")]
((), ['goods'])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import msgspec

from regulars.benefit.catalogue import Catalogue, Published
from regulars.benefit.definition.terms import (
    Badge,
    Earning,
    Give,
    Incentive,
    Points,
    Term,
    Tiers,
    decode,
    named,
)
from regulars.benefit.points.earning import ORDER, is_in_time
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_ledger import LedgerRows

FAR = 1 << 62
"""Later than anything."""


class Held(NamedTuple):
    """An incentive as it held for a time.

    Attributes:
        incentive: the rule as it was then.
        begins_at: the instant from which on it held, UTC microseconds.
        ends_at: from which on it held no longer.
    """

    incentive: Incentive
    begins_at: int
    ends_at: int = FAR


@dataclass(frozen=True, slots=True)
class Rules:
    """What is published, and since when.

    Attributes:
        earning: the earning rules by when they were published, the oldest first.
        incentives: of each that is published now, how it has held, the oldest first.
        catalogue: all that is published now.
        changed_at: by incentive, when it was published as it is now; of those that are published.
    """

    earning: tuple[tuple[int, tuple[Earning, ...]], ...]
    incentives: tuple[tuple[Held, ...], ...]
    catalogue: Catalogue
    changed_at: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[Term], begins_at: int) -> Rules:
        """Of terms that are not published yet, as if they had been at the instant."""
        by_kind = {named(term): Published(term, 1) for term in terms}
        catalogue = Catalogue(by_kind)
        incentives = tuple((Held(one, begins_at),) for one in catalogue.incentives())
        return cls(((begins_at, catalogue.points.earn),), incentives, catalogue)

    @classmethod
    def read(cls, connection: Connection) -> Rules:
        """As they stand in the store."""
        rows = BenefitRows(connection)
        catalogue = Catalogue.read(connection)
        points = rows.versions("points", [""])
        names = [one.name for one in catalogue.incentives()]
        versions = rows.versions("incentive", names)
        numbers = {row.n for row in (*points, *versions)}
        at = {n: row.at for n, row in LedgerRows(connection).journal(numbers).items()}
        earning = tuple(
            (at[row.n], cast("Points", decode("points", row.body)).earn if row.body else ())
            for row in points
        )
        changed_at = {row.name: at[row.n] for row in versions}
        incentives = [
            _held([(row.body, at[row.n]) for row in versions if row.name == name]) for name in names
        ]
        return cls(earning, tuple(incentives), catalogue, changed_at)

    def earning_at(self, at: int, on: str, known_at: int = FAR) -> tuple[Earning, ...]:
        """The rules by which what happened at the instant earns.

        Args:
            at: UTC microseconds.
            on: the event's name; `order` for a paid order.
            known_at: rules that were published later do not count, whatever their first day.
        """
        held: tuple[Earning, ...] = ()
        newest: tuple[Earning, ...] = ()
        for begins_at, rules in self.earning:
            if begins_at <= at:
                held = rules
            if begins_at <= known_at:
                newest = rules
        found = [rule for rule in held if rule.on == on and is_in_time(rule, at)]
        names = {rule.name for rule in held}
        found += [
            rule
            for rule in newest
            if rule.on == on
            and rule.name not in names
            and rule.starts_at is not None
            and is_in_time(rule, at)
        ]
        return tuple(found)

    def earning_since(self, *, of_orders: bool) -> int | None:
        """The first instant at which anything earns; None where nothing ever does."""
        found = [
            begins_at if rule.starts_at is None else min(begins_at, rule.starts_at)
            for begins_at, rules in self.earning
            for rule in rules
            if (rule.on == ORDER) is of_orders
        ]
        return min(found, default=None)

    def events_that_earn(self) -> set[str]:
        """Names of the events that earn, or have."""
        return {rule.on for _, rules in self.earning for rule in rules} - {ORDER}

    @property
    def tiers(self) -> Tiers:
        """The tiers as they are now."""
        return self.catalogue.tiers

    @property
    def badges(self) -> list[Badge]:
        """The badges."""
        return self.catalogue.badges()


def _held(versions: Sequence[tuple[str, int]]) -> tuple[Held, ...]:
    """How a rule has held since it last ended; what only gives something else is not told apart."""
    found: list[Held] = []
    for body, at in versions:
        if not body:
            found = []
            continue
        rule = cast("Incentive", decode("incentive", body))
        begins_at = min(at if rule.starts_at is None else rule.starts_at, FAR)
        if found and _condition(found[-1].incentive) == _condition(rule):
            found[-1] = found[-1]._replace(incentive=rule)
            continue
        ends_at = min(at, begins_at)
        found = [one._replace(ends_at=min(one.ends_at, ends_at)) for one in found]
        found.append(Held(rule, begins_at))
    return tuple(one for one in found if one.begins_at < one.ends_at)


def _condition(rule: Incentive) -> Incentive:
    """When and how often it is met; not what it gives, and how that is paid and measured."""
    return msgspec.structs.replace(rule, title="", title_zh="", give=Give(), budget="", hold_out=0)
