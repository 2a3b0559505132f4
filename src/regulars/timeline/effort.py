"""What it takes to order: steps, time and visits before it; carts and checkouts left; last steps.

The rules, stated once:

- Visits end after half an hour without an entry. An order belongs to the visit that is going on or
  ended no longer ago; its steps are the entries of that visit before it, its time runs from the
  visit's first entry. Of several orders in one visit only the first has steps and time.
- Visits before a first order are those that began within so many days before it, the order's own
  included; told only where so many days before it are known.
- A cart begins with something put in. If an order follows within the window from then, it is
  bought, else left. Its value is that of what was put in, less what was taken out, if all that was
  put in tells one.
- A checkout begins with its start or any step of it; if no order follows within a day, it is left
  at the furthest step.
- A visit without an order is left at its last entry.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 5, 9)])
>>> rows = pa.table({"customer_id": [1, 1, 1], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "kind": [STEP, ADD, ORDER], "name": [0, 1, -1], "stage": [0, 0, 0],
...                  "value": [-1, 5, -1]})
>>> found = summed(Effort(ends=1 << 60, known=1 << 60)(stretch_of(rows)))
>>> counted(found, STEPS), counted(found, CARTS), counted(found, CARTS_LEFT)
({(0, 2): 1}, {(0, -1): 1}, {})
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.timeline.calendar import DAY
from regulars.timeline.kernels.effort import episodes
from regulars.timeline.spread import bins_of
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEP, ADD, REMOVE, CHECKOUT, ORDER = range(5)
"""Kinds of rows. `value` of ADD and REMOVE is in ten-thousandths, of CHECKOUT the step's number."""
(ORDERS, UNSEEN, STEPS, SECONDS, VISITS, CARTS, CARTS_LEFT, CARTS_VALUED, CARTS_VALUE,
 CHECKOUTS, CHECKOUTS_LEFT, SESSIONS, LEFT_AT) = range(13)  # fmt: skip
"""What is counted. By FIRST or LATER: orders, those without a visit, by bins of steps, of seconds,
of visits before. By stage: carts, those left, those of them with a value, and that value. By the
furthest step: checkouts, those left. By stage: sessions; and by stage and last entry, those
without an order."""
FIRST, LATER = 0, 1
_SECOND = 1_000_000

SUMS = pa.schema(
    [("what", pa.int8()), ("key", pa.int64()), ("bin", pa.int64()), ("count", pa.int64())]
)
_KEYS = SUMS.names[:3]


