"""What all customers have, in one look: sums over the accounts now, or over postings until then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    BENEFIT_ORDERS,
    JOURNAL,
    MEMBERS,
    POSTINGS,
)
from regulars.engines.store import Connection

_FIRST, _END = "customer:", "customer;"
"""All owners that are customers lie between them; `;` comes after `:`."""


class Holdings:
    """What customers have, within the connection's transaction.

    Args:
        connection: that sees one state of the store.
        at: UTC microseconds; what has expired by then is not had.
        until: the last entry of the journal that is known; None for all of them.
    """

    def __init__(self, connection: Connection, at: int, until: int | None = None) -> None:
        self._connection, self._at, self._until = connection, at, until

    def assets(self) -> dict[int, str]:
        """Names of assets."""
        found = self._connection.execute(sa.select(ASSETS.c.asset_id, ASSETS.c.name))
        return {row[0]: row[1] for row in found}

    def lots(self) -> Sequence[Sequence[Any]]:
        """What is behind `customer:` in the owner's name, the asset, how much, and until when.

        All accounts are read once, or all postings until then.
        """
        amount, there = self._amounts()
        statement = (
            sa.select(
                sa.func.substr(ACCOUNTS.c.owner, len(_FIRST) + 1),
                ACCOUNTS.c.asset_id,
                amount,
                ACCOUNTS.c.expires_at,
            )
            .select_from(there)
            .where(_between(ACCOUNTS.c.owner), ACCOUNTS.c.expires_at > self._at, amount > 0)
        )
        return self._connection.execute(statement).all()

    def totals(self, prefix: str) -> dict[str, int]:
        """What customers have in all of each asset whose name begins so."""
        amount, there = self._amounts()
        statement = (
            sa.select(ASSETS.c.name, sa.func.sum(amount))
            .select_from(there)
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(_between(ACCOUNTS.c.owner), ACCOUNTS.c.expires_at > self._at, amount > 0)
            .where(ASSETS.c.name.startswith(prefix, autoescape=True))
            .group_by(ASSETS.c.name)
        )
        return {name: int(total) for name, total in self._connection.execute(statement)}

    def _amounts(self) -> tuple[sa.ColumnElement[int], sa.FromClause]:
        if self._until is None:
            return ACCOUNTS.c.balance, ACCOUNTS
        moved = (
            sa.select(POSTINGS.c.account_id, sa.func.sum(POSTINGS.c.amount).label("amount"))
            .where(POSTINGS.c.n <= self._until)
            .group_by(POSTINGS.c.account_id)
            .subquery()
        )
        joined = sa.join(moved, ACCOUNTS, ACCOUNTS.c.account_id == moved.c.account_id)
        return moved.c.amount, joined

    def tiers(self) -> Iterator[tuple[int, str, int]]:
        """Customer, tier and since which entry; as it is now, whatever is known until then."""
        statement = sa.select(MEMBERS.c.customer_id, MEMBERS.c.tier, MEMBERS.c.n)
        for row in self._connection.execute(statement.where(MEMBERS.c.tier != "")):
            yield int(row[0]), str(row[1]), int(row[2])

    def orders(self) -> Iterator[tuple[int, int]]:
        """Customer, and for how many orders they have paid with benefits."""
        statement = (
            sa.select(BENEFIT_ORDERS.c.customer_id, sa.func.count())
            .where(BENEFIT_ORDERS.c.capture > 0)
            .group_by(BENEFIT_ORDERS.c.customer_id)
        )
        if self._until is not None:
            statement = statement.where(BENEFIT_ORDERS.c.capture <= self._until)
        for customer_id, count in self._connection.execute(statement):
            yield int(customer_id), int(count)


def last_entry_before(connection: Connection, at: int) -> int:
    """The last row of the journal that is before the instant; 0 where none is.

    The journal's times never fall, so that no index of them is needed.
    """
    low = 1
    high = (connection.execute(sa.select(sa.func.max(JOURNAL.c.n))).scalar() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        when = sa.select(JOURNAL.c.at).where(JOURNAL.c.n == middle)
        if connection.execute(when).scalar_one() < at:
            low = middle + 1
        else:
            high = middle
    return low - 1


def _between(owner: Any) -> sa.ColumnElement[bool]:
    return sa.and_(owner >= _FIRST, owner < _END)
