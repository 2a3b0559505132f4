"""What comes next of the small shop, worked out by hand, on every engine.

As of 2026-04-15, from the rows `_AHEAD` and `_CATEGORY_CYCLES` of `conftest.py`. Due within 7 days
are 1 and 5, within 30 days 6 too: 4 was due on the very day, 7 is due a day too late.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from regulars.insight.due_categories import due_categories
from regulars.insight.next_purchases import due_days, due_list, next_totals
from regulars.insight.value_held import value_by_stage, value_tenths
from regulars.kernel.stage_names import Stage

AS_OF = date(2026, 4, 15)


@pytest.fixture
def people(load: Any, small_shop: Any) -> Any:
    return load(people=small_shop["people"])[0]


@pytest.fixture
def nobody(load: Any, small_shop: Any) -> Any:
    return load(people=small_shop["people"].slice(0, 0))[0]


def _rows(engine: Any, expression: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in engine.run(expression).to_pylist()]


def test_totals(engine: Any, people: Any) -> None:
    assert engine.run(next_totals(people, AS_OF)).to_pylist() == [
        {
            "buyers": 7,
            "due_7": 2,
            "due_30": 3,
            "due_30_buyers": 1.5,  # 0.5 + 0.25 + 0.75
            "with_chance": 7,
            "overdue": 2,  # 2 and 3
            "overdue_lost": 1,  # 3
            "expected_purchases_90": 4.125,  # 1.25 + 0.5 + 0.125 + 0.25 + 0.5 + 1 + 0.5
            "expected_purchases_365": 11.25,  # 4 + 1 + 0.25 + 0.5 + 1 + 3 + 1.5
            "with_expected": 7,
            "lifetime_value": Decimal(360),  # 90 + 30 + 0 + 30 + 30 + 120 + 60
            "with_value": 7,
            "promotion_only": 1,
            "repeat_buyers": 4,  # 1, 2, 5, 7
        }
    ]


def test_totals_of_nobody_are_nothing(engine: Any, nobody: Any) -> None:
    (row,) = engine.run(next_totals(nobody, AS_OF)).to_pylist()
    assert set(row.values()) == {0}


def test_who_is_due_by_day(engine: Any, people: Any) -> None:
    rows = _rows(engine, due_days(people, AS_OF))
    assert [row[0] for row in rows] == list(range(1, 31))
    assert [row for row in rows if row[1]] == [(1, 1, 0.5), (7, 1, 0.25), (30, 1, 0.75)]
    assert rows[1] == (2, 0, 0.0)


def test_who_is_due_of_nobody_keeps_its_days(engine: Any, nobody: Any) -> None:
    assert _rows(engine, due_days(nobody, AS_OF, 2)) == [(1, 0, 0.0), (2, 0, 0.0)]


def test_the_likeliest_to_come_is_listed_first(engine: Any, people: Any) -> None:
    rows = engine.run(due_list(people, AS_OF)).to_pylist()
    assert [(row["ref"], row["chance_30"]) for row in rows] == [
        ("C6", 0.75),
        ("C1", 0.5),
        ("C5", 0.25),
    ]
    assert rows[0]["lifetime_value"] == Decimal(120)
    assert rows[2]["buys_only_at"] == "Double 11"
    assert [row["ref"] for row in engine.run(due_list(people, AS_OF, most=2)).to_pylist()] == [
        "C6",
        "C1",
    ]


def test_equal_and_unknown_chances_go_by_day_and_number(
    engine: Any, load: Any, small_shop: Any
) -> None:
    known = small_shop["people"]
    table = known.to_pylist()
    for row, chance in zip(table, (None, 0.2, 0.2, 0.2, 0.9, None, 0.2, None), strict=True):
        row["chance_30"] = chance
        row["due_on"] = date(2026, 4, 20) if row["customer_id"] != 4 else date(2026, 4, 19)
    (people,) = load(people=pa.Table.from_pylist(table, known.schema))
    listed = engine.run(due_list(people, AS_OF)).to_pylist()
    assert [row["customer_id"] for row in listed] == [5, 4, 2, 3, 7, 1, 6, 9]


def test_value_by_tenths(engine: Any, people: Any) -> None:
    # 6, 1, 7, then 2, 4, 5 alike, then 3. Place x 10 / 7: 0, 1.4, 2.9, 4.3, 5.7, 7.1, 8.6.
    none = Decimal(0)
    assert _rows(engine, value_tenths(people)) == [
        (1, 1, Decimal(120), pytest.approx(120 / 360)),
        (2, 1, Decimal(90), pytest.approx(90 / 360)),
        (3, 1, Decimal(60), pytest.approx(60 / 360)),
        (4, 0, none, 0.0),
        (5, 1, Decimal(30), pytest.approx(30 / 360)),
        (6, 1, Decimal(30), pytest.approx(30 / 360)),
        (7, 0, none, 0.0),
        (8, 1, Decimal(30), pytest.approx(30 / 360)),
        (9, 1, none, 0.0),
        (10, 0, none, 0.0),
    ]


def test_value_by_stage(engine: Any, people: Any) -> None:
    rows = _rows(engine, value_by_stage(people))
    assert [row[0] for row in rows] == [str(stage) for stage in Stage]
    assert {row[0]: row[1:] for row in rows if row[1]} == {
        "first_order": (1, Decimal(120), pytest.approx(1 / 3), 120.0),
        "second_order": (1, Decimal(30), pytest.approx(1 / 12), 30.0),
        "growing": (1, Decimal(90), 0.25, 90.0),
        "at_risk": (1, Decimal(30), pytest.approx(1 / 12), 30.0),
        "dormant": (1, Decimal(30), pytest.approx(1 / 12), 30.0),
        "lost": (1, Decimal(0), 0.0, 0.0),
        "won_back": (1, Decimal(60), pytest.approx(1 / 6), 60.0),
    }


def test_nothing_is_shared_out_where_there_is_none(engine: Any, nobody: Any) -> None:
    assert {row[1:] for row in _rows(engine, value_tenths(nobody))} == {(0, Decimal(0), None)}
    assert {row[1:] for row in _rows(engine, value_by_stage(nobody))} == {
        (0, Decimal(0), None, None)
    }


def test_categories(engine: Any, load: Any, small_shop_ahead: Any) -> None:
    (cycles,) = load(category_cycles=small_shop_ahead["category_cycles"])
    # Medians: tea (20 + 30) / 2, cups (8 + 13) / 2. Bowls and cups are alike but for their names.
    # category, customers, due, overdue, expected_buyers, with_chance, median_cycle
    assert _rows(engine, due_categories(cycles, AS_OF)) == [
        ("tea", 4, 2, 1, 0.875, 3, 25.0),
        ("bowls", 1, 0, 1, 0.0, 0, 7.5),
        ("cups", 2, 0, 1, 0.75, 2, 10.5),
    ]


def test_a_shop_without_categories_has_no_row(
    engine: Any, load: Any, small_shop_ahead: Any
) -> None:
    (cycles,) = load(category_cycles=small_shop_ahead["category_cycles"].slice(0, 0))
    assert engine.run(due_categories(cycles, AS_OF)).num_rows == 0
