"""Season and promotions: how the shop's pace of repeat purchases differs by month and festival.

Every month the closings of gaps are held against what the mix of open gaps lets expect: with N days
of exposure and Y closings by month m and class c (rank of the purchase and age of the gap), rates h
and factors s solve

    h_c = sum_m Y_mc / sum_m N_mc s_m,        s_m = sum_c Y_mc / sum_c N_mc h_c

(indirect standardisation with multiplicative effects; Breslow and Day 1987, Statistical Methods in
Cancer Research II, chapter 4). So a month full of young gaps is no season. Days of promotions are
left out of s; a promotion's own factor compares its days with the four weeks on both sides.

What chance alone would give is no season either: ln s is drawn to 0 by B = t2 / (t2 + v), t2 the
variance between months beyond noise, v its noise (Morris 1983, JASA 78:47-55); with several years,
what differs between the years of a month is noise as well. Daily counts scatter more than Poisson's
law says, so noise is multiplied by their dispersion. Below a year of months there is no season.

Causal: the weight of a day is settled at the end of the month before it, from nothing later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.kernel.promotion import NO_PROMOTION, PromotionDays
from regulars.lifetime.gaps import GapHistory
from regulars.lifetime.shop_clock import CALENDAR, Floats, Ints, ShopClock, clock_of

MONTHS_NEEDED = 12
"""Whole months of repeat purchases from which on a season is looked for."""

_MONTHS_BACK = 36
_AGES = np.array([7, 14, 30, 60, 90, 180, 365])
_CLASSES = 3 * (len(_AGES) + 2)
_ROUNDS = 25
_LEAST = 30
"""Closings in a promotion's days, and beside them, below which its factor is not told."""
_SURE = 3.0
"""Standard errors by which a promotion must differ from its neighbours."""
_CHI_SQUARE = 26.8
"""Months differ if the squares of their standard errors from the mean add up to more: chance alone
does that in one of 200 shops (11 degrees of freedom)."""
_PROMOTION_SPREAD = 0.7
"""Standard deviation of ln factor that promotions are given beforehand: half to twice."""
_WEIGHT = (0.2, 6.0)
_AROUND = 28
_AHEAD = 1100
"""Days ahead for which weights are told; later ones run at the ordinary pace."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The shop's pace as judged at a month end.

    Attributes:
        day: the month end.
        month: factor of January to December, 1 where nothing is shown, shape (12,).
        promotion: factor of each named promotion on top of its month, 1 where nothing is shown.
        months: whole months that it rests on.
    """

    day: int
    month: Floats
    promotion: dict[str, float]
    months: int

    @property
    def is_even(self) -> bool:
        """Whether every day counts alike."""
        return bool(np.all(self.month == 1.0)) and all(
            factor == 1.0 for factor in self.promotion.values()
        )

    def weights(self, first: int, last: int, calendar: PromotionDays) -> Floats:
        """The weights of days ahead, scaled so that the year from `first` on has its length."""
        if self.is_even:
            return np.ones(max(last - first + 1, 0))
        days = np.arange(first, max(last, first + 364) + 1)
        weight = self.month[_month_of(days) % 12]
        code = calendar.on(days)
        for place, name in enumerate(calendar.names):
            weight[code == place] *= self.promotion[name]
        weight = np.clip(weight / weight[:365].mean(), *_WEIGHT)
        return np.asarray(weight[: max(last - first + 1, 0)], dtype=np.float64)


def shop_clocks(
    history: GapHistory, ends: Sequence[int], calendar: PromotionDays
) -> Iterator[tuple[Pace, ShopClock]]:
    """The pace and the clock as of each month end, in order.

    Two clocks agree on every day up to the month end that follows the earlier one.

    Args:
        history: gaps by the calendar.
        ends: day numbers of consecutive month ends, the last one not after what is known.
        calendar: of the promotions, beyond the last month end as far as it is known.
    """
    if not len(ends):
        return
    counts = _Counts.before(history, ends, calendar)
    settled, clock, pace = np.ones(0), CALENDAR, None
    for place, end in enumerate(ends):
        if pace is not None:
            settled = np.append(settled, pace.weights(pace.day + 1, end, calendar))
            counts.count(history, place, clock)
        pace = counts.pace(place)
        if pace.is_even and np.all(settled == 1.0):
            clock = CALENDAR
        else:
            ahead = pace.weights(end + 1, end + _AHEAD, calendar)
            clock = clock_of(ends[0] + 1, np.concatenate([settled, ahead]))
        yield pace, clock


