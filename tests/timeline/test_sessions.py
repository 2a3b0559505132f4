"""Sessions, against a count in plain Python that is written from their definition."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.kernel.clock import EPOCH
from regulars.timeline.calendar import Calendar
from regulars.timeline.kernels.sessions import session_starts
from regulars.timeline.kernels.visits import session_of_each
from regulars.timeline.sessions import (
    ALL,
    AT_EDGE,
    CUSTOMERS,
    DAY,
    ENTRIES,
    FIRST,
    HOUR,
    LAST,
    LENGTHS,
    ORDERED,
    ORDERS,
    OUTSIDE,
    SESSIONS,
    SINGLE,
    SOURCE,
    Sessions,
    counted,
    lengths,
    summed,
)
from regulars.timeline.spread import bins_of
from regulars.timeline.stretch import Stretch, stretch_of
from timeline.tie_heavy import BOTH_KERNELS, ZONES, instants, kernels

Row = tuple[int, datetime, int, int, int]
"""customer, instant, 1 for an entry and 0 for an order, source, name."""
Counts = dict[tuple[int, int, int, int], int]

HALF_AN_HOUR = timedelta(minutes=30)


def _stretch(rows: list[Row], *, lean: bool = False) -> Stretch:
    columns = {
        "customer_id": pa.array([row[0] for row in rows], pa.int64()),
        "at": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
        "seq": pa.array(range(len(rows)), pa.int64()),
    }
    if not lean:
        for place, name in enumerate(("entry", "source", "name"), 2):
            columns[name] = pa.array([row[place] for row in rows], pa.int32())
    return stretch_of(pa.table(columns))


def _found(parts: pa.Table) -> Counts:
    return {
        (row["by"], row["what"], row["key"], row["bin"]): row["count"]
        for row in summed(parts).to_pylist()
        if row["count"]
    }


@st.composite
def _timelines(draw: st.DrawFn, zone: str) -> list[Row]:
    row = st.tuples(
        st.integers(1, 3),
        instants(zone, days=3),
        st.integers(0, 1),
        st.integers(-1, 1),
        st.integers(0, 2),
    )
    return draw(st.lists(row, max_size=14))


def _sessions(rows: list[Row], gap: timedelta, midnight: str | None) -> list[list[Row]]:
    """One customer's sessions; cut at the midnights of the zone, if one is given."""
    found: list[list[Row]] = []
    for row in sorted((row for row in rows if row[2]), key=lambda row: row[1]):
        if found:
            before = found[-1][-1][1]
            zone = ZoneInfo(midnight or "UTC")
            is_same_day = before.astimezone(zone).date() == row[1].astimezone(zone).date()
            if row[1] - before <= gap and (is_same_day or midnight is None):
                found[-1].append(row)
                continue
        found.append([row])
    return found


def _oracle(rows: list[Row], gap: timedelta, zone: str, *, midnight: bool) -> Counts:
    counts: Counter[tuple[int, int, int, int]] = Counter()
    visitors: set[tuple[int, int, int]] = set()
    for customer in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == customer]
        sessions = _sessions(own, gap, zone if midnight else None)
        orders = [0] * len(sessions)
        for order in (row for row in own if not row[2]):
            counts[ALL, ORDERS, 0, -1] += 1
            begun = [n for n, one in enumerate(sessions) if one[0][1] <= order[1]]
            if begun and order[1] - sessions[begun[-1]][-1][1] <= gap:
                orders[begun[-1]] += 1
            else:
                counts[ALL, OUTSIDE, 0, -1] += 1
        for session, bought in zip(sessions, orders, strict=True):
            begins = session[0][1].astimezone(ZoneInfo(zone))
            keys = {
                ALL: 0,
                DAY: (begins.date() - EPOCH).days,
                HOUR: begins.hour,
                SOURCE: next((row[3] for row in session if row[3] >= 0), -1),
                FIRST: session[0][4],
                LAST: session[-1][4],
            }
            seconds = (session[-1][1] - session[0][1]) // timedelta(seconds=1)
            for by, key in keys.items():
                counts[by, SESSIONS, key, -1] += 1
                counts[by, ENTRIES, key, -1] += len(session)
                counts[by, SINGLE, key, -1] += len(session) == 1
                counts[by, ORDERED, key, -1] += bought > 0
                if by not in (FIRST, LAST) and len(session) > 1:
                    counts[by, LENGTHS, key, int(bins_of(np.array([seconds]))[0])] += 1
                if by in (ALL, DAY, SOURCE):
                    visitors.add((by, key, customer))
    for by, key, _ in visitors:
        counts[by, CUSTOMERS, key, -1] += 1
    return {key: count for key, count in counts.items() if count}


