"""The picture of cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.cohorts.cells import cells, given_back, members
from regulars.insight.cohorts.values import Course, T, courses
from regulars.insight.cohorts.words import cohort_name, says
from regulars.insight.first_order import BY, CATEGORY, LEAST, QUARTER, SOURCE, grouped
from regulars.insight.months import last_whole_month
from regulars.insight.opening import taken_for_new
from regulars.insight.picture import Picture, View

if TYPE_CHECKING:
    import ibis.expr.types as ir

MARKS = (1, 3, 6, 12)
"""Months since the first purchase that the summary tells."""
COHORTS = pa.schema(
    [
        ("kind", pa.string()),
        ("cohort", pa.string()),
        ("customers", pa.int64()),
        *((f"share_{month}", pa.float64()) for month in MARKS),
        *((f"profit_{month}", pa.float64()) for month in (0, *MARKS)),
        ("profit_12_low", pa.float64()),
        ("profit_12_high", pa.float64()),
        ("sales_12", pa.float64()),
    ]
)
CELLS = pa.schema(
    [
        ("kind", pa.string()),
        ("cohort", pa.string()),
        ("months_since", pa.int64()),
        ("size", pa.int64()),
        ("seen", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("share_low", pa.float64()),
        ("share_high", pa.float64()),
        ("orders", pa.int64()),
        ("sales", pa.decimal128(18, 4)),
        ("profit", pa.decimal128(18, 4)),
        ("cumulated_sales", pa.float64()),
        ("cumulated_profit", pa.float64()),
        ("cumulated_profit_low", pa.float64()),
        ("cumulated_profit_high", pa.float64()),
        ("complete", pa.bool_()),
    ]
)


def draw(view: View, by: str | None = None, top: int = 8) -> Picture:
    """Retention and value of cohorts by month since the first purchase.

    Args:
        view: the as-of tables.
        by: month, quarter, source, first_category or first_product. By default source; where
            orders name no two sources, the first category, else the quarter.
        top: at most so many sources, categories or products; the rest is gathered.

    Raises:
        UnknownValue: `by` is none of these.
        CannotTell: no month since a first purchase has ended, or orders do not tell what is asked.
    """
    if by is not None and by not in BY:
        raise UnknownValue.of("kind of cohort", by, list(BY))
    chosen, placed, names = _placed(view, by, top)
    told = courses(
        view.run(members(placed, view.as_of)).to_pylist(),
        view.run(cells(placed, view.relation("purchases"), view.as_of)).to_pylist(),
        _given_back(view, placed),
        names,
        last_whole_month(view.as_of),
        view.settings.shop.margin,
    )
    if not told:
        raise CannotTell(
            "no month with a customer's first purchase has ended yet",
            todo="look again at the end of the month",
        )
    ordered = _ordered(told, names)
    tables = {
        "cohorts": pa.Table.from_pylist([_summary(one, chosen) for one in ordered], COHORTS),
        "cells": pa.Table.from_pylist(
            [row for one in ordered for row in _cells(one, chosen)], CELLS
        ),
    }
    said = (*says(ordered, chosen, view, asked=by is not None), *taken_for_new(view))
    return Picture("cohort", view.as_of, tables, said, {"by": chosen})


def _given_back(view: View, placed: ir.Table) -> list[dict[str, Any]]:
    """What credit notes gave back; most shops have none, and need not place their customers."""
    notes = view.relation("credit_notes")
    if not view.run(notes.agg(notes=notes.count()))["notes"][0].as_py():
        return []
    rows: list[dict[str, Any]] = view.run(given_back(placed, notes, view.as_of)).to_pylist()
    return rows


def _placed(view: View, by: str | None, top: int) -> tuple[str, ir.Table, list[str] | None]:
    """By what, each customer with the code of the cohort, and the names of the codes."""
    if by is not None:
        placed, names = grouped(view, by, top)
        if names is not None and not names:
            raise CannotTell(
                f"no {by.removeprefix('first_')} is named for {LEAST} first-time customers or more",
                todo="take another --by, such as month",
            )
        return by, placed, names
    for wanted in (SOURCE, CATEGORY):
        placed, names = grouped(view, wanted, top)
        if names and len(names) > 1:
            return wanted, placed, names
    return QUARTER, *grouped(view, QUARTER, top)


def _ordered(told: Sequence[Course], names: list[str] | None) -> list[Course]:
    """All together, then cohorts in time, or by size with what is gathered at the end."""
    if names is None:
        return list(told)
    place = {name: index for index, name in enumerate(names)}
    return sorted(
        told, key=lambda one: (one.kind != "all", place.get(one.name, len(names)), one.kind)
    )


def _money(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


def _number(values: Any, month: int) -> float | None:
    if month >= len(values) or values[month] != values[month]:
        return None
    return float(values[month])


def _summary(one: Course, by: str) -> dict[str, Any]:
    year = one.worth_after(12)
    return {
        "kind": one.kind,
        "cohort": cohort_name(one, by),
        "customers": one.size,
        **{f"share_{month}": _number(one.share, month) for month in MARKS},
        **{f"profit_{month}": _number(one.worth, month) for month in (0, *MARKS)},
        "profit_12_low": None if year is None else year[0] - T * year[1],
        "profit_12_high": None if year is None else year[0] + T * year[1],
        "sales_12": _number(one.value, 12),
    }


def _cells(one: Course, by: str) -> list[dict[str, Any]]:
    rows = []
    for month in range(len(one.seen)):
        worth = one.worth_after(month)
        rows.append(
            {
                "kind": one.kind,
                "cohort": cohort_name(one, by),
                "months_since": month,
                "size": one.size,
                "seen": int(one.seen[month]),
                "customers": int(one.customers[month]),
                "share": _number(one.share, month),
                "share_low": _number(one.share_low, month),
                "share_high": _number(one.share_high, month),
                "orders": int(one.orders[month]),
                "sales": _money(one.sales[month]),
                "profit": _money(one.profit[month]),
                "cumulated_sales": _number(one.value, month),
                "cumulated_profit": None if worth is None else worth[0],
                "cumulated_profit_low": None if worth is None else worth[0] - T * worth[1],
                "cumulated_profit_high": None if worth is None else worth[0] + T * worth[1],
                "complete": int(one.seen[month]) == one.size,
            }
        )
    return rows
