"""The folds of effort and of screening against their rules, as loops in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline import effort, screening
from regulars.timeline.effort import Effort
from regulars.timeline.kernels.effort import episodes
from regulars.timeline.screening import Screening
from regulars.timeline.spread import bins_of
from regulars.timeline.stretch import Stretch, stretch_of

MINUTE = 60_000_000
GAP = 30 * MINUTE
TICK = 15 * MINUTE


class Row(NamedTuple):
    """One row; what its columns mean, depends on the fold."""

    customer: int
    at: int
    kind: int
    columns: tuple[int, ...]


def _stretch(rows: list[Row], names: tuple[str, ...]) -> Stretch:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    at = [begin + timedelta(microseconds=row.at) for row in rows]
    return stretch_of(
        pa.table(
            {
                "customer_id": pa.array([row.customer for row in rows], pa.int64()),
                "at": pa.array(at, pa.timestamp("us", "UTC")),
                "seq": pa.array(range(len(rows)), pa.int64()),
                "kind": pa.array([row.kind for row in rows], pa.int32()),
            }
            | {
                name: pa.array([row.columns[place] for row in rows], pa.int64())
                for place, name in enumerate(names)
            }
        )
    )


def _by_customer(rows: list[Row]) -> list[list[Row]]:
    customers = sorted({row.customer for row in rows})
    return [
        sorted((row for row in rows if row.customer == one), key=lambda row: row.at)
        for one in customers
    ]


@st.composite
def _rows(draw: st.DrawFn, kinds: int, values: tuple[tuple[int, int], ...]) -> list[Row]:
    """Few customers and instants, many ties; the columns' values between such bounds."""
    rows = []
    for _ in range(draw(st.integers(0, 22))):
        columns = tuple(draw(st.integers(low, high)) for low, high in values)
        at = draw(st.integers(0, 14)) * TICK + draw(st.sampled_from([0, 1]))
        rows.append(Row(draw(st.integers(1, 3)), at, draw(st.integers(0, kinds - 1)), columns))
    return sorted(rows, key=lambda row: (row.customer, row.at))


EFFORT = ("name", "stage", "value")


