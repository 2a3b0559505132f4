"""Which coupons together take the most off a basket: searched for, before a customer finds it.

All of the basket is taken to be in every coupon's scope, so real baskets may pay more; coupons of
which no product can be in both scopes are not put together, nor are those of which one has ended
before the other begins. Shipping is left out. Coupons apply as in a quote.

>>> from regulars.benefit.definition.terms import Coupon
>>> one = Coupon(name="a", title="a", kind="amount", amount=2000, threshold=10000)
>>> two = Coupon(name="b", title="b", kind="percent", percent=1000)
>>> deepest([one, two], most=3, points=None, also=())
([Stack(basket=10000, coupons=('a', 'b'), by_coupons=2800, by_points=0)], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from regulars.benefit.definition.terms import Coupon, Points, Scope
from regulars.benefit.quote.payment import of_points
from regulars.ledger.command import MOST

_KINDS = {"gift": 0, "amount": 1, "percent": 2}
_MOST_TRIED = 20_000
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Stack:
    """The deepest discount of a basket.

    Attributes:
        basket: what its goods come to.
        coupons: names, in the order in which they apply.
        by_coupons: what they take off.
        by_points: what points pay of the rest.
    """

    basket: int
    coupons: tuple[str, ...]
    by_coupons: int
    by_points: int

    @property
    def pay(self) -> int:
        """What is left to pay."""
        return self.basket - self.by_coupons - self.by_points


def deepest(
    coupons: Iterable[Coupon], *, most: int, points: Points | None, also: Sequence[int]
) -> tuple[list[Stack], bool]:
    """The deepest discount of each basket that just reaches a threshold; whether all was tried.

    Args:
        coupons: that customers can have at the same time.
        most: coupons in a basket.
        points: how they are spent; None where nobody has any.
        also: further baskets to look at.

    Returns:
        The stacks, the deepest share first, and True where the search was exact.
    """
    useful = [one for one in coupons if one.kind in _KINDS and off(one, _LARGE)]
    baskets = sorted({one.threshold for one in useful} | set(also) - {0})
    baskets = [basket for basket in baskets if basket > 0]
    found: list[Stack] = []
    complete = True
    for basket in baskets:
        search = _Search(basket, useful, most, _MOST_TRIED // len(baskets))
        search.go()
        complete = complete and search.tried < search.bound
        left = basket - search.best
        found.append(Stack(basket, search.names, search.best, by_points(points, left)))
    found.sort(key=lambda one: (Fraction(one.pay, one.basket), one.basket))
    return found, complete


def off(coupon: Coupon, left: int) -> int:
    """What a coupon takes off so much that is left of the basket, in the smallest coin.

    >>> off(Coupon(name="a", title="a", kind="percent", percent=1500, ceiling=1000), 5000)
    750
    """
    if coupon.kind == "amount":
        return min(coupon.amount, left)
    if coupon.kind == "gift":
        return min(coupon.worth, left)
    if coupon.kind == "percent":
        part, rest = divmod(left * coupon.percent, _WHOLE)
        part += 2 * rest > _WHOLE or (2 * rest == _WHOLE and part % 2)  # half to even
        return part if coupon.ceiling is None else min(part, coupon.ceiling)
    return 0


def by_points(points: Points | None, left: int) -> int:
    """What points pay of it at most, in the smallest coin."""
    return 0 if points is None else of_points(points, left, MOST, "most")[1]


class _Search:
    """Branch and bound: a coupon takes never more off than it does of the whole basket."""

    def __init__(self, basket: int, coupons: Sequence[Coupon], most: int, bound: int) -> None:
        self.basket = basket
        reach = [(off(one, basket), one) for one in coupons if one.threshold <= basket]
        reach.sort(key=lambda pair: (-pair[0], pair[1].name))
        self.alone = [amount for amount, _ in reach]
        self.coupons = [one for _, one in reach]
        self.most = most
        self.bound = max(bound, 500)
        self.tried = 0
        self.best = 0
        self.names: tuple[str, ...] = ()

    def go(self) -> None:
        self._from(0, [])

    def _from(self, at: int, chosen: list[Coupon]) -> None:
        room = self.most - len(chosen)
        so_far, _ = self._amount(chosen)
        for place in range(at, len(self.coupons) if room else 0):
            hope = so_far + sum(self.alone[place : place + room])
            if hope <= self.best or self.tried >= self.bound:
                return
            self.tried += 1
            one = self.coupons[place]
            if all(_together(one, other) for other in chosen):
                more = [*chosen, one]
                amount, names = self._amount(more)
                if amount > self.best:
                    self.best, self.names = amount, names
                self._from(place + 1, more)

    def _amount(self, chosen: Sequence[Coupon]) -> tuple[int, tuple[str, ...]]:
        """What they take off together, and those of them that take off anything."""
        left, names = self.basket, []
        for one in sorted(chosen, key=_order):
            if part := off(one, left):
                left -= part
                names.append(one.name)
        return self.basket - left, tuple(names)


def _order(one: Coupon) -> tuple[bool, int, str]:
    return one.scope == Scope(), _KINDS[one.kind], one.name


def _together(one: Coupon, other: Coupon) -> bool:
    if one.alone or other.alone or (one.group and one.group == other.group):
        return False
    return _meet(one.scope, other.scope) and _overlap(one, other) and _overlap(other, one)


def _overlap(one: Coupon, other: Coupon) -> bool:
    begins, ends = one.validity.starts_at, other.validity.ends_at
    return begins is None or ends is None or begins < ends


def _meet(one: Scope, other: Scope) -> bool:
    """Whether something can be in both."""
    if one.products and other.products and not set(one.products) & set(other.products):
        return False
    if (
        one.categories
        and other.categories
        and not any(
            _within(mine, yours) or _within(yours, mine)
            for mine in one.categories
            for yours in other.categories
        )
    ):
        return False
    low = max(one.price_from or 0, other.price_from or 0)
    highs = [high for high in (one.price_to, other.price_to) if high is not None]
    return not highs or low <= min(highs)


def _within(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/")


_LARGE = 1 << 50
