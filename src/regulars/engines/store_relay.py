"""Statements of those who pass the journal on: what they have not seen, and how far they are.

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store:
...     with store.write() as connection:
...         RelayRows(connection).move("landing", 7)
...         RelayRows(connection).move("landing", 5)  # another one was faster
...     with store.read() as connection:
...         RelayRows(connection).cursor("landing")
7
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.schema import BOOK, JOURNAL, RELAYS

_MAY_TELL = '"events":['
"""Stands in the body of every row that tells an event, and in that of few others."""
EXPIRE = "expire"
"""Kind of the rows that take away what has expired: what they tell is not in their body."""


class TellingRow(NamedTuple):
    """Of a row of the journal what is passed on."""

    n: int
    at: int
    body: str
    hash: bytes
    kind: str


class RelayRows:
    """Rows of the journal and of `relays`, within the connection's transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def book(self) -> tuple[str, int]:
        """The book's id, and the number of the journal's last row."""
        found = self._connection.execute(sa.select(BOOK.c.id, BOOK.c.n)).one()
        return found[0], found[1]

    def cursor(self, name: str) -> int:
        """Up to which row all has been passed on."""
        found = self._connection.execute(sa.select(RELAYS.c.n).where(RELAYS.c.name == name))
        return found.scalar() or 0

    def telling(self, after: int, upto: int, *, expiries: bool = True) -> list[TellingRow]:
        """The rows that may tell events, in their order: those behind `after`, `upto` included.

        Those that take away what has expired are among them, unless `expiries` is false.

        The journal grows in the order of its commits (the lane), so whoever sees a row sees all
        rows before it.
        """
        columns = [JOURNAL.c[name] for name in TellingRow._fields]
        may_tell = JOURNAL.c.body.contains(_MAY_TELL)
        if expiries:
            may_tell = sa.or_(may_tell, JOURNAL.c.kind == EXPIRE)
        statement = (
            sa.select(*columns)
            .where(JOURNAL.c.n > after, JOURNAL.c.n <= upto, may_tell)
            .order_by(JOURNAL.c.n)
        )
        return [
            TellingRow(n, at, body, bytes(hash_), kind)
            for n, at, body, hash_, kind in self._connection.execute(statement)
        ]

    def move(self, name: str, n: int) -> None:
        """All up to this row has been passed on; it never goes back."""
        self._connection.execute(_MOVE, {"name": name, "n": n})


_MOVE = sa.text(
    "INSERT INTO relays (name, n) VALUES (:name, :n)"
    " ON CONFLICT (name) DO UPDATE SET n = excluded.n WHERE relays.n < excluded.n"
)
