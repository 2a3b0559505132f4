"""Any order, and any sequence of refunds that ends with all of it, for hypothesis."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from regulars.benefit.order.allocation import Allocation, Part, Refunded, UsedCoupon

SPRING, SHIP = "coupon:spring:1", "coupon:ship:1"

coins = st.integers(0, 40) | st.integers(0, 10_000_000)


@st.composite
def parts(draw: st.DrawFn, assets: tuple[str, ...], **fixed: object) -> Part:
    given_by = draw(st.sets(st.sampled_from(assets)) if assets else st.just(set()))
    discounts = {asset: draw(coins) + 1 for asset in sorted(given_by)}
    points_money, balance, pay = draw(coins), draw(coins), draw(coins)
    return Part(
        price=sum(discounts.values()) + points_money + balance + pay,
        discounts=discounts,
        points=draw(coins) if points_money else 0,
        points_money=points_money,
        balance=balance,
        pay=pay,
        **fixed,
    )


@st.composite
def orders(draw: st.DrawFn) -> Allocation:
    assets = (SPRING, SHIP)[: draw(st.integers(0, 2))]
    lines = tuple(
        draw(parts(assets, id=f"line {place}", quantity=draw(st.integers(1, 7))))
        for place in range(draw(st.integers(1, 4)))
    )
    shipping = draw(parts(assets))
    coupons = []
    for asset in assets:
        discount = sum(part.discounts.get(asset, 0) for part in (*lines, shipping))
        if discount:
            cost = draw(st.integers(0, discount))
            coupons.append(UsedCoupon(asset=asset, discount=discount, cost=cost))
    return Allocation(lines=lines, shipping=shipping, coupons=tuple(coupons))


@st.composite
def refunds(draw: st.DrawFn) -> tuple[Allocation, list[Refunded]]:
    """An order, and a sequence of refunds that ends with all of it."""
    order = draw(orders())
    pieces = [part.id for part in order.lines for _ in range(part.quantity)] + [""]
    shuffled = draw(st.permutations(pieces))
    cuts = sorted(draw(st.sets(st.integers(1, len(pieces)))) | {0, len(pieces)})
    steps = []
    for begin, end in pairwise(cuts):
        step = shuffled[begin:end]
        lines = {one: step.count(one) for one in step if one}
        steps.append(Refunded(lines, "" in step))
    return order, steps
