"""One session: another process's use of the owner's warehouse, with a connection of its own.

Two threads serve it. One reads what comes and, where the other end leaves off or goes away,
interrupts the statement that runs; the other does one request after the other. When a session ends,
however it ends, its transaction is undone and what it held is let go of.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any

from regulars.engines import wire
from regulars.engines.duckdb import WarehouseError, failed
from regulars.errors import HomeBusy, RegularsError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from regulars.edges.serve.sessions import Sessions
    from regulars.engines.duckdb import Warehouse

_WAIT = 0.05
_AHEAD = 64
"""Frames read ahead of the work."""
_PATIENCE = 10.0
"""Seconds that lending the file waits for a session to finish what it does."""


class Session:
    """One other process's use of the warehouse."""

    def __init__(self, sessions: Sessions, connection: wire.Wire) -> None:
        self._sessions = sessions
        self._wire = connection
        self._requests: Queue[tuple[bytes, bytes] | None] = Queue(_AHEAD)
        self._busy = threading.RLock()
        """Held while a request is done, and by who parks the session."""
        self._gone = threading.Event()
        self._asked = 0
        self._answered = 0
        self._left_off = 0
        """The number of the latest request that is not to be gone on with."""
        self._is_over = False
        self._progress = threading.Condition()
        self._cursor: Warehouse | None = None
        self._registered: set[str] = set()
        self._held: dict[str, ExitStack] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._worker = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin to read and to work."""
        self._worker.start()
        self._reader.start()

    def end(self) -> None:
        """Break off what it does and end it."""
        self._wire.close()

    def join(self, timeout: float = 30) -> None:
        """Wait until it is over."""
        self._worker.join(timeout)

    # The reading thread.

    def _read(self) -> None:
        try:
            while True:
                kind, payload = self._wire.receive()
                if kind == wire.LEAVE_OFF:
                    self._leave_off()
                else:
                    self._asked += kind == wire.HEAD
                    self._queue((kind, payload))
        except wire.Gone:
            self._gone.set()
            self._leave_off()
            self._queue(None)

    def _queue(self, frame: tuple[bytes, bytes] | None) -> None:
        while self._worker.is_alive():
            with suppress(Full):
                self._requests.put(frame, timeout=1)
                return

    def _leave_off(self) -> None:
        """Interrupt the request under way until it has ended; it may not have begun yet."""
        number = self._left_off = self._asked

        def interrupt() -> None:
            with self._progress:
                while not self._progress.wait_for(
                    lambda: self._is_over or self._answered >= number, _WAIT
                ):
                    if (cursor := self._cursor) is not None:
                        cursor.interrupt()

        # Beside the reader, which goes on with the pieces of a table that is under way.
        threading.Thread(target=interrupt, daemon=True).start()

    @property
    def _is_stopped(self) -> bool:
        return self._left_off > self._answered or self._gone.is_set()

    # The working thread.

    def _work(self) -> None:
        try:
            while not self._gone.is_set() and (frame := self._requests.get()) is not None:
                try:
                    self._answer(frame)
                finally:
                    with self._progress:
                        self._answered += 1
                        self._progress.notify_all()
        except wire.Gone:
            pass
        finally:
            with self._progress:
                self._is_over = True
                self._progress.notify_all()
            self._let_go()
            self._wire.close()
            self._sessions.ended(self)

    def _let_go(self) -> None:
        with self._busy:
            for name in ("transaction", "aside", "settled", "lend"):
                if (stack := self._held.pop(name, None)) is not None:
                    with suppress(RegularsError):
                        stack.close()
            if self._cursor is not None:
                self._cursor.close()

    def _answer(self, frame: tuple[bytes, bytes]) -> None:
        if frame[0] != wire.HEAD:
            raise wire.Gone("this is no request")
        head = wire.decode(frame[1])
        op = str(head.pop("op", ""))
        incoming = None
        try:
            self._mind()
            with self._busy:
                if op in ("load", "append", "register"):
                    incoming = wire.Incoming(self._next)
                    self._take(op, head["name"], incoming)
                    told = {}
                elif op == "sql":
                    self._query(head)
                    return
                else:
                    told = getattr(self, f"_do_{op}")(**head)
        except (wire.Gone, SystemExit):
            raise
        except BaseException as error:
            if incoming is not None:
                incoming.drain()
            self._wire.say({"error": wire.told_error(self._plain(error))})
            return
        self._wire.say(told or {})

    def _plain(self, error: BaseException) -> BaseException:
        if isinstance(error, RegularsError | KeyboardInterrupt):
            return error
        if self._is_stopped or "interrupted" in str(error).lower():
            return KeyboardInterrupt()
        return failed(error)

    def _next(self) -> tuple[bytes, bytes]:
        while True:
            with suppress(Empty):
                frame = self._requests.get(timeout=_WAIT)
                if frame is not None:
                    return frame
            if self._gone.is_set():
                raise wire.Gone("closed")

    @property
    def warehouse(self) -> Warehouse:
        """The session's connection, opened on first use."""
        if "lend" in self._held:
            raise HomeBusy("the warehouse has been lent to you", todo="open its file")
        if self._cursor is None:
            self._cursor = self._sessions.host.cursor()
        return self._cursor

    def _take(self, op: str, name: str, incoming: wire.Incoming) -> None:
        table = incoming.reader()
        warehouse = self.warehouse
        if op == "register":
            warehouse.register(name, table.read_all())
            self._registered.add(name)
        else:
            with self._pen():
                (warehouse.load if op == "load" else warehouse.append)(name, table)
        if end := incoming.drain():
            raise WarehouseError(wire.decode(end).get("message", "the table broke off"))

    def _query(self, head: dict[str, Any]) -> None:
        """A result in pieces as it is found; an error that comes late ends the stream."""
        rows = self.warehouse.stream(head["sql"], wire.unpack_values(head["values"]))
        self._wire.say({"stream": True})
        try:
            wire.send_arrow(self._wire, rows, self._mind)
        except wire.Gone:
            raise
        except BaseException as error:
            self._wire.send(wire.END, wire.encode_error(self._plain(error)))
        else:
            self._wire.send(wire.END)
        finally:
            rows.close()

    def _mind(self) -> None:
        if self._is_stopped:
            raise KeyboardInterrupt

    @contextmanager
    def _pen(self) -> Iterator[None]:
        """Hold the pen, once it is free."""
        while not self._sessions.pen.acquire(timeout=_WAIT):
            self._mind()
        try:
            yield
        finally:
            self._sessions.pen.release()

    def _do_hello(self, version: int) -> dict[str, Any]:
        del version
        return {"version": wire.VERSION, "pid": os.getpid()}

    def _do_execute(self, sql: str, values: Any) -> None:
        bound = wire.unpack_values(values)
        try:
            self.warehouse.execute(sql, bound)
        except WarehouseError as error:
            # By itself it was undone as a whole: it comes after the other's transaction.
            if "transaction" in self._held or "conflict" not in str(error).lower():
                raise
            with self._pen():
                self.warehouse.execute(sql, bound)

    def _do_unregister(self, name: str) -> None:
        self.warehouse.unregister(name)
        self._registered.discard(name)

    def _do_has(self, name: str) -> dict[str, Any]:
        return {"has": self.warehouse.has(name)}

    def _do_tables(self) -> dict[str, Any]:
        return {"tables": self.warehouse.tables()}

    def _begin(self, name: str, *contexts: AbstractContextManager[None]) -> None:
        if name in self._held:
            raise WarehouseError(f"a session has one {name} at a time")
        with ExitStack() as stack:
            for context in contexts:
                stack.enter_context(context)
            self._held[name] = stack.pop_all()

    def _end(self, name: str) -> None:
        if (stack := self._held.pop(name, None)) is None:
            raise WarehouseError(f"the session has no {name} to end")
        stack.close()

    def _do_begin(self) -> None:
        self._begin("transaction", self._pen(), self._undone_unless_committed())

    @contextmanager
    def _undone_unless_committed(self) -> Iterator[None]:
        warehouse = self.warehouse
        warehouse.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(WarehouseError):  # where it was committed there is nothing to undo
                warehouse.execute("ROLLBACK")

    def _do_commit(self) -> None:
        if "transaction" not in self._held:
            raise WarehouseError("the session has no transaction to end")
        self.warehouse.execute("COMMIT")
        self._end("transaction")

    def _do_rollback(self) -> None:
        self._end("transaction")

    def _do_aside(self) -> None:
        self._begin("aside", self.warehouse.aside())

    def _do_aside_end(self) -> None:
        self._end("aside")

    def _do_settled(self) -> None:
        self._begin("settled", self._pen(), self._sessions.host.settled(lambda: self._is_stopped))

    def _do_settled_end(self) -> None:
        self._end("settled")

    def _do_lend(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None
        alone = self._sessions.alone(self)
        self._begin("lend", self._pen(), self._sessions.host.lend(alone, lambda: self._is_stopped))

    def _do_return(self) -> None:
        self._end("lend")

    # For who wants the file for itself.

    def park(self) -> None:
        """Let go of the connection between two requests; the next one opens another.

        Raises:
            HomeBusy: it has begun something that would be lost.
        """
        if not self._busy.acquire(timeout=_PATIENCE):
            raise _in_use()
        try:
            if self._registered or self._held or self._has_own_tables():
                raise _in_use()
            if self._cursor is not None:
                self._cursor.close()
                self._cursor = None
        finally:
            self._busy.release()

    def _has_own_tables(self) -> bool:
        if self._cursor is None:
            return False
        found = self._cursor.sql("SELECT count(*) AS n FROM duckdb_tables() WHERE temporary")
        return bool(found["n"][0].as_py())


def _in_use() -> HomeBusy:
    return HomeBusy(
        "another program is using the warehouse through its server",
        todo="wait for it to end, or stop it",
    )