def _micro(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


@BOTH_KERNELS
@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data())
@settings(deadline=None)
def test_sessions_are_those_of_their_definition(small: int, zone: str, data: st.DataObject) -> None:
    rows = data.draw(_timelines(zone))
    midnight = data.draw(st.booleans())
    gap = data.draw(st.sampled_from([HALF_AN_HOUR, timedelta(hours=1), timedelta(hours=11)]))
    each = Sessions(_micro(gap), cut_at_midnight=midnight, calendar=Calendar.of(zone))
    with kernels(small):
        assert _found(each(_stretch(rows))) == _oracle(rows, gap, zone, midnight=midnight)


@BOTH_KERNELS
@given(rows=_timelines("UTC"))
@settings(deadline=None)
def test_without_orders_sources_and_names_the_counts_are_the_same(
    small: int, rows: list[Row]
) -> None:
    with kernels(small):
        lean = _found(Sessions()(_stretch([row for row in rows if row[2]], lean=True)))
    whole = _oracle([row for row in rows if row[2]], HALF_AN_HOUR, "UTC", midnight=False)
    assert lean == {key: n for key, n in whole.items() if key[0] in (ALL, DAY, HOUR)}


@given(rows=_timelines("UTC"))
@settings(deadline=None)
def test_counts_of_stretches_add_up(rows: list[Row]) -> None:
    parts = [
        Sessions()(_stretch([row for row in rows if row[0] == customer])) for customer in (1, 2, 3)
    ]
    assert _found(pa.concat_tables(parts)) == _found(Sessions()(_stretch(rows)))


@BOTH_KERNELS
@given(rows=_timelines("UTC"), midnight=st.booleans())
@settings(deadline=None)
def test_both_kernels_cut_alike(small: int, rows: list[Row], midnight: bool) -> None:
    stretch = _stretch([row for row in rows if row[2]])
    at = stretch.at
    day, gap = Calendar.of("UTC").days(at), _micro(HALF_AN_HOUR)
    with kernels(small):
        begins = session_starts(stretch.starts, at, day, gap, midnight)
        session = session_of_each(stretch.starts, at, day, at == at, gap, midnight)
    assert session.tolist() == np.repeat(np.arange(len(begins) - 1), np.diff(begins)).tolist()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-01T{text}").replace(tzinfo=UTC)


def test_what_comes_exactly_the_gap_later_is_of_the_session_and_a_microsecond_more_is_not() -> None:
    late = _at("09:30") + timedelta(microseconds=1)
    rows = [(1, _at("09:00"), 1, -1, 0), (1, _at("09:30"), 1, -1, 0)]
    other = [(2, _at("09:00"), 1, -1, 0), (2, late, 1, -1, 0)]
    assert counted(summed(Sessions()(_stretch(rows))), ALL, SESSIONS) == {0: 1}
    assert counted(summed(Sessions()(_stretch(other))), ALL, SESSIONS) == {0: 2}


@pytest.mark.parametrize(
    ("order", "has"),
    [("08:59", False), ("09:00", True), ("09:20", True), ("09:40", True), ("09:41", False)],
)
def test_an_order_belongs_to_the_session_going_on_or_ended_within_the_gap(
    order: str, has: bool
) -> None:
    # Entries at 09:00 and 09:10. An order at 09:40 comes 30 minutes after the last one.
    rows = [(1, _at("09:00"), 1, -1, 0), (1, _at("09:10"), 1, -1, 0), (1, _at(order), 0, -1, 0)]
    sums = summed(Sessions()(_stretch(rows)))
    assert counted(sums, ALL, SESSIONS) == {0: 1}
    assert counted(sums, ALL, ORDERED) == ({0: 1} if has else {})
    assert counted(sums, ALL, OUTSIDE) == ({} if has else {0: 1})


def test_an_order_makes_no_session_longer() -> None:
    # The order at 09:25 does not carry the session from 09:00 over to 09:50.
    rows = [(1, _at("09:00"), 1, -1, 0), (1, _at("09:25"), 0, -1, 0), (1, _at("09:50"), 1, -1, 0)]
    sums = summed(Sessions()(_stretch(rows)))
    assert counted(sums, ALL, SESSIONS) == {0: 2}
    assert counted(sums, ALL, SINGLE) == {0: 2}
    assert lengths(sums, ALL, [0.5]) == {}


def test_sessions_near_to_the_edge_of_what_is_known_are_counted() -> None:
    # Known from 09:00 to 12:00: at the edge are 09:10 (10 minutes after the beginning), 09:30
    # (30 minutes) and 11:45; not 09:31 nor 11:29.
    times = ("09:10", "09:30", "09:31", "11:29", "11:45")
    rows = [(number, _at(time), 1, -1, 0) for number, time in enumerate(times)]
    begins, ends = (_micro(_at(text) - datetime(1970, 1, 1, tzinfo=UTC)) for text in _KNOWN)
    sums = summed(Sessions(begins=begins, ends=ends)(_stretch(rows)))
    assert counted(sums, ALL, AT_EDGE) == {0: 3}


_KNOWN = ("09:00", "12:00")


def test_nobody_has_no_session() -> None:
    assert _found(Sessions()(_stretch([]))) == {}
