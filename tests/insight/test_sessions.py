"""Sessions of a shop small enough to be counted by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from insight.small_timeline import Row, event, order, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.picture import Picture, View
from regulars.insight.sessions.draw import draw

AS_OF = date(2026, 3, 31)
BIN = 1 / 256
"""So far off a length above 256 seconds may be told."""

# Of Shanghai. Sessions: 1 on the 2nd at 09:00 (three entries, ten minutes, by google, with the
# order of 09:35) and at 23:50 over midnight (two entries, twenty minutes, by wechat); 2 on the 3rd
# at 10:00 (one entry); 3 on the 5th at 10:00 (three entries, fifty minutes: the last comes exactly
# half an hour after the one before) and at 11:21 (one entry).
EVENTS = [
    event(1, "2026-03-02 09:00", "Home", "page", source="google"),
    event(1, "2026-03-02 09:10", "Product Viewed"),
    event(1, "2026-03-02 09:10", "Product Added", source="later"),
    event(1, "2026-03-02 09:25", "Page Left"),  # measures a page, and makes nothing longer
    event(1, "2026-03-02 23:50", "Product Viewed"),
    event(1, "2026-03-03 00:10", "Home", "page", source=" WeChat"),
    event(2, "2026-03-03 10:00", "Product Viewed", source="(direct)"),
    event(3, "2026-03-05 10:00", "Cart", "screen"),
    event(3, "2026-03-05 10:20", "Product Viewed"),
    event(3, "2026-03-05 10:50", "Product Viewed"),
    event(3, "2026-03-05 11:00", "Email Delivered"),  # a deed of the sender
    event(3, "2026-03-05 11:21", "Home", "page"),
    event(None, "2026-03-04 12:00", "Home", "page"),
]
# The second comes 31 minutes after the visit, the third is of somebody who was never seen.
ORDERS = [
    order(1, "2026-03-02 09:35", 10),
    order(2, "2026-03-03 10:31", 10),
    order(4, "2026-03-04 12:00", 10),
    order(None, "2026-03-04 12:00", 10),
]


def _view(events: list[Row] = EVENTS, orders: list[Row] = ORDERS, **more: Any) -> View:
    return shop(events, orders, as_of=AS_OF, **more)


def _rows(picture: Picture, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in columns) for row in picture.tables[table].to_pylist()]


def _said(picture: Picture) -> str:
    return " ".join(said.en for said in picture.says)


def test_the_sessions_of_three_customers_by_hand() -> None:
    picture = draw(_view())
    (row,) = picture.tables["overall"].to_pylist()
    assert row == {
        "sessions": 5,
        "customers": 3,
        "sessions_per_customer": pytest.approx(5 / 3),
        "entries": 10,
        "entries_per_session": 2.0,
        "single_share": 0.4,
        # Of 10, 20 and 50 minutes.
        "median_minutes": pytest.approx(20, rel=BIN),
        "p90_minutes": pytest.approx(50, rel=BIN),
        "ordered": 1,
        "ordered_share": 0.2,
        "orders": 3,
        "orders_outside": 2,
    }
    assert picture.facts["guest_orders"] == 1
    assert picture.facts["entries_of_nobody"] == 1


def test_midnight_ends_a_session_only_if_that_is_asked() -> None:
    # The session at 23:50 becomes two of one entry each.
    (row,) = _rows(draw(_view(), midnight=True), "overall", "sessions", "single_share", "ordered")
    assert row == (6, pytest.approx(4 / 6), 1)
    assert "not by midnight" in _said(draw(_view()))
    assert "and at midnight" in _said(draw(_view(), midnight=True))


def test_a_longer_gap_joins_sessions() -> None:
    # 11:21 joins the session of 10:00, and the order of 10:31 the visit of 10:00.
    (row,) = _rows(draw(_view(), gap=31), "overall", "sessions", "ordered", "orders_outside")
    assert row == (4, 2, 1)


def test_days_hours_and_sources_by_hand() -> None:
    picture = draw(_view())
    # Somebody without a number was there on the 4th: nobody's session.
    assert _rows(picture, "days", "day", "sessions", "share", "customers", "ordered") == [
        (date(2026, 3, 2), 2, 0.4, 1, 1),
        (date(2026, 3, 3), 1, 0.2, 1, 0),
        (date(2026, 3, 4), 0, 0.0, 0, 0),
        (date(2026, 3, 5), 2, 0.4, 1, 0),
    ]
    hours = _rows(picture, "hours", "hour", "sessions")
    assert [hour for hour, _ in hours] == list(range(24))
    assert [one for one in hours if one[1]] == [(9, 1), (10, 2), (11, 1), (23, 1)]
    columns = ("source", "sessions", "customers", "single_share", "ordered_share")
    assert _rows(picture, "sources", *columns) == [
        ("(direct)", 3, 2, pytest.approx(2 / 3), 0.0),
        ("google", 1, 1, 0.0, 1.0),
        ("wechat", 1, 1, 0.0, 0.0),
    ]
    by_source = dict(_rows(picture, "sources", "source", "median_minutes"))
    assert by_source == {
        "(direct)": pytest.approx(50, rel=BIN),
        "google": pytest.approx(10, rel=BIN),
        "wechat": pytest.approx(20, rel=BIN),
    }


def test_what_sessions_begin_and_end_with_by_hand() -> None:
    columns = ("step", "entered", "entered_share", "single_share", "left", "left_share")
    assert _rows(draw(_view()), "steps", *columns) == [
        ("Product Viewed", 2, 0.4, 0.5, 2, 0.4),
        ("page: Home", 2, 0.4, 0.5, 2, 0.4),
        ("Product Added", 0, 0.0, None, 1, 0.2),
        ("screen: Cart", 1, 0.2, 0.0, 0, 0.0),
    ]
    assert _rows(draw(_view(), top=1), "steps", *columns) == [
        ("Product Viewed", 2, 0.4, 0.5, 2, 0.4),
        ("(other)", 3, pytest.approx(0.6), pytest.approx(1 / 3), 3, pytest.approx(0.6)),
    ]


def test_what_is_not_in_the_data_is_not_observable_and_never_0() -> None:
    plain = [event(1, "2026-03-02 09:00", "Seen"), event(2, "2026-03-04 09:00", "Seen")]
    picture = draw(_view(plain, []))
    (row,) = picture.tables["overall"].to_pylist()
    for name in ("median_minutes", "p90_minutes", "ordered", "ordered_share", "orders"):
        assert row[name] is None, name
    assert picture.tables["days"]["ordered"].null_count == 3
    assert picture.tables["sources"].num_rows == 0
    said = _said(picture)
    assert "how long people stay is not observable" in said
    assert "which sessions end with one is not observable" in said
    assert "where visits come from is not observable" in said


def test_days_that_are_asked_for_cut_sessions_and_it_is_said() -> None:
    # Of the session over midnight the part of the 3rd is left, which touches the edge.
    picture = draw(_view(), from_="2026-03-03", to="2026-03-03")
    assert _rows(picture, "overall", "sessions", "entries") == [(2, 2)]
    assert picture.facts["at_edge"] == 1
    assert "50% of the sessions lie so near to the edge" in _said(picture)
    # Midnight cuts there anyway.
    assert draw(_view(), from_="2026-03-03", to="2026-03-03", midnight=True).facts["at_edge"] == 0


def test_of_less_than_a_day_only_the_hours_that_are_known_are_told() -> None:
    # In Shanghai 09:00 to 11:10 are known: 10:00 was quiet, and of 08:00 nothing is known.
    events = [event(1, "2026-03-02 09:00", "Seen"), event(2, "2026-03-02 11:10", "Seen")]
    picture = draw(_view(events))
    assert _rows(picture, "hours", "hour", "sessions") == [(9, 1), (10, 0), (11, 1)]
    assert _rows(picture, "days", "day", "sessions") == [(date(2026, 3, 2), 2)]
    said = _said(picture)
    assert said.startswith("On 2026-03-02, 2 customers")
    assert "Only 2 hours 10 minutes are known (2026-03-02 01:00 to 2026-03-02 03:10 UTC)" in said
    assert "100% of the sessions lie so near to the edge" in said


def test_only_customers_of_a_stage_are_looked_at() -> None:
    people = pa.table({"customer_id": pa.array([1, 3], pa.int64()), "stage": ["lost", "core"]})
    picture = draw(_view(people=people), stage=["core"])
    assert _rows(picture, "overall", "sessions", "customers", "orders") == [(2, 1, 0)]
    with pytest.raises(CannotTell, match="Nobody who is asked about visited"):
        draw(_view(people=people), stage=["dormant"])


def test_without_entries_it_cannot_tell() -> None:
    with pytest.raises(CannotTell, match="Nothing is known of what customers did"):
        draw(_view([], ORDERS))
    with pytest.raises(CannotTell, match="known from 2026-03-02 to 2026-03-05"):
        draw(_view(), from_="2026-03-20")
    with pytest.raises(UnknownValue, match="'soon' is no date"):
        draw(_view(), from_="soon")


def test_both_languages_say_as_much() -> None:
    said = draw(_view()).says
    assert all(one.en and one.zh for one in said)
    assert any("belong to no session that is known" in one.en for one in said)
    # Eleven entries with the one of nobody.
    assert any("1 entries (9%) name neither" in one.en for one in said)
