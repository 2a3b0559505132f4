"""What a daily series will add up to over days to come, with an interval that was tried.

Four simple forecasts are combined; none of them is best in every shop, and their combination rarely
loses to the best (Bates and Granger 1969, Operational Research Quarterly 20:451-468). Each takes
the calendar out of the past and puts that of the days ahead in: weekdays, and the promotions of
`settings.calendar` with the quiet days around them, as far as the shop's own past shows them.

- `month`, `quarter`: the level of the last 28 and 91 days.
- `trend`: the level of the last 28 days, and the growth from the 56 days before the last 56, damped
  (Gardner and McKenzie 1985, Management Science 31:1237-1246).
- `year`: the same days 52 weeks ago x how the last 56 days stand to those a year before.

Weights are inverse mean squared errors at earlier origins. The interval comes from the
combination's own errors, made at earlier origins on what was known then: with g(x) = asinh(x / 2e),
which is ln for large sums and bears sums of nothing and less than nothing (Burbidge, Magee and Robb
1988, JASA 83:123-127), and s the root mean square of g(actual) - g(forecast), later ones counting
more, and those of spans with as many days of promotions,

    g(forecast) -+ t(df) s sqrt(1 + 1 / df),    df = spans of this length that do not overlap.

Then s is set right by the intervals so far: by the ratio at which they would have held what they
state (normalised split conformal prediction, Lei et al. 2018, JASA 113:1094-1111, section 5.2), the
more fully the more spans stand side by side.

A span that the history is too short to try is judged by the longest it can try four times, and s
grows with the root of the length, as the errors of a level that wanders do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regulars.errors import CannotTell
from regulars.insight.outlook.calendar_days import CalendarDays

Floats = NDArray[np.float64]

CANDIDATES = ("month", "quarter", "trend", "year")
LEAST_DAYS = 84
"""Days of history below which nothing is told."""

_LEARN = 56
"""Days of history that the first origin has."""
_SPANS = 4
"""How many spans side by side it takes to judge a length."""
_STEP = 7
_MOST_ORIGINS = 60
_YEAR = 364
_COMPARED = 56
_DAMPED = 60.0
_HALF = 120
"""Days after which an error counts half: a shop in its first months errs as no later one does."""
_UNLIKE = 0.15
"""Difference in the share of days of promotions at which an error counts half."""
_AIMED = 0.84
"""Quantile that sets the spread right, a little above the 0.8 that it is held against."""
_SMALL = 0.02
"""Part of an ordinary sum below which sums count as alike."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast of one sum.

    Attributes:
        mean: the forecast.
        spread: s of the module's formula, with its widening.
        freedom: df, as a whole number of at least 1.
        small: e of the module's formula.
        origins: earlier origins that it was judged at.
        judged_days: the length of span that was judged.
    """

    mean: float
    spread: float
    freedom: int
    small: float
    origins: int
    judged_days: int

    def interval(self, level: float) -> tuple[float, float]:
        """The ends of the interval that holds the sum with this chance."""
        reach = float(stats.t.ppf(0.5 + level / 2, self.freedom)) * self.spread
        middle = bent(self.mean, self.small)
        return straight(middle - reach, self.small), straight(middle + reach, self.small)

    def chance_of(self, least: float) -> float:
        """The chance that the sum is at least so much."""
        off = bent(least, self.small) - bent(self.mean, self.small)
        if self.spread == 0:
            return float(off <= 0)
        return float(stats.t.sf(off / self.spread, self.freedom))


@dataclass(frozen=True, slots=True)
class Tried:
    """How intervals did at earlier origins.

    Attributes:
        origins: at which one was made.
        within_80, within_95: share of them that held what came.
        error: median of |actual / forecast - 1|.
    """

    origins: int
    within_80: float
    within_95: float
    error: float


@dataclass(frozen=True)
class Series:
    """A daily series that ends on the day before the first to forecast.

    Attributes:
        values: one a day, without gaps, shape (days,).
        calendar: its days and those ahead.
        over: a second series, where the forecast is of the ratio of sums.
    """

    values: Floats
    calendar: CalendarDays
    over: Floats | None = None

    def outlook(self, days: int, skip: int = 0) -> Outlook:
        """The sum over `days` days, after `skip` days that are left out.

        Raises:
            CannotTell: the history is too short.
        """
        self._check()
        length, gap, _ = self._judged(days, skip)
        made = self._made(length, gap)
        promoted = self.calendar.promoted(len(self.values) + skip, days)
        spread, freedom = _judge(made, len(self.values), promoted)
        spread *= max(1.0, (days + skip) / (length + gap)) ** 0.5
        found = self._candidates(len(self.values), days, skip)
        small = self._small(days)
        weights = _weights(made.misses, found)
        told = np.where(np.isnan(found), 0.0, np.arcsinh(found / (2 * small)))
        mean = straight(float(weights @ told), small)
        return Outlook(mean, spread, freedom, small, len(made.errors), length)

    def tried(self, days: int, skip: int = 0) -> Tried:
        """How the intervals would have done at earlier origins, each made on what was known then.

        Raises:
            CannotTell: the history is too short to try one.
        """
        made = self._made(days, skip)
        inside: list[tuple[bool, bool]] = []
        error: list[float] = []
        for place, origin in enumerate(made.origins):
            if _at(made, place) is None:
                continue
            spread, freedom = _judge(made, int(origin), float(made.promoted[place]))
            off = abs(made.errors[place])
            inside.append(
                (
                    off <= stats.t.ppf(0.9, freedom) * spread,
                    off <= stats.t.ppf(0.975, freedom) * spread,
                )
            )
            if made.told[place]:
                error.append(abs(made.actual[place] / made.told[place] - 1))
        if not inside:
            raise CannotTell("the history is too short to try a forecast of so many days")
        narrow, wide = np.mean(np.array(inside), axis=0)
        return Tried(
            len(inside), float(narrow), float(wide), float(np.median(error)) if error else np.nan
        )

    def point(self, days: int, skip: int = 0) -> float:
        """The forecast alone, all candidates alike: cheap, and from two days on."""
        found = self._candidates(len(self.values), days, skip)
        told = found[~np.isnan(found)]
        small = self._small(days)
        return straight(float(np.mean(np.arcsinh(told / (2 * small)))), small)

    def _check(self) -> None:
        if len(self.values) < LEAST_DAYS:
            raise CannotTell(
                f"a forecast takes {LEAST_DAYS} days of history, and there are {len(self.values)}"
            )

    def _judged(self, days: int, skip: int) -> tuple[int, int, int]:
        """The length and gap that the history can try, and how many stand side by side."""
        room = len(self.values) - _LEARN
        length = min(days, max(room // (_SPANS + 1), 1))
        gap = min(skip, max(room - _SPANS * length, 0))
        return length, gap, room // length

    def _made(self, days: int, skip: int) -> _Made:
        kept: dict[tuple[int, int], _Made] = self._kept
        if (days, skip) not in kept:
            kept[days, skip] = self._make(days, skip)
        return kept[days, skip]

    @cached_property
    def _kept(self) -> dict[tuple[int, int], _Made]:
        return {}

    def _make(self, days: int, skip: int) -> _Made:
        last = len(self.values) - skip - days
        if last < _LEARN:
            raise CannotTell("the history is too short to try a forecast of so many days")
        step = max(_STEP, -(-(last - _LEARN) // _MOST_ORIGINS // _STEP) * _STEP)
        origins = np.arange(last, _LEARN - 1, -step)[::-1]
        small = self._small(days)
        misses: list[Floats] = []
        errors: list[float] = []
        told: list[float] = []
        actual: list[float] = []
        for origin in origins:
            found = self._candidates(int(origin), days, skip)
            came = self._sum(int(origin) + skip, days)
            known = np.array(misses)[origins[: len(misses)] + skip + days <= origin]
            weights = _weights(known, found)
            flat = np.where(np.isnan(found), 0.0, np.arcsinh(found / (2 * small)))
            middle = float(weights @ flat)
            misses.append(np.arcsinh(found / (2 * small)) - bent(came, small))
            errors.append(bent(came, small) - middle)
            told.append(straight(middle, small))
            actual.append(came)
        promoted = [self.calendar.promoted(int(origin) + skip, days) for origin in origins]
        return _Made(
            days,
            skip,
            origins,
            np.array(misses),
            np.array(errors),
            np.array(told),
            np.array(actual),
            np.array(promoted),
        )

    def _sum(self, start: int, days: int) -> float:
        total = float(self.values[start : start + days].sum())
        if self.over is None:
            return total
        below = float(self.over[start : start + days].sum())
        return total / below if below else self._overall

    @cached_property
    def _overall(self) -> float:
        if self.over is None:
            return float(np.abs(self.values).mean())
        below = float(self.over.sum())
        return float(self.values.sum()) / below if below else 0.0

    def _small(self, days: int) -> float:
        ordinary = abs(self._overall) * (days if self.over is None else 1)
        return max(_SMALL * ordinary, 1e-9)

    def _candidates(self, origin: int, days: int, skip: int) -> Floats:
        """The sums told at an origin, shape (candidates,), NaN where one cannot tell."""
        own = _candidates(self.values, self.calendar, origin, days, skip)
        if self.over is None:
            return own
        below = _candidates(self.over, self.calendar, origin, days, skip)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = own / below
        return np.where(np.isfinite(ratio) | np.isnan(own), ratio, self._overall)

    def until(self, end: int) -> Series:
        """The series as it was known so many days after its beginning."""
        over = None if self.over is None else self.over[:end]
        return replace(self, values=self.values[:end], over=over)


@dataclass(frozen=True, slots=True)
class _Made:
    """Forecasts made at earlier origins: shapes (origins,), misses (origins, candidates)."""

    days: int
    skip: int
    origins: NDArray[np.int64]
    misses: Floats
    errors: Floats
    told: Floats
    actual: Floats
    promoted: Floats
    spreads: dict[int, tuple[float, int] | None] = field(default_factory=dict)


def bent(value: float, small: float) -> float:
    """The module's g."""
    return float(np.arcsinh(value / (2 * small)))


