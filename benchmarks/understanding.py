"""Understanding a shop of a million customers and ten million lines against one bare GROUP BY."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks.imports import new_shop
from benchmarks.inputs import lines_of_many
from benchmarks.timing import Row, Taken, own_peak, taken
from regulars import Shop

_CORE = ("purchases", "profiles")
"""The steps that make recency, frequency, monetary and the rest of the profile."""


def measure(folder: Path) -> list[Row]:
    """At a tenth and at full size: core columns, all columns, rebuild."""
    rows = []
    for customers in (100_000, 1_000_000):
        parquet = lines_of_many(folder, customers)
        size = f"{customers:,} people"
        with new_shop(folder) as shop:
            imported = taken(partial(shop.import_files, parquet))
            lines = customers * 10
            rows.append(Row("import of Parquet", f"{lines:,} lines", imported))
            steps = _steps_of(shop)
            again = _steps_of(shop)
            bare = min(
                (taken(lambda: _group_by(shop)) for _ in range(3)), key=lambda one: one.clock
            )
            against = "GROUP BY for recency, frequency, monetary"
            core = sum((again[name] for name in _CORE), Taken(0, 0))
            rows.append(Row("understand, core columns", size, core, bare, against, "<= 8"))
            whole = sum(again.values(), Taken(0, 0))
            told = ", ".join(f"{name} {one.clock:.1f}" for name, one in again.items())
            rows.append(
                Row("understand, all columns and stages", size, whole, bare, against, note=told)
            )
            rows.append(
                Row("  tables from landing before it", size, steps["orders"], imported, "import")
            )
            rebuilt = taken(lambda: shop.rebuild())
            first = sum(steps.values(), imported)
            rows.append(Row("rebuild, compared twice", size, rebuilt, first, "import + understand"))
    rows.append(
        Row("peak memory of this process", f"{own_peak():.2f} GB", Taken(0, 0), goal="<= 4")
    )
    return rows


def _steps_of(shop: Shop) -> dict[str, Taken]:
    """What each step took."""
    at: list[tuple[str, float, float]] = []

    def note(name: str) -> None:
        at.append((name, time.perf_counter(), time.process_time()))

    shop.understand(step=note)
    note("")
    return {one[0]: Taken(two[1] - one[1], two[2] - one[2]) for one, two in pairwise(at)}


def _group_by(shop: Shop) -> None:
    shop.warehouse.sql(
        "SELECT customer_id, max(placed_at), count(DISTINCT order_no), sum(paid)"
        " FROM order_lines GROUP BY customer_id"
    )
