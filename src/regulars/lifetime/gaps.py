"""Purchase days into gaps: the closed ones (a purchase came) and the open one (none so far).

One row stands for one customer on one day with a purchase and starts one gap. The row carries what
was known of the customer when the gap began, its rank and the sums of its earlier gaps, and never
anything later; so the same rows serve every as-of day.

Gaps are measured by the shop's clock (`shop_clock`; the calendar where no season is known), and
divided by what the quantity bought stretches them: with q pieces, usually u,

    measured = passed * exp(-theta (ln q - u))

so that all gaps are those of an ordinary purchase at an ordinary time (an accelerated failure time
law with ln q as covariate; Kalbfleisch and Prentice 2002, section 2.3.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.lifetime.shop_clock import CALENDAR, ShopClock

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NO_DAY = int(np.iinfo(np.int64).min)
"""Stands for "no such day" in arrays of day numbers; numpy reads it as NaT."""

FAR = 1 << 40
"""The next purchase of a row after which the data show none."""

NO_CATEGORY = -1

_FIXED_POINT = 1 << 30
"""Logs are summed as integers of this grain: sums are exact, whatever the order of customers and
whatever rows follow later. So a history cut at a day and a later one agree to the last bit."""


@dataclass(frozen=True, slots=True)
class GapHistory:
    """Rows sorted by (customer, day), one per customer and day with a purchase.

    Attributes:
        customer: index of the customer.
        day: day number of the purchase that starts the gap.
        next_day: day number of the purchase that closes it; `FAR` where the data show none.
        rank: 1 for the customer's first day with a purchase, 2 for the second, and so on; the
            customer has rank - 1 closed gaps behind it.
        category: category code of the purchase, `NO_CATEGORY` where none is known.
        sum_log: sum of ln(measured days) over the closed gaps before this one.
        sum_square: sum of ln(measured days)^2 over the same.
        clock: by which days are measured.
        quantity: ln(pieces bought), NaN where unknown; None where nobody counts.
        stretch: theta (ln q - u) of the formula; None for no stretch.
    """

    customer: Ints
    day: Ints
    next_day: Ints
    rank: Ints
    category: Ints
    sum_log: Floats
    sum_square: Floats
    clock: ShopClock = CALENDAR
    quantity: Floats | None = None
    stretch: Floats | None = None

    def rows(self, chosen: Bools | Ints | slice) -> GapHistory:
        """The chosen rows; of a slice, views that copy nothing."""
        return GapHistory(
            self.customer[chosen],
            self.day[chosen],
            self.next_day[chosen],
            self.rank[chosen],
            self.category[chosen],
            self.sum_log[chosen],
            self.sum_square[chosen],
            self.clock,
            None if self.quantity is None else self.quantity[chosen],
            None if self.stretch is None else self.stretch[chosen],
        )

    def until(self, day: int) -> GapHistory:
        """What was known at the end of the day: later purchases are forgotten.

        >>> history = gap_history([0, 0, 0], [10, 40, 100])
        >>> then = history.until(60)
        >>> then.day.tolist(), then.is_closed().tolist()
        ([10, 40], [True, False])
        """
        return self.rows(self.day <= day).forget(day)

    def forget(self, day: int) -> GapHistory:
        """The same rows, with what closed a gap after the day forgotten."""
        return replace(self, next_day=np.where(self.next_day <= day, self.next_day, FAR))

    def is_closed(self) -> Bools:
        """Whether a purchase has ended the gap."""
        return self.next_day < FAR

    def days(self, until: int) -> Ints:
        """Measured length of each gap in whole days: to its end, or to `until` where it is open.

        At least 1 where the days differ.
        """
        return self._measured(np.minimum(self.next_day, until))

    def silence(self, until: int | Ints) -> Floats:
        """Measured days from each row's purchase to the end of a day, not rounded.

        >>> gap_history([0, 1], [10, 20]).silence(25).tolist()
        [15.0, 5.0]
        """
        day = np.broadcast_to(np.asarray(until, dtype=np.int64), self.day.shape)
        passed = self.clock.at(day) - self.clock.at(self.day)
        return passed if self.stretch is None else passed * np.exp(-self.stretch)

    def last_day_within(self, days: Floats) -> Ints:
        """The last day of the calendar on which no more measured days have passed than given."""
        passed = days if self.stretch is None else days * np.exp(self.stretch)
        return self.clock.last_day_within(self.day, passed)

    def _measured(self, end: Ints) -> Ints:
        passed = self.clock.days_between(self.day, end)
        if self.stretch is None:
            return passed
        whole = np.rint(passed * np.exp(-self.stretch)).astype(np.int64)
        return np.maximum(whole, (end > self.day).astype(np.int64))

    def measured_by(self, clock: ShopClock, theta: float = 0.0, usual: float = 0.0) -> GapHistory:
        """The same rows measured by another clock and another stretch.

        Args:
            clock: of the shop.
            theta: how far the quantity stretches a gap: 0 not at all, 1 in proportion.
            usual: u, ln of the usual quantity.

        >>> history = gap_history([0, 0, 0], [0, 20, 60], quantity=[2, 4, 2])
        >>> history.measured_by(CALENDAR, theta=1.0, usual=float(np.log(2))).days(60).tolist()
        [20, 20, 0]
        """
        stretch = None
        if theta and self.quantity is not None:
            stretch = np.nan_to_num(theta * (self.quantity - usual))
        history = replace(self, clock=clock, stretch=stretch)
        if not len(self.day):
            return history
        first = np.append(True, self.customer[1:] != self.customer[:-1])
        start = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
        before = np.ones(len(first))
        closed = np.flatnonzero(~first)
        before[closed] = history.rows(closed - 1)._measured(self.day[closed])
        log = np.log(before)
        return replace(history, sum_log=_running(log, start), sum_square=_running(log * log, start))

    def last_rows(self) -> Ints:
        """Row numbers of each customer's last purchase, that is of its open gap."""
        if not len(self.customer):
            return np.zeros(0, dtype=np.int64)
        return np.append(
            np.flatnonzero(self.customer[1:] != self.customer[:-1]), len(self.customer) - 1
        ).astype(np.int64)