def straight(value: float, small: float) -> float:
    """The inverse of `bent`."""
    return float(2 * small * np.sinh(min(value, 300.0)))


def _judge(made: _Made, end: int, promoted: float) -> tuple[float, int]:
    """The module's s with its widening, and df, from the spans that had ended by a day.

    Where intervals so far held more or less than they stated, s is set right: by the ratio that
    would have held four of five of them, drawn to 1 where few stand side by side.
    """
    known = np.flatnonzero(made.origins + made.skip + made.days <= end)
    spread, freedom = _spread(made, known, promoted)
    before = [
        abs(made.errors[place]) / (found[0] * stats.t.ppf(0.9, found[1]))
        for place in known
        if (found := _at(made, int(place))) is not None and found[0] > 0
    ]
    apart = len(before) * _STEP / max(made.days, _STEP)
    if apart < 1:
        return spread, freedom
    held = float(np.quantile(before, _AIMED))
    share = apart / (apart + _SPANS)
    return spread * float(np.clip(held, 0.5, 3.0)) ** share, freedom


def _at(made: _Made, place: int) -> tuple[float, int] | None:
    """What the spread would have been at an earlier origin; None where too few had ended."""
    if place not in made.spreads:
        known = np.flatnonzero(made.origins + made.skip + made.days <= made.origins[place])
        room = made.origins[place] - _LEARN - made.skip
        enough = len(known) >= 2 and room >= _SPANS * made.days
        promoted = float(made.promoted[place])
        made.spreads[place] = _spread(made, known, promoted) if enough else None
    return made.spreads[place]


