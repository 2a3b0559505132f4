"""Tiers of value by stages of life, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.insight.pool.layers import layer_tables
from regulars.settings import Settings

AS_OF = date(2026, 6, 30)
MONEY = pa.decimal128(18, 4)


def _money(values: Sequence[float | None]) -> pa.Array:
    return pa.array([None if x is None else Decimal(str(x)) for x in values], MONEY)


def _tables(
    bought: list[tuple[int | None, date, float]], people: list[tuple[int, str, float | None]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with Warehouse.in_memory() as warehouse:
        warehouse.load(
            "purchases",
            pa.table(
                {
                    "customer_id": pa.array([row[0] for row in bought], pa.int64()),
                    "day": pa.array([row[1] for row in bought], pa.date32()),
                    "net": _money([row[2] for row in bought]),
                }
            ),
        )
        warehouse.load(
            "people",
            pa.table(
                {
                    "customer_id": pa.array([row[0] for row in people], pa.int64()),
                    "stage": pa.array([row[1] for row in people], pa.string()),
                    "lifetime_value": _money([row[2] for row in people]),
                }
            ),
        )
        tiers, layers = layer_tables(View(warehouse, Settings(), AS_OF))
    return tiers.to_pylist(), layers.to_pylist()


def test_layers_worked_by_hand() -> None:
    # Paid over 2025-07-01 … 2026-06-30, in falling order, with the sum before each:
    # 1: 400 (0), 2: 200 (400), 3: 200 (400: as much as 2), 4: 150 (800), 5: 50 (950); sum 1000.
    # Before the half (500): 1, 2 and 3 (equal sums are one step, which begins at 400). Before 800:
    # nobody else, for 4 begins at 800 exactly. So A = 1, 2, 3 from 200; C = 4, 5.
    # 6 paid on the day before the window opens, 7 was refunded in full, 8 never bought: none.
    bought = [
        (1, date(2025, 7, 1), 300.0),
        (1, AS_OF, 100.0),
        (2, date(2026, 1, 1), 200.0),
        (3, date(2026, 1, 2), 200.0),
        (4, date(2026, 1, 3), 150.0),
        (5, date(2026, 1, 4), 50.0),
        (6, date(2025, 6, 30), 900.0),
        (7, date(2026, 1, 5), 0.0),
        (None, date(2026, 1, 6), 5000.0),  # a guest is no customer
    ]
    people = [
        (1, "core", 60.0),
        (2, "growing", 20.0),
        (3, "lost", 10.0),
        (4, "first_order", 5.0),
        (5, "first_order", 5.0),
        (6, "lost", None),
        (7, "first_order", 0.0),
        (8, "not_observable", None),
    ]
    tiers, layers = _tables(bought, people)
    of = {row["tier"]: row for row in tiers}
    assert list(of) == ["A", "B", "C", "none"]
    assert (of["A"]["paid_from"], of["B"]["paid_from"]) == (Decimal(200), None)
    assert [row["customers"] for row in tiers] == [3, 0, 2, 3]
    assert of["A"]["share"] == 3 / 8
    assert [row["paid_365"] for row in tiers] == [Decimal(800), 0, Decimal(200), 0]
    assert of["A"]["paid_share"] == 0.8
    # Expected profit: 60 + 20 + 10 of 100 in all; the tier of nobody tells none.
    assert [row["expected_profit"] for row in tiers] == [Decimal(90), None, Decimal(10), Decimal(0)]
    assert (of["A"]["profit_share"], of["C"]["profit_share"]) == (0.9, 0.1)
    cell = {(row["tier"], row["stage"]): row for row in layers}
    assert list(cell) == [
        ("A", "growing"),
        ("A", "core"),
        ("A", "lost"),
        ("C", "first_order"),
        ("none", "not_observable"),
        ("none", "first_order"),
        ("none", "lost"),
    ]
    assert cell["C", "first_order"]["customers"] == 2
    assert cell["A", "lost"]["expected_profit"] == Decimal(10)
    assert cell["none", "lost"]["expected_profit"] is None


def test_who_begins_where_a_bound_is_reached_exactly_belongs_beyond_it() -> None:
    # 100 + 60 + 40: the second begins at half exactly, the third at four fifths.
    bought = [(1, AS_OF, 100.0), (2, AS_OF, 60.0), (3, AS_OF, 40.0)]
    tiers, _ = _tables(bought, [(who, "first_order", None) for who in (1, 2, 3)])
    assert [row["customers"] for row in tiers] == [1, 1, 1, 0]
    assert [row["paid_from"] for row in tiers] == [Decimal(100), Decimal(60), None, None]


def test_one_customer_is_tier_a_and_a_shop_of_guests_has_no_tiers() -> None:
    tiers, _ = _tables([(1, AS_OF, 9.99)], [(1, "first_order", None)])
    assert [row["customers"] for row in tiers] == [1, 0, 0, 0]
    assert tiers[0]["paid_from"] == Decimal("9.99")
    tiers, layers = _tables([(None, AS_OF, 9.99)], [])
    assert [row["customers"] for row in tiers] == [0, 0, 0, 0]
    assert tiers[0]["paid_from"] is None
    assert tiers[0]["share"] is None
    assert layers == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-50, 500), min_size=1, max_size=25))
def test_tiers_part_all_customers_and_all_that_was_paid(paid: list[int]) -> None:
    bought = [(at, AS_OF, float(amount)) for at, amount in enumerate(paid)]
    people = [(at, "first_order", float(at)) for at in range(len(paid))]
    tiers, layers = _tables(bought, people)
    positive = [amount for amount in paid if amount > 0]
    assert sum(row["customers"] for row in tiers) == len(paid)
    assert sum(row["paid_365"] for row in tiers) == sum(positive)
    assert sum(row["customers"] for row in layers) == len(paid)
    if positive:
        # With A the first half is reached, with A and B the first four fifths.
        held = [float(row["paid_share"]) for row in tiers]
        assert held[0] >= 0.5
        assert held[0] + held[1] >= 0.8 - 1e-12
