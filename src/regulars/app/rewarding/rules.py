"""The rules by which is rewarded, each from when on it holds.

What earns points is judged by the rules that were published when it happened: a promise is kept
though the rule has changed since. A rule with a first day of its own (`from`) holds from that day
on, also where it was published later. Incentives and badges are those that are published now; an
incentive counts what happened from its first day on, or from its publication.

>>> earn = Earning(name="goods", on="order", points=1, per=100)
>>> rules = Rules.of([Points(earn=(earn,))], begins_at=5)
>>> rules.earning_at(4, "order"), [rule.name for rule in rules.earning_at(5, "order")]
((), ['goods'])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from regulars.benefit.catalogue import Catalogue, Published
from regulars.benefit.definition.terms import (
    Badge,
    Earning,
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
from regulars.engines.store_terms import TermRow

_FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class Rules:
    """What is published, and since when.

    Attributes:
        earning: the earning rules by when they were published, the oldest first.
        incentives: those published now, with the instant from which on they count.
        catalogue: all that is published now.
        changed_at: by incentive, when it was published as it is now; of those that are published.
    """

    earning: tuple[tuple[int, tuple[Earning, ...]], ...]
    incentives: tuple[tuple[Incentive, int], ...]
    catalogue: Catalogue
    changed_at: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[Term], begins_at: int) -> Rules:
        """Of terms that are not published yet, as if they had been at the instant."""
        by_kind = {named(term): Published(term, 1) for term in terms}
        catalogue = Catalogue(by_kind)
        incentives = tuple((one, begins_at) for one in catalogue.incentives())
        return cls(((begins_at, catalogue.points.earn),), incentives, catalogue)

    @classmethod
    def read(cls, connection: Connection) -> Rules:
        """As they stand in the store."""
        rows = BenefitRows(connection)
        catalogue = Catalogue.read(connection)
        points = rows.versions("points", [""])
        names = [one.name for one in catalogue.incentives()]
        versions = rows.versions("incentive", names)
        since, newest = _since(versions), {row.name: row.n for row in versions}
        numbers = {row.n for row in points} | set(since.values()) | set(newest.values())
        at = {n: row.at for n, row in LedgerRows(connection).journal(numbers).items()}
        earning = tuple(
            (at[row.n], cast("Points", decode("points", row.body)).earn if row.body else ())
            for row in points
        )
        incentives = tuple((one, at[since[one.name]]) for one in catalogue.incentives())
        changed_at = {name: at[n] for name, n in newest.items()}
        return cls(earning, tuple(map(_from_its_day, incentives)), catalogue, changed_at)

    def earning_at(self, at: int, on: str) -> tuple[Earning, ...]:
        """The rules by which what happened at the instant earns.

        Args:
            at: UTC microseconds.
            on: the event's name; `order` for a paid order.
        """
        held: tuple[Earning, ...] = ()
        for begins_at, rules in self.earning:
            if begins_at <= at:
                held = rules
        found = [rule for rule in held if rule.on == on and is_in_time(rule, at)]
        names = {rule.name for rule in held}
        newest = self.earning[-1][1] if self.earning else ()
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


def _since(rows: Iterable[TermRow]) -> dict[str, int]:
    """By name the entry that published it first, since it last ended."""
    since: dict[str, int] = {}
    for row in rows:
        if not row.body:
            since.pop(row.name, None)
        else:
            since.setdefault(row.name, row.n)
    return since


def _from_its_day(rule: tuple[Incentive, int]) -> tuple[Incentive, int]:
    incentive, published_at = rule
    begins_at = published_at if incentive.starts_at is None else incentive.starts_at
    return incentive, min(begins_at, _FAR)
