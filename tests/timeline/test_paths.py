"""Paths, against a count in plain Python that is written from their definition."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline.paths import (
    MOST_STEPS,
    OUTSIDE,
    Paths,
    edges_of,
    nodes_of,
    steps_of,
    summed,
)
from regulars.timeline.stretch import Stretch, stretch_of
from timeline.tie_heavy import BOTH_KERNELS, instants, kernels

Row = tuple[int, datetime, int, int, int]
"""customer, instant, code, whether it is an anchor, whether the customer did it."""

HALF_AN_HOUR = timedelta(minutes=30)
_MICRO = timedelta(microseconds=1)


def _stretch(rows: list[Row]) -> Stretch:
    return stretch_of(
        pa.table(
            {
                "customer_id": pa.array([row[0] for row in rows], pa.int64()),
                "at": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
                "seq": pa.array(range(len(rows)), pa.int64()),
                "code": pa.array([row[2] for row in rows], pa.int32()),
                "anchor": pa.array([row[3] for row in rows], pa.int32()),
                "entry": pa.array([row[4] for row in rows], pa.int32()),
            }
        )
    )


@st.composite
def _timelines(draw: st.DrawFn) -> list[Row]:
    row = st.tuples(
        st.integers(1, 3),
        instants("UTC", days=2),
        st.sampled_from([1, 2, 2, 63]),
        st.integers(0, 1),
        st.sampled_from([0, 1, 1, 1]),
    )
    return draw(st.lists(row, max_size=16))


def _visits(own: list[Row], gap: timedelta) -> tuple[list[list[Row]], list[Row]]:
    """One customer's sessions with what else belongs to them, and what belongs to none."""
    sessions: list[list[Row]] = []
    for row in own:
        if row[4]:
            if sessions and row[1] - sessions[-1][-1][1] <= gap:
                sessions[-1].append(row)
            else:
                sessions.append([row])
    whole = [list(one) for one in sessions]
    outside = []
    for row in own:
        if row[4]:
            continue
        begun = [n for n, one in enumerate(sessions) if one[0][1] <= row[1]]
        if begun and row[1] - sessions[begun[-1]][-1][1] <= gap:
            whole[begun[-1]].append(row)
        else:
            outside.append(row)
    return [sorted(one, key=own.index) for one in whole], outside


def _way(unit: list[Row], each: Paths) -> tuple[int, ...]:
    place = next((n for n, row in enumerate(unit) if row[3]), None)
    if place is None:
        return ()
    after = unit[place::-1] if each.backwards else unit[place:]
    if each.per == "customer":
        after = [row for row in after if abs(row[1] - unit[place][1]) <= each.window * _MICRO]
    way: list[int] = []
    for row in after:
        if each.keeps_repeats or not way or way[-1] != row[2]:
            way.append(row[2])
    return tuple(way[: each.depth])


def _oracle(rows: list[Row], each: Paths) -> dict[tuple[int, ...], int]:
    found: Counter[tuple[int, ...]] = Counter()
    for customer in {row[0] for row in rows}:
        own = [row for _, row in sorted(
            (pair for pair in enumerate(rows) if pair[1][0] == customer),
            key=lambda pair: (pair[1][1], pair[0]),
        )]  # fmt: skip
        # Equal rows stay apart, each by its own place in the order.
        own = [(*row[:4], row[4], place) for place, row in enumerate(own)]  # type: ignore[misc]
        units, outside = _visits(own, each.gap * _MICRO) if each.per == "session" else ([own], [])
        found[OUTSIDE,] += sum(row[3] for row in outside)
        for unit in units:
            found[_way(unit, each)] += 1
    return {way: count for way, count in found.items() if count}


def _found(parts: pa.Table) -> dict[tuple[int, ...], int]:
    return {
        (OUTSIDE,) if row["path"] == OUTSIDE else steps_of(row["path"]): row["units"]
        for row in summed(parts).to_pylist()
    }


@st.composite
def _asked(draw: st.DrawFn) -> Paths:
    return Paths(
        depth=draw(st.sampled_from([2, 3, MOST_STEPS])),
        per=draw(st.sampled_from(["session", "customer"])),
        window=draw(st.sampled_from([0, 1, 3_600_000_000, 86_400_000_000])),
        backwards=draw(st.booleans()),
        keeps_repeats=draw(st.booleans()),
    )


@BOTH_KERNELS
@given(rows=_timelines(), each=_asked())
@settings(deadline=None, max_examples=200)
def test_paths_are_those_of_their_definition(small: int, rows: list[Row], each: Paths) -> None:
    with kernels(small):
        assert _found(each(_stretch(rows))) == _oracle(rows, each)


@given(rows=_timelines(), each=_asked())
@settings(deadline=None)
def test_counts_of_stretches_add_up(rows: list[Row], each: Paths) -> None:
    parts = [each(_stretch([row for row in rows if row[0] == customer])) for customer in (1, 2, 3)]
    assert _found(pa.concat_tables(parts)) == _found(each(_stretch(rows)))


@given(rows=_timelines(), each=_asked())
@settings(deadline=None)
def test_edges_and_nodes_are_those_of_the_paths(rows: list[Row], each: Paths) -> None:
    sums = summed(each(_stretch(rows)))
    kept = sums.filter(pa.compute.field("path") > 0)
    nodes: Counter[tuple[int, int]] = Counter()
    edges: Counter[tuple[int, int, int]] = Counter()
    for row in kept.to_pylist():
        way = steps_of(row["path"])
        for nth, code in enumerate(way, 1):
            nodes[nth, code] += row["units"]
            if nth < each.depth:
                edges[nth, code, (*way, 0)[nth]] += row["units"]
    paths, units = kept["path"].to_numpy(), kept["units"].to_numpy()
    assert {one[:2]: one[2] for one in nodes_of(paths, units, each.depth)} == nodes
    assert {one[:3]: one[3] for one in edges_of(paths, units, each.depth)} == edges


def _at(minute: int) -> datetime:
    return datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)


def _one(codes: list[int], *, anchors: str = "", each: Paths) -> list[tuple[int, ...]]:
    """The paths of a customer who does something every minute."""
    rows = [
        (1, _at(minute), code, int(not anchors or anchors[minute] == "x"), 1)
        for minute, code in enumerate(codes)
    ]
    return sorted(_found(each(_stretch(rows))))


def test_repeats_are_one_step_and_loops_stay() -> None:
    codes = [1, 1, 2, 1, 2, 2, 3]
    assert _one(codes, each=Paths(depth=10)) == [(1, 2, 1, 2, 3)]
    assert _one(codes, each=Paths(depth=10, keeps_repeats=True)) == [tuple(codes)]
    assert _one(codes, each=Paths(depth=3)) == [(1, 2, 1)]


def test_a_path_begins_or_ends_at_the_first_anchor() -> None:
    codes, anchors = [4, 5, 1, 6, 1, 7], "..x.x."
    assert _one(codes, anchors=anchors, each=Paths()) == [(1, 6, 1, 7)]
    assert _one(codes, anchors=anchors, each=Paths(backwards=True)) == [(1, 5, 4)]
    assert _one(codes, anchors="......", each=Paths()) == [()]


def test_ten_steps_of_the_highest_code_fit_into_a_number() -> None:
    codes = [63, 62] * 6
    assert _one(codes, each=Paths(depth=10)) == [tuple([63, 62] * 5)]


@pytest.mark.parametrize(("minute", "path"), [(29, (1, 9)), (30, (1, 9)), (31, (1,))])
def test_an_order_is_a_step_of_the_session_that_ended_within_the_gap(
    minute: int, path: tuple[int, ...]
) -> None:
    rows = [(1, _at(0), 1, 1, 1), (1, _at(minute), 9, 0, 0)]
    assert set(_found(Paths()(_stretch(rows)))) == {path}


def test_an_anchor_without_a_session_is_counted_apart() -> None:
    rows = [(1, _at(0), 1, 0, 1), (1, _at(31), 9, 1, 0)]
    assert _found(Paths()(_stretch(rows))) == {(): 1, (OUTSIDE,): 1}


def test_a_customers_window_includes_its_end() -> None:
    rows = [(1, _at(0), 1, 1, 1), (1, _at(60), 2, 0, 1), (1, _at(60) + _MICRO, 3, 0, 1)]
    each = Paths(per="customer", window=3_600_000_000)
    assert _found(each(_stretch(rows))) == {(1, 2): 1}


def test_paths_that_may_go_on_beyond_what_is_known_are_counted() -> None:
    # Known from 09:00 to 12:00. By session: 09:20 and 11:40 touch an edge, 10:00 does not. By
    # customer with a window of 2 h: those from 10:01 on reach beyond the end; backwards those
    # before 11:00 reach beyond the beginning.
    begins, ends = ((_at(m) - datetime(1970, 1, 1, tzinfo=UTC)) // _MICRO for m in (0, 180))
    rows = [(n, _at(minute), 1, 1, 1) for n, minute in enumerate((20, 60, 61, 160))]
    hours = 2 * 3_600_000_000

    def touching(**asked: object) -> int:
        each = Paths(begins=begins, ends=ends, **asked)  # type: ignore[arg-type]
        return int(np.sum(summed(each(_stretch(rows)))["at_edge"].to_numpy()))

    assert touching() == 2
    assert touching(per="customer", window=hours) == 2
    assert touching(per="customer", window=hours, backwards=True) == 3


def test_nobody_has_no_path() -> None:
    assert _found(Paths()(_stretch([]))) == {}
