"""Who is slipping, and what is lost with them.

Slipping is who bought on two days or more and is at risk or dormant now: later than 80 % of those
who return, but not given up. What such a customer earned the shop in the year up to the last
purchase is what a year without would cost; times the chance that there is no return, it is the
profit at stake. The interval takes customers as independent, each back or not:

    stake = sum v (1 - p),  variance = sum v^2 p (1 - p)

with v the customer's yearly profit and p the chance of a return within the horizon of the settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.kernel.stage_names import Warmth

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from regulars.insight.picture import View

_Z = 1.959964
_YEAR = 365
LISTED = 500
"""Customers on the list, those with the most at stake."""


@dataclass(frozen=True, slots=True)
class Slipping:
    """Customers at risk or dormant, with two purchase days or more.

    Attributes:
        customers: how many; by stage in `at_risk` and `dormant`.
        at_risk, dormant: of them.
        yearly: their profit in the year up to their last purchase.
        stake, low, high: profit at stake with its 95 % interval; None where no chance is told.
        at_risk_stake: the part of the stake that is with those at risk.
        with_chance: customers whose chance of return is told; the others are left out of the stake.
        returning: expected to come back by themselves, of those with a chance.
        half_held_by: so many of them hold half of the stake.
        listed: those with the most at stake: `customer_id, ref, stage, last_order_on, orders,
            yearly_profit, chance_of_return, at_stake`.
    """

    customers: int
    at_risk: int
    dormant: int
    yearly: float
    stake: float | None
    low: float | None
    high: float | None
    at_risk_stake: float
    with_chance: int
    returning: float
    half_held_by: int
    listed: pa.Table


def slipping(view: View) -> Slipping:
    """Who is slipping, as of the view's day."""
    own = with_stake(view.relation("people"), view.relation("purchases"))
    told = view.run(_sums(own)).to_pylist()[0]
    listed = view.run(
        own.order_by([ibis.desc("at_stake"), ibis.desc("yearly_profit"), "customer_id"])
        .limit(LISTED)
        .drop("warmth")
    )
    half = view.run(_held_by_half(own)).to_pylist()[0]["customers"]
    stake = told["stake"] if told["with_chance"] else None
    spread = _Z * sqrt(max(told["variance"] or 0.0, 0.0))
    return Slipping(
        customers=told["customers"],
        at_risk=told["at_risk"],
        dormant=told["dormant"],
        yearly=told["yearly"] or 0.0,
        stake=stake,
        low=None if stake is None else max(stake - spread, 0.0),
        high=None if stake is None else stake + spread,
        at_risk_stake=told["at_risk_stake"] or 0.0,
        with_chance=told["with_chance"],
        returning=told["returning"] or 0.0,
        half_held_by=half,
        listed=listed,
    )


def with_stake(people: ir.Table, purchases: ir.Table) -> ir.Table:
    """One row per slipping customer, with the yearly profit until now and what is at stake.

    Nobody is worth less than nothing here: a customer who cost more than was earned is no loss.
    """
    late = people.warmth.isin([str(Warmth.AT_RISK), str(Warmth.DORMANT)])
    who = people.filter(late & (people.purchase_days >= 2)).select(
        "customer_id", "ref", "stage", "warmth", "last_order_on", "orders", "chance_of_return"
    )
    bought = purchases.filter(purchases.customer_id.notnull()).select(
        "customer_id", "day", "profit"
    )
    joined = bought.join(who.select("customer_id", "last_order_on"), "customer_id")
    age = joined.last_order_on.epoch_days() - joined.day.epoch_days()
    lately = joined.filter(age < _YEAR)
    earned = lately.group_by("customer_id").agg(profit=lately.profit.sum().cast("float64"))
    own = who.left_join(earned, "customer_id").drop("customer_id_right")
    nothing = ibis.literal(0).cast("float64")
    worth = ibis.greatest(own.profit.fill_null(nothing), nothing)
    return own.select(
        "customer_id",
        "ref",
        "stage",
        "warmth",
        "last_order_on",
        "orders",
        yearly_profit=worth,
        chance_of_return=own.chance_of_return,
        at_stake=worth * (1 - own.chance_of_return),
    )


def _sums(own: ir.Table) -> ir.Table:
    chance = own.chance_of_return
    return own.agg(
        customers=own.count(),
        at_risk=number_where(own.warmth == str(Warmth.AT_RISK)),
        dormant=number_where(own.warmth == str(Warmth.DORMANT)),
        yearly=own.yearly_profit.sum(),
        stake=own.at_stake.sum(),
        at_risk_stake=own.at_stake.sum(where=own.warmth == str(Warmth.AT_RISK)),
        variance=(own.yearly_profit * own.yearly_profit * chance * (1 - chance)).sum(),
        with_chance=number_where(chance.notnull()),
        returning=chance.sum(),
    )


def _held_by_half(own: ir.Table) -> ir.Table:
    """How many of them, the dearest first, hold half of the stake."""
    known = own.filter(own.at_stake > 0)
    dearest_first = ibis.window(
        order_by=[ibis.desc(known.at_stake), ibis.asc(known.customer_id)],
        preceding=None,
        following=0,
    )
    running = known.mutate(until=known.at_stake.sum().over(dearest_first))
    whole = known.agg(whole=known.at_stake.sum())
    both = running.cross_join(whole)
    return both.agg(customers=number_where(both.until - both.at_stake < both.whole / 2))
