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
"""Before `canonical_orders.FOREVER`, after anything else."""

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

    @property
    def is_purchase(self) -> str:
        """The condition under which a known order placed by then is a purchase."""
        return (
            f"(paid_at < {self.end} AND status IN ('paid', 'shipped', 'completed')"
            " AND (paid > refunded OR (paid = 0 AND refunded = 0)))"
        )

    @property
    def is_undone(self) -> str:
        """The condition under which it was cancelled or wholly taken back."""
        return "(status = 'cancelled' OR (paid > 0 AND refunded >= paid))"

    @property
    def is_credit(self) -> str:
        """The condition under which it gives money back beyond what was paid for it.

        A credit note names no order: it lowers what its customer paid, on its own day. So does an
        order that gave back more than was paid for it.
        """
        return (
            "(status = 'returned' OR (status IN ('paid', 'shipped', 'completed')"
            f" AND paid_at < {self.end} AND refunded > paid))"
        )

    @property
    def credit(self) -> str:
        """How much that is."""
        return "(refunded - CASE WHEN status = 'returned' THEN 0 ELSE paid END)"

    def local(self, instant: str) -> str:
        """The instant on the clocks of the shop."""
        return f"({instant} AT TIME ZONE '{self.time_zone}')"


def days_with_purchases(as_of: AsOf) -> str:
    """SQL of `customer_id, day, net`, one row per purchase of a known customer, in no order."""
    return (
        f"SELECT customer_id, CAST({as_of.local('placed_at')} AS DATE) AS day,"
        " (paid - refunded)::DECIMAL(18,4) AS net FROM orders"
        f" WHERE {as_of.known} AND placed_at < {as_of.end} AND {as_of.is_purchase}"
        " AND customer_id IS NOT NULL"
    )


def make_purchases(warehouse: Warehouse, as_of: AsOf) -> None:
    """Make `purchases`, `purchase_categories` and `credit_notes` as of the day (docs/tables.md)."""
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
        )
        SELECT order_no, customer_id, placed_at, CAST({local} AS DATE) AS day,
               CAST(hour({local}) AS INTEGER) AS hour,
               CAST(isodow({local}) AS INTEGER) AS weekday,
               paid, refunded, (paid - refunded)::DECIMAL(18,4) AS net, gross,
               (shop_discount + platform_discount)::DECIMAL(18,4) AS discount, items,
               source, main_category, recipient, province, city, country
        FROM orders LEFT JOIN main USING (order_no)
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
