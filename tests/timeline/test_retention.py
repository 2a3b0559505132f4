"""Who comes back, and when: against a count written from the definition, and ClickHouse's own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.kernel.clock import EPOCH
from regulars.timeline.calendar import Unit
from regulars.timeline.kernels.retention import BACK, START
from regulars.timeline.retention import (
    SIZE,
    Interval,
    Retention,
    bracket,
    n_day,
    retention,
    summed,
    unbounded,
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

Counted = dict[tuple[int, int, int], tuple[int, int]]

INTERVALS = (
    n_day([1, 2, 5]), unbounded([1, 2, 5]), bracket([(1, 2), (3, 5)]), bracket([(1, 1), (1, 4)]),
)  # fmt: skip


def _counted(rows: list[Row], each: Retention) -> Counted:
    return {
        (row["group"], row["cohort"], row["interval"]): (row["seen"], row["back"])
        for row in summed(each(stretch(rows))).to_pylist()
    }


def _period(day: date, unit: Unit) -> int:
    """Days, Mondays or months since 1970 began; 1970-01-01 was a Thursday."""
    if unit == "month":
        return (day.year - 1970) * 12 + day.month - 1
    days = (day - EPOCH).days
    return days if unit == "day" else (days + 3) // 7


def _oracle(
    rows: list[Row], first: date, last: date, zone: str, intervals: tuple[Interval, ...],
    unit: Unit, *, in_hours: bool, is_first_ever: bool,
) -> Counted:  # fmt: skip
    """Word by word as `timeline.retention` states it."""
    seen: Counter[tuple[int, int, int]] = Counter()
    back: Counter[tuple[int, int, int]] = Counter()
    ends = datetime.combine(last + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    for own in by_customer(rows).values():
        local = [(at.astimezone(ZoneInfo(zone)).date(), at, mask) for _, at, mask, _ in own]
        started = [
            (day, at) for day, at, mask in local if mask & START and (is_first_ever or day >= first)
        ]
        if not started or started[0][0] < first:
            continue
        day_0, at_0 = started[0]
        touched = [touch for _, at, _, touch in own if touch >= 0 and at <= at_0]
        key = (touched[0] if touched else -1, _period(day_0, unit))
        seen[*key, SIZE] += 1
        back[*key, SIZE] += 1
        length = timedelta(days=7 if unit == "week" else 1)
        for k, interval in enumerate(intervals):
            until = interval.low if interval.high is None else interval.high
            if in_hours:
                passed = at_0 + (until + 1) * length <= ends
            else:
                # Wholly passed is a period whose next one has begun when all ends.
                passed = key[1] + until < _period(last + timedelta(days=1), unit)
            if not passed:
                continue
            seen[*key, k] += 1
            offsets = [
                (at - at_0) // length if in_hours else _period(day, unit) - key[1]
                for day, at, mask in local
                if mask & BACK and at >= at_0
            ]
            high = interval.high if interval.high is not None else 10**9
            back[*key, k] += any(interval.low <= one <= high for one in offsets)
    return {key: (number, back[key]) for key, number in seen.items()}


@BOTH_KERNELS
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_every_count_is_what_the_definition_says(
    zone: str, small: int, data: st.DataObject
) -> None:
    rows = data.draw(timelines(zone, touches=2))
    first = first_of(zone) + timedelta(days=data.draw(st.integers(0, 2)))
    last = first_of(zone) + timedelta(days=8)
    unit: Unit = data.draw(st.sampled_from(["day", "day", "week", "month"]))
    in_hours = unit != "month" and data.draw(st.booleans())
    is_first_ever = data.draw(st.booleans())
    intervals = data.draw(st.sampled_from(INTERVALS))
    each = retention(
        first, last, zone, intervals, unit,
        in_hours=in_hours, is_first_ever=is_first_ever, groups=2,
    )  # fmt: skip
    rows = [row for row in rows if row[1].astimezone(ZoneInfo(zone)).date() <= last]
    with kernels(small):
        found = _counted(rows, each)
    assert found == _oracle(
        rows, first, last, zone, intervals, unit, in_hours=in_hours, is_first_ever=is_first_ever
    )


def _on(*told: tuple[int, int, int], mask: int = START | BACK) -> list[Row]:
    """Rows of (customer, day of January 2026, hour in Shanghai)."""
    zone = ZoneInfo("Asia/Shanghai")
    return [
        (who, datetime(2026, 1, day, hour, tzinfo=zone).astimezone(UTC), mask, -1)
        for who, day, hour in told
    ]


FIRST, LAST = date(2026, 1, 1), date(2026, 1, 5)
DAY_1 = (FIRST - EPOCH).days


def _of(rows: list[Row], intervals: tuple[Interval, ...], **how: bool) -> Counted:
    return _counted(rows, retention(FIRST, LAST, "Asia/Shanghai", intervals, **how))


def test_a_calendar_day_ends_at_midnight_and_a_day_of_hours_after_24() -> None:
    # Begins on the 1st at 23:00, comes back on the 2nd at 01:00: the next day, but two hours later.
    rows = _on((1, 1, 23), (1, 2, 1))
    assert _of(rows, n_day([1]))[-1, DAY_1, 0] == (1, 1)
    assert _of(rows, n_day([1]), in_hours=True)[-1, DAY_1, 0] == (1, 0)


def test_a_day_that_has_not_wholly_passed_has_not_been_seen() -> None:
    # All is known up to the end of the 5th. Who began on the 1st has been seen on days 1 to 4; who
    # began on the 5th on none, so that there is no row for it, and not a row with 0.
    found = _of(_on((1, 1, 12), (2, 5, 12)), n_day([1, 4, 5]))
    assert found == {
        (-1, DAY_1, SIZE): (1, 1), (-1, DAY_1, 0): (1, 0), (-1, DAY_1, 1): (1, 0),
        (-1, DAY_1 + 4, SIZE): (1, 1),
    }  # fmt: skip
    # From noon of the 1st, the fourth day of 24 hours ends at noon of the 6th.
    found = _of(_on((1, 1, 12)), n_day([3, 4]), in_hours=True)
    assert found == {(-1, DAY_1, SIZE): (1, 1), (-1, DAY_1, 0): (1, 0)}


def test_back_on_day_three_is_back_on_day_one_or_later_and_not_on_day_two() -> None:
    rows = _on((1, 1, 12), (1, 4, 12))
    assert _of(rows, n_day([1, 2, 3]))[-1, DAY_1, 2] == (1, 1)
    assert [_of(rows, n_day([1, 2, 3]))[-1, DAY_1, k][1] for k in (0, 1, 2)] == [0, 0, 1]
    assert [_of(rows, unbounded([1, 2, 4]))[-1, DAY_1, k][1] for k in (0, 1, 2)] == [1, 1, 0]
    assert [_of(rows, bracket([(1, 2), (2, 4)]))[-1, DAY_1, k][1] for k in (0, 1)] == [0, 1]


def test_who_began_before_the_days_looked_at_is_in_no_cohort_unless_asked_for() -> None:
    december = (1, datetime(2025, 12, 30, tzinfo=UTC), START | BACK, -1)
    rows = [december, *_on((1, 2, 12), (1, 3, 12))]
    assert _of(rows, n_day([1])) == {}
    assert _of(rows, n_day([1]), is_first_ever=False)[-1, DAY_1 + 1, 0] == (1, 1)


def test_a_source_told_after_the_start_is_not_of_the_group() -> None:
    # A source that is told only on the way back would make all with a source come back.
    when = [datetime(2026, 1, day, 4, tzinfo=UTC) for day in (1, 2)]
    rows = [(1, when[0], START, -1), (1, when[1], BACK, 0), (2, when[0], START, 1)]
    found = _counted(rows, retention(FIRST, LAST, "Asia/Shanghai", n_day([1]), groups=2))
    assert found[-1, DAY_1, 0] == (1, 1)
    assert found[1, DAY_1, 0] == (1, 0)
    assert not any(group == 0 for group, *_ in found)


CLICKHOUSE = """
    SELECT d, sum(r[1]), sum(r[2]), sum(r[3]), sum(r[4])
    FROM (
        SELECT d, retention(
            mask % 2 = 1 AND day = d,
            mask >= 2 AND day = d + 1, mask >= 2 AND day = d + 2, mask >= 2 AND day = d + 3
        ) AS r
        FROM values('who Int64, day Int64, mask Int64', {rows}) AS rows
        CROSS JOIN (SELECT arrayJoin(range({first}, {last} + 1)) AS d) AS days
        GROUP BY who, d
        HAVING minIf(day, mask % 2 = 1) = d AND r[1] = 1
    )
    GROUP BY d
