"""What a deed looks at most: how points and tiers work now, and what somebody has."""

from __future__ import annotations

from typing import cast

from regulars.benefit.definition.terms import Points, Tiers, decode
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.command import LIMITS
from regulars.ledger.statement import balance_of


def points_now(connection: Connection) -> Points:
    """How points work; the plainest way where nothing is published."""
    row = BenefitRows(connection).term("points", "")
    return cast("Points", decode("points", row.body)) if row and row.body else Points()


def tiers_now(connection: Connection) -> Tiers:
    """The tiers; none where nothing is published."""
    row = BenefitRows(connection).term("tiers", "")
    return cast("Tiers", decode("tiers", row.body)) if row and row.body else Tiers()


def available(connection: Connection, asset: str, owner: str, at: int) -> int:
    """What the owner could spend at the instant; 0 where there is no such asset."""
    return all_available(connection, owner, at, asset)[asset]


def all_available(connection: Connection, owner: str, at: int, *assets: str) -> dict[str, int]:
    """The same of several assets."""
    found = dict.fromkeys(assets, 0)
    for lot in BenefitRows(connection).lots_of(owner, assets):
        if lot.expires_at > at:
            found[lot.asset] += lot.balance - lot.held
    return found


def used_of_limit(connection: Connection, scope: str, subject: str, at: int) -> int:
    """How much of a limit the subject has used, or set aside to be used."""
    asset = LIMITS + scope
    if asset not in LedgerRows(connection).assets([asset]):
        return 0
    found = balance_of(connection, asset, subject, at)
    return found.held - found.balance
