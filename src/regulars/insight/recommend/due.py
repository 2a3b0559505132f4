"""When a good, or a category, is due again: the hazard of a gap that has lasted so long.

The time from one purchase to the next of the same is taken as log-logistic, whose hazard is small
right after a purchase, highest around the gap, and falls after:

    h(t) = (b / t) e^z / (1 + e^z),   z = b (ln t - m),   b = pi / (s sqrt 3)

with m and s the mean and deviation of ln gap. They come from the gaps of the category, drawn
towards the shop's where there are few; m is drawn on towards the person's own gaps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.fixed import grains, number, real, total

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DRAWN = 10
"""Gaps of the shop added to those of a category."""
_PATIENCE = 2
"""Gaps of the category added to a person's own."""
_UNKNOWN_GAP, _UNKNOWN_SPREAD, _LEAST_SPREAD = 30.0, 0.9, 0.3
"""Where nobody in the shop has bought the same again yet."""
_LEAST = -10.0
"""The ln hazard of what is not due at all."""


def gap_laws(lines: ir.Table) -> ir.Table:
    """The law of gaps per category, of the same good and of any good of the category.

    Args:
        lines: `customer_id, day, item, category`, one row per person, day and good.

    Returns:
        `category, item_gap, item_spread, category_gap, category_spread`: m and s of ln gap
    """
    same_good = _laws(lines.select("customer_id", "day", "category", key=lines.item), "item")
    of_category = lines.select("customer_id", "day", "category").distinct()
    same_category = _laws(of_category.mutate(key=of_category.category), "category")
    joined = same_good.join(same_category, "category")
    return joined.select("category", "item_gap", "item_spread", "category_gap", "category_spread")


def _laws(times: ir.Table, what: str) -> ir.Table:
    own = ibis.window(group_by=[times.customer_id, times.key], order_by=times.day)
    steps = times.mutate(days=times.day - times.day.lag().over(own))
    log = ibis.greatest(steps.days, 1).cast("float64").ln()
    sums = steps.group_by("category").agg(
        gaps=steps.days.count(),
        logs=total(grains(log), steps.days.notnull()),
        squares=total(grains(log * log), steps.days.notnull()),
    )
    shop = sums.agg(
        all_gaps=total(sums.gaps), all_logs=total(sums.logs), all_squares=total(sums.squares)
    )
    both = sums.cross_join(shop)
    has_gaps = both.all_gaps > 0
    every = both.all_gaps.nullif(0).cast("float64")
    known = math.log(_UNKNOWN_GAP)
    mean = ibis.cases((has_gaps, real(both.all_logs) / every), else_=number(known))
    square = ibis.cases(
        (has_gaps, real(both.all_squares) / every), else_=number(known**2 + _UNKNOWN_SPREAD**2)
    )
    count = both.gaps.cast("float64") + float(_DRAWN)
    location = (real(both.logs) + mean * float(_DRAWN)) / count
    spread = (real(both.squares) + square * float(_DRAWN)) / count - location * location
    return both.select(
        "category",
        **{
            f"{what}_gap": location,
            f"{what}_spread": ibis.greatest(spread, number(_LEAST_SPREAD**2)).sqrt(),
        },
    )


def own_gap(times: ir.Value, span: ir.Value, law_gap: ir.Value) -> ir.FloatingValue:
    """The m of one person: the own mean gap, with the law's weighing as much as two own gaps.

    Args:
        times: how often it was bought.
        span: days from the first to the last time.
        law_gap: m of the law.
    """
    closed = (times - 1).cast("float64")
    mean = span.cast("float64") / ibis.greatest(closed, number(1))
    log = ibis.greatest(mean, number(1)).ln()
    return (closed * log + law_gap * float(_PATIENCE)) / (closed + float(_PATIENCE))


def due(age: ir.Value, gap: ir.Value, spread: ir.Value) -> ir.FloatingValue:
    """How due it is tomorrow: 10 + ln h, from 0 (not at all) to 10.

    Args:
        age: days since it was bought last.
        gap: m, from `own_gap`.
        spread: s of the law.
    """
    days = (age + 1).cast("float64")
    steep = number(math.pi / math.sqrt(3)) / spread
    z = steep * (days.ln() - gap)
    hazard = steep.ln() - days.ln() + z - (z.exp() + 1.0).ln()
    return ibis.greatest(ibis.least(hazard, number(0)), number(_LEAST)) - _LEAST
