"""The totals of a file, to hold against what the platform's own screens show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from regulars.engines.duckdb import Warehouse
from regulars.intake.records import Kind
from regulars.intake.source import Source
from regulars.settings import ShopSettings


def totals(work: Warehouse, source: Source, shop: ShopSettings) -> dict[str, Any]:
    """The counting and money fields of `FileReport`, over the staged rows of the file."""
    if source.record is Kind.PRODUCT:
        return {}
    if source.record is Kind.CUSTOMER:
        row = work.sql("SELECT count(DISTINCT customer_id) AS customers FROM stage").to_pylist()
        return {"customers": row[0]["customers"]}
    zone = shop.time_zone.replace("'", "''")
    row = work.sql(
        f"""
        WITH per_order AS (
            SELECT order_id,
                   bool_and(status IN ('cancelled', 'returned')) AS is_cancelled,
                   bool_and(customer_id IS NULL) AS is_guest
            FROM stage GROUP BY order_id
        )
        SELECT
            (SELECT count(*) FROM per_order) AS orders,
            (SELECT count(*) FROM per_order WHERE is_cancelled) AS cancelled,
            (SELECT count(*) FROM per_order WHERE is_guest) AS guests,
            count(DISTINCT customer_id) AS customers,
            coalesce(sum(gross), 0) AS gross,
            coalesce(sum(gross - shop_discount + shipping), 0) AS sales,
            coalesce(sum(paid), 0) AS paid,
            coalesce(sum(refunded), 0) AS refunded,
            CAST(CAST(min(placed_at) AT TIME ZONE '{zone}' AS DATE) AS VARCHAR) AS from_,
            CAST(CAST(max(placed_at) AT TIME ZONE '{zone}' AS DATE) AS VARCHAR) AS "to",
            coalesce(any_value(currency), '') AS currency,
            count(*) FILTER (WHERE (status = 'cancelled' OR refunded > 0)
                AND closed_at IS NULL AND updated_at IS NULL AND status <> 'returned') AS undated
        FROM stage
        """
    ).to_pylist()[0]
    row["currency"] = row["currency"] or shop.currency
    if not source.stands_alone:  # whose they are stands in the orders file
        row["guests"] = 0
    return {
        name: Decimal(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }
