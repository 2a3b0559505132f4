"""Rows of the people table for tests, as the fixture `rows`."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from regulars.kernel.stage_names import Stage
from regulars.people.columns import SCHEMA

TODAY = date(2026, 11, 11)


def customer(customer_id: int = 1, **changes: Any) -> dict[str, Any]:
    """Usually returns every 34 days; 41 have passed; bought nappies 6 times."""
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    last = TODAY - timedelta(days=41)
    row |= {
        "customer_id": customer_id,
        "ref": f"C{customer_id}",
        "as_of": TODAY,
        "first_order_on": TODAY - timedelta(days=300),
        "last_order_on": last,
        "recency_days": 41,
        "orders": 7,
        "monetary": Decimal("840.0000"),
        "average_order_value": Decimal("120.0000"),
        "top_category": "nappies",
        "top_category_orders": 6,
        "usual_hour": 20,
        "rfm_segment": "loyal",
        "rfm8": "111",
        "cycle_source": "own",
        "cycle_p50": 34.2,
        "cycle_p80": 50.0,
        "cycle_p95": 70.0,
        "fallback_percentiles": [],
        "due_on": last + timedelta(days=34),
        "at_risk_on": last + timedelta(days=50),
        "dormant_on": last + timedelta(days=70),
        "chance_of_return": 0.8,
        "depth": "growing",
        "warmth": "due",
        "stage": "growing",
        "previous_stage": "second_order",
        "stage_since": TODAY - timedelta(days=100),
    }
    return row | changes


def stranger(customer_id: int = 1, **changes: Any) -> dict[str, Any]:
    """A customer who has not bought yet."""
    return (
        customer(customer_id)
        | {
            name: None
            for name in SCHEMA.names
            if name not in ("customer_id", "ref", "as_of", "fallback_percentiles")
        }
        | {
            "orders": 0,
            "depth": "not_observable",
            "warmth": "none",
            "stage": "not_observable",
            "stage_since": TODAY,
        }
        | changes
    )


def people(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), SCHEMA)


def shop(rows: int, seed: int = 1) -> pa.Table:
    """A shop of many customers in all stages, with everything drawn at random."""
    draw = np.random.default_rng(seed)
    stages = np.array([stage.value for stage in Stage])
    stage = draw.choice(stages, rows)
    depth = np.where(np.isin(stage, stages[8:]), draw.choice(stages[4:8], rows), stage)
    bought = np.isin(depth, stages[4:8])
    cooling = np.isin(stage, stages[8:])
    warmth = np.where(
        cooling, stage, np.where(bought, draw.choice(["on_time", "due"], rows), "none")
    )
    today = (TODAY - date(1970, 1, 1)).days
    since = draw.integers(0, 120, rows)
    cycle = draw.integers(10, 90, rows).astype(float)
    last = today - since

    def days(numbers: Any, mask: Any = None) -> pa.Array:
        return pa.array(np.asarray(numbers, np.int32), mask=mask).cast(pa.date32())

    cents = draw.integers(500, 40_000, rows)
    orders = np.where(bought, draw.integers(1, 12, rows), 0)
    money = pa.decimal128(18, 4)
    columns: dict[str, pa.Array] = {
        "customer_id": pa.array(np.arange(1, rows + 1)),
        "ref": pa.array([f"C{i}" for i in range(1, rows + 1)]),
        "as_of": days(np.full(rows, today)),
        "first_order_on": days(last - 200, ~bought),
        "last_order_on": days(last, ~bought),
        "recency_days": pa.array(since.astype(np.int32), mask=~bought),
        "orders": pa.array(orders.astype(np.int32)),
        "average_order_value": pa.array(
            [Decimal(int(c)).scaleb(-2) if b else None for c, b in zip(cents, bought, strict=True)],
            money,
        ),
        "monetary": pa.array([Decimal(int(c)).scaleb(-2) for c in cents * orders], money),
        "top_category": pa.array(draw.choice(["nappies", "milk", "toys"], rows), mask=~bought),
        "top_category_orders": pa.array(np.maximum(orders - 1, 1).astype(np.int32)),
        "usual_hour": pa.array(draw.integers(0, 24, rows).astype(np.int32), mask=~bought),
        "cycle_source": pa.array(
            draw.choice(["own", "shrunk", "category", "shop", "fallback"], rows), mask=~bought
        ),
        "cycle_p50": pa.array(cycle, mask=~bought),
        "fallback_percentiles": pa.array([[]] * rows, pa.list_(pa.string())),
        "due_on": days(last + cycle, ~bought),
        "at_risk_on": days(last + 1.5 * cycle, ~bought),
        "dormant_on": days(last + 2 * cycle, ~bought),
        "chance_of_return": pa.array(draw.random(rows), mask=~bought),
        "depth": pa.array(depth),
        "warmth": pa.array(warmth),
        "stage": pa.array(stage),
        "previous_stage": pa.array(np.where(cooling, depth, None).tolist(), pa.string()),
        "stage_since": days(today - draw.integers(0, 60, rows)),
    }
    return pa.table(
        [columns.get(field.name, pa.nulls(rows, field.type)).cast(field.type) for field in SCHEMA],
        schema=SCHEMA,
    )


@pytest.fixture(scope="session")
def rows() -> SimpleNamespace:
    """Makers of rows of the people table: customer, stranger, people, shop; and the day."""
    return SimpleNamespace(
        customer=customer, stranger=stranger, people=people, shop=shop, today=TODAY
    )
