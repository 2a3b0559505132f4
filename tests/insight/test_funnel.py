"""The funnel as a picture: from entries of events and orders, told apart, with its rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from insight.small_timeline import event, order, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import Picture, View

BUY = "Product Viewed, Product Added, order"


@pytest.fixture
def view() -> View:
    """Four who look on 5 January, three who add, two who buy; one bought before she looked."""
    return shop(
        [
            event(1, "2026-01-05 10:00", "Product Viewed", source="wechat"),
            event(1, "2026-01-05 10:01", "Product Added"),
            event(2, "2026-01-05 10:00", "Product Viewed", source="baidu"),
            event(2, "2026-01-05 10:04", "Product Added"),
            event(3, "2026-01-05 10:00", "Product Viewed"),
            event(3, "2026-01-05 10:02", "Product Added"),
            event(4, "2026-01-05 10:00", "Product Viewed", source="baidu"),
        ],
        [
            order(1, "2026-01-05 10:03", 10),
            order(2, "2026-01-12 09:59", 20),
            order(3, "2026-01-05 09:00", 30),
        ],
        as_of=date(2026, 1, 31),
    )


def drawn(view: View, **asked: Any) -> Picture:
    return PICTURES["funnel"].draw(view, **asked)


def test_a_funnel_worked_by_hand(view: View) -> None:
    rows = drawn(view, steps=BUY).tables["steps"].to_pylist()
    # Customer 3 ordered before she looked: that is no third step of hers.
    assert [row["reached"] for row in rows] == [4, 3, 2]
    assert [row["share"] for row in rows] == [1.0, 0.75, 0.5]
    assert [row["step_share"] for row in rows] == [1.0, 0.75, pytest.approx(2 / 3)]
    assert [row["lost"] for row in rows] == [0, 1, 1]
    # To the second step 60, 120 and 240 s; the median is the second, P90 the third of three.
    assert (rows[1]["median_seconds"], rows[1]["p90_seconds"]) == (120, 240)
    # To the order 180 s, and 6 days 23:59 of customer 2, who needed 7 days less 5 minutes from the
    # second step: 604,740 s and 604,500 s, told to within 0.4 %.
    assert rows[2]["median_seconds"] == 180
    assert rows[2]["p90_seconds"] == pytest.approx(604_740, rel=0.004)
    assert rows[2]["median_step_seconds"] == 120
    # Wilson: 2 of 4.
    assert rows[2]["share_low"] == pytest.approx(0.1500, abs=5e-5)
    assert rows[2]["share_high"] == pytest.approx(0.8500, abs=5e-5)


def test_the_window_is_counted_from_the_first_step(view: View) -> None:
    rows = drawn(view, steps=BUY, window="6d").tables["steps"].to_pylist()
    assert [row["reached"] for row in rows] == [4, 3, 1]
    ever = drawn(view, steps=BUY, window="ever").tables["steps"].to_pylist()
    assert [row["reached"] for row in ever] == [4, 3, 2]
    assert [row["open"] for row in ever] == [None, None, None]


def test_who_may_still_go_on_is_told(view: View) -> None:
    asked = {"steps": BUY, "from_": "2026-01-05", "to": "2026-01-10"}
    found = drawn(view, **asked)
    rows = found.tables["steps"].to_pylist()
    # On 10 January nobody's week has ended: 2 and 3 may still buy, 4 may still add.
    assert [row["open"] for row in rows] == [1, 2, 0]
    assert any("3 of them may still go on" in one.en for one in found.says)


def test_groups_are_those_of_the_last_touch_before(view: View) -> None:
    found = drawn(view, steps=BUY, by="source").tables["groups"].to_pylist()
    reached: dict[str | None, list[int]] = {}
    for row in found:
        reached.setdefault(row["group"], []).append(row["reached"])
    # The orders name no source; 3 came from nowhere that is told.
    assert reached == {"baidu": [2, 1, 1], "wechat": [1, 1, 1], None: [1, 1, 0]}


def test_conditions_and_alternatives_choose_entries(view: View) -> None:
    rows = drawn(view, steps='Product Viewed[source!=baidu]|"Cart Viewed", order[amount>=10]')
    assert [row["reached"] for row in rows.tables["steps"].to_pylist()] == [2, 1]


def test_a_step_that_breaks_off(view: View) -> None:
    rows = drawn(view, steps="Product Viewed, order", exclude=["Product Added"])
    assert [row["reached"] for row in rows.tables["steps"].to_pylist()] == [4, 0]


def test_a_mistyped_step_is_told_with_the_names_there_are(view: View) -> None:
    with pytest.raises(UnknownValue, match="Product Viewed"):
        drawn(view, steps="product viewed, order")


def test_nobody_began(view: View) -> None:
    with pytest.raises(CannotTell, match="Nobody did 'order'"):
        drawn(view, steps="order, any", from_="2026-01-20")


@pytest.mark.parametrize(
    "steps", ["order", "", "a[b, c", "a[>5], b", "a[price>x], b", ",".join("ab" * 9)]
)
def test_what_is_no_funnel_is_refused(view: View, steps: str) -> None:
    with pytest.raises(UnknownValue, match="step"):
        drawn(view, steps=steps or " ")


def test_only_the_stages_asked_for(view: View) -> None:
    with pytest.raises(CannotTell, match="Stages are not known"):
        drawn(view, steps=BUY, stage=["lost"])
    with pytest.raises(UnknownValue, match="stage"):
        drawn(view, steps=BUY, stage=["gone"])


def test_weeks_of_entry(view: View) -> None:
    rows = drawn(view, steps="any, order").tables["weeks"].to_pylist()
    assert [(row["week"], row["reached"]) for row in rows] == [
        (date(2026, 1, 5), 4),
        (date(2026, 1, 5), 2),
    ]


def test_without_steps_the_line_is_drawn_and_what_is_not_observable_is_named(view: View) -> None:
    found = drawn(view, steps=None)
    # Nothing tells of followers or of the app: seen, first order and second order are left.
    names = [row["name"] for row in found.tables["steps"].to_pylist()]
    assert names == ["seen", "first_order", "retained"]
    assert [row["reached"] for row in found.tables["steps"].to_pylist()] == [4, 2, 0]
    assert "followed, downloaded, activated" in found.says[-1].en


def test_a_shop_of_whose_line_nothing_is_told() -> None:
    with pytest.raises(CannotTell, match="one only: seen"):
        drawn(shop([event(1, "2026-01-05 10:00", "x")], as_of=date(2026, 1, 6)), steps=None)
