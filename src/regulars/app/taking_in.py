"""Which files are to be taken in, and as what; told before any of them is."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.intake.files.sheet import Sheet
    from regulars.intake.importing import Request
    from regulars.intake.source import FileKind, Source

_SHOWN = 60
"""Letters of a line above the headers that a report repeats."""


def requests_for(
    files: Sequence[str | PathLike[str]],
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: str | PathLike[str] | None = None,
    kind: FileKind | None = None,
) -> list[Request]:
    """A request for each file, or each part of an archive or workbook, after a look at all of them.

    A part that no format recognises (a sheet of notes, a picture) is passed over and named, if
    another one is recognised; so is what stands above the headers of a part.

    Raises:
        UnreadableFile, UnknownLayout, UnknownValue, SettingsError: for the first file that cannot
            be taken in; none was.
    """
    from regulars.intake.mapping import read_mapping
    from regulars.intake.sources import ALL

    sources: Sequence[Source] = ALL
    name = format
    if mapping is not None:
        mapped = read_mapping(Path(mapping))
        sources, name = (mapped,), mapped.name
    return [
        request for file in files for request in _requests_for_one(Path(file), sources, name, kind)
    ]


def _requests_for_one(
    path: Path, sources: Sequence[Source], name: str | None, kind: FileKind | None
) -> list[Request]:
    from dataclasses import replace

    from regulars.errors import IntakeError, UnknownLayout, UnreadableFile
    from regulars.intake.files.parts import parts_of
    from regulars.intake.files.sheet import look
    from regulars.intake.importing import Request
    from regulars.intake.recognise import recognise

    parts = parts_of(path)
    found: list[Request] = []
    unknown: list[tuple[str, IntakeError]] = []
    for part in parts:
        try:
            sheet, bound = recognise(look(part), sources, name=name, kind=kind)
        except (UnknownLayout, UnreadableFile) as error:
            unknown.append((part.name, error))
        else:
            found.append(Request(sheet, bound, _lines_above(sheet)))
    if not found:
        raise unknown[0][1]
    names = tuple(name for name, _ in unknown)
    found[0] = replace(found[0], passed_over=(*names, *found[0].passed_over))
    return found


def _lines_above(sheet: Sheet) -> tuple[str, ...]:
    """What stands above the headers, line by line, short and without phones and addresses."""
    from regulars.kernel.mask import mask_numbers

    told = []
    for line, cells in sheet.above:
        text = mask_numbers(" ".join(" ".join(cells).split()))
        told.append(f"line {line}: {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}")
    return tuple(told)
