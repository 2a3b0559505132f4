"""Red envelopes that have expired are closed, and what is left in them returns.

An expired one cannot be claimed any more from its instant on, whether it was swept or not. The
sweep looks before it asks, so that the journal tells only of what was done; two sweeps at once do
no harm, as an envelope is closed once. Each attempt has a key of its own: were one refused, the
same key would be refused for ever.
"""

from __future__ import annotations

import contextlib
from uuid import uuid4

from regulars.benefit.envelope.closing import CloseEnvelope
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NothingToDo
from regulars.ledger.ledger import Ledger
from regulars.ledger.sweep import SWEEPER

_AT_ONCE = 100


def close_expired(ledger: Ledger) -> int:
    """Close those that have expired by now; how many comes back.

    Raises:
        LedgerRefused: one cannot be closed: somebody must look.
        StoreError: the store does not answer; what was done before is done.
    """
    closed = 0
    while names := _expired(ledger):
        for name in names:
            deed = CloseEnvelope(key=f"close:{name}:{uuid4().hex}", envelope=name)
            with contextlib.suppress(NothingToDo):  # another sweep was first
                ledger.ask(deed, by=SWEEPER)
                closed += 1
    return closed


def _expired(ledger: Ledger) -> list[str]:
    with ledger.store.read() as connection:
        found = BenefitRows(connection).envelopes_to_close(ledger.now(), _AT_ONCE)
        return [row.id for row in found]
