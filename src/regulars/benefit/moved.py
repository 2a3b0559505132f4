"""Where something is by now that was given to a number which is another one's since.

What is to be taken back is looked for under the number to which it was given. Where a merge has
moved it on, so much of the merge is taken back in the same entry, and of the next one, if there was
one; so it goes back the way that it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from regulars.benefit.names import customer_owner
from regulars.benefit.order.postings import postings_of
from regulars.benefit.reading import available, used_of_limit
from regulars.engines.store import Connection
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.command import LIMITS, Limit, Taken
from regulars.ledger.receipt import DECODE_BODY
from regulars.ledger.statement import MOST_LINES, statement_of

WALLETS_MERGED = "Wallets Merged"
"""The event: what stood under a number has become another one's."""
_MOST_MERGES = 20


@dataclass(frozen=True, slots=True)
class WayBack:
    """What goes before the reversal of a giving, in one entry with it.

    Attributes:
        entries: parts of the merges that moved the thing on, the latest first; nothing where none
            did, or where nobody to whom it was moved has it any more.
        limits: used anew: those that merges had carried over and that stay as they are, since the
            reversal of all that a merge has moved gives them back.
    """

    entries: tuple[Taken, ...] = ()
    limits: tuple[Limit, ...] = ()


def way_back(
    connection: Connection, asset: str, scope: str, owner: str, at: int, *, until: str = ""
) -> WayBack:
    """The way back of one of an asset.

    Args:
        connection: to the store.
        asset: what was given.
        scope: of the limit that is to count it no longer.
        owner: to whom.
        at: now, UTC microseconds.
        until: the owner who had it last, where that is known; else whoever has one available.
    """
    met: set[str] = set()
    found: list[Taken] = []
    limits: list[Limit] = []
    while len(found) < _MOST_MERGES and owner not in met:
        if owner == until or (not until and available(connection, asset, owner, at)):
            return WayBack(tuple(reversed(found)), tuple(limits))
        met.add(owner)
        step = _moved_on(connection, asset, owner)
        if step is None:
            break
        n, owner = step
        found.append(Taken(n, {asset: 1}))
        limits += _limits_that_stay(connection, n, asset, scope, at)
    return WayBack()


def _moved_on(connection: Connection, asset: str, owner: str) -> tuple[int, str] | None:
    """The latest merge that took one away and of which one is left, and to whom it went."""
    rows = LedgerRows(connection)
    for line in statement_of(connection, asset, owner, None, MOST_LINES).lines:
        if line.amount > 0:
            continue
        entry = rows.journal([line.n])[line.n]
        merges = [one for one in DECODE_BODY(entry.body).events if one.event == WALLETS_MERGED]
        if merges and any(
            one.left and one.asset == asset and one.owner == owner and one.amount < 0
            for one in postings_of(connection, line.n)
        ):
            return line.n, customer_owner(merges[0].customer_id)
    return None


def _limits_that_stay(
    connection: Connection, n: int, asset: str, scope: str, at: int
) -> Iterator[Limit]:
    """Those that the reversal would give back, if it takes all that is left of the merge."""
    lines = [one for one in postings_of(connection, n) if one.left]
    left = [one for one in lines if one.amount > 0 and not one.asset.startswith(LIMITS)]
    if sum(one.left for one in left) > 1 or any(one.asset != asset for one in left):
        return
    for one in lines:
        of = one.asset.removeprefix(LIMITS)
        if of not in (one.asset, scope) and one.amount < 0:
            used = used_of_limit(connection, of, one.owner, at)
            yield Limit(of, one.owner, max(used, one.left), one.left)
