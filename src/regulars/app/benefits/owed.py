"""What the shop owes in all: points, coupons, balances, envelopes, gifts, and its budgets."""

from __future__ import annotations

from typing import Any, cast

from regulars.benefit.catalogue import Catalogue
from regulars.benefit.definition.terms import Coupon, decode
from regulars.benefit.names import (
    LEFT,
    PROMISED,
    RESERVED,
    SPENT,
    cost_asset,
    coupon_asset,
    gift_asset,
    money_asset,
)
from regulars.benefit.points.liability import liability
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.ledger.statement import balance_of

_COUPON, _GIFT = "coupon:", "gift:"


def owed(connection: Connection, currency: str, zone: str, at: int) -> dict[str, Any]:
    """The shop's liabilities at the instant, as plain data; money in the smallest coin.

    Args:
        connection: that sees one state of the store throughout.
        currency: of balances.
        zone: the shop's time zone.
        at: UTC microseconds.

    Returns:
        `points` (`points.liability`), `coupons` and `gifts` by name (outstanding, and what they can
        cost at worst: None where nothing bounds it), `balance` (of customers and in envelopes, also
        what has expired and was not taken away yet), `budgets` (funded, spent, reserved, left).
    """
    rows = BenefitRows(connection)
    catalogue = Catalogue.read(connection)
    return {
        "at": at,
        "currency": currency,
        "points": liability(connection, at, zone).as_dict(),
        "coupons": _outstanding(rows, _COUPON, _worst_coupons(rows)),
        "gifts": _outstanding(rows, _GIFT, _worst_gifts(catalogue)),
        "balance": -sum(rows.totals(money_asset(currency)).values()),
        "budgets": budgets(connection, at),
    }


def budgets(connection: Connection, at: int) -> list[dict[str, Any]]:
    """How each published budget stands, in its asset's own unit."""
    found = []
    for budget in Catalogue.read(connection).budgets():
        asset = cost_asset(budget.name)
        left, spent, *aside = (
            balance_of(connection, asset, owner, at).balance
            for owner in (LEFT, SPENT, RESERVED, PROMISED)
        )
        reserved = sum(aside)
        found.append({
            "budget": budget.name,
            "asset": budget.asset,
            "funded": left + reserved + spent,
            "spent": spent,
            "reserved": reserved,
            "left": left,
        })  # fmt: skip
    return found


def _outstanding(
    rows: BenefitRows, prefix: str, worst: dict[str, int | None]
) -> list[dict[str, Any]]:
    """What customers have of each asset: the rest of what the shop's own owners have."""
    there: dict[str, int] = {}
    for (asset, _), amount in rows.totals(prefix).items():
        there[asset] = there.get(asset, 0) - amount
    found = []
    for asset, count in sorted(there.items()):
        if count:
            one = worst.get(asset)
            found.append(
                {
                    "asset": asset,
                    "outstanding": count,
                    "worst": None if one is None else one * count,
                }
            )
    return found


def _worst_coupons(rows: BenefitRows) -> dict[str, int | None]:
    names = [row.name for row in rows.terms() if row.kind == "coupon"]
    return {
        coupon_asset(row.name, row.version): cast("Coupon", decode("coupon", row.body)).worst_case
        for row in rows.versions("coupon", names)
        if row.body
    }


def _worst_gifts(catalogue: Catalogue) -> dict[str, int | None]:
    return {gift_asset(one.name): one.worth or None for one in catalogue.gifts()}
