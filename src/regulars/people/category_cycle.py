"""The cycle of each customer in each category: when soap runs out is not when tea does.

A pair of customer and category has gaps of its own, measured by the shop's clock and by the pieces
bought in that category. One model is fitted to all pairs (`lifetime.cycle`): the pair's own gaps,
drawn to its category, that drawn to the shop, as data thin out. Nothing is folded over time; the
table is of the as-of day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.lifetime.cycle import SOURCES, CycleFit, chance_of_return, share_ended
from regulars.lifetime.cycle_fit import fit_cycle
from regulars.lifetime.gaps import GapHistory, gap_history
from regulars.lifetime.shop_clock import CALENDAR, ShopClock
from regulars.lifetime.stretch import NO_STRETCH, Stretch, stretch_of
from regulars.people.warmth import Cycles, cycles_of
from regulars.settings import CycleSettings

SOON = 30
"""Days for which `chance_30` tells the chance of a purchase."""

SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("category", pa.string()),
        ("purchases", pa.int32()),
        ("last_on", pa.date32()),
        ("cycle_source", pa.string()),
        ("cycle_p50", pa.float64()),
        ("cycle_p80", pa.float64()),
        ("cycle_p95", pa.float64()),
        ("due_on", pa.date32()),
        ("overdue_days", pa.int32()),
        ("overdue_probability", pa.float64()),
        ("chance_30", pa.float64()),
    ]
)
"""Columns of `category_cycles` (docs/tables.md)."""


@dataclass(frozen=True, slots=True)
class CategoryFit:
    """What the gaps within categories tell as of a day.

    Attributes:
        fit: None where they cannot tell.
        cannot_tell: why.
        stretch: of gaps by the pieces bought in the category.
    """

    fit: CycleFit | None
    cannot_tell: str
    stretch: Stretch


def category_cycles(
    bought: pa.Table, as_of: int, settings: CycleSettings, clock: ShopClock = CALENDAR
) -> tuple[pa.Table, CategoryFit]:
    """One row per customer and category bought, by customer and category, and the fit behind it.

    Args:
        bought: `customer_id, category, day, pieces`, one row per order or day, in any order; guests
            left out.
        as_of: day number; later rows are not looked at.
        settings: fallback days.
        clock: of the shop, as of that day.
    """
    codes = bought["category"].combine_chunks().dictionary_encode()
    names = np.array(codes.dictionary.to_pylist(), dtype=object)
    rank = np.argsort(np.argsort(names)).astype(np.int64) if len(names) else np.zeros(0, np.int64)
    category = rank[codes.indices.to_numpy(zero_copy_only=False)]
    customer = bought["customer_id"].to_numpy().astype(np.int64)
    day = bought["day"].cast(pa.int32()).to_numpy().astype(np.int64)
    pieces = bought["pieces"].cast(pa.float64()).to_numpy()
    seen = np.flatnonzero(day <= as_of)
    order = seen[np.lexsort((day[seen], category[seen], customer[seen]))]
    customer, category, day = customer[order], category[order], day[order]
    new = np.append(True, (customer[1:] != customer[:-1]) | (category[1:] != category[:-1]))
    pair = np.cumsum(new[: len(customer)]) - 1
    history = gap_history(pair, day, category, pieces[order]).measured_by(clock)
    fit = _fitted(history, as_of)
    if fit.stretch.theta:
        history = history.measured_by(clock, fit.stretch.theta, fit.stretch.usual)
    last = history.rows(history.last_rows())
    cycles = cycles_of(fit.fit, last, settings)
    first = np.flatnonzero(new[: len(customer)])
    return _table(customer[first], np.sort(names), last, cycles, as_of), fit


def _fitted(history: GapHistory, as_of: int) -> CategoryFit:
    stretch = stretch_of(history, as_of)
    if stretch.theta:
        history = history.measured_by(history.clock, stretch.theta, stretch.usual)
    try:
        return CategoryFit(fit_cycle(history, as_of), "", stretch)
    except CannotTell as error:
        return CategoryFit(None, error.message, NO_STRETCH)


def _table(
    customer: np.ndarray, names: np.ndarray, last: GapHistory, cycles: Cycles, as_of: int
) -> pa.Table:
    due = last.day + cycles.last_days[:, 0]
    overdue, soon = np.full((2, len(due)), np.nan)
    if cycles.law is not None:
        silence = last.silence(as_of)
        overdue = share_ended(cycles.law, silence)
        soon = chance_of_return(cycles.law, silence, last.silence(as_of + SOON) - silence)
    columns = [
        pa.array(customer, pa.int64()),
        pa.array(names, pa.string()).take(pa.array(last.category)),
        pa.array(last.rank.astype(np.int32)),
        pa.array(last.day.astype(np.int32)).cast(pa.date32()),
        pa.array([str(source) for source in SOURCES]).take(pa.array(cycles.source)),
        *(pa.array(cycles.days[:, place]) for place in range(3)),
        pa.array(due.astype(np.int32)).cast(pa.date32()),
        pa.array(np.maximum(as_of - due, 0).astype(np.int32)),
        pa.array(overdue, from_pandas=True),
        pa.array(soon, from_pandas=True),
    ]
    return pa.table(columns, schema=SCHEMA)
