"""What the shop knew of its purchases at the end of a day.

A purchase is an order that was paid by then and not wholly taken back by then; a cancelled order, a
credit note and book-keeping are none. An order for nothing (a free sample that the shop records as
paid) is one.
"""

from __future__ import annotations

from datetime import date

from regulars.engines.duckdb import Warehouse
from regulars.kernel.clock import end_of_day

_KNOWN = "known_at < {t} AND known_until >= {t}"


def instant(as_of: date, time_zone: str) -> str:
    """The end of the day as an SQL literal."""
    return f"TIMESTAMPTZ '{end_of_day(as_of, time_zone).isoformat()}'"


def known_at(as_of: date, time_zone: str) -> str:
    """The condition under which a row of a versioned table is the state known at the day's end."""
    return _KNOWN.format(t=instant(as_of, time_zone))


def make_purchases(warehouse: Warehouse, as_of: date, time_zone: str) -> None:
    """Make `purchases`, `purchase_categories` and `credit_notes` as of the day (docs/tables.md)."""
    t = instant(as_of, time_zone)
    known = _KNOWN.format(t=t)
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _known_orders AS
        SELECT * FROM orders
        WHERE {known} AND placed_at < {t} AND paid_at < {t}
          AND status IN ('paid', 'shipped', 'completed')
          AND NOT (paid > 0 AND refunded >= paid)
        """
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE purchase_categories AS
        WITH catalogue AS (
            SELECT platform, product_id, category FROM products
            WHERE {known} AND category IS NOT NULL
        ),
        lines AS (
            SELECT line.order_no, coalesce(line.category, catalogue.category) AS category,
                   line.gross
            FROM order_lines line LEFT JOIN catalogue USING (platform, product_id)
            WHERE {known} AND is_goods AND status IN ('paid', 'shipped', 'completed')
        )
        SELECT orders.customer_id, orders.order_no, orders.placed_at, lines.category,
               coalesce(sum(lines.gross), 0)::DECIMAL(18,4) AS value
        FROM lines JOIN _known_orders orders USING (order_no)
        WHERE lines.category IS NOT NULL
        GROUP BY ALL
        ORDER BY orders.customer_id NULLS LAST, orders.placed_at, orders.order_no, lines.category
        """
    )
    local = f"(placed_at AT TIME ZONE '{time_zone}')"
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE purchases AS
        WITH main AS (
            SELECT order_no, first(category ORDER BY value DESC, category) AS main_category
            FROM purchase_categories GROUP BY order_no
        )
        SELECT order_no, customer_id, placed_at, CAST({local} AS DATE) AS day,
               CAST(hour({local}) AS INTEGER) AS hour,
               CAST(isodow({local}) AS INTEGER) AS weekday,
               paid, refunded, (paid - refunded)::DECIMAL(18,4) AS net, gross,
               (shop_discount + platform_discount)::DECIMAL(18,4) AS discount, items,
               source, main_category, recipient, province, city, country
        FROM _known_orders LEFT JOIN main USING (order_no)
        ORDER BY customer_id NULLS LAST, placed_at, order_no
        """
    )
    warehouse.execute("DROP TABLE _known_orders")
    # A credit note names no order: it lowers what its customer paid, on its own day.
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE credit_notes AS
        SELECT order_no, customer_id, CAST({local} AS DATE) AS day, refunded
        FROM orders WHERE {known} AND placed_at < {t} AND status = 'returned'
        ORDER BY customer_id NULLS LAST, day, order_no
        """
    )
