"""Monthly retention under control limits: which swing is noise, and which is news.

The rate of a month is the share of the buyers of the month before who bought again in it. Its
chart is the p' chart of Laney (2002, Improved control charts for attributes, Quality Engineering
14(4), 531-537). With x of n retained in month i and p = sum x / sum n:

    sigma_i = sqrt(p (1 - p) / n_i)         what drawing n_i people by lot would give
    z_i     = (x_i / n_i - p) / sigma_i
    sigma_z = mean |z_i - z_(i-1)| / 1.128  how much more months differ than lots do
    limits  = p +- 3 sigma_i max(1, sigma_z)

With sigma_z at 1 or below it is Shewhart's p chart. A month outside the limits is a signal; so is
the eighth month in a row on one side of the centre (Western Electric, 1956, Statistical Quality
Control Handbook, rule 4 of its tests for instability; Nelson's rule 2 with eight).

Where the shop has more than two years, each month can be held against what the same month of the
year before leads one to expect: its rate then, moved by the mean change from year to year of the
twelve months before. A season that returns every year falls out, and so does slow growth. sigma_i
is then the spread of that difference, sqrt(p (1 - p) sum c_j^2 / n_j) over the months j that enter
it with the weights c_j. As this spread is the larger one, it is done only where it makes the limits
narrower all the same. Neighbouring months then share what they are held against, so that runs come
by themselves: only the limits are a signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

LEAST_BUYERS = 30
"""A month after one with fewer buyers has no rate."""
LEAST_MONTHS = 8
"""Fewer months draw no limits."""
SETTLED = 20
"""From so many months on limits are usually called settled."""
RUN = 8
"""So many months in a row on one side of the centre are a signal."""
YEAR = 12
_D2 = 1.128
"""Mean range of two normal values, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Point:
    """One month on the chart.

    Attributes:
        buyers_before: buyers of the month before.
        retained: of these, who bought in this month.
        rate: retained / buyers_before; None where too few bought before.
        centre, low, high: what the rate is held against; None where it cannot be told.
        z: distance from the centre in its own spread; beyond 3 is outside the limits.
        run: months in a row on this side of the centre, negative below it.
        verdict: noise, up, down; None where there are no limits.
        rule: limits or run: what makes it a signal.
    """

    buyers_before: int
    retained: int
    rate: float | None = None
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    z: float | None = None
    run: int | None = None
    verdict: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """The chart.

    Attributes:
        points: one a month, in the order given.
        centre: the rate of all months together; None without limits.
        sigma_z: how much more months differ than chance alone would make them.
        seasonal: each month is held against the same month of the year before.
        months: on which the limits rest.
    """

    points: tuple[Point, ...]
    centre: float | None = None
    sigma_z: float | None = None
    seasonal: bool = False
    months: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    """A month with what it is held against."""

    place: int
    rate: float
    centre: float
    sigma: float


def control(buyers_before: Sequence[int], retained: Sequence[int]) -> Control:
    """The chart of consecutive months that have ended.

    Args:
        buyers_before: per month, the buyers of the month before.
        retained: of these, who bought in the month.

    Example:
        Eight months of 100 buyers, 20 retained but for 24 in the last. p = 164/800 = 0.205, sigma
        0.0404. The z are -0.124 but for 0.867 in the last; one range of 0.991 in seven makes
        sigma_z 0.125, which is below 1: Shewhart's limits.

        >>> chart = control([100] * 8, [20] * 7 + [24])
        >>> last = chart.points[-1]
        >>> round(chart.centre, 3), round(last.high, 4), last.verdict
        (0.205, 0.3261, 'noise')
    """
    counts = list(zip(buyers_before, retained, strict=True))
    told = [place for place, (before, _) in enumerate(counts) if before >= LEAST_BUYERS]
    bare = [
        Point(before, kept, kept / before if place in set(told) else None)
        for place, (before, kept) in enumerate(counts)
    ]
    if len(told) < LEAST_MONTHS:
        return Control(tuple(bare))
    centre = sum(counts[place][1] for place in told) / sum(counts[place][0] for place in told)
    if not 0 < centre < 1:
        return Control(tuple(bare))
    held = _plain(counts, told, centre)
    seasonal = False
    yearly = _yearly(counts, told, centre)
    if len(yearly) >= LEAST_MONTHS and _width(yearly) < _width(held, len(yearly)):
        held, seasonal = yearly, True
    spread = max(1.0, _sigma_z(held))
    points = _judged(bare, held, spread, runs=not seasonal)
    return Control(tuple(points), centre, _sigma_z(held), seasonal, len(held))


def _plain(counts: Sequence[tuple[int, int]], told: Sequence[int], centre: float) -> list[_Held]:
    variance = centre * (1 - centre)
    return [
        _Held(place, counts[place][1] / counts[place][0], centre, sqrt(variance / counts[place][0]))
        for place in told
    ]


def _yearly(counts: Sequence[tuple[int, int]], told: Sequence[int], centre: float) -> list[_Held]:
    """Each month against the same one of the year before, moved as the year moved."""
    rate = {place: counts[place][1] / counts[place][0] for place in told}
    held = []
    for place in told:
        moves = [
            earlier
            for earlier in range(place - YEAR, place)
            if earlier in rate and earlier - YEAR in rate
        ]
        if len(moves) < YEAR:
            continue
        weights = dict.fromkeys(range(place - 2 * YEAR, place + 1), 0.0)
        weights[place - YEAR] += 1.0
        for earlier in moves:
            weights[earlier] += 1 / len(moves)
            weights[earlier - YEAR] -= 1 / len(moves)
        expected = sum(weight * rate[one] for one, weight in weights.items() if weight)
        weights[place] = -1.0
        parts = sum(weight**2 / counts[one][0] for one, weight in weights.items() if weight)
        held.append(_Held(place, rate[place], expected, sqrt(centre * (1 - centre) * parts)))
    return held


def _scores(held: Sequence[_Held]) -> list[float]:
    return [(one.rate - one.centre) / one.sigma for one in held]


def _sigma_z(held: Sequence[_Held]) -> float:
    scores = _scores(held)
    ranges = [abs(later - earlier) for earlier, later in pairwise(scores)]
    return sum(ranges) / len(ranges) / _D2


def _width(held: Sequence[_Held], last: int | None = None) -> float:
    """Mean half-width of the limits over the last months, in sigmas of the rate."""
    chosen = held if last is None else held[-last:]
    return max(1.0, _sigma_z(held)) * sum(one.sigma for one in chosen) / len(chosen)


def _judged(bare: list[Point], held: Sequence[_Held], spread: float, *, runs: bool) -> list[Point]:
    points, run = list(bare), 0
    before: int | None = None
    for one, score in zip(held, _scores(held), strict=True):
        side = (score > 1e-12) - (score < -1e-12)
        follows = before is not None and one.place == before + 1
        run = run + side if follows and side and run * side > 0 else side
        before = one.place
        z = score / spread
        verdict, rule = "noise", None
        if abs(z) > 3:
            verdict, rule = ("up" if z > 0 else "down"), "limits"
        elif runs and abs(run) >= RUN:
            verdict, rule = ("up" if run > 0 else "down"), "run"
        point = bare[one.place]
        points[one.place] = Point(
            point.buyers_before,
            point.retained,
            point.rate,
            min(max(one.centre, 0.0), 1.0),
            max(one.centre - 3 * spread * one.sigma, 0.0),
            min(one.centre + 3 * spread * one.sigma, 1.0),
            z,
            run,
            verdict,
            rule,
        )
    return points
