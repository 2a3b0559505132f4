"""Regulars beside bare DuckDB on the same rows: `make bench`.

Read the ratios, not the seconds: machines are noisy, and both sides of a ratio are of one run. With
names after it (`python -m benchmarks imports`) only those parts are run; `--full` adds the sizes
that take long, a million customers and ten million lines.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    benefits,
    events,
    expiry,
    imports,
    ledger,
    ledger_http,
    lifetime,
    memory,
    pictures,
    quote,
    quote_http,
    serving,
    simulate,
    timelines,
    understanding,
)
from benchmarks.timing import Row, print_table

_TENTH = 100_000


def _lifetime(_folder: Path, _full: bool) -> list[Row]:
    lifetime.measure()
    return []


def _simulate(_folder: Path, full: bool) -> list[Row]:
    if full:
        simulate.measure()
    else:
        simulate.measure(_TENTH, seeds=simulate.SEEDS[:1])
    return []


def _ledger(folder: Path, full: bool) -> list[Row]:
    ledger.measure(folder, full=full)
    return []


def _quote(_folder: Path, full: bool) -> list[Row]:
    quote.measure(full=full)
    return []


def _quote_http(folder: Path, full: bool) -> list[Row]:
    quote_http.measure(folder, full=full)
    return []


def _benefits(folder: Path, full: bool) -> list[Row]:
    benefits.measure(folder, full=full)
    return []


def _expiry(folder: Path, full: bool) -> list[Row]:
    expiry.measure(folder, full=full)
    return []


_ALL: dict[str, Callable[[Path, bool], list[Row]]] = {
    "simulate": _simulate,
    "lifetime": _lifetime,
    "ledger": _ledger,
    "expiry": _expiry,
    "quote": _quote,
    "quote_http": _quote_http,
    "benefits": _benefits,
    "imports": lambda folder, _full: imports.measure(folder),
    "memory": lambda folder, full: memory.measure(folder, full=full),
    "understanding": lambda folder, full: understanding.measure(folder, full=full),
    "pictures": lambda folder, full: pictures.measure(folder, full=full),
    "events": lambda folder, full: events.measure(folder, full=full),
    "ledger_http": lambda folder, full: ledger_http.measure(folder, full=full),
    "serving": lambda folder, full: serving.measure(folder, full=full),
    "timelines": lambda folder, full: timelines.measure(folder, full=full),
}
"""The first seven print lines of their own; the others' rows come in one table at the end."""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(_ALL)}")
    parser.add_argument("--full", action="store_true", help="also what takes an hour")
    asked = parser.parse_args()
    unknown = [name for name in asked.parts if name not in _ALL]
    if unknown:
        parser.error(f"no part is called {unknown[0]}: choose of {', '.join(_ALL)}")
    rows: list[Row] = []
    for name in asked.parts or _ALL:
        with tempfile.TemporaryDirectory() as folder:
            rows += _ALL[name](Path(folder), asked.full)
    if rows:
        print_table(rows)


if __name__ == "__main__":
    main()
