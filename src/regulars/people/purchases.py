"""What the shop knew of its purchases at the end of a day.

A purchase is an order that was paid by then and not wholly taken back by then; a cancelled order, a
credit note and book-keeping are none. An order for nothing (a free sample that the shop records as
paid) is one.
"""

from __future__ import annotations

from regulars.engines.duckdb import Warehouse
from regulars.people.as_of import AsOf
from regulars.people.goods import make_advertising, make_goods


def days_with_purchases(as_of: AsOf) -> str:
    """SQL of `customer_id, day, net`, one row per purchase of a known customer, in no order."""
    return (
        f"SELECT customer_id, CAST({as_of.local('placed_at')} AS DATE) AS day,"
        " (paid - refunded)::DECIMAL(18,4) AS net FROM orders"
        f" WHERE {as_of.known} AND placed_at < {as_of.end} AND {as_of.is_purchase}"
        " AND customer_id IS NOT NULL"
    )


def make_purchases(warehouse: Warehouse, as_of: AsOf, margin: float) -> None:
    """Make what was bought, returned and spent as of the day (docs/tables.md).

    That is `goods`, `purchase_goods`, `purchase_categories`, `purchases`, `credit_notes` and
    `advertising`.

    Args:
        warehouse: with the canonical tables.
        as_of: what may be known.
        margin: share of what is paid that is profit where a good's cost is not known.
    """
    make_goods(warehouse, as_of, margin)
    make_advertising(warehouse, as_of)
    known, local = as_of.known, as_of.local("placed_at")
    seen = f"{known} AND placed_at < {as_of.end}"
    # Lines are summed by order and category before anything is joined to them: there are many.
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE purchase_categories AS
        WITH catalogue AS (
            SELECT platform, product_id, category FROM products
            WHERE {known} AND category IS NOT NULL
        ),
        goods AS (
            SELECT order_no, coalesce(line.category, catalogue.category) AS category,
                   sum(gross) AS value, sum(quantity) AS pieces
            FROM order_lines line LEFT JOIN catalogue USING (platform, product_id)
            WHERE {known} AND is_goods AND status IN ('paid', 'shipped', 'completed')
            GROUP BY ALL
        ),
        bought AS (
            SELECT order_no, customer_id, placed_at FROM orders WHERE {seen} AND {as_of.is_purchase}
        )
        SELECT customer_id, order_no, placed_at, category, CAST({local} AS DATE) AS day,
               coalesce(value, 0)::DECIMAL(18,4) AS value, pieces::DECIMAL(18,4) AS pieces
        FROM goods JOIN bought USING (order_no)
        WHERE category IS NOT NULL
        ORDER BY customer_id NULLS LAST, placed_at, order_no, category
        """
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE purchases AS
        WITH best AS (
            SELECT order_no, max(value) AS value FROM purchase_categories GROUP BY order_no
        ),
        main AS (
            SELECT order_no, min(category) AS main_category
            FROM purchase_categories JOIN best USING (order_no, value) GROUP BY order_no
        ),
        earned AS (
            SELECT order_no, sum(profit) AS profit FROM purchase_goods GROUP BY order_no
        )
        SELECT order_no, customer_id, placed_at, CAST({local} AS DATE) AS day,
               CAST(hour({local}) AS INTEGER) AS hour,
               CAST(isodow({local}) AS INTEGER) AS weekday,
               paid, refunded, (paid - refunded)::DECIMAL(18,4) AS net, gross,
               coalesce(profit, (paid - refunded) * {margin})::DECIMAL(18,4) AS profit,
               (shop_discount + platform_discount)::DECIMAL(18,4) AS discount, items,
               source, main_category, recipient, province, city, country
        FROM orders LEFT JOIN main USING (order_no) LEFT JOIN earned USING (order_no)
        WHERE {seen} AND {as_of.is_purchase}
        ORDER BY customer_id NULLS LAST, placed_at, order_no
        """
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE credit_notes AS
        SELECT order_no, customer_id, CAST({local} AS DATE) AS day,
               {as_of.credit}::DECIMAL(18,4) AS refunded
        FROM orders WHERE {seen} AND {as_of.is_credit}
        ORDER BY customer_id NULLS LAST, day, order_no
        """
    )
