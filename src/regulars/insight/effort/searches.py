"""Searches, and those that find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from regulars.insight.counts import number_where
from regulars.insight.statistics.wilson import wilson

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

ALL = "(all)"
_NAMES = ("Products Searched", "Product Searched", "Search Performed", "搜索", "搜索商品")
_RESULTS = ("results", "result_count", "results_count", "total_results", "hits")
"""Properties that tell how much was found: a number, or the list itself."""
Row = dict[str, Any]


def counted(view: View, entries: ir.Table) -> ir.Table:
    """By term in small letters: `searches`, those that `told` what they found, those `without`."""
    done = entries.filter(entries.kind == "track", entries.name.isin(list(_NAMES)))
    found = ibis.coalesce(*(view.engine.json_text(done.properties, one) for one in _RESULTS))
    listed = ibis.cases((found == "[]", 0.0), (found.startswith("["), 1.0))
    done = done.mutate(
        term=done.search.strip().lower().nullif("").fill_null("(no word)"),
        found=ibis.coalesce(listed, found.try_cast("float64")),
    )
    return done.group_by("term").agg(
        searches=done.count(),
        told=number_where(done.found.notnull()),
        without=number_where(done.found <= 0),
    )


def searches(view: View, entries: ir.Table, top: int) -> pa.Table:
    """All searches in the first row, then the terms that most often found nothing.

    Args:
        view: of the shop.
        entries: of the days looked at.
        top: terms.
    """
    per = counted(view, entries)
    whole = per.agg(
        searches=per.searches.sum().fill_null(0).cast("int64"),
        told=per.told.sum().fill_null(0).cast("int64"),
        without=per.without.sum().fill_null(0).cast("int64"),
    )
    terms = per.filter(per.without > 0).order_by([ibis.desc("without"), ibis.asc("term")])
    found = view.run(whole).to_pylist()
    if not found[0]["searches"]:
        return SCHEMA.empty_table()
    rows = [{"term": ALL} | found[0], *view.run(terms.limit(top)).to_pylist()]
    return pa.Table.from_pylist([_shared(row) for row in rows], schema=SCHEMA)


def _shared(row: Row) -> Row:
    told, without = int(row["told"]), int(row["without"])
    low, high = wilson(without, told)
    return row | {
        "without": without if told else None,
        "share": without / told if told else None,
        "share_low": float(low) if told else None,
        "share_high": float(high) if told else None,
    }


SCHEMA = pa.schema(
    [
        ("term", pa.string()),
        ("searches", pa.int64()),
        ("told", pa.int64()),
        ("without", pa.int64()),
        ("share", pa.float64()),
        ("share_low", pa.float64()),
        ("share_high", pa.float64()),
    ]
)
