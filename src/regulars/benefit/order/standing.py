"""How an order stands: what it has used, what of it was refunded, until when it is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from regulars.benefit.names import order_owner
from regulars.benefit.order.allocation import Allocation, Refunded
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, OrderRow
from regulars.errors import InvalidCommand, NoSuchBenefit, Where

_LONGEST_ID = 80
State = Literal["held", "paid", "released", "expired"]


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of an order with its row.

    Attributes:
        order: its id, as the shop names it.
        currency: of its amounts.
        expires_at: until when it is held; UTC microseconds.
        allocation: what it uses.
        saved: what that takes off, in the smallest coin.
    """

    order: str
    currency: str
    expires_at: int
    allocation: Allocation
    saved: int = 0


class RefundedSoFar(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was refunded of an order.

    Attributes:
        refunded: in all.
        refunds: by the shop's id of the refund, the journal's entry that tells of it.
    """

    refunded: Refunded = Refunded()
    refunds: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Standing:
    """An order.

    Attributes:
        row: as it is kept.
        body: what it uses.
        so_far: what was refunded of it.
    """

    row: OrderRow
    body: Body
    so_far: RefundedSoFar

    def state(self, at: int) -> State:
        """Where it stands at the instant: a hold ends by itself."""
        if self.row.state == "held" and self.body.expires_at <= at:
            return "expired"
        state: State = self.row.state  # type: ignore[assignment] # a constraint of the table
        return state

    def as_dict(self, at: int) -> dict[str, Any]:
        """Plain data for JSON."""
        body = self.body
        return {
            "order": body.order,
            "customer_id": self.row.customer_id,
            "state": self.state(at),
            "currency": body.currency,
            "expires_at": body.expires_at,
            "pay": body.allocation.pay,
            "saved": body.saved,
            "points": body.allocation.points,
            "balance": body.allocation.balance,
            "allocation": msgspec.to_builtins(body.allocation),
            "refunded": msgspec.to_builtins(self.so_far),
        }


def check_id(column: str, value: str) -> None:
    """Whether it can be the id of an order or a refund.

    Raises:
        InvalidCommand: it is empty, too long, or has characters that cannot be seen.
    """
    if not 1 <= len(value.encode(errors="replace")) <= _LONGEST_ID or not value.isprintable():
        raise InvalidCommand(
            f"an id has 1 to {_LONGEST_ID} bytes, all printable",
            where=Where(column=column, value=value),
            todo="send the id that the shop's own system gives it",
        )


def standing_of(connection: Connection, order: str) -> Standing | None:
    """The order as it stands; None where nothing was ever held for it."""
    row = BenefitRows(connection).order(order_owner(order))
    if row is None:
        return None
    return Standing(
        row, _BODY(row.body), _SO_FAR(row.refunded) if row.refunded else RefundedSoFar()
    )


def refunded_of(connection: Connection, owners: Sequence[str]) -> dict[str, Standing]:
    """Those of these orders of which anything was refunded, by owner."""
    return {
        row.owner: Standing(row, _BODY(row.body), _SO_FAR(row.refunded))
        for row in BenefitRows(connection).orders_refunded(owners)
    }


def found(connection: Connection, order: str) -> Standing:
    """The order as it stands.

    Raises:
        NoSuchBenefit: nothing was ever held for it.
    """
    standing = standing_of(connection, order)
    if standing is None:
        raise NoSuchBenefit(
            "nothing was ever held for this order",
            where=Where(column="order", value=order),
            todo="hold it first",
        )
    return standing


def encode(part: Body | RefundedSoFar) -> str:
    """As it is kept."""
    return _ENCODE(part).decode()


_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_BODY = msgspec.json.Decoder(Body).decode
_SO_FAR = msgspec.json.Decoder(RefundedSoFar).decode
