"""Statements that hold the tables of benefits against the ledger's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    BENEFIT_EARNED,
    BENEFIT_ORDERS,
    ENVELOPES,
    GIFTS_SENT,
    HOLDS,
    JOURNAL,
)
from regulars.engines.store import Connection
from regulars.engines.store_benefits import EnvelopeRow


class OrderCheck(NamedTuple):
    """An order with its hold's state and its payment's kind; None where there is none."""

    owner: str
    state: str
    hold: int
    capture: int
    hold_state: str | None
    captured_as: str | None


class BenefitChecks:
    """The rows, within the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def envelopes(self) -> Iterator[EnvelopeRow]:
        """All red envelopes."""
        for row in self._connection.execute(sa.select(ENVELOPES).order_by(ENVELOPES.c.id)):
            yield EnvelopeRow(*row)

    def balances(self, asset: str) -> dict[str, int]:
        """What each owner has of an asset."""
        statement = (
            sa.select(ACCOUNTS.c.owner, sa.func.sum(ACCOUNTS.c.balance))
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ASSETS.c.name == asset)
            .group_by(ACCOUNTS.c.owner)
        )
        return {owner: int(total) for owner, total in self._connection.execute(statement)}

    def balance(self, asset: str, owner: str) -> int:
        """What one owner has of an asset."""
        statement = (
            sa.select(sa.func.coalesce(sa.func.sum(ACCOUNTS.c.balance), 0))
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ASSETS.c.name == asset, ACCOUNTS.c.owner == owner)
        )
        return int(self._connection.execute(statement).scalar_one())

    def orders(self) -> Iterator[OrderCheck]:
        """All orders, beside what the ledger says of them."""
        statement = (
            sa.select(
                BENEFIT_ORDERS.c.owner,
                BENEFIT_ORDERS.c.state,
                BENEFIT_ORDERS.c.hold,
                BENEFIT_ORDERS.c.capture,
                HOLDS.c.state,
                JOURNAL.c.kind,
            )
            .outerjoin(HOLDS, HOLDS.c.n == BENEFIT_ORDERS.c.hold)
            .outerjoin(JOURNAL, JOURNAL.c.n == BENEFIT_ORDERS.c.capture)
            .order_by(BENEFIT_ORDERS.c.owner)
        )
        for row in self._connection.execute(statement):
            yield OrderCheck(*row)

    def gifts(self) -> dict[tuple[str, str], int]:
        """Gifts by name and state."""
        statement = sa.select(GIFTS_SENT.c.gift, GIFTS_SENT.c.state, sa.func.count()).group_by(
            GIFTS_SENT.c.gift, GIFTS_SENT.c.state
        )
        return {(gift, state): count for gift, state, count in self._connection.execute(statement)}

    def earnings_without_entry(self) -> list[str]:
        """What has earned by an entry that is none."""
        statement = (
            sa.select(BENEFIT_EARNED.c.source)
            .outerjoin(JOURNAL, JOURNAL.c.n == BENEFIT_EARNED.c.n)
            .where(sa.or_(JOURNAL.c.n.is_(None), JOURNAL.c.kind != sa.literal("post")))
        )
        return [source for (source,) in self._connection.execute(statement)]
