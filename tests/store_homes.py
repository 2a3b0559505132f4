"""Homes whose book of record is kept by either database, and a book with something in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledger_load import clients_in_process, set_up
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.engines.schema import METADATA
from regulars.engines.store import Store
from regulars.ledger.ledger import Ledger

CLIENTS = 16


def home_in(folder: Path, url: str | None = None) -> Home:
    """A new home; its store is in the database at the address, or in a file."""
    home = make_home(folder)
    if url is None:
        return home
    settings = folder / "regulars.toml"
    text = settings.read_text("utf-8")
    assert "[store]\n" in text
    settings.write_text(text.replace("[store]\n", f'[store]\nurl = "{url}"\n'), "utf-8")
    return Home.open(folder)


def rows_of(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with store.read() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(sa.select(table))), key=repr
            )
            for table in METADATA.sorted_tables
        }


def content(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """The same of a home's store."""
    with open_store(home) as store:
        return rows_of(store)


@contextmanager
def under_load(home: Home, notes: Path) -> Iterator[Ledger]:
    """Clients ask the ledger while it lasts; what they were answered stands in their notes."""
    notes.mkdir(exist_ok=True)
    stop = threading.Event()
    with open_store(home) as store, Ledger(store) as ledger:
        set_up(ledger, notes)
        clients = clients_in_process(ledger, notes, CLIENTS, "load", stop.is_set)
        try:
            yield ledger
        finally:
            stop.set()
            for client in clients:
                client.join()


def fill(home: Home, notes: Path, commands: int = 500) -> None:
    """Let clients ask until so many commands have been done."""
    reached = threading.Event()
    with under_load(home, notes) as ledger:

        def look() -> None:
            if ledger.figures.commands >= commands:
                reached.set()

        ledger.on_commit(look)
        assert reached.wait(60)
