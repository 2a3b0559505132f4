"""The engines that every relational insight must agree on, and the shop they are asked about.

The engines are DuckDB, and Sail over Spark Connect. The shop is hand-made, small enough to work
out every picture by hand, and full of ties. As of 2026-04-15, in the middle of a month:

- customer 1 buys twice on one day for the same amount, stays away in March, comes back in April
- customers 2, 4, 5, 6 have paid the same in all; 3 bought once; 7 was away for fifteen months
- 8 first buys after the as-of date, 9 never bought; two orders are guests'
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.engines.spark import SparkWarehouse
from regulars.people.columns import SCHEMA

AS_OF = date(2026, 4, 15)

# customer, day, net
ORDERS: tuple[tuple[int | None, str, str], ...] = (
    (1, "2026-01-31", "10.00"),
    (1, "2026-01-31", "10.00"),
    (1, "2026-02-28", "20.00"),
    (1, "2026-04-01", "30.00"),
    (2, "2026-01-05", "10.10"),
    (2, "2026-02-05", "10.10"),
    (2, "2026-03-05", "10.10"),
    (3, "2026-01-31", "10.10"),
    (4, "2026-02-28", "5.00"),
    (4, "2026-02-28", "25.30"),
    (5, "2026-03-31", "10.10"),
    (5, "2026-04-15", "20.20"),
    (6, "2026-04-15", "30.30"),
    (7, "2024-12-31", "100.00"),
    (7, "2026-03-31", "20.00"),
    (None, "2026-02-28", "7.00"),
    (None, "2026-03-31", "3.00"),
    (8, "2026-04-16", "99.00"),
)

# Credit notes: one of a customer, one of a guest, one before the last year, one after the date.
CREDIT_NOTES: tuple[tuple[int | None, str, str], ...] = (
    (1, "2026-02-28", "1.50"),
    (None, "2026-03-31", "0.25"),
    (7, "2025-01-02", "4.00"),
    (2, "2026-04-16", "9.00"),
)

# customer, stage, recency_days, orders, monetary, r, f, m, segment, bits, chance, gender, tags, pet
_PEOPLE: tuple[tuple[object, ...], ...] = (
    (1, "growing", 14, 4, "70.00", 3, 5, 4, "loyal", "111", 0.5, "F", ["a", "b"], "cat"),
    (2, "at_risk", 41, 3, "30.30", 2, 4, 1, "at_risk", "010", 0.25, "F", ["a"], "dog"),
    (3, "lost", 74, 1, "10.10", 1, 1, 1, "lost", "000", None, "M", [], None),
    (4, "dormant", 46, 2, "30.30", 1, 2, 1, "hibernating", "000", 0.1, "F", None, None),
    (
        5,
        "second_order",
        0,
        2,
        "30.30",
        4,
        2,
        1,
        "potential_loyalist",
        "100",
        0.3,
        "M",
        ["b"],
        "dog",
    ),
    (6, "first_order", 0, 1, "30.30", 4, 1, 1, "promising", "100", 0.3, "F", ["a", "a"], "cat"),
    (7, "won_back", 15, 2, "120.00", 3, 2, 5, "loyal", "101", 0.6, None, ["b", "a"], "cat"),
    (9, "not_observable", None, 0, None, None, None, None, None, None, None, "M", None, "cat"),
)

# What comes next. customer, purchase_days, due_on, overdue_days, chance_30, expected_purchases_90,
# expected_purchases_365, lifetime_value, buys_only_at
_AHEAD: tuple[tuple[Any, ...], ...] = (
    (1, 3, "2026-04-16", 0, 0.5, 1.25, 4.0, "90.00", None),  # due on the day after
    (2, 3, "2026-04-05", 10, 0.25, 0.5, 1.0, "30.00", None),
    (3, 1, "2026-02-28", 46, 0.0, 0.1250004, 0.25, "0.00", None),  # parts of a millionth
    (4, 1, "2026-04-15", 0, 0.125, 0.25, 0.5, "30.00", None),  # due on the as-of date itself
    (5, 2, "2026-04-22", 0, 0.25, 0.5, 1.0, "30.00", "Double 11"),  # on the last of seven days
    (6, 1, "2026-05-15", 0, 0.75, 1.0, 3.0, "120.00", None),  # on the last of thirty
    (7, 2, "2026-05-16", 0, 0.375, 0.5, 1.5, "60.00", None),  # a day later
    (9, 0, None, None, None, None, None, None, None),
)

# customer, category, due_on, overdue_days, cycle_p50, chance_30
_CATEGORY_CYCLES: tuple[tuple[Any, ...], ...] = (
    (1, "tea", "2026-04-16", 0, 10.0, 0.5),
    (2, "tea", "2026-04-15", 0, 20.0, 0.25),
    (3, "tea", "2026-03-01", 45, 30.0, None),
    (4, "tea", "2026-05-15", 0, 30.0, 0.125),
    (5, "cups", "2026-05-16", 0, 8.0, 0.5),
    (6, "cups", "2026-04-12", 3, 13.0, 0.25),
    (7, "bowls", "2026-04-01", 14, 7.5, None),
)

# customer, changed_on, stage
_HISTORY: tuple[tuple[int, str, str], ...] = (
    (1, "2026-01-31", "first_order"),
    (1, "2026-02-28", "second_order"),
    (1, "2026-03-16", "at_risk"),  # on the very day at whose end a 30-day flow starts
    (1, "2026-04-01", "growing"),
    (2, "2026-01-05", "first_order"),
    (2, "2026-02-05", "second_order"),
    (2, "2026-03-05", "growing"),
    (2, "2026-04-15", "at_risk"),  # on the as-of date itself
    (3, "2026-01-31", "first_order"),
    (3, "2026-04-10", "lost"),
    (4, "2026-02-28", "second_order"),
    (4, "2026-04-14", "dormant"),
    (5, "2026-03-31", "first_order"),
    (5, "2026-04-15", "second_order"),
    (6, "2026-04-15", "first_order"),
    (7, "2024-12-31", "first_order"),
    (7, "2025-10-01", "lost"),
    (7, "2026-03-31", "won_back"),
    (8, "2026-04-16", "first_order"),  # after the as-of date
    (9, "2026-01-01", "not_observable"),
)


@pytest.fixture
def small_shop() -> dict[str, pa.Table]:
    """The as-of tables of the small shop."""
    return {
        "purchases": _purchases(),
        "people": _people(),
        "stage_history": _stage_history(),
        "credit_notes": _credit_notes(),
    }


@pytest.fixture
def small_shop_ahead() -> dict[str, pa.Table]:
    """Its tables of what comes next, beside the columns of people."""
    text, day, real = pa.string(), pa.date32(), pa.float64()
    names = ("customer_id", "category", "due_on", "overdue_days", "cycle_p50", "chance_30")
    kinds = (pa.int64(), text, day, pa.int32(), real, real)
    rows = [(*row[:2], date.fromisoformat(row[2]), *row[3:]) for row in _CATEGORY_CYCLES]
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds)]
    months = [f"{month:02}" for month in range(1, 13)]
    return {
        "category_cycles": pa.table(columns, names=list(names)),
        "shop_pace": pa.table(
            {
                "kind": ["month"] * 12 + ["promotion"],
                "name": [*reversed(months), "618"],
                "factor": [1.0] * 12 + [2.5],
            }
        ),
        "model_cards": pa.table(
            {
                "name": ["other", "lifetime"],
                "card": ["no card of ours", json.dumps({"chosen": None})],
            }
        ),
    }


def _purchases() -> pa.Table:
    money = pa.decimal128(18, 4)
    return pa.table(
        {
            "order_no": pa.array(range(len(ORDERS)), pa.int64()),
            "customer_id": pa.array([order[0] for order in ORDERS], pa.int64()),
            "day": pa.array([date.fromisoformat(order[1]) for order in ORDERS], pa.date32()),
            "net": pa.array([Decimal(order[2]) for order in ORDERS], money),
        }
    )


def _credit_notes() -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([note[0] for note in CREDIT_NOTES], pa.int64()),
            "day": pa.array([date.fromisoformat(note[1]) for note in CREDIT_NOTES], pa.date32()),
            "refunded": pa.array([Decimal(note[2]) for note in CREDIT_NOTES], pa.decimal128(18, 4)),
        }
    )


def _people() -> pa.Table:
    rows: list[dict[str, Any]] = []
    for row, ahead in zip(_PEOPLE, _AHEAD, strict=True):
        number, stage, recency, orders, paid, r, f, m, segment, bits, chance, *rest = row
        gender, tags, pet = rest
        same, days, due, overdue, soon, quarter, year, value, only_at = ahead
        assert same == number
        rows.append(
            {
                "customer_id": number,
                "ref": f"C{number}",
                "as_of": AS_OF,
                "recency_days": recency,
                "orders": orders,
                "monetary": None if paid is None else Decimal(str(paid)),
                "r": r,
                "f": f,
                "m": m,
                "rfm_segment": segment,
                "rfm8": bits,
                "chance_of_return": chance,
                "purchase_days": days,
                "due_on": None if due is None else date.fromisoformat(due),
                "overdue_days": overdue,
                "chance_30": soon,
                "expected_purchases_90": quarter,
                "expected_purchases_365": year,
                "lifetime_value": None if value is None else Decimal(value),
                "buys_only_at": only_at,
                "stage": stage,
                "gender": gender,
                "tags": tags,
                "traits": None if pet is None else [("pet", pet)],
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _stage_history() -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in _HISTORY], pa.int64()),
            "changed_on": pa.array([date.fromisoformat(row[1]) for row in _HISTORY], pa.date32()),
            "depth": pa.array(["growing"] * len(_HISTORY)),
            "warmth": pa.array(["on_time"] * len(_HISTORY)),
            "stage": pa.array([row[2] for row in _HISTORY]),
        }
    )


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Warehouse]:
    with Warehouse.in_memory() as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def sail_engine() -> Iterator[SparkWarehouse]:
    pysail = pytest.importorskip("pysail.spark", reason="pysail, the light Spark Connect server")
    with warnings.catch_warnings():
        # The client checks versions with a deprecated API while it is being imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        server = pysail.SparkConnectServer()
        server.start()
        _, port = server.listening_address
        engine = SparkWarehouse.connect(f"sc://localhost:{port}")
    yield engine
    engine.close()
    server.stop()


@pytest.fixture(params=["duckdb", "sail"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture
def load(engine: Any) -> Any:
    """Puts tables into the engine and gives them back as Ibis tables, in the same order."""

    def put(**tables: pa.Table) -> list[Any]:
        for name, table in tables.items():
            engine.load(name, table)
        return [engine.relation(name) for name in tables]

    return put
