"""First purchases that make regulars, worked out by hand, and held against made shops."""

from __future__ import annotations

from datetime import date, timedelta
from math import sqrt
from typing import Any

import pyarrow as pa
import pytest
from scipy.stats import norm

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.makers.counts import cuts
from regulars.insight.makers.draw import draw
from samples.hand_made import HandMade

AS_OF = date(2026, 7, 31)
JANUARY, FEBRUARY = date(2026, 1, 10), date(2026, 2, 10)


def _shop() -> HandMade:
    """January: 40 begin with tea, 20 return; 20 with cups, 4 return. February: 10, 5; 30, 9."""
    shop = HandMade(categories={"tea": "drinks", "cups": "table"})
    customer = 0
    for first, product, buyers, returned in (
        (JANUARY, "tea", 40, 20),
        (JANUARY, "cups", 20, 4),
        (FEBRUARY, "tea", 10, 5),
        (FEBRUARY, "cups", 30, 9),
    ):
        for place in range(buyers):
            customer += 1
            source = "ad" if product == "tea" else "free"
            shop.buy(customer, first, (product, 10, 3), source=source)
            if place < returned:
                # Another product: what is bought later does not count as the first.
                again = first + timedelta(days=30)
                shop.buy(customer, again, ("salt", 20, 5), source="direct")
    return shop


def _rows(shop: HandMade, **asked: Any) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in draw(shop.view(AS_OF), **asked).tables["items"].to_pylist()}


def test_a_product_is_held_against_the_months_and_baskets_of_its_buyers() -> None:
    rows = _rows(_shop())
    assert list(rows) == ["tea", "cups"]
    # All first baskets are worth 10: one band. January: 24 of 60 return, 0.4; February: 14 of 40,
    # 0.35. Tea: 40 x 0.4 + 10 x 0.35 = 19.5 expected, 25 came. Cups: 20 x 0.4 + 30 x 0.35 = 18.5
    # expected, 13 came.
    tea, cups = rows["tea"], rows["cups"]
    assert (tea["first_buyers"], tea["returned"], tea["return_rate"]) == (50, 25, 0.5)
    assert tea["expected_rate"] == pytest.approx(19.5 / 50)
    assert tea["ratio"] == pytest.approx(25 / 19.5)
    assert cups["ratio"] == pytest.approx(13 / 18.5)
    # V = 40 x 0.24 x 20 / 59 + 10 x 0.2275 x 30 / 39, the same for both: one is the other's rest.
    variance = 40 * 0.24 * 20 / 59 + 10 * 0.2275 * 30 / 39
    p = 2 * norm.sf(5.5 / sqrt(variance))
    assert tea["adjusted_p"] == pytest.approx(p)
    assert cups["adjusted_p"] == pytest.approx(p)
    assert (tea["verdict"], cups["verdict"]) == ("makes_regulars", "loses")
    assert tea["ratio_low"] < tea["shrunk_ratio"] < tea["ratio"] < tea["ratio_high"]
    assert (tea["product_id"], tea["category"]) == ("P-tea", "drinks")


def test_spend_and_profit_are_those_of_the_days_after_the_first() -> None:
    tea = _rows(_shop())["tea"]
    # 25 of 50 bought for 20 with a profit of 5 again: 10 and 2.5 each; the first day is not in it.
    assert (tea["spend"], tea["profit"]) == (10.0, 2.5)
    # Standard deviation 2.5, error 2.5 / sqrt(49).
    assert tea["profit_low"] == pytest.approx(2.5 - 1.959964 * 2.5 / 7)
    assert tea["profit_high"] == pytest.approx(2.5 + 1.959964 * 2.5 / 7)


def test_who_has_not_been_watched_long_enough_is_not_counted() -> None:
    shop = _shop()
    watched = AS_OF - timedelta(days=90)
    shop.buy(901, watched, ("tea", 10, 3))  # the last day that is watched for 90 days
    shop.buy(902, watched + timedelta(days=1), ("tea", 10, 3))
    assert _rows(shop)["tea"]["first_buyers"] == 51


def test_coming_back_is_another_day_within_the_horizon() -> None:
    shop = _shop()
    for customer, days in ((901, 0), (902, 90), (903, 91)):
        shop.buy(customer, JANUARY, ("tea", 10, 3))
        shop.buy(customer, JANUARY + timedelta(days=days), ("salt", 5, 1), at=60)
    # The second order of the first day belongs to the first basket; day 91 is too late.
    assert _rows(shop)["tea"]["returned"] == 26


