"""Ratios of Regulars to bare DuckDB on the same rows, at full size and a tenth.

The input is the demo's year of orders (1,469,307 lines), as CSV. These machines are noisy: read the
ratios, and the medians of several runs, not single seconds.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from regulars import Shop
from regulars.edges.demo import demo_files

RUNS = 3


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def measure(csv: Path, folder: Path, rows: int) -> None:
    def bare_read() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE t AS FROM read_csv('{csv}')").complete()

    homes = iter(range(100))

    def take_in() -> Shop:
        shop = Shop.create(folder / f"{rows}_{next(homes)}", name="bench", time_zone="UTC")
        shop.import_files(csv)
        return shop

    read, imported = seconds(bare_read), seconds(lambda: take_in().close())
    print(
        f"{rows:>10,} lines  import {imported:6.2f} s   read_csv {read:6.2f} s"
        f"   ratio {imported / read:5.1f}"
    )
    with take_in() as shop:
        again = seconds(lambda: shop.import_files(csv))
        print(
            f"{'':>10}        again  {again:6.2f} s   {'':>15}   of import {again / imported:.2f}"
        )
        whole = seconds(lambda: shop.understand())

        def bare_group_by() -> None:
            shop.warehouse.sql(
                "SELECT customer_id, max(placed_at), count(DISTINCT order_no), sum(paid)"
                " FROM order_lines GROUP BY customer_id"
            )

        bare = seconds(bare_group_by)
        print(
            f"{'':>10}        understand {whole:.2f} s   group by {bare:.3f} s"
            f"   ratio {whole / bare:5.0f} (all columns, stages and their history)"
        )
        built = seconds(lambda: shop.rebuild(), runs=1)
        print(
            f"{'':>10}        rebuild, compared twice {built:.2f} s"
            f"   of import + understand {built / (imported + whole):.2f}"
        )


def main() -> None:
    orders = demo_files()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        total = 1_469_307
        for rows in (total // 10, total):
            csv = folder / f"{rows}.csv"
            duckdb.sql(f"COPY (FROM '{orders}' LIMIT {rows}) TO '{csv}' (HEADER)")
            measure(csv, folder, rows)


if __name__ == "__main__":
    main()
