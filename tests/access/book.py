"""A ledger whose clock stands still until it is moved, on each of the databases."""

from __future__ import annotations

from regulars.access.access import Access
from regulars.access.changes import Changes, Logins
from regulars.access.principal import Principal
from regulars.access.scopes import scopes_of_roles
from regulars.engines.store import Store
from regulars.engines.store_access import AccessRows
from regulars.ledger.ledger import Ledger

PASSWORD = "harbour violet nine teapots"  # noqa: S105 - made up for the tests
MINUTE = 60_000_000
DAY = 1440 * MINUTE


class Clock:
    """Tells the instant that it was set to."""

    def __init__(self) -> None:
        self.at = 1_800_000_000_000_000

    def __call__(self) -> int:
        """UTC microseconds."""
        return self.at


class Book:
    """A ledger with its clock, what may be changed there, and what is read of it."""

    def __init__(self, store: Store) -> None:
        self.now = Clock()
        self.store = store
        self.ledger = Ledger(store, self.now)
        self.changes = Changes(self.ledger)
        self.logins = Logins(self.ledger)
        self.access = Access(self.now)

    def refreshed(self) -> Access:
        """The read side, as a request would find it."""
        with self.store.read() as connection:
            self.access.refresh(connection)
        return self.access

    def by(self, *roles: str, name: str = "li") -> Changes:
        """Changes by an operator of these roles."""
        return Changes(self.ledger, Principal("operator", name, scopes_of_roles(roles), roles))

    def told(self) -> list[tuple[str, str, str]]:
        """Kind, actor and body of the journal's rows about who may do what, the oldest first."""
        with self.store.read() as connection:
            rows = AccessRows(connection).log(1 << 53, 1000)
        return [(kind, actor, body) for _n, _at, kind, actor, body in reversed(rows)]
