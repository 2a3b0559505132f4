"""What a basket costs a customer with the coupons, points and balance that they have.

>>> from regulars.benefit.definition.terms import Coupon
>>> from regulars.benefit.quote.basket import BasketLine
>>> spring = Coupon(name="spring", title="Spring", kind="amount", amount=20_00, threshold=100_00)
>>> tea = BasketLine(id="1", product="p1", quantity=3, unit_price=40_00)
>>> found = quote(
...     Basket((tea,), shipping=8_00), [Held("coupon:spring:1", spring, 1, expires_at=9)], at=5,
...     catalogue_points=Points(worth=1, worth_of=1), together=Together(), points_available=500,
...     wish=Wish(points="most"),
... )
>>> found.pay, found.saved, found.points, found.lines[0].discounts
(10300, 2500, 500, {'coupon:spring:1': 2000})
"""

from __future__ import annotations

from collections.abc import Sequence

from regulars.benefit.definition.terms import Points, Together
from regulars.benefit.quote.basket import Basket, Held, Quote, Wish, check_basket
from regulars.benefit.quote.best import best
from regulars.benefit.quote.bill import Bill
from regulars.benefit.quote.payment import check_wish
from regulars.benefit.quote.reasons import reason, why_never, why_not
from regulars.benefit.quote.rules import Fitted, fitted
from regulars.benefit.quote.wished import wished


def quote(
    basket: Basket,
    held: Sequence[Held],
    *,
    at: int,
    catalogue_points: Points,
    together: Together,
    points_available: int = 0,
    balance_available: int = 0,
    wish: Wish | None = None,
    free_shipping: bool = False,
    currency: str = "CNY",
) -> Quote:
    """What the basket comes to, by the rules of `rules`, with the best combination of coupons.

    Args:
        basket: what is bought.
        held: coupons that the customer has.
        at: when; UTC microseconds.
        catalogue_points: how points are spent.
        together: how coupons go together.
        points_available: to the customer.
        balance_available: to the customer, in the smallest coin.
        wish: what of it is to be used; with None the best coupons, no points and no balance.
        free_shipping: whether the customer's tier has it.
        currency: of the amounts, for sentences.

    Raises:
        InvalidCommand: the basket or the wish makes no sense.
        NotApplicable: a coupon that is wished for cannot be used, and why.
    """
    wish = wish or Wish()
    check_basket(basket)
    check_wish(wish)
    bill = Bill(basket, free_shipping=free_shipping)
    coupons = fitted(held, basket)
    why = [why_never(coupon, bill.left, at) for coupon in coupons]
    usable = [coupon for coupon, never in zip(coupons, why, strict=True) if never is None]
    usable.sort(key=lambda one: (one.held.expires_at, one.order))
    if wish.coupons is None:
        used = best(_first_of_each(usable), bill.left, together.most)
    else:
        never_of = {one.coupon.name: never for one, never in zip(held, why, strict=True) if never}
        used = wished(wish.coupons, usable, never_of, bill.left, together.most, currency)
    bill.take_off(used)
    bill.pay(catalogue_points, points_available, balance_available, wish)
    reasons = []
    for coupon, never in zip(coupons, why, strict=True):
        if not any(coupon is one for one in used):
            beside = why_not(coupon, used, together.most, chosen=wish.coupons is not None)
            reasons.append(reason(coupon.held, never or beside, currency))
    return bill.quote(reasons)


def _first_of_each(usable: Sequence[Fitted]) -> list[Fitted]:
    """Of each asset the coupon that expires first, if that is how they are sorted."""
    found: dict[str, Fitted] = {}
    for coupon in usable:
        found.setdefault(coupon.held.asset, coupon)
    return list(found.values())
