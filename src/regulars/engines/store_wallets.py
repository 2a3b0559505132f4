"""Statements of what customers have: lots in the ledger, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from regulars.engines.prepared import Prepared, Rows, listed, one_of
from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    HOLD_LINES,
    HOLDS,
    POSTINGS,
    REVERSED,
    TERMS,
)


class LotRow(NamedTuple):
    """A lot that a customer has of something, with what is left of it to be used."""

    asset: str
    expires_at: int
    balance: int
    held: int


class CouponLotRow(NamedTuple):
    """A lot of a coupon that a customer has, and the terms under which it was given."""

    asset: str
    expires_at: int
    balance: int
    held: int
    version: int
    body: str


class OwnedRow(NamedTuple):
    """An account of an owner in which something is: a lot, or what is used of a limit (below 0)."""

    asset: str
    expires_at: int
    balance: int
    held: int


class VintageRow(NamedTuple):
    """Customers' lots that expire at one instant.

    `issued` came in, without what was taken back of it; of it `expired` was taken away unused, and
    `balance` is there, of that `held` set aside.
    """

    expires_at: int
    lots: int
    issued: int
    expired: int
    balance: int
    held: int


_OF_THE_SHOP = ("issuer", "stock", "shop", "used", "expired", "lapsed")
_EVERY_ASSET = sa.select(ASSETS.c.asset_id)
_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")
_LOT = (ASSETS.c.name, ACCOUNTS.c.expires_at, ACCOUNTS.c.balance, ACCOUNTS.c.held)
_OWNED = sa.and_(ACCOUNTS.c.owner == sa.bindparam("owner"), ACCOUNTS.c.balance > _NOTHING)
_BY_EXPIRY = (ACCOUNTS.c.expires_at, ASSETS.c.name)
_LOTS = Prepared(
    *(
        sa.select(*_LOT)
        .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
        .where(wanted, _OWNED)
        .order_by(*_BY_EXPIRY)
        for wanted in one_of(ASSETS.c.name, "assets")
    )
)
_COUPON_LOTS = Prepared(
    sa.select(*_LOT, TERMS.c.version, TERMS.c.body)
    .join(
        ASSETS,
        ASSETS.c.name
        == sa.literal("coupon:") + TERMS.c.name + ":" + sa.cast(TERMS.c.version, sa.Text),
    )
    .join(ACCOUNTS, ACCOUNTS.c.asset_id == ASSETS.c.asset_id)
    .where(TERMS.c.kind == "coupon", TERMS.c.body != "", _OWNED)
    .order_by(*_BY_EXPIRY)
)


class WalletRows(Rows):
    """Lots, within the connection's transaction."""

    def lots_of(self, owner: str, assets: Sequence[str]) -> list[LotRow]:
        """The owner's lots of these assets in which something is, those that expire first first."""
        wanted = listed(self.connection, assets)
        rows = _LOTS.rows(self.connection, owner=owner, assets=wanted)
        return [LotRow(*row) for row in rows]

    def coupon_lots_of(self, owner: str) -> list[CouponLotRow]:
        """The owner's lots of coupons of any version in which something is, as `lots_of` has them.

        They are found from the terms on, so what it costs grows with the coupons ever published,
        not with what else there is in the book.
        """
        rows = _COUPON_LOTS.rows(self.connection, owner=owner)
        return [CouponLotRow(*row) for row in rows]

    def owned_by(self, owner: str) -> list[OwnedRow]:
        """All accounts of an owner in which something is, by asset and expiry.

        They are found from the assets on, so what it costs grows with the assets that there are.
        """
        statement = (
            sa.select(ASSETS.c.name, ACCOUNTS.c.expires_at, ACCOUNTS.c.balance, ACCOUNTS.c.held)
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ACCOUNTS.c.asset_id.in_(_EVERY_ASSET), ACCOUNTS.c.owner == owner)
            .where(sa.or_(ACCOUNTS.c.balance != 0, ACCOUNTS.c.held != 0))
        )
        # Sorted here, so that no database begins with the order of names and then reads all.
        return sorted(OwnedRow(*row) for row in self.connection.execute(statement))

    def has_accounts(self, owner: str) -> bool:
        """Whether an owner has, or has ever had, anything."""
        statement = (
            sa.select(ACCOUNTS.c.owner)
            .where(ACCOUNTS.c.asset_id.in_(_EVERY_ASSET), ACCOUNTS.c.owner == owner)
            .limit(1)
        )
        return self.connection.execute(statement).first() is not None

    def has_customers(self) -> bool:
        """Whether any customer has, or has ever had, anything."""
        statement = (
            sa.select(ACCOUNTS.c.owner)
            .where(ACCOUNTS.c.asset_id.in_(_EVERY_ASSET))
            .where(ACCOUNTS.c.owner.startswith("customer:"))
            .limit(1)
        )
        return self.connection.execute(statement).first() is not None

    def owners_of_any(self, owners: Iterable[str]) -> dict[str, bool]:
        """Those of the owners who have, or have used, anything, and whether they have something.

        All accounts are read once.
        """
        wanted = set(owners)
        if not wanted:
            return {}
        statement = sa.select(ACCOUNTS.c.owner, sa.func.max(ACCOUNTS.c.balance))
        found = self.connection.execute(
            statement.where(ACCOUNTS.c.balance != 0).group_by(ACCOUNTS.c.owner)
        )
        return {owner: most > 0 for owner, most in found if owner in wanted}

    def holders_of(self, asset: str) -> set[str]:
        """Who has any of an asset."""
        of_asset = sa.select(ASSETS.c.asset_id).where(ASSETS.c.name == asset).scalar_subquery()
        statement = sa.select(ACCOUNTS.c.owner).where(ACCOUNTS.c.asset_id == of_asset)
        return {row[0] for row in self.connection.execute(statement.where(ACCOUNTS.c.balance > 0))}

    def holding(self, owner: str) -> list[str]:
        """The owners of the open holds that set something of this owner's aside."""
        statement = (
            sa.select(HOLDS.c.owner)
            .join(HOLD_LINES, HOLD_LINES.c.n == HOLDS.c.n)
            .join(ACCOUNTS, ACCOUNTS.c.account_id == HOLD_LINES.c.account_id)
            .where(sa.literal_column("holds.state = 'open'"), ACCOUNTS.c.owner == owner)
            .distinct()
        )
        return sorted(row[0] for row in self.connection.execute(statement))

    def totals(self, prefix: str) -> dict[tuple[str, str], int]:
        """What each owner who is no customer has of the assets of a prefix, by asset and owner."""
        statement = (
            sa.select(ASSETS.c.name, ACCOUNTS.c.owner, sa.func.sum(ACCOUNTS.c.balance))
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ASSETS.c.name.startswith(prefix, autoescape=True))
            .where(ACCOUNTS.c.owner.in_(_OF_THE_SHOP), ACCOUNTS.c.asset_id.in_(_EVERY_ASSET))
            .group_by(ASSETS.c.name, ACCOUNTS.c.owner)
        )
        return {(row[0], row[1]): int(row[2]) for row in self.connection.execute(statement)}

    def vintages(self, asset: str) -> list[VintageRow]:
        """What customers were given of an asset by its expiry, and what became of it.

        All postings are read once, so this is for reports. What went to `expired` is told by the
        entries in that account's chain; what was taken back by what `reversed` says.
        """
        of_asset = sa.select(ASSETS.c.asset_id).where(ASSETS.c.name == asset).scalar_subquery()
        theirs = sa.and_(ACCOUNTS.c.asset_id == of_asset, ACCOUNTS.c.owner.like("customer:%"))
        lots = (
            sa.select(
                ACCOUNTS.c.expires_at,
                sa.func.count(),
                sa.func.sum(ACCOUNTS.c.balance),
                sa.func.sum(ACCOUNTS.c.held),
            )
            .where(theirs)
            .group_by(ACCOUNTS.c.expires_at)
            .order_by(ACCOUNTS.c.expires_at)
        )
        expiries = self._expiries(of_asset)
        reversed_ = sa.func.coalesce(REVERSED.c.amount, 0)
        plain = expiries.c.n.is_(None)
        issued = sa.case(
            (sa.and_(plain, POSTINGS.c.amount > 0), POSTINGS.c.amount - reversed_),
            (plain, -reversed_),  # what was spent and has come back is not issued anew
            else_=0,
        )
        expired = sa.case((plain, 0), else_=-POSTINGS.c.amount)
        moved = (
            sa.select(ACCOUNTS.c.expires_at, sa.func.sum(issued), sa.func.sum(expired))
            .select_from(POSTINGS)
            .join(ACCOUNTS, ACCOUNTS.c.account_id == POSTINGS.c.account_id)
            .outerjoin(REVERSED, REVERSED.c.posting_id == POSTINGS.c.posting_id)
            .outerjoin(expiries, expiries.c.n == POSTINGS.c.n)
            .where(theirs)
            .group_by(ACCOUNTS.c.expires_at)
        )
        of_lot = {
            expires_at: (int(came), int(went))
            for expires_at, came, went in self.connection.execute(moved)
        }
        return [
            VintageRow(expires_at, count, *of_lot.get(expires_at, (0, 0)), int(balance), int(held))
            for expires_at, count, balance, held in self.connection.execute(lots)
        ]

    def _expiries(self, of_asset: sa.ScalarSelect[Any]) -> sa.CTE:
        """The entries that have moved anything to, or from, what has expired of an asset."""
        chain = (
            sa.select(POSTINGS.c.n, POSTINGS.c.previous)
            .join(ACCOUNTS, ACCOUNTS.c.last_posting == POSTINGS.c.posting_id)
            .where(ACCOUNTS.c.asset_id == of_asset, ACCOUNTS.c.owner == "expired")
            .cte("chain", recursive=True)
        )
        chain = chain.union_all(
            sa.select(POSTINGS.c.n, POSTINGS.c.previous).join(
                chain, POSTINGS.c.posting_id == chain.c.previous
            )
        )
        return sa.select(chain.c.n).distinct().cte("expiries")
