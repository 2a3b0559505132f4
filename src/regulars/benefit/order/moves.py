"""What an order moves in the ledger: held, captured, given back. Pure.

A coupon goes from the customer to those that are used, points and balance to the shop. What a
budget had set aside for a coupon goes along: it is spent as far as the coupon came to cost it, and
what is left of it the budget has back when the order is paid. While the order is only held, all of
that stays where it is.

>>> from regulars.benefit.order.allocation import Part, UsedCoupon
>>> spring = UsedCoupon(
...     asset="coupon:spring:1", discount=15_00, budget="may", worst_case=20_00, set_aside=20_00,
...     cost=15_00,
... )
>>> order = Allocation(lines=(Part(id="tea", points=100, balance=5),), coupons=(spring,))
>>> amounts, legs = captured(order, "CNY")
>>> amounts
{'coupon:spring:1': 1, 'cost:may': 1500, 'points': 100, 'money:CNY': 5}
>>> [(leg.owner, leg.amount) for leg in legs]
[('reserved', -500), ('left', 500)]
"""

from __future__ import annotations

from collections.abc import Mapping

from regulars.benefit.cost import release, reserve, spend
from regulars.benefit.names import (
    POINTS,
    SHOP,
    USED,
    cost_asset,
    customer_owner,
    money_asset,
)
from regulars.benefit.order.allocation import Allocation, Restored
from regulars.ledger.command import Leg


def hold_legs(customer_id: int, used: Allocation, currency: str) -> tuple[Leg, ...]:
    """What is set aside for an order; none where it uses nothing."""
    customer = customer_owner(customer_id)
    legs: list[Leg] = []
    for coupon in used.coupons:
        legs += _legs(coupon.asset, customer, USED, 1)
        legs += spend(coupon.budget, coupon.set_aside)
    legs += _legs(POINTS, customer, SHOP, used.points)
    legs += _legs(money_asset(currency), customer, SHOP, used.balance)
    return tuple(legs)


def captured(used: Allocation, currency: str) -> tuple[dict[str, int], tuple[Leg, ...]]:
    """What of the hold is spent, by asset, and what budgets have back besides."""
    amounts: dict[str, int] = {}
    legs: list[Leg] = []
    for coupon in used.coupons:
        amounts[coupon.asset] = 1
        if coupon.budget and coupon.cost:
            asset = cost_asset(coupon.budget)
            amounts[asset] = amounts.get(asset, 0) + coupon.cost
        legs += release(coupon.budget, coupon.set_aside - coupon.cost)
    if used.points:
        amounts[POINTS] = used.points
    if used.balance:
        amounts[money_asset(currency)] = used.balance
    return amounts, tuple(legs)


def given_back(used: Allocation, currency: str, back: Restored) -> dict[str, int]:
    """What of the capture is taken back, by asset: to the lots that it came from."""
    amounts = dict.fromkeys(back.coupons, 1)
    if back.points:
        amounts[POINTS] = back.points
    if back.balance:
        amounts[money_asset(currency)] = back.balance
    for budget, cost in _by_budget(used, back.costs).items():
        amounts[cost_asset(budget)] = cost
    return amounts


def budget_legs(used: Allocation, back: Restored, left: Mapping[str, int]) -> tuple[Leg, ...]:
    """What budgets set aside anew for coupons that come back, or have left again.

    What they had paid comes back to what is set aside. Of that as much stays there as the coupons
    that come back can cost at most; what is missing to it comes from what is left, if so much is.

    Args:
        used: by the order.
        back: what is given back.
        left: by budget, what can still be promised.
    """
    worst = {one.asset: one.worst_case for one in used.coupons if one.asset in back.coupons}
    wanted = _by_budget(used, worst)
    paid = _by_budget(used, back.costs)
    legs: list[Leg] = []
    for budget in dict.fromkeys((*wanted, *paid)):
        more = wanted.get(budget, 0) - paid.get(budget, 0)
        if more > 0:
            legs += reserve(budget, min(more, max(left.get(budget, 0), 0)))
        else:
            legs += release(budget, -more)
    return tuple(legs)


def _by_budget(used: Allocation, amounts: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for coupon in used.coupons:
        amount = amounts.get(coupon.asset, 0)
        if coupon.budget and amount:
            found[coupon.budget] = found.get(coupon.budget, 0) + amount
    return found


def _legs(asset: str, giver: str, taker: str, amount: int) -> tuple[Leg, ...]:
    return (Leg(asset, giver, -amount), Leg(asset, taker, amount)) if amount else ()
