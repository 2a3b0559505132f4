"""From the history of stages to the stocks and flows of each month end.

The history is brought down on the engine to spells between month ends: how many customers entered
stage s in month m, and which stage followed in which month. A spell's age is the number of month
ends since the customer's stage or warmth last changed. Everything else is counted from these few
thousand sums: stocks at month ends, who came in, who went out, the moves that teach the forecast.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import numpy as np
from numpy.typing import NDArray

from regulars.insight.months import last_whole_month
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

Ints = NDArray[np.int64]

STAGES = tuple(
    stage
    for stage in Stage
    if stage not in (Stage.NOT_OBSERVABLE, Stage.VISITOR, Stage.FOLLOWER, Stage.ACTIVATED)
)
"""Stages of those who have bought, in the order of the life."""

GONE = (Stage.DORMANT, Stage.LOST)
"""Not in the pool."""

AGES = 4
"""Months since the last change: 0, 1, 2, and 3 or more."""

STATES = len(STAGES) * AGES
MONTHS_BACK = 36
"""Month ends that are looked at."""

_CODES = 16
_DAYS = 32


def spells(stage_history: ir.Table, as_of: date) -> ir.Table:
    """How many went from a stage entered in one month to one entered in another.

    A month is judged by its last change, months by their ends, up to the last that has ended.

    Returns:
        `before, code, customers`: month x 16 + place in `STAGES` of the spell left (NULL for the
        first one) and of the one begun
    """
    last = last_whole_month(as_of)
    codes = [(stage_history.stage == str(stage), code) for code, stage in enumerate(STAGES)]
    day = stage_history.changed_on
    month = (day.year() * 12 + day.month() - 1).cast("int64")
    changes = stage_history.select(
        "customer_id", month=month, day=day.day().cast("int64"), stage=ibis.cases(*codes)
    )
    changes = changes.filter(changes.month <= last, changes.stage.notnull())
    changes = changes.mutate(place=changes.day * _CODES + changes.stage)
    ends = changes.group_by(["customer_id", "month"]).agg(place=changes.place.max())
    ends = ends.select("customer_id", "month", code=ends.month * _CODES + ends.place % _CODES)
    own = ibis.window(group_by=ends.customer_id, order_by=ends.month)
    steps = ends.mutate(before=ends.code.lag().over(own))
    return steps.group_by(["before", "code"]).agg(customers=steps.count())


@dataclass(frozen=True, slots=True)
class Flows:
    """What happened from month end to month end.

    Attributes:
        months: numbers of the months, in order, shape (months,).
        stock: customers by state at each month end, shape (months, states); a state is the place
            in `STAGES` x `AGES` + age.
        moves: from the end of a month (all but the last) to that of the next,
            shape (months - 1, states, states).
        newcomers: by stage at the end of the month of their first purchase,
            shape (months, stages).
    """

    months: Ints
    stock: Ints
    moves: Ints
    newcomers: Ints

    def by_stage(self) -> Ints:
        """Customers by stage, shape (months, stages)."""
        return np.asarray(self.stock.reshape(len(self.months), len(STAGES), AGES).sum(axis=2))

    def until(self, place: int) -> Flows:
        """The flows as they were known at the end of an earlier month."""
        return Flows(
            self.months[: place + 1],
            self.stock[: place + 1],
            self.moves[:place],
            self.newcomers[: place + 1],
        )


def flows(found: pa.Table, as_of: date) -> Flows | None:
    """Stocks and flows of the last months, from `spells`; None where no month has ended yet."""
    last = last_whole_month(as_of)
    if not found.num_rows:
        return None
    before = np.array([-1 if x is None else x for x in found["before"].to_pylist()], np.int64)
    code = np.asarray(found["code"].to_numpy(), np.int64)
    number = np.asarray(found["customers"].to_numpy(), np.int64)
    first = max(int((code // _CODES).min()), last - MONTHS_BACK + 1)
    count = last - first + 1
    stock = np.zeros((count, STATES), np.int64)
    moves = np.zeros((count - 1, STATES, STATES), np.int64)
    newcomers = np.zeros((count, len(STAGES)), np.int64)
    begun, stage = code // _CODES - first, code % _CODES
    # Spells left, then spells still open: those begun less those left.
    left = before >= 0
    np.add.at(
        newcomers,
        (begun[~left & (begun >= 0)], stage[~left & (begun >= 0)]),
        number[~left & (begun >= 0)],
    )
    open_: dict[int, int] = {}
    for one, customers in zip(code.tolist(), number.tolist(), strict=True):
        open_[one] = open_.get(one, 0) + customers
    for one, customers in zip(before[left].tolist(), number[left].tolist(), strict=True):
        open_[one] -= customers
    closed = zip(
        before[left].tolist(),
        begun[left].tolist(),
        stage[left].tolist(),
        number[left].tolist(),
        strict=True,
    )
    for one, end, into, customers in closed:
        _spell(stock, moves, one // _CODES - first, one % _CODES, end, into, customers)
    for one, customers in open_.items():
        if customers:
            _spell(stock, moves, one // _CODES - first, one % _CODES, count, None, customers)
    return Flows(np.arange(first, last + 1), stock, moves, newcomers)


def _spell(
    stock: Ints,
    moves: Ints,
    start: int,
    stage: int,
    end: int,
    into: int | None,
    customers: int,
) -> None:
    """Count a spell from month `start` to the one before `end`, where another stage began."""
    for month in range(max(start, 0), end):
        state = stage * AGES + min(month - start, AGES - 1)
        stock[month, state] += customers
        if month + 1 < end:
            moves[month, state, stage * AGES + min(month + 1 - start, AGES - 1)] += customers
        elif into is not None:
            moves[month, state, into * AGES] += customers