def test_guests_are_not_first_time_buyers() -> None:
    shop = _shop()
    for _ in range(100):
        shop.buy(None, JANUARY, ("tea", 10, 3))
    assert _rows(shop)["tea"]["first_buyers"] == 50


@pytest.mark.parametrize(
    ("by", "names"),
    [("category", ["drinks", "table"]), ("source", ["ad", "free"])],
)
def test_by_category_and_source_the_numbers_are_the_same(by: str, names: list[str]) -> None:
    rows = _rows(_shop(), by=by)
    assert list(rows) == names
    assert rows[names[0]]["ratio"] == pytest.approx(25 / 19.5)


def test_the_source_is_that_of_the_first_order_of_the_first_day() -> None:
    shop = _shop()
    for customer in range(901, 941):
        shop.buy(customer, JANUARY, ("tea", 5, 1), source="late", at=90)
        shop.buy(customer, JANUARY, ("tea", 5, 1), source="early", at=30)
    rows = _rows(shop, by="source")
    assert rows["early"]["first_buyers"] == 40
    assert "late" not in rows


def test_by_basket_one_product_is_held_against_several() -> None:
    shop = _shop()
    for customer in range(901, 941):
        shop.buy(customer, JANUARY, ("tea", 6, 2), ("cups", 4, 1))
    rows = _rows(shop, by="basket")
    assert rows["several"]["first_buyers"] == 40
    assert rows["single"]["first_buyers"] == 100


@pytest.mark.parametrize("by", ["source", "basket"])
def test_where_every_buyer_is_in_one_group_the_expected_add_up_to_the_returned(by: str) -> None:
    shop = _shop()
    for customer in range(901, 941):
        first = ("tea", 100, 2), ("cups", 4, 1)
        shop.buy(customer, JANUARY, *first, source="free")
        if customer % 3 == 0:
            shop.buy(customer, FEBRUARY, ("tea", 1, 1))
    rows = _rows(shop, by=by).values()
    expected = sum(row["expected_rate"] * row["first_buyers"] for row in rows)
    assert expected == pytest.approx(sum(row["returned"] for row in rows))


def test_fewer_than_thirty_are_not_shown_and_that_is_said() -> None:
    shop = _shop()
    for customer in range(901, 930):
        shop.buy(customer, JANUARY, ("rice", 10, 3))
    drawn = draw(shop.view(AS_OF))
    assert "rice" not in drawn.tables["items"]["name"].to_pylist()
    assert drawn.facts["too_few"] == 1
    assert any("fewer than 30" in said.en for said in drawn.says)


def test_where_all_return_nothing_can_be_told_apart() -> None:
    shop = HandMade()
    for customer in range(80):
        product = "tea" if customer % 2 else "cups"
        shop.buy(customer, JANUARY, (product, 10, 3))
        shop.buy(customer, FEBRUARY, (product, 10, 3))
    rows = _rows(shop)
    assert [row["verdict"] for row in rows.values()] == ["cannot_tell"] * 2
    assert [row["ratio"] for row in rows.values()] == [1.0, 1.0]
    assert [row["adjusted_p"] for row in rows.values()] == [None, None]


def test_where_nobody_returns_there_is_no_ratio() -> None:
    shop = HandMade()
    for customer in range(40):
        shop.buy(customer, JANUARY, ("tea", 10, 3))
    tea = _rows(shop)["tea"]
    assert (tea["returned"], tea["ratio"], tea["verdict"]) == (0, None, "cannot_tell")


def test_a_short_history_shortens_the_horizon_and_says_so() -> None:
    shop = _shop()
    drawn = draw(shop.view(date(2026, 4, 10)))  # 90 days of history
    assert drawn.facts["horizon"] == 45
    assert any("45 days were looked at instead of 90" in said.en for said in drawn.says)


@pytest.mark.parametrize(
    ("shop", "by", "told"),
    [
        (HandMade(), "product", "No purchase is known of any customer"),
        ("few", "product", "Only 10 first-time buyers"),
        ("plain", "category", "do not tell their category"),
        ("plain", "source", "do not tell their source"),
    ],
)
def test_what_cannot_be_told_is_said(shop: HandMade | str, by: str, told: str) -> None:
    if isinstance(shop, str):
        buyers, shop = (10 if shop == "few" else 40), HandMade()
        for customer in range(buyers):
            shop.buy(customer, JANUARY, ("tea", 10, 3))
    with pytest.raises(CannotTell, match=told):
        draw(shop.view(AS_OF), by=by)


def test_one_day_of_history_is_too_short() -> None:
    shop = HandMade()
    shop.buy(1, JANUARY, ("tea", 10, 3))
    with pytest.raises(CannotTell, match=r"(?i)history of 0 days is too short"):
        draw(shop.view(JANUARY))


