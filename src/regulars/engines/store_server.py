"""What keeps the store, and whether what it acknowledges would survive a power cut; for `doctor`.

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store:
...     server_of(store).startswith("SQLite 3."), risks_of(store)
(True, [])
"""

from __future__ import annotations

from regulars.engines.sqlite import SQLITE_VERSION
from regulars.engines.store import Store

_RISKS = {
    "fsync": "the server's fsync is off: a power cut may destroy the store; set fsync = on",
    "full_page_writes": (
        "the server's full_page_writes is off: a power cut may destroy the store, unless its disk "
        "never writes half a page; set full_page_writes = on"
    ),
    "synchronous_commit": (
        "synchronous_commit is off: a power cut may lose what was acknowledged; set it to on"
    ),
}


def server_of(store: Store) -> str:
    """The database that keeps the store, its version and its place."""
    if store.dialect == "sqlite":
        return f"SQLite {SQLITE_VERSION}, synced at each commit"
    with store.read() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar()
        commit = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
    return f"PostgreSQL {version} at {store.place}, synchronous_commit {commit}"


def risks_of(store: Store) -> list[str]:
    """Settings of a server under which what is acknowledged may be lost; none in SQLite."""
    if store.dialect == "sqlite":
        return []
    with store.read() as connection:
        return [
            words
            for setting, words in _RISKS.items()
            if connection.exec_driver_sql(f"SHOW {setting}").scalar() == "off"
        ]
