"""A session with the owner of a warehouse: the same methods, the work done beside it.

`regulars serve` leaves `run/owner.json` in the home. SQL and Arrow go over the owner's socket; what
is done with the answers stays in this process. So each verb prints the same beside a server as
without.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Any

import pyarrow as pa

from regulars.engines import wire
from regulars.engines.duckdb import Warehouse, WarehouseError
from regulars.engines.served import is_served, owner_of
from regulars.errors import HomeBusy, RegularsError, Where

_STARTS_WITHIN = 30.0
_KINDS: dict[str, type[RegularsError]] = {
    one.code: one for one in (WarehouseError, HomeBusy, RegularsError)
}
_lent: set[Path] = set()


def connect(path: Path) -> RemoteWarehouse | None:
    """A session with the owner of the warehouse's file; None where there is none.

    Raises:
        HomeBusy: the owner is of another version, or has lent the file.
    """
    found = owner_of(path.parent)
    if found is None or found.file != path.name or found.pid == os.getpid():
        return None
    if path.absolute() in _lent:
        return None
    try:
        return RemoteWarehouse(_opened(found.warehouse), found.warehouse)
    except (OSError, wire.Gone):
        return None


def starting(path: Path) -> RemoteWarehouse | None:
    """A session with an owner that is just starting; None where there is no server."""
    end = time.monotonic() + _STARTS_WITHIN
    while path.absolute() not in _lent and is_served(path.parent) and time.monotonic() < end:
        if (found := connect(path)) is not None:
            return found
        time.sleep(0.05)
    return None


@contextmanager
def lent(path: Path) -> Iterator[bool]:
    """The warehouse's file, let go of by its owner, so that it can be replaced.

    Meanwhile the owner takes nothing in and answers nothing; what is sent to the shop waits in the
    inbox. Whether there is an owner comes back; where there is none, nothing is done.

    Raises:
        HomeBusy: another program is using the warehouse through its owner.
    """
    session = connect(path)
    if session is None:
        yield False
        return
    with session:
        session.ask({"op": "lend"})
        _lent.add(path.absolute())
        try:
            yield True
        finally:
            _lent.discard(path.absolute())
            with suppress(WarehouseError):  # an owner that died opens it anew by itself
                session.ask({"op": "return"})


def _opened(path: str) -> wire.Wire:
    connection = socket(AF_UNIX, SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return wire.Wire(connection)


class RemoteWarehouse(Warehouse):
    """A session with the owner; what it changes outside of a transaction lasts at once."""

    def __init__(self, connection: wire.Wire, address: str) -> None:
        self._wire = connection
        self._address = address
        self._gone = False
        self._asking = threading.Lock()
        # Frames are read by a thread of their own: Ctrl-C must not tear one in two.
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="warehouse")
        try:
            told = self.ask({"op": "hello", "version": wire.VERSION})
        except BaseException:
            self.close()
            raise
        if told["version"] != wire.VERSION:
            self.close()
            raise HomeBusy(
                "the server was started by another version of Regulars",
                todo="start `regulars serve` anew",
            )

    @property
    def is_open(self) -> bool:
        """Whether the owner is still there."""
        if self._gone:
            return False
        with suppress(RegularsError):
            self.ask({"op": "hello", "version": wire.VERSION})
        return not self._gone

    @property
    def is_served(self) -> bool:
        """Whether a server owns it."""
        return True

    def close(self) -> None:
        """End the session; what was not committed is undone."""
        self._gone = True
        self._wire.close()
        self._reading.shutdown(wait=True)

    def interrupt(self) -> None:
        """Let the statement that another thread runs here end with `KeyboardInterrupt`."""
        with suppress(wire.Gone):
            self._wire.send(wire.LEAVE_OFF)

    def cursor(self) -> Warehouse:
        """A further session."""
        return RemoteWarehouse(_opened(self._address), self._address)

    def ask(
        self, head: Mapping[str, Any], table: pa.Table | pa.RecordBatchReader | None = None
    ) -> dict[str, Any]:
        """The owner's answer to a request; its errors are raised here.

        Raises:
            WarehouseError: the owner went away.
        """
        with self._asking:
            if self._gone:
                raise _went_away()
            told = self._waited(self._reading.submit(self._exchange, head, table))
        if (error := told.get("error")) is not None:
            raise wire.error_of(error, _KINDS)
        return told

    def _waited(self, answer: Future[dict[str, Any]]) -> dict[str, Any]:
        try:
            return answer.result()
        except wire.Gone as error:
            self._gone = True
            self._wire.close()
            raise _went_away() from error
        except KeyboardInterrupt:
            # The owner leaves off and says so; then both ends are in step again.
            self.interrupt()
            try:
                answer.result()
            except BaseException:
                self._gone = True
                self._wire.close()
            raise

    def _exchange(
        self, head: Mapping[str, Any], table: pa.Table | pa.RecordBatchReader | None
    ) -> dict[str, Any]:
        self._wire.say(head)
        if table is not None:
            try:
                wire.send_arrow(self._wire, table)
                self._wire.send(wire.END)
            except wire.Gone:
                raise
            except BaseException as error:  # of the reader that gives the batches
                self._wire.send(wire.END, wire.encode_error(error))
                self._wire.receive()
                raise
        _, payload = self._wire.receive()
        told = wire.decode(payload)
        if told.get("stream"):
            incoming = wire.Incoming(self._wire.receive)
            try:
                told["table"] = incoming.reader().read_all()
            except (pa.ArrowException, OSError):
                if incoming.broken is not None:
                    raise incoming.broken from None
                if not incoming.drain():
                    raise
            if end := incoming.drain():
                return {"error": wire.decode(end)}
        return told

    def execute(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run a statement for its effect; values are bound, never pasted."""
        self.ask({"op": "execute", "sql": statement, "values": wire.pack_values(values)})

    def sql(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """The result of a query as an Arrow table."""
        told = self.ask({"op": "sql", "sql": query, "values": wire.pack_values(values)})
        return told["table"]

    def stream(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = (), rows: int = 100_000
    ) -> pa.RecordBatchReader:
        """The result of a query batch by batch."""
        return self.sql(query, values).to_reader(rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing of it; other sessions' wait for their turn."""
        try:  # a turn that was waited for in vain may have come after all
            self.ask({"op": "begin"})
            yield
            self.ask({"op": "commit"})
        except BaseException:
            with suppress(WarehouseError):  # the first error is the one to tell
                self.ask({"op": "rollback"})
            raise

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Tables made inside hide those of the same name, and are gone at the end."""
        with self._between("aside", "aside_end"):
            yield

    @contextmanager
    def settled(self) -> Iterator[bool]:
        """While it lasts, the server takes nothing in; landing has all that it took before."""
        with self._between("settled", "settled_end"):
            yield True

    @contextmanager
    def _between(self, first: str, last: str) -> Iterator[None]:
        try:
            self.ask({"op": first})
            yield
        except BaseException:
            with suppress(WarehouseError):
                self.ask({"op": last})
            raise
        self.ask({"op": last})

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Nothing: the owner's memory is not this session's to give."""
        yield

    def load(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Put an Arrow table into the warehouse under the name, in place of what was there."""
        self.ask({"op": "load", "name": name}, table)

    def append(self, name: str, table: pa.Table) -> None:
        """Add the rows of an Arrow table to a table of the warehouse with the same columns."""
        self.ask({"op": "append", "name": name}, table)

    def register(self, name: str, table: pa.Table) -> None:
        """Let queries of this session see an Arrow table under the name."""
        self.ask({"op": "register", "name": name}, table)

    def unregister(self, name: str) -> None:
        """Take back what `register` lent."""
        self.ask({"op": "unregister", "name": name})

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""
        return bool(self.ask({"op": "has", "name": name})["has"])

    def tables(self) -> list[str]:
        """The names of all tables, sorted."""
        return [str(one) for one in self.ask({"op": "tables"})["tables"]]


def _went_away() -> WarehouseError:
    return WarehouseError(
        "the server that owns the warehouse went away",
        where=Where(),
        todo="run this again; what was not finished has been undone",
    )
