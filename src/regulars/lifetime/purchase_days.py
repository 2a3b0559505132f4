"""Days with a purchase, by customer or by customer and category, as one sorted run of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from regulars.lifetime.gaps import Bools, Floats, Ints

CATEGORIES = 1 << 20
"""A customer in a category has the code customer x CATEGORIES + category."""

_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """One row per customer and day with a purchase, sorted by both; shape (n,) each.

    Attributes:
        customer: code of the customer, or of a customer in one category.
        day: day number.
        amount: paid that day; 0 where amounts are not known.
    """

    customer: Ints
    day: Ints
    amount: Floats

    def until(self, day: int) -> PurchaseDays:
        """What was known at the end of the day."""
        return self.rows(self.day <= day)

    def rows(self, chosen: Bools | Ints | slice) -> PurchaseDays:
        """The chosen rows."""
        return PurchaseDays(self.customer[chosen], self.day[chosen], self.amount[chosen])

    def starts(self) -> Ints:
        """The row of each customer's first day."""
        if not len(self.customer):
            return np.zeros(0, np.int64)
        new = np.append(True, self.customer[1:] != self.customer[:-1])
        return np.flatnonzero(new).astype(np.int64)


def purchase_days(
    customer: ArrayLike, day: ArrayLike, amount: ArrayLike | None = None
) -> PurchaseDays:
    """Purchases in any order; those of one customer and day are merged, their amounts summed.

    Raises:
        ValueError: when shapes differ or an amount is not a number.

    >>> bought = purchase_days([1, 0, 1, 1], [5, 9, 2, 5], [1.0, 2.0, 3.0, 4.0])
    >>> bought.customer.tolist(), bought.day.tolist(), bought.amount.tolist()
    ([0, 1, 1], [9, 2, 5], [2.0, 3.0, 5.0])
    """
    who: Ints = np.asarray(customer).astype(np.int64, copy=False)
    when: Ints = np.asarray(day).astype(np.int64, copy=False)
    paid = np.zeros(len(who)) if amount is None else np.asarray(amount, dtype=np.float64)
    if not who.shape == when.shape == paid.shape or who.ndim != 1:
        raise ValueError("customer, day and amount must have one length")
    if not np.all(np.isfinite(paid)):
        raise ValueError("an amount is not a number")
    same = who[1:] == who[:-1]
    if np.any(who[1:] < who[:-1]) or np.any(same & (when[1:] < when[:-1])):
        order = np.lexsort((when, who))
        who, when, paid = who[order], when[order], paid[order]
    if not len(who):
        return PurchaseDays(who, when, paid)
    first = np.flatnonzero(np.append(True, (who[1:] != who[:-1]) | (when[1:] != when[:-1])))
    if len(first) < len(who):
        paid = np.add.reduceat(paid, first)
    return PurchaseDays(who[first], when[first], paid)


@dataclass(frozen=True, slots=True)
class Bought:
    """All that a ranking starts from.

    Attributes:
        rows: of customers, or of customers in categories.
        visits: where rows are of categories, the days of the customers whatever they bought.
    """

    rows: PurchaseDays
    visits: PurchaseDays | None = None

    @property
    def first_day(self) -> int:
        """The first day of the data."""
        return int((self.visits or self.rows).day.min())

    @property
    def last_day(self) -> int:
        """The last day of the data."""
        return int((self.visits or self.rows).day.max())

    def owner(self, code: Ints) -> Ints:
        """The customer of each code."""
        return code if self.visits is None else code // CATEGORIES

    def until(self, day: int) -> Bought:
        """What was known at the end of the day."""
        return Bought(self.rows.until(day), self.visits and self.visits.until(day))

    def between(self, begin: int, end: int) -> Bought:
        """Rows from one place to another; they must hold whole customers."""
        rows = self.rows.rows(slice(begin, end))
        if self.visits is None or not len(rows.customer):
            return Bought(rows, self.visits)
        owner = self.visits.customer
        low = int(np.searchsorted(owner, self.owner(rows.customer[:1])[0], side="left"))
        high = int(np.searchsorted(owner, self.owner(rows.customer[-1:])[0], side="right"))
        return Bought(rows, self.visits.rows(slice(low, high)))

    def thinned(self, most: int) -> Bought:
        """About `most` of the codes, by a draw of customers that is always the same one."""
        codes = len(self.rows.starts())
        if codes <= most:
            return self
        return self.of(drawn_share(self.owner(self.rows.customer), most / codes))

    def of(self, chosen: Bools) -> Bought:
        """The chosen rows, with the visits of their customers."""
        rows = self.rows.rows(chosen)
        if self.visits is None:
            return Bought(rows)
        return Bought(
            rows, self.visits.rows(np.isin(self.visits.customer, self.owner(rows.customer)))
        )


def bought_by_customer(
    customer: ArrayLike, day: ArrayLike, amount: ArrayLike | None = None
) -> Bought:
    """One row per customer and day; see `purchase_days`."""
    return Bought(purchase_days(customer, day, amount))


def bought_by_category(
    customer: ArrayLike, day: ArrayLike, category: ArrayLike, amount: ArrayLike | None = None
) -> Bought:
    """One row per customer, category and day; rows with a negative category are visits only.

    Raises:
        ValueError: when shapes differ, or a category code is too large.
    """
    who: Ints = np.asarray(customer).astype(np.int64, copy=False)
    what: Ints = np.asarray(category).astype(np.int64, copy=False)
    when: Ints = np.asarray(day).astype(np.int64, copy=False)
    paid = None if amount is None else np.asarray(amount, dtype=np.float64)
    if who.shape != what.shape or np.any(what >= CATEGORIES):
        raise ValueError(f"each purchase has a category code below {CATEGORIES}")
    known = what >= 0
    rows = purchase_days(
        who[known] * CATEGORIES + what[known], when[known], None if paid is None else paid[known]
    )
    return Bought(rows, purchase_days(who, when, paid))


def drawn_share(code: Ints, share: float) -> Bools:
    """Whether each code is in a draw of that share: the same for equal codes, whenever asked.

    The code's bits are mixed as in SplitMix64 (Steele, Lea, Flood 2014, OOPSLA).

    >>> float(drawn_share(np.arange(10_000), 0.25).mean().round(2))
    0.25
    """
    mixed = np.asarray(code).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in zip((30, 27), _MIX, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    # 53 bits are a whole number that a double holds exactly.
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) < share * 2.0**53, dtype=np.bool_)
