"""The category focus of small shops, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from regulars.errors import CannotTell
from regulars.insight.focus.draw import draw
from regulars.insight.makers.draw import draw as draw_makers
from regulars.insight.picture import Picture
from samples.price_shop import price_shop

# Of each good's sales, half is cost in A; B and the good without a category cost 8 of 10.
GOODS = [
    (1, "a", "A", None, "10", "5"),
    (2, "b", "B", None, "10", "8"),
    (3, "c", None, None, "10", "8"),
]
LINES = [
    (6, "2025-03-01", 1, 5, "50"),  # 486 days before the date: before all spans
    (4, "2025-06-15", 1, 8, "80"),  # 380 days: the year before's 90 days
    (5, "2026-02-15", 2, 3, "30"),  # 135 days: the 90 before
    (2, "2026-05-01", 1, 6, "60"),  # 60 days
    (1, "2026-06-01", 1, 10, "100"),
    (3, "2026-06-05", 2, 4, "40"),
    (None, "2026-06-07", 1, 2, "20"),
    (1, "2026-06-10", 2, 5, "50"),
    (1, "2026-06-10", 3, 1, "10"),
]
CYCLES = [(1, "A", 30.0), (2, "A", 41.0), (1, "B", 20.0)]


@pytest.fixture(scope="module")
def drawn() -> Picture:
    return draw(price_shop(GOODS, LINES, CYCLES), minimum=1)


def _rows(picture: Picture, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in picture.tables[name].to_pylist()]


def test_categories_of_a_small_shop_worked_out_by_hand(drawn: Picture) -> None:
    # A in 365 days: 60 + 100 + 20 = 180, half of it profit; B: 30 + 40 + 50 = 120 less 12 x 8 = 24.
    # All goods: 180 + 120 + 10 = 310 and 90 + 24 + 2 = 116. Customers 1, 2 bought A; 1, 3, 5 bought
    # B. Customer 1 bought more than one category, so only 2 buys A alone, and 3 and 5 buy B alone.
    assert _rows(drawn, "categories", "category", "sales", "profit", "buyers", "only_buyers") == [
        ("A", 180, 90, 2, 1),
        ("B", 120, 24, 3, 2),
    ]
    # Beside A, its buyers spent 1: 50 + 10, 2: 0, for 160 on it. Beside B: 1: 110, for 120 on it.
    shares = ("sales_share", "profit_share", "margin", "only_share", "attach", "median_cycle")
    assert _rows(drawn, "categories", *shares) == [
        pytest.approx((180 / 310, 90 / 116, 0.5, 1 / 2, 60 / 160, 35.5)),
        pytest.approx((120 / 310, 24 / 116, 0.2, 2 / 3, 110 / 120, 20)),
    ]
    # Last 90 days: A 180, B 90. The 90 before: A 0, B 30. A year before: A 80, B 0.
    assert _rows(drawn, "categories", "growth_90", "growth_year", "trend") == [
        (None, pytest.approx(1.25), "growing"),
        (pytest.approx(2.0), None, "growing"),
    ]
    assert drawn.facts["margin"] == pytest.approx(116 / 310)
    assert drawn.facts["unclassed_sales"] == pytest.approx(10 / 310)


def test_what_is_kept_with_the_best_categories_worked_out_by_hand(drawn: Picture) -> None:
    # A holds customers 1 and 2 of 1, 2, 3, 5; with B all four.
    assert _rows(drawn, "kept", "kept", "category", "sales", "profit", "customers") == [
        (1, "A", 180, 90, 2),
        (2, "B", 300, 114, 4),
    ]
    assert _rows(drawn, "kept", "sales_share", "profit_share", "customers_share") == [
        pytest.approx((180 / 310, 90 / 116, 0.5)),
        pytest.approx((300 / 310, 114 / 116, 1.0)),
    ]


def _new(customers: range, goods: tuple[int, ...], back: int, on: str = "2026-04-10") -> list[Any]:
    """New customers of one day with these goods; the first `back` bought again on the day `on`."""
    lines: list[Any] = [(one, "2026-01-10", good, 1, "10") for one in customers for good in goods]
    return lines + [(one, on, 2, 1, "10") for one in list(customers)[:back]]


def test_first_purchases_against_what_is_usual_worked_out_by_hand() -> None:
    # One category on the first day: 6 by A, 4 back; 4 by B, 1 back: usual 3 and 2, the variance
    # 6 x 0.25 x 4/9 = 0.6667 of both. Both on the first day: 2, all back: usual 2 of each, the
    # variance 0. A: 6 of 8, usual 5, 1.2 from (6 - 1.6003)/5 to (6 + 1.6003)/5. B: 3 of 6, usual 4.
    # 10 January to 10 April is 90 days, so they are back in time; not so 30 and 31.
    lines = [
        *_new(range(1, 7), (1,), 4),
        *_new(range(7, 11), (2,), 1),
        *_new(range(11, 13), (1, 2), 2),
        (None, "2026-01-10", 1, 1, "10"),
    ]
    drawn = draw(price_shop(GOODS, lines), minimum=1)
    told = {row["category"]: row for row in drawn.tables["categories"].to_pylist()}
    columns = ("first_buyers", "returned", "return_finding")
    assert [told["A"][name] for name in columns] == [8, 6, "as_usual"]
    assert [told["B"][name] for name in columns] == [6, 3, "as_usual"]
    shares = ("return_share", "usual_share", "return_ratio", "low", "high")
    assert [told["A"][name] for name in shares] == pytest.approx(
        [6 / 8, 5 / 8, 1.2, 0.8799, 1.5201], abs=1e-4
    )
    assert [told["B"][name] for name in shares] == pytest.approx(
        [3 / 6, 4 / 6, 0.75, 0.3499, 1.1501], abs=1e-4
    )


@pytest.mark.parametrize(
    ("on", "returned"),
    [("2026-01-10", 0), ("2026-01-11", 6), ("2026-04-10", 6), ("2026-04-11", 0)],
    ids=["the same day", "the next day", "the 90th day", "the 91st day"],
)
def test_back_is_a_later_day_within_ninety(on: str, returned: int) -> None:
    drawn = draw(price_shop(GOODS, _new(range(1, 7), (1,), 6, on)), minimum=1)
    row = next(r for r in drawn.tables["categories"].to_pylist() if r["category"] == "A")
    assert (row["first_buyers"], row["returned"]) == (6, returned)


def test_new_customers_whose_ninety_days_are_not_over_are_not_counted() -> None:
    lines = [(1, "2026-04-01", 1, 1, "10"), (2, "2026-04-02", 1, 1, "10")]
    drawn = draw(price_shop(GOODS, lines), minimum=1)
    assert _rows(drawn, "categories", "first_buyers") == [(1,)]


def test_a_category_whose_new_customers_stay_away_is_named() -> None:
    lines = [*_new(range(1, 151), (1,), 100), *_new(range(151, 301), (2,), 50)]
    drawn = draw(price_shop(GOODS, lines))
    assert _rows(drawn, "categories", "category", "return_finding", "verdict") == [
        ("A", "more", "build"),
        ("B", "fewer", "mend"),
    ]
    assert any("Who comes in by B comes back less: 33% of 150" in said.en for said in drawn.says)
    assert any("引流款" in said.zh or "值得主推：A" in said.zh for said in drawn.says)


def test_the_last_days_begin_with_their_first_day() -> None:
    """365 days to 30 June 2026 begin on 1 July 2025; the last 90 on 2 April 2026."""
    lines = [
        (1, "2025-06-30", 1, 1, "10"),
        (2, "2025-07-01", 1, 1, "20"),
        (3, "2026-04-01", 1, 1, "30"),
        (4, "2026-04-02", 1, 1, "60"),
    ]
    drawn = draw(price_shop(GOODS, lines), minimum=1)
    assert _rows(drawn, "categories", "sales", "buyers", "growth_90") == [(110, 3, 1.0)]


def test_of_few_buyers_no_share_is_told() -> None:
    told = draw(price_shop(GOODS, LINES)).tables["categories"].to_pylist()
    for row in told:
        assert row["verdict"] == "few"
        for name in ("only_share", "attach", "return_share", "usual_share", "return_ratio", "low"):
            assert row[name] is None, name
    assert told[0]["sales"] == 180


def test_the_whole_is_the_sum_of_its_parts(drawn: Picture) -> None:
    sales = [row["sales"] for row in drawn.tables["categories"].to_pylist()]
    assert sum(sales) + 10 == Decimal(310)
    kept = drawn.tables["kept"].to_pylist()
    assert [row["sales"] for row in kept] == [sales[0], sales[0] + sales[1]]
    assert all(a["customers"] <= b["customers"] for a, b in pairwise(kept))


@pytest.mark.parametrize(
    "lines",
    [[], [(1, "2026-06-01", 3, 1, "10")], [(1, "2020-01-01", 1, 1, "10")]],
    ids=["nothing sold", "no category", "nothing sold of late"],
)
def test_without_a_category_nothing_can_be_told(lines: list[Any]) -> None:
    with pytest.raises(CannotTell, match="has a category"):
        draw(price_shop(GOODS, lines))


def test_a_shop_of_guests_has_sales_but_no_buyers() -> None:
    drawn = draw(price_shop(GOODS, [(None, *line[1:]) for line in LINES]))
    assert _rows(drawn, "categories", "sales", "buyers", "first_buyers", "return_share") == [
        (180, 0, 0, None),
        (120, 0, 0, None),
    ]
    assert _rows(drawn, "kept", "customers", "customers_share") == [(0, None), (0, None)]


def test_a_shop_of_one_month_compares_with_nothing() -> None:
    drawn = draw(price_shop(GOODS, LINES[4:], as_of=date(2026, 6, 30)))
    assert (
        _rows(drawn, "categories", "growth_90", "growth_year", "trend")
        == [(None, None, "unknown")] * 2
    )


def test_sales_of_nothing_and_less_break_nothing() -> None:
    lines = [(1, "2026-06-01", 1, 1, "0"), (2, "2026-06-01", 2, 1, "-5")]
    drawn = draw(price_shop(GOODS, lines), minimum=1)
    assert _rows(drawn, "categories", "category", "sales", "margin", "sales_share") == [
        ("A", 0, None, None),
        ("B", -5, None, None),
    ]
    assert all(row["attach"] is None for row in drawn.tables["categories"].to_pylist())


def test_the_yardstick_is_that_of_first_purchases_that_make_regulars() -> None:
    lines = [
        *_new(range(1, 151), (1,), 100, "2026-03-10"),
        *_new(range(151, 301), (2,), 50, "2026-03-10"),
        *_new(range(301, 361), (1, 2), 50, "2026-03-10"),
    ]
    view = price_shop(GOODS, lines)
    makers = {
        row["name"]: row for row in draw_makers(view, by="category").tables["items"].to_pylist()
    }
    for row in draw(view).tables["categories"].to_pylist():
        own = makers[row["category"]]
        assert row["usual_share"] == pytest.approx(own["expected_rate"])
        assert row["return_ratio"] == pytest.approx(own["ratio"])
