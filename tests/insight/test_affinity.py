"""What goes together and what comes next, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.affinity.counts import LEAST_LINES, least_lines
from regulars.insight.affinity.draw import draw
from regulars.insight.affinity.judged import expected_shares
from regulars.insight.statistics.standardised import binomial_interval
from samples.hand_made import HandMade

AS_OF = date(2026, 12, 31)
DAY = date(2026, 2, 1)
NORMAL = 1.959964


def _baskets(times: int = 1) -> HandMade:
    """200 baskets: 20 with bread and milk, 30 with bread, 20 with milk, 130 with salt.

    Each of another customer; or those of bread and milk each so many of one customer.
    """
    shop = HandMade(categories={"bread": "bakery", "milk": "dairy", "salt": "spices"})
    for place in range(200):
        if place < 20:
            held = ("bread", "milk")
        else:
            held = ("bread",) if place < 50 else ("milk",) if place < 70 else ("salt",)
        who = place // times if place < 20 else place
        shop.buy(who, DAY + timedelta(days=place), *((name, 1, 0.3) for name in held))
    return shop


def _pairs(shop: HandMade, **asked: Any) -> list[dict[str, Any]]:
    return draw(shop.view(AS_OF), **asked).tables["pairs"].to_pylist()


def test_a_pair_in_one_basket() -> None:
    (pair,) = _pairs(_baskets())
    # 20 of 200; bread is in 50, milk in 40: lift 20 x 200 / (50 x 40) = 2.
    assert (pair["a"], pair["b"], pair["baskets"], pair["customers"]) == ("bread", "milk", 20, 20)
    assert (pair["support"], pair["confidence_a_b"], pair["confidence_b_a"]) == (0.1, 0.4, 0.5)
    assert pair["lift"] == pytest.approx(2.0)
    # var(ln lift) = 1/20 - 1/50 - 1/40 + (2 x 2 - 1) / 200 = 0.02.
    assert pair["lift_low"] == pytest.approx(2 / exp(NORMAL * sqrt(0.02)))
    assert pair["lift_high"] == pytest.approx(2 * exp(NORMAL * sqrt(0.02)))
    # Expected 10, variance 10 x 0.75 x 0.8 = 6; three pairs could have been found.
    assert pair["adjusted_p"] == pytest.approx(3 * 2 * norm.sf(10 / sqrt(6)))


def test_a_habit_of_few_customers_counts_for_less() -> None:
    (pair,) = _pairs(_baskets(times=2))
    # Ten customers, two baskets each: d = 10 x 2^2 / 20 = 2, and twice the variance.
    assert (pair["baskets"], pair["customers"]) == (20, 10)
    assert pair["lift_low"] == pytest.approx(2 / exp(NORMAL * sqrt(0.04)))


def test_what_fewer_than_ten_customers_bought_together_is_not_shown() -> None:
    assert _pairs(_baskets(times=4)) == []  # twenty baskets of five customers


def test_a_basket_is_all_of_a_customers_day_and_each_order_of_a_guest() -> None:
    shop = _baskets()
    for place in range(15):
        day = DAY + timedelta(days=place)
        shop.buy(500 + place, day, ("bread", 1, 0.3))
        shop.buy(500 + place, day, ("milk", 1, 0.3), at=3_600)
        shop.buy(None, day, ("bread", 1, 0.3), ("milk", 1, 0.3))
        shop.buy(None, day, ("salt", 1, 0.3))
    drawn = draw(shop.view(AS_OF))
    (pair,) = drawn.tables["pairs"].to_pylist()
    assert (pair["baskets"], pair["customers"]) == (50, 50)
    assert drawn.facts["baskets"] == 200 + 15 + 30
    assert drawn.facts["guest_baskets"] == 30


def test_the_same_twice_in_a_basket_is_once() -> None:
    shop = _baskets()
    for place in range(20):
        shop.buy(place, DAY + timedelta(days=place), ("bread", 1, 0.3), at=60)
    (pair,) = _pairs(shop)
    assert pair["baskets"] == 20
    assert pair["confidence_a_b"] == 0.4


def test_products_of_one_category_are_paired_only_if_asked_for() -> None:
    shop = _baskets()
    shop.categories = dict.fromkeys(("bread", "milk"), "food")
    assert _pairs(shop) == []
    (pair,) = _pairs(shop, siblings=True)
    assert pair["lift"] == pytest.approx(2.0)


def test_categories_are_paired_by_name() -> None:
    (pair,) = _pairs(_baskets(), by="category")
    assert (pair["a"], pair["b"], pair["a_id"]) == ("bakery", "dairy", None)
    assert pair["lift"] == pytest.approx(2.0)


def test_only_the_days_asked_for_are_looked_at() -> None:
    drawn = draw(_baskets().view(DAY + timedelta(days=199)), days=150)
    assert drawn.facts["baskets"] == 150


def _ring() -> HandMade:
    """Of 100 who begin with each of three, 40 come to the next after 10 days, 10 to the one before.

    Those come after 20 days. A ring: a, b, c, a.
    """
    shop = HandMade()
    customer = 0
    for place, name in enumerate("abc"):
        following, preceding = "abc"[(place + 1) % 3], "abc"[(place + 2) % 3]
        for number in range(100):
            customer += 1
            shop.buy(customer, DAY, (name, 1, 0.3))
            if number < 40:
                shop.buy(customer, DAY + timedelta(days=10), (following, 1, 0.3))
            elif number < 50:
                shop.buy(customer, DAY + timedelta(days=20), (preceding, 1, 0.3))
    return shop


def test_what_is_bought_next() -> None:
    rows = draw(_ring().view(AS_OF)).tables["next"].to_pylist()
    # Came to a without having b: 100 began with it, and 40 came to it from c: 140. The 10 who came
    # to it from b had b. To b came 40, all of those who began.
    assert {(row["first"], row["then"]) for row in rows} == {("a", "b"), ("b", "c"), ("c", "a")}
    row = rows[0]
    assert (row["customers"], row["followed"], row["mean_days"]) == (140, 40, 10.0)
    assert row["share"] == pytest.approx(40 / 140)
    # All rows and columns are alike, so the share expected is 50 of 140 + 110: 0.2; 28 of 140.
    assert row["lift"] == pytest.approx(40 / 28)
    low, high = binomial_interval([40], [140])
    assert row["lift_low"] == pytest.approx(low[0] / 0.2)
    assert row["lift_high"] == pytest.approx(high[0] / 0.2)
    # Six sequences: three like this one, and three of 10 against 22, which differ more.
    assert row["adjusted_p"] == pytest.approx(2 * norm.sf(12 / sqrt(28 * 0.8)))


def test_who_cannot_be_watched_to_the_end_is_no_beginning() -> None:
    watched = DAY + timedelta(days=90)
    assert draw(_ring().view(watched)).tables["next"].num_rows == 3
    assert draw(_ring().view(watched - timedelta(days=1))).tables["next"].num_rows == 0


def test_later_than_asked_for_is_not_next() -> None:
    assert draw(_ring().view(AS_OF), within=10).tables["next"].num_rows == 3
    assert draw(_ring().view(AS_OF), within=9).tables["next"].num_rows == 0


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_what_is_expected_adds_up_to_what_came_by_row_and_column(size: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    at_risk = draws.integers(50, 200, (size, size)).astype(float)
    np.fill_diagonal(at_risk, 0)
    activity, attraction = draws.uniform(0.1, 0.5, size), draws.uniform(0.1, 0.5, size)
    followed = at_risk * np.outer(activity, attraction)
    # Where there is no affinity at all, what is expected is what came, cell by cell.
    assert expected_shares(followed, at_risk) * at_risk == pytest.approx(followed, rel=1e-6)


def test_independent_baskets_make_few_pairs() -> None:
    draws = np.random.default_rng(5)
    shop = HandMade()
    names = [f"p{number:02}" for number in range(20)]
    chances = draws.uniform(0.05, 0.4, len(names))
    for place in range(1_500):
        held = [name for name, yes in zip(names, draws.random(len(names)) < chances, strict=True)
                if yes]  # fmt: skip
        if held:
            shop.buy(place, DAY + timedelta(days=place % 200), *((name, 1, 0.3) for name in held))
    # 190 pairs; one in twenty would be wrong without the correction.
    assert len(_pairs(shop)) <= 2


def test_pairs_are_kept_within_bounds_by_leaving_out_what_is_bought_seldom() -> None:
    # A million baskets, a thousand items in 10,000 lines each: ten a basket, 50 million pairs.
    kept = least_lines(np.arange(1_000) + 9_500, 1_000_000)
    lines = np.arange(1_000) + 9_500
    chosen = lines[lines >= kept].sum()
    assert chosen**2 / 2 / 1_000_000 <= 4_000_000
    assert least_lines(np.array([5, 5]), 100) == LEAST_LINES


def test_of_a_large_shop_every_so_manieth_customer_is_looked_at_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = _baskets()
    for order in list(shop.orders):  # the same again, by as many guests
        shop.buy(None, order.day, *order.lines)
    whole = draw(shop.view(AS_OF))
    monkeypatch.setattr("regulars.insight.affinity.counts.MOST_LINES", 220)
    half = draw(shop.view(AS_OF))
    assert (whole.facts["every"], half.facts["every"]) == (1, 2)
    assert (whole.facts["baskets"], half.facts["baskets"]) == (400, 200)
    # Every second customer and guest: 20 baskets with both of 200, where it was 40 of 400.
    (all_of, some_of) = (one.tables["pairs"].to_pylist()[0] for one in (whole, half))
    assert (all_of["baskets"], some_of["baskets"]) == (40, 20)
    assert all_of["lift"] == pytest.approx(some_of["lift"])
    assert any("one customer in 2 is looked at" in said.en for said in half.says)


def test_what_is_left_out_is_said() -> None:
    shop = _baskets()
    for place in range(29):
        shop.buy(900 + place, DAY, ("rare", 1, 0.3), ("bread", 1, 0.3))
    drawn = draw(shop.view(AS_OF))
    assert (drawn.facts["items"], drawn.facts["items_paired"]) == (4, 3)
    assert any("1 of 4 products" in said.en for said in drawn.says)


def test_what_cannot_be_told_is_said() -> None:
    shop = HandMade()
    for place in range(100):
        shop.buy(place, DAY, ("tea", 1, 0.3))
    with pytest.raises(CannotTell, match=r"(?i)fewer than two products"):
        draw(shop.view(AS_OF))
    with pytest.raises(CannotTell, match=r"(?i)fewer than two categories"):
        draw(shop.view(AS_OF), by="category")
    with pytest.raises(CannotTell, match=r"(?i)only 0 baskets"):
        draw(HandMade().view(AS_OF))
    with pytest.raises(UnknownValue, match="product, category"):
        draw(shop.view(AS_OF), by="brand")


def test_a_shop_of_guests_has_pairs_and_no_sequences() -> None:
    shop = _baskets()
    guests = HandMade(categories=shop.categories)
    for order in shop.orders:
        guests.buy(None, order.day, *order.lines)
    drawn = draw(guests.view(AS_OF))
    assert drawn.tables["pairs"].num_rows == 1
    assert drawn.tables["next"].num_rows == 0


def test_the_pair_named_is_the_one_in_most_baskets_of_those_surely_strong() -> None:
    shop = HandMade(categories={"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"})
    # a and b in 30 of 400 baskets, lift 13; c and d in 60, with 6 more of each alone, lift 5.5.
    for place in range(400):
        if place < 30:
            held = ("a", "b")
        elif place < 90:
            held = ("c", "d")
        else:
            held = ("c",) if place < 96 else ("d",) if place < 102 else ("e",)
        shop.buy(place, DAY, *((name, 1, 0.3) for name in held))
    drawn = draw(shop.view(AS_OF))
    assert drawn.tables["pairs"].to_pylist()[0]["a"] == "a"
    assert drawn.says[0].en.startswith("c and d go together")
    assert "in 60 of 400 baskets" in drawn.says[0].en


def test_the_days_until_the_next_are_called_days() -> None:
    assert any("after 10 days on average" in said.en for said in draw(_ring().view(AS_OF)).says)
