"""Who somebody is, by their key or session: read once, and again only when it has changed.

The head of the journal tells the number of the last row that changed who may do what; while that
stays, what was read holds. So a key that is revoked is refused from the next request on, at the
price of one small read.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from regulars.access.principal import Principal
from regulars.access.scopes import scopes_of_roles
from regulars.access.tokens import digest, key_id_of
from regulars.engines.store import Connection
from regulars.engines.store_access import AccessRows, KeyRow, OperatorRow, SessionRow
from regulars.errors import NotKnown

IDLE_MICROSECONDS = 2 * 3_600_000_000
"""A session that was not used for so long is over."""
SEEN_EVERY = 300 * 1_000_000
"""Use of a session is noted no more often."""


class Access:
    """The read side.

    Args:
        now: the present instant in UTC microseconds.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._read_at = -1
        self._keys: dict[str, tuple[KeyRow, Principal]] = {}
        self._operators: dict[str, OperatorRow] = {}
        self._sessions: dict[bytes, SessionRow] = {}

    def refresh(self, connection: Connection) -> None:
        """Read all of it anew where something has changed since."""
        rows = AccessRows(connection)
        access_n = rows.access_n()
        if access_n == self._read_at:
            return
        self._keys = {
            row.key_id: (row, Principal("key", row.name, frozenset(row.scopes.split())))
            for row in rows.api_keys()
        }
        self._operators = {row.name: row for row in rows.operators()}
        self._sessions = {bytes(row.digest): row for row in rows.sessions()}
        self._read_at = access_n

    def of_key(self, key: str) -> Principal:
        """Whose key it is, as last refreshed.

        Raises:
            NotKnown: it is none, has been revoked, or has expired.
        """
        found = self._keys.get(key_id_of(key) or "")
        if found is None or not hmac.compare_digest(bytes(found[0].digest), digest(key)):
            raise NotKnown("this is no key of the shop", todo="make one: regulars access key NAME")
        if found[0].revoked_at:
            raise NotKnown("this key has been revoked", todo="make one: regulars access key NAME")
        if found[0].expires_at <= self._now():
            raise NotKnown("this key has expired", todo="make one: regulars access key NAME")
        return found[1]

    def of_token(self, token: str) -> tuple[Principal, SessionRow]:
        """Whose session it is, as last refreshed.

        Raises:
            NotKnown: there is none, or it is over.
        """
        session = self._sessions.get(digest(token))
        now = self._now()
        if (
            session is None
            or session.ends_at <= now
            or session.seen_at + IDLE_MICROSECONDS <= now
            or session.operator not in self._operators
        ):
            raise NotKnown("there is no such session, or it is over", todo="log in again")
        roles = tuple(self._operators[session.operator].roles.split())
        principal = Principal("operator", session.operator, scopes_of_roles(roles), roles)
        return principal, session

    def is_due(self, session: SessionRow) -> bool:
        """Whether the use of a session is to be noted."""
        return session.seen_at + SEEN_EVERY <= self._now()

    def was_seen(self, session: SessionRow) -> SessionRow:
        """Note here that a session was used; whoever calls notes it in the store."""
        key = bytes(session.digest)
        seen = session._replace(seen_at=self._now())
        if key in self._sessions:
            self._sessions[key] = seen
        return seen

    def operator(self, name: str) -> OperatorRow | None:
        """The operator of the name, as last refreshed."""
        return self._operators.get(name)
