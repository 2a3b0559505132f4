"""What a quoted order uses, in the form in which it is kept and refunded. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regulars.benefit.definition.terms import Coupon
from regulars.benefit.order.allocation import Allocation, Part, UsedCoupon
from regulars.benefit.quote.basket import Held, Quote, QuotedLine


def allocation_of(quoted: Quote, held: Sequence[Held], reserved: Mapping[str, int]) -> Allocation:
    """What the order uses.

    Args:
        quoted: the order.
        held: the coupons that the quote was made with.
        reserved: by budget, what is set aside for coupons that were given. Where that is less than
            the worst case of those used here, because a coupon has come back when its budget had
            nothing left, the budget pays for no more than there is.
    """
    terms = {(one.asset, one.expires_at): one.coupon for one in held}
    left = dict(reserved)
    coupons = []
    for one in quoted.coupons:
        coupon: Coupon = terms[one.asset, one.expires_at]
        worst = (coupon.worst_case or 0) if coupon.budget else 0
        there = min(worst, max(left.get(coupon.budget, 0), 0))
        if coupon.budget:
            left[coupon.budget] = left.get(coupon.budget, 0) - there
        coupons.append(
            UsedCoupon(
                asset=one.asset,
                discount=one.discount,
                expires_at=one.expires_at,
                budget=coupon.budget,
                worst_case=worst,
                set_aside=there,
                cost=min(one.discount, there),
            )
        )
    return Allocation(
        lines=tuple(_part(line) for line in quoted.lines),
        shipping=_part(quoted.shipping),
        coupons=tuple(coupons),
    )


def _part(line: QuotedLine) -> Part:
    return Part(
        id=line.id,
        quantity=line.quantity,
        price=line.price - line.free,
        discounts={asset: amount for asset, amount in line.discounts.items() if amount},
        points=line.points,
        points_money=line.points_money,
        balance=line.balance,
        pay=line.pay,
    )
