"""Quarantine as a table for people, and out as files to be mended."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from regulars.errors import HomeError, Where
from regulars.intake.landing import Landing
from regulars.intake.mending import mending_files
from regulars.intake.rejects import REASON_TEXTS, waiting
from regulars.intake.vault import Vault

_SHOWN = ("import_no", "file", "line", "column", "value", "reason")


@dataclass(frozen=True, slots=True)
class Exported:
    """Files to be mended, with the rows in each, and how many rows have been forgotten since."""

    files: dict[Path, int]
    forgotten: int


def rejects(landing: Landing) -> pa.Table:
    """The rows in quarantine, with what the reason means in English and Chinese."""
    table = waiting(landing, _SHOWN)
    reasons = table["reason"].to_pylist()
    unknown = ("", "")
    return table.append_column(
        "meaning",
        pa.array([REASON_TEXTS.get(reason, unknown)[0] for reason in reasons], pa.string()),
    ).append_column(
        "meaning_zh",
        pa.array([REASON_TEXTS.get(reason, unknown)[1] for reason in reasons], pa.string()),
    )


def export(landing: Landing, vault: Vault, folder: Path) -> Exported:
    """Write the rows in quarantine into the folder, one CSV for each file they came from.

    Raises:
        HomeError: the folder cannot be written, or holds such a file already.
    """
    files, forgotten = mending_files(landing, vault)
    written: dict[Path, int] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            path = folder / file.name
            _write(path, file.text)
            written[path] = file.rows
    except FileExistsError as error:
        raise HomeError(
            "this file is there already",
            where=Where(file=str(error.filename)),
            todo="name another folder, or remove it if it has been imported",
        ) from error
    except OSError as error:
        raise HomeError(
            f"cannot be written ({error.strerror})",
            where=Where(file=str(folder)),
            todo="name another folder",
        ) from error
    return Exported(written, forgotten)


def _write(path: Path, text: str) -> None:
    """Write a new file that only its owner can read, whole or not at all."""
    # Never over a file that somebody may have begun to mend.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # With a byte order mark, or spreadsheets take it for another encoding.
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as out:
            out.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
