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
from regulars.benefit.quote.basket import Basket, BasketLine, Held
from regulars.benefit.quote.quote import quote
from regulars.benefit.quote.rules import fitted
from regulars.benefit.quote.search import Search
from regulars.benefit.quote.table import Table

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "0"))


@settings(max_examples=EXAMPLES or 250, deadline=None)
@given(baskets(), wallets(), st.integers(0, 5))
def test_nothing_is_better_of_all_sorts_of_coupons(basket, held, most):
    agrees_with_brute_force(basket, held, most)


@settings(max_examples=EXAMPLES or 150, deadline=None)
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
    basket = Basket(lines, 800)
    left = [line.list_price for line in lines] + [basket.shipping]
    search = Search(Table(fitted(percent_coupons(scope), basket), left), 5)
    search.go()
    assert len(search.chosen) == 5
    assert search.steps <= most_steps
