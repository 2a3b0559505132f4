"""Red envelopes that have expired are closed, and what is left in them returns.

An expired one cannot be claimed any more from its instant on, whether it was swept or not. The
sweep looks before it asks, so that the journal tells only of what was done; two sweeps at once do
no harm, as an envelope is closed once. Each attempt has a key of its own: were one refused, the
same key would be refused for ever.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import uuid4

from regulars.benefit.envelope.closing import CloseEnvelope
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import LedgerRefused, NothingToDo
from regulars.ledger.ledger import Ledger
from regulars.ledger.sweep import SWEEPER

_AT_ONCE = 100


def close_expired(ledger: Ledger) -> int:
    """Close those that have expired by now; how many comes back.

    Raises:
        LedgerRefused: one cannot be closed: somebody must look. All others are closed before.
        StoreError: the store does not answer; what was done before is done.
    """
    closed = 0
    refused: dict[str, LedgerRefused] = {}
    while names := _expired(ledger, refused):
        for name in names:
            deed = CloseEnvelope(key=f"close:{name}:{uuid4().hex}", envelope=name)
            try:
                ledger.ask(deed, by=SWEEPER)
            except NothingToDo:
                continue  # another sweep was first
            except LedgerRefused as error:
                refused[name] = error
            else:
                closed += 1
    if refused:
        raise next(iter(refused.values()))
    return closed


def _expired(ledger: Ledger, refused: Collection[str]) -> list[str]:
    with ledger.store.read() as connection:
        most = _AT_ONCE + len(refused)
        found = BenefitRows(connection).envelopes_to_close(ledger.now(), most)
        return [row.id for row in found if row.id not in refused]
