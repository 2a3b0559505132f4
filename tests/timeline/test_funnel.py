"""Funnels against their definition, worked out by trying every chain, and against ClickHouse."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline.calendar import Calendar
from regulars.timeline.funnel import (
    NO_WINDOW,
    OPEN,
    REACHED,
    SINCE_BEFORE,
    SINCE_FIRST,
    Funnel,
    days,
    reached_of,
    summed,
)
from regulars.timeline.kernels.funnel import carried, in_any_order, ordered
from regulars.timeline.kernels.sessions import session_starts
from regulars.timeline.stretch import Stretch
from timeline.tie_heavy import BOTH_KERNELS, Row, by_customer, kernels, stretch, timelines

STEPS = 3
HOUR = 3_600_000_000
START = datetime(2026, 1, 1, tzinfo=UTC)

MANY = settings(max_examples=int(os.environ.get("REGULARS_EXAMPLES", "150")), deadline=None)

Entry = tuple[int, int]
"""Microseconds, mask."""


def micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def in_order(rows: Sequence[Row], steps: int = STEPS) -> list[Entry]:
    """A customer's entries by time; at one instant by their first step, then by their mask."""

    def key(entry: Entry) -> tuple[int, int, int]:
        own = entry[1] & ((1 << steps) - 1)
        return entry[0], (own & -own).bit_length() - 1 if own else steps, entry[1]

    return sorted(((micros(row[1]), row[2]) for row in rows), key=key)


def chains(
    entries: list[Entry], steps: int, window: int, *, strict: bool = False
) -> Iterator[tuple[int, ...]]:
    """Places of entries that are the first steps in their order, by the definition."""
    for length in range(1, steps + 1):
        for places in product(range(len(entries)), repeat=length):
            if any(b <= a for a, b in pairwise(places)):
                continue
            if any(not entries[place][1] >> k & 1 for k, place in enumerate(places)):
                continue
            if entries[places[-1]][0] - entries[places[0]][0] > window:
                continue
            if strict and any(b != a + 1 for a, b in pairwise(places)):
                continue
            breaks = [at for at, mask in entries if mask >> steps & 1]
            if any(
                entries[a][0] < at < entries[b][0] for a, b in pairwise(places) for at in breaks
            ):
                continue
            yield places


def furthest(
    entries: list[Entry], steps: int, window: int, *, strict: bool = False
) -> tuple[int, list[int]]:
    """How far the entries come, and the instants of the chain that is told."""
    found = list(chains(entries, steps, window, strict=strict))
    if not found:
        return 0, []
    most = max(map(len, found))
    told = min(
        (places for places in found if len(places) == most),
        key=lambda places: (
            places[-1],
            -entries[places[0]][0],
            [entries[place][0] for place in places],
        ),
    )
    return most, [entries[place][0] for place in told]


WINDOWS = st.sampled_from([0, 1, HOUR, 12 * HOUR, days(1), days(3), NO_WINDOW])


@BOTH_KERNELS
@MANY
@given(rows=timelines("UTC", masks=2**STEPS - 1, most=9), window=WINDOWS, strict=st.booleans())
def test_the_furthest_chain_is_found(
    small: int, rows: list[Row], window: int, strict: bool
) -> None:
    s = stretch(rows)
    with kernels(small):
        reached, entry, _, when = ordered(
            s.starts, s.at, s.columns["mask"], STEPS, window, NO_WINDOW, strict
        )
    for place, one in enumerate(by_customer(rows).items()):
        customer = sorted(by_customer(rows))[place]
        entries = in_order(by_customer(rows)[customer])
        most, instants = furthest(entries, STEPS, window, strict=strict)
        assert reached[place] == most, one
        assert when[place, :most].tolist() == instants
        if most:
            assert s.at[entry[place]] == instants[0]
        else:
            assert entry[place] == -1


@BOTH_KERNELS
@MANY
@given(rows=timelines("UTC", masks=2 ** (STEPS + 1) - 1, most=8), window=WINDOWS)
def test_what_excludes_breaks_chains_off_that_lie_around_it(
    small: int, rows: list[Row], window: int
) -> None:
    s = stretch(rows)
    with kernels(small):
        reached, _, _, when = ordered(
            s.starts, s.at, s.columns["mask"], STEPS, window, NO_WINDOW, False
        )
    for place, customer in enumerate(sorted(by_customer(rows))):
        entries = in_order(by_customer(rows)[customer])
        most, instants = furthest(entries, STEPS, window)
        assert reached[place] == most
        if most:
            assert (when[place, 0], when[place, most - 1]) == (instants[0], instants[-1])


def served(masks: Sequence[int], steps: int) -> int:
    """How many steps can have an entry of their own, by trying all ways."""
    if not masks:
        return 0
    rest = served(masks[1:], steps)
    mask = masks[0]
    for k in range(steps):
        if mask >> k & 1:
            less = [one & ~(1 << k) for one in masks[1:]]
            rest = max(rest, 1 + served(less, steps))
    return rest


