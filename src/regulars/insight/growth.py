"""Growth accounting by calendar month, in the definition published by Tribe Capital and Mode.

A month's buyers are new (first purchase ever), retained (bought in the month before) or
resurrected (bought earlier, not in the month before). A month's lost are those who bought in the
month before and not in this one. So buyers = new + retained + resurrected, and buyers of the month
before = retained + lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from regulars.insight.counts import number_where
from regulars.insight.months import buying_months, first_day, last_whole_month, month_number
from regulars.insight.picture import Picture, View
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import ibis.expr.types as ir


def growth(purchases: ir.Table, as_of: date) -> ir.Table:
    """One row per month from the first purchase to `as_of`, in order, months without buyers too.

    `lost` is NULL in a month that has not ended: who will still buy is not known yet.

    Returns:
        `month` (its first day), `buyers, new, retained, resurrected, lost, quick_ratio, complete`;
        the ratio is NULL where nobody was lost or it is not known yet
    """
    bought = buying_months(purchases, as_of)
    own = ibis.window(group_by=bought.customer_id, order_by=bought.month)
    steps = bought.mutate(before=bought.month.lag().over(own), after=bought.month.lead().over(own))
    kept = (steps.before == steps.month - 1).fill_null(False)
    per_month = steps.group_by("month").agg(
        buyers=steps.count(),
        new=number_where(steps.before.isnull()),
        retained=number_where(kept),
        resurrected=number_where(steps.before.notnull() & ~kept),
    )
    stayed = (steps.after == steps.month + 1).fill_null(False)
    left = steps.filter(~stayed).select(month=steps.month + 1)
    lost = left.group_by("month").agg(lost=left.count())

    span = bought.agg(first=bought.month.min())
    months = span.select(
        month=ibis.range(span["first"], ibis.literal(month_number(as_of) + 1)).unnest()
    )
    filled = months.left_join(per_month, "month").drop("month_right").left_join(lost, "month")
    whole = filled.month <= last_whole_month(as_of)
    new, resurrected = filled.new.fill_null(0), filled.resurrected.fill_null(0)
    lost_of = ibis.cases((whole, filled.lost.fill_null(0)))
    return (
        filled.select(
            number=filled.month,
            month=first_day(filled.month),
            buyers=filled.buyers.fill_null(0),
            new=new,
            retained=filled.retained.fill_null(0),
            resurrected=resurrected,
            lost=lost_of,
            quick_ratio=(new + resurrected).cast("float64") / lost_of.nullif(0).cast("float64"),
            complete=whole,
        )
        .order_by("number")
        .drop("number")
    )


def draw(view: View) -> Picture:
    """Growth accounting up to the view's day."""
    months = view.run(growth(view.relation("purchases"), view.as_of))
    return Picture("growth", view.as_of, {"months": months}, tuple(_says(months.to_pylist())))


def _says(months: list[dict[str, Any]]) -> Iterator[Sentence]:
    whole = [row for row in months if row["complete"] and row["buyers"] + (row["lost"] or 0)]
    if not whole:
        yield Sentence(
            "No whole month lies within the data yet: growth cannot be told.",
            "数据中还没有完整的自然月，无法判断增长。",
        )
        return
    last = whole[-1]
    came = last["new"] + last["resurrected"]
    month = f"{last['month']:%Y-%m}"
    yield Sentence(
        f"In {month}, {last['buyers']:,} customers bought: {last['new']:,} new,"
        f" {last['retained']:,} retained, {last['resurrected']:,} back after a pause;"
        f" {last['lost']:,} of the month before did not.",
        f"{month} 有 {last['buyers']:,} 位用户购买：新购 {last['new']:,}，留存"
        f" {last['retained']:,}，回流 {last['resurrected']:,}；上月买过而本月未买"
        f" {last['lost']:,}。",
    )
    if last["quick_ratio"] is not None:
        yield Sentence(
            f"For each customer who left, {last['quick_ratio']:.2f} came ({came:,} for"
            f" {last['lost']:,}): the active base"
            f" {'grows' if last['quick_ratio'] > 1 else 'does not grow'}.",
            f"每走 1 位，来 {last['quick_ratio']:.2f} 位（来 {came:,}、走 {last['lost']:,}）："
            f"活跃用户{'在增加' if last['quick_ratio'] > 1 else '没有增加'}。",
        )
