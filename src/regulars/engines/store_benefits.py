"""Statements of benefits; what they mean is in `regulars.benefit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.prepared import Put, by_key
from regulars.engines.schema import BENEFIT_EARNED, BENEFIT_ORDERS, ENVELOPES, GIFTS_SENT
from regulars.engines.store_members import MemberRows
from regulars.engines.store_terms import TermRows
from regulars.engines.store_wallets import WalletRows

_MANY = 5_000
"""Values in one statement."""


class OrderRow(NamedTuple):
    """What an order has used; `body` and `refunded` are JSON."""

    owner: str
    customer_id: int
    state: str
    hold: int
    capture: int
    body: str
    refunded: str
    n: int


class EarnedRow(NamedTuple):
    """What something has earned, and how much of it was taken back."""

    source: str
    customer_id: int
    n: int
    base: int
    points: int
    growth: int
    base_back: int
    points_back: int
    growth_back: int


class EnvelopeRow(NamedTuple):
    """A red envelope; `shares` and `body` are JSON."""

    id: str
    asset: str
    shares: str
    body: str
    expires_at: int
    n: int
    closed: int


class GiftRow(NamedTuple):
    """A gift to a customer and where it stands; the address is sealed."""

    n: int
    customer_id: int
    gift: str
    state: str
    address: bytes | None
    tracking: str
    changed: int


_ORDER, _PUT_ORDER = by_key(BENEFIT_ORDERS), Put(BENEFIT_ORDERS)
_EARNED, _PUT_EARNED = by_key(BENEFIT_EARNED), Put(BENEFIT_EARNED)
_ENVELOPE, _PUT_ENVELOPE = by_key(ENVELOPES), Put(ENVELOPES)
_GIFT, _PUT_GIFT = by_key(GIFTS_SENT), Put(GIFTS_SENT)


class BenefitRows(TermRows, MemberRows, WalletRows):
    """All rows of benefits, within the connection's transaction."""

    def order(self, owner: str) -> OrderRow | None:
        """The order of this owner."""
        return _ORDER.one(self.connection, OrderRow, owner=owner)

    def orders_refunded(self, owners: Sequence[str]) -> list[OrderRow]:
        """Those of these orders of which anything was refunded."""
        found: list[OrderRow] = []
        for first in range(0, len(owners), _MANY):
            part = list(owners[first : first + _MANY])
            statement = sa.select(BENEFIT_ORDERS).where(
                BENEFIT_ORDERS.c.owner.in_(part), BENEFIT_ORDERS.c.refunded != ""
            )
            found += [OrderRow(*row) for row in self.connection.execute(statement)]
        return found

    def put_order(self, row: OrderRow) -> None:
        """Have the order stand so."""
        _PUT_ORDER.put(self.connection, row)

    def earned(self, source: str) -> EarnedRow | None:
        """What this has earned."""
        return _EARNED.one(self.connection, EarnedRow, source=source)

    def earned_of(self, sources: Sequence[str]) -> dict[str, EarnedRow]:
        """What these have earned, by source; those that have not are left out."""
        found: dict[str, EarnedRow] = {}
        for first in range(0, len(sources), _MANY):
            part = list(sources[first : first + _MANY])
            statement = sa.select(BENEFIT_EARNED).where(BENEFIT_EARNED.c.source.in_(part))
            found |= {row[0]: EarnedRow(*row) for row in self.connection.execute(statement)}
        return found

    def orders_earned(self) -> list[str]:
        """The sources of all orders that have earned; all rows are read."""
        statement = sa.select(BENEFIT_EARNED.c.source).where(
            BENEFIT_EARNED.c.source.startswith("order:")
        )
        return list(self.connection.execute(statement).scalars())

    def put_earned(self, row: EarnedRow) -> None:
        """Have it stand so."""
        _PUT_EARNED.put(self.connection, row)

    def envelope(self, name: str) -> EnvelopeRow | None:
        """The red envelope of this id."""
        return _ENVELOPE.one(self.connection, EnvelopeRow, id=name)

    def envelopes_to_close(self, at: int, most: int) -> list[EnvelopeRow]:
        """Open ones that have expired, the oldest first."""
        statement = (
            sa.select(ENVELOPES)
            .where(ENVELOPES.c.closed == 0, ENVELOPES.c.expires_at <= at)
            .order_by(ENVELOPES.c.expires_at, ENVELOPES.c.id)
            .limit(most)
        )
        return [EnvelopeRow(*row) for row in self.connection.execute(statement)]

    def put_envelope(self, row: EnvelopeRow) -> None:
        """Have it stand so."""
        _PUT_ENVELOPE.put(self.connection, row)

    def gift(self, n: int) -> GiftRow | None:
        """The gift of this grant."""
        return _GIFT.one(self.connection, GiftRow, n=n)

    def gifts_of(self, customer_id: int) -> list[GiftRow]:
        """A customer's gifts, the oldest first."""
        statement = sa.select(GIFTS_SENT).where(GIFTS_SENT.c.customer_id == customer_id)
        return [
            GiftRow(*row) for row in self.connection.execute(statement.order_by(GIFTS_SENT.c.n))
        ]

    def put_gift(self, row: GiftRow) -> None:
        """Have it stand so."""
        _PUT_GIFT.put(self.connection, row)

    def hand_over(self, old: int, new: int) -> None:
        """Have what a customer has earned, and their gifts, be another number's."""
        for table in (BENEFIT_EARNED, GIFTS_SENT):
            changed = sa.update(table).where(table.c.customer_id == old).values(customer_id=new)
            self.connection.execute(changed)
