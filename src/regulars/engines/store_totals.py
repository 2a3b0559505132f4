"""Sums over accounts for `ledger.totals`: of every asset, and of an asset's owners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.schema import ACCOUNTS, ASSETS


class AssetSums(NamedTuple):
    """An asset over all its accounts; `one` and `other` are the balances of two owners."""

    asset: str
    one: int
    other: int
    held: int
    accounts: int
    sum: int


def asset_sums(
    connection: sa.Connection, one: str, other: str, *, asset: str = "", leave_out: str = ""
) -> Iterator[AssetSums]:
    """Every asset by name, or only one; without those whose names begin in some way."""

    def of(owner: str) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((ACCOUNTS.c.owner == owner, ACCOUNTS.c.balance), else_=0))

    statement = (
        sa.select(
            ASSETS.c.name,
            of(one),
            of(other),
            sa.func.sum(ACCOUNTS.c.held),
            sa.func.count(ACCOUNTS.c.account_id),
            sa.func.sum(ACCOUNTS.c.balance),
        )
        .outerjoin(ACCOUNTS, ACCOUNTS.c.asset_id == ASSETS.c.asset_id)
        .group_by(ASSETS.c.name)
        .order_by(ASSETS.c.name)
    )
    if asset:
        statement = statement.where(ASSETS.c.name == asset)
    if leave_out:
        statement = statement.where(sa.not_(ASSETS.c.name.startswith(leave_out)))
    for name, *sums in connection.execute(statement):
        yield AssetSums(name, *(int(one or 0) for one in sums))


def owner_sums(
    connection: sa.Connection, asset: str, most: int
) -> Iterator[tuple[str, int, int, int]]:
    """Owner, balance, held and number of lots; whose balance is furthest from 0 comes first."""
    balance = sa.func.sum(ACCOUNTS.c.balance)
    statement = (
        sa.select(ACCOUNTS.c.owner, balance, sa.func.sum(ACCOUNTS.c.held), sa.func.count())
        .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
        .where(ASSETS.c.name == asset)
        .group_by(ACCOUNTS.c.owner)
        .order_by(sa.func.abs(balance).desc(), ACCOUNTS.c.owner)
        .limit(most)
    )
    for owner, total, held, lots in connection.execute(statement):
        yield owner, int(total), int(held), lots
