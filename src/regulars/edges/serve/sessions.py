"""Sessions: other processes' use of the owner's warehouse, through a Unix socket.

One session at a time changes tables in a transaction (it has the *pen*); others wait for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import AF_UNIX, SHUT_RDWR, SOCK_STREAM, socket
from typing import TYPE_CHECKING, Protocol

from regulars.edges.serve.session import Session
from regulars.engines import wire

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from regulars.engines.duckdb import Warehouse


class Host(Protocol):
    """What sessions need of the owner."""

    def cursor(self) -> Warehouse:
        """A connection to the warehouse.

        Raises:
            HomeBusy: it has been lent.
        """

    def settled(self, stopped: Callable[[], bool]) -> AbstractContextManager[None]:
        """All that was taken in is in landing, and absorbing stands still.

        Args:
            stopped: whether nobody waits for it any more.
        """

    def lend(
        self, alone: AbstractContextManager[None], stopped: Callable[[], bool]
    ) -> AbstractContextManager[None]:
        """The file has been let go of; it is opened again at the end.

        Args:
            alone: takes every other session's connection away, and their next requests fail.
            stopped: whether nobody waits for it any more.
        """


class Sessions:
    """The door at which sessions come in.

    Args:
        host: the owner.
        path: of the socket.
    """

    def __init__(self, host: Host, path: Path) -> None:
        self.host = host
        self.path = path
        self.pen = threading.RLock()
        self._open: set[Session] = set()
        self._changing = threading.Lock()
        self._door = socket(AF_UNIX, SOCK_STREAM)
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._door.bind(str(path))
        finally:
            os.umask(before)
        self._door.listen(64)
        threading.Thread(target=self._receive, name="sessions", daemon=True).start()

    def __len__(self) -> int:
        return len(self._open)

    def _receive(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:  # closed
                return
            session = Session(self, wire.Wire(connection))
            with self._changing:
                self._open.add(session)
            session.start()

    def ended(self, session: Session) -> None:
        """The session is over."""
        with self._changing:
            self._open.discard(session)

    def close(self) -> None:
        """Let nobody in any more, and end the sessions that there are."""
        with suppress(OSError):
            self._door.shutdown(SHUT_RDWR)
        self._door.close()
        self.path.unlink(missing_ok=True)
        for session in self._others(None):
            session.end()
        for session in self._others(None):
            session.join()

    @contextmanager
    def alone(self, one: Session) -> Iterator[None]:
        """No session but this one has a connection to the warehouse.

        Raises:
            HomeBusy: another has begun something there, and does not end it soon.
        """
        for other in self._others(one):
            other.park()
        yield

    def _others(self, one: Session | None) -> list[Session]:
        with self._changing:
            return [session for session in self._open if session is not one]
