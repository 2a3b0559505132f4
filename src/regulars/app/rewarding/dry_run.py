"""What rules would have given on past data, without asking the ledger for anything.

Everything that happened in the days is judged as a pass judges it, with what is known of it by now:
orders net of their refunds, waits that are over by now or not. Rules are taken as if they had held
all the time (`from` and `to` are not looked at), stocks and budgets as if nothing had been given.
Who is held out is drawn, and not recorded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from regulars.app.rewarding.badges import badge_met
from regulars.app.rewarding.facts import Facts
from regulars.app.rewarding.hold_outs import Aside, left_alone
from regulars.app.rewarding.incentives import all_met
from regulars.app.rewarding.rules import Rules
from regulars.app.rewarding.tally import Tallies
from regulars.app.rewarding.told import events_due, orders_due
from regulars.app.rewarding.would import Would
from regulars.benefit.definition.terms import Incentive, Points, Term
from regulars.benefit.incentive.meets import day_begins
from regulars.benefit.points.expiry import local_day
from regulars.kernel.clock import day_number
from regulars.permission.assignment import NOT_MERGED, AssignmentBook, Merged

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.settings import Settings


@dataclass(frozen=True, slots=True)
class BudgetWould:
    """What would have become of a budget.

    Attributes:
        name: of it.
        asset: `points` or `money:CUR`.
        amount: of it in all.
        set_aside: of it, the worst case of what is given.
        ends_on: the first day on which it could not pay; None where it always could.
    """

    name: str
    asset: str
    amount: int
    set_aside: int
    ends_on: date | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        ends_on = self.ends_on and self.ends_on.isoformat()
        return {
            "budget": self.name,
            "asset": self.asset,
            "amount": self.amount,
            "set_aside": self.set_aside,
            "ends_on": ends_on,
        }


@dataclass(frozen=True, slots=True)
class DryRun:
    """What rules would have given.

    Attributes:
        first, last: the days, both included.
        currency: of all money, in its smallest coin.
        tallies: by rule: customers, times, points, coupons, money, by day, and how many customers
            are held out.
        budgets: what would have become of them.
        seconds: that it took.
    """

    first: date
    last: date
    currency: str
    tallies: Tallies
    budgets: tuple[BudgetWould, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "currency": self.currency,
            "rules": self.tallies.as_dict(),
            "budgets": [one.as_dict() for one in self.budgets],
            "seconds": round(self.seconds, 3),
        }


def dry_run(
    warehouse: Warehouse,
    home: Home,
    terms: Iterable[Term],
    first: date,
    last: date,
    book: AssignmentBook | None = None,
) -> DryRun:
    """What the terms would have given in the days, both included.

    The warehouse is brought up to date with landing first; stages are those of the last
    `understand`.

    Args:
        warehouse: of the home.
        home: the shop.
        terms: published or not, as `benefits.toml` has them.
        first: day of the shop's calendar.
        last: likewise.
        book: the records of hold-outs, which are only read; None where there are none.
    """
    from regulars.app.as_of import refresh
    from regulars.app.identity import merged_numbers
    from regulars.app.rewarding.rewarding import facts_of

    refresh(warehouse, home)
    return dry_run_on(
        facts_of(warehouse, home),
        home.settings,
        terms,
        first,
        last,
        book,
        merged_numbers(warehouse),
    )


def dry_run_on(
    facts: Facts,
    settings: Settings,
    terms: Iterable[Term],
    first: date,
    last: date,
    book: AssignmentBook | None = None,
    merged: Merged = NOT_MERGED,
) -> DryRun:
    """The same on facts that are up to date."""
    began = time.perf_counter()
    zone = settings.shop.time_zone
    begins_at = day_begins(day_number(first), zone)
    ends_at = day_begins(day_number(last) + 1, zone)
    rules = Rules.of([_of_all_time(term) for term in terms], begins_at)
    would = Would(rules.catalogue, zone)
    for rule in rules.catalogue.points.earn:  # who would get nothing is told as well
        would.tallies.of("earn", rule.name)
    for incentive in rules.catalogue.incentives():
        would.tallies.of("incentive", incentive.name)
    _earn(would, facts, rules, begins_at, ends_at)
    _badges(would, facts, rules, begins_at, ends_at)
    mets = all_met(facts, rules, settings, ends_at, merged=merged)
    by_name = {one.name: one for one in rules.catalogue.incentives()}
    held = left_alone(mets, by_name, Aside(book), settings, merged)
    for met in mets:
        tally, met_rule = would.tallies.of("incentive", met.incentive), by_name[met.incentive]
        if met in held:
            tally.held_out.add(met.customer_id)
        else:
            would.give(tally, met_rule.give, met.customer_id, met.at, met_rule.budget)
    budgets = tuple(
        BudgetWould(
            one.name, one.asset, one.amount, would.set_aside[one.name], would.ended.get(one.name)
        )
        for one in rules.catalogue.budgets()
    )
    seconds = time.perf_counter() - began
    return DryRun(first, last, settings.shop.currency, would.tallies, budgets, seconds)


def _of_all_time(term: Term) -> Term:
    if isinstance(term, Incentive):
        return msgspec.structs.replace(term, starts_at=None, ends_at=None)
    if isinstance(term, Points):
        earn = (msgspec.structs.replace(one, starts_at=None, ends_at=None) for one in term.earn)
        return msgspec.structs.replace(term, earn=tuple(earn))
    return term


def _earn(would: Would, facts: Facts, rules: Rules, begins_at: int, ends_at: int) -> None:
    dues = []
    if rules.earning_since(of_orders=True) is not None:
        for part in facts.orders.paid(begins_at, ends_at):
            dues += orders_due(facts, rules, part)
    names = rules.events_that_earn()
    happenings = facts.happenings(names, begins_at, ends_at)
    for part_due in events_due(rules, happenings, names):
        dues += part_due
    for due in sorted(dues, key=lambda one: (one.at, one.source)):
        would.earn(due)


def _badges(would: Would, facts: Facts, rules: Rules, begins_at: int, ends_at: int) -> None:
    for badge in rules.badges:
        tally = would.tallies.of("badge", badge.name)
        for who, at in badge_met(facts, badge, ends_at):
            if at >= begins_at:
                tally.give(who, day=local_day(at, would.zone).isoformat())
