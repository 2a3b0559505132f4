"""Peak memory of an import, in a process of its own: it must not grow with the file."""

from __future__ import annotations

from pathlib import Path

from benchmarks.inputs import YEAR, repeated, year
from benchmarks.timing import Row, peak_of

_IMPORT = """
import sys
from regulars import Shop
with Shop.create(sys.argv[1], name="bench", time_zone="UTC") as shop:
    shop.import_files(sys.argv[2])
"""


def measure(folder: Path, *, full: bool = False) -> list[Row]:
    """The year, and several times the year in one file: five, and ten where all is asked for."""
    rows = []
    csv = year(folder, YEAR)
    for times in (1, 5, 10) if full else (1, 5):
        file = csv if times == 1 else repeated(csv, times)
        used, peak = peak_of(_IMPORT, str(folder / f"memory_{times}"), str(file))
        size = f"{file.stat().st_size / 1e6:,.0f} MB"
        rows.append(Row("import in a process of its own", size, used, note=f"peak {peak:.2f} GB"))
    return rows
