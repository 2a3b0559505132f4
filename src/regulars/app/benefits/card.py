"""What one customer has: points, coupons, balance, gifts, tier, badges, as plain data."""

from __future__ import annotations

from typing import Any, cast

from regulars.benefit.catalogue import Catalogue
from regulars.benefit.definition.terms import Coupon, decode
from regulars.benefit.names import (
    GROWTH,
    OWED_POINTS,
    POINTS,
    badge_asset,
    customer_owner,
    money_asset,
)
from regulars.benefit.points.liability import worth_of
from regulars.benefit.tier.judge import progress
from regulars.benefit.tier.judging import standing_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_wallets import LotRow
from regulars.ledger.command import NEVER


def card_of(connection: Connection, customer_id: int, currency: str, at: int) -> dict[str, Any]:
    """All that the customer has at the instant; of a customer without anything too.

    Args:
        connection: that sees one state of the store.
        customer_id: whose.
        currency: of the balance.
        at: UTC microseconds; what has expired by then is left out.

    Returns:
        `points` (available, held, worth in the smallest coin, owed, lots), `balance`, `coupons`
        (one entry for each lot), `gifts`, `badges`, `tier` (None where there are none), `growth`.
    """
    rows = BenefitRows(connection)
    catalogue = Catalogue.read(connection)
    owner = customer_owner(customer_id)
    money = money_asset(currency)
    badges = [badge_asset(one.name) for one in catalogue.badges()]
    there: dict[str, list[LotRow]] = {}
    for lot in rows.lots_of(owner, [POINTS, GROWTH, OWED_POINTS, money, *badges]):
        if lot.expires_at > at:
            there.setdefault(lot.asset, []).append(lot)
    points = _amount(there.get(POINTS, []))
    points["worth"] = worth_of(catalogue.points, points["available"])
    points["owed"] = _amount(there.get(OWED_POINTS, []))["available"]
    growth = _amount(there.get(GROWTH, []))["available"]
    return {
        "customer_id": customer_id,
        "currency": currency,
        "points": points,
        "balance": _amount(there.get(money, [])),
        "coupons": [_coupon(one) for one in rows.coupon_lots_of(owner) if one.expires_at > at],
        "gifts": [
            {"n": one.n, "gift": one.gift, "state": one.state, "tracking": one.tracking}
            for one in rows.gifts_of(customer_id)
        ],
        "badges": [
            {"name": one.name, "title": one.title, "title_zh": one.title_zh}
            for one in catalogue.badges()
            if badge_asset(one.name) in there
        ],
        "growth": growth,
        "tier": _tier(connection, catalogue, customer_id, growth),
    }


def _amount(lots: list[LotRow]) -> dict[str, Any]:
    return {
        "available": sum(lot.balance - lot.held for lot in lots),
        "held": sum(lot.held for lot in lots),
        "lots": [
            {"amount": lot.balance} | _expiry(lot.expires_at)
            for lot in sorted(lots, key=lambda lot: lot.expires_at)
        ],
    }


def _expiry(expires_at: int) -> dict[str, int]:
    return {} if expires_at == NEVER else {"expires_at": expires_at}


def _coupon(lot: Any) -> dict[str, Any]:
    coupon = cast("Coupon", decode("coupon", lot.body))
    told: dict[str, Any] = {
        "coupon": coupon.name,
        "version": lot.version,
        "title": coupon.title,
        "title_zh": coupon.title_zh,
        "kind": coupon.kind,
        "threshold": coupon.threshold,
        "count": lot.balance - lot.held,
        "held": lot.held,
    }
    for name in ("amount", "percent", "ceiling", "gift"):
        if value := getattr(coupon, name):
            told[name] = value
    return told | _expiry(lot.expires_at)


def _tier(
    connection: Connection, catalogue: Catalogue, customer_id: int, growth: int
) -> dict[str, Any] | None:
    way = progress(catalogue.tiers, standing_of(connection, customer_id), growth)
    if way is None:
        return None
    told: dict[str, Any] = {
        "name": way.tier.name,
        "title": way.tier.title,
        "title_zh": way.tier.title_zh,
        "privileges": list(way.tier.privileges),
        "to_keep": way.to_keep,
    }
    if way.until != NEVER:
        told["until"] = way.until
    if way.next is not None:
        told["next"] = {"name": way.next.name, "more": way.more, "share": round(way.share, 4)}
    return told
