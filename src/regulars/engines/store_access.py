"""Statements of who may do what; the rules are in `regulars.access`."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.schema import API_KEYS, BOOK, JOURNAL, OPERATORS, SESSIONS
from regulars.engines.store import Connection


class KeyRow(NamedTuple):
    """An API key; `scopes` are separated by spaces, `revoked_at` is 0 while it is good."""

    key_id: str
    name: str
    digest: bytes
    scopes: str
    made_at: int
    expires_at: int
    revoked_at: int


class OperatorRow(NamedTuple):
    """An operator; `roles` are separated by spaces."""

    name: str
    password: str
    roles: str
    made_at: int
    changed_at: int


class SessionRow(NamedTuple):
    """A session that is going on."""

    digest: bytes
    operator: str
    begun_at: int
    seen_at: int
    ends_at: int


class AccessRows:
    """The rows, within the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def access_n(self) -> int:
        """The number of the journal's last row that changed any of this."""
        return int(self._connection.execute(sa.select(BOOK.c.access_n)).scalar_one())

    def api_keys(self) -> list[KeyRow]:
        """All keys, those of one name together, the oldest first."""
        statement = sa.select(API_KEYS).order_by(API_KEYS.c.name, API_KEYS.c.made_at)
        return [KeyRow(*row) for row in self._connection.execute(statement)]

    def operators(self) -> list[OperatorRow]:
        """All operators, by name."""
        statement = sa.select(OPERATORS).order_by(OPERATORS.c.name)
        return [OperatorRow(*row) for row in self._connection.execute(statement)]

    def sessions(self) -> list[SessionRow]:
        """All sessions that have not ended."""
        return [SessionRow(*row) for row in self._connection.execute(sa.select(SESSIONS))]

    def log(self, before: int, most: int) -> list[tuple[int, int, str, str, str]]:
        """Rows of the journal about this, the newest first: n, at, kind, actor, body."""
        columns = (JOURNAL.c[name] for name in ("n", "at", "kind", "actor", "body"))
        statement = (
            sa.select(*columns)
            .where(JOURNAL.c.kind.startswith("access."), JOURNAL.c.n < before)
            .order_by(JOURNAL.c.n.desc())
            .limit(most)
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in
                self._connection.execute(statement)]  # fmt: skip

    def add_key(self, row: KeyRow) -> None:
        """Add a key."""
        self._connection.execute(sa.insert(API_KEYS).values(row._asdict()))

    def revoke_keys(self, key_ids: list[str], at: int) -> None:
        """Revoke keys."""
        self._connection.execute(
            sa.update(API_KEYS).where(API_KEYS.c.key_id.in_(key_ids)).values(revoked_at=at)
        )

    def add_operator(self, row: OperatorRow) -> None:
        """Add an operator."""
        self._connection.execute(sa.insert(OPERATORS).values(row._asdict()))

    def change_operator(self, name: str, at: int, *, password: str = "", roles: str = "") -> None:
        """Set the password, or the roles."""
        values: dict[str, str | int] = {"changed_at": at}
        values |= {"password": password} if password else {}
        values |= {"roles": roles} if roles else {}
        self._connection.execute(
            sa.update(OPERATORS).where(OPERATORS.c.name == name).values(values)
        )

    def remove_operator(self, name: str) -> None:
        """Remove an operator."""
        self._connection.execute(sa.delete(OPERATORS).where(OPERATORS.c.name == name))

    def add_session(self, row: SessionRow) -> None:
        """Add a session, and forget those that are over."""
        self._connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.ends_at <= row.begun_at))
        self._connection.execute(sa.insert(SESSIONS).values(row._asdict()))

    def end_session(self, digest: bytes) -> bool:
        """End a session; whether there was one."""
        done = self._connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest))
        return done.rowcount > 0

    def end_sessions_of(self, operator: str) -> int:
        """End all of an operator's; how many there were."""
        done = self._connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.operator == operator))
        return done.rowcount

    def seen(self, digest: bytes, at: int) -> None:
        """Note that a session was used."""
        self._connection.execute(
            sa.update(SESSIONS).where(SESSIONS.c.digest == digest).values(seen_at=at)
        )
