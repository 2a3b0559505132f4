"""A check-up of the home: files, permissions, engines and versions."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from regulars.errors import RegularsError

if TYPE_CHECKING:
    from regulars.app.home import Home

_LIBRARIES = ("duckdb", "pyarrow", "ibis-framework", "numpy", "scipy", "sqlalchemy", "pysqlite3")
_LOW_DISK = 1 << 30
_AHEAD = 60_000_000
"""Microseconds by which two machines' clocks may differ."""
_PENDING = {
    "pending_lines": ("lines", "order lines wait for their orders"),
    "pending_orders": ("orders", "orders that messages told of wait for their time or amount"),
}
"""Tables of what cannot be counted yet: subject, and words behind the number of rows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `ok`, `warning` (works, mind it) or `error` (does not work)."""

    level: Literal["ok", "warning", "error"]
    subject: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {"level": self.level, "subject": self.subject, "message": self.message}


def examine(home: Home) -> list[Finding]:
    """Look at everything; what is wrong is told, not raised."""
    return [
        *_versions(),
        *_folders(home),
        *_keys(home),
        *_connections(home),
        *_server(home),
        *_landing(home),
        *_warehouse(home),
        *_store(home),
        *_webhooks(home),
        *_playbook(home),
    ]


def _versions() -> Iterator[Finding]:
    yield Finding("ok", "regulars", f"{version('regulars')} on Python {platform.python_version()}")
    listed = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield Finding("ok", "libraries", listed)
    from regulars.engines.sqlite import SQLITE_VERSION, sqlite_is_safe

    yield Finding("ok" if sqlite_is_safe() else "error", "sqlite", SQLITE_VERSION)


def _folders(home: Home) -> Iterator[Finding]:
    for folder in (home.folder, home.landing, home.reports):
        writable = (
            os.access(folder, os.W_OK) if folder.exists() else os.access(home.folder, os.W_OK)
        )
        yield Finding(
            "ok" if writable else "error",
            folder.name or str(folder),
            "can be written" if writable else f"{folder} cannot be written: check its permissions",
        )
    free = shutil.disk_usage(home.folder).free
    yield Finding("ok" if free > _LOW_DISK else "warning", "disk", f"{free / 1e9:.1f} GB free")


def _keys(home: Home) -> Iterator[Finding]:
    from regulars.intake.vault import Vault

    try:
        Vault.open(home.keys).close()
    except RegularsError as error:
        yield Finding("error", "keys", str(error))
        return
    mode = stat.S_IMODE(home.keys.stat().st_mode)
    if mode & 0o077:
        yield Finding("warning", "keys", f"others may look into keys/ (mode {mode:o}): chmod 700")
    else:
        yield Finding("ok", "keys", "readable by the owner only; back them up apart from the rest")


def _connections(home: Home) -> Iterator[Finding]:
    from regulars.intake.connection import FILE, Connections

    path = home.keys / FILE
    if not path.exists():
        return
    try:
        known = Connections(home.keys).all()
    except RegularsError as error:
        yield Finding("error", "connections", str(error))
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            "warning", "connections", f"others may read {path} (mode {mode:o}): chmod 600"
        )
    else:
        yield Finding("ok", "connections", f"{len(known)} may send or ask")


def _server(home: Home) -> Iterator[Finding]:
    """Whether one runs and keeps up, or what one has left to be brought in."""
    import httpx

    from regulars.engines.served import is_served, owner_of

    if not is_served(home.folder):
        waiting = sum(one.stat().st_size for one in home.inbox.glob("*.log"))
        if waiting:
            message = f"none runs; its inbox holds {waiting:,} bytes, which the next verb brings in"
            yield Finding("ok", "server", message)
        return
    owner = owner_of(home.folder)
    if owner is None:
        yield Finding("warning", "server", "runs, but its owner is starting or being started again")
        return
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=owner.http), timeout=10) as client:
            told = client.get("http://owner/health").json()
    except (httpx.HTTPError, ValueError) as error:
        message = f"runs, but its owner does not answer ({type(error).__name__})"
        yield Finding("error", "server", message)
        return
    if told["reasons"]:
        yield Finding("warning", "server", "; ".join(told["reasons"]))
    else:
        backlog = told["backlog_bytes"]
        yield Finding("ok", "server", f"runs; {backlog:,} bytes of its inbox wait to be taken in")


