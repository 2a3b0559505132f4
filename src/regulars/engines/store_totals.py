"""Sums over accounts for `ledger.totals`: of every asset, and of an asset's owners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.schema import ACCOUNTS, ASSETS
from regulars.engines.wide_sum import halves, whole


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
        return sa.case((ACCOUNTS.c.owner == owner, ACCOUNTS.c.balance), else_=0)

    statement = (
        sa.select(
            ASSETS.c.name,
            *halves(of(one)),
            *halves(of(other)),
            *halves(ACCOUNTS.c.held),
            *halves(ACCOUNTS.c.balance),
            sa.func.count(ACCOUNTS.c.account_id),
        )
        .outerjoin(ACCOUNTS, ACCOUNTS.c.asset_id == ASSETS.c.asset_id)
        .group_by(ASSETS.c.name)
        .order_by(ASSETS.c.name)
    )
    if asset:
        statement = statement.where(ASSETS.c.name == asset)
    if leave_out:
        statement = statement.where(sa.not_(ASSETS.c.name.startswith(leave_out)))
    for name, *sums, accounts in connection.execute(statement):
        ones, others, held, total = (whole(*sums[at : at + 2]) for at in range(0, len(sums), 2))
        yield AssetSums(name, ones, others, held, accounts, total)


def owner_sums(
    connection: sa.Connection, asset: str, most: int
) -> Iterator[tuple[str, int, int, int]]:
    """Owner, balance, held and number of lots; whose balance is furthest from 0 comes first."""
    size = sa.func.abs(sa.func.sum(sa.cast(ACCOUNTS.c.balance, sa.Float)))
    sums = *halves(ACCOUNTS.c.balance), *halves(ACCOUNTS.c.held)
    statement = (
        sa.select(ACCOUNTS.c.owner, *sums, sa.func.count())
        .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
        .where(ASSETS.c.name == asset)
        .group_by(ACCOUNTS.c.owner)
        .order_by(size.desc(), ACCOUNTS.c.owner)
        .limit(most)
    )
    for owner, high, low, held_high, held_low, lots in connection.execute(statement):
        yield owner, whole(high, low), whole(held_high, held_low), lots