@dataclass(frozen=True, slots=True)
class Effort:
    """The fold. Its rows have `kind`, `name` (a number, 0 or more), `stage` and `value`.

    Attributes:
        begins: microseconds from which on orders, carts, checkouts and visits count.
        ends: up to which they do.
        known: up to which is known what happened.
        since: from which on visits are known.
        window: of a cart.
        lookback: within which visits before a first order count.
        gap: microseconds without an entry that end a visit.
    """

    begins: int = 0
    ends: int = 0
    known: int = 0
    since: int = 0
    window: int = 7 * DAY
    lookback: int = 30 * DAY
    gap: int = DAY // 48

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        if not len(stretch.at):
            return SUMS.empty_table()
        kind = stretch.columns["kind"].astype(np.int64)
        parts = [*self._visits(stretch, kind), *self._carts(stretch, kind)]
        return summed(pa.concat_tables([*parts, *self._checkouts(stretch, kind)]))

    def _visits(self, stretch: Stretch, kind: Ints) -> list[pa.Table]:
        at, rows = stretch.at, np.arange(len(stretch.at))
        whose = np.repeat(np.arange(stretch.customers), np.diff(stretch.starts))
        starts = stretch.starts[:-1][whose]
        is_order = kind == ORDER
        before = np.append(-1, np.maximum.accumulate(np.where(is_order, -1, rows))[:-1])
        is_near = (before >= starts) & (at - at[before] <= self.gap)
        opens = ~is_order & ~is_near
        first = np.flatnonzero(opens)
        session = np.cumsum(opens) - 1
        counts = (at >= self.begins) & (at < self.ends)
        orders = np.cumsum(is_order)
        rank = orders - (orders - is_order)[starts]
        bought = np.flatnonzero(is_order & counts)
        key = np.where(rank[bought] == 1, FIRST, LATER)
        parts = [rows_of(ORDERS, key), rows_of(UNSEEN, key[~is_near[bought]])]
        # The first order of its visit: none between the visit's first entry and it.
        seen = is_near[bought]
        own = bought[seen]
        began = first[session[own]]
        alone = orders[own] - orders[began] == 1
        steps = np.cumsum(~is_order)
        own, began, key = own[alone], began[alone], key[seen][alone]
        parts.append(rows_of(STEPS, key, bins_of(steps[own] - steps[began] + 1)))
        parts.append(rows_of(SECONDS, key, bins_of((at[own] - at[began]) // _SECOND)))
        parts.append(self._before_the_first(at, whose, first, bought[rank[bought] == 1]))
        return [*parts, *self._left(stretch, first, session, is_order & is_near, counts)]

    def _before_the_first(self, at: Ints, whose: Ints, first: Ints, orders: Ints) -> pa.Table:
        """Visits before each first order, of those who had one."""
        least = int(at.min()) // _SECOND
        width = int(at.max()) // _SECOND - least + 2

        def stamps(rows: Ints, shift: int) -> Ints:
            second = at[rows] // _SECOND - least - shift // _SECOND
            return np.asarray(whose[rows] * width + np.maximum(second, 0))

        orders = orders[at[orders] - self.lookback >= self.since]
        earliest = np.searchsorted(stamps(first, 0), stamps(orders, self.lookback))
        visits = np.searchsorted(first, orders) - earliest
        return rows_of(VISITS, 0 * visits[visits > 0], bins_of(visits[visits > 0]))

    def _left(
        self, stretch: Stretch, first: Ints, session: Ints, ordered: Bools, counts: Bools
    ) -> list[pa.Table]:
        """Sessions by stage, and those without an order by their last entry."""
        has_order = np.zeros(len(first), np.bool_)
        has_order[session[ordered]] = True
        is_entry = stretch.columns["kind"] != ORDER
        last = np.zeros(len(first), np.int64)
        # Of several values put into one place the last one stays.
        last[session[is_entry]] = np.flatnonzero(is_entry)
        stage, name = stretch.columns["stage"], stretch.columns["name"]
        own = counts[first]
        left = own & ~has_order
        return [
            rows_of(SESSIONS, stage[first[own]]),
            rows_of(LEFT_AT, stage[first[left]], name[last[left]]),
        ]

    def _carts(self, stretch: Stretch, kind: Ints) -> list[pa.Table]:
        role = np.select([kind == ADD, kind == REMOVE, kind == ORDER], [1, 2, 3], 0)
        value = stretch.columns["value"].astype(np.int64)
        row, total, untold, _, bought = episodes(
            stretch.starts, stretch.at, role, value, self.window
        )
        own = self._over(stretch.at[row], self.window)
        stage = stretch.columns["stage"][row].astype(np.int64)
        left = own & ~bought
        valued = left & (untold == 0)
        amount = rows_of(CARTS_VALUE, stage[valued], weights=np.maximum(total[valued], 0))
        return [
            rows_of(CARTS, stage[own]),
            rows_of(CARTS_LEFT, stage[left]),
            rows_of(CARTS_VALUED, stage[valued]),
            amount,
        ]

    def _checkouts(self, stretch: Stretch, kind: Ints) -> list[pa.Table]:
        role = np.select([kind == CHECKOUT, kind == ORDER], [1, 3], 0)
        value = stretch.columns["value"].astype(np.int64)
        row, _, _, most, bought = episodes(stretch.starts, stretch.at, role, value, DAY)
        own = self._over(stretch.at[row], DAY)
        furthest = np.maximum(most, 0)
        return [
            rows_of(CHECKOUTS, furthest[own]),
            rows_of(CHECKOUTS_LEFT, furthest[own & ~bought]),
        ]

    def _over(self, at: Ints, window: int) -> Bools:
        """Whether what begins then counts: its window is over by what is known."""
        return np.asarray((at >= self.begins) & (at < self.ends) & (at + window < self.known))


def rows_of(
    what: int, key: Ints, bin_: Ints | None = None, weights: Ints | None = None
) -> pa.Table:
    """How many there are of each key and bin, or the sum of their weights."""
    columns = (
        np.full(len(key), what),
        key,
        np.full(len(key), -1) if bin_ is None else bin_,
        np.ones(len(key), np.int64) if weights is None else weights,
    )
    return pa.table([pa.array(one) for one in columns], SUMS.names).cast(SUMS)


def summed(parts: pa.Table) -> pa.Table:
    """The sums added up, sorted."""
    found = parts.group_by(_KEYS).aggregate([("count", "sum")]).rename_columns(SUMS.names)
    return found.cast(SUMS).sort_by([(name, "ascending") for name in _KEYS])


def counted(sums: pa.Table, what: int) -> dict[tuple[int, int], int]:
    """One thing, by key and bin."""
    rows = sums.filter(pc.field("what") == what).to_pylist()
    return {(row["key"], row["bin"]): row["count"] for row in rows if row["count"]}
