"""The files that are measured: the demo's year of orders, and made ones where it is too small."""

from __future__ import annotations

from pathlib import Path

import duckdb

from regulars.edges.demo import demo_files

YEAR = 1_469_307
"""Lines of the demo's year."""


def year(folder: Path, rows: int = YEAR) -> Path:
    """The demo's orders as CSV, the first rows of them."""
    csv = folder / f"year_{rows}.csv"
    _write(f"FROM '{demo_files()[0]}' LIMIT {rows}", csv)
    return csv


def next_export(csv: Path, share: float = 0.9) -> Path:
    """A later export of the same shop: the last rows of the first, and new orders."""
    later = csv.with_name(f"{csv.stem}_next.csv")
    _write(
        f"""
        WITH old AS (SELECT *, row_number() OVER () AS place FROM {_read(csv)}),
        n AS (SELECT max(place) AS n FROM old)
        SELECT * EXCLUDE (place, n) FROM old, n WHERE place > n * {1 - share:.3f}
        UNION ALL BY NAME
        SELECT * EXCLUDE (place, n) REPLACE ('N' || basket_id AS basket_id) FROM old, n
        WHERE place <= n * {1 - share:.3f}
        """,
        later,
    )
    return later


def with_people(folder: Path, rows: int, customers: int) -> Path:
    """Orders that carry phone, name and address of their buyers, in the plain layout."""
    csv = folder / f"people_{rows}.csv"
    who = f"(hash(i) % {customers})"
    _write(
        f"""
        SELECT 'O' || i AS order_id, 'C' || {who} AS customer_id,
               strftime(TIMESTAMP '2025-01-01' + to_seconds(i * 60), '%Y-%m-%d %H:%M:%S')
                   AS placed_at,
               'P' || (i % 500) AS product_id, 1 AS quantity, (hash(i, 1) % 20000) / 100 AS paid,
               (13000000000 + {who})::VARCHAR AS phone, '张三' || {who} AS recipient_name,
               (13000000000 + {who})::VARCHAR AS recipient_phone,
               '浙江省杭州市西湖区 ' || {who} || ' 号' AS recipient_address
        FROM range({rows}) range(i)
        """,
        csv,
    )
    return csv


def of_shopify(folder: Path, orders: int, first: int = 0, changed: int = 0) -> Path:
    """Orders of two goods each as Shopify exports them: a row per good, the order's cells on one.

    Args:
        folder: where to.
        orders: how many.
        first: the number of the first one.
        changed: the orders whose number it divides are refunded by now; none of them if 0.
    """
    csv = folder / f"shopify_{orders}_{first}_{changed}.csv"
    status = f"CASE WHEN i % {changed} = 0 THEN 'refunded' ELSE 'paid' END" if changed else "'paid'"
    of_order = {
        "Email": "'c' || (hash(i) % 100000) || '@mail.com'",
        "Financial Status": status,
        "Currency": "'CNY'",
        "Subtotal": "'30.00'",
        "Shipping": "'0.00'",
        "Total": "'30.00'",
        "Shipping Name": "'Li Lei ' || (hash(i) % 100000)",
        "Shipping Street": "(hash(i) % 100000) || ' Wenyi Road'",
    }
    cells = ", ".join(
        f'CASE WHEN n = 1 THEN {sql} END AS "{name}"' for name, sql in of_order.items()
    )
    _write(
        f"""
        SELECT '#' || i AS "Name", {cells}, '1' AS "Lineitem quantity",
               'Good ' || (hash(i, n) % 500) AS "Lineitem name",
               n || '0.00' AS "Lineitem price", 'S' || (hash(i, n) % 500) AS "Lineitem sku",
               strftime(TIMESTAMP '2025-01-01' + to_seconds(i * 60), '%Y-%m-%d %H:%M:%S +0800')
                   AS "Created at"
        FROM range({first}, {first + orders}) orders(i), range(1, 3) goods(n) ORDER BY i, n
        """,
        csv,
    )
    return csv


def repeated(csv: Path, times: int) -> Path:
    """The year several times over under other order numbers, as one CSV."""
    large = csv.with_name(f"{csv.stem}_x{times}.csv")
    _write(
        f"SELECT * REPLACE (basket_id || '_' || i AS basket_id)"
        f" FROM range({times}) range(i), {_read(csv)}",
        large,
    )
    return large


def _read(csv: Path) -> str:
    return f"read_csv('{csv}', all_varchar = true)"


def _write(query: str, path: Path, options: str = "HEADER") -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' ({options})").complete()
