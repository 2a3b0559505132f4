"""The line's fold against its definition written out in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.kernel.clock import day_number, end_of_day
from regulars.timeline.calendar import Calendar
from regulars.timeline.line import (
    ACTIVE,
    BACK,
    BOUGHT,
    CAME,
    DID,
    INVITED,
    KNOWN,
    REACHED,
    SUMS,
    WATCHED,
    Counted,
    Line,
)
from timeline.tie_heavy import (
    BOTH_KERNELS,
    ZONES,
    Row,
    by_customer,
    first_of,
    instants,
    kernels,
    stretch,
)

STEPS = 3
IS_CAME, IS_BOUGHT, IS_ACTIVE, IS_INVITED = (1 << (STEPS + place) for place in range(4))
Sums = Counter[tuple[int, int, int, int]]


def _line(zone: str, horizon: int | None, *, is_pair: bool) -> Line:
    """Two periods: the second and third day, and the fourth to sixth; eight days are known."""
    first = first_of(zone)
    edges = [end_of_day(first + timedelta(days=days), zone) for days in (0, 2, 5)]
    return Line(
        steps=STEPS,
        edges=tuple(round(one.timestamp() * 1_000_000) for one in edges),
        last_day=day_number(first) + 7,
        calendar=Calendar.of(zone),
        horizon=horizon,
        patience=2 if horizon is None else horizon,
        is_pair=is_pair,
    )


@st.composite
def _timelines(draw: st.DrawFn, zone: str) -> list[Row]:
    """Rows of two customers at five instants at most."""
    pool = draw(st.lists(instants(zone), min_size=1, max_size=5))
    row = st.tuples(
        st.integers(1, 2),
        st.sampled_from(pool),
        st.integers(0, (1 << (STEPS + 4)) - 1),
        st.integers(-1, 2),
    )
    return draw(st.lists(row, max_size=12))


# The definition, in plain Python.


def _told(rows: list[Row], line: Line, zone: str) -> tuple[Sums, Sums]:
    """The counts, and the amounts, by what, source, period and step."""
    counts: Sums = Counter()
    amounts: Sums = Counter()
    for own in by_customer(rows).values():
        for period in {_period(row, zone) for row in own if row[2] & IS_ACTIVE} - {None}:
            counts[ACTIVE, -1, period or 0, 0] += 1
        coming = next((row for row in own if row[2] & IS_CAME), None)
        if coming is None or (period := _period(coming, zone)) is None:
            continue
        source = _source(own)
        if any(row[2] & IS_BOUGHT and row[1] < coming[1] for row in own):
            counts[KNOWN, source, period, 0] += 1
            continue
        came_on = _day(coming, zone)
        since = [row for row in own if row[1] >= coming[1]]
        if line.horizon is not None:
            last = came_on + timedelta(days=line.horizon)
            since = [row for row in since if _day(row, zone) <= last]
        known = first_of(zone) + timedelta(days=7)
        watched = came_on + timedelta(days=line.patience) <= known
        judged = watched or line.horizon is None
        counts[CAME, source, period, 0] += 1
        counts[INVITED, source, period, 0] += any(row[2] & IS_INVITED for row in since)
        if watched:
            counts[WATCHED, source, period, 0] += 1
            counts[BACK, source, period, 0] += any(
                row[2] & IS_ACTIVE and 0 < (_day(row, zone) - came_on).days <= line.patience
                for row in own
            )
        if not judged:
            continue
        counts[REACHED, source, period, _reached(since, range(STEPS))] += 1
        for step in range(STEPS):
            takes = any(row[2] >> step & 1 for row in since)
            if step == STEPS - 1 and line.is_pair:
                takes = _reached(since, range(STEPS - 2, STEPS)) > 1
            counts[DID, source, period, step] += takes
        if any(row[2] & IS_BOUGHT for row in since):
            counts[BOUGHT, source, period, 0] += 1
            amounts[BOUGHT, source, period, 0] += sum(row[2] for row in since)
    return +counts, +amounts


def _day(row: Row, zone: str) -> date:
    return row[1].astimezone(ZoneInfo(zone)).date()


def _period(row: Row, zone: str) -> int | None:
    place = (_day(row, zone) - first_of(zone)).days
    return 0 if 1 <= place <= 2 else 1 if 3 <= place <= 5 else None


def _source(own: list[Row]) -> int:
    told = [(int(row[1].timestamp() // 1), row[3]) for row in own if row[3] >= 0]
    return min(told)[1] if told else -1


def _reached(rows: list[Row], steps: range) -> int:
    """One step after another; at one instant, entries that are an earlier step come first."""
    masks = [(row[1], [step for step in steps if row[2] >> step & 1]) for row in rows]
    found = 0
    for _, taken in sorted(
        ((at, taken) for at, taken in masks if taken),
        key=lambda one: (one[0], one[1][0], sum(1 << step for step in one[1])),
    ):
        found += found < len(steps) and steps[found] in taken
    return found


@BOTH_KERNELS
@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data(), horizon=st.sampled_from([None, 0, 2]), is_pair=st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_line_is_what_its_definition_says(
    small: int, zone: str, data: st.DataObject, horizon: int | None, is_pair: bool
) -> None:
    rows = data.draw(_timelines(zone))
    line = _line(zone, horizon, is_pair=is_pair)
    given_rows = stretch(rows)
    given_rows.columns["net"] = given_rows.columns["mask"].astype("int64")
    with kernels(small):
        found = line(given_rows)
    assert found.schema == SUMS
    counts: Sums = Counter()
    amounts: Sums = Counter()
    for row in found.to_pylist():
        key = (row["what"], row["source"], row["period"], row["step"])
        counts[key] += row["customers"]
        amounts[key] += row["amount"]
    wanted = _told(rows, line, zone)
    assert (+counts, +amounts) == wanted
    summed = Counted.of(found)
    by_step = [wanted[0][REACHED, 1, 1, step] for step in range(STEPS + 1)]
    assert summed.reached(STEPS, source=1, period=1) == [
        sum(by_step[step:]) for step in range(STEPS + 1)
    ]
    assert summed.customers(CAME) == sum(n for key, n in wanted[0].items() if key[0] == CAME)
    assert summed.amount(BOUGHT, period=0) == sum(
        n for key, n in wanted[1].items() if key[0] == BOUGHT and key[2] == 0
    )


def test_nobody_gives_no_sums() -> None:
    nobody = stretch([])
    nobody.columns["net"] = nobody.columns["mask"].astype("int64")
    found = _line("UTC", None, is_pair=True)(nobody)
    assert (found.num_rows, found.schema) == (0, SUMS)
    assert Counted.of(found).customers(CAME) == 0
    assert Counted.of(found).sources == []


def test_a_line_of_one_step_counts_who_came_in() -> None:
    rows: list[Row] = [(1, end_of_day(first_of("UTC"), "UTC"), 1, -1)]
    one = stretch(rows)
    one.columns["net"] = one.columns["mask"].astype("int64")
    edges = (0, 1 << 62)
    found = Counted.of(Line(steps=0, edges=edges, last_day=30_000)(one))
    assert (found.customers(CAME), found.reached(0)) == (1, [1])
