"""Gifts are addressed, sent, received.

What moves nothing (an address, a receipt) is a note in the journal. The address is sealed under
the customer's key before it comes here, and stands in the gift's row only: erasing the customer
makes it unreadable, and the journal never had it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from regulars.benefit.digest import digest_of
from regulars.benefit.gift.kept import (
    GIFT_RECEIVED,
    GIFT_SENT,
    about,
    changed,
    gift_of,
    where_of,
    wrong_state,
)
from regulars.benefit.names import PROMISED, SPENT, USED, customer_owner, gift_asset
from regulars.engines.store import Connection
from regulars.engines.store_benefits import GiftRow
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import InvalidCommand, NothingToDo, Where
from regulars.ledger.command import Leg, Note, Post, Told
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.receipt import DECODE_BODY

_MOST_SEALED = 4096
_MOST_TRACKING = 80


@dataclass(frozen=True, kw_only=True)
class AddressGift(Deed):
    """Say where a gift is to be sent, or say it anew before it was sent.

    Attributes:
        key: idempotency key.
        n: the entry that gave it.
        customer_id: whose it is; somebody else's gift is as if there were none.
        sealed: the address, sealed under the customer's key.
        address_hash: a keyed hash of the address, since each sealing of it differs: by it
            another address under the same key is seen.

    Raises:
        InvalidCommand: nothing is sealed, or more than 4 KB.

    Raises (when asked):
        NoSuchBenefit: the customer has no such gift.
        GiftState: it was sent, or taken back.
    """

    key: str
    n: int
    customer_id: int
    sealed: bytes = field(repr=False)
    address_hash: str

    def __post_init__(self) -> None:
        if not 0 < len(self.sealed) <= _MOST_SEALED:
            raise InvalidCommand(
                "this is no sealed address",
                where=Where(column="address", value=str(len(self.sealed))),
                todo=f"send an address of {_MOST_SEALED:,} bytes at most",
            )

    def digest(self) -> bytes:
        """Of the gift and the address's hash."""
        return digest_of("address gift", self.n, self.customer_id, self.address_hash)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """A note, and the row."""
        row = gift_of(connection, self.n, self.customer_id)
        if row.state not in ("waiting", "ready"):
            raise wrong_state(row, "the gift is on its way, or was taken back")
        note = Note(key="", about=about(row))
        return Planned(note, changed(row, state="ready", address=self.sealed))


@dataclass(frozen=True, kw_only=True)
class SendGift(Deed):
    """Say that a gift was sent: it is owed no longer, and its worth is spent.

    Attributes:
        key: idempotency key.
        n: the entry that gave it.
        tracking: the carrier's number, 80 characters at most.

    Raises (when asked):
        NoSuchBenefit: there is no such gift.
        GiftState: it has no address yet, was sent before, or was taken back.
    """

    key: str
    n: int
    tracking: str = ""

    def __post_init__(self) -> None:
        if len(self.tracking) > _MOST_TRACKING or not self.tracking.isprintable():
            raise InvalidCommand(
                "this is no tracking number",
                where=Where(column="tracking", value=self.tracking),
                todo=f"write {_MOST_TRACKING} characters at most",
            )

    def digest(self) -> bytes:
        """Of the gift and its tracking number."""
        return digest_of("send gift", self.n, self.tracking)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """From the customer to `used`, and its worth from promised to spent."""
        row = gift_of(connection, self.n)
        if row.state == "waiting":
            raise wrong_state(row, "the gift has no address yet")
        if row.state != "ready":
            raise wrong_state(row, "the gift was sent before, or was taken back")
        asset = gift_asset(row.gift)
        told = about(row)
        post = Post(
            key="",
            legs=(
                Leg(asset, customer_owner(row.customer_id), -1),
                Leg(asset, USED, 1),
                *_spent(connection, row),
            ),
            about=told,
            events=(Told(GIFT_SENT, row.customer_id, told),),
        )
        return Planned(post, changed(row, state="sent", tracking=self.tracking))


@dataclass(frozen=True, kw_only=True)
class ReceiveGift(Deed):
    """Say that a gift has arrived.

    Attributes:
        key: idempotency key.
        n: the entry that gave it.
        customer_id: whose it is, where the customer says so; None where the shop or carrier does.

    Raises (when asked):
        NoSuchBenefit: there is no such gift, or it is another's.
        GiftState: it was not sent.
        NothingToDo: it had arrived.
    """

    key: str
    n: int
    customer_id: int | None = None

    def digest(self) -> bytes:
        """Of the gift and who says so."""
        return digest_of("receive gift", self.n, self.customer_id)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """A note, and the row."""
        row = gift_of(connection, self.n, self.customer_id)
        if row.state == "received":
            raise NothingToDo(
                "the gift has arrived before", where=where_of(row.n), todo="nothing is to be done"
            )
        if row.state != "sent":
            raise wrong_state(row, "the gift was not sent")
        told = about(row)
        note = Note(key="", about=told, events=(Told(GIFT_RECEIVED, row.customer_id, told),))
        return Planned(note, changed(row, state="received"))


def _spent(connection: Connection, row: GiftRow) -> Iterable[Leg]:
    """What the entry that gave it has set aside, whatever the terms say by now."""
    given = DECODE_BODY(LedgerRows(connection).journal([row.n])[row.n].body)
    for line in given.lines:
        if line.owner == PROMISED and line.amount > 0:
            yield Leg(line.asset, PROMISED, -line.amount)
            yield Leg(line.asset, SPENT, line.amount)
