"""Rejected rows out as files to be mended, and back.

A mending file is a CSV with the headers of the file that the rows came from and three columns of
ours: which row of quarantine it is, of which format, and what was wrong with it. It is imported as
any other file; rows that are taken in leave quarantine, those still bad stay in it as they are now.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.intake.files.chunk import SURPLUS
from regulars.intake.landing import Landing
from regulars.intake.mended import OWN
from regulars.intake.rejects import REASON_TEXTS, waiting
from regulars.intake.vault import Vault

_PLAIN = re.compile(r"""[-+]?[\d.,]+|="[^"]*\"""")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class MendingFile:
    """Rows of one file that wait to be mended: `name` for the file, `text` its content."""

    name: str
    text: str
    rows: int


def mending_files(landing: Landing, vault: Vault) -> tuple[list[MendingFile], int]:
    """The rows in quarantine as files, one per file and format; and how many were forgotten."""
    formats = {entry.number: entry.source for entry in landing.entries()}
    columns = ("import_no", "file", "line", "column", "reason", "row_hash", "sealed")
    rows = waiting(landing, columns).to_pylist()
    cells = vault.unseal([(f"i:{row['import_no']}", row["sealed"]) for row in rows])
    groups: dict[tuple[str, str], list[tuple[dict[str, object], dict[str, str]]]] = {}
    for row, opened in zip(rows, cells, strict=True):
        if opened is not None:
            group = groups.setdefault((row["file"], formats[row["import_no"]]), [])
            group.append((row, opened))
    files: dict[str, MendingFile] = {}
    for (file, source), members in groups.items():
        name = f"{_stem(file)}.rejects.csv"
        while name in files:
            name = f"{name.removesuffix('.rejects.csv')}_{source}.rejects.csv"
        files[name] = MendingFile(name, _text(source, members), len(members))
    return list(files.values()), sum(one is None for one in cells)


def _stem(file: str) -> str:
    """A file's name without folders and endings; of a part of an archive, both names."""
    parts = [Path(part).name.split(".")[0] for part in file.split(" » ")]
    return "_".join(parts) or "rows"


def _text(source: str, members: Sequence[tuple[dict[str, object], dict[str, str]]]) -> str:
    taken_apart = [(row, *_surplus_apart(row, cells)) for row, cells in members]
    headers = list(dict.fromkeys(name for _, cells, _ in taken_apart for name in cells))
    headers = [name for name in headers if name not in OWN]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*headers, *OWN])
    for row, cells, surplus in taken_apart:
        reason = str(row["reason"])
        told = REASON_TEXTS.get(reason, (reason, ""))[0]
        why = f"line {row['line']}, {row['column']}: {told}" if row["column"] else told
        if surplus:
            why += f"; cells too many: {surplus}"
        values = [_harmless(cells.get(name, "")) for name in headers]
        writer.writerow([*values, row["row_hash"], source, _harmless(why)])
    return out.getvalue()


def _surplus_apart(
    row: dict[str, object], cells: dict[str, str]
) -> tuple[dict[str, str], str | None]:
    """The cells that a header takes, and those beyond (a header may be called so as well)."""
    if row["reason"] != "wrong_cell_count" or SURPLUS not in cells:
        return cells, None
    return {name: cell for name, cell in cells.items() if name != SURPLUS}, cells[SURPLUS]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet runs; the mark in front of it is taken off when it comes back.

    >>> _harmless("=HYPERLINK(1)"), _harmless('="0012"'), _harmless("-5")
    ("'=HYPERLINK(1)", '="0012"', '-5')
    """
    if cell.startswith(_FORMULA_STARTS) and not _PLAIN.fullmatch(cell):
        return "'" + cell
    return cell
