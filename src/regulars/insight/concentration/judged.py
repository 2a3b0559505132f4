"""The curve of Lorenz, the coefficient of Gini and the shares of the top, from hundredths.

Errors are those of a sample: customers as they came are one draw of the customers that this shop
could have had. They are by linearisation, from sums alone (Langel and Tille 2013, JRSS A 176:521,
for the Gini coefficient; Langel and Tille 2011, Metrika 73:275, for shares of quantiles).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pyarrow as pa

from regulars.insight.makers.counts import UNITS
from regulars.insight.statistics.answers import ints, reals
from regulars.insight.statistics.standardised import NORMAL_975
from regulars.lifetime.gaps import Floats, Ints

LEAST = 30
"""Of fewer members no share is told."""
TOPS = (1, 5, 10, 20)
"""Percent of the members."""


@dataclass(frozen=True, slots=True)
class Top:
    """What the first so many percent hold, with the 95 % interval.

    Attributes:
        percent: of the members.
        members: how many those are.
        share: of the whole.
        low, high: its interval.
    """

    percent: int
    members: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Held:
    """How one thing is spread over its members.

    Attributes:
        members: how many there are.
        total: of all.
        known: enough members, and a total above 0.
        gini: 0 if all hold the same, 1 if one holds all; None with values below 0.
        gini_error: its standard error.
        half: the fewest members that hold half.
        below: members of negative value.
        lost: the sum of it.
        ten: what the first ten hold.
        tops: what the first so many percent hold.
        curve: share of members, and share held by them, the highest first.
    """

    members: int
    total: float
    known: bool
    gini: float | None
    gini_error: float | None
    half: int
    below: int
    lost: float
    ten: float
    tops: tuple[Top, ...]
    curve: tuple[tuple[float, float], ...]


def held(parts: pa.Table) -> Held:
    """How one thing is spread, from its hundredths in order (`counts.parts`)."""
    number, value = ints(parts, "members"), ints(parts, "value") / UNITS
    n, total = int(number.sum()), int(ints(parts, "value").sum()) / UNITS
    below = int(ints(parts, "below").sum())
    known = n >= LEAST and total > 0
    gini = error = None
    if known and below == 0:
        gini, error = _gini(parts, n, total)
    return Held(
        members=n,
        total=total,
        known=known,
        gini=gini,
        gini_error=error,
        half=int(ints(parts, "to_half").sum()) + 1,
        below=below,
        lost=int(ints(parts, "lost").sum()) / UNITS,
        ten=int(ints(parts, "top").sum()) / UNITS,
        tops=tuple(_top(parts, number, value, percent) for percent in TOPS) if known else (),
        curve=_curve(number, value) if known else (),
    )


def _gini(parts: pa.Table, n: int, total: float) -> tuple[float, float]:
    """G = 2 sum(r x) / (n sum x) - (n + 1) / n, with its error.

    A member adds z = (b + 1 - G - G q) / n to it, so its variance is that of the sum of z.
    """
    gini = 2 * float(reals(parts, "rq").sum()) / n - (n + 1) / n
    b, bb, bq = (float(reals(parts, name).sum()) for name in ("b", "bb", "bq"))
    qq = float(reals(parts, "squares").sum()) / (total / n) ** 2
    one = 1 - gini
    squares = bb + n * one**2 + gini**2 * qq + 2 * one * b - 2 * gini * bq - 2 * gini * one * n
    mean = (b + n * one - gini * n) / n
    return gini, sqrt(max(squares - n * mean**2, 0.0) / (n * (n - 1)))


def _top(parts: pa.Table, number: Ints, value: Floats, percent: int) -> Top:
    """The share S held by the first p, those of at least Q.

    A member adds ((x - Q) [x among the first] + p Q - S x) / mean, divided by n.
    """
    first = ints(parts, "part") <= percent
    n, total = int(number.sum()), float(value.sum())
    squares = reals(parts, "squares")
    members = int(number[first].sum())
    share = float(value[first].sum()) / total
    least = float(reals(parts, "least")[first].min())
    p = members / n
    ahead = _squared(members, value[first].sum(), squares[first].sum(), 1 - share, -least * (1 - p))
    rest = _squared(n - members, value[~first].sum(), squares[~first].sum(), -share, p * least)
    error = sqrt(max(ahead + rest, 0.0)) / total
    return Top(
        percent,
        members,
        share,
        share - NORMAL_975 * error,
        share + NORMAL_975 * error,
    )


def _squared(n: float, total: float, squares: float, slope: float, constant: float) -> float:
    """The sum of (slope x + constant)^2 over n members."""
    return slope**2 * squares + 2 * slope * constant * total + n * constant**2


def _curve(number: Ints, value: Floats) -> tuple[tuple[float, float], ...]:
    members, worth = np.cumsum(number), np.cumsum(value)
    points = zip((members / members[-1]).tolist(), (worth / worth[-1]).tolist(), strict=True)
    return ((0.0, 0.0), *points)
