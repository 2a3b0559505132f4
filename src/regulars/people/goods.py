"""Which goods the purchases of a day were made of, what they earned, and what was spent to sell.

A good is a product in one of its variants. What a purchase brought in (`net`, postage included) is
shared among its goods by what was paid for each, or by list value where the lines do not tell. The
profit of a good is what it brought in less its cost; where the cost is not known, the margin of the
settings takes its place.
"""

from __future__ import annotations

from regulars.engines.duckdb import Warehouse
from regulars.people.as_of import AsOf


def make_goods(warehouse: Warehouse, as_of: AsOf, margin: float) -> None:
    """Make `goods` and `purchase_goods` as of the day (docs/tables.md).

    Args:
        warehouse: with the canonical tables.
        as_of: what may be known.
        margin: share of what is paid that is profit where a good's cost is not known.
    """
    bought = (
        f"SELECT order_no, customer_id, CAST({as_of.local('placed_at')} AS DATE) AS day,"
        " paid - refunded AS net FROM orders"
        f" WHERE {as_of.known} AND placed_at < {as_of.end} AND {as_of.is_purchase}"
    )
    seen = (
        f"{as_of.known} AND is_goods AND status IN ('paid', 'shipped', 'completed')"
        " AND coalesce(product_id, product_name) IS NOT NULL"
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE goods AS
        WITH bought AS ({bought}),
        catalogue AS (SELECT * FROM products WHERE {as_of.known}),
        sold AS (
            SELECT platform, coalesce(product_id, product_name) AS product,
                   coalesce(variant, '') AS variant,
                   arg_max(product_name, placed_at) AS told_name,
                   arg_max(category, placed_at) FILTER (WHERE category IS NOT NULL)
                       AS told_category,
                   coalesce(sum(line.gross) / nullif(sum(quantity), 0), max(unit_price)) AS price
            FROM order_lines line SEMI JOIN bought USING (order_no)
            WHERE {seen}
            GROUP BY ALL
        )
        SELECT row_number() OVER (ORDER BY sold.platform, product, sold.variant) AS good_no,
               dense_rank() OVER (ORDER BY sold.platform, product) AS product_no,
               sold.platform, product AS product_id,
               coalesce(catalogue.product_name, told_name, product) AS title,
               coalesce(told_category, catalogue.category) AS category, department, brand,
               coalesce(nullif(sold.variant, ''), catalogue.variant) AS variant,
               nullif(sold.variant, '') IS NOT NULL AS has_variants,
               price::DECIMAL(18,4) AS price, catalogue.cost::DECIMAL(18,4) AS cost
        FROM sold LEFT JOIN catalogue
             ON catalogue.platform = sold.platform AND catalogue.product_id = sold.product
        ORDER BY good_no
        """
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE purchase_goods AS
        WITH bought AS ({bought}),
        line AS (
            SELECT order_no, good_no, sum(quantity) AS pieces, sum(line.gross) AS gross,
                   max(goods.cost) AS cost,
                   greatest(sum(coalesce(paid - refunded, line.gross)), 0)::DOUBLE AS weight
            FROM (
                SELECT *, coalesce(product_id, product_name) AS product,
                       coalesce(variant, '') AS sort
                FROM order_lines WHERE {seen}
            ) line SEMI JOIN bought USING (order_no) JOIN (
                SELECT *, CASE WHEN has_variants THEN variant ELSE '' END AS sort FROM goods
            ) goods ON goods.platform = line.platform AND goods.product_id = line.product
                   AND goods.sort = line.sort
            GROUP BY order_no, good_no
        ),
        whole AS (
            SELECT order_no, sum(weight) AS weight, count(*) AS goods FROM line GROUP BY order_no
        ),
        shared AS (
            SELECT order_no, customer_id, day, good_no, pieces, line.gross, cost,
                   bought.net::DOUBLE * CASE WHEN whole.weight > 0
                       THEN line.weight / whole.weight ELSE 1.0 / goods END AS net
            FROM line JOIN bought USING (order_no) JOIN whole USING (order_no)
        )
        SELECT order_no, customer_id, day, good_no, pieces::DECIMAL(18,4) AS pieces,
               gross::DECIMAL(18,4) AS gross, net::DECIMAL(18,4) AS net,
               CASE WHEN cost IS NULL THEN net * {margin}
                    ELSE net - cost::DOUBLE * pieces::DOUBLE END::DECIMAL(18,4) AS profit,
               cost IS NOT NULL AS cost_known
        FROM shared
        ORDER BY customer_id NULLS LAST, day, order_no, good_no
        """
    )


def make_advertising(warehouse: Warehouse, as_of: AsOf) -> None:
    """Make `advertising`: what was spent on selling, by day, source and campaign."""
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE advertising AS
        SELECT day, source, campaign, sum(spend)::DECIMAL(18,4) AS spend,
               sum(impressions)::DECIMAL(18,4) AS impressions,
               sum(clicks)::DECIMAL(18,4) AS clicks
        FROM spend WHERE {as_of.known} AND day <= DATE '{as_of.day}'
        GROUP BY day, source, campaign ORDER BY day, source, campaign
        """
    )
