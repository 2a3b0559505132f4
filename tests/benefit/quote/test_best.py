"""The best combination is found, exactly: whatever is tried, nothing is better than the quote's."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.quote import brute
from benefit.quote.baskets import AT, alike, baskets, wallets
from regulars.benefit.definition.terms import Coupon, Points, Scope, Together
from regulars.benefit.quote import bound, search
from regulars.benefit.quote.basket import Basket, BasketLine, Held
from regulars.benefit.quote.quote import quote
from regulars.benefit.quote.rules import fitted
from regulars.benefit.quote.search import Search
from regulars.benefit.quote.table import Table

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "0"))


@pytest.fixture(autouse=True, scope="module", params=["as it is", "as with many coupons"])
def few(request):
    """Brute force can be run of few coupons only; of few the search does some things otherwise."""
    with pytest.MonkeyPatch.context() as patched:
        if request.param != "as it is":
            patched.setattr(bound, "FEW", 1)
            patched.setattr(search, "FEW", 0)
        yield


@settings(max_examples=EXAMPLES or 200, deadline=None)
@given(baskets(), wallets(), st.integers(0, 5))
def test_nothing_is_better_of_all_sorts_of_coupons(basket, held, most):
    agrees_with_brute_force(basket, held, most)


@settings(max_examples=EXAMPLES or 120, deadline=None)
@given(baskets(most_lines=6), alike(), st.integers(2, 5))
def test_nothing_is_better_of_coupons_that_are_nearly_alike(basket, held, most):
    agrees_with_brute_force(basket, held, most)


def agrees_with_brute_force(basket, held, most):
    found = quote(basket, held, at=AT, catalogue_points=Points(), together=Together(most=most))
    pay, coupons = brute.best(basket, held, AT, most)
    assert found.pay == pay
    assert {(one.asset, one.expires_at) for one in found.coupons} == {
        (one.asset, one.expires_at) for one in coupons
    }


def percent_coupons(scope: Callable[[Random, int], Scope]) -> list[Held]:
    """Fifty of 9 to 11 %, none of which excludes another."""
    rng = Random(9)
    held = []
    for place in range(50):
        terms = Coupon(
            name=f"n{place:02}",
            title="",
            kind="percent",
            percent=rng.randint(900, 1100),
            scope=scope(rng, place),
        )
        held.append(Held(f"coupon:{terms.name}:1", terms, 1, AT + rng.randint(1, 30)))
    return held


def basket_of_twenty() -> Basket:
    rng = Random(4)
    lines = tuple(
        BasketLine(
            id=str(place),
            product=f"p{place}",
            category=f"c{place % 5}",
            quantity=rng.randint(1, 3),
            unit_price=rng.randint(500, 20_000),
        )
        for place in range(20)
    )
    return Basket(lines, 800)


def half_of_the_lines(rng: Random, _place: int) -> Scope:
    return Scope(products=tuple(f"p{line}" for line in rng.sample(range(20), 10)))


@pytest.mark.parametrize(
    ("scope", "most_steps"),
    [
        (lambda *_: Scope(), 20),
        (lambda _, place: Scope(categories=(f"c{place % 5}",)), 60),
        (half_of_the_lines, 60),
    ],
    ids=["of all lines", "of five categories", "of any half of the lines"],
)
def test_fifty_coupons_nearly_alike_take_few_steps_of_two_million(scope, most_steps):
    basket = basket_of_twenty()
    left = [line.list_price for line in basket.lines] + [basket.shipping]
    one = Search(Table(fitted(percent_coupons(scope), basket), left), 5)
    one.go()
    assert len(one.chosen) == 5
    assert one.steps <= most_steps


@pytest.mark.parametrize(
    "what", [{"kind": "percent", "percent": 1000}, {"kind": "amount", "amount": 1000}]
)
def test_fifty_coupons_alike_are_those_that_expire_first_in_few_steps(what):
    rng, held = Random(4), []
    for place in rng.sample(range(50), 50):
        coupon = Coupon(name=f"n{place:02}", title="", **what)
        held.append(Held(f"coupon:{coupon.name}:1", coupon, 1, AT + rng.randint(1, 30)))
    basket = basket_of_twenty()
    left = [line.list_price for line in basket.lines] + [basket.shipping]
    table = Table(fitted(held, basket), left)
    one = Search(table, 5)
    one.go()
    first = sorted((each.expires_at, each.coupon.name) for each in held)[:5]
    assert sorted((table.expires[j], table.names[j][0]) for j in one.chosen) == first
    assert one.steps <= 10
