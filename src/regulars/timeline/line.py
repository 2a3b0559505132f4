"""The line from a first visit to a regular: who came in, by which source, and how far they went.

The rules, stated once:

- A customer comes in with the first entry of all that is a step of the line told by an event; in a
  shop without events, with the first order. Whoever has ordered before that was a customer already
  and is no newcomer.
- The steps after that are taken in their order, each by an entry of its own and no earlier than the
  one before, without a bound on the time (`timeline.funnel`, "ordered"). The entry with which
  somebody comes in may be the next step too: whoever follows first of all has been seen.
- The source is that of the first entry, in the whole past, that tells one. Entries of one second
  count as one for this; of several sources the one listed first is taken.
- Beside that, who took a step at all is counted, whatever came before; of the last of two steps
  that make a pair (a first order and another), who took both.
- Back is who is active on another day within some days of coming in; told of those only who have
  been watched for so many days. With a horizon, steps count within those days, too, and only of
  those who have been watched.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> line = Line(steps=1, edges=(0, 1 << 62), last_day=20_000)
>>> at = pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 1)])
>>> rows = pa.table({"customer_id": [1, 1, 2], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "mask": pa.array([line.came, line.came | 1, line.came], pa.int32()),
...                  "touch": pa.array([0, -1, -1], pa.int32()), "net": [0, 500, 0]})
>>> found = Counted.of(line(stretch_of(rows)))
>>> found.customers(CAME), found.reached(0), found.customers(CAME, source=0)
(2, [2, 1], 1)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.calendar import Calendar
from regulars.timeline.funnel import NO_WINDOW, UTC
from regulars.timeline.kernels.funnel import ordered
from regulars.timeline.kernels.line import came_in
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]

CAME, KNOWN, REACHED, DID, WATCHED, BACK, INVITED, BOUGHT, ACTIVE = range(9)
"""What a row of the fold counts: who came in as a newcomer; who was a customer already; those
watched by the last step reached; those who took a step at all, in whichever order; who was watched
for the days of a return; who returned; who names an inviter; what was bought; who was active."""

SUMS = pa.schema(
    [
        ("what", pa.int8()),
        ("source", pa.int32()),
        ("period", pa.int32()),
        ("step", pa.int8()),
        ("customers", pa.int64()),
        ("amount", pa.int64()),
    ]
)
_KEYS = SUMS.names[:4]
_WHATS = 9
_NONE = -1


@dataclass(frozen=True, slots=True)
class Line:
    """The fold. Its rows have `mask`, `touch` (-1 for none) and `net` (0 where it is no order).

    Attributes:
        steps: how many there are after coming in; bit k of `mask` says that an entry is step k.
        edges: instants that part the periods of coming in; whoever came in outside is left out.
        last_day: the last one that is known, as a number of days.
        calendar: of the shop.
        horizon: days after that of coming in within which steps count; None for no bound.
        patience: days after that of coming in within which an active day is a return.
        is_pair: whether the last two steps are a first one and another, as orders are.
    """

    steps: int
    edges: tuple[int, ...]
    last_day: int
    calendar: Calendar = UTC
    horizon: int | None = None
    patience: int = 30
    is_pair: bool = False

    @property
    def came(self) -> int:
        """The bit of an entry with which one comes in."""
        return 1 << self.steps

    @property
    def bought(self) -> int:
        """The bit of an order."""
        return 1 << (self.steps + 1)

    @property
    def active(self) -> int:
        """The bit of whatever the customer did."""
        return 1 << (self.steps + 2)

    @property
    def invited(self) -> int:
        """The bit of an entry that names an inviter."""
        return 1 << (self.steps + 3)

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        starts, at = stretch.starts, stretch.at
        mask, touch, net = (stretch.columns[name] for name in ("mask", "touch", "net"))
        day = self.calendar.days(at)
        horizon = _NONE if self.horizon is None else self.horizon
        entry, before, source, did, back, amount, kept = came_in(
            starts, at, day, mask, touch, net, self.came, self.bought, self.active, horizon,
            self.patience,
        )  # fmt: skip
        reached = _reached(starts, at, kept & (self.came - 1), self.steps)
        if self.is_pair:
            both = _reached(starts, at, (kept >> (self.steps - 2)) & 3, 2) > 1
            did = np.where(both, did, did & ~(self.came >> 1))
        come = np.flatnonzero(entry >= 0)
        period = self._period(at[entry[come]])
        inside = period >= 0
        come, period = come[inside], period[inside]
        new = ~before[come]
        parts = [_counted(KNOWN, source[come], period, ~new)]
        come, period = come[new], period[new]
        own, did, amount = source[come], did[come], amount[come]
        watched = day[entry[come]] + self.patience <= self.last_day
        judged = watched if self.horizon is not None else np.ones(len(come), bool)
        bought = judged & ((did & self.bought) > 0)
        parts += [
            _counted(CAME, own, period),
            _counted(REACHED, own, period, judged, step=reached[come]),
            *(
                _counted(DID, own, period, judged & ((did >> k) & 1 > 0), step=did * 0 + k)
                for k in range(self.steps)
            ),
            _counted(WATCHED, own, period, watched),
            _counted(BACK, own, period, watched & back[come]),
            _counted(INVITED, own, period, (did & self.invited) > 0),
            _counted(BOUGHT, own, period, bought, amount=amount),
            self._active(starts, at, mask),
        ]
        return pa.concat_tables(parts)

    def _period(self, at: Ints) -> Ints:
        """Between which edges each instant lies; -1 where it lies outside."""
        found = np.searchsorted(np.asarray(self.edges), at, side="right") - 1
        return np.where(found < len(self.edges) - 1, found, _NONE)

    def _active(self, starts: Ints, at: Ints, mask: Ints) -> pa.Table:
        """How many customers were active in each period, newcomers or not."""
        rows = np.flatnonzero((mask & self.active) > 0)
        who = np.searchsorted(starts, rows, side="right")
        period = self._period(at[rows])
        is_new = np.ones(len(rows), bool)
        is_new[1:] = (who[1:] != who[:-1]) | (period[1:] != period[:-1])
        kept = is_new & (period >= 0)
        return _counted(ACTIVE, period * 0 - 1, period, kept)


def _reached(starts: Ints, at: Ints, mask: Ints, steps: int) -> Ints:
    """How many of the steps each customer takes in their order."""
    found: Ints = ordered(starts, at, mask, steps, NO_WINDOW, NO_WINDOW, False)[0]
    return found


def _counted(
    what: int,
    source: Ints,
    period: Ints,
    chosen: npt.NDArray[np.bool_] | None = None,
    *,
    step: Ints | None = None,
    amount: Ints | None = None,
) -> pa.Table:
    """How many of the chosen customers there are of each source, period and step."""
    nothing = np.zeros(len(source), np.int64)
    columns = {
        "source": source,
        "period": period,
        "step": nothing if step is None else step,
        "amount": nothing if amount is None else amount,
    }
    if chosen is not None:
        columns = {name: column[chosen] for name, column in columns.items()}
    table = pa.table(columns)
    grouped = table.group_by(_KEYS[1:]).aggregate([([], "count_all"), ("amount", "sum")])
    number = pa.array(np.full(grouped.num_rows, what))
    return pa.table(
        [number, *(grouped[name] for name in _KEYS[1:]), grouped["count_all"],
         grouped["amount_sum"]], names=SUMS.names,
    ).cast(SUMS)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """The sums of all stretches, added up: by what is counted, source + 1, period and step."""

    _customers: Ints
    _amount: Ints

    @classmethod
    def of(cls, parts: pa.Table) -> Counted:
        """What the fold gave, added up."""
        keys = [parts[name].to_numpy().astype(np.int64) for name in _KEYS]
        keys[1] = keys[1] + 1
        shape = (_WHATS, *(int(key.max(initial=0)) + 1 for key in keys[1:]))
        found = [np.zeros(shape, np.int64) for _ in range(2)]
        for sums, name in zip(found, ("customers", "amount"), strict=True):
            np.add.at(sums, tuple(keys), parts[name].to_numpy())
        return cls(*found)

    def customers(
        self,
        what: int,
        *,
        source: int | None = None,
        period: int | None = None,
        step: int | None = None,
    ) -> int:
        """How many customers; of all sources, periods or steps where none is named."""
        return _sum(self._customers[what], source, period, step)

    def amount(self, what: int, *, source: int | None = None, period: int | None = None) -> int:
        """What they brought in, in units of money."""
        return _sum(self._amount[what], source, period, None)

    def reached(
        self, steps: int, *, source: int | None = None, period: int | None = None
    ) -> list[int]:
        """How many came in, and how many came to each step or further; of those judged.

        Args:
            steps: after coming in; 0 for as many as somebody reached.
            source: only of this one.
            period: only of this one.
        """
        last = steps or self._customers.shape[3] - 1
        by_step = [
            self.customers(REACHED, source=source, period=period, step=k) for k in range(last + 1)
        ]
        return [sum(by_step[k:]) for k in range(last + 1)]

    @property
    def sources(self) -> list[int]:
        """Of which somebody came in, the largest first, ties by number."""
        sizes = self._customers[CAME].sum(axis=(1, 2))
        found = [int(place) - 1 for place in np.flatnonzero(sizes)]
        return sorted(found, key=lambda one: (-int(sizes[one + 1]), one))


def _sum(sums: Ints, source: int | None, period: int | None, step: int | None) -> int:
    """The sum over what is not named; 0 of what did not occur."""
    place = (None if source is None else source + 1, period, step)
    for axis, one in enumerate(place):
        if one is not None and one >= sums.shape[axis]:
            return 0
    return int(sums[tuple(slice(None) if one is None else one for one in place)].sum())
