"""On the book itself: any order, refunded in any parts, ends where it began."""

from __future__ import annotations

import os
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefit.order.checkout import MONEY, EarnGiven, HoldGiven, checkout_of
from benefit.order.orders import refunds
from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, SHOP
from regulars.benefit.order.allocation import Allocation, Part
from regulars.benefit.order.pay import PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.engines.sqlite import SqliteStore

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "40"))
NUMBERS = count(1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sequences")
    with SqliteStore.open(folder / "store.sqlite") as store, checkout_of(store) as shop:
        yield shop


def with_budgets(order: Allocation, number: int, more: int) -> Allocation:
    """The order with coupons of its own; the first is of a budget, and may have cost more."""
    names = {one.asset: f"coupon:{one.asset[7:-2]}-{number}:1" for one in order.coupons}

    def renamed(part: Part) -> Part:
        changed = {names[asset]: amount for asset, amount in part.discounts.items()}
        return Part(**{**_fields(part), "discounts": changed})

    coupons = []
    for one in order.coupons:
        worst = one.discount + more
        by_budget = {
            "budget": f"b{number}", "worst_case": worst, "set_aside": worst, "cost": one.discount
        }  # fmt: skip
        changed = {
            **_fields(one),
            "asset": names[one.asset],
            **({"cost": 0} if coupons else by_budget),
        }
        coupons.append(type(one)(**changed))
    return Allocation(
        lines=tuple(renamed(part) for part in order.lines),
        shipping=renamed(order.shipping),
        coupons=tuple(coupons),
    )


def _fields(struct) -> dict[str, object]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


@given(
    case=refunds(),
    earns=st.integers(0, 500),
    spends=st.integers(0, 500),
    more=st.integers(0, 50),
    when=st.integers(0, 3),
)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_after_any_sequence_of_refunds_all_is_as_it_was(shop, case, earns, spends, more, when):
    customer = next(NUMBERS)
    order, steps = case
    order = with_budgets(order, customer, more)
    name = f"A{customer}"
    shop.fund(f"b{customer}", 10**9)
    for coupon in order.coupons:
        shop.give_coupon(coupon, customer)
    for asset, amount in ((POINTS, order.points), (MONEY, order.balance)):
        if amount:
            shop.give(asset, customer, amount)
    began = shop.budget(f"b{customer}")
    taken_in = shop.of(POINTS, SHOP)

    shop.ask(HoldGiven(shop.key(), name, customer, order))
    shop.ask(PayOrder(shop.key(), name))
    shop.ask(EarnGiven(shop.key(), name, customer, order.goods_pay, earns, earns))
    cash = spent = 0
    for place, step in enumerate(steps):
        if place == when:  # meanwhile they spend what they have
            spent = min(spends, shop.of(POINTS, customer))
            if spent:
                other = Allocation(lines=(Part(id="cup", points=spent),))
                shop.ask(HoldGiven(shop.key(), f"B{customer}", customer, other))
                shop.ask(PayOrder(shop.key(), f"B{customer}"))
        done = shop.ask(RefundOrder(shop.key(), name, str(place), step.lines, step.shipping))
        cash += done.body.about["cash"]

    assert cash == order.pay
    assert shop.of(POINTS, customer) - shop.of(OWED_POINTS, customer) == order.points - spent
    assert shop.of(POINTS, SHOP) == taken_in + spent
    assert shop.of(GROWTH, customer) == 0
    assert shop.of(MONEY, customer) == order.balance
    assert all(shop.of(coupon.asset, customer) == 1 for coupon in order.coupons)
    assert shop.budget(f"b{customer}") == began
    row = shop.earned(name)
    assert (row.base_back, row.points_back, row.growth_back) == (row.base, earns, earns)
    if not customer % 10:
        shop.verify()
