"""From the inbox into the warehouse: once, exactly, and all of a batch or nothing.

One transaction brings rows, numbers, links, accounts, what waits to be settled and the mark up to
which each file of the inbox has been read. Killed before it, the same frames are read again and
give the same; killed after it, they are not read again. Only two things are written before it: new
numbers of customers, which then simply hold (`ids_log`), and keys of the vault.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.errors import UnknownValue
from regulars.intake.connection import Connection, Connections
from regulars.intake.events import after_sales, ledger, poison, table
from regulars.intake.events.adopt import adopt
from regulars.intake.events.batch import Absorbed, Batch, Read
from regulars.intake.events.compaction import compact
from regulars.intake.events.met import Met
from regulars.intake.events.numbers import LiveNumbers
from regulars.intake.events.who import Who
from regulars.intake.inbox.frame import MAGIC, Received
from regulars.intake.inbox.reader import Inbox
from regulars.intake.landing import INBOX, Landing
from regulars.intake.vault import Vault
from regulars.settings import Settings

if TYPE_CHECKING:
    from regulars.intake.events.settle import Settled

AT_ONCE = 16 << 20
"""Bytes of the inbox that are absorbed together, if not told otherwise."""

_MOST_AT_ONCE = 48 << 20
"""The same where much waits."""

_LOG = "256MB"
"""Of the warehouse's own log, before it is written out."""

MOST_UNSETTLED = 2_000_000
"""Rows after which settling does not wait for its time."""


