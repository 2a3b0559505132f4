"""Who bought which good on which day, from the order lines known as of a day.

A good is a product of a platform, by the shop's number, else by its title. What was bought several
times on one day is bought once: a basket is what a person bought on a day, since the gap between
two orders of one evening says nothing of a cycle. Lines given back whole are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.errors import CannotTell

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.people.as_of import AsOf

NO_CATEGORY = -1
"""The number of the category of goods that name none."""


def make_bought(warehouse: Warehouse, as_of: AsOf, margin: float) -> None:
    """Make the temporary tables `bought`, `goods_named` and `categories_named`.

    `bought`: `customer_id, day` (days since 1970), `item, pieces, gross` (ten-thousandths), one row
    per person, day and good. `goods_named`: `item, category, platform, product_id, title,
    margin_share`. `categories_named`: `category, category_name`. Items and categories are numbered
    by name, so that their order does not depend on which came first.

    Args:
        warehouse: with `purchases` as of the same day.
        as_of: what may be known.
        margin: share of the price that is profit where a good's cost is not known.

    Raises:
        CannotTell: no order line of a known customer names its product.
    """
    warehouse.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE _goods_lines AS
        WITH catalogue AS (
            SELECT platform, product_id, product_name AS listed, category AS listed_category,
                   unit_price, cost
            FROM products WHERE {as_of.known}
        ),
        bought AS (SELECT order_no, customer_id, day FROM purchases WHERE customer_id IS NOT NULL)
        SELECT bought.customer_id, (bought.day - DATE '1970-01-01')::BIGINT AS day, line.platform,
               coalesce(product_id, product_name) AS product_id,
               coalesce(listed, product_name, product_id) AS title,
               coalesce(line.category, listed_category) AS category,
               quantity::DOUBLE AS pieces, (line.gross * 10000)::BIGINT AS gross,
               catalogue.unit_price, cost
        FROM order_lines line JOIN bought USING (order_no)
             LEFT JOIN catalogue USING (platform, product_id)
        WHERE {as_of.known} AND is_goods AND status IN ('paid', 'shipped', 'completed')
          AND NOT (paid > 0 AND refunded >= paid)
          AND coalesce(product_id, product_name) IS NOT NULL
        """
    )
    if not warehouse.sql("SELECT count(*) AS n FROM _goods_lines")["n"][0].as_py():
        raise CannotTell(
            "no order line of a known customer names its product, so there is nothing to offer",
            todo="take in order lines that name a product_id or product_name: regulars import FILE",
        )
    warehouse.execute(
        """
        CREATE OR REPLACE TEMP TABLE _goods AS
        SELECT platform, product_id,
               arg_max(title, (day, title)) AS title,
               arg_max(category, (day, category)) FILTER (WHERE category IS NOT NULL) AS category,
               max(cost) AS cost, max(unit_price) AS unit_price,
               sum(gross) / greatest(sum(pieces), 1) / 10000 AS price,
               row_number() OVER (ORDER BY platform, product_id) AS item
        FROM _goods_lines GROUP BY platform, product_id
        """
    )
    warehouse.execute(
        """
        CREATE OR REPLACE TEMP TABLE categories_named AS
        SELECT row_number() OVER (ORDER BY category) AS category, category AS category_name
        FROM (SELECT DISTINCT category FROM _goods WHERE category IS NOT NULL)
        """
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE goods_named AS
        SELECT item, coalesce(named.category, {NO_CATEGORY}) AS category, platform, product_id,
               title,
               CASE WHEN cost IS NULL OR coalesce(unit_price, price) <= 0 THEN {margin}::DOUBLE
                    ELSE greatest(1 - cost::DOUBLE / coalesce(unit_price, price)::DOUBLE, 0)
               END AS margin_share
        FROM _goods LEFT JOIN categories_named named ON named.category_name = _goods.category
        ORDER BY item
        """
    )
    warehouse.execute(
        """
        CREATE OR REPLACE TEMP TABLE bought AS
        SELECT customer_id, day, item, greatest(sum(ceil(line.pieces)), 1)::BIGINT AS pieces,
               sum(line.gross)::BIGINT AS gross
        FROM _goods_lines line JOIN _goods USING (platform, product_id)
        GROUP BY customer_id, day, item ORDER BY customer_id, day, item
        """
    )
    for name in ("_goods_lines", "_goods"):
        warehouse.execute(f"DROP TABLE {name}")
