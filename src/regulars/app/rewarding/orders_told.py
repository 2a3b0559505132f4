"""What the warehouse tells of paid orders: whose, when, how much, and for which goods.

Orders of guests, of another currency than the shop's, and for nothing earn nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pyarrow as pa

from regulars.app.rewarding.paid_lines import LineTold, PaidOrder
from regulars.app.rewarding.sources import order_source
from regulars.engines.duckdb import Warehouse, literal
from regulars.kernel.money import exponent

_NOW = "known_until > TIMESTAMPTZ '2199-12-31 00:00:00+00'"
_PAID = "('paid', 'shipped', 'completed')"
_GIVEN_BACK = "('cancelled', 'returned')"
_AT = "coalesce(paid_at, placed_at)"
_SOURCE = (
    "CASE WHEN platform = 'shop' AND regexp_full_match(order_id, '[A-Za-z0-9._-]{1,80}')"
    " THEN 'order:' || order_id ELSE '' END"
)
"""Of most orders what `order_source` tells; of the others nothing."""
_AT_ONCE = 20_000


class OrderTold(NamedTuple):
    """An order that was paid.

    Attributes:
        order_no: of the warehouse.
        platform: whose number `order_id` is.
        order_id: its number.
        customer_id: whose it is by today.
        at: when it was paid, UTC microseconds.
        amounts: in the smallest coin.
    """

    order_no: int
    platform: str
    order_id: str
    customer_id: int
    at: int
    amounts: PaidOrder

    @property
    def source(self) -> str:
        """Under which it earns."""
        return order_source(self.platform, self.order_id)


@dataclass(frozen=True)
class OrdersTold:
    """A reader of the warehouse's orders.

    Attributes:
        warehouse: with the canonical tables.
        currency: of the shop.
        zone: the shop's time zone.
    """

    warehouse: Warehouse
    currency: str
    zone: str

    def paid(
        self,
        begins_at: int,
        ends_at: int,
        changed_since: int = 0,
        settled: Sequence[str] = (),
    ) -> Iterator[list[OrderTold]]:
        """Orders paid in the time, in its order, part by part; those of guests are left out.

        Args:
            begins_at: paid from then on; UTC microseconds.
            ends_at: and before.
            changed_since: only those paid, or told otherwise, from then on.
            settled: sources of which only what was refunded is told; not all of them are known by
                their names here, so that more may come.
        """
        if not self._has_orders:
            return
        sources = pa.table({"source": pa.array(settled, pa.string())})
        self.warehouse.register("_settled", sources)
        try:
            rows = self._paid(begins_at, ends_at, changed_since)
        finally:
            self.warehouse.unregister("_settled")
        for first in range(0, rows.num_rows, _AT_ONCE):
            columns = [column.to_pylist() for column in rows.slice(first, _AT_ONCE).columns]
            yield [
                OrderTold(order_no, platform, order_id, who, at, PaidOrder(*amounts))
                for order_no, platform, order_id, who, at, *amounts in zip(*columns, strict=True)
            ]

    def _paid(self, begins_at: int, ends_at: int, changed_since: int) -> pa.Table:
        since = ""
        if changed_since > begins_at:
            then = f"make_timestamptz({changed_since})"
            since = f" AND ({_AT} >= {then} OR known_at >= {then})"
        return self.warehouse.sql(
            f"""
            SELECT order_no, platform, order_id, customer_id, epoch_us({_AT}) AS "at",
                   {self.coins("paid")} AS paid,
                   CASE WHEN status = 'cancelled' OR status = 'returned' AND refunded = 0
                        THEN {self.coins("paid")} ELSE {self.coins("refunded")} END AS refunded,
                   {self.coins("shipping")} AS shipping
            FROM orders
            WHERE {self.is_paid} AND {_AT} >= make_timestamptz({begins_at})
              AND {_AT} < make_timestamptz({ends_at}){since}
              AND (refunded > 0 OR status IN {_GIVEN_BACK} OR {_SOURCE} NOT IN (FROM _settled))
            ORDER BY "at", order_no
            """
        )

    def lines(self, orders: Sequence[int]) -> dict[int, list[LineTold]]:
        """The lines of these orders, by `order_no`; an order without lines is left out."""
        found: dict[int, list[LineTold]] = {}
        if not orders:
            return found
        self.warehouse.register("_wanted", pa.table({"order_no": pa.array(orders, pa.int64())}))
        try:
            rows = self.warehouse.sql(
                f"""
                WITH catalogue AS (
                    SELECT platform, product_id, category FROM products
                    WHERE {_NOW} AND category IS NOT NULL
                )
                SELECT order_no, coalesce(product_id, product_name, '') AS product,
                       coalesce(line.category, catalogue.category, '') AS category,
                       {self.coins("coalesce(unit_price, line.gross / nullif(quantity, 0))")}
                           AS unit_price,
                       {self.coins("line.gross")} AS gross,
                       CASE WHEN line.paid IS NULL THEN NULL ELSE {self.coins("line.paid")} END
                           AS paid,
                       {self.coins("line.refunded")} AS refunded,
                       is_goods AND status IN {_PAID} AS counts
                FROM order_lines line SEMI JOIN _wanted USING (order_no)
                LEFT JOIN catalogue USING (platform, product_id)
                WHERE {_NOW}
                ORDER BY order_no, import_no, line_no
                """
            )
        finally:
            self.warehouse.unregister("_wanted")
        for order_no, *told in zip(*(one.to_pylist() for one in rows.columns), strict=True):
            found.setdefault(order_no, []).append(LineTold(*told))
        return found

    def foreign(self, begins_at: int, ends_at: int) -> int:
        """How many orders earn nothing because they are in another currency."""
        if not self._has_orders:
            return 0
        rows = self.warehouse.sql(
            f"SELECT count(*) AS n FROM orders WHERE {_NOW} AND customer_id IS NOT NULL"
            f" AND currency <> {literal(self.currency)} AND status IN {_PAID}"
            f" AND {_AT} >= make_timestamptz({begins_at}) AND {_AT} < make_timestamptz({ends_at})"
        )
        return int(rows["n"][0].as_py())

    def events(self, begins_at: int, ends_at: int) -> pa.Table:
        """Each as an event: customer_id, at, day, key; by customer and time.

        One that was wholly taken back is none.
        """
        if not self._has_orders:
            return NONE
        return self.warehouse.sql(
            f"""
            SELECT customer_id, epoch_us({_AT}) AS "at", {local_day_sql(_AT, self.zone)} AS day,
                   platform || chr(31) || order_id AS key
            FROM orders
            WHERE {_NOW} AND customer_id IS NOT NULL AND status IN {_PAID}
              AND (paid > refunded OR (paid = 0 AND refunded = 0))
              AND {_AT} >= make_timestamptz({begins_at}) AND {_AT} < make_timestamptz({ends_at})
            ORDER BY customer_id, "at", key
            """
        )

    @cached_property
    def _has_orders(self) -> bool:
        return self.warehouse.has("orders")

    @property
    def is_paid(self) -> str:
        """SQL: the state known now is of an order that a known customer has paid, or had paid."""
        return (
            f"{_NOW} AND customer_id IS NOT NULL AND paid > 0"
            f" AND (status IN {_PAID} AND paid_at IS NOT NULL OR status IN {_GIVEN_BACK})"
            f" AND coalesce(currency, {literal(self.currency)}) = {literal(self.currency)}"
        )

    def coins(self, amount: str) -> str:
        """SQL of an amount in the smallest coin; 0 where there is none."""
        places = 10 ** exponent(self.currency)
        # A quotient is a double, which may lie a hair below the coin that it is.
        return f"CAST(floor(round(coalesce({amount}, 0) * {places}, 4)) AS BIGINT)"


NONE = pa.table(
    {
        "customer_id": pa.array([], pa.int64()),
        "at": pa.array([], pa.int64()),
        "day": pa.array([], pa.int64()),
        "key": pa.array([], pa.string()),
    }
)


def local_day_sql(at: str, zone: str) -> str:
    """SQL of the day of an instant in the time zone, counted from 1970-01-01."""
    return f"CAST({at} AT TIME ZONE {literal(zone)} AS DATE) - DATE '1970-01-01'"


def order_key(key: str) -> str:
    """What has earned, of an order told as platform and number."""
    platform, order_id = key.split("\x1f", 1)
    return order_source(platform, order_id)
