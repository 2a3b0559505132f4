"""All pictures of a made shop after it was understood, and a diagnosis of a real year of orders."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.imports import new_shop
from benchmarks.timing import Row, peak_of, taken
from benchmarks.understanding import DAYS, FULL, TENTH, best_of, group_by
from regulars.edges.demo import demo_files
from regulars.simulate import simulate

_DRAW = """
import sys
from regulars import Shop
from regulars.app.as_of import understood_as_of
from regulars.app.pictures import gather
with Shop(sys.argv[1]) as shop:
    gather(shop.warehouse, shop.home.settings, understood_as_of(shop.warehouse))
"""
_DIAGNOSE = """
import sys
from regulars.edges.diagnosis.from_files import diagnose_files
diagnose_files(sys.argv[1:])
"""


def measure(folder: Path, *, full: bool = False) -> list[Row]:
    """At a tenth, and at full size where asked for; each in a process of its own."""
    rows = []
    for customers in (TENTH, FULL) if full else (TENTH,):
        made = simulate(
            folder / f"made_{customers}", customers=customers, days=DAYS, seed=1, events="none"
        )
        names = ("orders", "customers", "products", "spend")
        with new_shop(folder) as shop:
            home = shop.home.folder
            shop.import_files(*(Path(made.folder) / f"{name}.parquet" for name in names))
            understood = taken(partial(shop.understand))
            bare = best_of(partial(group_by, shop))
        drawn, peak = peak_of(_DRAW, str(home))
        size = f"{customers:,} people, {made.totals['lines']:,} lines"
        rows += [
            Row("understanding", size, understood, bare, "GROUP BY over the lines"),
            Row("all pictures", "", drawn, understood, "understanding", note=f"peak {peak:.2f} GB"),
        ]
    looked, peak = peak_of(_DIAGNOSE, *(str(file) for file in demo_files()[:2]))
    rows.append(Row("diagnose", "1,469,307 lines", looked, note=f"peak {peak:.2f} GB"))
    return rows
