"""What is read, and whether an order follows: with it against without it, moment by moment.

Whoever visits much sees much and orders much, and whoever orders at once has no time to read. So
neither customers nor visits are compared, but moments, each with what was known by then:

- A moment is before a visit's first entry, after each step of a visit, and after an order in it;
  it lasts until the next step. Steps are all entries but what is read (articles, answers,
  questions, shares, reviews), which is shown in the moment in which it comes.
- With: the moment in which the item is shown; the clock starts when it is shown. Without: every
  other moment of the same stratum; the clock starts with the moment. An order that is placed after
  the start and no later than the window counts, in both alike. What is read afterwards never
  decides on which side a moment stands.
- A product's page is a step itself: its moment is held against those in which another product's
  page was the next step, all clocks starting there.
- Strata: blocks of the calendar, orders so far (0, 1, 2, 3 and more), time since the last one (up
  to a block, up to four, more), visits in the weeks before this one (0, 1, 2, 3 and more), steps so
  far since it began or since an order in it (0, 1, 2, 3-4, 5-8, more, or just after an order), and
  how far they went (nothing, a product's page, the cart).
- Whoever saw the item within the window before, to the second, stands on neither side.
- Customers fall into groups, so that the spread over groups tells how sure a difference is.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 5, 9)])
>>> rows = pa.table({"customer_id": [1, 1, 1], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "kind": [STEP, READ, ORDER], "item": [-1, 0, -1]})
>>> found = summed(Content(is_page=(False,), window=7 * DAY, ends=1 << 61)(stretch_of(rows)))
>>> [row["ordered_after"] for row in found.to_pylist() if row["what"] == SHOWN]
[1]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.calendar import DAY
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEP, PAGE, CART, READ, ORDER = range(5)
"""Kinds of rows."""
MOMENT, LOOKED, SHOWN, NOT_NEW = range(4)
"""What is counted: moments; those whose next step is a product's page; items shown; moments (of a
product's page: looks at products) at which an item was not new."""
GROUPS = 40
STAGES = 4
"""Orders so far: none, one, two, more."""
_SINCE, _VISITS, _PLACES, _PROGRESS = 3, 4, 7, 3
_AFTER_ORDER = _PLACES - 1
_BANDS = np.array([0, 1, 2, 3, 3, 4, 4, 4, 4, 5])
"""Of steps so far: 0, 1, 2, 3-4, 5-8, more."""
_SECOND = 1_000_000

SUMS = pa.schema(
    [
        ("what", pa.int8()),
        ("stratum", pa.int64()),
        ("item", pa.int32()),
        ("group", pa.int16()),
        ("n", pa.int64()),
        ("ordered", pa.int64()),
        ("ordered_after", pa.int64()),
    ]
)
"""Sums by what is counted: how many; after how many moments an order follows; after how many items
it does."""
_KEYS = SUMS.names[:4]


@dataclass(frozen=True, slots=True)
class Content:
    """The fold. Its rows have `kind` and `item` (-1 for nothing that is asked about).

    Attributes:
        is_page: of each item, whether it is a product's page.
        window: microseconds within which an order follows.
        begins: microseconds from which on moments count.
        ends: up to which they do, so that the window of each is over by what is known.
        gap: microseconds without an entry that end a visit.
        memory: within which earlier visits count.
        block: within which moments are held against each other.
    """

    is_page: tuple[bool, ...]
    window: int
    begins: int = 0
    ends: int = 0
    gap: int = DAY // 48
    memory: int = 28 * DAY
    block: int = 7 * DAY

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        if not len(stretch.at):
            return SUMS.empty_table()
        found = _Moments(self, stretch)
        return summed(pa.concat_tables([found.moments(), found.looks(), *found.reads()]))


