"""What time brings by itself: holds that have expired are released.

An expired hold cannot be captured any more from its instant on, whether it was swept or not; the
sweep gives back what it set aside. It looks before it asks, so that the journal tells only of what
was done. Two sweeps at once do no harm: a hold is released once.
"""

from __future__ import annotations

from uuid import uuid4

from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.command import Release
from regulars.ledger.ledger import Ledger

SWEEPER = "system:sweep"
_AT_ONCE = 500


def release_expired(ledger: Ledger) -> int:
    """Release the holds that have expired by now; how many there were comes back.

    Raises:
        StoreError: the store does not answer; what was done before is done.
    """
    released = 0
    while _some_expired(ledger):
        receipt = ledger.ask(Release(key=f"release:{uuid4().hex}", most=_AT_ONCE), by=SWEEPER)
        released += len(receipt.body.released)
        if not receipt.body.released:
            break  # another sweep was first
    return released


def _some_expired(ledger: Ledger) -> bool:
    with ledger.store.read() as connection:
        return bool(LedgerRows(connection).expired_holds(ledger.now(), 1))
