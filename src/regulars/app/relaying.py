"""What the store did enters again at intake: rows of its journal that tell events, into the inbox.

    1. read      rows behind the cursor that tell events
    2. append    to the inbox, synced
    3. move      the cursor, in the store

Killed between 2 and 3, the same is told again, and intake knows it by its ids. So two relays at
once are no harm either. Rows that are passed on stay in the journal: the cursor is all that moves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from regulars.benefit.expiry import told_of_expiry
from regulars.engines.store import Connection, Store
from regulars.engines.store_relay import RelayRows
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault
from regulars.kernel.closing import Closing
from regulars.kernel.failpoint import reach
from regulars.ledger.relay import requests_of

Write = Callable[[Callable[[Connection], object]], object]

NAME = "landing"
"""Of the cursor."""
MOST_AT_ONCE = 1000
"""Rows of the journal in one pass."""

_LOOK = 0.5
"""Seconds after which the journal is looked at though nobody said that it has grown."""
_PAUSE = 0.1
"""Seconds between two passes: each costs two syncs, which many rows share."""
_LONGEST_PAUSE = 10.0
_IDLE = 15.0
"""Seconds after which a file of the inbox is closed, so that it can be settled…"""
_OLDEST = 300.0
"""…and those after which one that is still written is."""


class Relay:
    """Passes the journal on.

    Args:
        store: whose journal.
        inbox: of the same home.
        most: rows of the journal in one pass.
        write: does something in a transaction; a ledger's `beside`, where there is one in this
            process, so that its writer does not wait for another connection's lock.
    """

    def __init__(
        self,
        store: Store,
        inbox: InboxWriter,
        *,
        most: int = MOST_AT_ONCE,
        write: Write | None = None,
    ) -> None:
        self._store, self._inbox, self._most = store, inbox, most
        self._write = write or self._alone

    def relay_once(self) -> int:
        """Pass some rows on; how many, whether they told anything or not. 0: none waited.

        Raises:
            StoreError: the store does not answer.
            InboxFull: the inbox cannot be written; the cursor stands where it stood.
        """
        with self._store.read() as connection:
            rows = RelayRows(connection)
            after, last = rows.cursor(NAME), rows.book()[1]
        upto = min(last, after + self._most)
        if upto <= after:
            return 0
        self._append(after, upto)
        self._write(lambda connection: RelayRows(connection).move(NAME, upto))
        reach("relay.moved")
        return upto - after

    def relay_all(self) -> int:
        """Pass on all that waits; how many rows."""
        total = 0
        while count := self.relay_once():
            total += count
        return total

    def relay_again(self) -> int:
        """Pass on once more all that was: how many rows.

        For a landing that was restored from an older copy; what it has already stays as it is.
        """
        with self._store.read() as connection:
            end = RelayRows(connection).cursor(NAME)
        for after in range(0, end, self._most):
            self._append(after, min(end, after + self._most))
        return end

    def _alone(self, do: Callable[[Connection], object]) -> None:
        with self._store.write() as connection:
            do(connection)

    def _append(self, after: int, upto: int) -> None:
        with self._store.read() as connection:
            rows = RelayRows(connection)
            book, telling = rows.book()[0], rows.telling(after, upto)
        for requests in requests_of(book, telling, told_of_expiry):
            self._inbox.append(requests)
            reach("relay.appended")


class Relaying(Closing):
    """A relay beside a ledger, on a thread of its own, for as long as a server runs.

    Args:
        store: whose journal; it stays the caller's to close, after this.
        inbox: the folder of the inbox.
        keys: the folder of the vault.
        limit: bytes in the inbox above which the journal waits: it loses nothing by that.
        failed: told when a pass fails, once until one succeeds.
        write: as of `Relay`.
    """

    def __init__(
        self,
        store: Store,
        inbox: Path,
        keys: Path,
        *,
        limit: int,
        failed: Callable[[Exception], None] = lambda _: None,
        write: Write | None = None,
    ) -> None:
        self._store, self._folder, self._keys, self._limit = store, inbox, keys, limit
        self._failed = failed
        self._write = write
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._path: Path | None = None
        self._size = 0
        self._begun_at = self._written_at = 0.0
        self.failing: Exception | None = None
        """Why the last pass failed, if it did."""
        self.passed = 0
        """Rows of the journal, since the start."""
        self._thread = threading.Thread(target=self._go_on, name="relay", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """The journal has grown: for `Ledger.on_commit`."""
        self._woken.set()

    def close(self) -> None:
        """Pass on what waits, if that can be done, and end."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def _go_on(self) -> None:
        pause = _PAUSE
        while True:
            try:
                # Here, since the connections to the keys stay with the thread that made them.
                with Vault.open(self._keys) as vault, InboxWriter(self._folder, vault) as writer:
                    while not self._stopping.is_set():
                        self._pass(writer)
                        pause = _PAUSE
                        self._woken.wait(_LOOK)
                        self._woken.clear()
                        self._stopping.wait(_PAUSE)
                    self._pass(writer)
                    return
            except Exception as error:
                if self.failing is None:
                    self._failed(error)
                self.failing = error
            pause = min(2 * pause, _LONGEST_PAUSE)
            if self._stopping.wait(pause):
                return

    def _pass(self, writer: InboxWriter) -> None:
        relay = Relay(self._store, writer, write=self._write)
        while self._has_room():
            count = relay.relay_once()
            self.passed += count
            if not count:
                break
        self.failing = None
        self._tend(writer)

    def _tend(self, writer: InboxWriter) -> None:
        """Let go of a file that is idle or old: only closed ones are settled and gone."""
        now = time.monotonic()
        if writer.path is None:
            return
        if writer.path != self._path:
            self._path, self._begun_at = writer.path, now
        if writer.size != self._size:
            self._size, self._written_at = writer.size, now
        if now - self._written_at > _IDLE or now - self._begun_at > _OLDEST:
            writer.close()

    def _has_room(self) -> bool:
        size = 0
        with suppress(FileNotFoundError):
            for file in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    size += file.stat().st_size
        return size <= self._limit
