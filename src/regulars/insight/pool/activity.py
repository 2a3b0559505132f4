"""What the phase rests on: buyers and newcomers month by month, and the quick ratio of late."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from regulars.insight.months import buying_months, last_whole_month
from regulars.insight.pool.phase import Trend, phase_of, trend, year_on_year

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.insight.outlook.forecast import Series
    from regulars.insight.picture import View

QUARTER = 3
_BACK = 36


@dataclass(frozen=True, slots=True)
class Activity:
    """Whole months, oldest first: shape (months,).

    Attributes:
        buyers: with a purchase in the month.
        newcomers: with their first.
        quick_ratio: (new + back after a pause) / (bought the month before and not in it), over the
            last three months together; None where nobody was lost or there are too few months.
    """

    buyers: NDArray[np.int64]
    newcomers: NDArray[np.int64]
    quick_ratio: float | None


def activity(view: View, newcomers: Series, months: list[int]) -> Activity:
    """The last 36 whole months, or as many as there are.

    Args:
        view: of the shop.
        newcomers: day by day, up to the end of the last whole month.
        months: the day within `newcomers` on which each whole month begins, oldest first.
    """
    last = last_whole_month(view.as_of)
    first = max(last - _BACK + 1, last - len(months) + 1)
    bought = buying_months(view.relation("purchases"), view.as_of)
    bought = bought.filter(bought.month >= first, bought.month <= last)
    number = bought.group_by("month").agg(buyers=bought.count())
    late = bought.filter(bought.month >= last - QUARTER)
    again = late.select(customer_id=late.customer_id, month=late.month + 1)
    kept = late.join(again, ["customer_id", "month"])
    stayed = kept.group_by("month").agg(retained=kept.count())
    rows = view.run(number.left_join(stayed, "month").drop("month_right")).to_pylist()
    buyers = np.zeros(last - first + 1, np.int64)
    retained = np.zeros(last - first + 1, np.int64)
    for row in rows:
        buyers[row["month"] - first] = row["buyers"]
        retained[row["month"] - first] = row["retained"] or 0
    starts = [*months, len(newcomers.values)]
    new = np.array(
        [round(float(newcomers.values[begin:end].sum())) for begin, end in pairwise(starts)],
        np.int64,
    )[-len(buyers) :]
    ratio = None
    if len(buyers) > QUARTER:
        came = int(buyers[-QUARTER:].sum() - retained[-QUARTER:].sum())
        lost = int(buyers[-QUARTER - 1 : -1].sum() - retained[-QUARTER:].sum())
        ratio = came / lost if lost else None
    return Activity(buyers, new, ratio)


def phase_table(found: Activity) -> pa.Table:
    """The table `phase`, one row."""
    import pyarrow as pa

    of_buyers, of_newcomers = trend(found.buyers), trend(found.newcomers)
    lately = found.buyers[-QUARTER:]
    row = {
        "phase": phase_of(of_buyers),
        "months": 0 if of_buyers is None else of_buyers.months,
        "same_months_compared": bool(of_buyers and of_buyers.seasonal),
        "month_buyers": float(lately.mean()) if len(lately) else None,
        **_rates("buyers", of_buyers),
        "year_on_year": year_on_year(found.buyers),
        "quick_ratio": found.quick_ratio,
        **_rates("newcomers", of_newcomers),
    }
    kinds = {"phase": pa.string(), "months": pa.int64(), "same_months_compared": pa.bool_()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in row])
    return pa.Table.from_pylist([row], schema)


def _rates(name: str, found: Trend | None) -> dict[str, float | None]:
    return {
        f"{name}_growth": None if found is None else found.rate,
        f"{name}_growth_low": None if found is None else found.low,
        f"{name}_growth_high": None if found is None else found.high,
    }
