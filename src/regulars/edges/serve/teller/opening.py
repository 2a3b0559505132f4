"""What a teller works with: the store, the ledger on it, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from regulars.access.access import Access
from regulars.access.changes import Logins
from regulars.access.limits import Rates
from regulars.app.benefits.deeds import Deeds
from regulars.app.benefits.doing import Doing
from regulars.app.benefits.questions import Questions
from regulars.app.home import Home
from regulars.app.store import open_store
from regulars.edges.serve.teller.benefits import Benefits
from regulars.edges.serve.teller.frames import Request
from regulars.edges.serve.teller.gate import AccessGate, Gate, Passed
from regulars.edges.serve.teller.routes import Route
from regulars.edges.serve.teller.said import Outcome
from regulars.edges.serve.teller.sessions import Sessions
from regulars.edges.serve.teller.whose import Whose
from regulars.engines.store import Store
from regulars.intake.vault import Vault
from regulars.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Book:
    """An open book of record, and who watches over it."""

    store: Store
    ledger: Ledger
    gate: Gate
    sessions: Callable[[Route, Request, Passed], Outcome]
    benefits: Benefits


@contextmanager
def opened(home: Home) -> Iterator[Book]:
    """The book of the home, until the `with` ends.

    Raises:
        StoreError: the store does not open.
    """
    with (
        open_store(home) as store,
        Ledger(store) as ledger,
        Vault.open(home.keys) as vault,
        Whose(home.running) as whose,
    ):
        logins, rates = Logins(ledger), Rates()
        deeds = Deeds.of(home, vault.lookup, whose.number_of, whose.earlier_of)
        benefits = Benefits(Doing(ledger, deeds), Questions(ledger, deeds), rates)
        with AccessGate(store, Access(ledger.now), logins, rates) as gate:
            yield Book(store, ledger, gate, Sessions(logins, rates), benefits)
