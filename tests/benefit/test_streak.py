"""Runs of days with an event."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from benefit.shelf import DAY, HOUR, MIDNIGHT, NOON, ZONE
from regulars.benefit.streak import Streak, streak_of


def days_ago(*days: int) -> list[int]:
    return [NOON - one * DAY for one in days]


def test_a_run_is_alive_until_the_day_after_its_last_is_over():
    three = days_ago(3, 2, 1)
    assert streak_of(three, NOON, ZONE) == Streak(3, 3, date(2026, 11, 28), False)
    assert streak_of(three, MIDNIGHT - 1, ZONE).current == 3
    assert streak_of(three, MIDNIGHT, ZONE) == Streak(0, 3, date(2026, 11, 28), False)
    assert streak_of([*three, NOON], NOON, ZONE) == Streak(4, 4, date(2026, 11, 29), True)


def test_several_events_of_a_day_are_one_day_and_the_shop_s_midnight_parts_days():
    late, early = MIDNIGHT - 1, MIDNIGHT
    assert streak_of([late - HOUR, late], late, ZONE).current == 1
    assert streak_of([late, early], early, ZONE).current == 2
    assert streak_of([late, early], early, "UTC").current == 1


def test_the_longest_run_may_be_long_over():
    found = streak_of(days_ago(20, 19, 18, 17, 5, 4, 0), NOON, ZONE)
    assert (found.current, found.longest) == (1, 4)


def test_of_nothing_and_of_the_future_there_is_no_run():
    assert streak_of([], NOON, ZONE) == Streak(0, 0, None, False)
    assert streak_of([NOON + DAY], NOON, ZONE) == Streak(0, 0, None, False)


@given(st.sets(st.integers(0, 40)))
def test_runs_are_those_that_counting_day_by_day_finds(days):
    def run_to(day: int) -> int:
        length = 0
        while day + length in days:
            length += 1
        return length

    found = streak_of(days_ago(*days), NOON, ZONE)
    assert found.longest == max((run_to(day) for day in days), default=0)
    assert found.current == (run_to(0) or run_to(1))
