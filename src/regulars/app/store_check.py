"""Whether the book of record is right: its database, its journal, its sums."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.app.store import open_store
from regulars.engines.store_integrity import check_database
from regulars.errors import UnknownValue
from regulars.ledger.verify import Verified, verify

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.store import Connection

_HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at and found right.

    Attributes:
        place: the store.
        dialect: which database keeps it.
        verified: counts, and the head to be noted elsewhere.
        seconds: that it took.
    """

    place: str
    dialect: str
    verified: Verified
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        found = verified_as_dict(self.verified)
        return {"store": self.place, "dialect": self.dialect, **found, "seconds": self.seconds}


def check_store(home: Home, *, since: int = 0, known: tuple[int, bytes] | None = None) -> Checked:
    """Look at one state of the store; others may write meanwhile.

    Args:
        home: of the shop.
        since: read the journal only after this row.
        known: a row's number and hash as they were noted elsewhere.

    Raises:
        LedgerBroken: the first thing that is not right, by name.
        StoreError: the store does not answer.
    """
    began = time.monotonic()
    with open_store(home) as store, store.read() as connection:
        verified = verify_all(connection, since=since, known=known)
        return Checked(store.place, store.dialect, verified, round(time.monotonic() - began, 3))


def verify_all(
    connection: Connection, *, since: int = 0, known: tuple[int, bytes] | None = None
) -> Verified:
    """The database first, then the book in it; raises `LedgerBroken`."""
    check_database(connection)
    return verify(connection, since=since, known=known)


def verified_as_dict(verified: Verified) -> dict[str, Any]:
    """Plain data for JSON."""
    return {
        "n": verified.n,
        "hash": verified.hash.hex(),
        "rows": verified.rows,
        "postings": verified.postings,
        "accounts": verified.accounts,
        "assets": verified.assets,
    }


def noted_head(text: str) -> tuple[int, bytes]:
    """A head as it is printed and noted, N:HASH; raises `UnknownValue` otherwise.

    >>> noted_head("2:" + "0f" * 32)[0]
    2
    """
    number, _, digits = text.strip().partition(":")
    if number.isdecimal() and number.isascii() and len(number) < 19 and len(digits) == _HASH_DIGITS:
        try:
            return int(number), bytes.fromhex(digits)
        except ValueError:
            pass
    raise UnknownValue(
        f"{text!r} is no head of a journal",
        todo="write it as `regulars store verify` has printed it: N:HASH, 64 digits behind the :",
    )
