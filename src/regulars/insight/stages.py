"""How many customers stand in each stage, what they have paid, and how they moved between them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.spine import names
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir

ARRIVED = "arrived"
"""Where those come from in a flow whom the shop did not know at its start."""


def stages(people: ir.Table) -> ir.Table:
    """Every stage in the order of `Stage`, those of nobody too.

    Returns:
        `stage, customers, share` (of all customers), `monetary` (paid so far), `monetary_share,
        mean_chance_of_return` (NULL where no chance is known)
    """
    everyone = people.agg(total=people.count(), paid=people.monetary.sum())
    sizes = people.group_by("stage").agg(
        customers=people.count(),
        monetary=people.monetary.sum().cast("decimal(38, 4)"),
        # A sum of chances depends on the order of the rows in its last bits; whole parts do not.
        chance=(people.chance_of_return * 1_000_000).round().cast("int64").sum(),
        with_chance=people.chance_of_return.count(),
    )
    filled = names([str(stage) for stage in Stage], "stage").left_join(sizes, "stage")
    filled = filled.drop("stage_right").cross_join(everyone)
    customers = filled.customers.fill_null(0)
    monetary = filled.monetary.fill_null(0)
    return (
        filled.select(
            position=filled.position,
            stage=filled.stage,
            customers=customers,
            share=customers.cast("float64") / filled.total.nullif(0).cast("float64"),
            monetary=monetary,
            monetary_share=monetary.cast("float64") / filled.paid.cast("float64").nullif(0),
            mean_chance_of_return=filled.chance.cast("float64")
            / filled.with_chance.nullif(0).cast("float64")
            / 1_000_000,
        )
        .order_by("position")
        .drop("position")
    )


_COLD = {Stage.AT_RISK: 1, Stage.DORMANT: 2, Stage.LOST: 3}


def stage_flow(stage_history: ir.Table, purchases: ir.Table, as_of: date, days: int) -> ir.Table:
    """Customers by stage at the end of `as_of - days` and at the end of `as_of`.

    Two snapshots: what happened in between is not counted. Who had no stage yet at the start comes
    from `arrived`. Only pairs that occur are listed, in the order of the stages.

    Whoever became warmer without a purchase in between was judged anew: at a month end the shop
    learned that its cycle is longer. That is news of the shop, and no customer moved.

    Returns:
        `from_stage, to_stage, customers`, and `judged_anew`, how many of them that is true of
    """
    begin = as_of - timedelta(days=days)
    start = _state(stage_history, begin)
    end = _state(stage_history, as_of)
    within = purchases.filter(
        purchases.day > ibis.literal(begin),
        purchases.day <= ibis.literal(as_of),
        purchases.customer_id.notnull(),
    )
    bought = within.select(buyer=within.customer_id).distinct()
    moved = end.left_join(start, "customer_id")
    moved = moved.select(
        "customer_id", from_stage=moved.stage_right.fill_null(ARRIVED), to_stage=moved.stage
    )
    moved = moved.left_join(bought, moved.customer_id == bought.buyer)
    warmer = _coldness(moved.to_stage) < _coldness(moved.from_stage)
    pairs = moved.group_by(["from_stage", "to_stage"]).agg(
        customers=moved.count(), judged_anew=number_where(warmer & moved.buyer.isnull())
    )
    order = [ARRIVED, *(str(stage) for stage in Stage)]
    return (
        pairs.mutate(from_at=_place(pairs.from_stage, order), to_at=_place(pairs.to_stage, order))
        .order_by(["from_at", "to_at"])
        .drop("from_at", "to_at")
    )


def _state(stage_history: ir.Table, day: date) -> ir.Table:
    """`customer_id, stage` at the end of the day."""
    known = stage_history.filter(stage_history.changed_on <= ibis.literal(day))
    own = ibis.window(
        group_by=known.customer_id, order_by=[known.changed_on.desc(), known.stage.asc()]
    )
    latest = known.mutate(place=ibis.row_number().over(own))
    return latest.filter(latest.place == 0).select("customer_id", "stage")


def _coldness(stage: ir.StringColumn) -> ir.IntegerColumn:
    return ibis.cases(*((stage == str(cold), place) for cold, place in _COLD.items()), else_=0)


def _place(stage: ir.StringColumn, order: list[str]) -> ir.IntegerColumn:
    return ibis.cases(*((stage == key, place) for place, key in enumerate(order)))
