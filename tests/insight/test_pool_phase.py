"""The shop's phase: trends that are known, and what the months rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.insight.outlook.newcomers import newcomers_daily
from regulars.insight.picture import View
from regulars.insight.pool.activity import activity, phase_table
from regulars.insight.pool.phase import Trend, phase_of, trend, year_on_year
from regulars.insight.pool.words import phase_sentence
from regulars.settings import Settings


def _counts(rate: float, months: int, season: float = 0.0) -> np.ndarray:
    """Buyers that grow by the rate a year, on a season; one less, as the trend adds one."""
    month = np.arange(months)
    level = 10_000 * (1 + rate) ** (month / 12) * np.exp(season * np.sin(month * np.pi / 6))
    return np.round(level).astype(np.int64) - 1


@pytest.mark.parametrize("rate", [-0.4, 0.0, 0.2, 1.0])
def test_a_steady_rate_is_found_exactly(rate: float) -> None:
    found = trend(_counts(rate, 12))
    assert found is not None
    assert found.rate == pytest.approx(rate, abs=1e-3)
    assert found.low <= found.rate <= found.high
    assert (found.months, found.seasonal) == (12, False)


def test_a_season_is_no_trend_once_two_years_are_known() -> None:
    found = trend(_counts(0.2, 24, season=0.5))
    assert found is not None
    assert found.seasonal
    assert found.rate == pytest.approx(0.2, abs=1e-3)
    one_year = trend(_counts(0.0, 6, season=0.5))  # the rising half of a season
    assert one_year is not None
    assert phase_of(one_year) != "ebbing"


def test_one_festival_month_does_not_bend_the_trend() -> None:
    counts = _counts(0.0, 12)
    counts[10] *= 5
    found = trend(counts)
    assert found is not None
    assert abs(found.rate) < 0.01


def test_sens_interval_of_a_small_sample_worked_by_hand() -> None:
    # Gilbert 1987, Statistical Methods for Environmental Pollution Monitoring, section 16.5: with n
    # values N = n(n-1)/2 slopes and V = n(n-1)(2n+5)/18. n = 6: N = 15, V = 6*5*17/18 = 28.33,
    # 1.96 sqrt(V) = 10.43; places (15 - 10.43)/2 = 2.28 and (15 + 10.43)/2 + 1 = 13.72 of the
    # slopes in rising order. ln(counts + 1) = 0.1 * (0, 1, 2, 3, 4, 5) + (0, 0, 0, 0, 0, 0.5):
    # slopes are 0.1 ten times, and to the last 0.1 + 0.5/gap: 0.2, 0.225, 0.2667, 0.35, 0.6.
    # Place 2.28 is 0.1; place 13.72 lies between the 13th, 0.2667, and the 14th, 0.35:
    # 0.2667 + 0.72 * 0.0833 = 0.3264 (more exactly 13.716 -> 0.32630).
    logs = 8 + 0.1 * np.arange(6) + np.array([0, 0, 0, 0, 0, 0.5])
    found = trend(np.round(np.exp(logs) - 1).astype(np.int64))
    assert found is not None
    assert np.log1p(found.rate) / 12 == pytest.approx(0.1, abs=1e-3)
    assert np.log1p(found.low) / 12 == pytest.approx(0.1, abs=1e-3)
    assert np.log1p(found.high) / 12 == pytest.approx(0.3263, abs=2e-3)


@pytest.mark.parametrize(
    ("rate", "low", "high", "phase"),
    [
        (0.20, 0.01, 0.40, "growing"),
        (0.04, 0.01, 0.08, "ripe"),  # sure, and too little to speak of
        (-0.20, -0.30, -0.01, "ebbing"),
        (0.02, -0.20, 0.24, "ripe"),
        (0.10, -0.02, 0.30, "cannot_tell"),
    ],
)
def test_the_published_rule(rate: float, low: float, high: float, phase: str) -> None:
    assert phase_of(Trend(rate, low, high, False, 12)) == phase
    assert phase_of(None) == "cannot_tell"


def test_too_few_months_or_people_tell_nothing() -> None:
    assert trend(_counts(0.2, 5)) is None
    assert trend(np.array([20] * 12)) is None
    assert year_on_year(np.arange(14)) is None


def test_intervals_hold_the_true_rate_as_often_as_they_say() -> None:
    """Months scatter by 8 %; over 400 shops 95 % intervals hold, chance's bounds aside, or more."""
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        logs = np.log(2_000) + np.log(1.2) / 12 * np.arange(24) + draw.normal(0, 0.08, 24)
        found = trend(np.exp(logs).astype(np.int64))
        assert found is not None
        held += found.low <= 0.2 <= found.high
    assert held >= 0.93 * 400


