"""Which files are to be taken in, and as what; told before any of them is."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.intake.importing import Request
    from regulars.intake.source import FileKind


def requests_for(
    files: Sequence[str | PathLike[str]],
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: str | PathLike[str] | None = None,
    kind: FileKind | None = None,
) -> list[Request]:
    """A request for each file, after a look at all of them.

    Raises:
        UnreadableFile, UnknownLayout, UnknownValue, SettingsError: for the first file that cannot
            be taken in; none was.
    """
    from regulars.intake.importing import Request
    from regulars.intake.mapping import read_mapping
    from regulars.intake.recognise import recognise
    from regulars.intake.sheet import look
    from regulars.intake.source import Source
    from regulars.intake.sources import ALL

    sources: Sequence[Source] = ALL
    name = format
    if mapping is not None:
        mapped = read_mapping(Path(mapping))
        sources, name = (mapped,), mapped.name
    paths = [Path(file) for file in files]
    for path in paths:
        recognise(look(path), sources, name=name, kind=kind)
    return [Request(path, sources, name, kind) for path in paths]
