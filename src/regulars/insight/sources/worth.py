"""What the newcomers of each source bought so far and are worth, and who the buyers among them are.

What they earned, month by month, and what is expected of them is counted as of acquisition
(`insight.acquisition.counts`); only the source is another: that of the first touch, and not that of
the first order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis

from regulars.insight.acquisition.counts import earned, spent_within

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from regulars.insight.picture import View
    from regulars.insight.span import Span

ATTRIBUTES = ("gender", "province", "top_category")
"""Of the people table, for the portrait."""
Sums = Mapping[str, float]


def earned_by_source(view: View, new: ir.Table, months: int) -> dict[int, dict[str, float]]:
    """The sums of `insight.acquisition.counts.earned`, by the number of the source.

    Args:
        view: with purchases and the people table.
        new: newcomers, `customer_id, number`.
        months: how far payback is followed.
    """
    people = view.relation("people")
    known = new.join(people, "customer_id")
    bought = known.filter(known.first_order_on.notnull()).select(
        "customer_id",
        "lifetime_value",
        source=known.number,
        first_day=known.first_order_on.epoch_days(),
    )
    found = view.run(earned(view.relation("purchases"), bought, view.as_of, months)).to_pylist()
    return {
        int(row["source"]): {
            name: float(value or 0) for name, value in row.items() if name != "source"
        }
        for row in found
    }


def buyers(view: View, new: ir.Table) -> pa.Table:
    """`number, gender, province, top_category, customers, orders`: all buyers of the shop.

    `number` is the newcomers' source; NULL of those who came in at other times.
    """
    people = view.relation("people")
    of_new = new.select("number", whose=new.customer_id)
    bought = people.filter(people.orders >= 1)
    joined = bought.left_join(of_new, bought.customer_id == of_new.whose)
    grouped = joined.group_by(["number", *ATTRIBUTES])
    return view.run(grouped.agg(customers=ibis._.count(), orders=ibis._.orders.sum()))


def spend_by_source(view: View, span: Span) -> dict[str, dict[str, Any]]:
    """`spend` and `clicks` of the span by the source's name in small letters; no clicks: None."""
    if not view.engine.has("advertising"):
        return {}
    told = view.run(spent_within(view.relation("advertising"), span.first, span.last))
    found: dict[str, dict[str, Any]] = {}
    for row in told.to_pylist():
        name = (row["source"] or "").strip().lower()
        own = found.setdefault(name, {"spend": 0, "clicks": None})
        own["spend"] += row["spend"] or 0
        if row["clicks"]:
            own["clicks"] = (own["clicks"] or 0) + row["clicks"]
    return {name: own for name, own in found.items() if own["spend"] or own["clicks"]}
