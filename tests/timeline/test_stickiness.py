"""Active by day and window, on how many days, and how long: against a plain count."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.kernel.clock import EPOCH
from regulars.timeline.gaps import summed
from regulars.timeline.spread import bins_of
from regulars.timeline.stickiness import (
    ACTIVE,
    GAP,
    LENGTH,
    ON_DAYS,
    ONE_ENTRY,
    RECENT,
    VISIT,
    VISITS,
    WINDOWS,
    WITHIN,
    by_key,
    stickiness,
)
from timeline.tie_heavy import (
    BOTH_KERNELS,
    ZONES,
    Row,
    by_customer,
    first_of,
    kernels,
    stretch,
    timelines,
)

Counted = dict[tuple[int, int, int], int]


def _oracle(rows: list[Row], first: date, last: date, visits_from: date, zone: str) -> Counted:
    """Word by word as `timeline.stickiness` states it."""
    found: Counted = Counter()
    gap = timedelta(microseconds=GAP)
    for own in by_customer(rows).values():
        days = {at.astimezone(ZoneInfo(zone)).date() for _, at, mask, _ in own if mask & ACTIVE} & {
            first + timedelta(days=k) for k in range((last - first).days + 1)
        }
        for k in range((last - first).days + 1):
            day = first + timedelta(days=k)
            for window in WINDOWS:
                if days & {day - timedelta(days=back) for back in range(window)}:
                    found[WITHIN, (day - EPOCH).days, window] += 1
        recent = sum((last - day).days < RECENT for day in days)
        if recent:
            found[ON_DAYS, recent, 0] += 1
        visits: list[list[datetime]] = []
        for _, at, mask, _ in own:
            if not mask & VISIT:
                continue
            if visits and at - visits[-1][-1] <= gap:
                visits[-1].append(at)
            else:
                visits.append([at])
        for visit in visits:
            begins = visit[0].astimezone(ZoneInfo(zone)).date()
            if not visits_from <= begins <= last:
                continue
            found[VISITS, begins.weekday(), 0] += 1
            if len(visit) == 1:
                found[ONE_ENTRY, begins.weekday(), 0] += 1
            else:
                seconds = (visit[-1] - visit[0]) // timedelta(seconds=1)
                found[LENGTH, begins.weekday(), int(bins_of(np.array([seconds]))[0])] += 1
    return dict(found)


@BOTH_KERNELS
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_count_is_what_the_definition_says(
    zone: str, small: int, data: st.DataObject
) -> None:
    rows = data.draw(timelines(zone))
    first = first_of(zone) + timedelta(days=data.draw(st.integers(-30, 3)))
    last = first_of(zone) + timedelta(days=data.draw(st.sampled_from([4, 5, 6, 7, 8, 20, 40])))
    visits_from = data.draw(st.sampled_from([first, first_of(zone) + timedelta(days=4)]))
    with kernels(small):
        counted = summed(stickiness(first, last, visits_from, zone)(stretch(rows)))
    found = {
        (row["what"], row["key"], row["bin"]): row["number"]
        for row in counted.to_pylist()
        if row["number"]
    }
    assert found == _oracle(rows, first, last, visits_from, zone)


def _row(who: int, day: int, hour: int = 4, minute: int = 0) -> Row:
    return who, datetime(2026, 1, day, hour, minute, tzinfo=UTC), ACTIVE | VISIT, -1


def _counted(*rows: Row, last: int = 31) -> pa.Table:
    each = stickiness(date(2026, 1, 1), date(2026, 1, last), date(2026, 1, 1), "Asia/Shanghai")
    return summed(each(stretch(list(rows))))


def test_a_customer_who_comes_every_day_is_one_of_the_week() -> None:
    found = _counted(*(_row(1, day) for day in range(1, 8)), _row(2, 3))
    first = (date(2026, 1, 1) - EPOCH).days
    assert [by_key(found, WITHIN, 1).get(first + k, 0) for k in range(9)] == [
        1,
        1,
        2,
        1,
        1,
        1,
        1,
        0,
        0,
    ]
    # Customer 2 came on the 3rd only: within 7 days up to the 9th. Customer 1 up to the 13th.
    assert [by_key(found, WITHIN, 7).get(first + k, 0) for k in (0, 2, 8, 9, 12, 13)] == [
        1, 2, 2, 1, 1, 0,
    ]  # fmt: skip
    assert by_key(found, WITHIN, 30)[first + 30] == 2


def test_active_days_are_those_of_the_last_28() -> None:
    # Up to the 31st, the last 28 days begin on the 4th.
    found = _counted(_row(1, 3), _row(1, 4), _row(1, 31), _row(2, 3), _row(3, 31), _row(3, 31, 5))
    assert by_key(found, ON_DAYS) == {2: 1, 1: 1}


def test_a_visit_of_one_entry_has_no_length() -> None:
    # 2026-01-05 was a Monday. One visit of 20 minutes, one of a single entry, 31 minutes later.
    found = _counted(_row(1, 5, 4), _row(1, 5, 4, 20), _row(1, 5, 4, 51))
    assert by_key(found, VISITS) == {0: 2}
    assert by_key(found, ONE_ENTRY) == {0: 1}
    twenty_minutes = int(bins_of(np.array([1200]))[0])
    assert by_key(found, LENGTH, twenty_minutes) == {0: 1}


def test_a_visit_is_of_the_day_on_which_it_begins() -> None:
    # From Sunday 23:50 to Monday 00:10 in Shanghai: a visit of Sunday, and two active days.
    found = _counted(_row(1, 4, 15, 50), _row(1, 4, 16, 10))
    assert by_key(found, VISITS) == {6: 1}
    assert by_key(found, ON_DAYS) == {2: 1}
