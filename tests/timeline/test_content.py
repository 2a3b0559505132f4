"""The fold of content against the definition, written down once more as loops in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline.content import (
    CART,
    GROUPS,
    LOOKED,
    MOMENT,
    NOT_NEW,
    ORDER,
    PAGE,
    READ,
    SHOWN,
    STEP,
    Content,
    stage_of,
    summed,
)
from regulars.timeline.stretch import Stretch, stretch_of

HALF_HOUR = 30 * 60 * 1_000_000
DAY = 48 * HALF_HOUR
IS_PAGE = (True, True, False, False)


class Row(NamedTuple):
    customer: int
    at: int
    kind: int
    item: int


def _stretch(rows: list[Row]) -> Stretch:
    """The rows as a fold has them; ties keep their order."""
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return stretch_of(
        pa.table(
            {
                "customer_id": pa.array([row.customer for row in rows], pa.int64()),
                "at": pa.array(
                    [begin + timedelta(microseconds=row.at) for row in rows],
                    pa.timestamp("us", "UTC"),
                ),
                "seq": pa.array(range(len(rows)), pa.int64()),
                "kind": pa.array([row.kind for row in rows], pa.int8()),
                "item": pa.array([row.item for row in rows], pa.int32()),
            }
        )
    )


def _told(rows: list[Row], asked: Content) -> dict[tuple[int, ...], tuple[int, int, int]]:
    found = summed(asked(_stretch(rows))).to_pylist()
    return {
        (row["what"], row["stratum"], row["item"], row["group"]): (
            row["n"],
            row["ordered"],
            row["ordered_after"],
        )
        for row in found
    }


def _band(count: int) -> int:
    return next(band for band, most in enumerate((0, 1, 2, 4, 8, 1 << 60)) if count <= most)


def _by_hand(rows: list[Row], asked: Content) -> dict[tuple[int, ...], tuple[int, int, int]]:
    """One customer after another, one row after another, by the rules of the module."""
    counted: Counter[tuple[int, ...]] = Counter()
    first: Counter[tuple[int, ...]] = Counter()
    second: Counter[tuple[int, ...]] = Counter()
    for customer in {row.customer for row in rows}:
        own = sorted((row for row in rows if row.customer == customer), key=lambda row: row.at)

        def follows(place: int, since: int, own: list[Row] = own) -> bool:
            return any(
                row.kind == ORDER and row.at - since <= asked.window for row in own[place + 1 :]
            )

        def put(
            what: int, stratum: int, item: int, one: bool, other: bool, of: int = customer
        ) -> None:
            key = (what, stratum, item, of % GROUPS)
            counted[key] += 1
            first[key] += one
            second[key] += other

        seen: dict[int, int] = {}
        visits: list[int] = []
        latest = ordered = None
        orders = steps = progress = 0
        moment: dict[str, int] | None = None
        marked: set[int] = set()

        def is_new(item: int, now: int, seen: dict[int, int] = seen) -> bool:
            if item not in seen:
                return True
            return now // 1_000_000 - seen[item] // 1_000_000 > asked.window // 1_000_000

        for place, row in enumerate(own):
            near = latest is not None and row.at - latest <= asked.gap
            openings = []
            if row.kind == ORDER:
                orders, steps, progress, ordered = orders + 1, 0, 0, row.at
                openings = [6] if near else []
            elif not near:
                steps = progress = 0
                visits.append(row.at)
                openings = [0]
            if row.kind != ORDER:
                latest = row.at
            for turn in (1, 2):
                if turn == 2:
                    if row.kind in (READ, ORDER):
                        break
                    if row.kind == PAGE and moment and row.at < asked.ends:
                        yes = follows(place, row.at)
                        put(LOOKED, moment["stratum"], -1, yes, yes)
                        for item in seen:
                            if IS_PAGE[item] and not is_new(item, row.at):
                                put(NOT_NEW, moment["stratum"], item, yes, yes)
                        if row.item >= 0 and is_new(row.item, row.at):
                            put(SHOWN, moment["stratum"], row.item, yes, yes)
                    steps += 1
                    progress = max(progress, row.kind)
                    openings = [_band(steps)]
                for code in openings:
                    marked, moment = set(), None
                    if not asked.begins <= row.at < asked.ends:
                        continue
                    now = visits[-1] // 1_000_000
                    before = sum(
                        one // 1_000_000 >= now - asked.memory // 1_000_000 for one in visits[:-1]
                    )
                    stratum = (row.at - asked.begins) // asked.block * 4 + min(orders, 3)
                    ago = 0 if ordered is None else row.at - ordered
                    stratum = stratum * 3 + (ago > asked.block) + (ago > 4 * asked.block)
                    stratum = ((stratum * 4 + min(before, 3)) * 7 + code) * 3 + progress
                    yes = follows(place, row.at)
                    moment = {"stratum": stratum, "yes": yes}
                    put(MOMENT, stratum, -1, yes, yes)
                    for item in seen:
                        if not IS_PAGE[item] and not is_new(item, row.at):
                            put(NOT_NEW, stratum, item, yes, yes)
                            marked.add(item)
                openings = []
            if row.kind != ORDER and row.item >= 0:
                if row.kind == READ and moment and row.item not in marked:
                    put(
                        SHOWN, moment["stratum"], row.item, bool(moment["yes"]),
                        follows(place, row.at),
                    )  # fmt: skip
                    marked.add(row.item)
                seen[row.item] = row.at
    return {key: (n, first[key], second[key]) for key, n in counted.items()}


@st.composite
def _rows(draw: st.DrawFn) -> list[Row]:
    """Few customers, instants, and items; many ties."""
    kinds = {STEP: [-1], PAGE: [-1, 0, 1], CART: [-1], READ: [-1, 2, 3], ORDER: [-1]}
    rows = []
    for _ in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(list(kinds)))
        at = draw(st.integers(0, 12)) * HALF_HOUR + draw(
            st.sampled_from([0, 1, 400_000, 1_000_000])
        )
        rows.append(Row(draw(st.integers(1, 3)), at, kind, draw(st.sampled_from(kinds[kind]))))
    return sorted(rows, key=lambda row: (row.customer, row.at))


@settings(deadline=None)
@given(_rows(), st.sampled_from([1, 2, 5]), st.sampled_from([0, 2, 6]), st.sampled_from([5, 9, 20]))
def test_the_fold_counts_what_the_definition_says(
    rows: list[Row], window: int, begins: int, ends: int
) -> None:
    asked = Content(
        IS_PAGE, window * HALF_HOUR, begins * HALF_HOUR, ends * HALF_HOUR,
        memory=3 * HALF_HOUR, block=2 * HALF_HOUR,
    )  # fmt: skip
    assert _told(rows, asked) == _by_hand(rows, asked)


@settings(deadline=None)
@given(_rows(), st.integers(1, 3))
def test_customers_may_be_folded_apart_and_added_up(rows: list[Row], cut: int) -> None:
    asked = Content(IS_PAGE, 3 * HALF_HOUR, 0, 20 * HALF_HOUR)
    parts = [[row for row in rows if (row.customer <= cut) is low] for low in (True, False)]
    whole = summed(pa.concat_tables([asked(_stretch(part)) for part in parts]))
    assert whole.equals(summed(asked(_stretch(rows))))


def test_what_a_visit_with_an_article_and_an_order_counts_by_hand() -> None:
    at = HALF_HOUR // 30
    rows = [
        Row(1, 0, STEP, -1),
        Row(1, 2 * at, READ, 2),
        Row(1, 3 * at, PAGE, 0),
        Row(1, 9 * at, ORDER, -1),
    ]
    told = _told(rows, Content(IS_PAGE, DAY, 0, DAY))
    # Before the visit, after its step (in which the article is shown), after the look: an order
    # follows each. After the order none does, and its customer has ordered once.
    before, step, look, done = 0, 1 * 3, 2 * 3 + 1, (1 * 3 * 4 * 7 + 6) * 3
    assert told == {
        (MOMENT, before, -1, 1): (1, 1, 1),
        (MOMENT, step, -1, 1): (1, 1, 1),
        (MOMENT, look, -1, 1): (1, 1, 1),
        (MOMENT, done, -1, 1): (1, 0, 0),
        (LOOKED, step, -1, 1): (1, 1, 1),
        (SHOWN, step, 0, 1): (1, 1, 1),
        (SHOWN, step, 2, 1): (1, 1, 1),
        # The article is not new in the later moments.
        (NOT_NEW, look, 2, 1): (1, 1, 1),
        (NOT_NEW, done, 2, 1): (1, 0, 0),
    }


@pytest.mark.parametrize(("stratum", "orders"), [(0, 0), (252, 1), (3 * 252 + 7, 3), (4 * 252, 0)])
def test_a_stratum_tells_the_orders_so_far(stratum: int, orders: int) -> None:
    assert stage_of(np.array([stratum])).tolist() == [orders]
