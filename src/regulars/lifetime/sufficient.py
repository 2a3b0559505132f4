"""Purchases into what the lifetime models need of a customer: three numbers and a mean.

Repeat purchases x, time of the last one t_x and time observed T, both times from the first purchase
(Fader, Hardie, Lee 2005, Marketing Science 24:275-284, section 3), and the mean amount of a repeat
purchase. Several purchases of one customer on one day are one, their amounts summed. Customers
alike in (x, t_x, T) are counted together: the models see nothing else of them, so a fit and a
prediction cost as much as there are kinds of customers, not customers.

Time has any unit; `unit` is its length in days (1 for days, 7 for weeks). Scale parameters of the
models, horizons and discount rates are then in that unit too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.lifetime.gaps import Floats, Ints

_MOST_WHOLE = 1 << 20
"""Whole numbers up to here are their own code; more than three such columns fit into 63 bits."""


class History(Protocol):
    """What the models know of customers (or of groups of like ones), shape (n,) each."""

    @property
    def repeats(self) -> Floats:
        """Repeat purchases, x."""

    @property
    def last(self) -> Floats:
        """Time of the last purchase since the first, t_x; 0 where there is no repeat."""

    @property
    def observed(self) -> Floats:
        """Time observed since the first purchase, T."""


@dataclass(frozen=True, slots=True)
class PurchaseSummary:
    """One row per customer, shape (n,) each; a `History`.

    Attributes:
        customer: index of the customer, rising.
        repeats: repeat purchases x, that is days with a purchase after the first.
        last: time of the last one since the first, t_x.
        observed: time observed since the first, T.
        mean_amount: mean amount of the repeat purchases; NaN where there is none, or where no
            amounts were given.
    """

    customer: Ints
    repeats: Floats
    last: Floats
    observed: Floats
    mean_amount: Floats


@dataclass(frozen=True, slots=True)
class Groups:
    """Customers counted by equal (x, t_x, T); a `History` with a count.

    Attributes:
        repeats: x, shape (g,).
        last: t_x, shape (g,).
        observed: T, shape (g,).
        count: how many customers are alike, shape (g,).
        place: the group of each customer, shape (n,): `prediction[groups.place]` gives every
            customer its own.
    """

    repeats: Floats
    last: Floats
    observed: Floats
    count: Floats
    place: NDArray[np.intp]

    def thinned(self, most: int) -> Groups:
        """Every so manyth group, so that about `most` stay; the same where there are no more."""
        step = -(-len(self.repeats) // most)
        if step <= 1:
            return self
        some = slice(step // 2, None, step)
        return Groups(
            self.repeats[some],
            self.last[some],
            self.observed[some],
            self.count[some],
            np.zeros(0, np.intp),
        )


def summarise(
    customer: ArrayLike,
    day: ArrayLike,
    until: int,
    amount: ArrayLike | None = None,
    *,
    unit: float = 1.0,
) -> PurchaseSummary:
    """The summary as of the end of a day; later purchases are not known yet and left out.

    Args:
        customer: index of the customer of each purchase, shape (n,), in any order.
        day: its day number, shape (n,).
        until: the last day observed.
        amount: what was paid, any currency, shape (n,).
        unit: days in a unit of time.

    Raises:
        ValueError: when shapes differ, an amount is not a number or the unit is not positive.

    >>> bought = summarise([0, 0, 0, 1], [0, 14, 14, 7], 21, [9.0, 2.0, 3.0, 5.0], unit=7)
    >>> bought.repeats.tolist(), bought.last.tolist(), bought.observed.tolist()
    ([1.0, 0.0], [2.0, 0.0], [3.0, 2.0])
    >>> bought.mean_amount.tolist()
    [5.0, nan]
    """
    who: Ints = np.asarray(customer).astype(np.int64, copy=False)
    when: Ints = np.asarray(day).astype(np.int64, copy=False)
    paid = None if amount is None else np.asarray(amount, dtype=np.float64)
    if who.shape != when.shape or who.ndim != 1 or (paid is not None and paid.shape != who.shape):
        raise ValueError("customer, day and amount must have one length")
    if paid is not None and not np.all(np.isfinite(paid)):
        raise ValueError("an amount is not a number")
    if not unit > 0:
        raise ValueError("the unit of time must be positive")
    known = when <= until
    if not known.all():
        who, when = who[known], when[known]
        paid = None if paid is None else paid[known]
    same = who[1:] == who[:-1]
    if np.any(who[1:] < who[:-1]) or np.any(same & (when[1:] < when[:-1])):
        order = np.lexsort((when, who))
        who, when = who[order], when[order]
        paid = None if paid is None else paid[order]
    if not len(who):
        none = np.zeros(0)
        return PurchaseSummary(np.zeros(0, np.int64), none, none, none, none)
    first_of_day = np.flatnonzero(np.append(True, (who[1:] != who[:-1]) | (when[1:] != when[:-1])))
    if len(first_of_day) < len(who):
        paid = None if paid is None else np.add.reduceat(paid, first_of_day)
        who, when = who[first_of_day], when[first_of_day]
    begin = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
    end = np.append(begin[1:], len(who)) - 1
    repeats = (end - begin).astype(np.float64)
    mean = np.full(len(begin), np.nan)
    if paid is not None:
        later = repeats > 0
        total = np.add.reduceat(paid, begin) - paid[begin]
        mean[later] = total[later] / repeats[later]
    return PurchaseSummary(
        who[begin],
        repeats,
        (when[end] - when[begin]) / unit,
        (until - when[begin]) / unit,
        mean,
    )


def group(history: History) -> Groups:
    """Customers alike in (x, t_x, T) counted together, in rising order of it.

    Raises:
        ValueError: when a row cannot be: x not a whole number from 0, t_x outside [0, T], or t_x
            not 0 exactly where x is 0.

    >>> bought = summarise([0, 1, 1, 2], [0, 0, 5, 0], until=9)
    >>> groups = group(bought)
    >>> groups.repeats.tolist(), groups.count.tolist(), groups.place.tolist()
    ([0.0, 1.0], [2.0, 1.0], [0, 1, 0])
    """
    columns = [
        np.asarray(column, dtype=np.float64)
        for column in (history.repeats, history.last, history.observed)
    ]
    check_history(*columns)
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        own, size = _codes(column)
        code = code * size + own
    _, first, place, count = np.unique(
        code, return_index=True, return_inverse=True, return_counts=True
    )
    repeats, last, observed = (column[first] for column in columns)
    return Groups(repeats, last, observed, count.astype(np.float64), place)


def check_history(repeats: Floats, last: Floats, observed: Floats) -> None:
    """Refuses rows that no customer can have.

    Raises:
        ValueError: see `group`.
    """
    if not repeats.shape == last.shape == observed.shape or repeats.ndim != 1:
        raise ValueError("repeats, last and observed must have one length")
    if not np.all((repeats >= 0) & (repeats == np.floor(repeats)) & np.isfinite(repeats)):
        raise ValueError("repeat purchases must be whole numbers from 0")
    if not np.all((last >= 0) & (last <= observed) & np.isfinite(observed)):
        raise ValueError("the last purchase must lie between the first one and the end")
    if np.any((last > 0) != (repeats > 0)):
        raise ValueError("the last purchase is later than the first exactly where one was repeated")


def _codes(column: Floats) -> tuple[Ints, int]:
    """Small whole numbers for the values, equal exactly where the values are."""
    if not len(column):
        return np.zeros(0, np.int64), 1
    whole = column.astype(np.int64)
    highest = int(whole.max())
    if highest < _MOST_WHOLE and np.array_equal(whole, column):
        return whole, highest + 1
    values, code = np.unique(column, return_inverse=True)
    return code.astype(np.int64), len(values)
