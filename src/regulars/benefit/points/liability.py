"""What points are outstanding, what they would cost, and how many of them may never be spent.

Outstanding is what customers have and can still spend, by the month in which it expires; its money
is what all of it would pay (`Points.worth`), rounded up. Breakage, what customers will never ask
for, is expected from the book's own past: of what came in to expire in a month that is over (a
vintage), which share expired unused?

    x = expired / issued                         of each vintage that is over
    m = sum of expired / sum of issued           of all of them
    z = n t² / (n t² + m (1 - m))                n: its lots; t²: variance between vintages
    b = m + z (x of the newest - m)              expected of the vintages to come

So the newest vintage counts as far as vintages differ by more than chance (credibility after
Bühlmann and Straub; a lot's share varies by m (1 - m) at most, which is the prudent bound). Of
a vintage to come b of what was issued is expected to break, and no more than is outstanding.

Accounts recognise breakage in proportion to what customers have used (IFRS 15 B46): `recognised` is
b / (1 - b) of what was used. Whether a shop may expect breakage at all, and whether what is not
asked for belongs to it (B47), is for its accountants to say. Where less than `LEAST_LOTS` lots have
come to their end nothing is expected, and that is said by name; and of points that never expire
the book can tell nothing.

>>> month = Vintage("2026-10", lots=400, issued=10_000, expired=1_000, outstanding=0)
>>> found = breakage_of([month])
>>> found.share, found.vintages
(0.1, 1)
>>> expected_of(Vintage("2027-10", 50, 2_000, 0, 1_200), found.share)
Expected(breakage=200, recognised=88)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, NamedTuple

from regulars.benefit.definition.terms import Points
from regulars.benefit.names import OWED_POINTS, POINTS
from regulars.benefit.points.expiry import local_day
from regulars.benefit.reading import points_now
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_wallets import VintageRow
from regulars.ledger.command import NEVER

LEAST_LOTS = 100
"""Lots of vintages that are over, below which no breakage is expected."""
WITHIN = 1.96
"""Standard deviations to either side of where a further vintage may come to lie."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """What expires in a month, in points.

    Attributes:
        month: in the shop's time zone, `2026-11`; "" of what never expires.
        lots: a lot is what a customer has that expires on one day.
        issued: came in, without what was taken back.
        expired: of it, unused.
        outstanding: of it, still to be spent.
    """

    month: str
    lots: int
    issued: int
    expired: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class Breakage:
    """Which share of what is issued is expected never to be spent.

    Attributes:
        share: expected of a vintage to come, 0 to 1.
        low: where a further vintage may come to lie…
        high: …in 19 of 20 cases, roughly.
        mean: of all vintages that are over.
        credibility: with which the newest of them counts.
        vintages: that are over.
        lots: in them.
    """

    share: float
    low: float
    high: float
    mean: float
    credibility: float
    vintages: int
    lots: int


class Expected(NamedTuple):
    """Of a vintage, in points: expected never to be spent, and of it recognised by now."""

    breakage: int
    recognised: int


@dataclass(frozen=True, slots=True)
class Month:
    """A vintage that is outstanding; the money, in the smallest coin, adds up over the months.

    `breakage` and `recognised` are None where they cannot be told.
    """

    month: str
    issued: int
    outstanding: int
    money: int
    breakage: int | None
    recognised: int | None


@dataclass(frozen=True, slots=True)
class Liability:
    """What the shop owes in points at an instant.

    Attributes:
        at: UTC microseconds.
        months: by expiry, what never expires last.
        outstanding: points in all.
        money: their worth, in the smallest coin.
        owed: points that customers owe, which were spent before a refund; not set off.
        breakage: how the expectation comes about; None where it cannot be told.
        cannot_tell: why not; "" where it can.
    """

    at: int
    months: tuple[Month, ...]
    outstanding: int
    money: int
    owed: int
    breakage: Breakage | None
    cannot_tell: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self) | {"months": [asdict(month) for month in self.months]}


def liability(connection: Connection, at: int, zone: str) -> Liability:
    """What the shop owes in points; all postings are read once.

    Args:
        connection: that sees one state of the store throughout.
        at: now, UTC microseconds.
        zone: the shop's time zone.
    """
    rows = BenefitRows(connection)
    owed = sum(row.balance for row in rows.vintages(OWED_POINTS))
    return liability_of(rows.vintages(POINTS), points_now(connection), owed, at, zone)


def liability_of(
    rows: Iterable[VintageRow], points: Points, owed: int, at: int, zone: str
) -> Liability:
    """The same of what was read."""
    vintages = vintages_of(rows, at, zone)
    now = _month(at, zone)
    over = [one for one in vintages if one.month and one.month < now]
    breakage = breakage_of(over)
    lots = sum(one.lots for one in over)
    why = "" if breakage else f"cannot tell: {lots} lots have come to their end, of {LEAST_LOTS}"
    months = []
    before = 0
    for one in vintages:
        if not one.outstanding:
            continue
        expected = None
        if breakage is not None and one.month >= now:
            expected = expected_of(one, breakage.share)
        money = worth_of(points, before + one.outstanding) - worth_of(points, before)
        before += one.outstanding
        months.append(
            Month(one.month, one.issued, one.outstanding, money, *(expected or (None, None)))
        )
    money = worth_of(points, before)
    return Liability(at, tuple(months), before, money, owed, breakage, why)


def vintages_of(rows: Iterable[VintageRow], at: int, zone: str) -> list[Vintage]:
    """By month; what has expired and was not swept yet counts as expired, save what is held."""
    found: dict[str, Vintage] = {}
    for row in sorted(rows):
        # A lot's last instant is the one before it expires.
        month = "" if row.expires_at == NEVER else _month(row.expires_at - 1, zone)
        one = found.get(month, Vintage(month, 0, 0, 0, 0))
        unswept = row.balance - row.held if row.expires_at <= at else 0
        found[month] = Vintage(
            month,
            one.lots + row.lots,
            one.issued + row.issued,
            one.expired + row.expired + unswept,
            one.outstanding + row.balance - unswept,
        )
    return list(found.values())


def breakage_of(over: Sequence[Vintage]) -> Breakage | None:
    """What the vintages that are over let expect; None where too little has come to its end.

    Args:
        over: the oldest first.
    """
    counted = [one for one in over if one.issued > 0]
    lots = sum(one.lots for one in counted)
    if lots < LEAST_LOTS:
        return None
    mean = min(1.0, sum(one.expired for one in counted) / sum(one.issued for one in counted))
    within = mean * (1 - mean)
    between = _between(counted, mean, within)
    newest = counted[-1]
    noise = newest.lots * between + within
    credibility = newest.lots * between / noise if noise else 0.0
    share = mean + credibility * (_share(newest) - mean)
    around = WITHIN * sqrt(between + within / lots)
    low, high = max(0.0, share - around), min(1.0, share + around)
    return Breakage(share, low, high, mean, credibility, len(counted), lots)


def expected_of(vintage: Vintage, share: float) -> Expected:
    """What of a vintage to come will break, and what of that is recognised by now."""
    breakage = min(vintage.outstanding, int(share * vintage.issued))
    used = max(0, vintage.issued - vintage.outstanding)
    if share >= 1:
        return Expected(breakage, 0)
    return Expected(breakage, min(breakage, int(share / (1 - share) * used)))


def worth_of(points: Points, amount: int) -> int:
    """What so many points pay, in the smallest coin, rounded up.

    >>> worth_of(Points(worth=1, worth_of=100), 250)
    3
    """
    return -(-amount * points.worth // points.worth_of)


def _between(counted: Sequence[Vintage], mean: float, within: float) -> float:
    """The variance between vintages, beyond what chance makes of lots."""
    lots = sum(one.lots for one in counted)
    spread = sum(one.lots * (_share(one) - mean) ** 2 for one in counted)
    free = lots - sum(one.lots**2 for one in counted) / lots
    return max(0.0, (spread - (len(counted) - 1) * within) / free) if free else 0.0


def _share(vintage: Vintage) -> float:
    return min(1.0, vintage.expired / vintage.issued)


def _month(at: int, zone: str) -> str:
    return local_day(at, zone).isoformat()[:7]
