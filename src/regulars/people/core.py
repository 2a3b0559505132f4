"""Core customers: top of value x loyalty x activity, by a rule that can be published.

Judged at the end of a day, usually of a month. Among customers with at least `min_orders` purchases
ever,

    score = rank of spend x rank of purchases x rank of active months

over the last `window_days`, each rank a percentile rank in (0, 1] among them (equal values share
their mean rank). The seats are the `share` of all customers with any purchase, rounded down. Core
are those whose score is not below that of the last seat: equals are treated equally, so a tie at
the bound is let in whole. Nobody without a purchase in the window is core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from regulars.lifetime.gaps import Bools, Floats, Ints
from regulars.settings import CoreSettings

UNITS = 10_000
"""Money is summed in whole units of its grain, so that the order of orders changes no rank."""

_Row = TypeVar("_Row", bound=np.generic)


def core_customers(
    customer: Ints, day: Ints, net: Floats, customers: int, at: int, settings: CoreSettings
) -> Bools:
    """Who is core at the end of the day.

    Args:
        customer: index of the customer of each purchase, sorted by (customer, day).
        day: its day number.
        net: its amount, paid less refunded.
        customers: number of customers.
        at: day number; later purchases are not looked at.
        settings: the rule.

    Returns:
        One flag per customer, shape (customers,).

    >>> who = np.array([0, 0, 0, 1, 1, 1, 2, 3, 3, 3])
    >>> when = np.array([0, 30, 60, 0, 1, 2, 5, 0, 40, 70])
    >>> paid = np.array([9.0, 9, 9, 5, 5, 5, 99, 1, 1, 1])
    >>> rule = CoreSettings(window_days=90, share=0.25, min_orders=3)
    >>> core_customers(who, when, paid, 4, 80, rule).tolist()
    [True, False, False, False]
    """
    core = np.zeros(customers, dtype=np.bool_)
    known = day <= at
    ever = np.bincount(customer[known], minlength=customers)
    seats = seats_of(int(np.count_nonzero(ever)), settings.share)
    recent = np.flatnonzero(known & (day > at - settings.window_days))
    who = customer[recent]
    orders = np.bincount(who, minlength=customers)
    judged = np.flatnonzero(ever >= settings.min_orders)
    if not seats or not len(judged):
        return core
    units = np.rint(net[recent] * UNITS)
    spend = np.bincount(who, weights=units, minlength=customers)
    month = day[recent].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    new = np.ones(len(recent), dtype=np.bool_)
    new[1:] = (who[1:] != who[:-1]) | (month[1:] != month[:-1])
    months = np.bincount(who[new], minlength=customers)
    core[judged] = judge(
        spend[judged].astype(np.float64), orders[judged], months[judged], seats
    ).core
    return core


def seats_of(buyers: int, share: float) -> int:
    """The seats for so many customers with a purchase, rounded down."""
    return int(np.floor(share * buyers + 1e-9))


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the customers with enough purchases stand; one entry for each.

    Attributes:
        spend: of the window, in whole units of `UNITS`.
        orders, months: of the window.
        spend_rank, orders_rank, months_rank: percentile ranks among them.
        score: their product, 0 without a purchase in the window.
        bound: the score of the last seat; None where there is no seat or nobody to judge.
        core: who is core.
    """

    spend: Floats
    orders: Ints
    months: Ints
    spend_rank: Floats
    orders_rank: Floats
    months_rank: Floats
    score: Floats
    bound: float | None
    core: Bools

    def of(self, some: Ints) -> Judgement:
        """How some of them stand, against the same bound."""
        return Judgement(
            self.spend[some],
            self.orders[some],
            self.months[some],
            self.spend_rank[some],
            self.orders_rank[some],
            self.months_rank[some],
            self.score[some],
            self.bound,
            self.core[some],
        )


def judge(spend: Floats, orders: Ints, months: Ints, seats: int) -> Judgement:
    """Apply the rule to those with enough purchases ever.

    >>> found = judge(np.array([9.0, 5, 7]), np.array([3, 2, 1]), np.array([3, 1, 1]), 1)
    >>> found.core.tolist(), found.bound
    ([True, False, False], 1.0)
    """
    of_spend, of_orders, of_months = _rank(spend), _rank(orders), _rank(months)
    score = of_spend * of_orders * of_months
    score[orders == 0] = 0.0
    bound: float | None = None
    core = np.zeros(len(score), dtype=np.bool_)
    if seats and len(score):
        bound = float(np.partition(score, -seats)[-seats] if seats <= len(score) else score.min())
        core = (score >= bound) & (score > 0)
    return Judgement(spend, orders, months, of_spend, of_orders, of_months, score, bound, core)


def enough_alone(values: NDArray[_Row], rank: Floats, score: Floats, bound: float) -> Floats:
    """The smallest value seen that, the other two kept, would have made each one core.

    Among n, whoever rises to a value v that m others have comes to the mean rank of v as it was,
    less a half, over n: one fewer below, one more beside. Nobody else's rank rises by it, so a
    score of `bound` is enough.

    Args:
        values: of one of the three measures.
        rank: their percentile ranks.
        score: of everyone judged.
        bound: of the last seat.

    Returns:
        NaN for the core, and where no value of this measure alone would do.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(score > 0, bound / (score / rank), np.inf)
    distinct, at = np.unique(values, return_index=True)
    moved = rank[at] - 0.5 / len(values)
    place = np.searchsorted(moved, needed * (1 + 1e-12))
    found = np.append(distinct.astype(np.float64), np.nan)[place]
    return np.asarray(np.where((score >= bound) | (score <= 0), np.nan, found), dtype=np.float64)


def _rank(values: NDArray[_Row]) -> Floats:
    return np.asarray(rankdata(values, method="average") / len(values), dtype=np.float64)
