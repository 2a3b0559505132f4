"""The shop's clock: time as its own demand counts it, so that a season does not look like people.

In a strong month purchases come sooner and in a weak one later, whoever the customers are. A gap is
therefore measured in days of the shop's ordinary pace: a day of weight w counts w of them. Laws of
gaps are fitted and asked in that time, and days of the calendar come back by the inverse (time
change of a renewal process; Cox and Isham 1980, Point Processes, section 4.2). Where nothing is
known of the season every weight is 1 and the clock is the calendar.

>>> clock = clock_of(100, np.array([1.0, 2.0, 2.0, 0.5, 0.5, 1.0]))
>>> clock.at(np.array([99, 100, 102, 105, 107])).tolist()
[99.0, 100.0, 104.0, 106.0, 108.0]
>>> clock.days_between(np.array([99]), np.array([102])).tolist()
[5]
>>> clock.last_day_within(np.array([100, 102]), np.array([4.0, 2.0])).tolist()
[102, 105]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_ROUNDING = 1e-9
"""Sums of weights are not exact, and a bound reached exactly is reached."""


@dataclass(frozen=True, slots=True)
class ShopClock:
    """Time at the end of each day; days before and after run at the ordinary pace.

    Attributes:
        first: day number of the first entry.
        time: the shop's time at the end of the day, rising, shape (days,). Empty: the calendar.
        grain: the smallest weight of a day.
        index: of each step of `grain` from the first entry's time on, the last entry not after it:
            it saves a search for every gap.
    """

    first: int
    time: Floats
    grain: float
    index: Ints

    @property
    def is_calendar(self) -> bool:
        """Whether it is the calendar itself."""
        return not len(self.time)

    def at(self, day: Ints) -> Floats:
        """The shop's time at the end of each day."""
        if self.is_calendar:
            return np.asarray(day, dtype=np.float64)
        place = day - self.first
        inside = np.clip(place, 0, len(self.time) - 1)
        return np.asarray(self.time[inside] + (place - inside), dtype=np.float64)

    def days_between(self, begin: Ints, end: Ints) -> Ints:
        """Days of the ordinary pace from one day to a later one, in whole days.

        At least 1 where the days differ: a purchase on another day is another purchase.
        """
        if self.is_calendar:
            return np.asarray(end - begin, dtype=np.int64)
        passed = np.rint(self.at(end) - self.at(begin)).astype(np.int64)
        return np.maximum(passed, (end > begin).astype(np.int64))

    def last_day_within(self, begin: Ints, days: Floats) -> Ints:
        """The last day on which no more than so many days of the ordinary pace have passed."""
        if self.is_calendar:
            return np.asarray(begin + np.floor(days + _ROUNDING).astype(np.int64), dtype=np.int64)
        goal = self.at(begin) + days + _ROUNDING
        ahead = goal - self.time[0]
        step = np.clip(ahead / self.grain, 0, len(self.index) - 1).astype(np.int64)
        place, last = self.index[step], len(self.time) - 1
        for _ in range(2):  # a step holds the end of one day, of two where rounding has its way
            following = np.minimum(place + 1, last)
            place = np.where(self.time[following] <= goal, following, place)
        place = np.where(place == last, place + _whole_from(goal - self.time[last]), place)
        place = np.where(ahead < 0, np.floor(ahead).astype(np.int64), place)
        return np.asarray(np.maximum(self.first + place, begin), dtype=np.int64)


def _whole_from(days: Floats) -> Ints:
    """Whole days, 0 at least."""
    return np.asarray(np.maximum(np.floor(days), 0.0), dtype=np.int64)


CALENDAR = ShopClock(0, np.zeros(0), 1.0, np.zeros(0, np.int64))
"""Every day counts one."""


def clock_of(first: int, weight: Floats) -> ShopClock:
    """The clock whose days from `first` on have these weights; the calendar before.

    Raises:
        ValueError: a weight is not positive: a clock must never stand still.
    """
    if not np.all(weight > 0):
        raise ValueError("a day has a positive weight")
    if np.all(weight == 1.0):
        return CALENDAR
    time = np.asarray(first - 1 + np.cumsum(weight), dtype=np.float64)
    grain = float(weight.min())
    steps = time[0] + grain * np.arange(int((time[-1] - time[0]) / grain) + 2)
    index = np.searchsorted(time, steps, side="right").astype(np.int64) - 1
    return ShopClock(first, time, grain, index)
