"""Sessions: visits, counted by day, hour, source, and by what they begin and end with.

The rules, stated once:

- A session is a customer's entries of which none comes later than `gap` after the one before; what
  comes exactly so long after belongs to it still. Midnight does not end it unless that is asked.
- It is of the day and the hour in which it begins, and of the first source that one of its entries
  tells.
- Its length is the time from its first entry to its last. Of a session of one entry it is not
  observable: such ones are counted, and left out of the lengths.
- An order of the records never begins a session nor makes one longer. It belongs to the customer's
  session that began last, if that is going on at its instant or ended at most `gap` before;
  otherwise it is an order without a session.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 30, 0)])
>>> rows = pa.table({"customer_id": [1, 1, 2], "at": at.cast(pa.timestamp("us", "UTC"))})
>>> found = summed(Sessions()(stretch_of(rows)))
>>> counted(found, ALL, SESSIONS), counted(found, ALL, SINGLE), counted(found, HOUR, SESSIONS)
({0: 2}, {0: 1}, {9: 2})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.timeline.calendar import Calendar
from regulars.timeline.kernels.sessions import session_starts
from regulars.timeline.kernels.visits import session_of_each
from regulars.timeline.spread import bins_of, quantiles
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]

ALL, DAY, HOUR, SOURCE, FIRST, LAST = range(6)
"""By what sessions are counted: all of them; day and hour; source; the codes of the names that
they begin and end with."""
SESSIONS, CUSTOMERS, ENTRIES, SINGLE, ORDERED, ORDERS, OUTSIDE, AT_EDGE, LENGTHS = range(9)
"""What is counted: sessions; customers who have one; entries; sessions of one entry; sessions with
an order; orders; those without a session; sessions that touch the edge of what is known; sessions
of two or more entries, by bins of their seconds."""

SUMS = pa.schema(
    [
        ("by", pa.int8()),
        ("what", pa.int8()),
        ("key", pa.int64()),
        ("bin", pa.int32()),
        ("count", pa.int64()),
    ]
)
_KEYS = SUMS.names[:-1]

FAR = 1 << 62
UTC_CALENDAR = Calendar((0,), (0,))
_SECOND, _HOUR = 1_000_000, 3_600_000_000
HALF_AN_HOUR = _HOUR // 2


@dataclass(frozen=True, slots=True)
class Sessions:
    """The fold of sessions.

    Its rows may have `entry` (0 for an order of the records), `source` (-1 for none) and `name`.

    Attributes:
        gap: microseconds without an entry that end a session.
        cut_at_midnight: whether a new day of the calendar begins a new one.
        calendar: of the shop.
        begins: microseconds from which on is known what happened.
        ends: microseconds up to which is known what happened.
        by: by what sessions are counted, of what the rows can tell.
    """

    gap: int = HALF_AN_HOUR
    cut_at_midnight: bool = False
    calendar: Calendar = UTC_CALENDAR
    begins: int = -FAR
    ends: int = FAR
    by: tuple[int, ...] = (ALL, DAY, HOUR, SOURCE, FIRST, LAST)

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        begins, own, orders, ordered = self._cut(stretch)
        columns = {name: one[own] for name, one in stretch.columns.items() if name != "entry"}
        at = stretch.at[own]
        first, last = begins[:-1], begins[1:] - 1
        parts: list[pa.Table] = []
        if len(first):
            began, ended = at[first], at[last]
            found = _Found(
                of_each=np.diff(np.searchsorted(_rows_of(own, first), stretch.starts)),
                sizes=np.diff(begins),
                bins=bins_of((ended - began) // _SECOND),
                ordered=ordered,
            )
            if ALL in self.by:
                parts += found.in_all()
            for by, key in self._keys(columns, at, begins).items():
                parts += found.counted(by, key.astype(np.int64))
            if (self.begins, self.ends) != (-FAR, FAR):
                near = (began - self.begins <= self.gap) | (self.ends - ended <= self.gap)
                parts.append(_rows(ALL, AT_EDGE, np.zeros(1, np.int64), np.array([near.sum()])))
        for what, count in ((ORDERS, len(orders)), (OUTSIDE, int((orders < 0).sum()))):
            parts.append(_rows(ALL, what, np.zeros(1, np.int64), np.array([count])))
        return pa.concat_tables(parts)

    def _keys(
        self, columns: Mapping[str, npt.NDArray[np.integer]], at: Ints, begins: Ints
    ) -> dict[int, npt.NDArray[np.integer]]:
        """What each session is counted under, of what is asked for and known."""
        first, last = begins[:-1], begins[1:] - 1
        keys: dict[int, npt.NDArray[np.integer]] = {}
        if DAY in self.by or HOUR in self.by:
            keys[DAY], keys[HOUR] = day_and_hour(self.calendar, at[first])
        if "source" in columns:
            keys[SOURCE] = _first_told(columns["source"], begins)
        if "name" in columns:
            keys |= {FIRST: columns["name"][first], LAST: columns["name"][last]}
        return {by: key for by, key in keys.items() if by in self.by}

    def _cut(self, stretch: Stretch) -> tuple[Ints, slice | Ints, Ints, Ints]:
        """Sessions, as they lie in a stretch.

        Returns:
            Where each begins among the entries, and the number of entries; the rows that the
            entries stand in; the session of each order; how many orders each session has.
        """
        nothing = np.zeros(0, np.int64)
        at, cut = stretch.at, self.cut_at_midnight
        day = self.calendar.days(at) if cut else at
        if "entry" not in stretch.columns:
            begins = session_starts(stretch.starts, at, day, self.gap, cut)
            return begins, slice(None), nothing, np.zeros(len(begins) - 1, np.int64)
        opens = stretch.columns["entry"] != 0
        session = session_of_each(stretch.starts, at, day, opens, self.gap, cut)
        own, orders = np.flatnonzero(opens), session[~opens]
        of_own = session[own]
        begins = np.append(np.flatnonzero(np.diff(of_own, prepend=-1)), len(own)).astype(np.int64)
        ordered = np.bincount(orders[orders >= 0], minlength=len(begins) - 1)
        return begins, own, orders, ordered.astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Found:
    """How many sessions each customer has; of each its entries, the bin of its length, orders."""

    of_each: Ints
    sizes: Ints
    bins: Ints
    ordered: Ints

    def in_all(self) -> Iterator[pa.Table]:
        """Everything counted under the one key 0."""
        several = self.sizes > 1
        for what, count in (
            (SESSIONS, len(self.sizes)),
            (CUSTOMERS, (self.of_each > 0).sum()),
            (ENTRIES, self.sizes.sum()),
            (SINGLE, len(several) - several.sum()),
            (ORDERED, (self.ordered > 0).sum()),
        ):
            if count:
                yield _rows(ALL, what, np.zeros(1, np.int64), np.array([count]))
        counts = np.bincount(self.bins[several])
        there = np.flatnonzero(counts)
        yield _rows(ALL, LENGTHS, 0 * there, counts[there], there)

    def counted(self, by: int, key: Ints) -> Iterator[pa.Table]:
        """Everything counted by the key."""
        low = int(key.min())
        key = key - low
        several = self.sizes > 1
        for what, weights in (
            (SESSIONS, None),
            (ENTRIES, self.sizes),
            (SINGLE, ~several),
            (ORDERED, self.ordered > 0),
        ):
            counts = np.bincount(key, weights)
            there = np.flatnonzero(counts)
            yield _rows(by, what, there + low, counts[there].astype(np.int64))
        if by in (DAY, SOURCE):
            width = int(key.max()) + 1
            # Whoever comes again by the same source or on the same day is one customer of it.
            whose = np.repeat(np.arange(len(self.of_each)), self.of_each)
            counts = np.bincount(_distinct(whose * width + key) % width)
            there = np.flatnonzero(counts)
            yield _rows(by, CUSTOMERS, there + low, counts[there])
        if by in (DAY, SOURCE, HOUR):
            bins = self.bins[several]
            width = int(bins.max(initial=0)) + 1
            counts = np.bincount(key[several] * width + bins)
            there = np.flatnonzero(counts)
            yield _rows(by, LENGTHS, there // width + low, counts[there], there % width)


def _rows_of(own: slice | Ints, places: Ints) -> Ints:
    """The rows of a stretch that stand at these places among the chosen ones."""
    return places if isinstance(own, slice) else own[places]


def _distinct(values: Ints) -> Ints:
    """Each value once, of values that mostly rise: to sort those is quicker than to hash them."""
    values = values if (values[1:] >= values[:-1]).all() else np.sort(values, kind="stable")
    distinct: Ints = values[np.append(True, values[1:] != values[:-1])]
    return distinct


def _first_told(values: npt.NDArray[np.integer], begins: Ints) -> Ints:
    """Of each session the first value that is not below zero; -1 where there is none."""
    found = np.full(len(begins) - 1, -1, np.int64)
    told = np.flatnonzero(values >= 0)[::-1]
    # Of several values put into one place the last one stays: from behind, that is the first.
    found[np.searchsorted(begins, told, side="right") - 1] = values[told]
    return found


def day_and_hour(calendar: Calendar, at: Ints) -> tuple[Ints, Ints]:
    """The number of the day, and the hour of it that the shop's clock shows.

    >>> day_and_hour(Calendar.of("Asia/Shanghai"), np.array([0]))
    (array([0]), array([8]))
    """
    place = np.searchsorted(np.asarray(calendar.changes), at, side="right") - 1
    hours = (at + np.asarray(calendar.offsets)[np.maximum(place, 0)]) // _HOUR
    return hours // 24, hours % 24


def _rows(by: int, what: int, key: Ints, count: Ints, bin_: Ints | None = None) -> pa.Table:
    bins = np.full(len(key), -1) if bin_ is None else bin_
    columns = (np.full(len(key), by), np.full(len(key), what), key, bins, count)
    return pa.table([pa.array(one) for one in columns], names=SUMS.names).cast(SUMS)


def summed(parts: pa.Table) -> pa.Table:
    """The sums of all stretches added up, sorted."""
    found = parts.group_by(_KEYS).aggregate([("count", "sum")])
    return found.rename_columns(SUMS.names).sort_by([(name, "ascending") for name in _KEYS])


def counted(sums: pa.Table, by: int, what: int) -> dict[int, int]:
    """One thing counted, by its keys; keys of which there is none are left out."""
    found = _of(sums, by, what)
    return dict(zip(found["key"].to_pylist(), found["count"].to_pylist(), strict=True))


def lengths(sums: pa.Table, by: int, at: Sequence[float]) -> dict[int, list[float | None]]:
    """Quantiles of the seconds of sessions of two or more entries, by key."""
    bins: dict[int, dict[int, int]] = {}
    for row in _of(sums, by, LENGTHS).to_pylist():
        bins.setdefault(row["key"], {})[row["bin"]] = row["count"]
    return {key: quantiles(list(one), list(one.values()), at) for key, one in bins.items()}


def _of(sums: pa.Table, by: int, what: int) -> pa.Table:
    own = (pc.field("by") == by) & (pc.field("what") == what) & (pc.field("count") > 0)
    return sums.filter(own)
