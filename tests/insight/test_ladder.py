"""The price ladder of small shops, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.ladder.draw import draw
from regulars.insight.ladder.words import _steps
from regulars.insight.picture import Picture
from samples.price_shop import price_shop

GOODS = [
    (1, "Tea", "Tea", "50g", "10", "4"),
    (2, "Tea", "Tea", "100g", "11", "4"),
    (3, "Fine tea", "Tea", "50g*2", "30", "10"),
    (4, "Finest tea", "Tea", None, "31", "10.1"),
    (5, "Cup", "Cups", "red", "8", None),
    (6, "Bag", None, None, "5", None),
]
LINES = [
    (1, "2025-06-01", 1, 1, "10"),  # more than 365 days ago
    (1, "2026-01-01", 1, 2, "20"),
    (1, "2026-03-01", 3, 1, "28"),
    (2, "2026-01-05", 2, 1, "11"),
    (2, "2026-02-05", 1, 1, "9"),
    (3, "2026-01-07", 4, 1, "31"),
    (3, "2026-01-07", 5, 2, "14"),
    (None, "2026-01-09", 4, 1, "30"),
    (None, "2026-01-09", 6, 1, "5"),
]


@pytest.fixture(scope="module")
def drawn() -> Picture:
    return draw(price_shop(GOODS, LINES), minimum=1)


def _rows(picture: Picture, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in picture.tables[name].to_pylist()]


def test_bands_of_a_small_shop_worked_out_by_hand(drawn: Picture) -> None:
    # Tea parts between 11 and 30. Low: 2 + 1 + 1 pieces at 20 + 11 + 10 list value, bringing in
    # 20 + 11 + 9 = 40 less 4 x 4 = 24. High: 3 pieces, 30 + 31 + 31 = 92 list value, bringing in
    # 28 + 31 + 30 = 89 less 10 + 2 x 10.1 = 58.80. Buyers: 1 and 2; 1 and 3 (a guest is nobody).
    # The cup's cost is not known: 30 % of 14 = 4.20.
    assert _rows(drawn, "bands", "category", "band", "bands", "parting", "low", "high") == [
        ("Tea", 1, 2, "steps", Decimal(10), Decimal(11)),
        ("Tea", 2, 2, "steps", Decimal(30), Decimal(31)),
        ("Cups", 1, 1, "one", Decimal(8), Decimal(8)),
    ]
    numbers = ("mean_price", "goods", "pieces", "buyers", "sales", "profit")
    assert _rows(drawn, "bands", *numbers) == [
        (Decimal("10.25"), 2, 4, 2, 40, 24),
        (Decimal("30.6667"), 2, 3, 2, 89, Decimal("58.80")),
        (Decimal(8), 1, 2, 1, 14, Decimal("4.20")),
    ]
    assert _rows(drawn, "bands", "sales_share", "profit_share", "margin", "cost_known") == [
        pytest.approx((40 / 129, 24 / 82.8, 0.6, 1)),
        pytest.approx((89 / 129, 58.8 / 82.8, 58.8 / 89, 1)),
        (1.0, 1.0, None, 0.0),
    ]
    assert drawn.facts["unclassed_sales"] == pytest.approx(5 / 148)
    assert drawn.facts["cost_known"] == pytest.approx(129 / 143)


def test_moves_of_a_small_shop_worked_out_by_hand(drawn: Picture) -> None:
    # Within 365 days customer 1 steps from low to high, customer 2 from low to low; 3 takes none.
    # Of two customers with a step each, one went up: the variance over customers is
    # 2/1 x (0.25 + 0.25) / 2^2 = 0.25, twice that of independent steps (0.125), so both tell as
    # much as one: Wilson of 1/2 of 1 is 0.5 -+ 1.96 sqrt(0.25 + 1.96^2/4) / (1 + 1.96^2) = 0.4454.
    columns = ("category", "from_band", "to_band", "direction", "steps", "customers")
    assert _rows(drawn, "moves", *columns) == [
        ("Tea", 1, 1, "same", 1, 2),
        ("Tea", 1, 2, "up", 1, 2),
    ]
    assert (
        _rows(drawn, "moves", "share", "low", "high")
        == [pytest.approx((0.5, 0.0546, 0.9454), abs=1e-4)] * 2
    )


def test_shares_from_few_customers_are_not_told() -> None:
    moves = draw(price_shop(GOODS, LINES), minimum=3).tables["moves"].to_pylist()
    assert {(row["share"], row["low"], row["high"]) for row in moves} == {(None, None, None)}
    assert [row["steps"] for row in moves] == [1, 1]


def test_customers_with_their_bands_worked_out_by_hand(drawn: Picture) -> None:
    # 1 March is 121 days before 30 June. Customer 1 bought low twice and high once.
    assert _rows(
        drawn, "customers", "customer_id", "category", "first_band", "usual_band", "latest_band",
        "highest_band", "direction", "latest_on", "days_since",
    ) == [
        (1, "Tea", 1, 1, 2, 2, "up", date(2026, 3, 1), 121),
        (2, "Tea", 1, 1, 1, 1, "same", date(2026, 2, 5), 145),
        (3, "Tea", 2, 2, 2, 2, "same", date(2026, 1, 7), 174),
        (3, "Cups", 1, 1, 1, 1, "same", date(2026, 1, 7), 174),
    ]  # fmt: skip


def test_the_list_of_customers_ends_where_it_is_told_to() -> None:
    view = price_shop(GOODS, LINES)
    assert _rows(draw(view, customers=1), "customers", "customer_id") == [(1,)]
    assert draw(view, customers=0).tables["customers"].num_rows == 4


def test_pack_sizes_and_unit_prices_worked_out_by_hand(drawn: Picture) -> None:
    # 50 g: 3 pieces for 30, so 1.5 hundreds of grams: 20 per 100 g. 100 g: 11 + 30 for 2 hundreds:
    # 20.50. All: 71 / 3.5 = 20.2857. Of two that sell alike the dearer tells the words.
    assert _rows(
        drawn, "specs", "category", "size", "told", "unit", "amount", "goods", "pieces", "sales",
    ) == [
        ("Tea", "100 g", "50g*2", "g", 100, 2, 2, 39),
        ("Tea", "50 g", "50g", "g", 50, 1, 3, 29),
    ]  # fmt: skip
    assert _rows(drawn, "specs", "unit_price") == [(Decimal("20.5"),), (Decimal(20),)]
    assert _rows(drawn, "specs", "sales_share", "to_usual") == [
        pytest.approx((39 / 129, 20.5 / (71 / 3.5))),
        pytest.approx((29 / 129, 20 / (71 / 3.5))),
    ]
    # Four goods of the tea and the cup stand on a ladder; three of them tell a size.
    assert (drawn.facts["goods"], drawn.facts["goods_with_size"]) == (5, 3)


def _came_in(customers: range, good: int, up: int) -> list[Any]:
    """Customers who came in with the good on one day; the first `up` bought good 3 later."""
    lines: list[Any] = [(one, "2026-01-10", good, 1, "10") for one in customers]
    return lines + [(one, "2026-02-10", 3, 1, "30") for one in list(customers)[:up]]


def test_the_item_that_leads_up_worked_out_by_hand() -> None:
    # Six came in with 1, four of them moved up; four with 2, one moved up. At the rate of all, 5 of
    # 10, usual is 3 and 2. The variance is 6 x 0.25 x 4/9 = 0.6667 for both, its root 0.8165:
    # 4/3 from (4 - 1.6003)/3 = 0.7999 to 1.8668, and 1/2 from 0 to (1 + 1.6003)/2 = 1.3001.
    # Who bought 3 on the first day came in at the top, and a guest is nobody.
    lines = [
        *_came_in(range(1, 7), 1, 4),
        *_came_in(range(7, 11), 2, 1),
        (11, "2026-01-10", 1, 1, "10"),
        (11, "2026-01-10", 3, 1, "30"),
        (None, "2026-01-10", 1, 1, "10"),
    ]
    drawn = draw(price_shop(GOODS, lines), minimum=1)
    columns = ("product_id", "band", "price", "customers", "moved_up", "verdict")
    assert _rows(drawn, "lead_ins", *columns) == [
        ("p1", 1, Decimal(10), 6, 4, "cannot_tell"),
        ("p2", 1, Decimal(11), 4, 1, "cannot_tell"),
    ]
    shares = ("share", "usual_share", "ratio", "low", "high")
    assert _rows(drawn, "lead_ins", *shares) == [
        pytest.approx((4 / 6, 0.5, 4 / 3, 0.7999, 1.8668), abs=1e-4),
        pytest.approx((1 / 4, 0.5, 1 / 2, 0, 1.3001), abs=1e-4),
    ]
    assert not any("leads up" in said.en for said in drawn.says)


def test_an_item_is_named_where_chance_does_not_explain_it() -> None:
    # 150 and 150 of each, 100 and 50 moved up: usual is 75 each, the variance
    # 150 x 0.25 x 150/299 = 18.81, z = 25 / 4.34 = 5.8.
    lines = [*_came_in(range(1, 151), 1, 100), *_came_in(range(151, 301), 2, 50)]
    drawn = draw(price_shop(GOODS, lines))
    assert _rows(drawn, "lead_ins", "product_id", "verdict") == [
        ("p1", "leads_up"),
        ("p2", "leads_less"),
    ]
    assert any("Tea (Tea) leads up: 67% of 150" in said.en for said in drawn.says)


def test_who_came_in_at_another_time_is_no_measure() -> None:
    """Early customers had longer to move up, so an item of early days gains nothing by it."""
    late = [(one, "2026-06-01", 2, 1, "10") for one in range(101, 201)]
    drawn = draw(price_shop(GOODS, [*_came_in(range(1, 101), 1, 60), *late]))
    assert _rows(drawn, "lead_ins", "product_id", "ratio", "verdict") == [
        ("p1", 1.0, "as_usual"),
        ("p2", None, "cannot_tell"),
    ]


def test_the_same_cost_at_three_prices_worked_out_by_hand() -> None:
    # Costs of 20 to 20.40 are near; 20.50 is not. At the 60 of the black one, the red would bring
    # in (60 - 40) x 10 = 200 more and the blue (60 - 50) x 4 = 40. The rare one sold 1 of 21, less
    # than 5 %, and sets no example. Sales 400 + 200 + 360 + 90, profit 200 + 120 + 240 + 69.70.
    goods = [
        (1, "Shirt", "Shirts", "red", "42", "20"),
        (2, "Shirt", "Shirts", "blue", "50", "20"),
        (3, "Shirt", "Shirts", "black", "60", "20"),
        (4, "Shirt", "Shirts", "rare", "90", "20.3"),
        (5, "Shirt", "Shirts", "other", "120", "20.5"),
        (6, "Hat", "Hats", None, "30", "20"),
    ]
    lines = [
        (1, "2026-01-01", 1, 10, "400"),
        (1, "2026-01-01", 2, 4, "200"),
        (1, "2026-01-01", 3, 6, "360"),
        (1, "2026-01-01", 4, 1, "90"),
        (1, "2026-01-01", 5, 1, "120"),
        (1, "2026-01-01", 6, 1, "10"),
    ]
    drawn = draw(price_shop(goods, lines))
    assert _rows(
        drawn, "same_cost", "group", "category", "goods", "cost_low", "cost_high", "price_low",
        "price_high", "sales", "profit", "profit_between",
    ) == [
        (1, "Shirts", 4, 20, Decimal("20.3"), 42, 90, 1050, Decimal("629.70"), 240)
    ]  # fmt: skip
    assert _rows(drawn, "same_cost", "margin_low", "margin_high") == [
        pytest.approx((0.5, 69.7 / 90))
    ]
    assert _rows(drawn, "variants", "variant", "paid", "pieces", "margin") == [
        ("rare", 90, 1, pytest.approx(69.7 / 90)),
        ("black", 60, 6, pytest.approx(40 / 60)),
        ("blue", 50, 4, pytest.approx(0.6)),
        ("red", 40, 10, pytest.approx(0.5)),
    ]
    assert any("¥240 of profit" in said.en for said in drawn.says)


def test_the_last_days_begin_with_their_first_day() -> None:
    """365 days to 30 June 2026 begin on 1 July 2025."""
    lines = [(1, "2025-06-30", 1, 1, "10"), (2, "2025-07-01", 1, 1, "20")]
    drawn = draw(price_shop(GOODS, lines))
    assert _rows(drawn, "bands", "sales", "buyers") == [(20, 1)]
    assert drawn.tables["customers"].num_rows == 2
    assert _rows(draw(price_shop(GOODS, lines), days=366), "bands", "sales") == [(30,)]


def test_only_the_category_asked_for_is_drawn() -> None:
    drawn = draw(price_shop(GOODS, LINES), category="Cups")
    assert {row["category"] for row in drawn.tables["bands"].to_pylist()} == {"Cups"}
    assert {row["category"] for row in drawn.tables["customers"].to_pylist()} == {"Cups"}
    assert drawn.says[0].en.startswith("Cups sold ¥14.00 in 365 days")


def test_an_unknown_category_lists_those_that_were_sold() -> None:
    with pytest.raises(UnknownValue, match="Did you mean 'Tea'"):
        draw(price_shop(GOODS, LINES), category="Teas")


@pytest.mark.parametrize("asked", [{"days": 0}, {"days": 3651}, {"minimum": 0}, {"customers": -1}])
def test_a_number_out_of_its_range_is_an_error_that_names_the_range(asked: dict[str, int]) -> None:
    with pytest.raises(UnknownValue, match=r"choose a number from|Choose a number from"):
        draw(price_shop(GOODS, LINES), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "lines",
    [[], [(1, "2026-01-01", 6, 1, "5")], [(1, "2020-01-01", 1, 1, "5")]],
    ids=["nothing sold", "no category", "nothing sold of late"],
)
def test_without_a_priced_good_of_a_category_nothing_can_be_told(lines: list[Any]) -> None:
    with pytest.raises(CannotTell, match="has both a category and a price"):
        draw(price_shop(GOODS, lines))


def test_a_shop_of_guests_has_bands_but_no_moves() -> None:
    drawn = draw(price_shop(GOODS, [(None, *line[1:]) for line in LINES]))
    assert [row["buyers"] for row in drawn.tables["bands"].to_pylist()] == [0, 0, 0]
    assert sum(row["sales"] for row in drawn.tables["bands"].to_pylist()) == 143
    for name in ("moves", "lead_ins", "customers"):
        assert drawn.tables[name].num_rows == 0
    assert drawn.says


def test_what_was_given_away_or_lost_money_breaks_nothing() -> None:
    """A good that brought in nothing, and one that brought in less than it cost."""
    lines = [
        (1, "2026-01-01", 1, 1, "0"),
        (2, "2026-01-01", 3, 1, "-5"),
        (3, "2026-01-02", 5, 1, "0"),
    ]
    drawn = draw(price_shop(GOODS, lines))
    tea = [row for row in drawn.tables["bands"].to_pylist() if row["category"] == "Tea"]
    assert [(row["sales"], row["profit"]) for row in tea] == [(0, -4), (-5, -15)]
    assert [row["profit_share"] for row in tea] == [None, None]
    assert drawn.tables["same_cost"].num_rows == 0


def test_one_customer_with_one_purchase_is_enough_for_a_band() -> None:
    drawn = draw(price_shop(GOODS, [(1, "2026-06-30", 1, 1, "10")]))
    assert _rows(drawn, "bands", "bands", "buyers", "sales") == [(1, 1, 10)]
    assert "in one price band" in drawn.says[0].en
    assert "只有一个价格带" in drawn.says[0].zh


def test_steps_stand_beside_what_chance_would_give() -> None:
    """A step goes to each band with that band's share of all steps, if the last does not matter."""
    moves = [
        {"category": "A", "from_band": one, "to_band": to, "direction": way, "steps": steps}
        for one, to, way, steps in (
            (1, 1, "same", 30), (1, 2, "up", 10), (2, 1, "down", 20), (2, 2, "same", 40),
        )
    ]  # fmt: skip
    # Of 100 steps 50 lead to each band, so of 40 from below 20 would climb, of 60 from above 30
    # would fall: half of both. 10 and 20 did: 25 and 33 %.
    (said,) = _steps(moves, [{"category": "A", "bands": 2}])
    assert "25% of next purchases in the category step up (10 of 40; 50% if" in said.en
    assert "33% step down (20 of 60; 50%)" in said.en


def test_an_item_is_as_usual_only_where_its_whole_interval_lies_near_one() -> None:
    # Of each of two items 2,000 came in and half moved up: 1 -+ 1.96 sqrt(500) / 1,000 = 0.956 to
    # 1.044, the variance being 2,000 x 0.25 x 2,000 / 3,999.
    lines = [*_came_in(range(1, 2001), 1, 1000), *_came_in(range(2001, 4001), 2, 1000)]
    drawn = draw(price_shop(GOODS, lines))
    assert _rows(drawn, "lead_ins", "verdict") == [("as_usual",), ("as_usual",)]
    few = draw(price_shop(GOODS, [*_came_in(range(1, 41), 1, 20), *_came_in(range(41, 81), 2, 20)]))
    assert _rows(few, "lead_ins", "verdict") == [("cannot_tell",), ("cannot_tell",)]
