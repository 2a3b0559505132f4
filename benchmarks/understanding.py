"""Understanding a made shop of many customers against one bare GROUP BY over its lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.imports import new_shop
from benchmarks.timing import Row, Taken, peak_of, taken
from regulars import Shop
from regulars.app.as_of import refresh
from regulars.app.understand import core_columns
from regulars.simulate import simulate

DAYS = 1_461
TENTH, FULL = 100_000, 1_000_000

_AGAINST = "GROUP BY for recency, frequency, monetary"
_ANEW = """
import sys
from regulars import Shop
with Shop(sys.argv[1]) as shop:
    shop.understand()
"""


def measure(folder: Path, *, full: bool = False) -> list[Row]:
    """At a tenth, and at full size where asked for."""
    rows = []
    for customers in (TENTH, FULL) if full else (TENTH,):
        made = simulate(
            folder / f"made_{customers}", customers=customers, days=DAYS, seed=1, events="none"
        )
        size = f"{made.totals['lines']:,} lines"
        rows.append(Row("made shop", size, Taken(made.seconds, made.seconds)))
        rows += _of(folder, made.folder, f"{customers:,} people")
    return rows


def _of(folder: Path, made: Path, size: str) -> list[Row]:
    files = [made / f"{name}.parquet" for name in ("orders", "customers", "products")]
    with new_shop(folder) as shop:
        home = shop.home.folder
        imported = taken(partial(shop.import_files, *files))
        tables = taken(lambda: refresh(shop.warehouse, shop.home))
        bare = best_of(lambda: group_by(shop))
        core = best_of(lambda: core_columns(shop.warehouse, shop.home))
        steps = _steps_of(shop)
    # In a process of its own, with the tables made anew: the most memory that one call takes.
    shop.home.warehouse.unlink()
    anew, peak = peak_of(_ANEW, str(home))
    with Shop(home) as shop:
        rebuilt = taken(lambda: shop.rebuild())
    whole = sum(steps.values(), Taken(0, 0))
    told = ", ".join(f"{name} {one.work:.1f}" for name, one in steps.items())
    return [
        Row("import of Parquet", size, imported),
        Row("tables from landing", "", tables, imported, "import"),
        Row("core columns", "", core, bare, _AGAINST, "<= 8"),
        Row("all columns, stages, their history", "", whole, bare, _AGAINST, note=f"work: {told}"),
        Row("tables and understanding", "", anew, imported, "import", note=f"peak {peak:.2f} GB"),
        Row("rebuild, compared twice", "", rebuilt, imported + anew, "import + understand"),
    ]


def best_of(action: Callable[[], object]) -> Taken:
    """The quickest of three."""
    return min((taken(action) for _ in range(3)), key=lambda one: one.work)


def _steps_of(shop: Shop) -> dict[str, Taken]:
    """What each step took."""
    at: list[tuple[str, float, float]] = []

    def note(name: str) -> None:
        at.append((name, time.perf_counter(), time.process_time()))

    shop.understand(step=note)
    note("")
    return {one[0]: Taken(two[1] - one[1], two[2] - one[2]) for one, two in pairwise(at)}


def group_by(shop: Shop) -> Any:
    """Recency, frequency, monetary of all lines as they stand."""
    return shop.warehouse.sql(
        "SELECT customer_id, max(placed_at), count(DISTINCT order_no), sum(paid)"
        " FROM order_lines GROUP BY customer_id"
    )
