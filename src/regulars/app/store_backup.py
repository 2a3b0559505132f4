"""Backups of the book of record, and the way back, into whichever database the settings name."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.app.one_server import no_other_server
from regulars.app.store import open_store
from regulars.app.store_check import verified_as_dict, verify_all
from regulars.engines import backup
from regulars.engines.backup import BackupOf
from regulars.engines.schema import VERSION
from regulars.engines.sqlite import SqliteStore
from regulars.errors import LedgerBroken, StoreError, Where
from regulars.kernel.failpoint import reach
from regulars.ledger.verify import Verified

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.store import Connection, Store


_ASIDE = "store.sqlite.before-"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written, verified, and moved into its place."""

    file: Path
    of: BackupOf
    verified: Verified
    size: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        told = {"file": str(self.file), "bytes": self.size, **_manifest(self.of)}
        return told | verified_as_dict(self.verified)


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that took the store's place.

    Attributes:
        place: the store.
        of: what the backup says of itself.
        verified: what the store holds now.
        kept: where the old state is, if there was any; a backup in its turn.
    """

    place: str
    of: BackupOf
    verified: Verified
    kept: Path | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        told = {"store": self.place, "kept": self.kept and str(self.kept), **_manifest(self.of)}
        return told | verified_as_dict(self.verified)


def back_up(home: Home, file: Path, *, replace: bool = False) -> BackedUp:
    """Write one state of the store into a file; others may write to the store meanwhile.

    Args:
        home: of the shop.
        file: where to.
        replace: whether an earlier backup there may give way.

    Raises:
        StoreError: there is something in its place, or it cannot be written.
        LedgerBroken: the book is not right; the file is not made.
    """
    with open_store(home) as store:
        _check_place(store, file, replace=replace)
        return _written(store, file)


def restore(home: Home, file: Path, *, replace: bool = False) -> Restored:
    """Put the book of a backup into the store that the settings name.

    Until all of it is there and verified the old state stands, and it is kept as a backup of its
    own beside the store's.

    Args:
        home: of the shop, without a running server.
        file: a backup.
        replace: whether what the store holds may give way.

    Raises:
        HomeBusy: a server runs.
        StoreError: the file is no backup or of a newer version; the store holds something.
        LedgerBroken: the backup is not right; the store is as it was.
    """
    with _no_server(home), open_store(home) as store:
        _not_itself(store, file)
        _check_empty(store, replace=replace)  # told before any work; what counts is asked below
        kept: list[Path] = []
        found: list[Verified] = []

        def keep() -> None:
            if not _check_empty(store, replace=replace):
                kept.append(_kept(store, _aside(home)))

        def check(connection: Connection) -> None:
            found.append(_same(verify_all(connection), of, file))

        with _current(file) as (current, of):
            backup.take_in(store, current, keep=keep, check=check)
        return Restored(store.place, of, found[0], kept[0] if kept else None)


def _written(store: Store, file: Path) -> BackedUp:
    """A backup, written aside, verified, and moved into its place."""
    _sweep(file.absolute().parent, file.name)
    aside = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        _make_private(aside)
        of = backup.copy_out(store, aside, time.time_ns() // 1000, version("regulars"))
        reach("backup.sealed")
        with backup.opened(aside) as connection:
            verified = _same(verify_all(connection), of, file)
        size = aside.stat().st_size
        aside.replace(file)
        backup.sync(file.absolute().parent)
    except OSError as error:
        raise _cannot(file, error) from error
    finally:
        _remove(aside)
    return BackedUp(file, of, verified, size)


def _make_private(file: Path) -> None:
    """An empty file that nobody else reads, before anything stands in it."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _check_empty(store: Store, *, replace: bool) -> bool:
    """Whether the store is empty; if not, something may give way only if that was said."""
    empty = backup.is_empty(store)
    if not empty and not replace:
        raise StoreError(
            "the store holds something already",
            where=Where(file=store.place),
            todo="say --replace to put the backup in its place; what it holds is kept beside",
        )
    return empty


def _kept(store: Store, file: Path) -> Path:
    """The old state aside, whether it is right or not: that may be why it gives way."""
    _sweep(file.absolute().parent, f"{_ASIDE}*")
    aside = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        _make_private(aside)
        backup.keep_old(store, aside, time.time_ns() // 1000, version("regulars"))
        aside.replace(file)
        backup.sync(file.absolute().parent)
    except OSError as error:
        raise _cannot(file, error) from error
    finally:
        _remove(aside)
    return file


@contextmanager
def _current(file: Path) -> Iterator[tuple[Path, BackupOf]]:
    """The backup at this program's version: itself, or a copy that was migrated."""
    if not file.is_file():
        raise StoreError(
            "there is no such file", where=Where(file=str(file)), todo="name a backup's file"
        )
    with backup.opened(file) as connection:
        of = backup.backup_of(connection, file)
        if of.version == VERSION:
            verify_all(connection)
    if of.version == VERSION:
        yield file, of
        return
    copy = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        _make_private(copy)
        shutil.copyfile(file, copy)
        SqliteStore.open(copy).close()  # migrates it, or says that it is of a newer version
        yield copy, of
    except OSError as error:
        raise _cannot(copy, error) from error
    finally:
        _remove(copy)


def _no_server(home: Home) -> AbstractContextManager[object]:
    return no_other_server(
        home, busy="a server runs for this home", todo="stop it first; nothing was changed"
    )


def _same(verified: Verified, of: BackupOf, file: Path) -> Verified:
    if (verified.n, verified.hash) != (of.n, of.hash):
        raise LedgerBroken(
            f"it ends at row {verified.n} of the journal and should at {of.n}",
            where=Where(file=str(file)),
            todo="report this; the store is as it was",
        )
    return verified


def _check_place(store: Store, file: Path, *, replace: bool) -> None:
    _not_itself(store, file)
    if not file.exists():
        return
    if not replace:
        raise StoreError(
            "there is such a file already",
            where=Where(file=str(file)),
            todo="choose another name, or say --replace to put the new backup in its place",
        )
    with backup.opened(file) as connection:  # anything else than a backup stays
        backup.backup_of(connection, file)


def _not_itself(store: Store, file: Path) -> None:
    if store.dialect == "sqlite" and file.resolve() == Path(store.place).resolve():
        raise StoreError(
            "this is the store itself", where=Where(file=str(file)), todo="choose another file"
        )


def _aside(home: Home) -> Path:
    """Where the old state is kept."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return home.folder / f"{_ASIDE}{stamp}"


def _sweep(folder: Path, name: str) -> None:
    """Remove what processes that were killed have left half written."""
    for left in folder.glob(f"{name}.*.partial"):
        number = left.name.removesuffix(".partial").rpartition(".")[2]
        if number.isdecimal() and not _is_alive(int(number)):
            _remove(left)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(file: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        with suppress(OSError):
            file.with_name(file.name + end).unlink(missing_ok=True)


def _manifest(of: BackupOf) -> dict[str, Any]:
    made_at = datetime.fromtimestamp(of.made_at / 1e6, UTC)
    return {
        "made_at": made_at,
        "regulars": of.regulars,
        "version": of.version,
        "dialect": of.dialect,
        "book": of.book,
    }


def _cannot(file: Path, error: OSError) -> StoreError:
    return StoreError(
        f"it cannot be written ({error.strerror or error})",
        where=Where(file=str(file)),
        todo="check the path, its permissions and the room there; the store is as it was",
    )
