"""Stickiness as a picture: worked by hand, with what it cannot tell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from insight.small_timeline import Row, event, order, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.catalogue.timeline.stickiness import DECLARED
from regulars.insight.picture import Picture, View

BEGINS, LAST = date(2026, 1, 1), date(2026, 2, 10)


@pytest.fixture
def view() -> View:
    """Customer 1 comes every Monday and Tuesday, 2 daily in February, 3 on 1 January only.

    Events are known from 1 January to 10 February 2026, a Thursday and a Tuesday.
    """
    rows: list[Row] = []
    for k in range(41):
        day = BEGINS + timedelta(days=k)
        if day.weekday() < 2:
            rows.append(event(1, f"{day} 20:00", "Product Viewed"))
            rows.append(event(1, f"{day} 20:04", "Product Added"))
        if day >= date(2026, 2, 1):
            rows.append(event(2, f"{day} 08:00", "Product Viewed"))
    rows.append(event(3, "2026-01-01 09:00", "Product Viewed"))
    rows.append(event(None, "2026-01-02 09:00", "Product Viewed"))
    return shop(rows, [order(4, "2025-11-01 10:00", 10)], as_of=LAST)


def drawn(view: View, **asked: Any) -> Picture:
    return DECLARED.draw(view, **asked)


def by_day(view: View, **asked: Any) -> dict[date, tuple[Any, ...]]:
    return {
        row["day"]: (row["active"], row["active_7"], row["active_30"])
        for row in drawn(view, **asked).tables["days"].to_pylist()
    }


def test_days_weeks_and_months_worked_by_hand(view: View) -> None:
    found = by_day(view)
    assert (min(found), max(found)) == (BEGINS, LAST)
    # 7 days are known from 7 January on, 30 from the 30th on.
    assert found[date(2026, 1, 1)] == (1, None, None)
    assert found[date(2026, 1, 6)] == (1, None, None)
    # 3 came on the 1st, which lies within the 7 days up to the 7th and not up to the 8th.
    assert found[date(2026, 1, 7)] == (0, 2, None)
    assert found[date(2026, 1, 8)] == (0, 1, None)
    # Up to the 30th the month begins on the 1st, up to the 31st on the 2nd.
    assert found[date(2026, 1, 30)] == (0, 1, 2)
    assert found[date(2026, 1, 31)] == (0, 1, 1)
    assert found[LAST] == (2, 2, 2)
    last = drawn(view).tables["days"].to_pylist()[-3]
    # Sunday 8 February: customer 2 of two who came within 7 and 30 days.
    assert (last["share_of_7"], last["share_of_30"]) == (0.5, 0.5)


def test_windows_reach_back_before_the_days_asked_for(view: View) -> None:
    found = by_day(view, from_="2026-02-02", to="2026-02-03")
    assert found == {date(2026, 2, 2): (2, 2, 2), date(2026, 2, 3): (2, 2, 2)}
    assert by_day(view, from_="2026-01-31", to="2026-01-31") == {date(2026, 1, 31): (0, 1, 1)}
    assert by_day(view, from_="2026-01-30", to="2026-01-30") == {date(2026, 1, 30): (0, 1, 2)}


def test_the_distribution_of_active_days_worked_by_hand(view: View) -> None:
    rows = drawn(view).tables["active_days"].to_pylist()
    # The last 28 days begin on 14 January. Customer 1 comes on 8 of them: the Mondays and Tuesdays
    # of 19, 26 January, 2, 9 February. Customer 2 on 10. Customer 3 on none, and is not counted.
    assert {row["days"]: row["customers"] for row in rows if row["customers"]} == {8: 1, 10: 1}
    assert rows[7]["share"] == 0.5
    assert [rows[k]["share_or_more"] for k in (0, 7, 8, 9, 10)] == [1.0, 1.0, 0.5, 0.5, 0.0]
    assert len(rows) == 28


def test_weekdays_and_lengths_worked_by_hand(view: View) -> None:
    rows = drawn(view).tables["weekdays"].to_pylist()
    # 41 days are six weeks but for one Wednesday.
    assert [row["days"] for row in rows] == [41, 6, 6, 5, 6, 6, 6, 6]
    # Customer 1 has 12 sessions of 4 minutes; 2 has 10 and 3 one, of a single entry each.
    assert (rows[0]["sessions"], rows[0]["single"]) == (23, 11)
    assert rows[0]["single_share"] == pytest.approx(11 / 23)
    assert (rows[0]["median_minutes"], rows[0]["p90_minutes"]) == (4.0, 4.0)
    # On six Mondays customer 1 comes, on two of them customer 2 besides: 8 / 6.
    assert rows[1]["mean_active"] == pytest.approx(8 / 6)
    # Sundays: customer 2 on 1 and 8 February; of one entry, so without a length.
    assert (rows[7]["sessions"], rows[7]["single"], rows[7]["median_minutes"]) == (2, 2, None)
    assert rows[3]["mean_active"] == pytest.approx(1 / 5)


def test_gaps_between_sessions_worked_by_hand(view: View) -> None:
    every, own = drawn(view).tables["gaps"].to_pylist()
    # Customer 1: 11 gaps, six from Monday 20:04 to Tuesday 20:00 (86,160 s) and five from Tuesday
    # to Monday (6 days less 4 minutes: 518,160 s). Customer 2: nine of 86,400 s.
    assert (every["number"], own["number"]) == (20, 2)
    assert every["p25_days"] == pytest.approx(86_160 / 86_400, rel=0.004)
    assert every["median_days"] == pytest.approx(1.0, rel=0.004)
    assert every["p90_days"] == pytest.approx(518_160 / 86_400, rel=0.004)
    # The middle of the eleven is the sixth, of the nine the fifth.
    assert own["median_days"] == pytest.approx(86_160 / 86_400, rel=0.004)
    assert own["p90_days"] == pytest.approx(1.0, rel=0.004)
    # From 2 February on customer 1 has three gaps (Monday, Tuesday, Monday, Tuesday) and 2 eight.
    assert drawn(view, from_="2026-02-02").tables["gaps"].to_pylist()[0]["number"] == 11


def test_a_short_history_has_no_month_and_no_28_days(view: View) -> None:
    found = drawn(view, to="2026-01-20")
    assert found.tables["active_days"].num_rows == 0
    assert set(found.tables["days"]["active_30"].to_pylist()) == {None}
    said = [one.en for one in found.says]
    assert "Fewer than 30 days are known" in said[0]
    assert "not observable" in said[1]


def test_orders_alone_have_no_sessions() -> None:
    view = shop([], [order(1, "2026-01-05 10:00", 10), order(1, "2026-02-09 10:00", 10)],
                as_of=LAST)  # fmt: skip
    found = drawn(view, active="order")
    assert found.tables["days"].to_pylist()[-2]["active_30"] == 1
    assert {row["sessions"] for row in found.tables["weekdays"].to_pylist()} == {None}
    with pytest.raises(CannotTell, match="Nothing is known of what customers did"):
        drawn(view)


def test_what_is_known_and_the_rules_are_said(view: View) -> None:
    said = [one.en for one in drawn(view).says]
    assert "What customers do is known from 2026-01-01 to 2026-02-10" in " ".join(said)
    assert "Left out are 1 entries of these days that name no customer" in " ".join(said)
    assert "calendar of Asia/Shanghai" in said[-1]
    # Two active customers are too few to tell how often they come.
    assert "too few" in said[0]


def test_stickiness_is_told_of_enough_customers_and_against_the_time_before() -> None:
    # 60 customers, of whom 20 come each day up to 15 January, and 30 after that. In the 28 days
    # from 4 January: (12 * 20 + 16 * 30) / 28 = 25.71 of 60.
    rows = []
    for k in range(90):
        day = date(2025, 12, 1) + timedelta(days=k)
        turn = 3 if k < 46 else 2
        rows += [event(who, f"{day} 10:00", "Product Viewed") for who in range(60)
                 if (who + k) % turn == 0]  # fmt: skip
    said = [one.en for one in drawn(shop(rows, as_of=date(2026, 2, 28))).says]
    assert said[0] == (
        "From 2026-02-01 to 2026-02-28, 30 customers were active on an average day, of 60 within 30"
        " days: DAU/MAU 50.0%, which is 15.0 days of 30; in the 28 days before it was 42.9%."
    )
    assert said[1].startswith("Of 60 customers active in the 28 days up to 2026-02-28, 0% were on")


def test_nobody_was_active(view: View) -> None:
    with pytest.raises(CannotTell, match="Nobody was active"):
        drawn(view, active="Product Added", from_="2026-01-01", to="2026-01-03")
    with pytest.raises(CannotTell, match="known from 2026-01-01 to 2026-02-10 only"):
        drawn(view, to="2025-12-31")
    with pytest.raises(UnknownValue, match="Product Viewed"):
        drawn(view, active="Product Seen")
