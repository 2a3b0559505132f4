"""Purchase days into gaps: the closed ones (a purchase came) and the open one (none so far).

One row stands for one customer on one day with a purchase and starts one gap. The row carries what
was known of the customer when the gap began, its rank and the sums of its earlier gaps, and never
anything later; so the same rows serve every as-of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        sum_log: sum of ln(days) over the closed gaps before this one.
        sum_square: sum of ln(days)^2 over the same.
    """

    customer: Ints
    day: Ints
    next_day: Ints
    rank: Ints
    category: Ints
    sum_log: Floats
    sum_square: Floats

    def rows(self, chosen: Bools | Ints) -> GapHistory:
        """The chosen rows."""
        return GapHistory(
            self.customer[chosen],
            self.day[chosen],
            self.next_day[chosen],
            self.rank[chosen],
            self.category[chosen],
            self.sum_log[chosen],
            self.sum_square[chosen],
        )

    def until(self, day: int) -> GapHistory:
        """What was known at the end of the day: later purchases are forgotten.

        >>> history = gap_history([0, 0, 0], [10, 40, 100])
        >>> then = history.until(60)
        >>> then.day.tolist(), then.is_closed().tolist()
        ([10, 40], [True, False])
        """
        known = self.rows(self.day <= day)
        return GapHistory(
            known.customer,
            known.day,
            np.where(known.next_day <= day, known.next_day, FAR),
            known.rank,
            known.category,
            known.sum_log,
            known.sum_square,
        )

    def is_closed(self) -> Bools:
        """Whether a purchase has ended the gap."""
        return self.next_day < FAR

    def days(self, until: int) -> Ints:
        """Length of each gap in days: to its end, or to `until` where it is open."""
        return np.asarray(np.minimum(self.next_day, until) - self.day, dtype=np.int64)

    def last_rows(self) -> Ints:
        """Row numbers of each customer's last purchase, that is of its open gap."""
        if not len(self.customer):
            return np.zeros(0, dtype=np.int64)
        return np.append(
            np.flatnonzero(self.customer[1:] != self.customer[:-1]), len(self.customer) - 1
        ).astype(np.int64)


def gap_history(
    customer: ArrayLike, day: ArrayLike, category: ArrayLike | None = None
) -> GapHistory:
    """The gaps of purchases that are sorted by (customer, day).

    Several purchases of one customer on one day are one; the category is that of the last of them.

    Args:
        customer: index of the customer of each purchase, shape (n,).
        day: its day number (days since 1970-01-01), shape (n,).
        category: its category code, negative for none, shape (n,).

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
    if not len(who) == len(when) == len(what):
        raise ValueError("customer, day and category must have one length")
    same = who[1:] == who[:-1]
    if np.any(who[1:] < who[:-1]) or np.any(same & (when[1:] < when[:-1])):
        raise ValueError("purchases must be sorted by customer and day")
    if not len(who):
        empty, none = np.zeros(0, np.int64), np.zeros(0, np.float64)
        return GapHistory(empty, empty, empty, empty, empty, none, none)
    last_of_day = np.append(~(same & (when[1:] == when[:-1])), True)
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
    )


def _whole(values: ArrayLike) -> Ints:
    array: NDArray[Any] = np.asarray(values)
    return array.astype(np.int64, copy=False)


def _running(values: Floats, start: Ints) -> Floats:
    """Sums from each customer's first row on; that row's own value is 0."""
    total = np.cumsum(np.rint(values * _FIXED_POINT).astype(np.int64))
    return np.asarray((total - total[start]) / _FIXED_POINT, dtype=np.float64)