def _landing(home: Home) -> Iterator[Finding]:
    from regulars.intake.landing import Landing

    landing = Landing(home.landing)
    try:
        entries, findings = landing.entries(), landing.verify()
    except RegularsError as error:
        yield Finding("error", "landing", str(error))
        return
    if findings:
        yield Finding("error", "landing", "; ".join(findings))
    else:
        yield Finding("ok", "landing", f"{len(entries)} imports, every segment as it was written")


def _warehouse(home: Home) -> Iterator[Finding]:
    from regulars.app.as_of import is_stale
    from regulars.app.identity import identity_notes
    from regulars.engines.duckdb import Warehouse
    from regulars.intake import canonical
    from regulars.intake.landing import Landing

    if not home.warehouse.exists():
        yield Finding("ok", "warehouse", "not made yet: `regulars understand` makes it")
        return
    try:
        with Warehouse.open(home.warehouse, home.settings.engine) as warehouse:
            current = canonical.is_current(warehouse, Landing(home.landing), home.settings.identity)
            joined = identity_notes(warehouse)
            stale = warehouse.has("people") and is_stale(warehouse, home)
            waiting = {
                table: warehouse.sql(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py()
                for table in _PENDING
                if warehouse.has(table)
            }
    except RegularsError as error:
        yield Finding("error", "warehouse", str(error))
        return
    if stale or not current:
        yield Finding("warning", "warehouse", "older than landing: run `regulars understand`")
    else:
        yield Finding("ok", "warehouse", "up to date with landing")
    for table, (subject, words) in _PENDING.items():
        if rows := waiting.get(table):
            yield Finding("warning", subject, f"{rows} {words}")
    for note in joined:
        yield Finding("ok", "identity", note)


def _store(home: Home) -> Iterator[Finding]:
    from regulars.app.store import has_store, open_store

    try:
        if not has_store(home):
            yield Finding("ok", "store", "not made yet: `regulars plan` makes it")
            return
        from regulars.engines.schema import VERSION
        from regulars.engines.store_ledger import LedgerRows
        from regulars.engines.store_server import risks_of, server_of

        with open_store(home) as store:
            yield Finding("ok", "store", f"opens, schema {VERSION}, {server_of(store)}")
            for risk in risks_of(store):
                yield Finding("warning", "store", risk)
            with store.read() as connection:
                yield from _book_clock(LedgerRows(connection).head().at, home)
    except RegularsError as error:
        yield Finding("error", "store", str(error))


def _book_clock(last: int, home: Home) -> Iterator[Finding]:
    """A clock that ran ahead once: times in the journal never fall, so it holds the book to it."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if last <= time.time_ns() // 1000 + _AHEAD:
        return
    zone = ZoneInfo(home.settings.shop.time_zone)
    day = datetime.fromtimestamp(last // 1_000_000, zone).isoformat(" ", "minutes")
    yield Finding(
        "error",
        "store",
        f"its last row is of {day}, which is still to come: until then no hold can be made and what"
        " expires before cannot be used. Set the machine's clock right; if it was wrong when the"
        " row was written, restore the backup from before it",
    )


def _webhooks(home: Home) -> Iterator[Finding]:
    """How webhooks get through; of those that do not, since when, and what the last try told."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from regulars.app.webhook_sending import GONE
    from regulars.app.webhooks import Webhooks

    zone = ZoneInfo(home.settings.shop.time_zone)
    try:
        webhooks = Webhooks(home)
        found = [(one, webhooks.trouble(one.endpoint)) for one in webhooks.all()]
    except RegularsError as error:
        yield Finding("error", "webhooks", str(error))
        return
    for one, (said, since) in found:
        name, paused = f"webhook {one.endpoint.name}", one.endpoint.paused
        if one.missed or one.given_up:
            day = datetime.fromtimestamp(since // 1_000_000, zone).isoformat(" ", "minutes")
            told = f"{one.missed} wait to be sent again, {one.given_up} are given up"
            yield Finding("warning", name, f"{told}, since {day}; last: {said}")
        elif paused:
            yield Finding("warning" if paused == GONE else "ok", name, f"is paused: {paused}")
        else:
            yield Finding("ok", name, "all that was sent was heard")


def _playbook(home: Home) -> Iterator[Finding]:
    from regulars.campaign.playbook import read_playbook

    try:
        playbook = read_playbook(home.playbook)
    except RegularsError as error:
        yield Finding("error", "playbook", str(error))
        return
    yield Finding("ok", "playbook", f"{len(playbook.active)} plays")
    for advice in playbook.warnings:
        yield Finding("warning", "playbook", f"{advice.where}: {advice.en}")
