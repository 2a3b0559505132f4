"""What the shop's past tells a rule sheet: orders, baskets, stages, events, and what was used.

A month is 30 days. Figures are those of the 365 days up to the latest order or event, or of as many
days as there are; what nothing is known of is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from regulars.app.rewarding.facts import Facts
from regulars.app.rewarding.incentives import all_met
from regulars.app.rewarding.rules import Rules
from regulars.benefit.definition.history import History
from regulars.benefit.definition.terms import DAY, Term
from regulars.benefit.names import LAPSED, POINTS, SHOP, USED
from regulars.benefit.points.expiry import local_day
from regulars.engines.store_benefits import BenefitRows
from regulars.intake.inbox.from_store import CONNECTION as STORE
from regulars.kernel.clock import day_number
from regulars.ledger.command import EXPIRED

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.engines.store import Connection

_YEAR = 365 * DAY
_MONTH = 30 * DAY
_SAMPLE = 5_000
_ENOUGH = 20
"""Of fewer coupons, or points, that have come to their end no share is told."""


def history_of(
    warehouse: Warehouse,
    home: Home,
    now: int,
    terms: Iterable[Term] = (),
    connection: Connection | None = None,
) -> History:
    """The figures.

    The warehouse is taken as it is; stages are those of the last `understand`.

    Args:
        warehouse: of the home.
        home: the shop.
        now: the present instant, UTC microseconds.
        terms: whose incentives are looked for in the last month.
        connection: to the store, for what of coupons and points was used; None where there is none.
    """
    from regulars.app.rewarding.rewarding import facts_of

    facts, settings = facts_of(warehouse, home), home.settings
    orders = _orders(facts, now)
    events = _events(facts, now)
    told = [(row["first"], row["last"]) for row in (*orders, *events) if row["n"]]
    if not told:
        return History(at=now, margin=settings.shop.margin)
    last = max(one for _, one in told)
    since = max(last - _YEAR, min(one for one, _ in told))
    months = max(last - since, DAY) / _MONTH
    sales = orders[0] if orders and orders[0]["n"] else None
    first_day, last_day = (
        day_number(local_day(at, settings.shop.time_zone)) for at in (since, last)
    )
    stages = sorted(set(facts.stages.stage.tolist()))
    spans = {name: facts.stages.spans(name) for name in stages}
    return History(
        at=now,
        orders_a_month=sales["n"] / months if sales else None,
        average_order=int(sales["paid"]) // sales["n"] if sales else None,
        margin=settings.shop.margin,
        baskets=tuple(_sample(facts, "any_value(gross)", "order_no", now)) if sales else (),
        spends=tuple(_sample(facts, "sum(paid - refunded)", "customer_id", now)) if sales else (),
        customers=_customers(warehouse),
        in_stage={name: int((ends > last_day).sum()) for name, (_, _, ends) in spans.items()},
        entering={
            name: int((begins > first_day).sum()) / months for name, (_, begins, _) in spans.items()
        },
        rising=_rising(warehouse, since, now, months),
        events={row["name"]: row["n"] / months for row in events},
        people={row["name"]: row["people"] / months for row in events},
        met=_met(facts, terms, home, last),
        redeemed=_redeemed(connection),
        points_used=_points_used(connection),
    )


def _orders(facts: Facts, now: int) -> list[dict[str, Any]]:
    """One row: how many orders, what was paid, from when to when."""
    if not facts.warehouse.has("orders"):
        return []
    rows = facts.warehouse.sql(
        f"""
        SELECT count(*) AS n, {facts.orders.coins("sum(paid)")} AS paid,
               min({_AT}) AS first, max({_AT}) AS last
        FROM (SELECT *, max({_AT}) OVER () AS latest FROM orders WHERE {facts.orders.is_paid}
              AND status <> 'cancelled' AND {_AT} < {now})
        WHERE {_AT} >= latest - {_YEAR}
        """
    )
    return list(rows.to_pylist())


def _sample(facts: Facts, amount: str, by: str, now: int) -> list[int]:
    """Amounts of orders or customers of the last year, the same ones whenever it is asked."""
    rows = facts.warehouse.sql(
        f"""
        SELECT {facts.orders.coins(amount)} AS amount
        FROM (SELECT *, max({_AT}) OVER () AS latest FROM orders WHERE {facts.orders.is_paid}
              AND status <> 'cancelled' AND {_AT} < {now})
        WHERE {_AT} >= latest - {_YEAR}
        GROUP BY {by} ORDER BY hash({by}) LIMIT {_SAMPLE}
        """
    )
    return [int(amount) for amount in rows["amount"].to_pylist()]


def _events(facts: Facts, now: int) -> list[dict[str, Any]]:
    """By name: how many, of how many people each month, from when to when."""
    if not facts.warehouse.has("events"):
        return []
    rows = facts.warehouse.sql(
        f"""
        SELECT name, count(*) AS n, count(DISTINCT (customer_id, epoch_us("at") // {_MONTH}))
                   AS people,
               epoch_us(min("at")) AS first, epoch_us(max("at")) AS last
        FROM (SELECT *, max("at") OVER () AS latest FROM events
              WHERE type = 'track' AND customer_id IS NOT NULL AND name IS NOT NULL
                AND connection IS DISTINCT FROM '{STORE}' AND "at" < make_timestamptz({now})
                AND (connection IS NULL OR NOT list_contains($public, connection)))
        WHERE "at" >= latest - INTERVAL 365 DAY
        GROUP BY name ORDER BY name
        """,
        {"public": sorted(facts.public)},
    )
    return list(rows.to_pylist())


def _customers(warehouse: Warehouse) -> int | None:
    if not warehouse.has("people"):
        return None
    return int(warehouse.sql("SELECT count(*) AS n FROM people")["n"][0].as_py())


def _rising(warehouse: Warehouse, since: int, now: int, months: float) -> dict[str, float]:
    """Customers who reach a tier, as the store has told."""
    if not warehouse.has("events"):
        return {}
    rows = warehouse.sql(
        "SELECT properties ->> '$.tier' AS tier, count(*) AS n FROM events"
        f" WHERE connection = '{STORE}' AND name = 'Tier Reached'"
        f' AND "at" >= make_timestamptz({since}) AND "at" < make_timestamptz({now})'
        " GROUP BY tier ORDER BY tier"
    )
    return {row["tier"]: row["n"] / months for row in rows.to_pylist()}


def _met(facts: Facts, terms: Iterable[Term], home: Home, last: int) -> dict[str, float]:
    """How often each incentive would have given something in the last month, held out or not."""
    rules = Rules.of(terms, last - _MONTH)
    found = Counter(one.incentive for one in all_met(facts, rules, home.settings, last + 1))
    return {one.name: float(found[one.name]) for one in rules.catalogue.incentives()}


def _redeemed(connection: Connection | None) -> float | None:
    """Of the coupons that have come to their end, the share that was used."""
    if connection is None:
        return None
    totals: Counter[str] = Counter()
    for (_, owner), amount in BenefitRows(connection).totals("coupon:").items():
        totals[owner] += amount
    return _share(totals[USED], totals[EXPIRED] + totals[LAPSED])


def _points_used(connection: Connection | None) -> float | None:
    """Of the points that were spent or have expired, the share that was spent."""
    if connection is None:
        return None
    totals = BenefitRows(connection).totals(POINTS)
    return _share(totals.get((POINTS, SHOP), 0), totals.get((POINTS, EXPIRED), 0))


def _share(used: int, lost: int) -> float | None:
    return used / (used + lost) if used + lost >= _ENOUGH else None


_AT = "epoch_us(coalesce(paid_at, placed_at))"
