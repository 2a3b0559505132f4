"""What has expired is taken away: points, growth value, and whatever else comes in lots.

What has expired cannot be spent from its instant on, whether it was swept or not; the sweep takes
it off the balances and tells how much it was. It looks before it asks, beside those who write, and
then names the lots that it has seen: so the journal tells only of what was done, and nobody waits
longer than for one small batch, even where a million lots expire on one day. Two sweeps at once do
no harm: a lot is taken away once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from regulars.benefit.names import GROWTH, POINTS
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.command import EXPIRED, Expire
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.sweep import SWEEPER

AT_ONCE = 500
"""Lots in an entry of the journal."""
_IN_A_TRANSACTION = 2
_SEEN_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Expired:
    """What a sweep has taken away: from how many lots, and how much."""

    lots: int = 0
    amount: int = 0


def expire(ledger: Ledger, asset: str, at_once: int = AT_ONCE) -> Expired:
    """Take away what of an asset has expired by now and is not held.

    Args:
        ledger: the book.
        asset: what; one that does not exist has nothing that expires.
        at_once: lots in an entry of the journal, 500 at most.

    Raises:
        StoreError: the store does not answer; what was done before is done.
    """
    lots = amount = 0
    while seen := _seen(ledger, asset):
        taken = 0
        for first in range(0, len(seen), at_once * _IN_A_TRANSACTION):
            some = seen[first : first + at_once * _IN_A_TRANSACTION]
            for answer in ledger.ask_all(_commands(asset, some, at_once), by=SWEEPER):
                if not isinstance(answer, Receipt):
                    raise answer
                taken += max(0, len(answer.lines) - 1)
                amount += sum(line.amount for line in answer.lines if line.owner == EXPIRED)
        if not taken:
            break  # another sweep was first
        lots += taken
    return Expired(lots, amount)


def expire_points(ledger: Ledger, assets: Iterable[str] = (POINTS, GROWTH)) -> dict[str, Expired]:
    """The same for several assets, points and growth value unless told; by asset what it was."""
    return {asset: expire(ledger, asset) for asset in assets}


def _commands(asset: str, lots: list[int], at_once: int) -> list[Expire]:
    return [
        Expire(
            key=f"expire:{uuid4().hex}",
            asset=asset,
            most=at_once,
            lots=tuple(lots[first : first + at_once]),
        )
        for first in range(0, len(lots), at_once)
    ]


def _seen(ledger: Ledger, asset: str) -> list[int]:
    with ledger.store.read() as connection:
        rows = LedgerRows(connection)
        number = rows.assets([asset]).get(asset)
        return [] if number is None else rows.expired_numbers(number, ledger.now(), _SEEN_AT_ONCE)
