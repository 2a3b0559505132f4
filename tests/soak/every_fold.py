"""A large timeline full of ties, and every fold that may be asked of it.

A few thousand customers share three hundred instants, half hours apart and on both sides of
midnight; one of them has more entries than Spark hands over in one batch.
"""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from regulars import timeline
from regulars.timeline import content, effort, screening
from regulars.timeline.calendar import Calendar, instant_of
from regulars.timeline.content import DAY, Content
from regulars.timeline.effort import Effort
from regulars.timeline.fold import Fold
from regulars.timeline.funnel import Funnel
from regulars.timeline.gaps import Gaps
from regulars.timeline.line import Line
from regulars.timeline.paths import Paths
from regulars.timeline.retention import Interval, bracket, n_day, retention, unbounded
from regulars.timeline.screening import Screening
from regulars.timeline.sessions import Sessions
from regulars.timeline.stickiness import stickiness
from regulars.timeline.touches import Touches

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROWS = 200_000
CUSTOMERS = 4_000
MOST = 25_000
"""Entries of customer 0."""
ZONE = "Asia/Shanghai"
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 1)
_HALF_HOURS = (0, 1, 18, 19, 47)
"""Of a day: midnight, half past, nine, half past, and half an hour before midnight."""
_SUMS = {
    "amount", "at_edge", "back", "count", "customers", "n", "number", "ordered", "ordered_after",
    "profit", "sales", "seen", "units",
}  # fmt: skip
"""Columns that add up, of all folds; the others are keys."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A fold, and the columns of the timeline that it is given, by the names it knows them by."""

    name: str
    fold: Fold
    columns: dict[str, str]

    def rows(self, timeline: ir.Table) -> ir.Table:
        """The rows of the fold."""
        own = {name: timeline[column] for name, column in self.columns.items()}
        return timeline.select("customer_id", "at", "seq", **own)


def ties() -> pa.Table:
    """The timeline."""
    random = np.random.default_rng(20261122)
    customer = np.append(np.zeros(MOST, np.int64), random.integers(1, CUSTOMERS, ROWS - MOST))
    half_hour = 48 * random.integers(0, 60, ROWS) + random.choice(_HALF_HOURS, ROWS)
    begins = int(datetime(2025, 12, 31, 16, tzinfo=UTC).timestamp())  # midnight in Shanghai
    at = (begins + 1_800 * half_hour) * 1_000_000
    is_order = random.random(ROWS) < 0.05
    kind = np.where(is_order, content.ORDER, random.integers(0, content.ORDER, ROWS))
    looked, read = random.integers(0, 3, ROWS), random.integers(3, 6, ROWS)
    item = np.where(kind == content.PAGE, looked, np.where(kind == content.READ, read, -1))
    money = np.where(is_order, random.integers(1, 90_000, ROWS), 0)
    numbers = {
        "mask": random.integers(0, 16, ROWS),
        "touch": random.integers(-1, 4, ROWS),
        "is_order": is_order,
        "entry": ~is_order,
        "code": random.integers(1, 20, ROWS),
        "anchor": random.random(ROWS) < 0.3,
        "came_or_more": random.integers(0, 1 << 7, ROWS),
        "source": random.integers(-1, 4, ROWS),
        "referrer": random.integers(-1, 4, ROWS),
        "sales": money,
        "profit": money // 3,
        "kind": kind,
        "item": item,
        "step": np.where(is_order, effort.ORDER, random.integers(0, effort.ORDER, ROWS)),
        "value": np.where(is_order, -1, random.integers(-1, 5, ROWS)),
        "product": random.integers(-1, 6, ROWS),
        "band": random.integers(-1, 4, ROWS),
        "need": random.integers(-1, 4, ROWS),
        "layer": np.where(is_order, screening.ORDER, random.integers(0, screening.ORDER, ROWS)),
    }
    return pa.table(
        {
            "customer_id": pa.array(customer),
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "seq": pa.array(random.permutation(ROWS)),
            **{name: pa.array(one.astype(np.int64)) for name, one in numbers.items()},
        }
    ).take(random.permutation(ROWS))


