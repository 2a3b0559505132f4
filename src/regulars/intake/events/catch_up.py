"""All that landing and the inbox hold into the warehouse, where no server does it."""

from __future__ import annotations

from contextlib import suppress

from regulars.engines.duckdb import Warehouse
from regulars.errors import HomeBusy
from regulars.intake.events import ledger
from regulars.intake.identity.link import KIND as LINKS
from regulars.intake.inbox.frame import MAGIC
from regulars.intake.landing import INBOX, Landing
from regulars.intake.records import Kind
from regulars.intake.vault import Vault
from regulars.settings import Settings


def catch_up(warehouse: Warehouse, landing: Landing, vault: Vault, settings: Settings) -> bool:
    """Absorb, settle and bring every entry into the tables; whether there was anything to do.

    While a file is being imported, what waits goes on waiting.
    """
    if not is_behind(warehouse, landing):
        return False
    from regulars.intake.events.absorb import Absorber

    absorber = Absorber(warehouse, landing, vault, settings)
    with suppress(HomeBusy):
        while absorber.backlog() and absorber.absorb().come:
            pass
        absorber.settle()
        while absorber.compact():
            pass
    return True


def is_behind(warehouse: Warehouse, landing: Landing) -> bool:
    """Whether landing or the inbox hold anything that the tables of events do not."""
    entries = landing.entries()
    inbox = landing.folder / INBOX
    waits = inbox.is_dir() and any(path.stat().st_size > len(MAGIC) for path in inbox.glob("*.log"))
    if not warehouse.has(ledger.STATE):
        told = (str(Kind.EVENT), LINKS)
        return waits or any(
            entry.inbox or any(segment.kind in told for segment in entry.segments)
            for entry in entries
        )
    return (
        waits or ledger.state(warehouse).entries != len(entries) or not ledger.is_settled(warehouse)
    )
