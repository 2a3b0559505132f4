"""The bill: coupons, points and balance taken off line by line, in that order."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.benefit.definition.terms import Points
from regulars.benefit.quote.basket import (
    Basket,
    Quote,
    QuotedCoupon,
    QuotedLine,
    Reason,
    Wish,
)
from regulars.benefit.quote.payment import of_balance, of_points
from regulars.benefit.quote.rules import Fitted, spread, taken_off


class Bill:
    """A basket, and what has been taken off.

    Attributes:
        left: of each line, and of the shipping.
    """

    def __init__(self, basket: Basket, *, free_shipping: bool) -> None:
        """Begin with list prices; of the shipping nothing is left where the tier has it free."""
        self._basket = basket
        self._prices = [line.list_price for line in basket.lines] + [basket.shipping]
        self.left = self._prices[:]
        if free_shipping:
            self.left[-1] = 0
        nothing = [0] * len(self._prices)
        self._free = basket.shipping - self.left[-1]
        self._discounts: list[dict[str, int]] = [{} for _ in self._prices]
        self._coupons: list[QuotedCoupon] = []
        self._points, self._points_money, self._balance = nothing, nothing, nothing

    def take_off(self, coupons: Sequence[Fitted]) -> None:
        """Apply coupons, in this order."""
        for coupon in coupons:
            parts = taken_off(coupon, self.left)
            for place, part in parts.items():
                self.left[place] -= part
                self._discounts[place][coupon.held.asset] = part
            terms = coupon.held.coupon
            self._coupons.append(
                QuotedCoupon(
                    asset=coupon.held.asset,
                    name=terms.name,
                    version=coupon.held.version,
                    title=terms.title,
                    title_zh=terms.title_zh,
                    expires_at=coupon.held.expires_at,
                    discount=sum(parts.values()),
                )
            )

    def pay(
        self, points: Points, points_available: int, balance_available: int, wish: Wish
    ) -> None:
        """Pay with points for goods, then with balance for all."""
        goods = self.left[:-1]
        used, money = of_points(points, sum(goods), points_available, wish.points)
        if used:
            self._points_money = [*spread(money, goods), 0]
            self._points = spread(used, self._points_money)
            self._less(self._points_money)
        if used := of_balance(sum(self.left), balance_available, wish.balance):
            self._balance = spread(used, self.left)
            self._less(self._balance)

    def quote(self, reasons: Sequence[Reason]) -> Quote:
        """As it stands."""
        ids = [(line.id, line.quantity) for line in self._basket.lines] + [("", 1)]
        *lines, shipping = (self._line(place, *one) for place, one in enumerate(ids))
        list_price, balance, pay = sum(self._prices), sum(self._balance), sum(self.left)
        return Quote(
            lines=tuple(lines),
            shipping=shipping,
            coupons=tuple(self._coupons),
            points=sum(self._points),
            points_money=sum(self._points_money),
            balance=balance,
            list_price=list_price,
            saved=list_price - balance - pay,
            pay=pay,
            reasons=tuple(reasons),
        )

    def _line(self, place: int, name: str, quantity: int) -> QuotedLine:
        return QuotedLine(
            id=name,
            quantity=quantity,
            price=self._prices[place],
            free=self._free if place == len(self._basket.lines) else 0,
            discounts=self._discounts[place],
            points=self._points[place],
            points_money=self._points_money[place],
            balance=self._balance[place],
            pay=self.left[place],
        )

    def _less(self, parts: Sequence[int]) -> None:
        for place, part in enumerate(parts):
            self.left[place] -= part
