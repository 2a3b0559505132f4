"""How many core customers there were, and how they came: by month, source and first category."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.insight.counts import number_where
from regulars.insight.months import month_number, month_of
from regulars.insight.picture import View
from regulars.insight.statistics.wilson import wilson
from regulars.kernel.clock import month_ends
from regulars.kernel.stage_names import Depth

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LEAST = 30
WATCHED = 24
"""Months since the first purchase, or half the history, from which on time to core is told: of
later buyers only the quick can be core yet."""
_VALUES = 15
"""Sources and first categories shown, the largest first; the rest together are `(other)`."""
OTHER = "(other)"
MONTHS_TO_CORE = ((0, 2), (3, 5), (6, 11), (12, 23), (24, None))
"""Months from the first purchase to core, both ends included."""


@dataclass(frozen=True, slots=True)
class Changes:
    """When customers became core and ceased to be so; one entry a change.

    Attributes:
        customer: whose.
        month: of the month end at which it was judged (`months.month_number`).
        enters: became core; else ceased to be.
        began: the month of the first purchase.
    """

    customer: NDArray[np.int64]
    month: NDArray[np.int64]
    enters: NDArray[np.bool_]
    began: NDArray[np.int64]


def core_changes(view: View) -> Changes:
    """Every change; depth turns to core and from it at month ends only (`people.stage`)."""
    history, people = view.relation("stage_history"), view.relation("people")
    core = str(Depth.CORE)
    ever = history.filter(history.depth == core).select(who=history.customer_id).distinct()
    theirs = history.semi_join(ever, history.customer_id == ever.who)
    marked = theirs.select("customer_id", "changed_on", now=theirs.depth == core)
    own = ibis.window(group_by=marked.customer_id, order_by=marked.changed_on)
    steps = marked.mutate(before=marked.now.lag().over(own).fill_null(False))
    steps = steps.filter(steps.now != steps.before)
    began = people.select(who=people.customer_id, began=month_of(people.first_order_on))
    joined = steps.left_join(began, steps.customer_id == began.who)
    found = view.run(
        joined.select("customer_id", "began", month=month_of(joined.changed_on), enters=joined.now)
    ).sort_by([("customer_id", "ascending"), ("month", "ascending")])
    return Changes(
        customer=found["customer_id"].to_numpy().astype(np.int64),
        month=found["month"].to_numpy().astype(np.int64),
        enters=found["enters"].to_numpy().astype(np.bool_),
        began=found["began"].fill_null(0).to_numpy().astype(np.int64),
    )


def months_table(view: View, changes: Changes, at: date) -> pa.Table:
    """Core customers at each month end, who entered and who left then."""
    moved = [
        dict(zip(*np.unique(changes.month[kind], return_counts=True), strict=True))
        for kind in (changes.enters, ~changes.enters)
    ]
    people = view.relation("people")
    bought = people.filter(people.first_order_on.notnull())
    arrived = {
        row["month"]: row["buyers"]
        for row in view.run(
            bought.select(month=month_of(bought.first_order_on))
            .group_by("month")
            .agg(buyers=ibis._.count())
        ).to_pylist()
    }
    rows = []
    core = buyers = 0
    first = min(arrived, default=month_number(at))
    for end in month_ends(date(first // 12, first % 12 + 1, 1), at):
        month = month_number(end)
        buyers += arrived.get(month, 0)
        entered, left = (int(kind.get(month, 0)) for kind in moved)
        before, core = core, core + entered - left
        rows.append(
            {
                "month": end,
                "core": core,
                "buyers": buyers,
                "share": core / buyers if buyers else None,
                "entered": entered,
                "left": left,
                "left_share": left / before if before >= _LEAST else None,
            }
        )
    schema = pa.schema(
        [("month", pa.date32())]
        + [(name, pa.int64()) for name in ("core", "buyers")]
        + [("share", pa.float64()), ("entered", pa.int64()), ("left", pa.int64())]
        + [("left_share", pa.float64())]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def routes_table(
    view: View, purchases: ir.Table, people: ir.Table, changes: Changes, until: int
) -> pa.Table:
    """Core customers and all buyers by where they came from, what they began with, and how fast.

    Args:
        view: the as-of tables.
        purchases: of all.
        people: of all.
        changes: to core and from it.
        until: the last month of a first purchase from which on time to core is told.
    """
    bought = people.filter(people.orders > 0).select(
        "customer_id", "source", "first_order_on", is_core=ibis._.depth == str(Depth.CORE)
    )
    rows = [*_against(view, bought, "source", bought.source)]
    first = purchases.filter(purchases.main_category.notnull()).select(
        "day", "main_category", buyer=purchases.customer_id
    )
    began = bought.join(
        first, (bought.customer_id == first.buyer) & (bought.first_order_on == first.day)
    )
    began = began.group_by(["customer_id", "is_core"]).agg(category=began.main_category.min())
    rows += _against(view, began, "first_category", began.category)
    rows += _months_to_core(changes, until)
    schema = pa.schema(
        [("kind", pa.string()), ("value", pa.string())]
        + [("core", pa.int64()), ("core_share", pa.float64())]
        + [("buyers", pa.int64()), ("buyers_share", pa.float64())]
        + [(name, pa.float64()) for name in ("tgi", "low", "high")]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _against(view: View, who: ir.Table, kind: str, value: ir.Value) -> list[dict[str, Any]]:
    known = who.mutate(value=value)
    known = known.filter(known.value.notnull())
    counted = view.run(
        known.group_by("value").agg(core=number_where(known.is_core), buyers=known.count())
    ).to_pylist()
    counted.sort(key=lambda row: (-row["buyers"], row["value"]))
    shown, rest = counted[:_VALUES], counted[_VALUES:]
    if rest:
        sums = {name: sum(row[name] for row in rest) for name in ("core", "buyers")}
        shown.append({"value": OTHER, **sums})
    core, buyers = (sum(row[name] for row in counted) for name in ("core", "buyers"))
    if core < _LEAST:
        return []
    hits = np.array([row["core"] for row in shown])
    base = np.array([row["buyers"] for row in shown]) / buyers
    low, high = wilson(hits, core)
    return [
        {
            "kind": kind,
            "value": row["value"],
            "core": row["core"],
            "core_share": row["core"] / core,
            "buyers": row["buyers"],
            "buyers_share": float(base[at]),
            "tgi": row["core"] / core / float(base[at]) * 100,
            "low": float(low[at] / base[at] * 100),
            "high": float(high[at] / base[at] * 100),
        }
        for at, row in enumerate(shown)
    ]


def _months_to_core(changes: Changes, until: int) -> list[dict[str, Any]]:
    """Months from the first purchase to the first time core, of those who began by the month."""
    _, first = np.unique(changes.customer, return_index=True)  # the first change is to core
    first = first[changes.began[first] <= until]
    months = changes.month[first] - changes.began[first]
    total = len(months)
    if total < _LEAST:
        return []
    rows = []
    for least, most in MONTHS_TO_CORE:
        core = int(np.sum((months >= least) & (months <= (np.inf if most is None else most))))
        rows.append(
            {
                "kind": "months_to_core",
                "value": f"{least}+" if most is None else f"{least}-{most}",
                "core": core,
                "core_share": core / total,
            }
        )
    return rows