def gap_history(
    customer: ArrayLike,
    day: ArrayLike,
    category: ArrayLike | None = None,
    quantity: ArrayLike | None = None,
) -> GapHistory:
    """The gaps of purchases that are sorted by (customer, day), by the calendar.

    Several purchases of one customer on one day are one; the category is that of the last of them,
    the quantity that of all together.

    Args:
        customer: index of the customer of each purchase, shape (n,).
        day: its day number (days since 1970-01-01), shape (n,).
        category: its category code, negative for none, shape (n,).
        quantity: pieces bought, NaN or below 1 where unknown, shape (n,).

    Returns:
        One row per customer and day.

    Raises:
        ValueError: when shapes differ or the purchases are not sorted.

    >>> history = gap_history([0, 0, 0, 1], [5, 5, 35, 20])
    >>> history.rank.tolist(), history.day.tolist()
    ([1, 2, 1], [5, 35, 20])
    >>> history.days(until=40).tolist(), history.is_closed().tolist()
    ([30, 5, 20], [True, False, False])
    """
    who, when = _whole(customer), _whole(day)
    what = np.full(len(who), NO_CATEGORY, np.int64) if category is None else _whole(category)
    pieces = None if quantity is None else np.asarray(quantity, dtype=np.float64)
    if not len(who) == len(when) == len(what) or (pieces is not None and len(pieces) != len(who)):
        raise ValueError("customer, day, category and quantity must have one length")
    same = who[1:] == who[:-1]
    if np.any(who[1:] < who[:-1]) or np.any(same & (when[1:] < when[:-1])):
        raise ValueError("purchases must be sorted by customer and day")
    if not len(who):
        empty, none = np.zeros(0, np.int64), np.zeros(0, np.float64)
        return GapHistory(
            empty, empty, empty, empty, empty, none, none, quantity=None if pieces is None else none
        )
    last_of_day = np.append(~(same & (when[1:] == when[:-1])), True)
    if pieces is not None:
        begin = np.flatnonzero(np.append(True, last_of_day[:-1]))
        pieces = np.add.reduceat(pieces, begin)
        with np.errstate(invalid="ignore", divide="ignore"):
            pieces = np.where(pieces >= 1, np.log(pieces), np.nan)
    who, when, what = who[last_of_day], when[last_of_day], what[last_of_day]
    same = who[1:] == who[:-1]
    first = np.append(True, ~same)
    next_day = np.append(np.where(same, when[1:], FAR), FAR).astype(np.int64)
    row = np.arange(len(who), dtype=np.int64)
    start = np.maximum.accumulate(np.where(first, row, 0))
    before = np.append(1, np.where(same, when[1:] - when[:-1], 1))
    log = np.log(before)
    return GapHistory(
        who,
        when,
        next_day,
        row - start + 1,
        what,
        _running(log, start),
        _running(log * log, start),
        quantity=pieces,
    )


def _whole(values: ArrayLike) -> Ints:
    array: NDArray[Any] = np.asarray(values)
    return array.astype(np.int64, copy=False)


def _running(values: Floats, start: Ints) -> Floats:
    """Sums from each customer's first row on; that row's own value is 0."""
    total = np.cumsum(np.rint(values * _FIXED_POINT).astype(np.int64))
    return np.asarray((total - total[start]) / _FIXED_POINT, dtype=np.float64)