class Absorber:
    """Brings what the inbox and landing hold into the warehouse, and settles it.

    One object for a warehouse. `absorb` and `settle` are for one thread at a time, `compact` may
    run in another.

    Args:
        warehouse: that this process owns.
        landing: of the same home.
        vault: of the same home.
        settings: of the shop.
    """

    def __init__(
        self, warehouse: Warehouse, landing: Landing, vault: Vault, settings: Settings
    ) -> None:
        self.warehouse, self.landing, self.vault = warehouse, landing, vault
        self.settings = settings
        self.inbox = Inbox(landing.folder / INBOX, vault)
        self.waiting = ledger.Waiting(warehouse, vault)
        self._cache = landing.folder.parent / "cache"
        self._connections = Connections(landing.folder.parent / "keys")
        self.who = Who(vault)
        """Whose messages are."""
        self._work = threading.RLock()
        self._catalogue = threading.RLock()
        self._dead_ends: dict[str, int] = {}
        self.log_stamp: tuple[int, int] | None = None
        """Of landing's log, when all of its entries were in the tables."""
        self._met: Met | None = None
        self._numbers: LiveNumbers | None = None
        # Each batch is large: written to the log and, each time, into the file as well, it would
        # be written twice.
        warehouse.execute(f"SET wal_autocheckpoint = '{_LOG}'")
        with self._catalogue:
            table.prepare(warehouse)
            ledger.prepare(warehouse)
            table.make_view(warehouse)
            after_sales.make_view(warehouse)
        self._marks = ledger.marks(warehouse)

    @property
    def met(self) -> Met:
        """The messages met so far."""
        if self._met is None:
            with self._catalogue:  # a row that moves from part to part meanwhile would be missed
                now = ledger.state(self.warehouse)
                self._met = Met(self.warehouse, self._cache, now.generation, now.seq)
        return self._met

    @property
    def numbers(self) -> LiveNumbers:
        """The numbers of ids."""
        if self._numbers is None:
            self._numbers = LiveNumbers(self.warehouse, self.landing, self._cache)
        return self._numbers

    @property
    def has_numbers(self) -> bool:
        """Whether the numbers of ids have been read."""
        return self._numbers is not None

    def forget_met(self) -> None:
        """What is known of messages met is read anew from the tables."""
        self._met = None

    def backlog(self) -> int:
        """Bytes of the inbox that are not absorbed, but for torn ends, which never will be."""
        total = 0
        for name, size in self._sizes():
            behind = self._marks.get(name, len(MAGIC))
            if size > behind and self._dead_ends.get(name) != size:
                total += size - behind
        return total

    def _sizes(self) -> list[tuple[str, int]]:
        try:
            with os.scandir(self.inbox.folder) as found:
                return sorted(
                    (one.name, one.stat().st_size) for one in found if one.name.endswith(".log")
                )
        except FileNotFoundError:
            return []

    def absorb(self, limit: int = AT_ONCE) -> Absorbed:
        """Absorb what waits in the inbox, about so many bytes of it.

        Raises:
            HomeBusy: a file is being imported; what came in waits for its end.
            LandingDamaged: the inbox does not read.
            InboxFull: new numbers cannot be written.
            WarehouseError: the warehouse cannot be written; nothing has happened.
        """
        with self._work:
            if not self.backlog():
                return Absorbed()
            with self.landing.turn():
                self.adopt()  # first: an entry tells how far the inbox is settled
                self._marks = ledger.marks(self.warehouse)
                # What all of a batch costs is shared by more when much waits.
                behind = self.backlog()
                read = self._read(max(limit, min(behind // 4, _MOST_AT_ONCE)))
                if not read.requests:
                    self._note_dead_ends()
                    return Absorbed()
                try:
                    with _uncollected():
                        done = self._take(read)
                except BaseException:
                    # It may have been committed or not: what stands in the tables tells.
                    self.forget_met()
                    raise
            if self.unsettled() > MOST_UNSETTLED:
                self.settle()
            return done

    def _take(self, read: Read) -> Absorbed:
        """Take it into the tables; what is poison is refused, and the others go on."""
        try:
            return Batch(self, read).take()
        except Exception as error:
            if not poison.is_ours(error):
                raise
            self.forget_met()
            self._rehearse([_harmless(read.requests[0])], ["control"])
            bad = poison.poisonous(
                range(len(read.requests)),
                lambda some: self._rehearse(
                    [read.requests[one] for one in some], [read.places[one] for one in some]
                ),
            )
            if not bad:
                raise
        requests = list(read.requests)
        for one in bad:
            requests[one] = msgspec.structs.replace(requests[one], route=poison.ROUTE)
        return Batch(self, replace(read, requests=requests)).take()

    def _rehearse(self, requests: list[Received], places: list[str]) -> None:
        """Take it into the tables, and roll that back."""
        try:
            with suppress(poison.Rehearsed):
                Batch(self, Read(requests, places, {}, 0)).take(rehearse=True)
        finally:
            self.forget_met()

    def unsettled(self) -> int:
        """Rows that are in the warehouse and in the inbox, but in no segment yet."""
        found = self.warehouse.sql("SELECT sum(past - first)::BIGINT AS n FROM events_unsettled")
        return int(found["n"][0].as_py() or 0)

    def _read(self, limit: int) -> Read:
        read = Read([], [], {}, 0)
        size = 0
        behind = [
            name for name, there in self._sizes()
            if there > self._marks.get(name, 0) and self._dead_ends.get(name) != there
        ]  # fmt: skip
        share = max(1, limit // max(1, len(behind)))
        for name in behind:
            path, begun = self.inbox.folder / name, size
            read.ends[name] = self._marks.get(name, 0)
            for frame in self.inbox.read(path, read.ends[name]):
                read.requests.extend(frame.received)
                read.places.extend(
                    f"{name}:{frame.offset}:{nth}" for nth in range(len(frame.received))
                )
                size += frame.end - frame.offset
                read.ends[name] = frame.end
                if size - begun >= share:
                    break
        return Read(read.requests, read.places, read.ends, size)

    def _note_dead_ends(self) -> None:
        """What is left of files that hold no whole frame any more is looked at when they grow."""
        for name, size in self._sizes():
            if size > self._marks.get(name, 0):
                self._dead_ends[name] = size

    def moved(self, ends: dict[str, int]) -> None:
        """The marks stand there, by a commit."""
        self._marks.update(ends)

    def forget(self, names: Sequence[str]) -> None:
        """Files that are gone."""
        for name in names:
            self._marks.pop(name, None)
            self._dead_ends.pop(name, None)

    @property
    def marks(self) -> dict[str, int]:
        """Up to where each file is absorbed."""
        return dict(self._marks)

    def platform_of(self, name: str) -> Connection:
        """The connection that a request came through, even if it has been taken away since."""
        try:
            return self._connections.by_name(name)
        except UnknownValue:
            platform = ledger.platforms(self.warehouse).get(name, "shop")
            return Connection(name, "events", platform, (), "")

    def adopt(self, *, own: int = 0) -> None:
        """Bring entries of landing's log into the tables that are not in them yet."""
        adopt(self, own=own)

    def append(self, rows: pa.Table) -> None:
        """Add rows to the tail, in a transaction; a full tail makes way for a new one."""
        with self._catalogue:
            (tail,) = (name for name, state, _ in table.parts(self.warehouse) if state == "tail")
            self.warehouse.append(tail, rows)
            self.warehouse.execute(
                f"UPDATE {table.PARTS} SET rows = rows + ? WHERE name = ?", [rows.num_rows, tail]
            )
            full = self.warehouse.sql(f"SELECT rows FROM {table.PARTS} WHERE name = ?", [tail])
            if full["rows"][0].as_py() >= table.ROTATE:
                table.begin_tail(self.warehouse)

    @property
    def catalogue(self) -> threading.RLock:
        """Held from a change of the parts to its commit."""
        return self._catalogue

    def settle(self) -> Settled:
        """Put what has been absorbed into landing, and let go of what the inbox need not hold.

        Raises:
            HomeBusy: a file is being imported.
        """
        from regulars.intake.events.settle import settle

        with self._work:
            return settle(self)

    def compact(self, *, all_of_it: bool = False) -> bool:
        """Do one unit of sorting or merging; whether there was any. May run in another thread."""
        with self.warehouse.cursor() as cursor:
            if compact(cursor, lambda: self._catalogue, all_of_it=all_of_it):
                return True
        met, numbers = self._met, self._numbers
        return bool((met and met.sums.merge()) or (numbers and numbers.merge()))


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles while a batch is in memory: there are none, and it is many objects."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _harmless(like: Received) -> Received:
    """A request that breaks nothing unless everything is broken; it is nobody's."""
    body = b'{"userId":"undefined","event":"Control","messageId":"control"}'
    return Received(like.connection, "track", like.at, body)
