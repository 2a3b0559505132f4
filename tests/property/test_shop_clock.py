"""The shop's clock and its inverse, whatever the weights."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from regulars.lifetime.shop_clock import CALENDAR, clock_of

weights = st.lists(st.floats(0.2, 6.0), min_size=1, max_size=60)


@given(weights, st.integers(-20, 80), st.floats(0, 200))
def test_the_last_day_within_is_the_last_that_the_clock_allows(
    weight: list[float], begin: int, days: float
) -> None:
    clock = clock_of(0, np.array(weight))
    found = int(clock.last_day_within(np.array([begin]), np.array([days]))[0])
    passed = clock.at(np.array([found, found + 1])) - clock.at(np.array([begin]))
    assert found >= begin
    assert passed[0] <= days + 1e-6
    assert passed[1] > days - 1e-6


@given(weights, st.integers(-20, 80), st.integers(0, 60))
def test_time_rises_and_another_day_is_another_day(
    weight: list[float], begin: int, later: int
) -> None:
    clock = clock_of(0, np.array(weight))
    day = np.arange(begin, begin + later + 2)
    assert np.all(np.diff(clock.at(day)) > 0)
    between = clock.days_between(day[:1], day[-1:])
    assert between[0] >= 1
    assert abs(between[0] - (clock.at(day[-1:]) - clock.at(day[:1]))[0]) <= 1


def test_weights_of_one_are_the_calendar() -> None:
    assert clock_of(5, np.ones(30)) is CALENDAR
