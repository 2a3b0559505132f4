"""The shop's book of record, in the database that its settings name.

`REGULARS_STORE_URL` in the environment wins over `[store] url` of the file; where neither names a
server, the store is `store.sqlite` in the home.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from regulars.errors import SettingsError, Where
from regulars.kernel.store_url import mistake_in

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.store import Store

URL_VARIABLE = "REGULARS_STORE_URL"


def store_url(home: Home) -> str:
    """The address of the store's server; empty where the store is a file of the home.

    Raises:
        SettingsError: the environment names something that is no such address.
    """
    told = os.environ.get(URL_VARIABLE, "").strip()
    if not told:
        return home.settings.store.url
    if mistake := mistake_in(told, may_hold_password=True):
        what, todo = mistake  # the value is not shown: it may hold a password
        raise SettingsError(what, where=Where(column=URL_VARIABLE), todo=todo)
    return told


def has_store(home: Home) -> bool:
    """Whether there is a store: a server is named, or the file has been made."""
    return bool(store_url(home)) or home.store.exists()


def open_store(home: Home) -> Store:
    """The store at this program's version, made if absent; close it, or use it as a context.

    Raises:
        SettingsError: the environment names no address of a server.
        MissingDependency: a server is named and its driver is not installed.
        StoreAway: the server does not answer.
        StoreError: it does not open, or a newer version of Regulars wrote it.
    """
    if url := store_url(home):
        from regulars.engines.postgres import PostgresStore

        return PostgresStore.open(url)
    from regulars.engines.sqlite import SqliteStore

    return SqliteStore.open(home.store)
