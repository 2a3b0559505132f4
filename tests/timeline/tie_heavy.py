"""Timelines with many ties, for oracles: few customers, few instants, some at edges of days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from regulars.timeline import kernel
from regulars.timeline.stretch import Stretch, stretch_of

Row = tuple[int, datetime, int, int]
"""customer, instant (UTC), mask, touch."""

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Santiago", "UTC")
"""Berlin's clock is changed at night, Santiago's at midnight itself."""

FIRST = {"Europe/Berlin": date(2025, 3, 27), "America/Santiago": date(2025, 9, 4)}
"""A few days before a clock is put forward; elsewhere it does not matter."""

BOTH_KERNELS = pytest.mark.parametrize("small", [1 << 60, -1], ids=["plain", "compiled"])


@contextmanager
def kernels(small: int) -> Iterator[None]:
    """Run loops up to this size as they are written, and longer ones compiled."""
    before, kernel.SMALL = kernel.SMALL, small
    try:
        yield
    finally:
        kernel.SMALL = before


def first_of(zone: str) -> date:
    """The day with which the timelines of the zone begin."""
    return FIRST.get(zone, date(2025, 12, 29))


@st.composite
def instants(draw: st.DrawFn, zone: str, days: int = 9) -> datetime:
    """Midnights, the instants next to them, noons, and a few in between."""
    day = first_of(zone) + timedelta(days=draw(st.integers(0, days - 1)))
    hour = draw(st.sampled_from([0, 0, 0, 1, 12, 23]))
    local = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))
    off = draw(st.sampled_from([0, 0, -1, 1, 1_800_000_000, 1_800_000_001]))
    return local.astimezone(UTC) + timedelta(microseconds=off)


@st.composite
def timelines(
    draw: st.DrawFn, zone: str, masks: int = 3, touches: int = 0, most: int = 14
) -> list[Row]:
    """Rows of up to three customers, in any order.

    Args:
        draw: of hypothesis.
        zone: on whose edges of days instants lie.
        masks: the largest mask.
        touches: how many values a touch may have, besides none.
        most: rows at most.
    """
    row = st.tuples(
        st.integers(1, 3),
        instants(zone),
        st.integers(0, masks),
        st.integers(-1, touches - 1),
    )
    return draw(st.lists(row, max_size=most))


def stretch(rows: list[Row]) -> Stretch:
    """The rows as a fold is given them; rows of one instant keep their order."""
    return stretch_of(
        pa.table(
            {
                "customer_id": pa.array([row[0] for row in rows], pa.int64()),
                "at": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
                "seq": pa.array(range(len(rows)), pa.int64()),
                "mask": pa.array([row[2] for row in rows], pa.int32()),
                "touch": pa.array([row[3] for row in rows], pa.int32()),
            }
        )
    )


def by_customer(rows: list[Row]) -> dict[int, list[Row]]:
    """Each customer's rows in the order of time; those of one instant as they came."""
    found: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda one: one[1]):
        found.setdefault(row[0], []).append(row)
    return found
