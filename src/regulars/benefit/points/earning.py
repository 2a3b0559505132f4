"""What something earns under a published rule: pure arithmetic, in whole points.

An order earns on what was paid in money for its lines in scope, after every discount; what points
and the customer's balance paid earns nothing. Of each rule the points are

    floor(base * points / per * points_percent of the tier)

and are rounded down once, at the end; growth value is counted likewise, without the tier. An event
earns a fixed number. Several rules of one order are added up.

>>> rule = Earning(name="goods", on="order", points=1, growth=1, per=100)
>>> lines = [PaidLine("p1", "tea/green", 5_000, 4_550), PaidLine("p2", "cups", 3_000, 3_099)]
>>> order_earns(rule, lines, happened_at=0, percent=12_000)
Earned(rule='goods', base=7649, points=91, growth=76, limit=None, limit_days=1)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from regulars.benefit.definition.terms import Earning, Scope
from regulars.benefit.names import customer_owner
from regulars.benefit.points.expiry import local_day
from regulars.benefit.quote.scope import in_scope
from regulars.ledger.command import Limit

WHOLE = 10_000
"""A tier's `points_percent` that changes nothing."""
ORDER = "order"
"""`Earning.on` of paid orders."""


class PaidLine(NamedTuple):
    """A line of a paid order: `unit_price` as listed, `paid` in money for all of it."""

    product: str
    category: str
    unit_price: int
    paid: int


class Earned(msgspec.Struct, frozen=True):
    """What something earns under one rule.

    Attributes:
        rule: its name.
        base: smallest coins that earned; 0 of an event.
        points: so many.
        growth: growth value.
        limit: of the rule: so often for one customer…
        limit_days: …in so many days; 0 in all.
    """

    rule: str
    base: int = 0
    points: int = 0
    growth: int = 0
    limit: int | None = None
    limit_days: int = 1


def order_earns(
    rule: Earning, lines: Iterable[PaidLine], *, happened_at: int, percent: int = WHOLE
) -> Earned:
    """What an order earns under a rule.

    Args:
        rule: one for orders.
        lines: of the order.
        happened_at: when it was paid, UTC microseconds.
        percent: the tier's `points_percent`.
    """
    base = sum(line.paid for line in lines if _is_meant(rule.scope, line))
    if not is_in_time(rule, happened_at) or rule.per < 1 or base < 1:
        return Earned(rule.name, limit=rule.limit, limit_days=rule.limit_days)
    points = base * rule.points * percent // (rule.per * WHOLE)
    growth = base * rule.growth // rule.per
    return Earned(rule.name, base, points, growth, rule.limit, rule.limit_days)


def event_earns(rule: Earning, *, happened_at: int, percent: int = WHOLE) -> Earned:
    """What an event earns under a rule; the same arguments.

    >>> rule = Earning(name="review", on="Product Reviewed", points=25, growth=5)
    >>> event_earns(rule, happened_at=0, percent=15_000).points
    37
    """
    if not is_in_time(rule, happened_at):
        return Earned(rule.name, limit=rule.limit, limit_days=rule.limit_days)
    points = rule.points * percent // WHOLE
    return Earned(rule.name, 0, points, rule.growth, rule.limit, rule.limit_days)


def base_of(rules: Iterable[Earning], lines: Iterable[PaidLine]) -> int:
    """What was paid for lines that earn under any of the rules, each counted once."""
    scopes = [rule.scope for rule in rules]
    return sum(line.paid for line in lines if any(_is_meant(scope, line) for scope in scopes))


def is_in_time(rule: Earning, happened_at: int) -> bool:
    """Whether the rule holds at the instant."""
    begun = rule.starts_at is None or rule.starts_at <= happened_at
    return begun and (rule.ends_at is None or happened_at < rule.ends_at)


def limit_of(earned: Earned, customer_id: int, happened_at: int, zone: str) -> Limit | None:
    """The limit that counts how often the customer has earned so; None where nothing bounds it.

    Windows follow one another: of a day each calendar day, of seven the weeks that begin on
    Monday. In them counts when it happened, not when it was told.

    >>> once_a_week = Earned("review", points=5, limit=1, limit_days=7)
    >>> limit_of(once_a_week, 7, 1_795_924_800_000_000, "Asia/Shanghai").scope  # a Sunday
    'earn:review:2026-11-23'
    """
    if earned.limit is None:
        return None
    window = "all"
    if earned.limit_days:
        day = local_day(happened_at, zone)
        first = day.toordinal() - (day.toordinal() - 1) % earned.limit_days
        window = day.fromordinal(first).isoformat()
    scope = f"earn:{earned.rule}:{window}"
    return Limit(scope, customer_owner(customer_id), earned.limit)


def _is_meant(scope: Scope, line: PaidLine) -> bool:
    return in_scope(scope, line.product, line.category, line.unit_price)
