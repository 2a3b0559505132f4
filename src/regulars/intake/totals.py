"""The totals of a file, to hold against what the platform's own screens show."""

from __future__ import annotations

from typing import Any

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.records import Kind
from regulars.intake.staging import Stage
from regulars.settings import ShopSettings

TOTALLED = (
    "order_id", "customer_id", "status", "placed_at", "closed_at", "updated_at", "gross",
    "shop_discount", "shipping", "paid", "refunded", "currency", "day", "spend",
)  # fmt: skip
"""The columns that are looked at."""


def totals(
    work: Warehouse, stage: Stage, shop: ShopSettings, passed_by: str | None = None
) -> dict[str, Any]:
    """The counting and money fields of `FileReport`, over all rows of the file that were taken.

    Args:
        work: the import's working database.
        stage: the rows that went the long way.
        shop: its currency and time zone.
        passed_by: the SQL of what landing holds of the other ones.
    """
    source = stage.source
    rows = stage.told if passed_by is None else f"(FROM {stage.told} UNION ALL BY NAME {passed_by})"
    if source.record is Kind.PRODUCT:
        return {}
    if source.record is Kind.CUSTOMER:
        return _one(work, f"SELECT count(DISTINCT customer_id) AS customers FROM {rows}")
    if source.record is Kind.EVENT:
        return _of_events(work, rows, shop)
    if source.record is Kind.SPEND:
        row = _one(
            work,
            "SELECT coalesce(sum(spend), 0) AS spend, CAST(min(day) AS VARCHAR) AS from_,"
            f' CAST(max(day) AS VARCHAR) AS "to" FROM {rows}',
        )
        return {**row, "currency": shop.currency}
    if source.record is Kind.PAYMENT:
        row = _one(
            work,
            "SELECT count(DISTINCT order_id) AS orders, coalesce(sum(paid), 0) AS paid"
            f" FROM {rows}",
        )
        return {**row, "currency": shop.currency}
    zone = literal(shop.time_zone)
    row = _one(
        work,
        f"""
        SELECT
            coalesce(sum(gross), 0) AS gross,
            coalesce(sum(gross - shop_discount + coalesce(shipping, 0)), 0) AS sales,
            coalesce(sum(paid), 0) AS paid,
            coalesce(sum(refunded), 0) AS refunded,
            CAST(CAST(min(placed_at) AT TIME ZONE {zone} AS DATE) AS VARCHAR) AS from_,
            CAST(CAST(max(placed_at) AT TIME ZONE {zone} AS DATE) AS VARCHAR) AS "to",
            coalesce(any_value(currency), '') AS currency,
            count(*) FILTER (WHERE (status = 'cancelled' OR refunded > 0)
                AND closed_at IS NULL AND updated_at IS NULL AND status <> 'returned') AS undated
        FROM {rows}
        """,
    )
    # Each grouping by itself: groups spill to disk, distinct counts beside other sums do not.
    row |= _one(
        work,
        f"""
        SELECT count(*) AS orders, count(*) FILTER (WHERE is_cancelled) AS cancelled,
               count(*) FILTER (WHERE is_guest) AS guests
        FROM (
            SELECT bool_and(status IN ('cancelled', 'returned')) AS is_cancelled,
                   bool_and(customer_id IS NULL) AS is_guest
            FROM {rows} GROUP BY order_id
        )
        """,
    )
    row |= _one(
        work,
        "SELECT count(*) AS customers FROM"
        f" (SELECT customer_id FROM {rows} WHERE customer_id IS NOT NULL GROUP BY customer_id)",
    )
    row["currency"] = row["currency"] or shop.currency
    if not source.stands_alone and source.record is Kind.LINE:  # whose they are, the orders tell
        row["guests"] = 0
    return row


def _of_events(work: Warehouse, rows: str, shop: ShopSettings) -> dict[str, Any]:
    zone = literal(shop.time_zone)
    row = _one(
        work,
        "SELECT count(*) AS events,"
        f" CAST(CAST(min(placed_at) AT TIME ZONE {zone} AS DATE) AS VARCHAR) AS from_,"
        f' CAST(CAST(max(placed_at) AT TIME ZONE {zone} AS DATE) AS VARCHAR) AS "to"'
        f" FROM {rows}",
    )
    return row | _one(
        work,
        "SELECT count(*) AS customers FROM"
        f" (SELECT customer_id FROM {rows} WHERE customer_id IS NOT NULL GROUP BY customer_id)",
    )


def _one(work: Warehouse, query: str) -> dict[str, Any]:
    row: dict[str, Any] = work.sql(query).to_pylist()[0]
    return row
