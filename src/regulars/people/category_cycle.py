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
import pyarrow.compute as pc
from numpy.typing import NDArray

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


def fit_categories(
    bought: pa.Table, as_of: int, clock: ShopClock = CALENDAR
) -> tuple[CategoryFit, tuple[str, ...]]:
    """What the gaps of these customers tell, and the names that its category codes stand for.

    Args:
        bought: see `category_cycles`; a part of the customers is enough where there are many.
        as_of: day number; later rows are not looked at.
        clock: of the shop, as of that day.
    """
    names = tuple(sorted(bought["category"].unique().to_pylist()))
    history, _ = _pairs(bought, names, as_of)
    return _fitted(history.measured_by(clock), as_of), names


def category_cycles(
    bought: pa.Table,
    as_of: int,
    settings: CycleSettings,
    clock: ShopClock = CALENDAR,
    fitted: tuple[CategoryFit, tuple[str, ...]] | None = None,
) -> tuple[pa.Table, CategoryFit]:
    """One row per customer and category bought, by customer and category, and the fit behind it.

    Args:
        bought: `customer_id, category, day, pieces`, one row per order or day, in any order; guests
            left out.
        as_of: day number; later rows are not looked at.
        settings: fallback days.
        clock: of the shop, as of that day.
        fitted: by `fit_categories`; made from these rows if not given.
    """
    fit, names = fitted or fit_categories(bought, as_of, clock)
    # A category that the fit does not know stands behind those that it does.
    unknown = sorted(set(bought["category"].unique().to_pylist()) - set(names))
    every = (*names, *unknown)
    history, customer = _pairs(bought, every, as_of)
    history = history.measured_by(clock, fit.stretch.theta, fit.stretch.usual)
    last = history.rows(history.last_rows())
    table = _table(
        customer, np.array(every, dtype=object), last, cycles_of(fit.fit, last, settings), as_of
    )
    return (
        table.sort_by([("customer_id", "ascending"), ("category", "ascending")])
        if unknown
        else table
    ), fit


def _pairs(
    bought: pa.Table, names: tuple[str, ...], as_of: int
) -> tuple[GapHistory, NDArray[np.int64]]:
    """The gaps of each customer in each category, and the customer of each such pair."""
    category = pc.index_in(bought["category"], value_set=pa.array(names, pa.string()))
    code = category.to_numpy().astype(np.int32)
    customer = bought["customer_id"].to_numpy()
    day = bought["day"].cast(pa.int32()).to_numpy()
    seen = np.flatnonzero(day <= as_of)
    order = seen[np.lexsort((day[seen], code[seen], customer[seen]))]
    customer, code, day = customer[order], code[order], day[order]
    pieces = bought["pieces"].cast(pa.float64()).to_numpy()[order]
    new = np.append(True, (customer[1:] != customer[:-1]) | (code[1:] != code[:-1]))
    new = new[: len(customer)]
    history = gap_history(np.cumsum(new) - 1, day, code, pieces)
    return history, customer[new].astype(np.int64)


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
