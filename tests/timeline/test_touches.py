"""Touches, paths and the rules' credit, against their definition written out in plain Python.

The data are full of ties: few customers, few instants (one apart by exactly the gap of a visit or
the look-back window), few sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline import touches as module
from regulars.timeline.kernels import touches as kernels
from regulars.timeline.stretch import Stretch, stretch_of
from regulars.timeline.touches import ONE, RULES, Paths, Touches, paths_of

GAP, LOOKBACK, BEGINS = 10, 40, 60
A, B, DIRECT = 0, 1, 2
SPEC = Touches(
    sources=3, gap=GAP, lookback=LOOKBACK, half_life=10, first=0.4, last=0.4, begins=BEGINS
)
ORDER = "order"

Row = tuple[int, int, Any]
"""Customer, instant, and an order, nothing told (None), a source, or a site (10 + its number)."""


def _stretch(rows: Sequence[Row]) -> Stretch:
    """The rows; at one instant as they are given, orders after all else. An order brings 7."""
    is_order = [what == ORDER for *_, what in rows]
    return stretch_of(
        pa.table(
            {
                "customer_id": pa.array([row[0] for row in rows], pa.int64()),
                "at": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
                "seq": pa.array(
                    [place + 1000 * bought for place, bought in enumerate(is_order)], pa.int64()
                ),
                "is_order": pa.array([int(bought) for bought in is_order], pa.int32()),
                "source": pa.array(
                    [w if isinstance(w, int) and w < 10 else -1 for *_, w in rows], pa.int32()
                ),
                "referrer": pa.array(
                    [w - 10 if isinstance(w, int) and w >= 10 else -1 for *_, w in rows], pa.int32()
                ),
                "sales": pa.array([7 * bought for bought in is_order], pa.int64()),
                "profit": pa.array([-3 * bought for bought in is_order], pa.int64()),
            }
        )
    )


def _folded(*rows: Row, spec: Touches = SPEC) -> Paths:
    return paths_of(spec(_stretch(rows)), spec.sources)


# The definition, in plain Python.


@dataclass
class Told:
    """All paths: their touches (instant, source), and how many orders they led to."""

    paths: list[tuple[list[tuple[int, int]], int]] = field(default_factory=list)
    without: int = 0


def _definition(rows: Sequence[Row]) -> Told:
    told = Told()
    for customer in sorted({row[0] for row in rows}):
        own = [(at, what) for who, at, what in rows if who == customer]
        own.sort(key=lambda one: (one[0], one[1] == ORDER))
        _of_customer(own, told)
    return told


def _of_customer(own: list[tuple[int, Any]], told: Told) -> None:
    visits: list[list[tuple[int, Any]]] = []
    for place, one in enumerate(own):
        if place and one[0] - own[place - 1][0] <= GAP:
            visits[-1].append(one)
        else:
            visits.append([one])
    waiting: list[tuple[int, int]] = []
    for visit in visits:
        shared = None  # the path of the visit's order before
        for what, at, source in _steps(visit):
            if what == "touch":
                waiting.append((at, source))
                continue
            if at < BEGINS:
                waiting, shared = [], None
                continue
            path = [touch for touch in waiting if touch[0] >= at - LOOKBACK]
            _lost([touch for touch in waiting if touch[0] < at - LOOKBACK], told)
            waiting = []
            if path:
                told.paths.append((path, 1))
                shared = len(told.paths) - 1
            elif shared is not None:
                told.paths[shared] = (told.paths[shared][0], told.paths[shared][1] + 1)
            else:
                told.without += 1
    _lost(waiting, told)


def _steps(visit: list[tuple[int, Any]]) -> Iterator[tuple[str, int, int]]:
    """Touches and orders of a visit."""
    orders = [place for place, (_, what) in enumerate(visit) if what == ORDER]
    first_order = orders[0] if orders else len(visit)
    named = [
        (place, what % 10)
        for place, (_, what) in enumerate(visit)
        if isinstance(what, int) and (what < 10 or place == 0)
    ]
    steps: list[tuple[int, str, int, int]] = [(p, "order", visit[p][0], -1) for p in orders]
    if first_order and all(place > first_order for place, _ in named):
        steps.append((0, "touch", visit[0][0], DIRECT))
    for place, source in named:
        earlier = [other for where, other in named if where < place]
        if not earlier or earlier[-1] != source:
            steps.append((place, "touch", visit[place][0], source))
    for _, what, at, source in sorted(steps):
        yield what, at, source


def _lost(touches: list[tuple[int, int]], told: Told) -> None:
    while touches:
        path = [touch for touch in touches if touch[0] <= touches[0][0] + LOOKBACK]
        touches = touches[len(path) :]
        if path[-1][0] >= BEGINS:
            told.paths.append((path, 0))


def _weights(path: list[tuple[int, int]]) -> dict[str, list[Fraction]]:
    k = len(path)
    sources = [source for _, source in path]
    known = [place for place in range(k) if sources[place] != DIRECT] or [k - 1]
    one = {"last": k - 1, "first": 0, "last_non_direct": known[-1]}
    weights = {
        rule: [Fraction(int(place == where)) for place in range(k)] for rule, where in one.items()
    }
    weights["linear"] = [Fraction(1, k)] * k
    decay = [Fraction(2 ** -((path[-1][0] - at) / 10)) for at, _ in path]
    weights["time_decay"] = [one / sum(decay) for one in decay]
    middle = [Fraction(1, 5) / (k - 2)] * (k - 2) if k > 2 else []
    weights["position"] = (
        [Fraction(2, 5), *middle, Fraction(2, 5)] if k > 2 else [Fraction(1, k)] * k
    )
    return weights


ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from([20, 25, 30, 55, 60, 61, 65, 70, 75, 81, 90, 100, 101, 105, 141, 150]),
        st.sampled_from([None, None, A, B, 10 + A, 10 + B, ORDER, ORDER]),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(ROWS)
def test_paths_and_credit_are_as_defined(rows: list[Row]) -> None:
    told, found = _definition(rows), _folded(*rows)
    won = [(path, orders) for path, orders in told.paths if orders]
    assert found.totals == tuple(sum(o for _, o in won) * each for each in (1, 7, -3))
    assert found.without == (told.without, 7 * told.without, -3 * told.without)
    assert (found.converted, found.lost) == (len(won), len(told.paths) - len(won))

    met = Counter(source for path, _ in told.paths for _, source in path)
    assert found.touches.tolist() == [met[source] for source in range(3)]
    lengths: Counter[int] = Counter()
    moves: Counter[tuple[int, int]] = Counter()
    for path, orders in told.paths:
        lengths[min(len(path), 10)] += orders
        walk = [3, *(source for _, source in path), 3 if orders else 4]
        moves.update(pairwise(walk))
    assert found.lengths.tolist() == [lengths[length] for length in range(1, 11)]
    assert found.moves.sum(axis=0).tolist() == [
        [moves[start, end] for end in range(5)] for start in range(4)
    ]

    sets: Counter[tuple[int, str]] = Counter()
    for path, orders in told.paths:
        bits = sum(1 << source for source in {source for _, source in path})
        sets.update({(bits, "paths"): 1, (bits, "led"): int(orders > 0), (bits, "orders"): orders})
    assert found.of_sets.sum(axis=0)[:, :3].tolist() == [
        [sets[bits, what] for what in ("paths", "led", "orders")] for bits in found.sets.tolist()
    ]

    for place, rule in enumerate(RULES):
        due = [Fraction(0)] * 3
        for path, orders in won:
            for weight, (_, source) in zip(_weights(path)[rule], path, strict=True):
                due[source] += weight * orders
        for source in range(3):
            units = sum(orders * len(path) for path, orders in won)
            assert abs(found.credit[place, source, 0] - due[source] * ONE) <= units


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_what_is_credited_adds_up_exactly(rows: list[Row]) -> None:
    found = _folded(*rows)
    orders, sales, profit = found.totals
    for credit in found.credit:
        assert credit.sum(axis=0).tolist() == [orders * ONE, sales, profit]


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_compiled_kernels_give_what_they_give_as_python(rows: list[Row]) -> None:
    plain = SPEC(_stretch(rows))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("touched", "threaded", "credited"):
            patch.setattr(module, name, getattr(kernels, name).compiled)
        assert SPEC(_stretch(rows)) == plain


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_customers_folded_apart_add_up_to_customers_folded_together(rows: list[Row]) -> None:
    apart = [SPEC(_stretch([row for row in rows if row[0] == who])) for who in (1, 2, 3)]
    found, whole = paths_of(pa.concat_tables(apart), 3), _folded(*rows)
    assert found.credit.tolist() == whole.credit.tolist()
    assert found.moves.tolist() == whole.moves.tolist()
    assert found.of_sets.tolist() == whole.of_sets.tolist()


def _walks(found: Paths) -> dict[tuple[int, int], int]:
    moves = found.moves.sum(axis=0)
    return {(int(a), int(b)): int(moves[a, b]) for a, b in np.argwhere(moves)}


def test_consecutive_touches_of_one_source_in_a_visit_are_one() -> None:
    one_visit = _folded((1, 100, A), (1, 105, None), (1, 110, A), (1, 115, B), (1, 120, A))
    assert one_visit.touches.tolist() == [2, 1, 0]
    two_visits = _folded((1, 100, A), (1, 111, A))
    assert two_visits.touches.tolist() == [2, 0, 0]


def test_a_visit_is_direct_only_if_no_source_is_told_before_its_order() -> None:
    told_late = _folded((1, 100, None), (1, 105, A), (1, 106, ORDER))
    assert told_late.touches.tolist() == [1, 0, 0]
    told_after = _folded((1, 100, None), (1, 105, ORDER), (1, 106, A))
    assert told_after.touches.tolist() == [1, 0, 1]


def test_another_site_counts_only_where_a_visit_begins() -> None:
    # The second row comes back from the site where it was paid.
    found = _folded((1, 100, 10 + A), (1, 105, 10 + B), (1, 106, ORDER))
    assert found.touches.tolist() == [1, 0, 0]


def test_a_page_of_thanks_begins_no_path() -> None:
    found = _folded((1, 100, A), (1, 105, ORDER), (1, 106, None), (1, 107, A))
    assert _walks(found) == {(3, A): 1, (A, 3): 1}


def test_a_path_begins_after_the_order_before() -> None:
    found = _folded((1, 70, A), (1, 71, ORDER), (1, 90, B), (1, 91, ORDER))
    assert found.credit[RULES.index("linear"), :, 0].tolist() == [ONE, ONE, 0]


def test_a_second_order_of_a_visit_shares_the_path_and_of_another_visit_does_not() -> None:
    same = _folded((1, 100, A), (1, 101, ORDER), (1, 105, ORDER))
    assert same.totals[0] == 2
    assert (same.converted, same.without[0]) == (1, 0)
    other = _folded((1, 100, A), (1, 101, ORDER), (1, 112, ORDER))
    assert (other.totals[0], other.without[0]) == (1, 1)


def test_a_touch_exactly_as_long_ago_as_the_window_counts_and_an_older_one_is_a_lost_path() -> None:
    edge = _folded((1, 60, A), (1, 100, ORDER))
    assert (edge.totals[0], edge.lost) == (1, 0)
    older = _folded((1, 60, A), (1, 101, ORDER))
    assert (older.without[0], older.lost) == (1, 1)


def test_an_order_before_the_span_ends_a_path_and_is_not_attributed() -> None:
    found = _folded((1, 50, A), (1, 59, ORDER), (1, 75, B), (1, 76, ORDER))
    assert found.touches.tolist() == [0, 1, 0]
    assert found.totals[0] == 1


def test_a_touch_before_the_span_counts_for_an_order_within_it() -> None:
    found = _folded((1, 50, A), (1, 75, ORDER))
    assert found.touches.tolist() == [1, 0, 0]
