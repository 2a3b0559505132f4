"""Retention and value of a cohort by month since the first purchase, with their intervals.

The value after k months is the sum, over the months 0 to k, of what a customer brought in on
average in that month, each average over the customers whose month has ended. So every customer
counts as far as he or she has been seen, and a line by source does not bend because its youngest
customers drop out.

Intervals of value: delete-a-group jackknife (Kott 2001, The delete-a-group jackknife, Journal of
Official Statistics 17(4), 521-526). The customers fall into G = 20 parts by their number; with v
the value and v_g the value without part g,

    s^2 = (G - 1) / G  sum (v_g - v)^2,   v +- t(0.975; G - 1) s

Intervals of shares are Wilson's (`insight.statistics.wilson`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.insight.cohorts.cells import PARTS
from regulars.insight.first_order import LEAST, told
from regulars.insight.statistics.wilson import wilson

Numbers = NDArray[np.float64]

T = 2.093024
"""Student's t, 97.5 %, 19 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one cohort; arrays run over the months since the first purchase.

    Attributes:
        kind: all, named, other or unknown.
        name: of the cohort, where it is named.
        size: customers.
        seen: of these, whose month has ended.
        customers: of those seen, who bought in the month.
        orders: their orders.
        sales, profit: of the month, credit notes taken off.
        share, share_low, share_high: customers / seen; NaN where too few are seen.
        value, worth: cumulated sales and profit per customer; NaN from where too few are seen.
        worth_spread: standard error of `worth`.
    """

    kind: str
    name: str
    size: int
    seen: Numbers
    customers: Numbers
    orders: Numbers
    sales: Numbers
    profit: Numbers
    share: Numbers
    share_low: Numbers
    share_high: Numbers
    value: Numbers
    worth: Numbers
    worth_spread: Numbers

    @property
    def months(self) -> int:
        """How many months since the first purchase can be told, the first itself included."""
        return int(np.isfinite(self.worth).sum())

    def worth_after(self, month: int) -> tuple[float, float] | None:
        """Cumulated profit per customer and its standard error; None where it cannot be told."""
        if month >= len(self.worth) or not np.isfinite(self.worth[month]):
            return None
        return float(self.worth[month]), float(self.worth_spread[month])


def cumulated(amounts: Numbers, seen: Numbers) -> tuple[Numbers, Numbers]:
    """Value per customer by month, and its standard error.

    Args:
        amounts: months x parts.
        seen: customers whose month has ended, months x parts.

    Example:
        Two customers bring in 1 and 3 in the first month; then nobody has been seen for longer.

        >>> value, _ = cumulated(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]]))
        >>> float(value[0])
        2.0
    """
    parts = amounts.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.cumsum(amounts.sum(1) / seen.sum(1))
        without = np.cumsum(
            (amounts.sum(1, keepdims=True) - amounts) / (seen.sum(1, keepdims=True) - seen), axis=0
        )
        spread = np.sqrt((parts - 1) / parts * ((without - value[:, None]) ** 2).sum(1))
    return value, spread


def courses(
    members: Iterable[Mapping[str, Any]],
    cells: Iterable[Mapping[str, Any]],
    given_back: Iterable[Mapping[str, Any]],
    names: Sequence[str] | None,
    last: int,
    margin: float,
) -> list[Course]:
    """All customers together, then each cohort by kind and name.

    Args:
        members: rows of `cells.members`.
        cells: rows of `cells.cells`.
        given_back: rows of `cells.given_back`.
        names: of the cohorts, by code.
        last: number of the last month that has ended.
        margin: share of what credit notes give back that was profit.
    """
    members = list(members)
    if not members:
        return []
    months = last - min(row["began"] for row in members) + 1
    seen: dict[tuple[str, str], Numbers] = {}
    for row in members:
        own = seen.setdefault(told(row["code"], names), np.zeros((months, PARTS)))
        own[: last - row["began"] + 1, row["part"]] += row["customers"]
    sums = {key: np.zeros((4, months, PARTS)) for key in seen}
    for row in cells:
        bought = [float(row[name]) for name in ("customers", "orders", "sales", "profit")]
        sums[told(row["code"], names)][:, row["since"], row["part"]] += bought
    for row in given_back:
        back = float(row["refunded"])
        sums[told(row["code"], names)][2:, row["since"], row["part"]] -= [back, back * margin]
    everyone = _course("all", "", sum(seen.values()), sum(sums.values()))  # type: ignore[arg-type]
    return [everyone, *(_course(*key, seen[key], sums[key]) for key in sorted(seen))]


def _course(kind: str, name: str, seen: Numbers, sums: Numbers) -> Course:
    """One cohort, to the last month of which anything was seen."""
    length = int(np.flatnonzero(seen.sum(1))[-1]) + 1
    seen, sums = seen[:length], sums[:, :length]
    total, (customers, orders, sales, profit) = seen.sum(1), sums.sum(2)
    few = total < LEAST
    with np.errstate(divide="ignore", invalid="ignore"):
        share = customers / total
    low, high = wilson(customers, total)
    value, _ = cumulated(sums[2], seen)
    worth, spread = cumulated(sums[3], seen)
    for numbers in (share, low, high, value, worth, spread):
        numbers[few] = np.nan
    return Course(
        kind=kind,
        name=name,
        size=int(total[0]),
        seen=total,
        customers=customers,
        orders=orders,
        sales=sales,
        profit=profit,
        share=share,
        share_low=low,
        share_high=high,
        value=value,
        worth=worth,
        worth_spread=spread,
    )