@BOTH_KERNELS
@MANY
@given(rows=timelines("UTC", masks=2 ** (STEPS + 1) - 1, most=7), window=WINDOWS)
def test_in_any_order_each_step_needs_an_entry_of_its_own_within_one_window(
    small: int, rows: list[Row], window: int
) -> None:
    s = stretch(rows)
    with kernels(small):
        reached, _, _, when = in_any_order(
            s.starts, s.at, s.columns["mask"], STEPS, window, NO_WINDOW
        )
    for place, customer in enumerate(sorted(by_customer(rows))):
        entries = [(micros(row[1]), row[2]) for row in by_customer(rows)[customer]]
        breaks = [at for at, mask in entries if mask >> STEPS & 1]
        best: dict[int, list[tuple[int, int]]] = {}
        for begin, end in product({at for at, _ in entries}, repeat=2):
            if not 0 <= end - begin <= window or any(begin < at < end for at in breaks):
                continue
            inside = [mask & (2**STEPS - 1) for at, mask in entries if begin <= at <= end]
            best.setdefault(served(inside, STEPS), []).append((end, -begin))
        most = max(best, default=0)
        assert reached[place] == most
        if most:
            end, begin = min(best[most])
            assert (when[place, 0], when[place, most - 1]) == (-begin, end)


@BOTH_KERNELS
@MANY
@given(rows=timelines("UTC", touches=3), is_last=st.booleans())
def test_a_touch_is_carried_on_from_its_own_instant(
    small: int, rows: list[Row], is_last: bool
) -> None:
    s = stretch(rows)
    with kernels(small):
        found = carried(s.starts, s.at, s.columns["touch"], is_last)
    expected = []
    for customer in sorted(by_customer(rows)):
        own = by_customer(rows)[customer]
        for row in own:
            told = [one[3] for one in own if one[1] <= row[1] and one[3] >= 0]
            expected.append(told[-1 if is_last else 0] if told else -1)
    assert found.tolist() == expected


def at(hours: float, customer: int, mask: int, touch: int = -1) -> Row:
    return customer, START + timedelta(hours=hours), mask, touch


def test_one_entry_never_is_two_steps() -> None:
    # The only entry is both steps; two such entries are one each.
    assert reached_of(Funnel(2)(stretch([at(1, 1, 3)])), steps=2) == [1, 0]
    assert reached_of(Funnel(2)(stretch([at(1, 1, 3), at(1, 1, 3)])), steps=2) == [1, 1]


def test_the_windows_end_is_of_it() -> None:
    rows = [at(0, 1, 1), at(24, 1, 2), at(0, 2, 1), at(24.001, 2, 2)]
    assert reached_of(Funnel(2, window=days(1))(stretch(rows))) == [2, 1]


def test_a_later_first_step_saves_a_chain_that_the_window_would_end() -> None:
    # First steps at 0 h and 20 h, the second at 30 h, a window of 24 h.
    rows = [at(0, 1, 1), at(20, 1, 1), at(30, 1, 2)]
    found = summed(Funnel(2, window=days(1))(stretch(rows))).to_pylist()
    assert [row["units"] for row in found if row["what"] == REACHED and row["step"] == 2] == [1]
    # 10 hours from the first step: 36,000 s, which lie in the bin of 35,968 to 36,095.
    from regulars.timeline.spread import value_of

    (told,) = (row["bin"] for row in found if row["what"] == SINCE_FIRST)
    assert value_of(told) == pytest.approx(36_000, rel=0.004)


def test_the_time_to_a_step_is_that_of_its_first_entry() -> None:
    # Looked at 0 h, added at 1 h and again at 2 h, ordered at 3 h.
    rows = [at(0, 1, 1), at(1 / 60, 1, 2), at(2 / 60, 1, 2), at(3 / 60, 1, 4)]
    found = summed(Funnel(3)(stretch(rows))).to_pylist()
    since = {row["step"]: row["bin"] for row in found if row["what"] == SINCE_BEFORE}
    assert since == {2: 60, 3: 120}


def test_a_customer_is_of_the_group_told_up_to_the_first_step() -> None:
    # Source 0, then 1, then the first step, then 2: last touch 1, first touch 0.
    rows = [at(0, 1, 0, 0), at(1, 1, 0, 1), at(2, 1, 1), at(3, 1, 2, 2), at(2, 2, 1)]
    last = Funnel(2, touch="last")(stretch(rows))
    assert reached_of(last, 1, 2) == [1, 1]
    assert reached_of(last, -1, 2) == [1, 0]
    assert reached_of(Funnel(2, touch="first")(stretch(rows)), 0, 2) == [1, 1]