def _spread(made: _Made, known: NDArray[np.int64], promoted: float) -> tuple[float, int]:
    """Later errors count more, and those of spans with as many days of promotions."""
    age = (made.origins[known][-1] - made.origins[known]).astype(np.float64)
    unlike = np.abs(made.promoted[known] - promoted) / _UNLIKE
    weight = 0.5 ** (age / max(_HALF, 2 * made.days) + unlike)
    weight /= weight.sum()
    root = float(np.sqrt(weight @ made.errors[known] ** 2))
    # Origins a week apart share most of a long span: only spans side by side count as separate.
    apart = age.max() / made.days + 1
    freedom = int(max(1, min(1 / (weight @ weight), apart)))
    return root * float(np.sqrt(1 + 1 / freedom)), freedom


def _weights(misses: Floats, found: Floats) -> Floats:
    """How much each candidate counts, by its errors so far; shape (candidates,), sum 1."""
    there = ~np.isnan(found)
    square = np.full(len(found), np.nan)
    if len(misses):
        judged = (~np.isnan(misses)).sum(axis=0)
        total = np.nansum(misses**2, axis=0)
        square = np.where(judged >= _SPANS, total / np.maximum(judged, 1), np.nan)
    known = ~np.isnan(square) & there
    ordinary = float(np.mean(square[known])) if known.any() else 1.0
    # Drawn half-way to the mean, so that a lucky candidate does not take all.
    drawn = np.where(known, 0.5 * np.nan_to_num(square) + 0.5 * ordinary, ordinary)
    weights = np.where(there, 1 / np.maximum(drawn, 1e-12), 0.0)
    return np.asarray(weights / weights.sum())


