"""Landing: the append-only log of all that came in, the truth from which all else is derived.

    landing/log.jsonl      one line per committed import; writing it is the commit
    landing/000001/…       the import's segments: orders, lines, customers, products, ids, rejects
    landing/inbox/*.log    what a server has acknowledged and not settled yet (see `inbox`)
    landing/ids.log        numbers given since the last settling (see `ids_log`)

An import writes its segments aside, syncs them, renames the folder into place and then appends its
line to the log and syncs that. Whatever the log does not name was never acknowledged: leftovers of
a killed import are removed by the next one. One import at a time holds the lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from regulars.errors import HomeBusy, LandingDamaged, Where

LOG = "log.jsonl"
INBOX = "inbox"
"""The folder of what was acknowledged and not settled yet (`intake.inbox`)."""
_LOCK = ".lock"
_STAGING = ".staging"


class Segment(msgspec.Struct, frozen=True):
    """One file of an import."""

    kind: str
    path: str
    rows: int
    bytes: int
    sha256: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One committed import, as the log has it."""

    number: int
    at: str
    source: str
    report: dict[str, Any]
    segments: list[Segment]
    known_until: str | None = None
    """The latest instant that the import's orders know of (UTC, ISO 8601)."""
    version: int = 1
    """Of the segments: what they hold and what it means."""
    inbox: dict[str, int] = {}
    """Of a settling: how far each file of the inbox is settled by it (see `events.settle`)."""
    accounts: dict[str, tuple[int, int, int]] = {}
    """Of a settling: accepted, duplicate and rejected by connection."""


_VERSION = 2


class Landing:
    """The log and its segments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._has_turn = False

    def entries(self) -> list[Entry]:
        """All committed imports in order.

        Raises:
            LandingDamaged: a committed line does not read, or a segment is missing.
        """
        entries = []
        for number, line in enumerate(self._committed().split(b"\n"), start=1):
            if not line:
                continue
            try:
                entry = msgspec.json.decode(line, type=Entry)
            except msgspec.DecodeError as error:
                raise LandingDamaged(
                    f"the log does not read ({error})",
                    where=Where(file=str(self.folder / LOG), line=number),
                    todo="restore landing/ from a backup",
                ) from error
            if entry.version != _VERSION:
                raise LandingDamaged(
                    f"import {entry.number} was written by another version of Regulars"
                    f" (format {entry.version}; this one reads {_VERSION})",
                    where=Where(file=str(self.folder / LOG), line=number),
                    todo="make a new home with `regulars init` and import the files again",
                )
            entries.append(entry)
        return entries

    def _committed(self) -> bytes:
        """The log up to its last full line; a torn line at the end was never acknowledged."""
        path = self.folder / LOG
        if not path.exists():
            return b""
        data = path.read_bytes()
        return data[: data.rfind(b"\n") + 1]

    def segments(self, kind: str) -> list[Path]:
        """The files of one kind over all imports, in order."""
        paths = [
            self.folder / segment.path
            for entry in self.entries()
            for segment in entry.segments
            if segment.kind == kind
        ]
        for path in paths:
            if not path.exists():
                raise LandingDamaged(
                    "a segment that the log names is missing",
                    where=Where(file=str(path)),
                    todo="restore landing/ from a backup",
                )
        return paths

    def stamp(self) -> tuple[int, int]:
        """Size and time of the log: as long as they are the same, so are its entries."""
        try:
            told = (self.folder / LOG).stat()
        except FileNotFoundError:
            return 0, 0
        return told.st_size, told.st_mtime_ns

    def head(self) -> str:
        """A sum over the committed log: equal heads, equal content."""
        return hashlib.sha256(self._committed()).hexdigest()

    def verify(self) -> list[str]:
        """What does not match the log's sums, in words; empty when all is well."""
        findings = []
        for entry in self.entries():
            for segment in entry.segments:
                path = self.folder / segment.path
                if not path.exists():
                    findings.append(f"{segment.path} is missing")
                elif _sha256(path) != segment.sha256:
                    findings.append(f"{segment.path} is not what import {entry.number} wrote")
        return findings

    @contextmanager
    def importing(self) -> Iterator[Draft]:
        """A draft of the next import, under the lock; nothing of it lasts unless committed.

        Raises:
            HomeBusy: another import is under way.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("a") as lock:
            with self._queue():
                self._lock(lock)
            self._sweep()
            try:
                yield Draft(self, len(self.entries()) + 1)
            finally:
                shutil.rmtree(self.folder / _STAGING, ignore_errors=True)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A server's short work on landing: what wants to import meanwhile waits for its end.

        Within it, `importing` of this object works as ever.

        Raises:
            HomeBusy: an import is under way or about to begin.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise self._busy() from error
            with (self.folder / _LOCK).open("a") as lock:
                self._lock(lock)
            self._has_turn = True
            try:
                yield
            finally:
                self._has_turn = False
        finally:
            os.close(descriptor)

    @contextmanager
    def _queue(self) -> Iterator[None]:
        """Wait for a server's short work to end; another import is not waited for."""
        if self._has_turn:
            yield
            return
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise self._busy() from error

    def _busy(self) -> HomeBusy:
        return HomeBusy(
            "another import is under way",
            where=Where(file=str(self.folder)),
            todo="wait for it to end",
        )

    def _sweep(self) -> None:
        """Remove what a killed import left, and cut a torn line off the log."""
        named = {
            segment.path.split("/")[0] for entry in self.entries() for segment in entry.segments
        }
        for child in self.folder.iterdir():
            if child.is_dir() and child.name not in named | {INBOX}:
                shutil.rmtree(child)
        path = self.folder / LOG
        if path.exists():
            size = len(self._committed())
            if size != path.stat().st_size:
                os.truncate(path, size)


class Draft:
    """An import that is being written."""

    def __init__(self, landing: Landing, number: int) -> None:
        self.number = number
        self._landing = landing
        self.folder = landing.folder / _STAGING
        self.folder.mkdir()
        (self.folder / "out").mkdir()

    def path(self, kind: str) -> Path:
        """Where to write the segment of a kind."""
        return self.folder / "out" / f"{kind}.parquet"

    def commit(
        self,
        *,
        at: str,
        source: str,
        report: dict[str, Any],
        rows: dict[str, int],
        known_until: str | None,
        inbox: dict[str, int] | None = None,
        accounts: dict[str, tuple[int, int, int]] | None = None,
    ) -> Entry:
        """Make the import last: after this returns it survives a power cut."""
        name = f"{self.number:06d}"
        segments = []
        for kind, count in rows.items():
            path = self.path(kind)
            _sync(path)
            segments.append(
                Segment(kind, f"{name}/{path.name}", count, path.stat().st_size, _sha256(path))
            )
        entry = Entry(
            self.number, at, source, report, segments, known_until, _VERSION, inbox or {},
            accounts or {},
        )  # fmt: skip
        _sync(self.folder / "out")
        if segments:
            (self.folder / "out").rename(self._landing.folder / name)
        _sync(self._landing.folder)
        with (self._landing.folder / LOG).open("ab") as log:
            log.write(msgspec.json.encode(entry) + b"\n")
            log.flush()
            os.fsync(log.fileno())
        _sync(self._landing.folder)
        return entry


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
