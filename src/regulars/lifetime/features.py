"""What is known of a customer's purchases at the end of a day, as numbers that tell who buys next.

Nothing here sees a purchase after the day. Counts are of days with a purchase.

| name | meaning |
|---|---|
| recency | ln(1 + days since the last purchase) |
| tenure | ln(1 + days since the first) |
| frequency | ln of the days with a purchase |
| rate | ln of repeat purchases per day since the first, drawn towards that of all |
| gap | mean ln of own gaps, drawn towards that of all |
| irregularity | standard deviation of the same, drawn towards that of all |
| overdue | recency - gap |
| last_gap | ln of the last own gap - gap |
| days_7 ... days_365 | ln(1 + days with a purchase in the last so many days) |
| fading_15 ... fading_240 | ln of all of them, each weighing half as much after so many days |
| trend | (last quarter - the one before) / (their sum + 1) |
| spent | ln(1 + amount of all purchases) |
| spend | ln(1 + mean amount of a day) |
| last_spend | ln(1 + last amount) - spend |
| year_ago | ln(1 + purchases in the same horizon a year ago) |
| year_ago_wide | ln(1 + those in a quarter more around it) |

The last two are NaN where the data hold no such year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.lifetime.gaps import Floats, Ints
from regulars.lifetime.purchase_days import PurchaseDays

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
HALF_LIVES = (15, 30, 60, 120, 240)
YEAR = 364
"""Days; whole weeks, so that weekdays stay what they are."""

NAMES = (
    "recency", "tenure", "frequency", "rate", "gap", "irregularity", "overdue", "last_gap",
    *(f"days_{days}" for days in WINDOWS),
    *(f"fading_{days}" for days in HALF_LIVES),
    "trend", "spent", "spend", "last_spend", "year_ago", "year_ago_wide",
)  # fmt: skip

_PSEUDO_GAPS = 1.0
"""So many gaps of all customers are mixed with a customer's own."""
_LEAST_FADED = 0.01
_QUARTER = 91


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in the shop, to which a customer is drawn as far as its own data are few.

    Attributes:
        gap: mean ln of gaps.
        spread: variance of ln of gaps within customers.
        rate: repeat purchases per day since the first.
    """

    gap: float
    spread: float
    rate: float


def usual_of(known: PurchaseDays, as_of: int) -> Usual:
    """What is usual among purchases until the day."""
    begin = known.starts()
    if not len(begin):
        return Usual(float(np.log(30.0)), 1.0, 1.0 / 30.0)
    row, log, gaps = _gaps(known, begin)
    total = max(float(gaps.sum()), 1.0)
    mean = float(log.sum() / total)
    own = np.bincount(row, log, len(begin)) / np.maximum(gaps, 1.0)
    square = np.bincount(row, log * log, len(begin)) - gaps * own**2
    freedom = float(np.maximum(gaps - 1.0, 0.0).sum())
    spread = float(square.sum() / freedom) if freedom > 0 else 1.0
    observed = float((as_of - known.day[begin]).sum())
    if not gaps.any():
        mean = float(np.log(max(observed / len(begin), 1.0)))
    return Usual(mean, max(spread, 0.01), (float(gaps.sum()) + 1.0) / (observed + len(begin)))


@dataclass(frozen=True, slots=True)
class Features:
    """One row per customer with a purchase by the day.

    Attributes:
        customer: code, rising, shape (n,).
        values: shape (n, len(NAMES)).
        recency: whole days since the last purchase, shape (n,).
        tenure: whole days since the first, shape (n,).
        frequency: days with a purchase, shape (n,).
        monetary: amount of all purchases, shape (n,).
    """

    customer: Ints
    values: Floats
    recency: Ints
    tenure: Ints
    frequency: Ints
    monetary: Floats


def features(
    purchases: PurchaseDays, as_of: int, horizon: int, first_day: int, usual: Usual | None = None
) -> Features:
    """The features of every customer known at the end of the day.

    Args:
        purchases: later ones are not looked at.
        as_of: day number.
        horizon: days ahead that are to be told.
        first_day: of the data, to know whether there was such a season before.
        usual: of the whole shop, where the purchases are a part of it; else of these.
    """
    known = purchases.until(as_of)
    begin = known.starts()
    n = len(begin)
    if not n:
        none = np.zeros(0, np.int64)
        return Features(none, np.zeros((0, len(NAMES))), none, none, none, np.zeros(0))
    shop = usual or usual_of(known, as_of)
    end = np.append(begin[1:], len(known.day)) - 1
    row, log_gap, gaps = _gaps(known, begin)
    age = (as_of - known.day).astype(np.float64)
    recency, tenure, count = age[end], age[begin], gaps + 1.0

    gap = (np.bincount(row, log_gap, n) + _PSEUDO_GAPS * shop.gap) / (gaps + _PSEUDO_GAPS)
    is_gap = np.ones(len(row), np.bool_)
    is_gap[begin] = False
    about = np.where(is_gap, (log_gap - gap[row]) ** 2, 0.0)
    columns = [
        np.log1p(recency),
        np.log1p(tenure),
        np.log(count),
        np.log((gaps + 0.5) / (tenure + 0.5 / shop.rate)),
        gap,
        np.sqrt((np.bincount(row, about, n) + shop.spread) / (gaps + 1.0)),
        np.log1p(recency) - gap,
        np.where(gaps > 0, log_gap[end] - gap, 0.0),
    ]
    columns += [np.log1p(np.bincount(row[age < days], minlength=n)) for days in WINDOWS]
    for life in HALF_LIVES:
        columns.append(np.log(np.bincount(row, np.exp2(-age / life), n) + _LEAST_FADED))
    late = np.bincount(row[age < _QUARTER], minlength=n)
    before = np.bincount(row[(age >= _QUARTER) & (age < 2 * _QUARTER)], minlength=n)
    columns.append((late - before) / (late + before + 1.0))
    amount = np.maximum(known.amount, 0.0)
    paid = np.bincount(row, amount, n)
    spend = np.log1p(paid / count)
    columns += [np.log1p(paid), spend, np.log1p(amount[end]) - spend]
    columns += _year_ago(known.day, row, n, as_of, horizon, first_day)
    return Features(
        known.customer[begin],
        np.column_stack(columns),
        recency.astype(np.int64),
        tenure.astype(np.int64),
        count.astype(np.int64),
        np.bincount(row, known.amount, n).astype(np.float64),
    )


def _gaps(known: PurchaseDays, begin: Ints) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Each row's customer, ln of the gap that it closed (0 where none), gaps of each customer."""
    size = np.diff(np.append(begin, len(known.day)))
    row = np.repeat(np.arange(len(begin)), size)
    before = np.append(1, np.diff(known.day))
    before[begin] = 1
    return row, np.log(before), size - 1.0


def _year_ago(
    day: Ints, row: NDArray[np.intp], n: int, as_of: int, horizon: int, first_day: int
) -> list[Floats]:
    then, around = as_of - YEAR, _QUARTER // 2
    if then < first_day:
        return [np.full(n, np.nan), np.full(n, np.nan)]
    counts = []
    for wider in (0, around):
        chosen = (day > then - wider) & (day <= then + horizon + wider)
        counts.append(np.log1p(np.bincount(row[chosen], minlength=n)))
    return counts