class _Moments:
    """The moments of a stretch. The row's place times two stands for before it, one more after."""

    def __init__(self, asked: Content, stretch: Stretch) -> None:
        self.asked = asked
        self.at = stretch.at
        self.kind = stretch.columns["kind"].astype(np.int64)
        self.item = stretch.columns["item"].astype(np.int64)
        self.whose = np.repeat(np.arange(stretch.customers), np.diff(stretch.starts))
        self.numbers = stretch.numbers
        self.starts = stretch.starts[:-1][self.whose]
        rows = np.arange(len(self.at))
        is_order = self.kind == ORDER
        before = np.append(-1, _latest(~is_order, rows)[:-1])
        is_near = before >= self.starts
        is_near &= self.at - self.at[before] <= asked.gap
        self.opens = ~is_order & ~is_near
        is_step = self.kind <= CART
        # What comes after an order is a new beginning, by one who has ordered once more.
        begins = _latest(self.opens | is_order, rows)
        orders, steps = np.cumsum(is_order), np.cumsum(is_step)
        own_orders = orders - (orders - is_order)[self.starts]
        own_steps: Ints = steps - (steps - is_step)[begins]
        went = np.where(_latest(self.kind == PAGE, rows) >= begins, 1, 0)
        went = np.where(_latest(self.kind == CART, rows) >= begins, 2, went)
        after = np.flatnonzero(is_step | (is_order & is_near))
        first = np.flatnonzero(self.opens)
        self.keys = np.concatenate([2 * first, 2 * after + 1])
        by_key = np.argsort(self.keys)
        self.keys = self.keys[by_key]
        self.row = self.keys // 2
        self.time = self.at[self.row]
        opening = self.keys % 2 == 0
        is_after_order = is_order[self.row]
        place = np.where(
            is_after_order,
            _AFTER_ORDER,
            np.where(opening, 0, _BANDS[np.minimum(own_steps[self.row], len(_BANDS) - 1)]),
        )
        past = own_orders[self.row]
        progress = np.where(opening | is_after_order, 0, went[self.row])
        block = (self.time - asked.begins) // asked.block
        stratum = block * STAGES + np.minimum(past, STAGES - 1)
        stratum = stratum * _SINCE + self._since(_latest(is_order, rows))[self.row]
        stratum = stratum * _VISITS + np.minimum(self._visits_before(first), _VISITS - 1)[self.row]
        self.stratum = (stratum * _PLACES + place) * _PROGRESS + progress
        self.counts = (self.time >= asked.begins) & (self.time < asked.ends)
        self.ordered = self._is_followed(is_order)

    def _since(self, order: Ints) -> Ints:
        """Of each row: the band of the time since the customer's last order; 0 where none is."""
        ago = np.where(order >= self.starts, self.at - self.at[order], 0)
        return (ago > self.asked.block).astype(np.int64) + (ago > 4 * self.asked.block)

    def _is_followed(self, is_order: Bools) -> Bools:
        """Of each row: whether an order of the customer's comes after it, within the window."""
        rows = len(self.at)
        place = np.minimum.accumulate(np.where(is_order, np.arange(rows), rows)[::-1])[::-1]
        place = np.append(place[1:], rows)
        inside = np.minimum(place, rows - 1)
        own: Bools = (place < rows) & (self.whose[inside] == self.whose)
        own &= self.at[inside] - self.at <= self.asked.window
        return own

    def _visits_before(self, first: Ints) -> Ints:
        """Of each row: visits that began within the memory before its own began."""
        asked = self.asked
        stamps = self._stamps(first, 0)
        earliest = np.searchsorted(stamps, self._stamps(first, -asked.memory))
        before = np.arange(len(first)) - earliest
        visit = np.cumsum(self.opens) - 1
        return before[np.maximum(visit, 0)] if len(first) else np.zeros(len(self.at), np.int64)

    def _stamps(self, rows: Ints, shift: int) -> Ints:
        """Customer and second in one number, so that both are searched at once."""
        least = int(self.at.min()) // _SECOND
        width = int(self.at.max()) // _SECOND - least + 2
        second = self.at[rows] // _SECOND - least + shift // _SECOND
        return self.whose[rows] * width + np.clip(second, 0, width - 1)

    def moments(self) -> pa.Table:
        """All moments that count."""
        own = np.flatnonzero(self.counts)
        return self._rows(MOMENT, own, self.row[own])

    def looks(self) -> pa.Table:
        """Products' pages looked at, whichever."""
        rows = np.flatnonzero(self.kind == PAGE)
        moment = self._moment_of(rows)
        own = self.counts[moment] & (self.at[rows] < self.asked.ends)
        return self._rows(LOOKED, moment[own], rows[own])

    def reads(self) -> list[pa.Table]:
        """What was shown, and the moments (or looks) at which it was not new."""
        shown = np.flatnonzero((self.item >= 0) & (self.kind != ORDER))
        if not len(shown):
            return []
        shown = shown[np.lexsort((shown, self.item[shown], self.whose[shown]))]
        item, moment = self.item[shown], self._moment_of(shown)
        is_same = (item[1:] == item[:-1]) & (self.whose[shown[1:]] == self.whose[shown[:-1]])
        until = np.append(np.where(is_same, shown[1:], len(self.at)), len(self.at))
        is_page = np.array(self.asked.is_page, np.bool_)[item]
        # Of a page the clock is its own; else that of the moment in which it is shown.
        seconds = self.at // _SECOND
        clock = np.where(is_page, seconds[shown], seconds[self.row[moment]])
        ago = clock - np.append(0, seconds[shown[:-1]])
        is_again = np.append(False, is_same) & (ago <= self.asked.window // _SECOND)
        in_time = ~is_page | (self.at[shown] < self.asked.ends)
        new = self.counts[moment] & in_time & ~is_again
        tables = [self._rows(SHOWN, moment[new], shown[new], item[new], is_page[new])]
        looks = np.flatnonzero(self.kind == PAGE)
        for of, rows, keys in ((is_page, looks, 2 * looks), (~is_page, self.row, self.keys)):
            which, place = self._not_new(shown[of], until[of], rows, keys)
            row = rows[place]
            moment = self._moment_of(row) if rows is looks else place
            own = self.counts[moment] & (self.at[row] < self.asked.ends)
            tables.append(self._rows(NOT_NEW, moment[own], row[own], item[of][which[own]]))
        return tables

    def _not_new(self, shown: Ints, until: Ints, rows: Ints, keys: Ints) -> tuple[Ints, Ints]:
        """Which of the rows come while an item that was shown is not new.

        Args:
            shown: row of each item shown.
            until: row of its next time, from which that one tells.
            rows: looks, or those of the moments.
            keys: their places in time.

        Returns:
            Of each one found: the place in `shown`, and the place in `rows`.
        """
        first = np.searchsorted(keys, 2 * shown, side="right")
        last = np.searchsorted(keys, 2 * until, side="right")
        stale = np.searchsorted(
            self._stamps(rows, 0), self._stamps(shown, self.asked.window), side="right"
        )
        count = np.maximum(np.minimum(last, stale) - first, 0)
        which = np.repeat(np.arange(len(shown)), count)
        return which, first[which] + np.arange(len(which)) - (np.cumsum(count) - count)[which]

    def _moment_of(self, rows: Ints) -> Ints:
        """The moment that lasts when each row comes."""
        return np.asarray(np.searchsorted(self.keys, 2 * rows, side="right") - 1)

    def _rows(
        self,
        what: int,
        moment: Ints,
        row: Ints,
        item: Ints | None = None,
        is_page: Bools | None = None,
    ) -> pa.Table:
        after = self.ordered[row]
        if is_page is not None:
            ordered = np.where(is_page, after, self.ordered[self.row[moment]])
        columns = (
            np.full(len(moment), what),
            self.stratum[moment],
            np.full(len(moment), -1) if item is None else item,
            self.numbers[self.whose[row]] % GROUPS,
            np.ones(len(moment), np.int64),
            (after if is_page is None else ordered).astype(np.int64),
            after.astype(np.int64),
        )
        return pa.table([pa.array(one) for one in columns], SUMS.names).cast(SUMS)


def _latest(there: Bools, rows: Ints) -> Ints:
    """The latest row up to each that is there; -1 before the first."""
    return np.maximum.accumulate(np.where(there, rows, -1))


def stage_of(stratum: Ints) -> Ints:
    """Orders so far of each stratum: 0, 1, 2, or 3 for more."""
    return stratum // (_SINCE * _VISITS * _PLACES * _PROGRESS) % STAGES


def summed(parts: pa.Table) -> pa.Table:
    """The sums added up, sorted."""
    sums = [(name, "sum") for name in SUMS.names[4:]]
    found = parts.group_by(_KEYS).aggregate(sums).rename_columns(SUMS.names).cast(SUMS)
    return found.sort_by([(name, "ascending") for name in _KEYS])
