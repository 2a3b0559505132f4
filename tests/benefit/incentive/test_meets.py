"""Who meets an incentive: each kind, at its bounds; the same whatever is computed again."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.benefit.definition.terms import DAY, Give, Incentive
from regulars.benefit.incentive.happenings import Happenings, Met, Stages
from regulars.benefit.incentive.limits import within_limits
from regulars.benefit.incentive.meets import During, day_begins, meets, place_in_run
from regulars.benefit.streak import streak_of
from regulars.kernel.clock import day_number, from_day_number

ZONE = "Asia/Shanghai"
HOUR = DAY // 24
FIRST = day_number(date(2026, 3, 1))
ALL = During(0, 1 << 52, ZONE, "shop")
NO_STAGES = Stages()
MORE = {"give": Give(points=5), "hold_out": 0}


def on(*days: float, who: int = 7) -> list[tuple[int, int, int, str]]:
    """Events so many days after the first, at the beginning of the day or later."""
    rows = []
    for one in days:
        at = day_begins(FIRST, ZONE) + int(one * DAY)
        rows.append((who, at, FIRST + int(one), f"event:{who}:{one}"))
    return rows


def found(
    rule: Incentive, *, during: During = ALL, stages: Stages = NO_STAGES, **told
) -> list[Met]:
    return meets(rule, lambda name: Happenings.of(told.get(name, [])), stages, during)


def days(mets: list[Met]) -> list[float]:
    return [(met.at - day_begins(FIRST, ZONE)) / DAY for met in mets]


def test_each_event_in_the_time_meets_and_none_outside_it():
    rule = Incentive(name="x", when="event", on="E", **MORE)
    begins, ends = day_begins(FIRST + 1, ZONE), day_begins(FIRST + 3, ZONE)
    mets = found(rule, during=During(begins, ends, ZONE, "shop"), E=on(0.99, 1, 2.5, 3))
    assert days(mets) == [1, 2.5]
    assert mets[0].key == "incentive:x:event:7:1"


def test_a_rule_with_days_of_its_own_holds_on_them_only():
    rule = Incentive(
        name="x", when="event", on="E", starts_at=day_begins(FIRST + 1, ZONE),
        ends_at=day_begins(FIRST + 2, ZONE), **MORE,
    )  # fmt: skip
    assert days(found(rule, E=on(0.9, 1, 1.9, 2))) == [1, 1.9]


CART = Incentive(name="x", when="conversion", after="A", on="B", within_days=7, **MORE)


def test_a_conversion_is_the_first_that_follows_soon_enough():
    assert days(found(CART, A=on(0), B=on(7))) == [7]
    assert days(found(CART, A=on(0), B=on(7.001))) == []
    assert days(found(CART, A=on(2), B=on(1))) == []
    assert days(found(CART, A=on(0, 3), B=on(1, 2, 4, 5))) == [1, 4]
    assert days(found(CART, A=on(0), B=on(0))) == [0], "at the same instant"
    assert days(found(CART, A=on(0), B=on(1, who=8))) == [], "of another"


def test_what_else_follows_the_same_first_event_soon_enough_stands_for_the_same_conversion():
    one, two = found(CART, A=on(0, 3), B=on(1, 2, 2.5, 4))
    assert one.among == ("event:7:1", "event:7:2", "event:7:2.5")
    assert two.among == ("event:7:4",)
    [late] = found(CART, A=on(0), B=on(1, 7.5))
    assert late.among == ("event:7:1",)


def test_a_second_order_soon_after_the_first_is_a_conversion_of_one_name():
    again = Incentive(
        name="x", when="conversion", after="order", on="order", within_days=30, **MORE
    )
    assert days(found(again, order=on(0, 10, 50, 60))) == [10, 60]
    assert days(found(again, order=on(0))) == []


def test_what_came_before_the_rule_can_be_converted_after_it():
    begins = day_begins(FIRST + 2, ZONE)
    mets = found(CART, during=During(begins, 1 << 52, ZONE, "shop"), A=on(0), B=on(3))
    assert days(mets) == [3]


def test_a_streak_is_met_with_each_so_many_days_in_a_row():
    rule = Incentive(name="x", when="streak", on="E", days=3, **MORE)
    told = on(0, 1, 1.5, 2, 2.9, 3, 4, 5.5, 7, 8)
    assert days(found(rule, E=told)) == [2, 5.5], "two on one day are one"
    assert [met.occurrence for met in found(rule, E=told)] == ["7:2026-03-03", "7:2026-03-06"]
    assert days(found(rule, E=on(0, 1) + on(2, who=8))) == [], "of two customers"
    run = range(FIRST, FIRST + 6)
    assert [met.among for met in found(rule, E=told)] == [run, run], "the days of one run"
    begun = During(day_begins(FIRST + 4, ZONE), 1 << 52, ZONE, "shop")
    [met] = found(rule, during=begun, E=told)
    assert met.among == range(FIRST + 4, FIRST + 6), "as far as the rule holds"


SLIPPING = Incentive(name="x", when="stage", stage="at_risk", **MORE)


def test_a_stage_is_entered_on_the_first_day_in_it_each_time():
    told = Stages.of(
        [(7, FIRST, "core"), (7, FIRST + 2, "at_risk"), (7, FIRST + 4, "at_risk"),
         (7, FIRST + 6, "core"), (7, FIRST + 9, "at_risk"), (8, FIRST, "at_risk")]
    )  # fmt: skip
    mets = found(SLIPPING, stages=told)
    assert [(met.customer_id, met.occurrence) for met in mets] == [
        (8, "8:2026-03-01"), (7, "7:2026-03-03"), (7, "7:2026-03-10"),
    ]  # fmt: skip
    assert [met.among for met in mets] == [
        range(FIRST - 31, FIRST + 31), range(FIRST - 29, FIRST + 6), range(FIRST + 6, FIRST + 40),
    ], "a month before and after, as far as no other stay reaches"  # fmt: skip


def test_the_day_on_which_a_rule_begins_counts_for_stages():
    noon = During(day_begins(FIRST, ZONE) + 12 * HOUR, 1 << 52, ZONE, "shop")
    told = Stages.of([(7, FIRST, "at_risk"), (8, FIRST - 1, "at_risk")])
    assert [met.customer_id for met in found(SLIPPING, stages=told, during=noon)] == [7]


def test_surprises_fall_on_the_share_that_is_published_and_over_the_whole_month():
    rule = Incentive(name="x", when="surprise", stage="core", chance=2000, **MORE)
    told = Stages.of([(who, FIRST - 40, "core") for who in range(1, 5001)])
    april = day_begins(day_number(date(2026, 4, 1)), ZONE)
    mets = found(rule, stages=told, during=During(day_begins(FIRST, ZONE), april, ZONE, "shop"))
    assert abs(len(mets) - 1000) < 100  # three standard deviations are 85
    by_day = np.bincount([int(day) for day in days(mets)], minlength=31)
    assert by_day.min() > 10
    assert len({met.customer_id for met in mets}) == len(mets)
    assert mets[0].occurrence.endswith(":2026-03")


def test_who_leaves_the_stage_before_their_day_is_not_surprised():
    rule = Incentive(name="x", when="surprise", stage="core", chance=10_000, **MORE)
    both = Stages.of([(7, FIRST, "core"), (7, FIRST + 5, "at_risk")])
    stays = Stages.of([(7, FIRST, "core")])
    until = During(0, day_begins(FIRST + 31, ZONE), ZONE, "shop")
    (met,) = found(rule, stages=stays, during=until)
    left = found(rule, stages=both, during=until)
    assert left == ([met] if days([met])[0] < 5 else [])


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60)), max_size=40),
    st.integers(0, 60),
    st.integers(1, 5),
)
@settings(max_examples=100, deadline=None)
def test_what_is_met_by_a_day_is_met_whatever_comes_later(told, cut, run):
    """Occurrences of the time before stay as they are when more has come in."""
    rows = [row for who, day in told for row in on(day, who=who)]
    early = [row for row in rows if row[2] < FIRST + cut]
    until = During(0, day_begins(FIRST + cut, ZONE), ZONE, "shop")
    streak = Incentive(name="s", when="streak", on="E", days=run, limit=1, limit_days=4, **MORE)
    event = Incentive(name="e", when="event", on="E", limit=2, limit_days=3, **MORE)
    for rule in (streak, event):
        before = within_limits([(rule, found(rule, E=early, during=until))], ZONE)
        after = within_limits([(rule, found(rule, E=rows))], ZONE)
        assert [met.key for met in after if met.at < until.ends_at] == [met.key for met in before]


@given(st.lists(st.integers(0, 40), max_size=30))
@settings(max_examples=100, deadline=None)
def test_places_in_a_run_agree_with_streaks(told):
    ordered = sorted(set(told))
    place = place_in_run(np.ones(len(ordered), np.int64), np.array(ordered, np.int64))
    times = [day_begins(FIRST + day, ZONE) for day in told]
    at = day_begins(FIRST + 41, ZONE)
    assert place.max(initial=0) == streak_of(times, at, ZONE).longest


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 3), st.sampled_from([0, 1, 3, 7]))
@settings(max_examples=200, deadline=None)
def test_no_window_of_the_limits_days_has_more_than_the_limit(told, limit, limit_days):
    rule = Incentive(name="x", when="event", on="E", limit=limit, limit_days=limit_days, **MORE)
    kept = within_limits([(rule, found(rule, E=on(*sorted(told))))], ZONE)
    on_days = [int(day) for day in days(kept)]
    if not limit_days:
        assert len(kept) == min(limit, len(told))
        return
    for first in range(51):
        assert sum(first <= day < first + limit_days for day in on_days) <= limit
    for day in set(told) - set(on_days):  # and nothing that could count was left out
        assert sum(day - limit_days < one <= day for one in on_days) >= limit


def test_days_are_those_of_the_shops_calendar():
    assert from_day_number(FIRST) == date(2026, 3, 1)
    assert day_begins(FIRST, ZONE) == day_begins(FIRST, "UTC") - 8 * HOUR
