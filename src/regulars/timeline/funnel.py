"""A funnel: how many come how far along its steps, by group and by period of entry.

The rules, stated once:

- A chain begins with an entry that is the first step, and goes on with entries that are the next
  one, each no earlier than the one before and none used twice. At one instant, entries that are an
  earlier step come first.
- A chain counts while its steps lie within the window from its first, the window's end included.
- `strict`: nothing else may lie between two steps. `any`: each step within one window, in whichever
  order.
- An entry that excludes, strictly between two steps of a chain, breaks it off.
- A customer (or session) is counted once: by the chain that comes furthest, of those the first. Its
  group is the source told last (or first) up to that chain's first step; its period is that step's.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (9, 10, 11)])
>>> rows = pa.table({"customer_id": [1, 1, 2], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "mask": pa.array([1, 2, 1], pa.int32())})
>>> reached_of(Funnel(steps=2)(stretch_of(rows)))
[2, 1]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.calendar import DAY, Calendar, Unit, period_of
from regulars.timeline.kernels.funnel import carried, in_any_order, ordered
from regulars.timeline.kernels.visits import session_of_each
from regulars.timeline.spread import bins_of
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]
Order = Literal["ordered", "strict", "any"]

MOST_STEPS = 16
MOST_IN_ANY_ORDER = 8
NO_WINDOW = 1 << 62
_MINUTE = 60_000_000

REACHED, OPEN, SINCE_FIRST, SINCE_BEFORE = range(4)
"""What a row of the fold counts: units by the steps they reached; of those, whose chain may go on
still; how long it took from the first step, and from the step before, by bins of `spread`."""

SUMS = pa.schema(
    [
        ("what", pa.int8()),
        ("group", pa.int32()),
        ("period", pa.int64()),
        ("step", pa.int8()),
        ("bin", pa.int32()),
        ("units", pa.int64()),
    ]
)
_FEW = 1 << 16
UTC = Calendar((0,), (0,))
_KEYS = SUMS.names[:-1]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The fold of a funnel.

    Its rows have `mask`; `touch` (int32, -1 for none) if grouped; `opens` (int8) if sessions are
    counted: whether the customer did it, since an order of the records makes no visit.

    Attributes:
        steps: how many; bit k of `mask` says that an entry is step k, bit `steps` that it excludes.
        window: microseconds from the first step.
        order: ordered, strict or any.
        per: whether customers or sessions are counted.
        gap: microseconds without an entry that end a session.
        touch: whether a unit's group is the first or the last touch up to its entry.
        period: of the calendar, by which the entries are told apart.
        calendar: of the shop.
        ends: microseconds up to which is known what happened.
    """

    steps: int
    window: int = NO_WINDOW
    order: Order = "ordered"
    per: Literal["customer", "session"] = "customer"
    gap: int = 30 * _MINUTE
    touch: Literal["first", "last"] | None = None
    period: Unit | None = None
    calendar: Calendar = UTC
    ends: int = NO_WINDOW

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        starts, at, mask = stretch.starts, stretch.at, stretch.columns["mask"]
        units: Ints = starts
        rows: slice | Ints = slice(None)
        if self.per == "session":
            units, rows = self._sessions(stretch)
            at, mask = at[rows], mask[rows]
        if self.order == "any":
            found = in_any_order(units, at, mask, self.steps, self.window, self.ends)
        else:
            found = ordered(
                units, at, mask, self.steps, self.window, self.ends, self.order == "strict"
            )
        reached, entry, is_open, when = found
        come = np.flatnonzero(reached)
        reached, entry, is_open, when = reached[come], entry[come], is_open[come], when[come]
        group = np.zeros(len(come), np.int64)
        if self.touch is not None:
            told = carried(starts, stretch.at, stretch.columns["touch"], self.touch == "last")
            group = told[rows][entry].astype(np.int64)
        period = np.zeros(len(come), np.int64)
        if self.period is not None:
            period = period_of(self.calendar.days(at[entry]), self.period)
        parts = [
            _counted(REACHED, group, period, reached),
            _counted(OPEN, group[is_open], period[is_open], reached[is_open]),
            *self._times(group, reached, when),
        ]
        return pa.concat_tables(parts)

    def _sessions(self, stretch: Stretch) -> tuple[Ints, Ints]:
        """Where each session begins among the rows that are of one, and which rows these are."""
        at, opens = stretch.at, stretch.columns["opens"]
        session = session_of_each(stretch.starts, at, at, opens, self.gap, False)
        rows = np.flatnonzero(session >= 0)
        begins = np.flatnonzero(np.diff(session[rows], prepend=-1))
        return np.append(begins, len(rows)).astype(np.int64), rows

    def _times(self, group: Ints, reached: Ints, when: Ints) -> list[pa.Table]:
        parts = []
        for step in range(2, self.steps + 1):
            come = reached == step if self.order == "any" else reached >= step
            of = group[come]
            since_first = when[come, step - 1] - when[come, 0]
            parts.append(_counted(SINCE_FIRST, of, 0 * of, 0 * of + step, since_first))
            if self.order != "any":
                before = when[come, step - 1] - when[come, step - 2]
                parts.append(_counted(SINCE_BEFORE, of, 0 * of, 0 * of + step, before))
        return parts


def _counted(
    what: int, group: Ints, period: Ints, step: Ints, times: Ints | None = None
) -> pa.Table:
    """How many units there are of each group, period, step and bin of seconds."""
    bins = step * 0 - 1 if times is None else bins_of(times // 1_000_000)
    keys = [group, period, step, bins]
    least = [int(key.min()) if len(key) else 0 for key in keys]
    spans = [
        int(key.max()) - low + 1 if len(key) else 1 for key, low in zip(keys, least, strict=True)
    ]
    packed = np.zeros(len(step), np.int64)
    for key, low, span in zip(keys, least, spans, strict=True):
        packed = packed * span + (key - low)
    # Few values are counted in an array of all that can be; many by sorting those that there are.
    if math.prod(spans) <= max(_FEW, len(step)):
        units = np.bincount(packed)
        packed = np.flatnonzero(units)
        units = units[packed]
    else:
        packed, units = np.unique(packed, return_counts=True)
    columns = []
    for low, span in zip(reversed(least), reversed(spans), strict=True):
        columns.append(packed % span + low)
        packed = packed // span
    arrays = [np.full(len(units), what), *reversed(columns), units]
    return pa.table(arrays, names=SUMS.names).cast(SUMS)


def summed(parts: pa.Table) -> pa.Table:
    """The sums of all stretches added up, sorted."""
    found = parts.group_by(_KEYS).aggregate([("units", "sum")])
    return found.rename_columns(SUMS.names).sort_by([(name, "ascending") for name in _KEYS])


def reached_of(parts: pa.Table, group: int | None = None, steps: int | None = None) -> list[int]:
    """How many units came to each step: the first number is of those who entered.

    Args:
        parts: what the fold gave.
        group: only of this group.
        steps: of the funnel; by default as many as somebody reached.
    """
    rows: list[dict[str, Any]] = [
        row for row in parts.to_pylist() if row["what"] == REACHED and group in (None, row["group"])
    ]
    last = steps or max((row["step"] for row in rows), default=0)
    return [sum(row["units"] for row in rows if row["step"] >= step) for step in range(1, last + 1)]


def days(count: float) -> int:
    """A window of so many days, in microseconds."""
    return round(count * DAY)
