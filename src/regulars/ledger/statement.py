"""What an owner has, and what moved it: read along each account's own chain of postings."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from regulars.engines.store import Connection
from regulars.engines.store_ledger import LedgerRows, ListedPosting
from regulars.errors import NoSuchThing, UnknownValue, Where
from regulars.ledger.command import MOST, NEVER
from regulars.ledger.receipt import DECODE_BODY, Body

MOST_LINES = 1000
_MORE = 128
"""Set in a byte behind which the number goes on."""
_BEGIN = "p"
"""Of a cursor, so that none begins with a hyphen."""
_LONGEST_STEP = 56
"""Bits."""


@dataclass(frozen=True, slots=True)
class LotBalance:
    """An owner's lot: balance, held, and when it expires (UTC microseconds, or `NEVER`)."""

    expires_at: int
    balance: int
    held: int
    floor: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What an owner has of an asset.

    Attributes:
        balance: sum of all postings.
        held: of it, set aside by open holds.
        available: what could go out now: of lots that have not expired, balance less held. It
            leaves out how far an overdraft would allow to go below.
        expired: what has expired and was not taken away yet.
        lots: those that hold something, by expiry.
    """

    asset: str
    owner: str
    balance: int
    held: int
    available: int
    expired: int
    lots: tuple[LotBalance, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        lots = [
            {"balance": lot.balance, "held": lot.held, "floor": lot.floor}
            | ({} if lot.expires_at == NEVER else {"expires_at": lot.expires_at})
            for lot in self.lots
        ]
        return {
            "asset": self.asset,
            "owner": self.owner,
            "balance": self.balance,
            "held": self.held,
            "available": self.available,
            "expired": self.expired,
            "lots": lots,
        }


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting on one of the owner's lots.

    Attributes:
        n: of the journal.
        at: UTC microseconds.
        kind: of the entry.
        actor: who asked for it.
        amount: + into it, - out of it.
        balance: of the lot after it.
        expires_at: of the lot.
        body: of the entry.
    """

    n: int
    at: int
    kind: str
    actor: str
    amount: int
    balance: int
    expires_at: int
    body: Body

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        told: dict[str, Any] = {
            "n": self.n,
            "at": self.at,
            "kind": self.kind,
            "amount": self.amount,
            "balance": self.balance,
            "about": self.body.about,
        }
        if self.expires_at != NEVER:
            told["expires_at"] = self.expires_at
        return told


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of an owner's postings, the newest first; `before` is the cursor of the next page."""

    asset: str
    owner: str
    lines: tuple[StatementLine, ...]
    before: str | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "asset": self.asset,
            "owner": self.owner,
            "lines": [line.as_dict() for line in self.lines],
            "before": self.before,
        }


def balance_of(connection: Connection, asset: str, owner: str, at: int) -> Balance:
    """What the owner has at the instant; raises `NoSuchThing` where there is no such asset."""
    lots = LedgerRows(connection).all_lots(_number(connection, asset), owner)
    live = [lot for lot in lots if lot.expires_at > at]
    return Balance(
        asset,
        owner,
        sum(lot.balance for lot in lots),
        sum(lot.held for lot in lots),
        sum(lot.balance - lot.held for lot in live),
        sum(lot.balance - lot.held for lot in lots if lot.expires_at <= at),
        tuple(
            LotBalance(lot.expires_at, lot.balance, lot.held, lot.floor)
            for lot in lots
            if lot.balance or lot.held or lot.floor != 0
        ),
    )


def statement_of(
    connection: Connection, asset: str, owner: str, before: str | None, limit: int
) -> Statement:
    """A page of the owner's postings.

    The cursor names, lot by lot, the posting at which the next page goes on; so each page costs
    what it shows, however long the history.

    Raises:
        NoSuchThing: there is no such asset.
        UnknownValue: the cursor, or the limit, is none.
    """
    if not 1 <= limit <= MOST_LINES:
        raise UnknownValue(
            f"{limit} is no number of lines", todo=f"ask for 1 to {MOST_LINES} at once"
        )
    rows = LedgerRows(connection)
    number = _number(connection, asset)
    lots = {lot.account_id: lot for lot in rows.all_lots(number, owner)}
    if before is None:
        heads = [lot.last_posting for lot in lots.values() if lot.last_posting]
    else:
        heads = _heads(before)
    # Of each lot as many as could all stand on the page; then the newest of them.
    listed: list[ListedPosting] = []
    met: set[int] = set()
    for head in heads:
        some = rows.postings_back(head, limit)
        if not some or some[0].account_id not in lots or some[0].account_id in met:
            raise _no_cursor(before or "")
        met.add(some[0].account_id)
        listed += some
    listed.sort(key=_place, reverse=True)
    page, rest = listed[:limit], listed[limit:]
    following: dict[int, int] = {}
    for one in page:  # the last of each lot on the page is its oldest there
        following[one.account_id] = one.previous
    for one in reversed(rest):
        following[one.account_id] = one.posting_id
    cursor = _cursor(place for place in following.values() if place)
    journal = rows.journal({one.n for one in page})
    lines = tuple(
        StatementLine(
            one.n,
            journal[one.n].at,
            journal[one.n].kind,
            journal[one.n].actor,
            one.amount,
            one.balance,
            lots[one.account_id].expires_at,
            DECODE_BODY(journal[one.n].body),
        )
        for one in page
    )
    return Statement(asset, owner, lines, cursor or None)


def _place(one: ListedPosting) -> int:
    return one.posting_id


def _cursor(heads: Iterable[int]) -> str:
    """Postings as text that stays short: a customer may have a lot for each day of many years."""
    packed, last = bytearray(), 0
    for head in sorted(heads):
        step, last = head - last, head
        while step >= _MORE:
            packed.append(step % _MORE | _MORE)
            step //= _MORE
        packed.append(step)
    return _BEGIN + urlsafe_b64encode(packed).decode().rstrip("=") if packed else ""


def _heads(before: str) -> list[int]:
    """The postings of a cursor, each greater than the one before."""
    heads: list[int] = []
    last = step = place = 0
    text = before.removeprefix(_BEGIN)
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if text != before else b""
    except ValueError:
        raise _no_cursor(before) from None
    for byte in packed:
        step += (byte % _MORE) << place
        place += 7
        if byte < _MORE:
            last += step
            heads.append(last)
            if not step or last > MOST:
                raise _no_cursor(before)
            step = place = 0
        elif place > _LONGEST_STEP:
            raise _no_cursor(before)
    if place or not heads:
        raise _no_cursor(before)
    return heads


def _no_cursor(before: str) -> UnknownValue:
    return UnknownValue(
        f"{before[:40]!r} is no cursor of this statement",
        todo="send the one that came with the page before, as it is",
    )


def _number(connection: Connection, asset: str) -> int:
    found = LedgerRows(connection).assets([asset])
    if asset not in found:
        raise NoSuchThing(
            "there is no such asset",
            where=Where(column="asset", value=asset),
            todo="define it first",
        )
    return found[asset]
