"""What a customer has that an order may use, and what the order comes to with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from regulars.benefit.definition.terms import Coupon, Points, Tiers, Together, decode
from regulars.benefit.names import (
    POINTS,
    RESERVED,
    cost_asset,
    customer_owner,
    money_asset,
)
from regulars.benefit.quote.basket import Basket, Held, Quote, Wish
from regulars.benefit.quote.quote import quote
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_ledger import LedgerRows


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a customer has to use.

    Attributes:
        held: coupons, also those that another order holds or that have expired, for the quote to
            say so.
        points: available.
        balance: available, in the smallest coin.
        free_shipping: whether their tier has it.
        reserved: by budget, what is set aside for coupons.
        currency: of the balance.
    """

    held: tuple[Held, ...] = ()
    points: int = 0
    balance: int = 0
    free_shipping: bool = False
    reserved: dict[str, int] = field(default_factory=dict)
    currency: str = "CNY"


def read_wallet(
    connection: Connection, customer_id: int, currency: str, at: int, hold: int = 0
) -> Wallet:
    """What the customer has at the instant.

    Args:
        connection: to be read from.
        customer_id: whose.
        currency: of their balance.
        at: UTC microseconds; points and balance that have expired by then are left out.
        hold: whose amounts count as free, since what is held anew takes its place; 0 for none.
    """
    rows = BenefitRows(connection)
    customer = customer_owner(customer_id)
    own = _set_aside(connection, hold)
    held = []
    budgets = {}
    for lot in rows.coupon_lots_of(customer):
        coupon = _coupon(lot.body)
        taken = lot.held - own[lot.asset, customer, lot.expires_at]
        held.append(Held(lot.asset, coupon, lot.version, lot.expires_at, lot.balance - taken))
        if coupon.budget:
            budgets[cost_asset(coupon.budget)] = coupon.budget
    money = money_asset(currency)
    there = {POINTS: 0, money: 0}
    for one in rows.lots_of(customer, list(there)):
        if one.expires_at > at:
            free = one.balance - one.held + own[one.asset, customer, one.expires_at]
            there[one.asset] += max(free, 0)
    reserved = dict.fromkeys(budgets.values(), 0)
    for one in rows.lots_of(RESERVED, list(budgets)) if budgets else ():
        free = one.balance - one.held + own[one.asset, RESERVED, one.expires_at]
        reserved[budgets[one.asset]] += free
    return Wallet(
        tuple(held), there[POINTS], there[money], _ships_free(rows, customer_id), reserved
    )


def quote_of(connection: Connection, wallet: Wallet, basket: Basket, wish: Wish, at: int) -> Quote:
    """What the basket comes to with what the customer has; raises what `quote` does."""
    rows = BenefitRows(connection)
    points, together = rows.term("points", ""), rows.term("together", "")
    return quote(
        basket,
        wallet.held,
        at=at,
        catalogue_points=_points(points.body) if points and points.body else Points(),
        together=_together(together.body) if together and together.body else Together(),
        points_available=wallet.points,
        balance_available=wallet.balance,
        wish=wish,
        free_shipping=wallet.free_shipping,
        currency=wallet.currency,
    )


def _set_aside(connection: Connection, hold: int) -> Counter[tuple[str, str, int]]:
    """What an open hold sets aside: by asset, owner and expiry."""
    found: Counter[tuple[str, str, int]] = Counter()
    rows = LedgerRows(connection)
    if not hold or not any(one.state == "open" for one in rows.holds([hold])):
        return found
    lines = rows.hold_lines([hold])
    accounts = {row.account_id: row for row in rows.accounts({line[2] for line in lines})}
    names = {
        number: name
        for name, number in rows.asset_names({row.asset_id for row in accounts.values()})
    }
    for _, _, account, _, amount in lines:
        row = accounts[account]
        found[names[row.asset_id], row.owner, row.expires_at] += amount
    return found


def _ships_free(rows: BenefitRows, customer_id: int) -> bool:
    member = rows.member(customer_id)
    if member is None:
        return False
    found = rows.term("tiers", "")
    tiers = _tiers(found.body).tiers if found and found.body else ()
    return any(tier.name == member.tier and tier.free_shipping for tier in tiers)


@lru_cache(maxsize=4096)
def _coupon(body: str) -> Coupon:
    return cast("Coupon", decode("coupon", body))


@lru_cache(maxsize=16)
def _points(body: str) -> Points:
    return cast("Points", decode("points", body))


@lru_cache(maxsize=16)
def _together(body: str) -> Together:
    return cast("Together", decode("together", body))


@lru_cache(maxsize=16)
def _tiers(body: str) -> Tiers:
    return cast("Tiers", decode("tiers", body))
