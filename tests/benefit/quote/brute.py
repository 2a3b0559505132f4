"""Every combination of coupons that is allowed, tried: written from the rules, not from the search.

Shares nothing with `regulars.benefit.quote` but the terms: fractions in place of integer tricks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, islice

from regulars.benefit.definition.terms import Coupon, Scope
from regulars.benefit.quote.basket import Basket, BasketLine, Held

KINDS = ["gift", "amount", "percent"]


def best(basket: Basket, held: Sequence[Held], at: int, most: int) -> tuple[int, tuple[Held, ...]]:
    """What is left to pay for goods and shipping, and the coupons that do it."""
    found = None
    for some in allowed(basket, held, at, most):
        pay = sum(left_after(basket, some))
        expires = sorted(one.expires_at for one in some)
        names = sorted((one.coupon.name, one.version) for one in some)
        key = (pay, len(some), expires, names)
        if found is None or key < found[0]:
            found = key, some
    assert found is not None
    return found[0][0], found[1]


def allowed(basket: Basket, held: Sequence[Held], at: int, most: int) -> Iterator[tuple[Held, ...]]:
    good = [one for one in held if is_good(basket, one, at)]
    for count in range(most + 1):
        for some in combinations(good, count):
            terms = [one.coupon for one in some]
            groups = [one.group for one in terms if one.group]
            if (
                len({one.name for one in terms}) == len(terms)
                and len(set(groups)) == len(groups)
                and not (len(terms) > 1 and any(one.alone for one in terms))
            ):
                yield some


def is_good(basket: Basket, one: Held, at: int) -> bool:
    terms = one.coupon
    meant = [line for line in basket.lines if is_meant(terms.scope, line)]
    begins, ends = terms.validity.starts_at, terms.validity.ends_at
    return (
        one.count > 0
        and at < one.expires_at
        and (begins is None or begins <= at)
        and (ends is None or at < ends)
        and bool(meant)
        and sum(line.quantity * line.unit_price for line in meant) >= terms.threshold
    )


def is_meant(scope: Scope, line: BasketLine) -> bool:
    above = line.category.split("/")
    paths = {"/".join(above[:deep]) for deep in range(1, len(above) + 1)}
    if scope.products and line.product not in scope.products:
        return False
    if scope.categories and not paths & set(scope.categories):
        return False
    if line.product in scope.except_products or paths & set(scope.except_categories):
        return False
    if scope.price_from is not None and line.unit_price < scope.price_from:
        return False
    return scope.price_to is None or line.unit_price <= scope.price_to


def left_after(basket: Basket, some: Sequence[Held]) -> list[int]:
    """Of each line and of the shipping."""
    left = [line.quantity * line.unit_price for line in basket.lines] + [basket.shipping]
    goods = [one.coupon for one in some if one.coupon.kind != "free_shipping"]
    goods.sort(key=lambda one: (one.scope == Scope(), KINDS.index(one.kind), one.name))
    for terms in goods:
        for place, off in taken(basket, terms, left).items():
            left[place] -= off
            assert left[place] >= 0
    for terms in (one.coupon for one in some):
        if terms.kind == "free_shipping":
            left[-1] -= min(left[-1], terms.worth or left[-1])
    return left


def taken(basket: Basket, terms: Coupon, left: Sequence[int]) -> dict[int, int]:
    if terms.kind == "gift":
        pieces = [
            (line.unit_price, place)
            for place, line in enumerate(basket.lines)
            if line.product == terms.gift and left[place] > 0
        ]
        if not pieces:
            return {}
        price, place = min(pieces)
        return {place: min(price, left[place], terms.worth or price)}
    places = [place for place, line in enumerate(basket.lines) if is_meant(terms.scope, line)]
    base = sum(left[place] for place in places)
    if terms.kind == "amount":
        off = min(terms.amount, base)
    else:
        off = round(Fraction(base * terms.percent, 10_000))
        off = off if terms.ceiling is None else min(off, terms.ceiling)
    if not base:
        return {}
    exact = {place: Fraction(off * left[place], base) for place in places}
    parts = {place: int(share) for place, share in exact.items()}
    by_rest = sorted(places, key=lambda place: (parts[place] - exact[place], place))
    for place in islice(by_rest, off - sum(parts.values())):
        parts[place] += 1
    return parts
