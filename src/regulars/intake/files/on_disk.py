"""A file on disk: opened, or refused in words; and whether it is still the same one."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from regulars.errors import UnreadableFile, Where
from regulars.intake.files.part import Part


def unreadable(
    part: Part | Path, what: str, todo: str, *, line: int | None = None, column: str | None = None
) -> UnreadableFile:
    """The error that says what is wrong with this file or part of one."""
    name = part.name if isinstance(part, Part) else str(part)
    return UnreadableFile(what, where=Where(file=name, line=line, column=column), todo=todo)


def stat_of(path: Path) -> os.stat_result:
    """What the file system says of a plain file.

    Raises:
        UnreadableFile: there is none, or it is a folder, a pipe or a device.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _cannot(path, error) from error
    if stat.S_ISDIR(found.st_mode):
        raise unreadable(path, "cannot be read: it is a folder", "name the files in it")
    if not stat.S_ISREG(found.st_mode):
        raise unreadable(
            path, "cannot be read: it is a pipe or device", "save what it gives to a file first"
        )
    return found


def open_file(path: Path) -> IO[bytes]:
    """The file, open for reading.

    Raises:
        UnreadableFile: it cannot be opened.
    """
    stat_of(path)  # first, since opening a pipe would wait for its other end
    try:
        return path.open("rb")
    except OSError as error:
        raise _cannot(path, error) from error


def magic_of(path: Path) -> bytes:
    """The first four bytes.

    Raises:
        UnreadableFile: it cannot be read, or is empty.
    """
    with open_file(path) as file:
        try:
            start = file.read(4)
        except OSError as error:
            raise _cannot(path, error) from error
    if not start:
        raise unreadable(path, "is empty", "export it again")
    return start


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of the last change: other when the file has been written to."""
    found = stat_of(path)
    return found.st_size, found.st_mtime_ns


def refuse_if_changed(path: Path, stamp: tuple[int, int]) -> None:
    """See that the file is still the one that was looked at.

    Raises:
        UnreadableFile: it is not.
    """
    try:
        same = stamp_of(path) == stamp
    except UnreadableFile:
        same = False
    if not same:
        raise unreadable(
            path,
            "changed while it was being read; nothing was taken in",
            "wait until it is written, then import it",
        )


def _cannot(path: Path, error: Exception) -> UnreadableFile:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return unreadable(path, f"cannot be read ({why})", "check the path and who may read it")
