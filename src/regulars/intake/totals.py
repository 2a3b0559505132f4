"""The totals of a file, to hold against what the platform's own screens show."""

from __future__ import annotations

from typing import Any

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.records import Kind
from regulars.intake.staging import Stage
from regulars.settings import ShopSettings


def totals(work: Warehouse, stage: Stage, shop: ShopSettings) -> dict[str, Any]:
    """The counting and money fields of `FileReport`, over the staged rows of the file."""
    source = stage.source
    if source.record is Kind.PRODUCT:
        return {}
    if source.record is Kind.CUSTOMER:
        return _one(work, f"SELECT count(DISTINCT customer_id) AS customers FROM {stage.name}")
    if source.record is Kind.SPEND:
        row = _one(
            work,
            "SELECT coalesce(sum(spend), 0) AS spend, CAST(min(day) AS VARCHAR) AS from_,"
            f' CAST(max(day) AS VARCHAR) AS "to" FROM {stage.name}',
        )
        return {**row, "currency": shop.currency}
    if source.record is Kind.PAYMENT:
        row = _one(
            work,
            "SELECT count(DISTINCT order_id) AS orders, coalesce(sum(paid), 0) AS paid"
            f" FROM {stage.name}",
        )
        return {**row, "currency": shop.currency}
    zone = literal(shop.time_zone)
    row = _one(
        work,
        f"""
        WITH told AS (FROM {stage.told}),
        per_order AS (
            SELECT order_id,
                   bool_and(status IN ('cancelled', 'returned')) AS is_cancelled,
                   bool_and(customer_id IS NULL) AS is_guest
            FROM told GROUP BY order_id
        )
        SELECT
            (SELECT count(*) FROM per_order) AS orders,
            (SELECT count(*) FROM per_order WHERE is_cancelled) AS cancelled,
            (SELECT count(*) FROM per_order WHERE is_guest) AS guests,
            count(DISTINCT customer_id) AS customers,
            coalesce(sum(gross), 0) AS gross,
            coalesce(sum(gross - shop_discount + coalesce(shipping, 0)), 0) AS sales,
            coalesce(sum(paid), 0) AS paid,
            coalesce(sum(refunded), 0) AS refunded,
            CAST(CAST(min(placed_at) AT TIME ZONE {zone} AS DATE) AS VARCHAR) AS from_,
            CAST(CAST(max(placed_at) AT TIME ZONE {zone} AS DATE) AS VARCHAR) AS "to",
            coalesce(any_value(currency), '') AS currency,
            count(*) FILTER (WHERE (status = 'cancelled' OR refunded > 0)
                AND closed_at IS NULL AND updated_at IS NULL AND status <> 'returned') AS undated
        FROM told
        """,
    )
    row["currency"] = row["currency"] or shop.currency
    if not source.stands_alone and source.record is Kind.LINE:  # whose they are, the orders tell
        row["guests"] = 0
    return row


def _one(work: Warehouse, query: str) -> dict[str, Any]:
    row: dict[str, Any] = work.sql(query).to_pylist()[0]
    return row
