"""Two real transactions on PostgreSQL, driven statement by statement through every interleaving.

Each actor runs in a thread and stops before each statement that it sends, and before its commit.
The schedule says who goes on. One whose statement waits for the other's lock (PostgreSQL says so:
`pg_blocking_pids`) cannot be scheduled until the other lets go. All schedules are tried, depth
first: a run follows the choices of the one before up to the last that had another way to go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import sqlalchemy as sa

from regulars.engines.postgres import PostgresStore

_LOOKS_EVERY = 0.002
_TOO_MANY = 3_000
_PING = ";"
"""What the pool sends to see whether the server is there."""


class Deadlock(AssertionError):
    """Both wait for each other."""


class Actor:
    """One transaction's thread."""

    def __init__(self, name: str, store: PostgresStore) -> None:
        self.name = name
        self._store = store
        self._arrived = threading.Event()
        self._go = threading.Semaphore(0)
        self._pid = 0
        self.done = False
        self.blocked = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.log: list[str] = []

    def begin(self, work: Callable[[sa.Connection], Any]) -> None:
        """Start, up to the first statement."""
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def stop(self, statement: str, pid: int) -> None:
        """Called on the actor's thread before each statement: wait to be scheduled."""
        self._pid = pid
        self.log.append(statement)
        self._arrived.set()
        self._go.acquire()

    def step(self) -> None:
        """Let it send its statement."""
        self._arrived.clear()
        self._go.release()

    def settle(self, observer: psycopg.Connection[Any]) -> None:
        """Wait until it stands at its next statement, is done, or waits for a lock."""
        self.blocked = False
        while not self._arrived.wait(_LOOKS_EVERY):
            if self._pid:
                found = observer.execute("SELECT pg_blocking_pids(%s)", [self._pid]).fetchone()
                if found is not None and found[0] and not self._arrived.is_set():
                    self.blocked = True
                    return

    def _run(self, work: Callable[[sa.Connection], Any]) -> None:
        _ACTORS[threading.get_ident()] = self
        try:
            with self._store.write() as connection:
                self.result = work(connection)
        except BaseException as error:
            self.error = error
        finally:
            del _ACTORS[threading.get_ident()]
            self.done = True
            self._arrived.set()


_ACTORS: dict[int, Actor] = {}


class _SteppedCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *args: Any, **named: Any) -> Any:
        actor = _ACTORS.get(threading.get_ident())
        if actor is not None and query != _PING:
            actor.stop(str(query)[:60], self.connection.info.backend_pid)
        return super().execute(query, *args, **named)


def stepped(store: PostgresStore) -> PostgresStore:
    """The store, whose statements stop where an actor sends them."""

    def connected(connection: Any, _record: Any) -> None:
        connection.cursor_factory = _SteppedCursor

    def committing(connection: sa.Connection) -> None:
        actor = _ACTORS.get(threading.get_ident())
        if actor is not None:
            raw: Any = connection.connection.dbapi_connection
            actor.stop("COMMIT", raw.info.backend_pid)

    store._engine.dispose()  # those that are open have cursors of the usual kind
    sa.event.listen(store._engine, "connect", connected)
    sa.event.listen(store._engine, "commit", committing)
    return store


def run_schedule(
    actors: list[Actor], observer: psycopg.Connection[Any], prefix: list[int]
) -> list[tuple[int, list[int]]]:
    """Run to the end, the first choices as told; each choice, and those that there were, come back.

    Raises:
        Deadlock: nobody can go on.
    """
    trace: list[tuple[int, list[int]]] = []
    last = actors[0]
    while True:
        # Who went on comes first: whether the other still waits is seen once that is done.
        for actor in sorted(actors, key=lambda actor: actor is not last):
            if not actor.done:
                actor.settle(observer)
        ready = [k for k, actor in enumerate(actors) if not actor.done and not actor.blocked]
        if not ready:
            if all(actor.done for actor in actors):
                return trace
            raise Deadlock([actor.log for actor in actors])
        choice = prefix[len(trace)] if len(trace) < len(prefix) else ready[0]
        trace.append((choice, ready))
        last = actors[choice]
        last.step()


def every_schedule(run: Callable[[list[int]], list[tuple[int, list[int]]]]) -> Iterator[list[int]]:
    """Run every schedule; each that was run comes back.

    Args:
        run: runs one that begins with these choices, on a fresh ground, and gives its trace.
    """
    prefix: list[int] = []
    for _ in range(_TOO_MANY):
        trace = run(prefix)
        yield [choice for choice, _ in trace]
        while trace:
            choice, ready = trace.pop()
            later = [one for one in ready if one > choice]
            if later:
                prefix = [chosen for chosen, _ in trace] + [later[0]]
                break
        else:
            return
    raise AssertionError(f"more than {_TOO_MANY:,} schedules: does nobody take the lane?")