def _candidates(
    values: Floats, calendar: CalendarDays, origin: int, days: int, skip: int
) -> Floats:
    known = values[:origin]
    weight = calendar.weights(known, origin + skip + days)
    past, ahead = weight[:origin], weight[origin + skip : origin + skip + days]
    month = _level(known, past, 28)
    quarter = _level(known, past, 91)
    told = np.full(len(CANDIDATES), np.nan)
    told[0], told[1] = month * ahead.sum(), quarter * ahead.sum()
    late = _level(known, past, _COMPARED)
    early = _level(known[:-_COMPARED], past[:-_COMPARED], _COMPARED)
    if origin >= 2 * _COMPARED and late > 0 and early > 0:
        slope = float(np.clip(np.log(late / early) / _COMPARED, -0.02, 0.02))
        middle = 14 + skip + days / 2
        told[2] = month * np.exp(slope * _DAMPED * (1 - np.exp(-middle / _DAMPED))) * ahead.sum()
    start = origin + skip - _YEAR
    if start >= 0 and days <= _YEAR and origin - _YEAR >= _COMPARED:
        stop = min(start + days, origin)
        before = known[start:stop] / past[start:stop]
        then = _level(known[: origin - _YEAR], past[: origin - _YEAR], _COMPARED)
        if then > 0 and late > 0:
            ratio = float(np.clip(late / then, 0.1, 10.0))
            told[3] = float((before * ahead[: stop - start]).sum()) * ratio
            if stop - start < days:
                told[3] *= ahead.sum() / max(ahead[: stop - start].sum(), 1e-12)
    return told


def _level(values: Floats, weight: Floats, days: int) -> float:
    below = float(weight[-days:].sum())
    return float(values[-days:].sum()) / below if below else 0.0


def daily(days: Sequence[int], values: Sequence[float], first: int, last: int) -> Floats:
    """A series without gaps from sums of the days that have any, by day number."""
    series = np.zeros(last - first + 1)
    place = np.asarray(days, np.int64) - first
    inside = (place >= 0) & (place < len(series))
    np.add.at(series, place[inside], np.asarray(values, np.float64)[inside])
    return series
