"""Content of a shop made by hand, and of one in which it is known that content does nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.content.draw import draw
from regulars.insight.content.judged import AS_EXPECTED, CANNOT_TELL, MORE
from regulars.insight.picture import Picture
from samples.looks import Looks

AS_OF = date(2026, 3, 31)
GUIDE = "https://shop.example/articles/guide"


def _drawn(shop: Looks, **asked: Any) -> Picture:
    return draw(shop.view(AS_OF), **asked)


def _items(picture: Picture) -> dict[str, dict[str, Any]]:
    return {row["item"]: row for row in picture.tables["items"].to_pylist()}


def _eighty() -> Looks:
    """Customers 0 to 39 read the guide, half of them order; of 40 to 79, who do not, a quarter.

    All do it on one day, in a visit with one step before. The groups of the jackknife are the
    numbers modulo 40: each has one reader and one other. Readers order if even, others if their
    number is a multiple of 4.
    """
    shop = Looks()
    for customer in range(80):
        reads = customer < 40
        shop.see(customer, "2026-03-02 12:00", url="https://shop.example/")
        if reads:
            shop.see(customer, "2026-03-02 12:05", url=GUIDE)
        if customer % (2 if reads else 4) == 0:
            shop.buy(customer, "2026-03-03 12:00")
    return shop


def test_an_article_with_against_without_by_hand() -> None:
    row = _items(_drawn(_eighty()))["/articles/guide"]
    assert (row["kind"], row["views"], row["viewers"]) == ("article", 40, 40)
    assert (row["moments"], row["ordered"], row["unmatched"]) == (40, 20, 0)
    assert (row["share_with"], row["share_without"]) == (0.5, 0.25)
    assert row["difference"] == 0.25
    # Of the groups 20 have the difference 0 - 0, 10 have 1 - 1, 10 have 1 - 0: their squares about
    # the mean 0.25 add up to 30 / 16 + 10 x 9 / 16 = 7.5. The error is sqrt(7.5 / 40 / 39) =
    # 0.069338, and Student's t of 39 degrees of freedom 2.022691.
    half = 2.022691 * 0.069338
    assert row["difference_low"] == pytest.approx(0.25 - half, abs=1e-5)
    assert row["difference_high"] == pytest.approx(0.25 + half, abs=1e-5)
    # t = 0.25 / 0.069338 = 3.6056; both tails.
    assert row["adjusted_p"] == pytest.approx(0.000873, abs=1e-6)
    assert row["verdict"] == MORE


def test_the_difference_stands_with_those_who_had_as_many_orders_so_far() -> None:
    shop = _eighty()
    rows = _drawn(shop).tables["stages"].to_pylist()
    assert [(row["orders_so_far"], row["moments"], row["difference"]) for row in rows] == [
        ("none", 40, 0.25)
    ]
    # All others ordered before: readers have nobody to be held against.
    for customer in range(40, 80):
        shop.buy(customer, "2026-02-25 12:00")
    row = _items(_drawn(shop))["/articles/guide"]
    assert (row["moments"], row["unmatched"], row["verdict"]) == (0, 40, CANNOT_TELL)
    assert row["difference"] is None


def test_an_order_before_the_reading_does_not_count_and_one_after_the_window_neither() -> None:
    shop = Looks()
    for customer, ordered in ((1, "2026-03-02 12:01"), (2, "2026-03-09 12:05"), (3, None)):
        shop.see(customer, "2026-03-02 12:00", url="https://shop.example/")
        if ordered:
            shop.buy(customer, ordered)
        shop.see(customer, "2026-03-02 12:05", url=GUIDE)
        shop.see(customer + 10, "2026-03-02 12:00", url="https://shop.example/")
    # The one who ordered first reads after an order, where nobody is without it.
    row = _items(_drawn(shop))["/articles/guide"]
    assert (row["moments"], row["ordered"], row["unmatched"]) == (2, 1, 1)
    assert _items(_drawn(shop, days=6))["/articles/guide"]["ordered"] == 0


def test_readings_whose_window_is_not_over_are_not_compared() -> None:
    shop = _eighty()
    for customer in range(80, 120):
        shop.see(customer, "2026-03-25 12:00", url=GUIDE)
    picture = _drawn(shop)
    assert picture.facts["until"] == "2026-03-24"
    row = _items(picture)["/articles/guide"]
    assert (row["views"], row["moments"]) == (80, 40)
    with pytest.raises(CannotTell, match="has not had 7 days"):
        _drawn(shop, from_="2026-03-25")


def test_a_product_page_is_held_against_the_pages_of_other_products() -> None:
    shop = Looks(goods=[("T1", "tea", "10"), ("C1", "cups", "20")])
    for customer in range(80):
        shop.see(customer, "2026-03-02 12:00", url="https://shop.example/")
        if customer < 60:
            product = "T1" if customer < 40 else "C1"
            shop.do(customer, "2026-03-02 12:01", "Product Viewed", product_id=product)
        if customer % 2 == 0:
            shop.order(customer, "2026-03-02 12:02", "T1")
    row = _items(_drawn(shop))["T1"]
    # Of 40 who looked at it 20 order, of the 20 who looked at the other 10; those who look at
    # nothing are no yardstick.
    assert (row["title"], row["moments"], row["ordered"]) == ("the T1", 40, 20)
    assert (row["share_with"], row["share_without"]) == (0.5, 0.5)


def _without_effect(seed: int) -> Looks:
    """Heavy visitors come more often, see more pages, and order more; the article does nothing.

    After each step one in ten reads it, whoever it is; whether the next step is an order is drawn
    without a look at that.
    """
    random = np.random.default_rng(seed)
    shop = Looks()
    for customer in range(900):
        heavy = customer % 3 == 0
        visits = random.integers(4, 8) if heavy else 1
        for day in random.choice(np.arange(1, 24), visits, replace=False):
            minute = 0
            for _ in range(random.integers(4, 12) if heavy else random.integers(1, 4)):
                at = f"2026-03-{day:02} 12:{minute:02}"
                shop.see(customer, at, url="https://shop.example/list")
                if random.random() < 0.1:
                    shop.see(customer, f"2026-03-{day:02} 12:{minute + 1:02}", url=GUIDE)
                if random.random() < (0.06 if heavy else 0.01):
                    shop.buy(customer, f"2026-03-{day:02} 12:{minute + 2:02}")
                    break
                minute += 3
    return shop


def test_an_article_that_heavy_visitors_meet_more_often_makes_no_difference() -> None:
    shop = _without_effect(5)
    readers = {one["customer_id"] for one in shop.events if one["url"] == GUIDE}
    buyers = {customer for customer, *_ in shop.orders}
    others = set(range(900)) - readers
    # Held against each other as customers, readers seem to order three times as often.
    assert len(readers & buyers) / len(readers) > 3 * len(others & buyers) / len(others)
    row = _items(_drawn(shop))["/articles/guide"]
    assert row["moments"] > 500
    assert row["difference_low"] < 0 < row["difference_high"]
    assert abs(row["difference"]) < 0.04
    assert row["verdict"] in (CANNOT_TELL, AS_EXPECTED)


def test_of_ten_shops_without_an_effect_few_intervals_miss_nothing() -> None:
    missed = 0
    for seed in range(10):
        row = _items(_drawn(_without_effect(seed)))["/articles/guide"]
        missed += not row["difference_low"] < 0 < row["difference_high"]
    # One in twenty is expected: more than 2 of 10 come by chance once in 87 times.
    assert missed <= 2


def test_questions_asked_read_and_asked_again_by_hand() -> None:
    shop = _eighty()
    asks, reads = "Question Asked", "https://shop.example/answers/1"
    told = '{"question": "How long?"}'
    shop.do(1, "2026-03-04 12:00", asks, question="How long?")
    shop.do(1, "2026-03-06 12:00", asks, question=" How long? ")
    shop.do(2, "2026-03-04 12:00", asks, question="How long?")
    shop.do(2, "2026-03-04 12:00", asks, question="Is it safe?")
    shop.do(3, "2026-03-04 12:00", asks, question="Is it safe?")
    shop.do(4, "2026-03-04 12:00", asks, question="Alone?")
    for customer in (2, 5, 6, 7):
        shop.see(customer, "2026-03-04 11:00", url=reads, properties=told)
    # Whoever asked before reading did not ask all the same.
    shop.see(1, "2026-03-07 12:00", url=reads, properties=told)
    picture = _drawn(shop)
    rows = {row["question"]: row for row in picture.tables["questions"].to_pylist()}
    first = rows["How long?"]
    assert (first["asked"], first["customers"], first["again"], first["again_share"]) == (
        3, 2, 1, 0.5,
    )  # fmt: skip
    assert (first["readers"], first["asked_after"], first["spared_share"]) == (5, 1, 0.8)
    assert rows["Is it safe?"]["page"] is False
    assert rows["Alone?"]["recurring"] is False
    assert picture.facts["questions"] == {
        "questions": 3, "recurring": 2, "answered": 1, "asked": 5, "answered_asked": 3,
    }  # fmt: skip
    assert any("a page answers 1 (50%); they make 60%" in one.en for one in picture.says)


def test_without_a_question_told_nothing_is_said_of_answers() -> None:
    picture = _drawn(_eighty())
    assert picture.tables["questions"].num_rows == 0
    assert any("is not observable: send `Question Asked`" in one.en for one in picture.says)


def test_every_difference_is_named_an_association() -> None:
    assert any("It is an association" in one.en for one in _drawn(_eighty()).says)


def test_where_articles_stand_may_be_told() -> None:
    shop = Looks()
    shop.see(1, "2026-03-02 12:00", url="https://shop.example/wissen/Tee")
    with pytest.raises(CannotTell, match="nothing was shown that counts as content"):
        _drawn(shop)
    assert list(_items(_drawn(shop, pages=["wissen"]))) == ["/wissen/tee"]
    with pytest.raises(UnknownValue, match="no part of an address"):
        _drawn(shop, pages=["a/b"])


def test_shares_and_reviews_are_content_too() -> None:
    shop = Looks()
    shop.do(1, "2026-03-02 12:00", "Product Shared", product_id="T1")
    shop.do(1, "2026-03-02 12:01", "Product Reviewed", product_id="T1")
    found = _items(_drawn(shop))
    assert {item: row["kind"] for item, row in found.items()} == {
        "Product Shared": "share", "Product Reviewed": "review",
    }  # fmt: skip
    assert all(row["verdict"] == CANNOT_TELL for row in found.values())
