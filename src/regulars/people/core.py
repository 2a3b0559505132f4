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

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from regulars.lifetime.gaps import Bools, Floats, Ints
from regulars.settings import CoreSettings

_UNITS = 10_000
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
    seats = int(np.floor(settings.share * np.count_nonzero(ever) + 1e-9))
    recent = np.flatnonzero(known & (day > at - settings.window_days))
    who = customer[recent]
    orders = np.bincount(who, minlength=customers)
    judged = np.flatnonzero(ever >= settings.min_orders)
    if not seats or not len(judged):
        return core
    units = np.rint(net[recent] * _UNITS)
    spend = np.bincount(who, weights=units, minlength=customers)
    month = day[recent].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    new = np.ones(len(recent), dtype=np.bool_)
    new[1:] = (who[1:] != who[:-1]) | (month[1:] != month[:-1])
    months = np.bincount(who[new], minlength=customers)
    score = _rank(spend[judged]) * _rank(orders[judged]) * _rank(months[judged])
    score[orders[judged] == 0] = 0.0
    bound = np.partition(score, -seats)[-seats] if seats <= len(score) else score.min()
    core[judged] = (score >= bound) & (score > 0)
    return core


def _rank(values: NDArray[_Row]) -> Floats:
    return np.asarray(rankdata(values, method="average") / len(values), dtype=np.float64)
