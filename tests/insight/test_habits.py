"""Habits: when and how people buy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from regulars import Shop
from regulars.app.as_of import understood_as_of
from regulars.errors import CannotTell
from regulars.insight.habits.draw import draw
from regulars.insight.habits.times import index_of
from regulars.insight.picture import View
from regulars.settings import CalendarSettings, Settings
from regulars.simulate import simulate
from samples.made_people import days_after, person, purchase, view

PLAIN = Settings(calendar=CalendarSettings(promotions=(), paydays=(10,)))
MONDAY = "2026-01-05"


def rows_of(drawn: Any, table: str, kind: str) -> dict[str, dict[str, Any]]:
    return {row["value"]: row for row in drawn.tables[table].to_pylist() if row["kind"] == kind}


def ten_weeks() -> list[dict[str, Any]]:
    """Ten weeks from a Monday: each has 3 purchases on Monday and 2 on Saturday, by guests."""
    found = []
    for week in range(10):
        monday, saturday = days_after(MONDAY, 7 * week), days_after(MONDAY, 7 * week + 5)
        found += [purchase(None, monday, hour=9)] * 3 + [purchase(None, saturday, hour=21)] * 2
    return found


def test_weekdays_worked_by_hand() -> None:
    drawn = draw(view(ten_weeks(), as_of=days_after(MONDAY, 69), settings=PLAIN))
    weekdays = rows_of(drawn, "when", "weekday")
    monday = weekdays["1"]
    # 3 of 5 purchases on 1 of 7 days: 0.6 x 7 = 4.2 times. Every week alike: no spread at all.
    assert (monday["purchases"], monday["share"]) == (30, 0.6)
    assert monday["even_share"] == pytest.approx(1 / 7)
    assert monday["index"] == pytest.approx(420)
    assert (monday["low"], monday["high"]) == (pytest.approx(420), pytest.approx(420))
    assert weekdays["3"]["index"] == 0
    hours = rows_of(drawn, "when", "hour")
    assert (hours["9"]["share"], hours["9"]["index"]) == (0.6, pytest.approx(0.6 * 24 * 100))
    assert monday["core_index"] is None


def test_the_interval_takes_weeks_as_observations_worked_by_hand() -> None:
    """Eight weeks of 10 purchases; 4 in four of them and 2 in the others on the day: share 0.3.

    Every week is off by 1: sum (a - 0.3 x 10)^2 = 8, so the variance is 8/7 x 8 / 80^2 = 1/700,
    and the reach 1.959964 / sqrt(700) = 0.07408.
    """
    week = np.arange(8)
    hits = np.array([4.0, 4, 4, 4, 2, 2, 2, 2])
    found = index_of(hits, np.full(8, 10.0), week, 0.1)
    assert found.index == pytest.approx(300)
    assert found.low == pytest.approx((0.3 - 1.959964 / 700**0.5) * 1000)
    assert found.high == pytest.approx((0.3 + 1.959964 / 700**0.5) * 1000)


def test_under_eight_weeks_no_interval_is_told() -> None:
    found = index_of(np.full(7, 1.0), np.full(7, 10.0), np.arange(7), 0.1)
    assert found.index == pytest.approx(100)
    assert np.isnan(found.low)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=10, max_size=30))
def test_indices_of_a_kind_and_of_all_else_average_to_a_hundred(
    weeks: list[tuple[int, int]],
) -> None:
    hits, rest = (np.array(column, dtype=float) for column in zip(*weeks, strict=True))
    if hits.sum() + rest.sum() < 30:
        return
    week, of = np.arange(len(hits)), hits + rest
    kind, other = index_of(hits, of, week, 0.25), index_of(rest, of, week, 0.75)
    assert 0.25 * kind.index + 0.75 * other.index == pytest.approx(100)


def test_paydays_and_their_window() -> None:
    """Payday the 10th, with the 11th and 12th: 8 of each month's 10 purchases, on 3 days."""
    bought = []
    for month in range(1, 10):
        bought += [purchase(None, f"2026-{month:02}-11")] * 8
        bought += [purchase(None, f"2026-{month:02}-20")] * 2
    drawn = draw(view(bought, as_of="2026-09-30", settings=PLAIN))
    near = rows_of(drawn, "when", "payday")["near"]
    # From 11 January to 30 September: 263 days, 2 of them in January's window, 8 x 3 later.
    assert near["even_share"] == pytest.approx(26 / 263)
    assert near["share"] == 0.8
    assert near["index"] == pytest.approx(80 * 263 / 26)
    assert any("More is bought on paydays" in said.en for said in drawn.says)


