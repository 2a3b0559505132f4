"""What there is of every asset, and who has most of one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from regulars.engines.store import Connection
from regulars.engines.store_totals import AssetSums, asset_sums, owner_sums
from regulars.errors import NoSuchThing, Where
from regulars.ledger.command import EXPIRED, ISSUER, LIMITS


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """An asset over all accounts.

    Attributes:
        asset: its name.
        in_circulation: given out by the issuer and not expired.
        expired: taken away when it expired.
        held: of what is in circulation, set aside by open holds.
        accounts: lots of owners, that of the issuer among them.
        sum: of all balances; 0, or the book is broken.
    """

    asset: str
    in_circulation: int
    expired: int
    held: int
    accounts: int
    sum: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OwnerTotals:
    """What an owner has of an asset, over all lots."""

    owner: str
    balance: int
    held: int
    lots: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def all_assets(connection: Connection) -> list[AssetTotals]:
    """Every asset by name, without those that only count towards limits."""
    return [_totals(one) for one in asset_sums(connection, ISSUER, EXPIRED, leave_out=LIMITS)]


def asset_totals(connection: Connection, asset: str) -> AssetTotals:
    """One asset.

    Raises:
        NoSuchThing: there is none of this name.
    """
    for one in asset_sums(connection, ISSUER, EXPIRED, asset=asset):
        return _totals(one)
    raise NoSuchThing(
        "there is no such asset",
        where=Where(column="asset", value=asset),
        todo="see `regulars ledger assets` for those that there are",
    )


def owners_of(connection: Connection, asset: str, limit: int) -> list[OwnerTotals]:
    """Whose balance of the asset is furthest from 0, that first."""
    return [OwnerTotals(*one) for one in owner_sums(connection, asset, limit)]


def _totals(one: AssetSums) -> AssetTotals:
    issued, expired = one.one, one.other
    return AssetTotals(one.asset, -issued - expired, expired, one.held, one.accounts, one.sum)
