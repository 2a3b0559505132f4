"""A shop that takes events in: its inbox, its absorber, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.app.home import Home, make_home
from regulars.app.rebuild import contents
from regulars.engines.duckdb import Warehouse
from regulars.intake.connection import Connections
from regulars.intake.events.absorb import Absorber
from regulars.intake.events.table import COLUMNS
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.landing import Landing
from regulars.intake.vault import Vault
from regulars.kernel.closing import Closing

AT = 1_767_600_000_000_000
"""2026-01-05 08:00:00 UTC."""


def track(message: str | None, user: str | None = "u1", **more: Any) -> dict[str, Any]:
    """A message of the Segment spec."""
    told = {"type": "track", "event": "Product Viewed", "messageId": message, "userId": user}
    return {name: value for name, value in (told | more).items() if value is not None}


def batch(*messages: Any, connection: str = "web", at: int = AT, **more: Any) -> Received:
    """A request with these messages."""
    body = json.dumps({"batch": list(messages), **more}, ensure_ascii=False)
    return Received(connection, "batch", at, body.encode())


class EventShop(Closing):
    """A home with two connections, opened as the owner opens it."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "regulars.toml").exists():
            make_home(folder, name="x")
        self.home = Home.open(folder)
        for name in ("web", "app"):
            if name not in {one.name for one in Connections(self.home.keys).all()}:
                Connections(self.home.keys).add(name, "events")
        self.vault = Vault.open(self.home.keys)
        self.landing = Landing(self.home.landing)
        self._open()

    def _open(self) -> None:
        self.warehouse = Warehouse.open(self.home.warehouse, self.home.settings.engine)
        self.absorber = Absorber(self.warehouse, self.landing, self.vault, self.home.settings)

    def close(self) -> None:
        self.warehouse.close()
        self.vault.close()

    def lose_the_warehouse(self) -> None:
        """Make it anew from landing and inbox."""
        self.warehouse.close()
        for path in self.home.folder.glob("warehouse.duckdb*"):
            path.unlink()
        self._open()

    def receive(self, *requests: Received | Sequence[Received]) -> None:
        """Frames of a file of the inbox of its own."""
        with InboxWriter(self.home.inbox, self.vault) as writer:
            for one in requests:
                writer.append([one] if isinstance(one, Received) else one)

    def absorb(self) -> None:
        while self.absorber.backlog() and self.absorber.absorb().bytes:
            pass

    def take(self, *requests: Received | Sequence[Received]) -> list[dict[str, Any]]:
        """Receive and absorb; the events come back."""
        self.receive(*requests)
        self.absorb()
        return self.events()

    def events(self, columns: str = "*") -> list[dict[str, Any]]:
        """All events, in the order in which they came."""
        told = self.warehouse.sql(f"SELECT {columns} FROM events ORDER BY seq")
        return _plain(told).to_pylist()

    def accounts(self) -> dict[str, tuple[int, int, int]]:
        """Accepted, duplicate, rejected by connection, settled or not."""
        from regulars.intake.events.accounts import accounts

        return {
            one.connection: (one.accepted, one.duplicate, one.rejected)
            for one in accounts(self.warehouse, self.landing)
        }

    def ids(self) -> dict[tuple[str, str], int]:
        rows = self.warehouse.sql("FROM identities").to_pylist()
        return {(row["namespace"], row["identity"]): row["customer_id"] for row in rows}

    def content(self) -> dict[str, tuple[int, str]]:
        """Sums of what the tables say."""
        return contents(self.warehouse)


def _plain(table: pa.Table) -> pa.Table:
    """Instants as microseconds since 1970."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            column = table[field.name].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
            table = table.set_column(place, field.name, column)
    return table


ALL = [name for name in COLUMNS if name != "seq"]
