"""Where profit leaks, how much of it, and the smallest test of a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.errors import CannotTell
from regulars.insight.diagnosis.diagnose import Diagnosis
from regulars.insight.diagnosis.remedy import Eligible, Remedy, best, smallest_trial
from regulars.insight.diagnosis.second_orders import second_orders
from regulars.insight.diagnosis.slipping import slipping
from regulars.insight.diagnosis.words import headline, leak, makers
from regulars.insight.picture import View
from regulars.kernel.sentence import Sentence
from regulars.people.columns import SCHEMA
from regulars.settings import Settings

BEGIN, AS_OF = date(2025, 1, 1), date(2026, 12, 31)  # 730 days
MONEY = pa.decimal128(18, 4)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.in_memory() as one:
        yield one


def _view(warehouse: Warehouse, bought: list[tuple[int | None, int, float]], **more: Any) -> View:
    """Purchases as (customer, days since the beginning, profit)."""
    warehouse.load(
        "purchases",
        pa.table(
            {
                "order_no": pa.array(range(len(bought)), pa.int64()),
                "customer_id": pa.array([row[0] for row in bought], pa.int64()),
                "day": pa.array([BEGIN + timedelta(days=row[1]) for row in bought], pa.date32()),
                "profit": pa.array([Decimal(str(row[2])) for row in bought], MONEY),
            }
        ),
    )
    for name, table in more.items():
        warehouse.load(name, table)
    return View(warehouse, Settings(), AS_OF)


def _shop() -> list[tuple[int | None, int, float]]:
    """100 first buyers on day 0: 40 are back on day 30, 20 on day 60, and ten of these later too.

    20 more begin 100 days before the end, 3 more ten days before it.
    """
    bought: list[tuple[int | None, int, float]] = [(who, 0, 1.0) for who in range(100)]
    bought += [(who, 30, 5.0) for who in range(40)]
    bought += [(who, 60, 10.0) for who in range(40, 60)]
    bought += [(who, 100, 10.0) for who in range(40, 50)]
    bought += [(who, 60 + 365, 99.0) for who in range(40, 50)]  # a year later: not counted
    bought += [(who, 729 - 100, 1.0) for who in range(100, 120)]
    bought += [(who, 729 - 10, 1.0) for who in range(120, 123)]
    bought += [(None, 400, 7.0)] * 50  # guests are nobody's second order
    return bought


def test_the_second_order_leaks_where_the_curve_says(warehouse: Warehouse) -> None:
    found = second_orders(_view(warehouse, _shop()))
    # Three leave after ten days. Day 30: 40 of 120 come back. Day 60: 20 of the 80 left.
    assert found.share_by(29) == 0
    assert found.share_by(30) == pytest.approx(1 / 3)
    assert found.share_by(60) == pytest.approx(1 - 2 / 3 * 3 / 4)
    assert found.share_by(365) == pytest.approx(0.5)
    assert found.share_by(366) is None
    assert found.curve.percentiles[:2] == (30, 60)
    assert (found.new_buyers, found.observed_days) == (23, 365)
    assert found.waiting == 3  # the others have waited longer than 60 days


def test_a_second_order_is_worth_what_its_year_brought(warehouse: Warehouse) -> None:
    found = second_orders(_view(warehouse, _shop()))
    # 40 brought 5, ten 10 and ten 10 + 10: 500 of 60. Squares 40 x 25 + 10 x 100 + 10 x 400 = 6000.
    mean = 500 / 60
    half = 1.959964 * sqrt((6000 / 60 - mean**2) * 60 / 59 / 60)
    assert (found.worth_days, found.worth_of) == (365, 60)
    assert found.worth == pytest.approx(mean)
    assert (found.worth_low, found.worth_high) == (
        pytest.approx(mean - half),
        pytest.approx(mean + half),
    )
    assert found.a_point is not None
    assert found.a_point[0] == pytest.approx(0.23 * mean)


def test_a_shop_older_than_its_data_is_told_so(warehouse: Warehouse) -> None:
    found = second_orders(_view(warehouse, _shop()))
    # 100 begin on the first day, 23 in the 700 days after the first 30.
    assert (found.begun, found.usually) == (100, pytest.approx(23 * 30 / 700))
    assert found.is_older_than_its_data
    steady = [(who, 10 * who, 1.0) for who in range(73)] + [
        (who, 10 * who + 5, 1.0) for who in range(40)
    ]
    even = second_orders(_view(warehouse, steady))
    assert (even.begun, even.usually) == (3, pytest.approx(70 * 30 / 700))
    assert not even.is_older_than_its_data


def test_of_those_away_for_long_the_share_that_still_comes_is_told(warehouse: Warehouse) -> None:
    found = second_orders(_view(warehouse, _shop()))
    # By P80, day 60, all who return within the curve have done so.
    assert found.later == pytest.approx(0.0)
    half = [(who, 0, 1.0) for who in range(200)] + [(who, 10, 1.0) for who in range(160)]
    half += [(who, 200, 1.0) for who in range(160, 180)]
    assert second_orders(_view(warehouse, half)).later == pytest.approx(0.5)  # 20 of the 40 left


def test_of_a_short_history_the_year_is_told_at_its_pace(warehouse: Warehouse) -> None:
    young = [(who, 630, 1.0) for who in range(40)] + [(who, 640, 2.0) for who in range(35)]
    found = second_orders(_view(warehouse, young))  # 100 days
    assert (found.observed_days, found.worth_days) == (100, 50)
    assert found.new_buyers == pytest.approx(40 * 365 / 100)
    assert found.worth == 2.0
    assert (found.worth_low, found.worth_high) == (2.0, 2.0)


@pytest.mark.parametrize("bought", [[], [(1, 0, 1.0)], [(who, 0, 1.0) for who in range(50)]])
def test_too_few_or_nobody_who_came_back_tell_nothing(
    warehouse: Warehouse, bought: list[tuple[int | None, int, float]]
) -> None:
    with pytest.raises(CannotTell, match="Too few customers"):
        second_orders(_view(warehouse, bought))


# customer, warmth, purchase days, last order (days since the beginning), chance of return
_PEOPLE: tuple[tuple[int, str, int, int, float | None], ...] = (
    (1, "at_risk", 3, 600, 0.5),
    (2, "dormant", 2, 500, 0.25),
    (3, "lost", 5, 100, 0.01),  # given up: not slipping
    (4, "at_risk", 1, 600, 0.5),  # bought once: no regular
    (5, "dormant", 2, 450, 0.5),  # cost more than was earned
    (6, "at_risk", 2, 650, None),  # nobody can tell
)
_BOUGHT: list[tuple[int | None, int, float]] = [
    (1, 600, 100.0),
    (1, 400, 50.0),
    (1, 235, 1000.0),  # 365 days before the last: not of that year
    (2, 500, 40.0),
    (3, 100, 500.0),
    (4, 600, 70.0),
    (5, 450, -10.0),
    (6, 650, 20.0),
]


def _people() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "customer_id": who,
                "ref": f"C{who}",
                "as_of": AS_OF,
                "stage": warmth,
                "warmth": warmth,
                "purchase_days": days,
                "orders": days,
                "last_order_on": BEGIN + timedelta(days=last),
                "chance_of_return": chance,
            }
            for who, warmth, days, last, chance in _PEOPLE
        ],
        schema=SCHEMA,
    )


def test_who_is_slipping_and_what_they_are_worth(warehouse: Warehouse) -> None:
    found = slipping(_view(warehouse, _BOUGHT, people=_people()))
    assert (found.customers, found.at_risk, found.dormant) == (4, 2, 2)  # 1, 2, 5, 6
    assert found.yearly == pytest.approx(150 + 40 + 0 + 20)
    # 150 x 0.5 + 40 x 0.75 + 0; variance 150^2 x 0.25 + 40^2 x 0.1875
    assert found.stake == pytest.approx(105)
    assert found.at_risk_stake == pytest.approx(75)
    assert found.high == pytest.approx(105 + 1.959964 * sqrt(5625 + 300))
    assert found.low == 0  # never less than nothing
    assert (found.with_chance, found.returning) == (3, pytest.approx(1.25))
    assert found.half_held_by == 1
    rows = found.listed.to_pylist()
    assert [row["customer_id"] for row in rows] == [1, 2, 5, 6]
    assert [row["at_stake"] for row in rows] == [75, 30, 0, None]


def test_nobody_slips_in_an_empty_shop(warehouse: Warehouse) -> None:
    found = slipping(_view(warehouse, [], people=_people().slice(0, 0)))
    assert (found.customers, found.stake, found.yearly, found.half_held_by) == (0, None, 0, 0)


_CARE = Remedy(
    "care", Sentence("Care", "关怀"), Sentence("", ""), "slipping", 0.05, 30, 2.0, starts=3
)


def test_the_remedy_is_worth_what_its_prior_says() -> None:
    trial = smallest_trial(_CARE, Eligible(now=0, a_day=10.0, base=0.2, worth=100.0))
    # 3650 a year, of whom 5 % more buy, worth 100 each, for 2 each
    assert trial.within_reach == pytest.approx(3650 * (0.05 * 100 - 2))
    assert trial.breaks_even == pytest.approx(0.02)


def test_the_smallest_experiment_waits_for_its_customers() -> None:
    # 0.2 against 0.25 takes 1,094 in each arm (R: power.prop.test(p1 = .2, p2 = .25, power = .8)
    # gives n = 1093.7): 2,188, of whom 188 are there.
    trial = smallest_trial(_CARE, Eligible(now=188, a_day=10.0, base=0.2, worth=100.0))
    assert (trial.treated, trial.left_alone) == (1094, 1094)
    assert trial.days == 200 + 30
    assert not trial.in_time
    at_once = smallest_trial(_CARE, Eligible(now=5000, a_day=0.0, base=0.2, worth=100.0))
    assert at_once.days == 30
    never = smallest_trial(_CARE, Eligible(now=10, a_day=0.0, base=0.2, worth=100.0))
    assert never.days is None


def test_where_all_buy_anyway_there_is_nothing_to_win() -> None:
    trial = smallest_trial(_CARE, Eligible(now=500, a_day=1.0, base=1.0, worth=100.0))
    assert (trial.left_alone, trial.days) == (None, None)
    assert trial.within_reach < 0
    assert best([trial]) is None


def test_of_two_that_pay_the_one_that_tells_in_time_comes_first() -> None:
    slow = smallest_trial(_CARE, Eligible(now=0, a_day=4.0, base=0.2, worth=900.0))
    soon = smallest_trial(_CARE, Eligible(now=5000, a_day=1.0, base=0.2, worth=100.0))
    assert slow.within_reach > soon.within_reach
    assert best([slow, soon]) is soon
    assert best([slow]) is slow


def test_the_words_name_the_numbers_and_the_reasons(warehouse: Warehouse) -> None:
    view = _view(warehouse, _shop() + _BOUGHT, people=_people())
    items = pa.table(
        {
            "name": ["tea", "mug"],
            "return_rate": [0.5, 0.1],
            "expected_rate": [0.3, 0.3],
            "verdict": ["makes_regulars", "loses"],
        }
    )
    found = Diagnosis(
        as_of=AS_OF,
        currency="CNY",
        margin=0.3,
        cost_known=None,
        shop={},
        second=second_orders(view),
        slipping=slipping(view),
        makers={"product": items},
        trials=(),
        first=None,
    )
    assert "¥105" in headline(found)[1].en
    assert "¥105" in headline(found)[1].zh
    assert "60:" in leak(found)[0].en
    assert makers(found)[0].en.startswith("By first product: they come back more often than")
    assert "tea (50% / 30%)" in makers(found)[0].zh
    assert "mug" in makers(found)[1].en