"""
"""Its `retention(first, others…)` tells of each customer whether the first condition was met, and
with it each other one. Where the conditions are disjoint, as returns on later days are, that is
retention of one cohort.
https://clickhouse.com/docs/sql-reference/aggregate-functions/parametric-functions#retention"""


@settings(max_examples=50, deadline=None)
@given(rows=timelines("UTC", most=40))
def test_clickhouse_counts_the_same(rows: list[Row]) -> None:
    import chdb

    first, last = first_of("UTC"), first_of("UTC") + timedelta(days=8)
    found = _counted(rows, retention(first, last, "UTC", n_day([1, 2, 3])))
    told = [(who, (at.date() - EPOCH).days, mask) for who, at, mask, _ in rows] or [(0, 0, 0)]
    query = CLICKHOUSE.format(
        rows=", ".join(map(str, told)), first=(first - EPOCH).days, last=(last - EPOCH).days
    )
    theirs: Counted = {}
    for line in str(chdb.query(query, "CSV")).splitlines():
        cohort, size, *backs = (int(one) for one in line.split(","))
        theirs[-1, cohort, SIZE] = size, size
        for k, back in enumerate(backs):
            if cohort + k + 1 <= (last - EPOCH).days:
                theirs[-1, cohort, k] = size, back
    assert found == theirs


def test_nobody_gives_a_table_without_a_row() -> None:
    assert _of([], n_day([1])) == {}
    assert isinstance(summed(retention(FIRST, LAST, "UTC", n_day([1]))(stretch([]))), pa.Table)
