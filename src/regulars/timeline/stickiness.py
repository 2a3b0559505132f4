"""Stickiness: how many are active a day, a week and a month, on how many days, and for how long.

The rules, stated once:

- A day is of the shop's calendar. A customer is active in a window of days if active on any of
  them, and is counted once.
- Active days of a customer are those of the last 28 days; of whom there is none, none is counted.
- A visit is a run of entries with no pause longer than the gap; it is of the weekday on which it
  begins. Its length is from the first entry to the last: a visit of one entry has none, and is
  counted apart.

>>> import pyarrow as pa
>>> from datetime import UTC, date, datetime
>>> from regulars.timeline.gaps import summed
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, day, 9, tzinfo=UTC) for day in (1, 2, 2)])
>>> rows = pa.table({"customer_id": [1, 1, 2], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "mask": pa.array([3, 3, 3], pa.int32())})
>>> each = stickiness(date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 1), "UTC")
>>> by_key(summed(each(stretch_of(rows))), WITHIN, 7)
{20454: 1, 20455: 2}
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from regulars.kernel.clock import day_number
from regulars.timeline.calendar import Ints, instant_of
from regulars.timeline.gaps import COUNTS, counts
from regulars.timeline.kernels.sessions import session_starts
from regulars.timeline.kernels.stickiness import active
from regulars.timeline.spread import bins_of
from regulars.timeline.stretch import Stretch

ACTIVE, VISIT = 1, 2
"""Bits of an entry: the customer counts as active; it belongs to a visit."""

WINDOWS = (1, 7, 30)
RECENT = 28
GAP = 30 * 60_000_000
"""Microseconds."""

ON_DAYS, VISITS, ONE_ENTRY, LENGTH, WITHIN = range(11, 16)
"""What is counted, of `COUNTS`: customers by number of active days; visits by weekday (Monday is
0), those of one entry among them, and the lengths in seconds of the others by bins; and customers
active within a window, whose days stand for the bin, by the number of its last day."""

_SECOND = 1_000_000
_MONDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True)
class Stickiness:
    """The fold. Its rows have `mask` (ACTIVE, VISIT), and reach back before the first day told.

    Attributes:
        edges: microseconds at which the days begin, and at which the last ends.
        first_day: number of the first of them.
        begins: microseconds from which on a visit counts that begins.
        gap: microseconds without an entry that end a visit.
    """

    edges: tuple[int, ...]
    first_day: int
    begins: int
    gap: int = GAP

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `COUNTS`."""
        edges = np.array(self.edges, np.int64)
        within, on_days = active(
            stretch.starts, stretch.at, stretch.columns["mask"], ACTIVE, edges,
            np.array(WINDOWS, np.int64), RECENT,
        )  # fmt: skip
        days = np.arange(len(edges) - 1) + self.first_day
        told = [(WITHIN, days, window, within[k]) for k, window in enumerate(WINDOWS)]
        told.append((ON_DAYS, np.arange(RECENT + 1), 0, on_days))
        tables = [
            pa.table(
                [np.full(len(key), what), key, np.full(len(key), bin_), number], COUNTS.names
            ).cast(COUNTS)
            for what, key, bin_, number in told
        ]
        return pa.concat_tables([*tables, *self._visits(stretch, edges)])

    def _visits(self, stretch: Stretch, edges: Ints) -> list[pa.Table]:
        own = np.flatnonzero(stretch.columns["mask"] & VISIT)
        at = stretch.at if len(own) == len(stretch.at) else stretch.at[own]
        starts = np.searchsorted(own, stretch.starts).astype(np.int64)
        begins = session_starts(starts, at, at, self.gap, False)
        first, last = at[begins[:-1]], at[begins[1:] - 1]
        entries = np.diff(begins)
        told = (first >= self.begins) & (first < edges[-1])
        first, last, entries = first[told], last[told], entries[told]
        day = np.searchsorted(edges, first, side="right") - 1 + self.first_day
        weekday = (day + _MONDAY) % 7
        nothing = np.zeros_like(weekday)
        one = entries == 1
        return [
            counts(VISITS, weekday, nothing),
            counts(ONE_ENTRY, weekday[one], nothing[one]),
            counts(LENGTH, weekday[~one], bins_of((last - first)[~one] // _SECOND)),
        ]


def stickiness(
    first: date, last: date, visits_from: date, time_zone: str, gap: int = GAP
) -> Stickiness:
    """The fold of these days.

    Args:
        first: first day that is counted: of windows that end with a later one, too.
        last: the last day.
        visits_from: visits count that begin on this day or later.
        time_zone: of the shop.
        gap: microseconds.
    """
    edges = [
        instant_of(first + timedelta(days=k), time_zone) for k in range((last - first).days + 2)
    ]
    return Stickiness(tuple(edges), day_number(first), instant_of(visits_from, time_zone), gap)


def by_key(counted: pa.Table, what: int, bin_: int = 0) -> dict[int, int]:
    """The numbers of one thing that are not zero, by key."""
    return {
        row["key"]: row["number"]
        for row in counted.to_pylist()
        if row["what"] == what and row["bin"] == bin_ and row["number"]
    }
