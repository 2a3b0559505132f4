"""Statements of webhooks that go out: how far each endpoint has been told, and what it missed.

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store, store.write() as connection:
...     rows = WebhookRows(connection, "e1")
...     rows.begin(4)
...     rows.set_aside([AttemptRow(7, 0, 1, 100, "HTTP 500")])
...     rows.move(4, 7), rows.move(4, 9), rows.cursor()
(True, False, 7)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.schema import JOURNAL, RELAYS, WEBHOOK_ATTEMPTS
from regulars.engines.store import Connection
from regulars.engines.store_relay import TellingRow

_ATTEMPT = WEBHOOK_ATTEMPTS.c


class AttemptRow(NamedTuple):
    """A message that was not heard: `tries` so far, what came of the last, when is the next."""

    n: int
    place: int
    tries: int
    next_at: int
    status: str


def waiting(connection: Connection, never: int) -> tuple[int, int]:
    """How many messages of all endpoints are sent again later, and how many are given up.

    Args:
        connection: to the store.
        never: stands for the time at which those are sent again that are given up.
    """
    given_up = sa.func.count().filter(_ATTEMPT.next_at == never)
    counted = sa.select(sa.func.count(), given_up).select_from(WEBHOOK_ATTEMPTS)
    total, gone = connection.execute(counted).one()
    return total - gone, gone


class WebhookRows:
    """The rows of one endpoint, within the connection's transaction.

    Args:
        connection: to the store.
        endpoint: its id.
    """

    def __init__(self, connection: Connection, endpoint: str) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._name = f"webhook:{endpoint}"
        self._own = _ATTEMPT.endpoint == endpoint

    # How far it has been told.

    def cursor(self) -> int | None:
        """Up to which row all has been heard or set aside; None where it was never told."""
        found = self._connection.execute(sa.select(RELAYS.c.n).where(RELAYS.c.name == self._name))
        n: int | None = found.scalar()
        return n

    def begin(self, n: int) -> None:
        """It is told what comes behind this row, if nothing else has been said before."""
        self._connection.execute(_BEGIN, {"name": self._name, "n": n})

    def move(self, from_: int, to: int) -> bool:
        """Move on; whether the cursor still stood where it was seen."""
        moved = self._connection.execute(
            sa.update(RELAYS)
            .where(RELAYS.c.name == self._name, RELAYS.c.n == from_)
            .values(n=to)
        )  # fmt: skip
        return moved.rowcount == 1

    def go_back(self, n: int) -> None:
        """Tell all behind this row again; what of it was set aside is told with it."""
        self._connection.execute(
            sa.update(RELAYS).where(RELAYS.c.name == self._name, RELAYS.c.n > n).values(n=n)
        )
        self._connection.execute(sa.delete(WEBHOOK_ATTEMPTS).where(self._own, _ATTEMPT.n > n))

    def forget(self) -> None:
        """All of it."""
        self._connection.execute(sa.delete(RELAYS).where(RELAYS.c.name == self._name))
        self._connection.execute(sa.delete(WEBHOOK_ATTEMPTS).where(self._own))

    def last_before(self, at: int) -> int:
        """The last row of the journal from before the instant; 0 where all came later."""
        found = self._connection.execute(
            sa.select(JOURNAL.c.n).where(JOURNAL.c.at < at).order_by(JOURNAL.c.n.desc()).limit(1)
        )
        return found.scalar() or 0

    # What was not heard.

    def set_aside(self, rows: Iterable[AttemptRow]) -> None:
        """Keep that these were not heard, in place of what was kept of them before."""
        for row in rows:
            self._connection.execute(_SET_ASIDE, {"endpoint": self._endpoint, **row._asdict()})

    def heard(self, n: int, place: int) -> None:
        """This one was heard after all, or is not wanted any more."""
        self._connection.execute(
            sa.delete(WEBHOOK_ATTEMPTS).where(
                self._own, _ATTEMPT.n == n, _ATTEMPT.place == place
            )
        )  # fmt: skip

    def due(self, at: int, most: int) -> list[AttemptRow]:
        """Those to be sent again by the instant, in the order of the journal."""
        return self._attempts(_ATTEMPT.next_at <= at, most)

    def attempts(self, most: int) -> list[AttemptRow]:
        """All that were not heard, in the order of the journal, those given up among them."""
        return self._attempts(sa.true(), most)

    def send_now(self, at: int) -> int:
        """All that were not heard are to be sent at once, as if for the first time; how many."""
        changed = self._connection.execute(
            sa.update(WEBHOOK_ATTEMPTS).where(self._own).values(tries=0, next_at=at)
        )
        return changed.rowcount

    def row(self, n: int) -> TellingRow | None:
        """A row of the journal."""
        columns = [JOURNAL.c[name] for name in TellingRow._fields]
        found = self._connection.execute(sa.select(*columns).where(JOURNAL.c.n == n)).one_or_none()
        if found is None:
            return None
        n, at, body, hash_, kind = found
        return TellingRow(n, at, body, bytes(hash_), kind)

    def _attempts(self, which: sa.ColumnElement[bool], most: int) -> list[AttemptRow]:
        columns = [_ATTEMPT[name] for name in AttemptRow._fields]
        statement = (
            sa.select(*columns)
            .where(self._own, which)
            .order_by(_ATTEMPT.n, _ATTEMPT.place)
            .limit(most)
        )
        return [AttemptRow(*row) for row in self._connection.execute(statement)]


_BEGIN = sa.text("INSERT INTO relays (name, n) VALUES (:name, :n) ON CONFLICT (name) DO NOTHING")
_SET_ASIDE = sa.text(
    "INSERT INTO webhook_attempts (endpoint, n, place, tries, next_at, status)"
    " VALUES (:endpoint, :n, :place, :tries, :next_at, :status)"
    " ON CONFLICT (endpoint, n, place) DO UPDATE"
    " SET tries = excluded.tries, next_at = excluded.next_at, status = excluded.status"
)
