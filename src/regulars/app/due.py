"""Who is due: customers whose next purchase is expected in the days to come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from regulars.app.as_of import understood_as_of
from regulars.errors import UnknownValue

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from regulars.engines.duckdb import Warehouse


def due(
    warehouse: Warehouse, days: int, *, category: str | None = None, by_category: bool = False
) -> pa.Table:
    """Customers due after the as-of day and within so many days, the likeliest to come first.

    Args:
        warehouse: with the people table.
        days: ahead.
        category: only rows of it, by the customer's cycle in the category.
        by_category: one row per customer and category.

    Returns:
        `customer_id, ref, stage, category, purchases, last_on, cycle_source, cycle_p50, due_on,
        chance`; category is null where the cycle is that of all purchases, and `chance` is that of
        a purchase within 30 days, null where the data cannot tell.

    Raises:
        NotUnderstood: there is no people table.
        UnknownValue: nobody bought in such a category.
    """
    as_of = understood_as_of(warehouse)
    if category is not None:
        _known(warehouse, category)
    if category is None and not by_category:
        return warehouse.sql(
            "SELECT customer_id, ref, stage, NULL::VARCHAR AS category, purchase_days AS purchases,"
            " last_order_on AS last_on, cycle_source, cycle_p50, due_on, chance_30 AS chance"
            f" FROM people WHERE {_within(as_of, days)}"
            " ORDER BY chance DESC NULLS LAST, due_on, customer_id"
        )
    chosen = "" if category is None else "AND category = ?"
    return warehouse.sql(
        "SELECT customer_id, ref, stage, category, c.purchases, c.last_on, c.cycle_source,"
        " c.cycle_p50, c.due_on, c.chance_30 AS chance"
        " FROM category_cycles c JOIN people USING (customer_id)"
        f" WHERE {_within(as_of, days, 'c.')} {chosen}"
        " ORDER BY chance DESC NULLS LAST, c.due_on, customer_id, category",
        [] if category is None else [category],
    )


def _within(as_of: date, days: int, of: str = "") -> str:
    return f"{of}due_on > DATE '{as_of}' AND {of}due_on <= DATE '{as_of + timedelta(days=days)}'"


def _known(warehouse: Warehouse, category: str) -> None:
    found = warehouse.sql("SELECT DISTINCT category FROM category_cycles ORDER BY category")
    names = found["category"].to_pylist()
    if category not in names:
        raise UnknownValue.of("category", category, names)