def test_a_wrong_way_of_making_groups_is_told_what_is_allowed() -> None:
    with pytest.raises(UnknownValue, match="product, category, source, basket"):
        draw(_shop().view(AS_OF), by="products")


def test_bands_are_fifths_and_equal_values_stay_together() -> None:
    even = pa.table({"value": list(range(10)), "buyers": [10] * 10})
    assert cuts(even) == [2, 4, 6, 8]
    assert cuts(pa.table({"value": [7], "buyers": [100]})) == []
    assert cuts(pa.table({"value": [5, 9], "buyers": [99, 1]})) == [9]


def test_bands_of_a_large_shop_are_made_from_some_of_its_customers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = _rows(_shop())
    monkeypatch.setattr("regulars.insight.makers.yardstick.MOST_LOOKED_AT", 30)
    assert _rows(_shop()) == whole


def test_the_size_of_the_first_basket_does_not_speak_for_the_product() -> None:
    """Large first baskets return more, whatever is in them: no product differs."""
    shop = HandMade()
    customer = 0
    for product, small, large in (("tea", 80, 20), ("cups", 20, 80)):
        for value, buyers, share in ((10, small, 4), (100, large, 2)):
            for place in range(buyers):
                customer += 1
                shop.buy(customer, JANUARY, (product, value, 1))
                if place % share == 0:
                    shop.buy(customer, FEBRUARY, ("salt", 1, 1))
    rows = _rows(shop)
    assert rows["cups"]["return_rate"] > rows["tea"]["return_rate"] + 0.1
    assert [row["ratio"] for row in rows.values()] == [pytest.approx(1.0)] * 2


def test_buyers_of_several_categories_are_held_against_such_buyers() -> None:
    """Who begins with two categories comes back more, whatever they are: no category differs."""
    shop = HandMade(categories={"tea": "drinks", "cups": "table", "pot": "kitchen"})
    customer = 0
    # Alone 10 of 40 return; of those with pot beside, 30 of 40. All first baskets are worth 10.
    for goods, back in (
        ((("tea", 10, 3),), 10),
        ((("cups", 10, 3),), 10),
        ((("tea", 5, 1), ("pot", 5, 2)), 30),
    ):
        for place in range(40):
            customer += 1
            shop.buy(customer, JANUARY, *goods)
            if place < back:
                shop.buy(customer, FEBRUARY, ("salt", 1, 1))
    rows = _rows(shop, by="category")
    assert rows["drinks"]["return_rate"] == 0.5
    assert [row["ratio"] for row in rows.values()] == [pytest.approx(1.0)] * 3


def test_a_difference_of_less_than_a_tenth_is_no_news() -> None:
    shop = HandMade()
    # Of 4,000 by tea 2,120 return, of 4,000 by cups 1,880: 1.06 and 0.94 of the expected 2,000,
    # p below 1e-6.
    for product, start, returned in (("tea", 0, 2120), ("cups", 4000, 1880)):
        for place in range(4000):
            shop.buy(start + place, JANUARY, (product, 10, 3))
            if place < returned:
                shop.buy(start + place, FEBRUARY, ("salt", 1, 1))
    rows = _rows(shop)
    assert rows["tea"]["adjusted_p"] < 1e-6
    assert [row["verdict"] for row in rows.values()] == ["as_expected"] * 2


@pytest.mark.parametrize(
    ("profit", "told"),
    [(3, "Lead first orders there"), (0, "below the mean")],
    ids=["as profitable", "less profitable"],
)
def test_first_orders_are_led_only_where_their_profit_is_not_below_the_mean(
    profit: int, told: str
) -> None:
    # Of 40 by tea 30 return with 5 of profit: 3.75 after, and 6.75 or 3.75 with the first purchase;
    # of 40 by cups 10: 1.25 and 4.25. The means are 2.50, and 5.50 or 4.00.
    shop = HandMade()
    for customer in range(80):
        tea = customer < 40
        shop.buy(customer, JANUARY, ("tea", 10, profit) if tea else ("cups", 10, 3))
        if customer < 30 or 40 <= customer < 50:
            shop.buy(customer, FEBRUARY, ("salt", 20, 5))
    drawn = draw(shop.view(AS_OF))
    assert drawn.facts["mean_profit"] == 2.5
    assert drawn.facts["mean_profit_with_first"] == (4.0 if profit == 0 else 5.5)
    said = next(one.en for one in drawn.says if "highest return ratio, tea" in one.en)
    assert told in said
    assert ("most brings cups" in said) == (profit == 0)
