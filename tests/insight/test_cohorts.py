"""Cohorts: retention and value by month since the first purchase, worked by hand."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import numpy as np
import pytest

from insight.small_orders import Order, rows, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.cohort import cohort
from regulars.insight.cohorts.cells import PARTS
from regulars.insight.cohorts.draw import draw
from regulars.insight.cohorts.values import T, cumulated
from regulars.insight.cohorts.words import apart

AS_OF = "2026-04-10"
# Search: 30 customers begin in January with 10 (profit 4), 30 in February with 20 (profit 8). Of
# the first, 10 buy in February and 6 in March, for 30 (profit 6); of the second, 6 buy twice in
# March, for 10 (profit 1). Live: 30 begin in January with 100 (profit 50), none comes again. Three
# come by post, two from nobody knows where, in January, for 1 (profit 1). Five begin in April.
ORDERS: list[Order] = [
    *((one, "2026-01-10", "10", "4") for one in range(30)),
    *((one, "2026-02-10", "20", "8") for one in range(30, 60)),
    *((one, "2026-02-11", "30", "6") for one in range(10)),
    *((one, "2026-03-12", "30", "6") for one in range(5, 11)),
    *((one, "2026-03-13", "10", "1") for one in range(30, 36) for _ in range(2)),
    *((one, "2026-01-14", "100", "50") for one in range(100, 130)),
    *((one, "2026-01-15", "1", "1") for one in range(200, 205)),
    *((one, "2026-04-05", "10", "4") for one in range(300, 305)),
    (None, "2026-01-10", "500", "100"),
]
SOURCES = (
    dict.fromkeys([*range(60), *range(300, 305)], "search")
    | dict.fromkeys(range(100, 130), "live")
    | dict.fromkeys(range(200, 203), "post")
)
NOTES = ((0, "2026-03-20", "15"), (None, "2026-03-20", "99"))


def test_cohorts_by_source_worked_by_hand() -> None:
    with shop(ORDERS, AS_OF, sources=SOURCES, notes=NOTES) as view:
        picture = draw(view, by="source")
    cells = {(row["cohort"], row["months_since"]): row for row in rows(picture, "cells")}
    search = [cells["search", month] for month in range(3)]
    assert [row["size"] for row in search] == [60] * 3  # April's have not had a month that ended
    assert [row["seen"] for row in search] == [60, 60, 30]
    assert [row["complete"] for row in search] == [True, True, False]
    assert [row["customers"] for row in search] == [60, 10 + 6, 6]
    assert [row["share"] for row in search] == pytest.approx([1, 16 / 60, 6 / 30])
    assert [row["orders"] for row in search] == [60, 10 + 12, 6]
    # Sales 300 + 600; 300 + 120; 180 - 15. Profit 120 + 240; 60 + 12; 36 - 15 x 0.3.
    assert [row["sales"] for row in search] == [900, 420, 165]
    assert [row["profit"] for row in search] == [360, 72, Decimal("31.5")]
    # Per customer: 15 + 7 + 5.5, and 6 + 1.2 + 1.05.
    assert [row["cumulated_sales"] for row in search] == pytest.approx([15, 22, 27.5])
    assert [row["cumulated_profit"] for row in search] == pytest.approx([6, 7.2, 8.25])
    assert cells["live", 2]["cumulated_profit"] == pytest.approx(50)
    assert ("search", 3) not in cells
    told = {row["cohort"]: row for row in rows(picture, "cohorts")}
    assert list(told) == ["all", "search", "live", "other", "unknown"]
    assert [row["customers"] for row in told.values()] == [95, 60, 30, 3, 2]
    assert told["search"]["profit_1"] == pytest.approx(7.2)
    assert told["search"]["profit_3"] is None
    assert told["other"]["profit_0"] is None  # three customers tell nothing
    assert told["all"]["share_1"] == pytest.approx(16 / 95)


def test_intervals_of_shares_are_wilsons() -> None:
    # 16 of 60: centre (0.26667 + 3.84146/120) / (1 + 3.84146/60) = 0.280708, half
    # 1.959964 sqrt(0.195556/60 + 3.84146/14400) / 1.064024 = 0.109395.
    with shop(ORDERS, AS_OF, sources=SOURCES) as view:
        cells = rows(draw(view, by="source"), "cells")
    one = next(row for row in cells if (row["cohort"], row["months_since"]) == ("search", 1))
    assert one["share_low"] == pytest.approx(0.171312, abs=1e-4)
    assert one["share_high"] == pytest.approx(0.390103, abs=1e-4)
    first = next(row for row in cells if (row["cohort"], row["months_since"]) == ("live", 0))
    nobody = next(row for row in cells if (row["cohort"], row["months_since"]) == ("live", 1))
    assert (first["share_high"], nobody["share_low"]) == (1, 0)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    # Parts of equal size: leaving out part g moves the mean of the parts by (m - m_g) / (G - 1), so
    # that s^2 = sum (m_g - m)^2 / (G (G - 1)), the variance of a mean of G values.
    means = np.arange(PARTS, dtype=float)
    value, spread = cumulated(means[None, :] * 3, np.full((1, PARTS), 3.0))
    assert value[0] == means.mean()
    assert spread[0] == pytest.approx(means.std(ddof=1) / PARTS**0.5)


def test_intervals_of_value_hold_the_truth_as_often_as_they_say() -> None:
    # 600 customers whose worth differs (gamma, mean 1) and lasts: six months bring 6 on average.
    draws = np.random.default_rng(7)
    customers, months, held = 600, 6, 0
    part = np.arange(customers) % PARTS
    seen = np.tile(np.bincount(part).astype(float), (months, 1))
    for _ in range(400):
        pace = draws.gamma(0.5, 2.0, customers)[:, None]
        bought = draws.poisson(np.tile(pace, months)).astype(float)
        amounts = np.zeros((PARTS, months))
        np.add.at(amounts, part, bought)
        value, spread = cumulated(amounts.T, seen)
        held += abs(value[-1] - 6) <= T * spread[-1]
    assert 0.92 < held / 400 < 0.98


def test_cohorts_by_month_count_as_the_cohort_table_does() -> None:
    draws = np.random.default_rng(2)
    orders: list[Order] = [
        (int(one), f"2026-{month:02d}-{day:02d}", "5", "1")
        for one, month, day in zip(
            draws.integers(0, 200, 600),
            draws.integers(1, 7, 600),
            draws.integers(1, 28, 600),
            strict=True,
        )
    ]
    with shop(orders, "2026-07-15") as view:
        cells = rows(draw(view, by="month"), "cells")
        table = view.run(cohort(view.relation("purchases"), view.as_of)).to_pylist()
    counted = {
        (row["cohort"], row["months_since"]): row["customers"]
        for row in cells
        if row["kind"] == "named"
    }
    assert counted == {
        (f"{row['cohort']:%Y-%m}", row["months_since"]): row["customers"]
        for row in table
        if row["complete"]
    }


@pytest.mark.parametrize("by", ["month", "quarter", "source"])
def test_cohorts_add_up_to_all_customers(by: str) -> None:
    with shop(ORDERS, AS_OF, sources=SOURCES, notes=NOTES) as view:
        cells = rows(draw(view, by=by), "cells")
    for name in ("seen", "customers", "orders", "sales", "profit"):
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for row in cells:
            if row["kind"] != "all":
                sums[row["months_since"]] += row[name]
        everyone = {row["months_since"]: row[name] for row in cells if row["kind"] == "all"}
        assert sums == everyone, name


def test_a_quarter_is_complete_when_its_last_month_is() -> None:
    with shop(ORDERS, AS_OF) as view:
        picture = draw(view, by="quarter")
    named = [row for row in rows(picture, "cells") if row["kind"] == "named"]
    assert [row["cohort"] for row in named] == ["2026-Q1"] * 3
    assert [row["complete"] for row in named] == [True, True, False]


def test_first_category_and_product_are_those_of_the_earliest_order() -> None:
    orders: list[Order] = [
        *((one, "2026-01-20", "10", "4") for one in range(30)),
        *((one, "2026-01-05", "10", "4") for one in range(30)),
    ]
    late_then_early = ["tea"] * 30 + ["cups"] * 30
    # The first order holds a spoon as well, which brings in less; the later ones nothing else.
    goods = [(place, title, "6") for place, title in enumerate(late_then_early)]
    goods += [(place, "a spoon", "4") for place in range(30, 60)]
    for by in ("first_category", "first_product"):
        with shop(orders, "2026-02-28", categories=late_then_early, goods=goods) as view:
            told = rows(draw(view, by=by), "cohorts")
        assert [row["cohort"] for row in told] == ["all", "cups"]


def test_without_sources_customers_are_told_apart_by_category_or_else_by_quarter() -> None:
    categories = ["tea" if order[0] and order[0] < 60 else "cups" for order in ORDERS]
    with shop(ORDERS, AS_OF, categories=categories) as view:
        picture = draw(view)
    assert picture.facts["by"] == "first_category"
    assert any("no two sources" in one.en for one in picture.says)
    with shop(ORDERS, AS_OF) as view:
        assert draw(view).facts["by"] == "quarter"


def test_the_largest_groups_are_named_and_the_rest_is_gathered() -> None:
    with shop(ORDERS, AS_OF, sources=SOURCES) as view:
        told = rows(draw(view, by="source", top=1), "cohorts")
    assert [(row["kind"], row["customers"]) for row in told] == [
        ("all", 95), ("named", 60), ("other", 33), ("unknown", 2),
    ]  # fmt: skip


def test_what_cannot_be_told_is_said() -> None:
    with shop((), AS_OF) as view, pytest.raises(CannotTell, match="has ended yet"):
        draw(view)
    with shop(ORDERS[-6:], AS_OF) as view, pytest.raises(CannotTell):
        draw(view, by="source")
    with shop([(1, "2026-04-02", "1", "1")], AS_OF) as view, pytest.raises(CannotTell):
        draw(view, by="month")
    with shop(ORDERS, AS_OF) as view, pytest.raises(UnknownValue, match="kind of cohort"):
        draw(view, by="weather")
    with shop([(1, "2026-01-02", "1", "1")], AS_OF) as view:
        picture = draw(view, by="month")
    assert all(row["share"] is None for row in rows(picture, "cells"))
    assert all("No two cohorts" in one.en or "too few" in one.en for one in picture.says)


def test_who_is_worth_most_is_told_with_the_caution_that_it_proves_no_cause() -> None:
    with shop(ORDERS, AS_OF, sources=SOURCES) as view:
        said = [one.en for one in draw(view).says]
    assert said[0].startswith(
        "After 1 month a customer who came in by live has brought ¥50.00 of profit (¥50.00 to"
        " ¥50.00), one who came in by search ¥7.20"
    )
    assert "beyond chance" in said[0]
    assert "does not prove" in said[1]
    assert any("2.1% of the customers name no source" in one for one in said)


def test_the_best_of_many_groups_is_not_taken_for_better_by_chance_alone() -> None:
    draws = np.random.default_rng(11)
    alarms = 0
    for _ in range(400):
        worths = draws.normal(100, 5, 6)
        spreads = 5 * np.sqrt(draws.chisquare(PARTS - 1, 6) / (PARTS - 1))
        best, worst = int(worths.argmax()), int(worths.argmin())
        alarms += apart((worths[best], spreads[best]), (worths[worst], spreads[worst]), 15)
    assert alarms / 400 < 0.05
    assert pytest.approx(2.093024, abs=1e-6) == T


def test_a_first_month_with_more_than_twice_the_usual_newcomers_is_told() -> None:
    # 65 first purchases in the first month, and of the later months 40 or none each.
    def told(first: int, months: int) -> list[str]:
        orders = [(one, "2024-01-05", "1", "1") for one in range(first)]
        orders += [
            (1000 * month + one, f"{2024 + month // 12}-{month % 12 + 1:02d}-05", "1", "1")
            for month in range(1, months)
            for one in range(40)
        ]
        with shop(orders, f"{2024 + months // 12}-{months % 12 + 1:02d}-02") as view:
            return [one.en for one in draw(view, by="month").says if "data begin" in one.en]

    assert told(81, 30) == [
        "The data begin on 2024-01-05: who bought before counts as new, and 2024-01 has 81 first"
        " purchases where 40 a month are usual."
    ]
    # With 80 it is no more than twice; but of 8 months all lie within the first year.
    assert told(80, 30) == []
    assert told(80, 8) == [
        "The data begin on 2024-01-05: who bought before and not since counts as new."
    ]
