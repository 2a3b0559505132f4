"""Who may do what in the shop, in Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.access.changes import Changes
    from regulars.app.home import Home
    from regulars.engines.store import Connection


class ShopAccess:
    """Keys of programs, and operators with their passwords and roles."""

    home: Home

    @contextmanager
    def access(self) -> Iterator[Changes]:
        """Change who may do what; each change has its row in the journal.

            with shop.access() as access:
                made = access.make_key("web-shop", ["ledger:write"])
                print(made.text)  # told this once

        A running server follows from the next request on.

        Raises:
            StoreError: the store cannot be opened.
        """
        from regulars.access.changes import Changes
        from regulars.app.store import open_store
        from regulars.ledger.ledger import Ledger

        with open_store(self.home) as store, Ledger(store) as ledger:
            yield Changes(ledger, shop=self.home.settings.shop.name)

    @contextmanager
    def store_read(self) -> Iterator[Connection]:
        """One state of the store, to be read."""
        from regulars.app.store import open_store

        with open_store(self.home) as store, store.read() as connection:
            yield connection