@dataclass(frozen=True, slots=True)
class _Counts:
    """Exposure and closings of whole months, and closings by day.

    Attributes:
        ends: month ends; month k ends with the kth, the first has none before it.
        exposure: days outside promotions by month and class, shape (months, classes).
        closings: outside promotions, likewise.
        first: day number of the first entry of `by_day`.
        by_day: closings, shape (days,).
        calendar: of the promotions.
    """

    ends: Ints
    exposure: Floats
    closings: Floats
    first: int
    by_day: Floats
    calendar: PromotionDays

    @classmethod
    def before(cls, history: GapHistory, ends: Sequence[int], calendar: PromotionDays) -> _Counts:
        """No month counted yet."""
        close = np.asarray(ends, dtype=np.int64)
        first, last = int(close[0]) + 1, int(close[-1])
        ended = history.next_day[(history.next_day >= first) & (history.next_day <= last)]
        by_day = np.bincount(ended - first, minlength=max(last - first + 1, 0)).astype(np.float64)
        none = np.zeros((len(close), _CLASSES))
        return cls(close, none, none.copy(), first, by_day, calendar)

    def count(self, history: GapHistory, month: int, clock: ShopClock) -> None:
        """Count a month; the clock, as settled for its days, tells how old gaps are."""
        start, end = int(self.ends[month - 1]), int(self.ends[month])
        there = np.flatnonzero((history.day <= end) & (history.next_day > start))
        day, after = history.day[there], history.next_day[there]
        before = np.minimum(day, start)
        old = clock.days_between(before, np.full(len(there), start))
        age = np.where(day > start, 0, 1 + np.searchsorted(_AGES, old, side="right"))
        group = (np.minimum(history.rank[there], 3) - 1) * (len(_AGES) + 2) + age
        days = np.minimum(after, end) - np.maximum(day, start)
        usual = self.calendar.on(np.arange(start + 1, end + 1)) == NO_PROMOTION
        self.exposure[month] = np.bincount(group, days, _CLASSES) * usual.mean()
        came = after <= end
        came[came] = self.calendar.on(after[came]) == NO_PROMOTION
        self.closings[month] = np.bincount(group[came], minlength=_CLASSES)

    def pace(self, place: int) -> Pace:
        """The pace as of the month end in that place."""
        end = int(self.ends[place])
        low = max(1, place + 1 - _MONTHS_BACK)
        month = np.ones(12)
        if place + 1 - low >= MONTHS_NEEDED:
            month = self._season(low, place + 1)
        promotion = {
            name: self._promotion(code, end) for code, name in enumerate(self.calendar.names)
        }
        return Pace(end, month, promotion, place + 1 - low)

    def _season(self, low: int, high: int) -> Floats:
        exposure, closings = self.exposure[low:high], self.closings[low:high]
        came = closings.sum(axis=1)
        factor = np.ones(high - low)
        expected = came
        for _ in range(_ROUNDS):
            exposed = (exposure * factor[:, None]).sum(axis=0)
            rate = np.divide(
                closings.sum(axis=0), exposed, out=np.zeros(_CLASSES), where=exposed > 0
            )
            expected = (exposure * rate).sum(axis=1)
            factor = np.where(expected > 0, (came + 0.5) / (expected + 0.5), 1.0)
        noise = self._dispersion(low, high) / np.maximum(came, 1.0)
        name = _month_of(self.ends[low:high]) % 12
        return _shrunk(np.log(factor), noise, name)

    def _dispersion(self, low: int, high: int) -> float:
        """Variance over mean of the daily closings within months, outside promotions; 1 or more."""
        total, count = 0.0, 0
        for month in range(low, high):
            days = np.arange(self.ends[month - 1] + 1, self.ends[month] + 1)
            usual = days[self.calendar.on(days) == NO_PROMOTION] - self.first
            came = self.by_day[usual]
            if len(came) > 1 and came.sum() > 0:
                total += float(((came - came.mean()) ** 2).sum() / came.mean())
                count += len(came) - 1
        return max(total / count, 1.0) if count else 1.0

    def _promotion(self, code: int, end: int) -> float:
        days = np.arange(self.first, end + 1)
        which = self.calendar.on(days)
        mine = which == code
        if not mine.any():
            return 1.0
        near = np.convolve(mine, np.ones(2 * _AROUND + 1))[_AROUND:-_AROUND] > 0
        beside = near & (which == NO_PROMOTION)
        came = self.by_day[: len(days)]
        sold, usual = float(came[mine].sum()), float(came[beside].sum())
        if min(sold, usual) < _LEAST:
            return 1.0
        log = float(np.log((sold / mine.sum()) / (usual / beside.sum())))
        mean = usual / beside.sum()
        scatter = max(float(((came[beside] - mean) ** 2).mean() / mean), 1.0)
        noise = scatter * (1.0 / sold + 1.0 / usual)
        if abs(log) < _SURE * np.sqrt(noise):
            return 1.0
        prior = _PROMOTION_SPREAD**2
        return float(np.exp(log * prior / (prior + noise)))


def _shrunk(log: Floats, noise: Floats, name: NDArray[np.int64]) -> Floats:
    """The factors of January to December from ln factors of months, drawn to 1 as noise demands."""
    weight = 1.0 / noise
    total = np.bincount(name, weight, 12)
    told = total > 0
    mean = np.zeros(12)
    mean[told] = np.bincount(name, weight * log, 12)[told] / total[told]
    again = np.bincount(name, minlength=12)
    residual = np.bincount(name, (log - mean[name]) ** 2, 12)
    freedom = int((again - 1).clip(0).sum())
    # What the years of one month differ by beyond noise, and what the months differ by.
    between_years = 0.0
    if freedom >= 3:
        usual = float((noise * (again[name] > 1)).sum() / max((again[name] > 1).sum(), 1))
        between_years = max(float(residual.sum()) / freedom - usual, 0.0)
    own = np.full(12, np.inf)
    own[told] = 1.0 / total[told] + between_years / again[told]
    centre = float(np.average(mean[told], weights=1.0 / own[told]))
    if float(((mean[told] - centre) ** 2 / own[told]).sum()) < _CHI_SQUARE:
        return np.ones(12)
    between_months = max(float(np.mean((mean[told] - centre) ** 2 - own[told])), 0.0)
    drawn = np.where(told, (mean - centre) * between_months / (between_months + own), 0.0)
    return np.asarray(np.exp(drawn), dtype=np.float64)


def _month_of(day: Ints) -> Ints:
    """Months since January 1970."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
