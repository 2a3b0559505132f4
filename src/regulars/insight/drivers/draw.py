"""The picture of what moved sales and profit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from regulars.insight.drivers.periods import Comparison, comparisons, read_months
from regulars.insight.drivers.promotions import feasts
from regulars.insight.drivers.totals import GROUPS, GUESTS, NEW, RETURNING, Period
from regulars.insight.drivers.tree import TOTAL, Node, tree
from regulars.insight.drivers.words import says
from regulars.insight.picture import Picture, View

MONEY = pa.decimal128(18, 4)
COMPARED = pa.schema(
    [
        ("compared", pa.string()),
        ("start", pa.date32()),
        ("end", pa.date32()),
        ("before_start", pa.date32()),
        ("before_end", pa.date32()),
        ("sales_before", MONEY),
        ("sales", MONEY),
        ("sales_change", MONEY),
        ("sales_change_share", pa.float64()),
        ("profit_before", MONEY),
        ("profit", MONEY),
        ("profit_change", MONEY),
        ("profit_change_share", pa.float64()),
        ("whole", pa.bool_()),
    ]
)
TREE = pa.schema(
    [
        ("compared", pa.string()),
        ("kind", pa.string()),
        ("factor", pa.string()),
        ("before", pa.float64()),
        ("after", pa.float64()),
        ("change", pa.float64()),
        ("sales_change", MONEY),
        ("profit_change", MONEY),
    ]
)
MONTHS = pa.schema(
    [
        ("month", pa.date32()),
        ("kind", pa.string()),
        ("customers", pa.int64()),
        ("orders", pa.int64()),
        ("orders_per_customer", pa.float64()),
        ("average_order_value", pa.float64()),
        ("sales", MONEY),
        ("profit", MONEY),
        ("margin", pa.float64()),
        ("complete", pa.bool_()),
    ]
)


def draw(
    view: View, days: int | None = None, month: str | None = None, against: str = "both"
) -> Picture:
    """What moved sales and profit from one period to another.

    Args:
        view: the as-of tables.
        days: the last so many days instead of a month.
        month: YYYY-MM; by default the last month that has ended.
        against: previous (the period before), year (a year before), or both.

    Raises:
        UnknownValue: an option has a value that it cannot have.
        CannotTell: there is nothing to compare with.
    """
    periods = read_months(view)
    found = comparisons(view, periods, days, month, against)
    trees = [(one, tree(one.before, one.after)) for one in found]
    rows = [row for one in periods for row in _month_rows(one, complete=one.end <= view.as_of)]
    tables = {
        "compared": pa.Table.from_pylist([_compared(one) for one in found], COMPARED),
        "tree": pa.Table.from_pylist(
            [_tree_row(one, node) for one, nodes in trees for node in nodes], TREE
        ),
        "months": pa.Table.from_pylist(rows, MONTHS),
    }
    currency = view.settings.shop.currency
    told = {
        one.compared: list(
            says(
                one,
                nodes,
                periods,
                currency,
                by_month=days is None,
                feasts=feasts(view, one.before, one.after),
            )
        )
        for one, nodes in trees
    }
    facts = {
        "says": {
            name: [{"en": one.en, "zh": one.zh} for one in sentences]
            for name, sentences in told.items()
        }
    }
    said = tuple(one for sentences in told.values() for one in sentences)
    return Picture("drivers", view.as_of, tables, said, facts)


def _compared(one: Comparison) -> dict[str, Any]:
    before, after = one.before, one.after
    return {
        "compared": one.compared,
        "start": after.start,
        "end": after.end,
        "before_start": before.start,
        "before_end": before.end,
        "sales_before": before.sales,
        "sales": after.sales,
        "sales_change": after.sales - before.sales,
        "sales_change_share": share(before.sales, after.sales),
        "profit_before": before.profit,
        "profit": after.profit,
        "profit_change": after.profit - before.profit,
        "profit_change_share": share(before.profit, after.profit),
        "whole": not one.cut,
    }


def share(before: Any, after: Any) -> float | None:
    """The change as a share of what was before; None where that is no positive amount."""
    return float((after - before) / before) if before > 0 else None


def _tree_row(one: Comparison, node: Node) -> dict[str, Any]:
    return {
        "compared": one.compared,
        "kind": node.group,
        "factor": node.factor,
        "before": node.before,
        "after": node.after,
        "change": node.change,
        "sales_change": node.sales_change,
        "profit_change": node.profit_change,
    }


def _month_rows(period: Period, *, complete: bool) -> Sequence[dict[str, Any]]:
    known = sum(period.groups[group].orders for group in (NEW, RETURNING))
    whole: dict[str, Any] = {
        "kind": TOTAL,
        "customers": period.customers,
        "orders": period.orders,
        "orders_per_customer": known / period.customers if period.customers else None,
        "sales": period.sales,
        "profit": period.profit,
    }
    rows = [whole]
    for group in GROUPS:
        bought = period.groups[group]
        if group == GUESTS and not bought.orders:
            continue
        rows.append(
            {
                "kind": group,
                "customers": bought.customers,
                "orders": bought.orders,
                "orders_per_customer": (
                    bought.orders / bought.customers if bought.customers else None
                ),
                "sales": bought.sales,
                "profit": bought.profit,
            }
        )
    return [
        {
            "month": period.start,
            **row,
            "average_order_value": float(row["sales"]) / row["orders"] if row["orders"] else None,
            "margin": float(row["profit"] / row["sales"]) if row["sales"] > 0 else None,
            "complete": complete,
        }
        for row in rows
    ]
