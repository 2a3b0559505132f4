"""What is left of an entry to be taken back, and into which lots it would go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from regulars.engines.store import Connection
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.receipt import DECODE_BODY


class Posting(NamedTuple):
    """A line of an entry, with how much of it can still be taken back (without a sign)."""

    asset: str
    owner: str
    expires_at: int
    amount: int
    left: int


def postings_of(connection: Connection, n: int) -> list[Posting]:
    """The lines of the entry, in their order; none where there is no such entry."""
    rows = LedgerRows(connection)
    entry = rows.journal([n]).get(n)
    if entry is None:
        return []
    lines = DECODE_BODY(entry.body).lines
    kept = rows.postings_of(entry, len(lines))
    return [
        Posting(
            line.asset, line.owner, line.expires_at, line.amount, abs(line.amount) - of.reversed
        )
        for line, of in zip(lines, kept, strict=True)
    ]


def can_be_taken(postings: Iterable[Posting], asset: str, owner: str) -> int:
    """How much of what the entry gave to the owner can still be taken back.

    >>> can_be_taken([Posting("points", "customer:7", 9, 50, 20)], "points", "customer:7")
    20
    """
    return sum(
        one.left for one in postings if one.asset == asset and one.owner == owner and one.amount > 0
    )


def comes_back(postings: Iterable[Posting], asset: str, owner: str, amount: int) -> dict[int, int]:
    """Into which of the owner's lots, by expiry, so much comes back: the last drawn from first.

    >>> who = "customer:7"
    >>> drawn = [Posting("points", who, 5, -30, 30), Posting("points", who, 9, -20, 20)]
    >>> comes_back(drawn, "points", who, 25)
    {9: 20, 5: 5}
    """
    back: dict[int, int] = {}
    for one in reversed(list(postings)):
        part = min(one.left, amount)
        if one.asset == asset and one.owner == owner and one.amount < 0 and part:
            back[one.expires_at] = back.get(one.expires_at, 0) + part
            amount -= part
    return back
