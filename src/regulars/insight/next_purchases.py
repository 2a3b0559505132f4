"""Who is due, who is overdue, and what may be expected of all customers together.

A customer is due within some days where `due_on` lies after the as-of day and within so many days;
overdue where `overdue_days` is over 0. These are the rules of `regulars due` and the people table.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.expected import expected_sum
from regulars.insight.spine import numbers
from regulars.kernel.clock import day_number
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir

SOON, AHEAD = 7, 30
"""Days within which customers are counted as due; chances are of a purchase within the latter."""


def next_totals(people: ir.Table, as_of: date) -> ir.Table:
    """One row for the whole shop.

    Sums are 0 where nothing is known; the `with_` counts tell that apart from a sum of zeros.

    Returns:
        `buyers`; `due_7, due_30` customers due within so many days; `due_30_buyers` of the latter
        who are expected to buy within 30 days; `with_chance`; `overdue, overdue_lost` (of them,
        lost); `expected_purchases_90, expected_purchases_365, with_expected`; `lifetime_value,
        with_value`; `promotion_only` customers; `repeat_buyers` (two purchase days or more)
    """
    soon, ahead = due_within(people, as_of, SOON), due_within(people, as_of, AHEAD)
    overdue = people.overdue_days > 0
    money = people.lifetime_value.sum().cast("decimal(38, 4)")
    return people.agg(
        buyers=number_where(people.orders > 0),
        due_7=number_where(soon),
        due_30=number_where(ahead),
        due_30_buyers=expected_sum(people.chance_30, ahead),
        with_chance=people.chance_30.count(),
        overdue=number_where(overdue),
        overdue_lost=number_where(overdue & (people.stage == str(Stage.LOST))),
        expected_purchases_90=expected_sum(people.expected_purchases_90),
        expected_purchases_365=expected_sum(people.expected_purchases_365),
        with_expected=people.expected_purchases_90.count(),
        lifetime_value=money.fill_null(ibis.literal(0, "decimal(38, 4)")),
        with_value=people.lifetime_value.count(),
        promotion_only=number_where(people.buys_only_at.notnull()),
        repeat_buyers=number_where(people.purchase_days > 1),
    )


def due_days(people: ir.Table, as_of: date, days: int = AHEAD) -> ir.Table:
    """The customers due on each of the days to come, days of nobody too.

    Returns:
        `in_days` (1 is the day after `as_of`), `customers`, and `expected_buyers`, how many of them
        are expected to buy within 30 days of `as_of` (on whichever day)
    """
    due = people.filter(due_within(people, as_of, days))
    ahead = (due.due_on.epoch_days() - day_number(as_of)).cast("int64")
    found = due.group_by(in_days=ahead).agg(
        customers=due.count(), expected_buyers=expected_sum(due.chance_30)
    )
    filled = numbers(1, days, "in_days").left_join(found, "in_days")
    return filled.select(
        in_days=filled.in_days,
        customers=filled.customers.fill_null(0),
        expected_buyers=filled.expected_buyers.fill_null(0.0),
    ).order_by("in_days")


def due_list(people: ir.Table, as_of: date, days: int = AHEAD, most: int = 500) -> ir.Table:
    """The customers due within so many days, the likeliest to come first.

    Returns:
        `customer_id, ref, stage, due_on, chance_30, chance_90, purchase_days, last_order_on,
        expected_spend, lifetime_value, buys_only_at`
    """
    due = people.filter(due_within(people, as_of, days))
    listed = due.order_by(
        [due.chance_30.desc(nulls_first=False), due.due_on.asc(), due.customer_id.asc()]
    ).limit(most)
    return listed.select(
        "customer_id", "ref", "stage", "due_on", "chance_30", "chance_90", "purchase_days",
        "last_order_on", "expected_spend", "lifetime_value", "buys_only_at",
    )  # fmt: skip


def due_within(cycles: ir.Table, as_of: date, days: int) -> ir.BooleanColumn:
    """Whether `due_on` lies after the day and within so many days of it."""
    last = as_of + timedelta(days=days)
    return (cycles.due_on > ibis.literal(as_of)) & (cycles.due_on <= ibis.literal(last))
