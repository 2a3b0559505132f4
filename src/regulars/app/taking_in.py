"""Which files are to be taken in, and as what; told before any of them is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.connection import Connection
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
    connection: Connection | None = None,
) -> list[Request]:
    """A request for each file, or each part of an archive or workbook, after a look at all of them.

    A part that no format recognises (a sheet of notes, a picture) is passed over and named, if
    another one is recognised; so is what stands above the headers of a part. Where a connection is
    named, all of them must be logs of messages that can have come through it.

    Raises:
        IntakeError, UnknownValue, SettingsError: for the first file that cannot be taken in; none
            was.
    """
    from regulars.intake.mapping import read_mapping
    from regulars.intake.sources import ALL

    sources: Sequence[Source] = ALL
    name = format
    if mapping is not None:
        mapped = read_mapping(Path(mapping))
        sources, name = (mapped,), mapped.name
    found = [
        request for file in files for request in _requests_for_one(Path(file), sources, name, kind)
    ]
    if connection is None:
        return found
    return [_through(connection, request) for request in found]


def _through(connection: Connection, request: Request) -> Request:
    from dataclasses import replace

    from regulars.intake.event_logs.through import bound_to

    bound = bound_to(request.bound, connection, request.name)
    return replace(request, bound=bound, connection=connection)


@contextmanager
def all_settled(warehouse: Warehouse, home: Home) -> Iterator[None]:
    """While it lasts, landing holds every message that was received before, and none is added.

    Messages that come meanwhile wait in the inbox.
    """
    from regulars.intake.events.catch_up import catch_up, is_behind
    from regulars.intake.landing import Landing
    from regulars.intake.vault import Vault

    landing = Landing(home.landing)
    with warehouse.settled() as by_server:
        if not by_server and is_behind(warehouse, landing):
            with Vault.open(home.keys) as vault:
                catch_up(warehouse, landing, vault, home.settings)
        yield


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
