"""A home has one server: whoever needs that there is none, or to be the one, holds its lock."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from regulars.app.home import Home
from regulars.engines.served import LOCK
from regulars.errors import HomeBusy, Where


@contextmanager
def no_other_server(home: Home, *, busy: str, todo: str) -> Iterator[IO[str]]:
    """While it lasts no other server runs for the home, nor can one begin; the lock's file.

    Args:
        home: of the shop.
        busy: what is said where one runs.
        todo: likewise.

    Raises:
        HomeBusy: one runs.
    """
    home.running.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home.running / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeBusy(busy, where=Where(file=str(home.folder)), todo=todo) from error
        yield lock