def _effort_by_hand(rows: list[Row], asked: Effort) -> dict[tuple[int, int, int], int]:
    found: Counter[tuple[int, int, int]] = Counter()

    def put(what: int, key: int, value: int = -1, *, bins: bool = False, times: int = 1) -> None:
        place = int(bins_of(np.array([value]))[0]) if bins else value
        found[what, key, place] += times

    for own in _by_customer(rows):
        visits: list[dict[str, Any]] = []
        orders = 0
        for row in own:
            latest = visits[-1]["last"] if visits else None
            near = latest is not None and row.at - latest <= GAP
            if row.kind != effort.ORDER:
                if not near:
                    visits.append({"first": row.at, "steps": 0, "orders": 0, "row": row})
                visits[-1] |= {"last": row.at, "step": row}
                visits[-1]["steps"] += 1
                continue
            orders += 1
            key = effort.FIRST if orders == 1 else effort.LATER
            within = asked.begins <= row.at < asked.ends
            if within:
                put(effort.ORDERS, key)
                if not near:
                    put(effort.UNSEEN, key)
                elif not visits[-1]["orders"]:
                    put(effort.STEPS, key, visits[-1]["steps"], bins=True)
                    seconds = (row.at - visits[-1]["first"]) // 1_000_000
                    put(effort.SECONDS, key, seconds, bins=True)
                if orders == 1 and row.at - asked.lookback >= asked.since:
                    back = row.at // 1_000_000 - asked.lookback // 1_000_000
                    before = sum(one["first"] // 1_000_000 >= back for one in visits)
                    if before:
                        put(effort.VISITS, effort.FIRST, before, bins=True)
            if near:
                visits[-1]["orders"] += 1
        for one in visits:
            if asked.begins <= one["first"] < asked.ends:
                put(effort.SESSIONS, one["row"].columns[1])
                if not one["orders"]:
                    put(effort.LEFT_AT, one["row"].columns[1], one["step"].columns[0])
        for kind, window in ((effort.ADD, asked.window), (effort.CHECKOUT, effort.DAY)):
            for episode in _episodes(own, kind, window):
                begun = episode["row"]
                if not asked.begins <= begun.at < asked.ends or begun.at + window >= asked.known:
                    continue
                if kind == effort.CHECKOUT:
                    furthest = max(0, *episode["values"])
                    put(effort.CHECKOUTS, furthest)
                    if not episode["bought"]:
                        put(effort.CHECKOUTS_LEFT, furthest)
                    continue
                stage = begun.columns[1]
                put(effort.CARTS, stage)
                if not episode["bought"]:
                    put(effort.CARTS_LEFT, stage)
                    if min(episode["values"]) >= 0:
                        put(effort.CARTS_VALUED, stage)
                        worth = max(sum(episode["values"]) - episode["out"], 0)
                        put(effort.CARTS_VALUE, stage, times=worth)
    return {key: count for key, count in found.items() if count}


def _episodes(own: list[Row], kind: int, window: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    current: dict[str, Any] | None = None
    for row in own:
        if current and row.at - current["row"].at > window:
            current = None
        if row.kind == effort.ORDER:
            if current:
                current["bought"] = True
            current = None
        elif row.kind == kind:
            if not current:
                current = {"row": row, "values": [], "out": 0, "bought": False}
                found.append(current)
            current["values"].append(row.columns[2])
        elif row.kind == effort.REMOVE and kind == effort.ADD and current:
            current["out"] += max(row.columns[2], 0)
    return found


@settings(deadline=None)
@given(
    _rows(5, ((0, 2), (0, 1), (-1, 3))), st.sampled_from([1, 4, 9]), st.sampled_from([0, 3]),
    st.sampled_from([6, 20]), st.sampled_from([8, 200]), st.sampled_from([0, 2]),
)  # fmt: skip
def test_the_fold_of_effort_counts_what_its_rules_say(
    rows: list[Row], window: int, begins: int, ends: int, known: int, since: int
) -> None:
    asked = Effort(
        begins=begins * TICK, ends=ends * TICK, known=known * TICK, since=since * TICK,
        window=window * TICK, lookback=3 * TICK,
    )  # fmt: skip
    told = effort.summed(asked(_stretch(rows, EFFORT))).to_pylist()
    found = {(row["what"], row["key"], row["bin"]): row["count"] for row in told if row["count"]}
    assert found == _effort_by_hand(rows, asked)


@settings(deadline=None)
@given(_rows(4, ((-1, 3),)), st.integers(1, 8))
def test_compiled_episodes_are_those_of_the_plain_loop(rows: list[Row], window: int) -> None:
    stretch = _stretch(rows, ("value",))
    given = (
        stretch.starts, stretch.at, stretch.columns["kind"].astype(np.int64),
        stretch.columns["value"], window * TICK,
    )  # fmt: skip
    for one, other in zip(episodes.plain(*given), episodes.compiled(*given), strict=True):
        assert one.tolist() == other.tolist()


SCREENING = ("source", "item", "product", "band", "need")


def _screening_by_hand(rows: list[Row], asked: Screening) -> Counter[tuple[int, ...]]:
    found: Counter[tuple[int, ...]] = Counter()
    for own in _by_customer(rows):
        came = own[0].at
        if not asked.begins <= came < asked.ends or came + asked.watched > asked.known:
            continue
        seen = [row for row in own if row.at - came <= asked.watched]
        orders = [row for row in seen if row.kind == screening.ORDER]
        early = seen[: seen.index(orders[0]) + 1] if orders else seen
        items = [row for row in early if row.kind != screening.OTHER]

        def first(rows: list[Row], column: int, *, told: bool = True) -> int:
            values = [row.columns[column] for row in rows]
            return next((one for one in values if one >= 0 or not told), -1)

        carts = [row for row in items if row.kind == screening.CART]
        need = first(carts, 4)
        led, bought = first(items, 2, told=False), first(orders, 2, told=False)
        looks = sum(row.kind == screening.LOOK for row in seen)
        layer = (
            screening.ORDERED_AGAIN if len(orders) > 1
            else screening.ORDERED if orders
            else screening.IN_CART if any(row.kind == screening.CART for row in seen)
            else min(looks, 2)
        )  # fmt: skip
        found[
            first(early, 0),
            first(items, 1, told=False),
            first(items[::-1], 3),
            need if need >= 0 else first(orders, 4, told=False),
            -1 if min(led, bought) < 0 else int(led == bought),
            layer,
        ] += 1
    return found


@settings(deadline=None)
@given(
    _rows(4, ((-1, 1), (-1, 2), (-1, 2), (-1, 1), (-1, 1))), st.sampled_from([0, 3]),
    st.sampled_from([5, 20]), st.sampled_from([7, 200]), st.sampled_from([2, 8]),
)  # fmt: skip
def test_the_fold_of_screening_counts_what_its_rules_say(
    rows: list[Row], begins: int, ends: int, known: int, watched: int
) -> None:
    asked = Screening(begins * TICK, ends * TICK, known * TICK, watched * TICK)
    told = screening.summed(asked(_stretch(rows, SCREENING))).to_pylist()
    found = {tuple(row.values())[:-1]: row["customers"] for row in told}
    assert found == dict(_screening_by_hand(rows, asked))
