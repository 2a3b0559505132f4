"""Stocks and flows of stages at month ends, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.engines.duckdb import Warehouse
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.picture import View
from regulars.insight.pool.draw import draw
from regulars.insight.pool.spells import AGES, STAGES, Flows, flows, spells
from regulars.settings import Settings

Change = tuple[int, date, str]
AS_OF = date(2026, 5, 10)  # so the last month that has ended is April

HISTORY: list[Change] = [
    (1, date(2026, 1, 5), "first_order"),
    (1, date(2026, 2, 3), "second_order"),
    (1, date(2026, 2, 20), "at_risk"),  # the later change of the month is the one at its end
    (1, date(2026, 4, 30), "won_back"),  # on the very last day
    (2, date(2026, 1, 31), "first_order"),
    (2, date(2026, 3, 1), "lost"),
    (3, date(2026, 3, 15), "first_order"),
    (3, date(2026, 5, 2), "second_order"),  # in a month that has not ended
]


def _flows(history: list[Change], as_of: date) -> Flows | None:
    with Warehouse.in_memory() as warehouse:
        warehouse.load("stage_history", _history(history))
        return flows(warehouse.run(spells(warehouse.relation("stage_history"), as_of)), as_of)


def _history(history: list[Change]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in history], pa.int64()),
            "changed_on": pa.array([row[1] for row in history], pa.date32()),
            "stage": pa.array([row[2] for row in history], pa.string()),
        }
    )


def _picture(history: list[Change], worth: dict[int, tuple[str, float | None]]) -> Any:
    """The picture of customers whose first purchase is their first change."""
    firsts: dict[int, date] = {}
    for customer, day, _ in history:
        firsts.setdefault(customer, day)
    with Warehouse.in_memory() as warehouse:
        warehouse.load("stage_history", _history(history))
        money = pa.decimal128(18, 4)
        warehouse.load(
            "purchases",
            pa.table(
                {
                    "customer_id": pa.array(list(firsts), pa.int64()),
                    "day": pa.array(list(firsts.values()), pa.date32()),
                    "net": pa.array([Decimal(10)] * len(firsts), money),
                }
            ),
        )
        values = [None if one[1] is None else Decimal(str(one[1])) for one in worth.values()]
        warehouse.load(
            "people",
            pa.table(
                {
                    "customer_id": pa.array(list(worth), pa.int64()),
                    "stage": pa.array([one[0] for one in worth.values()], pa.string()),
                    "lifetime_value": pa.array(values, money),
                }
            ),
        )
        pace = {"kind": ["promotion"], "name": ["Double 11"], "factor": [2.0]}
        warehouse.load("shop_pace", pa.table(pace))
        return draw(View(warehouse, Settings(), AS_OF))


def test_stocks_and_flows_worked_by_hand() -> None:
    # Month ends:      Jan           Feb          Mar           Apr
    # customer 1       first_order   at_risk      at_risk       won_back
    # customer 2       first_order   first_order  lost          lost
    # customer 3       -             -            first_order   first_order
    # Today's mean value: first_order (customer 3) 30, won_back (1) 100, lost (2) 1, others unknown.
    drawn = _picture(HISTORY, {1: ("won_back", 100.0), 2: ("lost", 1.0), 3: ("first_order", 30.0)})
    rows = {(row["month"].month, row["stage"]): row for row in drawn.tables["months"].to_pylist()}

    def told(stage: str, column: str) -> list[Any]:
        return [rows[month, stage][column] for month in (1, 2, 3, 4)]

    assert told("first_order", "customers") == [2, 1, 1, 1]
    assert told("first_order", "entered") == [None, 0, 1, 0]
    assert told("first_order", "left") == [None, 1, 1, 0]
    assert told("at_risk", "customers") == [0, 1, 1, 0]
    assert told("won_back", "customers") == [0, 0, 0, 1]
    assert told("lost", "entered") == [None, 0, 1, 0]
    # The pool: all but lost. In March 3 came and 2 went.
    assert told("pool", "customers") == [2, 2, 2, 2]
    assert told("pool", "entered") == [None, 0, 1, 0]
    assert told("pool", "left") == [None, 0, 1, 0]
    assert told("first_order", "expected_profit") == [60, 30, 30, 30]
    # In February and March the value of customer 1, at risk, is not known; nor is the pool's.
    assert told("pool", "expected_profit") == [60, None, None, 130]


def test_ages_count_month_ends_since_the_last_change() -> None:
    found = _flows(HISTORY, AS_OF)
    assert found is not None
    assert [int(month) % 12 + 1 for month in found.months] == [1, 2, 3, 4]
    first, risk, back = (
        STAGES.index(name) * AGES for name in ("first_order", "at_risk", "won_back")
    )
    assert found.stock[1, first + 1] == 1  # customer 2, a month after the first order
    assert found.moves[2, risk + 1, back] == 1  # customer 1 in April
    assert found.newcomers.sum(axis=1).tolist() == [2, 0, 1, 0]


def test_a_shop_without_known_buyers_cannot_tell_and_options_have_bounds() -> None:
    with pytest.raises(CannotTell, match="no month has ended"):
        _picture([], {})
    with pytest.raises(CannotTell, match="no month has ended"):
        _picture([(1, date(2026, 5, 2), "first_order")], {1: ("first_order", None)})
    with Warehouse.in_memory() as warehouse, pytest.raises(UnknownValue, match="13 months"):
        draw(View(warehouse, Settings(), AS_OF), months=13)


def test_too_few_months_are_said_and_give_no_forecast() -> None:
    drawn = _picture(HISTORY, {1: ("won_back", 100.0), 2: ("lost", 1.0), 3: ("first_order", 30.0)})
    assert drawn.tables["forecast"].num_rows == 0
    assert drawn.tables["coverage"].num_rows == 0
    assert drawn.facts == {}
    assert any("takes 8 month ends, not 4" in said.en for said in drawn.says)
    assert drawn.tables["phase"]["phase"].to_pylist() == ["cannot_tell"]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 400), st.sampled_from([str(stage) for stage in STAGES])),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_histories_stocks_are_their_states_and_moves_lead_on(
    histories: list[list[tuple[int, str]]],
) -> None:
    start = date(2024, 1, 1).toordinal()
    changes = [
        (customer, date.fromordinal(start + day), stage)
        for customer, own in enumerate(histories)
        for day, stage in sorted(dict(own).items())
    ]
    as_of = date(2025, 3, 15)
    found = _flows(changes, as_of)
    last = (2025, 2)
    known = [row for row in changes if (row[1].year, row[1].month) <= last]
    if not known:
        assert found is None
        return
    assert found is not None
    stock = found.by_stage()
    for place, month in enumerate(found.months.tolist()):
        state = {
            customer: stage
            for customer, day, stage in known
            if day.year * 12 + day.month - 1 <= month
        }
        expected = [sum(one == stage for one in state.values()) for stage in STAGES]
        assert stock[place].tolist() == expected
    # Everybody of a month end goes somewhere, and the next month end is those and newcomers.
    for place, moved in enumerate(found.moves):
        assert moved.sum(axis=1).tolist() == found.stock[place].tolist()
        came = np.zeros(len(STAGES) * AGES, np.int64)
        came[::AGES] = found.newcomers[place + 1]
        assert (moved.sum(axis=0) + came).tolist() == found.stock[place + 1].tolist()
