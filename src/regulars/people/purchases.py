"""What the shop knew of its purchases at the end of a day.

A purchase is an order that was paid by then and not wholly taken back by then; a cancelled order, a
credit note and book-keeping are none. An order for nothing (a free sample that the shop records as
paid) is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from regulars.engines.duckdb import Warehouse
from regulars.kernel.clock import end_of_day

_NOW = "TIMESTAMPTZ '2199-12-31 00:00:00+00'"
"""Before `canonical.FOREVER`, after anything else."""

_KNOWN = "known_at < {t} AND known_until >= {t}"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The end of a day, and what may be known of the time until then.

    Attributes:
        day: of the shop's calendar; what came about later does not count.
        time_zone: of that calendar.
        hindsight: whether all that is known by now of the time until the day may be used. Without
            it, only what was known at the day's end: a refund that a later export told, without a
            time of its own, was not.
    """

    day: date
    time_zone: str
    hindsight: bool = False

    @property
    def end(self) -> str:
        """The end of the day as an SQL literal."""
        return f"TIMESTAMPTZ '{end_of_day(self.day, self.time_zone).isoformat()}'"

    @property
    def has_come(self) -> str:
        """The condition under which something known once and for all is known."""
        return f"known_at < {_NOW if self.hindsight else self.end}"

    @property
    def known(self) -> str:
        """The condition under which a row of a versioned table is the state to use."""
        return _KNOWN.format(t=_NOW if self.hindsight else self.end)


def make_purchases(warehouse: Warehouse, as_of: AsOf) -> None:
    """Make `purchases`, `purchase_categories` and `credit_notes` as of the day (docs/tables.md)."""
    t, known = as_of.end, as_of.known
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _known_orders AS
        SELECT * FROM orders
        WHERE {known} AND placed_at < {t} AND paid_at < {t}
          AND status IN ('paid', 'shipped', 'completed')
          AND (paid > refunded OR (paid = 0 AND refunded = 0))
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
    local = f"(placed_at AT TIME ZONE '{as_of.time_zone}')"
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
    # A credit note names no order: it lowers what its customer paid, on its own day. So does an
    # order that gave back more than was paid for it.
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE credit_notes AS
        SELECT order_no, customer_id, CAST({local} AS DATE) AS day,
               (refunded - CASE WHEN status = 'returned' THEN 0 ELSE paid END)::DECIMAL(18,4)
                   AS refunded
        FROM orders
        WHERE {known} AND placed_at < {t}
          AND (status = 'returned'
               OR (status IN ('paid', 'shipped', 'completed')
                   AND paid_at < {t} AND refunded > paid))
        ORDER BY customer_id NULLS LAST, day, order_no
        """
    )
