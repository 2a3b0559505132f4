"""Portrait: the make-up of a group against a base, with TGI.

TGI = share in the group / share in the base x 100. The group is taken within the base. Shares are
over those whose value is known, on both sides, since a gap in the data is no trait of a group. An
attribute with several values per customer (tags, interests) counts each customer once per value,
so its shares may add up to more than 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis

from regulars.errors import UnknownValue
from regulars.insight.counts import number_where

if TYPE_CHECKING:
    import ibis.expr.types as ir

Condition = Callable[["ir.Table"], "ir.BooleanValue"]

_Z = 1.959964
"""Of a 95 % interval."""


def portrait(
    people: ir.Table,
    attribute: str,
    group: Condition,
    base: Condition | None = None,
    minimum: int = 30,
) -> ir.Table:
    """One row per value of the attribute in the base, the most frequent first, ties by value.

    Args:
        people: the people table.
        attribute: a column of it, or `traits.<key>` for a further attribute.
        group: which customers the portrait is of.
        base: what they are held against; everybody if absent.
        minimum: with fewer known values in the group, the share, TGI and interval are NULL.

    Returns:
        `value` (text), `group_customers, group_known, group_share, base_customers, base_known,
        base_share, tgi, low, high`; low and high are the 95 % Wilson interval of the group's
        share, over the base's share.

    Raises:
        UnknownValue: there is no such column.
    """
    within = people if base is None else people.filter(base(people))
    chosen = within.select(
        "customer_id",
        in_group=group(within).fill_null(False),
        value=_attribute(within, attribute),
    )
    several = chosen.value.type().is_array()
    if several:
        chosen = chosen.mutate(value=chosen.value.unnest()).distinct()
    known = chosen.filter(chosen.value.notnull())
    known = known.mutate(value=known.value.cast("string"))
    counts = known.group_by("value").agg(
        group_customers=number_where(known.in_group), base_customers=known.count()
    )
    totals = known.agg(
        group_known=known.customer_id.nunique(where=known.in_group),
        base_known=known.customer_id.nunique(),
    )
    rows = counts.cross_join(totals)
    enough = rows.group_known >= minimum
    n = rows.group_known.cast("float64").nullif(0)
    share = rows.group_customers.cast("float64") / n
    base_share = rows.base_customers.cast("float64") / rows.base_known.cast("float64")
    centre = share + _Z * _Z / (2 * n)
    spread = _Z * (share * (1 - share) / n + _Z * _Z / (4 * n * n)).sqrt()
    scale = (1 + _Z * _Z / n) * base_share / 100
    return rows.select(
        value=rows.value,
        group_customers=rows.group_customers,
        group_known=rows.group_known,
        group_share=_if(enough, share),
        base_customers=rows.base_customers,
        base_known=rows.base_known,
        base_share=base_share,
        tgi=_if(enough, share / base_share * 100),
        # The lower bound of nobody is 0; rounding would leave it a hair below. The casts, since
        # a plain 0.0 is a decimal to Spark.
        low=_if(
            enough,
            ibis.greatest(
                ((centre - spread) / scale).cast("float64"), ibis.literal(0).cast("float64")
            ),
        ),
        high=_if(enough, ((centre + spread) / scale).cast("float64")),
    ).order_by([ibis.desc("base_customers"), ibis.asc("value")])


def trait_keys(people: ir.Table) -> ir.Table:
    """`key, customers`: further attributes of the customers files, most known first."""
    keys = people.filter(people.traits.notnull()).select(key=people.traits.keys().unnest())
    return (
        keys.group_by("key").agg(customers=keys.count()).order_by([ibis.desc("customers"), "key"])
    )


def _attribute(people: ir.Table, attribute: str) -> ir.Value:
    if attribute.startswith("traits."):
        return people.traits.get(attribute.removeprefix("traits."))
    if attribute not in people.columns:
        raise UnknownValue.of("column of people", attribute, list(people.columns))
    return people[attribute]


def _if(condition: ir.Value, value: ir.Value) -> ir.Value:
    return ibis.cases((condition, value))
