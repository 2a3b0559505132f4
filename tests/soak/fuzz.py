"""Hostile files out of numbers, and what an import of one must come to.

A case is a sample's name and a number: `plain:17` makes the same file again as long as samples and
mutations stay as they are. What an import must come to, whatever the file: a report whose counts
add up, or one `RegularsError` with a sentence; nothing twice when it comes again; a landing that
verifies; people that can be understood.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from regulars import Shop
from regulars.errors import AccountingBroken, NotUnderstood, RegularsError
from regulars.intake.landing import Landing
from regulars.intake.rejects import REASON_TEXTS
from regulars.intake.sources import BY_NAME
from samples import SAMPLES
from soak.grid import MUTATIONS, Grid, grid_of
from soak.packing import (
    ENCODINGS,
    bitten,
    boxed,
    encoded,
    json_lines,
    parquet,
    raw_text,
    text,
    workbook,
)

LONGEST = 30.0
"""Seconds of processor time within which each of these small files must be done with."""


@dataclass(frozen=True)
class Case:
    """A hostile file: its content, what was done to it, and its rows where that is known."""

    name: str
    content: bytes
    done: list[str]
    rows: int | None
    after_the_sample: bool
    """Whether the sample itself, unharmed, is taken in before."""


class Broken(AssertionError):
    """An import did not keep what it promises."""


def case_of(name: str) -> Case:
    """The file of a name such as `plain:17`."""
    source, _ = name.split(":")
    rng = random.Random(name)
    grid = grid_of(next(one for one in SAMPLES if one.source == source))
    for _ in range(rng.choice((0, 1, 1, 2, 3, 6))):
        rng.choice(MUTATIONS)(rng, grid)
    forms = ("text", "text", "text", "raw", "jsonl", "workbook", "parquet")
    form = rng.choice(forms) if grid.headers is not None else "text"
    rows: int | None = None
    if form == "text":
        content = encoded(rng, grid, text(rng, grid))
        if grid.done[-1] in ENCODINGS and grid.headers and len(grid.headers) > 1:
            rows = None if _rows_are_unclear(grid) else sum(any(row) for row in grid.rows)
    elif form == "raw":
        content = encoded(rng, grid, raw_text(rng, grid))
    elif form == "jsonl":
        content = json_lines(rng, grid)
    elif form == "workbook":
        content = workbook(rng, grid)
    else:
        content = parquet(rng, grid)
        rows = len(grid.rows)
    if BY_NAME[source].silent_rows:  # some rows count no more than blank ones
        rows = None
    bite = rng.random()
    if bite < 0.2:
        content, rows = bitten(rng, grid, content), None
    content = boxed(rng, grid, content)
    if grid.done[-1] == "two in a zip":
        rows = None
    if bite > 0.9:
        content, rows = bitten(rng, grid, content), None
    return Case(name, content, grid.done, rows, rng.random() < 0.4)


def _rows_are_unclear(grid: Grid) -> bool:
    """Whether a text has other rows than the grid.

    Below a title the headers are one of them; a carriage return without quotes ends one.
    """
    return "a title above" in grid.done or any("\r" in cell for row in grid.rows for cell in row)


def run(case: Case, folder: Path) -> str:
    """Import the case's file into a new shop, twice, and look; what came of it, in a word.

    Raises:
        Broken: a promise was not kept. Any other error than a `RegularsError` passes through.
    """
    began = time.process_time()
    path = folder / "file.csv"
    path.write_bytes(case.content)
    sample = next(one for one in SAMPLES if one.source == case.name.split(":")[0])
    where = {"currency": sample.currency, "time_zone": sample.time_zone}
    with Shop.create(folder / "shop", name="x", **where) as shop:
        if case.after_the_sample:
            (folder / sample.file).write_text(sample.text)
            shop.import_files(folder / sample.file)
        outcome = _import_twice(shop, case, path)
        with suppress(NotUnderstood):
            shop.understand()
            shop.people()
    took = time.process_time() - began
    _must(took < LONGEST, f"took {took:.0f} s of processor time")
    return outcome


def _import_twice(shop: Shop, case: Case, path: Path) -> str:
    landing = Landing(shop.home.landing)
    at_first, waiting = len(landing.entries()), shop.rejects().num_rows
    try:
        first = shop.import_files(path)
    except RegularsError as error:
        _must_be_told(error)
        if case.content.count(b"PK\x03\x04") < 2:  # one part: nothing before it was taken in
            _must(len(landing.entries()) == at_first, "an error, but something was taken in")
        _must(landing.verify() == [], f"landing does not verify: {landing.verify()}")
        return "refused"
    quarantined = shop.rejects()
    for report in first:
        total = report.accepted + report.duplicate + report.rejected
        _must(report.rows_read == total, f"{report.rows_read} rows are not {total}")
    if case.rows is not None:
        _must(first[0].rows_read == case.rows, f"{first[0].rows_read} rows of {case.rows}")
    _must(
        quarantined.num_rows == waiting + sum(report.rejected for report in first),
        f"{quarantined.num_rows} rows in quarantine, {[r.rejected for r in first]} rejected",
    )
    for row in quarantined.to_pylist():
        _must(row["line"] >= 1, f"rejected on line {row['line']}")
        _must(row["reason"] in REASON_TEXTS, f"the reason {row['reason']} has no text")
    entries = len(landing.entries())
    again = shop.import_files(path)
    for report, before in zip(again, first, strict=True):
        _must(report.accepted == 0, f"again adds {report.accepted} of {before.accepted}")
        _must(report.rows_read == before.rows_read, "again has other rows")
        _must(report.rejected == before.rejected, f"again rejects {report.rejected}")
    _must(len(landing.entries()) == entries, "again makes an entry in the log")
    _must(shop.rejects().num_rows == quarantined.num_rows, "again adds to quarantine")
    _must(landing.verify() == [], f"landing does not verify: {landing.verify()}")
    return "taken in" if any(report.accepted for report in first) else "all rejected"


def _must_be_told(error: RegularsError) -> None:
    _must(not isinstance(error, AccountingBroken), f"accounting: {error}")
    _must(error.code.startswith(("intake.", "value.")), f"{error.code}: {error}")
    _must(len(str(error)) < 20_000, "an error of more than 20,000 letters")
    _must(bool(error.message.strip()), "an error without a sentence")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)
