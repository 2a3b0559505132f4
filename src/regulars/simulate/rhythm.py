"""The shop's calendar as a clock: on some days more needs come up than on others.

Needs run on a clock of their own that runs the faster the busier the day: U(t) = integral of the
day's factor from 0 to t, in mean days. A time between two needs is drawn on that clock and turned
back into days. So season, weekday, payday and festival move purchases without changing how many
there are in a year.

>>> import numpy as np
>>> clock = Clock(np.array([[1.0, 3.0, 1.0, 1.0]]))
>>> clock.at(np.array([2.0]), np.array([0])).tolist()
[4.0]
>>> clock.back(np.array([2.5, 6.0]), np.array([0, 0])).tolist()
[1.5, 4.0]
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from regulars.simulate.worlds import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FAR = 100_000.0
"""Days between the clocks laid end to end; no shop lives that long."""
_AFTERWARDS = 40_000.0

_WEEKDAY = np.array([0.94, 0.93, 0.94, 0.96, 1.02, 1.12, 1.09])
_PAYDAYS, _PAYDAY_LIFT = (10, 15, 16), 1.2
_QUIET = 1e-3
"""Needs of festival-only customers on other days: a clock must never stand still."""

FESTIVALS = {"618": ((6, 1), (6, 20)), "double_11": ((10, 31), (11, 11))}
"""First and last day (month, day) of the two great festivals."""


class Clock:
    """One clock per row of daily factors, shape (clocks, days)."""

    def __init__(self, factors: Floats) -> None:
        clocks, days = factors.shape
        self.days = days
        read = np.concatenate([np.zeros((clocks, 1)), np.cumsum(factors, axis=1)], axis=1)
        # After the last day every clock runs at its mean pace, where nobody looks any more.
        read = np.concatenate([read, read[:, -1:] + _AFTERWARDS], axis=1)
        ticks = np.concatenate([np.arange(days + 1.0), [days + _AFTERWARDS]])
        shift = _FAR * np.arange(clocks)[:, None]
        self._read = (read + shift).ravel()
        self._days = (ticks + shift).ravel()

    def at(self, time: Floats, clock: Ints) -> Floats:
        """What the clocks read at times in days."""
        shift = _FAR * clock
        return np.asarray(np.interp(time + shift, self._days, self._read) - shift)

    def back(self, read: Floats, clock: Ints) -> Floats:
        """The times in days at which the clocks read so."""
        shift = _FAR * clock
        return np.asarray(np.interp(read + shift, self._read, self._days) - shift)


def festival_days(start: date, days: int) -> Bools:
    """Which days of the shop's life belong to 618 or Double 11."""
    found = np.zeros(days, dtype=np.bool_)
    for year in range(start.year, (start + timedelta(days=days)).year + 1):
        for first, last in FESTIVALS.values():
            begin, end = (date(year, *first) - start).days, (date(year, *last) - start).days + 1
            found[max(begin, 0) : max(end, 0)] = True
    return found


def _around(festival: Bools, days: int) -> Bools:
    near = festival.copy()
    for shift in range(1, days + 1):
        near[shift:] |= festival[:-shift]
        near[:-shift] |= festival[shift:]
    return near & ~festival


def everyday(start: date, days: int) -> Floats:
    """The factor of each day by weekday and payday, about 1 on average."""
    when = [start + timedelta(days=day) for day in range(days)]
    factor = _WEEKDAY[[day.weekday() for day in when]]
    payday = np.array([day.day in _PAYDAYS for day in when])
    return np.asarray(factor * np.where(payday, _PAYDAY_LIFT, 1.0) / _mean_of_a_month())


def _mean_of_a_month() -> float:
    return 1 + len(_PAYDAYS) / 30.4 * (_PAYDAY_LIFT - 1)


def season(world: World, start: date, days: int) -> Floats:
    """The factor of each category's season, shape (categories, days): 1 + a cos(day - peak)."""
    first = start.timetuple().tm_yday
    day = first + np.arange(days)
    rows = [
        1 + world.season * one.season * np.cos(2 * np.pi * (day - one.peak) / 365.25)
        for one in world.categories
    ]
    return np.array(rows)


def clock_of(world: World, start: date, days: int) -> Clock:
    """The clocks of the categories, then those of the categories for festival-only customers."""
    festival = festival_days(start, days)
    usual = everyday(start, days) * season(world, start, days)
    lifted = np.where(festival, world.festivals.lift, 1.0)
    lifted = np.where(_around(festival, world.festivals.around), world.festivals.wait, lifted)
    hunters = np.where(festival, 365.25 / 32, _QUIET)
    return Clock(np.concatenate([usual * lifted, np.tile(hunters, (len(world.categories), 1))]))