def every_fold() -> list[Asked]:
    """Every fold of `regulars.timeline`, asked in the ways that take another turn in its kernel."""
    shanghai, hours = Calendar.of(ZONE), 3_600_000_000
    mask = {"mask": "mask"}
    grouped = mask | {"touch": "touch"}
    visits = {"entry": "entry", "source": "source", "name": "code"}
    steps = {"code": "code", "anchor": "anchor", "entry": "entry"}
    begins, known = instant_of(FIRST, ZONE), instant_of(LAST, ZONE)

    def kept(intervals: tuple[Interval, ...], **asked: Any) -> Fold:
        return retention(FIRST, LAST, ZONE, intervals, groups=5, **asked)

    week = range(8)
    return [
        Asked("sessions", Sessions(calendar=shanghai), visits),
        Asked("sessions of a day", Sessions(cut_at_midnight=True, calendar=shanghai), visits),
        Asked("funnel", Funnel(3, 7 * DAY, touch="last", calendar=shanghai), grouped),
        Asked("funnel, strict", Funnel(3, 30 * hours, "strict", touch="first"), grouped),
        Asked("funnel, any order", Funnel(3, 30 * hours, "any"), mask),
        Asked(
            "funnel of sessions", Funnel(3, per="session", period="week"), mask | {"opens": "entry"}
        ),
        Asked("retention by day", kept(n_day(week)), grouped),
        Asked("retention unbounded", kept(unbounded(week), unit="week"), grouped),
        Asked("retention by hours", kept(bracket([(0, 2), (3, 9)]), in_hours=True), grouped),
        Asked("stickiness", stickiness(FIRST, LAST, FIRST, ZONE), mask),
        Asked("gaps", Gaps(bit=1, least=hours), mask),
        Asked("paths", Paths(), steps),
        Asked("paths of customers", Paths(10, "customer", 7 * DAY, backwards=True), steps),
        Asked(
            "touches",
            Touches(5, hours // 2, 14 * DAY, 7 * DAY, 0.4, 0.4, begins),
            {name: name for name in ("is_order", "source", "referrer", "sales", "profit")},
        ),
        Asked(
            "content",
            Content((True,) * 3 + (False,) * 3, 3 * DAY, begins, known),
            {"kind": "kind", "item": "item"},
        ),
        Asked(
            "line",
            Line(3, (begins, begins + 20 * DAY, known), 20_513, shanghai, is_pair=True),
            {"mask": "came_or_more", "touch": "touch", "net": "sales"},
        ),
        Asked(
            "effort",
            Effort(begins, known, known, begins),
            {"kind": "step", "name": "code", "stage": "layer", "value": "value"},
        ),
        Asked(
            "screening",
            Screening(begins, known, known, 10 * DAY),
            {"kind": "layer"}
            | {name: name for name in ("source", "item", "product", "band", "need")},
        ),
    ]


def kinds_of_folds() -> set[type]:
    """Every class of `regulars.timeline` that is a fold."""
    found = set()
    for told in pkgutil.iter_modules(timeline.__path__, f"{timeline.__name__}."):
        for _, one in inspect.getmembers(import_module(told.name), inspect.isclass):
            asked = getattr(one.__call__, "__annotations__", {})
            if one.__module__ == told.name and asked.get("stretch") == "Stretch":
                found.add(one)
    return found


def added(parts: pa.Table) -> list[dict[str, int]]:
    """The sums of all stretches added up, sorted by their keys."""
    sums = [name for name in parts.column_names if name in _SUMS]
    keys = [name for name in parts.column_names if name not in _SUMS]
    whole = parts.group_by(keys).aggregate([(name, "sum") for name in sums])
    rows: list[dict[str, int]] = whole.sort_by([(name, "ascending") for name in keys]).to_pylist()
    return [row for row in rows if any(row[f"{name}_sum"] for name in sums)]
