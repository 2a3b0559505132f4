"""What is due in which category: how many customers, how many buyers, after how many days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.expected import expected_sum
from regulars.insight.next_purchases import AHEAD, due_within

if TYPE_CHECKING:
    import ibis.expr.types as ir


def due_categories(category_cycles: ir.Table, as_of: date, days: int = AHEAD) -> ir.Table:
    """Every category bought, that with most customers due first; ties by overdue, then by name.

    Returns:
        `category, customers` (who have bought it), `due` (of them, within so many days), `overdue`,
        `expected_buyers` (of all who have bought it, within 30 days), `with_chance`,
        `median_cycle` (days: the median over these customers of the P50 of their cycle)
    """
    cycles = category_cycles
    found = cycles.group_by("category").agg(
        customers=cycles.count(),
        due=number_where(due_within(cycles, as_of, days)),
        overdue=number_where(cycles.overdue_days > 0),
        expected_buyers=expected_sum(cycles.chance_30),
        with_chance=cycles.chance_30.count(),
        # Engines may differ in the last bit of the mean of the two in the middle.
        median_cycle=cycles.cycle_p50.median().round(6),
    )
    return found.order_by([ibis.desc("due"), ibis.desc("overdue"), ibis.asc("category")])
