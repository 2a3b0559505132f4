"""Who may ask the owner: a connection made for reading, or a key that has the route's scope."""

from __future__ import annotations

import threading

from regulars.access.access import Access
from regulars.access.policy import Route, authorise
from regulars.access.tokens import key_id_of
from regulars.app.home import Home
from regulars.app.store import open_store
from regulars.edges.serve.worker.keys import key_in
from regulars.engines.store import Store
from regulars.errors import ConnectionRefused
from regulars.intake.connection import Connections
from regulars.ledger.ledger import now_in_microseconds


class Readers:
    """Judges whoever asks.

    Args:
        home: of the shop; its store is opened for the first one who shows a key of it.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._connections = Connections(home.keys)
        self._access = Access(now_in_microseconds)
        self._store: Store | None = None
        self._lock = threading.Lock()  # questions come on several threads

    def check(self, authorization: bytes, route: Route) -> None:
        """Let whoever asks pass.

        Args:
            authorization: the header.
            route: method and template, as the policy has it.

        Raises:
            ConnectionRefused: there is no key, or none for reading.
            AccessRefused: the key is not known, or has not the scope.
            StoreError: the store does not tell.
        """
        key = key_in(authorization)
        if key is not None and key_id_of(key) is not None:
            with self._lock:
                if self._store is None:
                    self._store = open_store(self._home)
                with self._store.read() as connection:
                    self._access.refresh(connection)
                authorise(self._access.of_key(key), route)
            return
        found = None if key is None else self._connections.by_key(key)
        if found is None or found.use != "read":
            raise ConnectionRefused(
                "this asks for a key for reading",
                todo="make one with: regulars connect NAME --read, and send it as"
                " Authorization: Bearer KEY",
            )
