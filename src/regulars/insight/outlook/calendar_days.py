"""What the calendar does to a shop's days: weekdays, promotions, and the quiet days around them.

Weights are estimated on a past and told of days ahead. A promotion's factor is what its days
brought over what the days around it let expect; the two weeks before and after it have factors of
their own, since a promotion also takes from its neighbours. What the past has not seen has the
factor 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from regulars.kernel.clock import day_number, from_day_number
from regulars.kernel.promotion import NO_PROMOTION, Promotion, promotion_days

Floats = NDArray[np.float64]

_AROUND = 14
_BESIDE = 28
_WEEKDAYS = 182
_HELD = 3.0
"""Ordinary days that a weekday's mean is drawn by."""
_LEAST, _MOST = 0.1, 20.0


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """The calendar from a day on.

    Attributes:
        weekday: 0 Monday to 6 Sunday, shape (days,).
        kind: 0 on ordinary days; each promotion has three: its days, those before, those after.
        kinds: number of kinds.
    """

    weekday: NDArray[np.int64]
    kind: NDArray[np.int64]
    kinds: int

    @classmethod
    def of(cls, promotions: Sequence[Promotion], first: date, days: int) -> CalendarDays:
        """The calendar of so many days from the first on."""
        start = day_number(first)
        number = start + np.arange(days)
        # 1970-01-01, day 0, was a Thursday.
        weekday = (number + 3) % 7
        reach = from_day_number(start - _AROUND), from_day_number(start + days - 1 + _AROUND)
        found = promotion_days(promotions, *reach)
        code, kind = found.code, np.zeros(len(found.code), np.int64)
        for place in np.flatnonzero(code != NO_PROMOTION):
            name = int(code[place])
            before = slice(max(place - _AROUND, 0), place)
            after = slice(place + 1, place + 1 + _AROUND)
            for part, offset in ((before, 2), (after, 3)):
                free = (code[part] == NO_PROMOTION) & (kind[part] == 0)
                kind[part] = np.where(free, 3 * name + offset, kind[part])
        kind = np.where(code != NO_PROMOTION, 3 * code + 1, kind)
        return cls(weekday, kind[_AROUND : _AROUND + days], 1 + 3 * len(found.names))

    def weights(self, values: Floats, until: int) -> Floats:
        """By how much each day up to `until` is above the ordinary, learnt from the values.

        Args:
            values: of the first days, shape (known,).
            until: how many days to tell, known ones included.
        """
        known = len(values)
        plain = self.kind[:known] == 0
        weight = _of_weekdays(values, self.weekday[:known], plain)[self.weekday[:until]]
        if self.kinds == 1:
            return weight
        factor = self._factors(values, weight[:known])
        return np.asarray(weight * factor[self.kind[:until]])

    def promoted(self, start: int, days: int) -> float:
        """The share of so many days from the start on that are of a promotion or next to one."""
        part = self.kind[start : start + days]
        return float((part > 0).mean()) if len(part) else 0.0

    def _factors(self, values: Floats, weight: Floats) -> Floats:
        kind = self.kind[: len(values)]
        plain = kind == 0
        came, expected = np.zeros(self.kinds), np.zeros(self.kinds)
        sums = np.concatenate([[0.0], np.cumsum(np.where(plain, values, 0.0))])
        weights = np.concatenate([[0.0], np.cumsum(np.where(plain, weight, 0.0))])
        edges = np.flatnonzero(np.diff(np.concatenate([[0], (kind > 0).astype(np.int64), [0]])))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            low, high = max(start - _BESIDE, 0), min(stop + _BESIDE, len(values))
            below = weights[high] - weights[low]
            if below <= 0:
                continue
            level = (sums[high] - sums[low]) / below
            part = kind[start:stop]
            came += np.bincount(part, values[start:stop], self.kinds)
            expected += np.bincount(part, level * weight[start:stop], self.kinds)
        seen = expected > 0
        factor = np.ones(self.kinds)
        factor[seen] = np.clip(came[seen] / expected[seen], _LEAST, _MOST)
        factor[0] = 1.0
        return factor


def _of_weekdays(values: Floats, weekday: NDArray[np.int64], plain: NDArray[np.bool_]) -> Floats:
    lately = np.flatnonzero(plain)[-_WEEKDAYS:]
    if len(lately) < 28:
        return np.ones(7)
    mean = float(values[lately].mean())
    if mean <= 0:
        return np.ones(7)
    number = np.bincount(weekday[lately], minlength=7)
    total = np.bincount(weekday[lately], values[lately], 7)
    factor = (total + _HELD * mean) / ((number + _HELD) * mean)
    return np.asarray(np.maximum(factor / factor.mean(), _LEAST))
