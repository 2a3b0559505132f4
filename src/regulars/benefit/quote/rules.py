"""How coupons take off: these are the published rules.

1. *Threshold.* The lines in a coupon's scope must come to its threshold at list price, before any
   discount. A category in a scope means those below it as well: `tea` contains `tea/green`.
2. *Order.* Coupons apply one after the other, each to what the earlier ones have left of its lines:
   those with a scope (any condition) before those without; within these gift, amount, percent; then
   by name. Coupons for shipping come last; they touch nothing but the shipping.
   - A *gift* coupon makes one piece free of the product that it names, wherever it stands in the
     basket, in scope or not: the cheapest piece by list price of which anything is left. Off goes
     that piece's list price, at most what is left of its line, at most `worth` if that is not 0.
   - An *amount* coupon takes its amount off, at most what is left of its lines.
   - A *percent* coupon takes its percentage off what is left of its lines, half a coin rounded to
     even, at most its ceiling.
   - A *free shipping* coupon takes the shipping off, at most `worth` if that is not 0.
3. *Spread.* What a coupon takes off is spread over its lines in proportion to what is left of
   them, by largest remainder, ties by the basket's order: exact to the coin. No line falls below 0.
4. *Together.* Of coupons with the same `group` one is used at most; one that is `alone` goes with
   no other; in all no more than the shop lets go together; and one of each name, however many the
   customer has.
5. *Best.* Of all combinations that are allowed the one that leaves the least to pay for goods and
   shipping. Among equals that of the fewest coupons, then that of which the coupons expire first
   (the first to expire compared first), then by their names. So no coupon is used that takes
   nothing off. Points and balance do not enter: they are the customer's own, and come after.
6. *Points* pay for goods, not for shipping: at most `most_percent` of what coupons have left of the
   goods, and only where that is `least_order` or more; in multiples of `step`, and of as many as
   pay whole coins. Then the customer's *balance* pays for all that is left. Both are spread over
   the lines as in 3.

>>> spread(100, [50, 50, 50]), spread(7, [0, 3, 4])
([34, 33, 33], [0, 3, 4])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regulars.benefit.definition.terms import Scope
from regulars.benefit.quote.basket import Basket, Held
from regulars.benefit.quote.scope import in_scope

WHOLE = 10_000
"""100 %, in hundredths of a percent."""
NO_END = 1 << 62
"""More than any amount."""
_ALL = Scope()
_KINDS = {"gift": 0, "amount": 1, "percent": 2, "free_shipping": 3}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A coupon, and what it means in one basket.

    Attributes:
        held: the coupon.
        meant: places of the lines in its scope.
        comes_to: what these come to at list price.
        places: of the lines that it takes off, in the basket's order; the shipping is the place
            after the last line. Of a gift the lines of the product, the cheapest piece first.
        prices: of a gift one piece on each of these lines.
        percent: of a percent coupon, in hundredths; else 0.
        most: it takes off no more.
        order: coupons apply in this order.
    """

    held: Held
    meant: tuple[int, ...]
    comes_to: int
    places: tuple[int, ...]
    prices: tuple[int, ...]
    percent: int
    most: int
    order: tuple[bool, bool, int, str, int]

    def discount(self, base: int) -> int:
        """What it takes off so much that is left of its lines; not of a gift."""
        if not self.percent:
            return min(self.most, base)
        off, rest = divmod(base * self.percent, WHOLE)
        if 2 * rest > WHOLE or (2 * rest == WHOLE and off % 2):
            off += 1
        return min(off, self.most, base)

    def gift(self, left: Sequence[int]) -> tuple[int, int]:
        """Of a gift: the place where it takes something off, and how much."""
        for place, price in zip(self.places, self.prices, strict=True):
            if left[place] and price:
                return place, min(price, left[place], self.most)
        return self.places[0], 0

    def gift_at_most(self, left: Sequence[int]) -> int:
        """Of a gift: it takes off no more, whatever comes off before it."""
        prices = zip(self.places, self.prices, strict=True)
        return max(min(price, left[place], self.most) for place, price in prices)


def fitted(held: Iterable[Held], basket: Basket) -> list[Fitted]:
    """The coupons as they stand to the basket."""
    scopes: dict[Scope, tuple[tuple[int, ...], int]] = {}
    found = []
    for one in held:
        scope = one.coupon.scope
        if scope not in scopes:
            meant = tuple(
                place
                for place, line in enumerate(basket.lines)
                if in_scope(scope, line.product, line.category, line.unit_price)
            )
            scopes[scope] = meant, sum(basket.lines[place].list_price for place in meant)
        found.append(_fitted(one, basket, *scopes[scope]))
    return found


def _fitted(held: Held, basket: Basket, meant: tuple[int, ...], comes_to: int) -> Fitted:
    coupon = held.coupon
    places, most = meant, coupon.worth or NO_END
    prices: tuple[int, ...] = ()
    match coupon.kind:
        case "gift":
            pieces = sorted(
                (line.unit_price, place)
                for place, line in enumerate(basket.lines)
                if line.product == coupon.gift
            )
            places = tuple(place for _, place in pieces)
            prices = tuple(price for price, _ in pieces)
        case "free_shipping":
            places = (len(basket.lines),)
        case "amount":
            most = coupon.amount
        case "percent":
            most = NO_END if coupon.ceiling is None else coupon.ceiling
            most = most if coupon.percent else 0
    shipping = coupon.kind == "free_shipping"
    order = (shipping, coupon.scope == _ALL, _KINDS[coupon.kind], coupon.name, held.version)
    percent = coupon.percent if coupon.kind == "percent" else 0
    return Fitted(held, meant, comes_to, places, prices, percent, most, order)


def taken_off(coupon: Fitted, left: Sequence[int]) -> dict[int, int]:
    """What the coupon takes off, by place.

    Args:
        coupon: to be applied.
        left: of each line, and of the shipping.
    """
    if coupon.prices:
        place, off = coupon.gift(left)
        return {place: off} if off else {}
    of_places = [left[place] for place in coupon.places]
    parts = spread(coupon.discount(sum(of_places)), of_places)
    return {place: off for place, off in zip(coupon.places, parts, strict=True) if off}


def spread(amount: int, over: Sequence[int]) -> list[int]:
    """The amount in proportion to the parts, by largest remainder, ties by their order.

    Args:
        amount: 0 or more; 0 where all parts are.
        over: 0 or more each.
    """
    total = sum(over)
    if amount == total:
        return list(over)
    shares = [amount * part // total for part in over]
    short = amount - sum(shares)
    if short:
        rests = [amount * part % total for part in over]
        for place in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:short]:
            shares[place] += 1
    return shares
