"""Retention: of those who began in a period, how many came back, and when.

The rules, stated once:

- A customer begins with the first entry that is the start: the first ever (and whoever began before
  the days looked at is in no cohort), or the first within these days. The cohort is the calendar
  period of that entry, and its group the source told first up to that instant.
- The offset of a return is counted in periods of the calendar, or in days of 24 hours (weeks of
  seven such) from the customer's own instant. Offset 0 is the cohort itself.
- `n-day`: back at the offset. `bracket`: back at one of the offsets of an interval. `unbounded`:
  back at the offset or at any later time up to the end of what is known.
- A customer counts for an interval only if all of it (of an unbounded one, its first offset) has
  passed by the end: whom nobody can have seen yet has not stayed away.

>>> import pyarrow as pa
>>> from datetime import UTC, date, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, day, 9, tzinfo=UTC) for day in (1, 2, 2)])
>>> rows = pa.table({"customer_id": [1, 1, 2], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "mask": pa.array([3, 3, 3], pa.int32())})
>>> each = retention(date(2026, 1, 1), date(2026, 1, 3), "UTC", n_day([1]))
>>> [tuple(row.values()) for row in summed(each(stretch_of(rows))).to_pylist()]
[(-1, 20454, -1, 1, 1), (-1, 20454, 0, 1, 1), (-1, 20455, -1, 1, 1), (-1, 20455, 0, 1, 0)]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from regulars.kernel.clock import day_number
from regulars.timeline.calendar import DAY, Ints, Unit, first_day, instant_of, period_of
from regulars.timeline.kernels.retention import returned
from regulars.timeline.stretch import Stretch

SIZE = -1
"""The interval of a row that tells how many are in the cohort."""
NO_GROUP = -1

SUMS = pa.schema(
    [
        ("group", pa.int32()),
        ("cohort", pa.int64()),
        ("interval", pa.int32()),
        ("seen", pa.int64()),
        ("back", pa.int64()),
    ]
)
_KEYS = SUMS.names[:3]
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Interval:
    """Offsets from `low` to `high`, both included; without an end if `high` is None."""

    low: int
    high: int | None


def n_day(offsets: Iterable[int]) -> tuple[Interval, ...]:
    """One interval for each offset."""
    return tuple(Interval(one, one) for one in offsets)


def bracket(bounds: Iterable[tuple[int, int]]) -> tuple[Interval, ...]:
    """Intervals between such bounds, both included."""
    return tuple(Interval(low, high) for low, high in sorted(bounds))


def unbounded(offsets: Iterable[int]) -> tuple[Interval, ...]:
    """From each offset on."""
    return tuple(Interval(one, None) for one in offsets)


@dataclass(frozen=True, slots=True)
class Retention:
    """The fold. Its rows have `mask` (START, BACK), and `touch` (int32, -1 for none) if grouped.

    Attributes:
        intervals: by their first offset, rising; either all have an end or none has.
        edges: microseconds at which the periods of the cohorts begin, the one after the last
            included if it begins when all ends.
        first_period: the number of the first of them.
        begins: microseconds from which on a start counts.
        ends: microseconds up to which is known what happened.
        length: microseconds of an offset, from the own instant; 0 for periods of the calendar.
        is_first_ever: whether the first start ever counts, or the first since `begins`.
        groups: how many values `touch` has, the gathered rest included; 0 if not grouped.
    """

    intervals: tuple[Interval, ...]
    edges: tuple[int, ...]
    first_period: int
    begins: int
    ends: int
    length: int = 0
    is_first_ever: bool = True
    groups: int = 0

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`; `group` is -1 for whom no source is told."""
        low = np.array([one.low for one in self.intervals], np.int64)
        high = np.array(
            [one.low if one.high is None else one.high for one in self.intervals], np.int64
        )
        touch = stretch.columns["touch"] if self.groups else np.zeros(0, np.int32)
        size, seen, back = returned(
            stretch.starts, stretch.at, stretch.columns["mask"], touch,
            np.array(self.edges, np.int64), low, high, self.length, self.begins, self.ends,
            self.groups, self._is_open, self.is_first_ever,
        )  # fmt: skip
        whole = size[:, :, None]
        return pa.concat_tables([self._rows(whole, whole, SIZE), self._rows(seen, back, 0)])

    @property
    def _is_open(self) -> bool:
        return any(one.high is None for one in self.intervals)

    def _rows(self, seen: Ints, back: Ints, first: int) -> pa.Table:
        """What was counted, where anybody was; intervals are numbered from `first` on."""
        group, period, interval = np.nonzero(seen)
        return pa.table(
            [
                np.where(group == self.groups, NO_GROUP, group),
                period + self.first_period,
                interval + first,
                seen[group, period, interval],
                back[group, period, interval],
            ],
            names=SUMS.names,
        ).cast(SUMS)


def retention(
    first: date,
    last: date,
    time_zone: str,
    intervals: tuple[Interval, ...],
    unit: Unit = "day",
    *,
    in_hours: bool = False,
    is_first_ever: bool = True,
    groups: int = 0,
) -> Retention:
    """The fold of the cohorts of these days.

    Args:
        first: day of the shop's calendar on or after which a cohort's customers began.
        last: the last day of which is known what happened.
        time_zone: of the shop.
        intervals: of offsets.
        unit: of the cohorts and offsets.
        in_hours: whether an offset is 24 hours, or seven times that, from the own instant; months
            are of the calendar only.
        is_first_ever: as of `Retention`.
        groups: as of `Retention`.
    """
    begins, ends = instant_of(first, time_zone), instant_of(last + timedelta(days=1), time_zone)
    periods = _period(first, unit), _period(last + timedelta(days=1), unit)
    edges = (instant_of(first_day(p, unit), time_zone) for p in range(periods[0], periods[1] + 1))
    return Retention(
        intervals=intervals,
        edges=tuple(edges),
        first_period=periods[0],
        begins=begins,
        ends=ends,
        length=_DAYS[unit] * DAY if in_hours else 0,
        is_first_ever=is_first_ever,
        groups=groups,
    )


def _period(day: date, unit: Unit) -> int:
    return int(period_of(np.array([day_number(day)]), unit)[0])


def summed(parts: pa.Table | Sequence[pa.Table]) -> pa.Table:
    """The sums of all stretches added up, sorted."""
    whole = parts if isinstance(parts, pa.Table) else pa.concat_tables(parts)
    found = whole.group_by(_KEYS).aggregate([("seen", "sum"), ("back", "sum")])
    return found.rename_columns(SUMS.names).sort_by([(name, "ascending") for name in _KEYS])
