"""Where the buyers stand in RFM: the 5 x 5 map, the western and the Chinese segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regulars.insight.spine import names, numbers
from regulars.people.rfm import RFM8, SEGMENTS

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rfm_map(people: ir.Table) -> ir.Table:
    """25 rows by `r` then `f`, empty cells too: `r, f, customers, mean_monetary`.

    `mean_monetary` of an empty cell is NULL.
    """
    scored = people.filter(people.r.notnull())
    cells = scored.group_by(r=scored.r.cast("int64"), f=scored.f.cast("int64")).agg(
        customers=scored.count(), paid=scored.monetary.sum()
    )
    spine = numbers(1, 5, "r").cross_join(numbers(1, 5, "f"))
    filled = spine.left_join(cells, ["r", "f"])
    return filled.select(
        r=filled.r,
        f=filled.f,
        customers=filled.customers.fill_null(0),
        mean_monetary=filled.paid.cast("float64") / filled.customers.cast("float64"),
    ).order_by(["r", "f"])


def rfm_segments(people: ir.Table) -> ir.Table:
    """The eleven western segments, best first, empty ones too.

    Returns:
        `segment, customers, share` (of the buyers), `monetary, mean_monetary`
    """
    return _sizes(people, "rfm_segment", [segment.key for segment in SEGMENTS])


def rfm8_segments(people: ir.Table) -> ir.Table:
    """The eight Chinese segments by their bits, in the order of `RFM8`; columns as above."""
    return _sizes(people, "rfm8", list(RFM8))


def _sizes(people: ir.Table, column: str, keys: Sequence[str]) -> ir.Table:
    scored = people.filter(people[column].notnull())
    total = scored.agg(total=scored.count())
    sizes = scored.group_by(segment=scored[column]).agg(
        customers=scored.count(), monetary=scored.monetary.sum().cast("decimal(38, 4)")
    )
    filled = names(keys, "segment").left_join(sizes, "segment").drop("segment_right")
    filled = filled.cross_join(total)
    customers = filled.customers.fill_null(0)
    return (
        filled.select(
            position=filled.position,
            segment=filled.segment,
            customers=customers,
            share=customers.cast("float64") / filled.total.nullif(0).cast("float64"),
            monetary=filled.monetary.fill_null(0),
            mean_monetary=filled.monetary.cast("float64") / filled.customers.cast("float64"),
        )
        .order_by("position")
        .drop("position")
    )
