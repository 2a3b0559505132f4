"""Retention as a picture: worked by hand, with what it cannot tell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from insight.small_timeline import Row, event, order, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.catalogue.timeline.retention import DECLARED
from regulars.insight.picture import Picture, View
from regulars.insight.retention.counts import Cell
from regulars.insight.retention.words import differ

LAST = date(2026, 1, 10)


@pytest.fixture
def view() -> View:
    """Three begin on 5 January, one on the 6th, one on the 10th; all is known up to the 10th.

    Customer 1 is back on the 6th and the 8th, 2 on the 6th shortly after midnight, 3 never; 4 on
    the 7th. Customer 5 begins on the last day. Customer 6 came in December, before the days asked.
    """
    return shop(
        [
            event(1, "2026-01-05 10:00", "Product Viewed", source="wechat"),
            event(1, "2026-01-05 11:00", "Product Added", source="baidu"),
            event(1, "2026-01-06 12:00", "Product Viewed"),
            event(1, "2026-01-08 09:00", "Product Viewed"),
            event(2, "2026-01-05 23:30", "Product Viewed", source="wechat"),
            event(2, "2026-01-06 00:10", "Product Viewed"),
            event(3, "2026-01-05 12:00", "Product Viewed", source="baidu"),
            event(3, "2026-01-06 12:00", "Order Refunded"),  # the shop's deed, not hers
            event(4, "2026-01-06 08:00", "Product Viewed"),
            event(4, "2026-01-07 09:00", "Product Viewed", source="baidu"),
            event(5, "2026-01-10 08:00", "Product Viewed", source="wechat"),
            event(6, "2025-12-01 08:00", "Product Viewed"),
            event(6, "2026-01-06 08:00", "Product Viewed"),
            event(None, "2026-01-06 08:00", "Product Viewed"),
        ],
        [order(1, "2026-01-07 10:00", 10), order(3, "2026-01-09 10:00", 20)],
        as_of=LAST,
    )


ASKED = {"from_": "2026-01-05", "upto": 5}


def drawn(view: View, **asked: Any) -> Picture:
    return DECLARED.draw(view, **(ASKED | asked))


def curve(view: View, **asked: Any) -> dict[str, tuple[int, int | None, float | None]]:
    rows = drawn(view, **asked).tables["curve"].to_pylist()
    return {
        row["offset"]: (row["seen"], row["back"], row["share"])
        for row in rows
        if row["kind"] == "all"
    }


def test_a_curve_worked_by_hand(view: View) -> None:
    rows = drawn(view).tables["curve"].to_pylist()
    # Five begin. Day 1 has passed for all but customer 5; back on it are 1, 2 and 4. On day 3 only
    # customer 1. Day 5 has passed for the three of 5 January only.
    assert curve(view) == {
        "0": (5, 5, 1.0), "1": (4, 3, 0.75), "2": (4, 0, 0.0), "3": (4, 1, 0.25),
        "4": (4, 0, 0.0), "5": (3, 0, 0.0),
    }  # fmt: skip
    # Wilson of 3 of 4 (Brown, Cai & DasGupta 2001, eq. 4): centre 0.75 + 1.92073/4 = 1.23018,
    # half-width 1.95996 sqrt(0.75 * 0.25 / 4 + 0.96036 / 16) = 0.64079, over 1.96036.
    assert rows[1]["share_low"] == pytest.approx(0.3006, abs=5e-5)
    assert rows[1]["share_high"] == pytest.approx(0.9544, abs=5e-5)
    assert {row["customers"] for row in rows} == {5}


def test_a_cohort_nobody_could_have_seen_is_empty(view: View) -> None:
    rows = drawn(view).tables["cohorts"].to_pylist()
    last = [row for row in rows if row["cohort"] == LAST]
    assert [(row["offset"], row["seen"], row["back"], row["share"]) for row in last[:2]] == [
        ("0", 1, 1, 1.0), ("1", 0, None, None),
    ]  # fmt: skip
    of_the_sixth = [row for row in rows if row["cohort"] == date(2026, 1, 6)]
    # Day 4 of the 6th is the 10th, which is known; day 5 is not.
    assert [row["back"] for row in of_the_sixth] == [1, 1, 0, 0, 0, None]


def test_days_of_24_hours_are_counted_from_the_own_instant(view: View) -> None:
    # Customer 2 is back after 40 minutes, which is no day later; customers 1 and 4 after 26 and 25
    # hours are. Customer 1 is back after 71 hours, too, which is on day 2.
    found = curve(view, days="hours")
    assert found["1"] == (4, 2, 0.5)
    assert found["2"] == (4, 1, 0.25)
    # Day 5 ends 144 hours after 5 January 10:00, on the 11th: nobody has been seen for all of it.
    assert found["5"] == (0, None, None)


def test_unbounded_is_on_the_day_or_later(view: View) -> None:
    found = curve(view, mode="unbounded")
    # On day 1 or later 1, 2 and 4; on day 2 or later, and on day 3 or later, customer 1.
    assert [found[f"{day}+"][1] for day in (1, 2, 3, 4)] == [3, 1, 1, 0]


def test_own_intervals(view: View) -> None:
    found = curve(view, brackets="3-4, 1-2")
    assert found == {"0": (5, 5, 1.0), "1-2": (4, 3, 0.75), "3-4": (4, 1, 0.25)}


def test_weeks_are_of_the_calendar(view: View) -> None:
    # 5 January 2026 was a Monday. The week ends on the 11th, after the data: of it nothing is seen.
    rows = drawn(view, period="week", upto=1).tables["cohorts"].to_pylist()
    assert [(row["cohort"], row["whole"], row["seen"]) for row in rows] == [
        (date(2026, 1, 5), False, 5), (date(2026, 1, 5), False, 0),
    ]  # fmt: skip
    december = drawn(view, period="month", from_="2025-12-01", upto=1).tables["cohorts"].to_pylist()
    assert (december[0]["cohort"], december[0]["whole"]) == (date(2025, 12, 1), True)


def test_orders_of_the_records_can_be_asked_for(view: View) -> None:
    # Customers 1, 2, 3, 4 begin by looking; an order follows on day 2 of customer 1, 4 of 3.
    found = curve(view, start="Product Viewed", back="order")
    assert [found[str(day)][1] for day in (1, 2, 3, 4)] == [0, 1, 0, 1]


def test_the_first_of_these_days_takes_in_who_came_before(view: View) -> None:
    # Customer 6 came in December; since the 5th she first came on the 6th.
    assert curve(view, first="span")["0"] == (6, 6, 1.0)


def test_groups_are_told_by_the_first_source_up_to_the_start(view: View) -> None:
    rows = drawn(view, by="source", brackets="1-3").tables["curve"].to_pylist()
    # Customer 1 came by wechat first; customer 4's source was told on the way back only.
    assert [(row["kind"], row["group"], row["customers"], row["back"]) for row in rows[1::2]] == [
        ("all", None, 5, 3), ("group", "wechat", 3, 2), ("group", "baidu", 1, 0),
        ("none", None, 1, 1),
    ]  # fmt: skip
    gathered = drawn(view, by="source", top=1, brackets="1-3").tables["curve"].to_pylist()
    assert {row["kind"] for row in gathered} == {"all", "group", "other", "none"}


def test_rules_zone_and_what_is_left_out_are_said(view: View) -> None:
    said = " ".join(one.en for one in drawn(view).says)
    assert "days are of the calendar of Asia/Shanghai" in said
    assert "too few have been seen long enough" in said
    assert "Left out are 1 starts of these days that name no customer" in said
    hours = drawn(view, days="hours").says[-1]
    assert "24 hours from the customer's own first instant" in hours.en
    assert "24 小时" in hours.zh


def test_a_source_may_be_told_by_an_entry_that_is_neither(view: View) -> None:
    # Customer 1 added at 11:00, where baidu is told; an hour before she had come by wechat.
    asked = {"by": "source", "start": "Product Added", "back": "Product Added", "upto": 1}
    rows = drawn(view, **asked).tables["curve"].to_pylist()
    assert [(row["group"], row["customers"]) for row in rows[2::2]] == [("wechat", 1)]


def test_the_end_of_the_last_day_is_not_of_it() -> None:
    view = shop(
        [
            event(1, "2026-01-05 10:00", "Product Viewed"),
            event(2, "2026-01-07 00:00", "Product Viewed"),
            event(1, "2026-01-07 00:00", "Product Viewed"),
        ],
        as_of=LAST,
    )
    assert curve(view, to="2026-01-06") == {
        "0": (1, 1, 1.0), "1": (1, 0, 0.0), "2": (0, None, None), "3": (0, None, None),
        "4": (0, None, None), "5": (0, None, None),
    }  # fmt: skip


def test_who_may_have_come_before_the_data_begin_is_told(view: View) -> None:
    early = "known from 2025-12-01 on: who began before is taken for new"
    assert early in " ".join(one.en for one in drawn(view, from_="2025-12-20").says)
    assert early not in " ".join(one.en for one in drawn(view).says)
    assert early not in " ".join(
        one.en for one in drawn(view, from_="2025-12-20", first="span").says
    )


def _many(back: dict[str, int], of: int = 100) -> list[Row]:
    """So many who begin on 1 January by each source, of whom so many are back on the 2nd."""
    rows, who = [], 0
    for source, number in back.items():
        for k in range(of):
            who += 1
            rows.append(event(who, "2026-01-01 10:00", "Product Viewed", source=source))
            if k < number:
                rows.append(event(who, "2026-01-02 10:00", "Product Viewed"))
    return rows


def test_the_best_and_the_worst_source_are_named_where_they_differ() -> None:
    asked = {"from_": "2026-01-01", "by": "source"}
    view = shop(_many({"shop": 50, "ads": 20, "mail": 35}), as_of=date(2026, 1, 5))
    said = [one.en for one in DECLARED.draw(view, **asked).says]
    # 105 of 300; Wilson 0.2983 to 0.4056.
    assert "Of those seen long enough, 35.0% (29.8% to 40.6%) came back on day 1" in said[0]
    assert "shop keeps most on day 1, 50.0% (40.4% to 59.6%)" in said[1]
    assert "ads least" in said[1]
    alike = shop(_many({"shop": 22, "ads": 20}), as_of=date(2026, 1, 5))
    assert "cannot be told apart" in DECLARED.draw(alike, **asked).says[1].en


def test_two_shares_differ_beyond_chance() -> None:
    # 50 and 35 of 100: pooled 0.425, variance 100 * 100 / 200 * 0.425 * 0.575 * 200 / 199 = 12.28;
    # (50 - 42.5) / 3.504 = 2.14, p = 0.032. Of one comparison a difference, of the best of three
    # not: 0.097.
    assert differ(Cell(100, 100, 50), Cell(100, 100, 35))
    assert not differ(Cell(100, 100, 50), Cell(100, 100, 35), 3)


def test_newer_cohorts_are_held_against_older_ones() -> None:
    rows: list[Row] = []
    for who in range(200):
        day = date(2026, 1, 1) + timedelta(days=who // 50)
        rows.append(event(who, f"{day} 10:00", "Product Viewed"))
        if who % 50 < (10 if who < 100 else 30):
            rows.append(event(who, f"{day + timedelta(days=1)} 10:00", "Product Viewed"))
    said = [one.en for one in DECLARED.draw(shop(rows, as_of=LAST), from_="2026-01-01").says]
    assert any("Newer cohorts come back more on day 1: 60.0%" in one for one in said)


def test_nobody_began(view: View) -> None:
    with pytest.raises(CannotTell, match="Nobody began with 'any' from 2026-01-08 to 2026-01-09"):
        drawn(view, from_="2026-01-08", to="2026-01-09")
    with pytest.raises(UnknownValue, match="Product Viewed"):
        drawn(view, start="product viewed")
    with pytest.raises(UnknownValue, match="Product Viewed"):
        drawn(view, back="Product Seen")
    with pytest.raises(CannotTell, match="Nobody began with 'order'"):
        drawn(view, start="order", to="2026-01-06")


def test_days_after_the_last_event_are_not_observable() -> None:
    # Orders are known up to the 10th, events up to the 6th only: day 2 of the 5th is not 0.
    view = shop(
        [
            event(1, "2026-01-05 10:00", "Product Viewed"),
            event(2, "2026-01-06 10:00", "Product Viewed"),
        ],
        [order(1, "2026-01-10 10:00", 10)],
        as_of=LAST,
    )
    assert curve(view) == {
        "0": (2, 2, 1.0), "1": (1, 0, 0.0), "2": (0, None, None), "3": (0, None, None),
        "4": (0, None, None), "5": (0, None, None),
    }  # fmt: skip
    said = " ".join(one.en for one in drawn(view).says)
    assert "known up to 2026-01-06" in said
    assert "The last entry known is of 2026-01-06 10:00: if that day was not over" in said
    assert "last entry" not in " ".join(one.en for one in drawn(view, to="2026-01-05").says)
    assert curve(view, back="order")["5"] == (1, 1, 1.0)
    with pytest.raises(CannotTell, match="known up to 2026-01-06 only"):
        drawn(view, from_="2026-01-07")


def test_a_shop_of_orders_only_is_told_how_to_ask() -> None:
    view = shop([], [order(1, "2026-01-05 10:00", 10)], as_of=LAST)
    with pytest.raises(CannotTell) as told:
        drawn(view)
    assert "Ask for `order` instead" in str(told.value)
    assert curve(view, start="order", back="order")["1"] == (1, 0, 0.0)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"brackets": "3-1"}, "no interval"),
        ({"brackets": "0-2"}, "no interval"),
        ({"brackets": "1-3,x"}, "no interval"),
        ({"brackets": "1-3", "mode": "n-day"}, "mode 'n-day' has none"),
        ({"days": "hours", "period": "month"}, "no fixed number of hours"),
        ({"start": "a[>"}, "no step"),
    ],
)
def test_what_cannot_be_asked_is_refused(view: View, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(UnknownValue, match=why):
        drawn(view, **asked)
