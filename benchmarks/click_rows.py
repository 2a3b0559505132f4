"""Fifty million events of a million customers, in our tables and in ClickHouse's, the same rows.

Visits of five entries 40 seconds apart, of twelve kinds, over 400 days; customers by a power law.
Ours lie as compaction leaves them: four sorted runs, each of a time of its own, and a tail. The
other's are merged into one sorted part.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.event_rows import RUNS
from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.events import table

KINDS = (
    "Page Viewed", "Product Viewed", "Product Clicked", "Products Searched", "Product Added",
    "Cart Viewed", "Product Removed", "Coupon Entered", "Product Shared", "Checkout Started",
    "Payment Info Entered", "Order Completed",
)  # fmt: skip
STEPS = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
PER_VISIT, PER_CUSTOMER, DAYS = 5, 50, 400
TAIL = 200_000
BEGINS = 1_760_000_000
"""Seconds since 1970."""


def fill(warehouse: Warehouse, rows: int, copy: Path) -> int:
    """Put so many events into the tables, and into Parquet files beside; how many there are."""
    people = rows // PER_CUSTOMER
    tail = min(TAIL, rows // 10)
    (last,) = (name for name, state, _ in table.parts(warehouse) if state == "tail")
    sizes = [*(int((rows - tail) * share) for share in RUNS), tail]
    visit, since = 0, 0.0
    for nth, size in enumerate(sizes):
        visits = size // PER_VISIT
        until = since + DAYS * size / rows
        made = last if nth == len(RUNS) else table.make_part(warehouse)
        _insert(warehouse, made, (visit, visits), (since, until), people, is_tail=made == last)
        state = "tail" if made == last else "sorted"
        warehouse.execute(f"DELETE FROM {table.PARTS} WHERE name = '{made}'")
        warehouse.execute(
            f"INSERT INTO {table.PARTS} VALUES ('{made}', '{state}', {visits * PER_VISIT})"
        )
        warehouse.execute(
            f'COPY (SELECT node AS customer, name, "at" FROM {made}) TO'
            f" {literal(str(copy / f'{nth}.parquet'))} (FORMAT parquet)"
        )
        visit, since = visit + visits, until
    table.make_view(warehouse)
    return visit * PER_VISIT


def _insert(
    warehouse: Warehouse,
    part: str,
    visits: tuple[int, int],
    days: tuple[float, float],
    people: int,
    *,
    is_tail: bool,
) -> None:
    first, count = visits
    from_second, seconds = BEGINS + int(days[0] * 86_400), int((days[1] - days[0]) * 86_400)
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    # Half of the draws fall on the first two kinds, the rest thin out towards the order.
    warehouse.execute(
        f"""
        INSERT INTO {part} (seq, node, connection, platform, type, name, "at", received_at)
        SELECT v * {PER_VISIT} + k, node, 'web', 'shop', 'track',
               [{listed}][1 + floor(12 * pow(draw, 1.8))::INTEGER], told, told
        FROM (
            SELECT v, k, 1 + floor({people} * pow((hash(v) % 1000003) / 1000003, 2.5))::BIGINT
                       AS node,
                   (hash(v * {PER_VISIT} + k + 7) % 1000003) / 1000003 AS draw,
                   make_timestamptz(
                       ({from_second} + (hash(v + 13) % {seconds})::BIGINT + k * 40) * 1000000
                   ) AS told
            FROM range({first}, {first + count}) a(v), range({PER_VISIT}) b(k)
        )
        ORDER BY {"hash(v), k" if is_tail else "node, told, v, k"}
        """
    )
