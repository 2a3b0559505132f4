"""Who holds the value: the lifetime value of all customers by tenths, and by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.spine import names, numbers
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir

_TENTHS = 10


def value_tenths(people: ir.Table) -> ir.Table:
    """Customers of known value in ten equal parts, the tenth of highest value first.

    Equal values are parted by customer_id. Where there are fewer than ten customers some parts are
    empty; a share of nothing is NULL.

    Returns:
        `tenth` (1 the highest), `customers, lifetime_value, share` (of the whole)
    """
    valued = people.filter(people.lifetime_value.notnull()).select("customer_id", "lifetime_value")
    size = valued.agg(size=valued.count(), whole=valued.lifetime_value.sum())
    ranked = ibis.row_number().over(
        order_by=[ibis.desc(valued.lifetime_value), ibis.asc(valued.customer_id)]
    )
    placed = valued.mutate(place=ranked).cross_join(size)
    tenth = (placed.place * _TENTHS / placed["size"]).floor().cast("int64") + 1
    found = placed.group_by(tenth=tenth).agg(
        customers=placed.count(), lifetime_value=placed.lifetime_value.sum().cast("decimal(38, 4)")
    )
    filled = numbers(1, _TENTHS, "tenth").left_join(found, "tenth").drop("tenth_right")
    filled = filled.cross_join(size)
    worth = filled.lifetime_value.fill_null(0)
    return filled.select(
        tenth=filled.tenth,
        customers=filled.customers.fill_null(0),
        lifetime_value=worth,
        share=worth.cast("float64") / filled.whole.cast("float64").nullif(0),
    ).order_by("tenth")


def value_by_stage(people: ir.Table) -> ir.Table:
    """Every stage in the order of `Stage`, those of nobody too.

    Returns:
        `stage, customers` (of known value), `lifetime_value, share` (of the whole), `mean` (a
        customer's)
    """
    valued = people.filter(people.lifetime_value.notnull())
    whole = valued.agg(whole=valued.lifetime_value.sum())
    found = valued.group_by("stage").agg(
        customers=valued.count(), lifetime_value=valued.lifetime_value.sum().cast("decimal(38, 4)")
    )
    filled = names([str(stage) for stage in Stage], "stage").left_join(found, "stage")
    filled = filled.drop("stage_right").cross_join(whole)
    customers, worth = filled.customers.fill_null(0), filled.lifetime_value.fill_null(0)
    return (
        filled.select(
            position=filled.position,
            stage=filled.stage,
            customers=customers,
            lifetime_value=worth,
            share=worth.cast("float64") / filled.whole.cast("float64").nullif(0),
            mean=filled.lifetime_value.cast("float64") / customers.cast("float64").nullif(0),
        )
        .order_by("position")
        .drop("position")
    )