def test_sessions_are_counted_each_for_itself() -> None:
    # Two visits of one customer an hour apart; only the second holds both steps.
    rows = [at(0, 1, 1, 0), at(1, 1, 1, 0), at(1.1, 1, 2, 0)]
    assert reached_of(Funnel(2, per="session")(visits(rows))) == [2, 1]


def visits(rows: list[Row]) -> Stretch:
    """What has no touch is an order, which makes no visit."""
    found = stretch(rows)
    opens = (found.columns["touch"] >= 0).astype(np.int8)
    return replace(found, columns=found.columns | {"opens": opens})


def test_an_order_of_the_records_is_of_the_visit_before_and_makes_none() -> None:
    # Looked at 0 h; an order 20 minutes later is of that visit, one at 3 h of none.
    rows = [at(0, 1, 1, 0), at(1 / 3, 1, 2), at(3, 1, 2), at(3.1, 1, 1, 0)]
    assert reached_of(Funnel(2, per="session")(visits(rows))) == [2, 1]


def test_who_entered_lately_may_still_go_on() -> None:
    ends = micros(START) + 48 * HOUR
    rows = [at(0, 1, 1), at(30, 2, 1), at(30, 3, 1), at(31, 3, 2)]
    found = Funnel(2, window=days(1), ends=ends)(stretch(rows)).to_pylist()
    assert [(row["step"], row["units"]) for row in found if row["what"] == OPEN] == [(1, 1)]


def test_entries_are_told_apart_by_the_week_in_the_shops_zone() -> None:
    # Sunday 2026-01-04 16:00 UTC is Monday in Shanghai.
    rows = [(1, datetime(2026, 1, 4, 15, 59, tzinfo=UTC), 1, -1),
            (2, datetime(2026, 1, 4, 16, 0, tzinfo=UTC), 1, -1)]  # fmt: skip
    funnel = Funnel(2, period="week", calendar=Calendar.of("Asia/Shanghai"))
    found = funnel(stretch(rows)).to_pylist()
    weeks = sorted(row["period"] for row in found if row["what"] == REACHED)
    assert weeks[1] - weeks[0] == 1


@MANY
@given(rows=timelines("UTC", masks=7), cut=st.integers(1, 3))
def test_stretches_add_up(rows: list[Row], cut: int) -> None:
    import pyarrow as pa

    funnel = Funnel(STEPS, window=days(3), period="day")
    whole = summed(funnel(stretch(rows)))
    parts = [
        funnel(stretch([row for row in rows if (row[0] <= cut) == is_low])) for is_low in (0, 1)
    ]
    assert summed(pa.concat_tables(parts)) == whole


def test_clickhouse_counts_the_same_where_steps_are_disjoint() -> None:
    # Its default mode. Its `strict_order` gives up at the first entry out of order, where ours
    # goes on with the next first step; there the definitions differ.
    import chdb

    rng = np.random.default_rng(7)
    n = 4_000
    rows = [
        (int(c), START + timedelta(hours=int(h)), int(m), -1)
        for c, h, m in zip(
            rng.integers(1, 400, n), rng.integers(0, 200, n), 1 << rng.integers(0, 4, n),
            strict=True,
        )
    ]  # fmt: skip
    window = days(2)
    ours = reached_of(Funnel(4, window=window)(stretch(rows)), steps=4)
    values = ", ".join(f"({row[0]}, {micros(row[1])}, {row[2]})" for row in rows)
    conditions = ", ".join(f"mask = {1 << k}" for k in range(4))
    query = f"""
        SELECT {", ".join(f"countIf(level >= {k})" for k in range(1, 5))} FROM (
            SELECT customer, windowFunnel({window})(told, {conditions}) AS level
            FROM values('customer Int64, told UInt64, mask UInt8', {values}) GROUP BY customer
        )
    """
    theirs = [int(one) for one in str(chdb.query(query)).strip().split(",")]
    assert ours == theirs


def test_the_fold_is_the_same_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    rows = [
        (int(c), START + timedelta(minutes=int(h)), int(m), int(m) % 3 - 1)
        for c, h, m in zip(
            rng.integers(1, 60, 900), rng.integers(0, 900, 900), rng.integers(0, 16, 900),
            strict=True,
        )
    ]  # fmt: skip
    plain = Funnel(3, window=days(0.2), touch="last", period="day")
    for funnel in (
        plain, replace(plain, order="strict"), replace(plain, order="any"),
        replace(plain, per="session"),
    ):  # fmt: skip
        with kernels(1 << 60):
            as_written = summed(funnel(visits(rows)))
        with kernels(-1):
            assert summed(funnel(visits(rows))) == as_written


def test_session_starts_cut_behind_the_gap_only() -> None:
    s = stretch([at(0, 1, 0), at(0.5, 1, 0), at(1.0001, 1, 0), at(1.2, 2, 0)])
    # Half an hour exactly is of the same visit; a little more is not.
    found = session_starts(s.starts, s.at, s.at, HOUR // 2, False)
    assert found.tolist() == [0, 2, 3, 4]