def test_days_of_promotions_are_left_out_and_told_by_themselves() -> None:
    bought = [purchase(None, "2026-11-11")] * 40 + [purchase(None, "2026-11-20")] * 40
    drawn = draw(view(bought, as_of="2026-11-30"))
    promotions = rows_of(drawn, "when", "promotion")
    # The data begin on the promotion's last day: 1 of 20 days.
    assert promotions["Double 11"]["share"] == 0.5
    assert promotions["Double 11"]["even_share"] == pytest.approx(1 / 20)
    assert promotions["Double 11"]["low"] is None
    weekdays = rows_of(drawn, "when", "weekday")
    assert (weekdays["5"]["share"], weekdays["3"]["share"]) == (1, 0)


def test_files_without_times_of_day_tell_no_hours() -> None:
    bought = [purchase(None, days_after(MONDAY, day), hour=0) for day in range(60)]
    drawn = draw(view(bought, as_of=days_after(MONDAY, 60), settings=PLAIN))
    assert not rows_of(drawn, "when", "hour")
    assert any("hours cannot be told" in said.en for said in drawn.says)


def test_how_people_buy_worked_by_hand() -> None:
    """60 buyers of two purchases: 30 always with a discount, 15 never, 15 once of the two."""
    share = [1.0] * 30 + [0.0] * 15 + [0.5] * 15
    people = [
        person(who, orders=2, discounted_share=share[who], profit=Decimal(6),
               categories=1 + who % 2, refund_share=0.2 if who < 6 else None,
               depth="core" if who < 30 else "second_order")
        for who in range(60)
    ]  # fmt: skip
    people += [person(who, orders=1, discounted_share=1.0) for who in range(60, 70)]
    bought = [purchase(who, MONDAY, 90, discount=10) for who in range(30)]
    bought += [purchase(who, MONDAY, 100) for who in range(30, 60)]
    drawn = draw(view(bought, people, as_of="2026-04-15", settings=PLAIN))
    dependence = rows_of(drawn, "how", "discount_dependence")
    assert {value: row["customers"] for value, row in dependence.items()} == {
        "never": 15, "under_half": 0, "half_or_more": 15, "always": 30,
    }  # fmt: skip
    always = dependence["always"]
    assert (always["share"], always["core"], always["core_share"]) == (0.5, 30, 1)
    assert always["low"] < 0.5 < always["high"]
    assert always["core_low"] < 1 == always["core_high"]
    assert (always["orders"], always["profit_per_customer"]) == (2, 6)
    assert dependence["never"]["orders"] is None  # 15 are too few
    refunds = rows_of(drawn, "how", "refunds")
    assert (refunds["none"]["customers"], refunds["up_to_30"]["customers"]) == (64, 6)
    breadth = rows_of(drawn, "how", "categories")
    assert (breadth["1"]["customers"], breadth["2"]["customers"]) == (40, 30)
    depths = {row["depth"]: row for row in drawn.tables["discounts"].to_pylist()}
    # 30 of 90 at 10 % off: the upper end belongs to the band. 2,700 of 5,700; margin 0.3.
    assert (depths["0-10"]["purchases"], depths["0-10"]["sales"]) == (30, 2700)
    assert depths["0-10"]["sales_share"] == pytest.approx(27 / 57)
    assert (depths["0-10"]["share"], depths["0"]["share"]) == (0.5, 0.5)
    assert (depths["0"]["profit"], depths["0"]["profit_rate"]) == (900, pytest.approx(0.3))


def test_a_few_purchases_tell_no_habits() -> None:
    with pytest.raises(CannotTell, match="Habits need 30 purchases, and 3 are known"):
        draw(view([purchase(1, MONDAY)] * 3, [person(1)], as_of="2026-04-15"))
    with pytest.raises(CannotTell):
        draw(view([], as_of="2026-04-15"))


def test_a_made_shop_gives_back_the_weekdays_and_paydays_it_was_made_with(tmp_path: Path) -> None:
    """Known truth (docs/simulate.md): weekdays as below, and 20 % more on the 15th and 16th.

    The window of the 15th holds (1.2 + 1.2 + 1) / 3 of a usual day, and the days of a month hold
    1 + 0.2 x 2 / 30.4 on average: an index of 112.
    """
    truth = [94, 93, 94, 96, 102, 112, 109]
    files = simulate(tmp_path / "files", customers=3_000, days=700, seed=8, events="none")
    with Shop.create(tmp_path / "shop", name="made", language="en") as shop:
        shop.import_files(*sorted(Path(files.folder).glob("orders*.parquet")))
        shop.understand()
        on_the_15th = structs.replace(shop.home.settings, calendar=CalendarSettings(paydays=(15,)))
        drawn = draw(View(shop.warehouse, on_the_15th, understood_as_of(shop.warehouse)))
    weekdays = rows_of(drawn, "when", "weekday")
    held = [
        row["low"] <= index <= row["high"]
        for row, index in zip(weekdays.values(), truth, strict=True)
    ]
    assert sum(held) >= 6  # of seven 95 % intervals
    assert max(row["high"] - row["low"] for row in weekdays.values()) < 20
    near = rows_of(drawn, "when", "payday")["near"]
    assert near["low"] <= 112 <= near["high"]
    assert near["high"] - near["low"] < 40