def test_activity_worked_by_hand() -> None:
    # Buyers by month (new in brackets), as of 2026-05-10, so that April is the last whole month:
    # Jan: 1 2 3 (1 2 3); Feb: 1 2 4 (4); Mar: 1 5 (5); Apr: 1 2 6 (6); May, not ended: 1 7.
    # Newcomers 3, 1, 1, 1. Kept from the month before: Feb 1 2, Mar 1, Apr 1: 4 in all.
    # Three months: came = buyers - kept = (3 + 2 + 3) - 4 = 4; went = (3 + 3 + 2) - 4 = 4.
    months = {1: [1, 2, 3], 2: [1, 2, 4], 3: [1, 5], 4: [1, 2, 6], 5: [1, 7]}
    rows = [(who, date(2026, month, 3)) for month, buyers in months.items() for who in buyers]
    rows.append((1, date(2026, 1, 9)))  # a second purchase of a month counts once
    with Warehouse.in_memory() as warehouse:
        warehouse.load(
            "purchases",
            pa.table(
                {
                    "customer_id": pa.array([row[0] for row in rows] + [None], pa.int64()),
                    "day": pa.array([row[1] for row in rows] + [date(2026, 2, 2)], pa.date32()),
                    "net": pa.array([Decimal(1)] * (len(rows) + 1), pa.decimal128(18, 4)),
                }
            ),
        )
        view = View(warehouse, Settings(), date(2026, 5, 10))
        daily = newcomers_daily(view, date(2026, 4, 30), 30)
        assert daily is not None
        # Days from 2026-01-03, the first purchase, to the beginning of each month.
        found = activity(view, daily[0], [0, 29, 57, 88])
    assert found.buyers.tolist() == [3, 3, 2, 3]
    assert found.newcomers.tolist() == [3, 1, 1, 1]
    assert found.quick_ratio == 1.0
    row = phase_table(found).to_pylist()[0]
    assert row["month_buyers"] == pytest.approx(8 / 3)
    assert (row["phase"], row["buyers_growth"], row["year_on_year"]) == ("cannot_tell", None, None)
    # 15 months: the last three, 30 + 40 + 50, stand to the first three, 10 + 20 + 30, as 2 to 1.
    assert year_on_year(np.array([10, 20, 30, *[99] * 9, 30, 40, 50])) == 1.0


def test_the_sentence_leads_with_the_year_on_year_and_says_where_growth_slows() -> None:
    row = {
        "phase": "growing", "months": 36, "same_months_compared": True, "buyers_growth": 0.48,
        "buyers_growth_low": 0.36, "buyers_growth_high": 0.57, "year_on_year": 0.34,
        "quick_ratio": None,
    }  # fmt: skip
    said = phase_sentence(row)
    assert said.en.startswith("The shop is growing: buyers of the last three months +34% year on")
    assert "+48% a year over 36 months" in said.en
    assert "growth is slowing" in said.en
    assert "增速在放缓" in said.zh
    assert "slowing" not in phase_sentence({**row, "year_on_year": 0.4}).en
    flat = phase_sentence({**row, "phase": "ripe", "buyers_growth_low": 0.5})
    assert flat.en.startswith("The shop is mature")
    assert "slowing" not in flat.en
