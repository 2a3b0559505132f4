"""What new buyers, returning buyers and guests bought, month by month or within a span of days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from regulars.insight.counts import number_where
from regulars.insight.months import month_number, month_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

NEW, RETURNING, GUESTS = "new", "returning", "guests"
GROUPS = (NEW, RETURNING, GUESTS)
NOTES = "credit_notes"
"""Money given back under documents that name no order."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What a group bought.

    Attributes:
        customers: who bought; None for guests, who cannot be told apart.
        orders: purchases.
        sales: paid less refunded.
        profit: of these.
    """

    customers: int | None
    orders: int
    sales: Decimal
    profit: Decimal

    @property
    def factors(self) -> tuple[float, ...]:
        """Buyers, orders per buyer (guests: orders), order value, margin; 0 where undefined."""
        orders = float(self.orders)
        value = float(self.sales) / orders if orders else 0.0
        margin = float(self.profit / self.sales) if self.sales else 0.0
        if self.customers is None:
            return orders, value, margin
        frequency = orders / self.customers if self.customers else 0.0
        return float(self.customers), frequency, value, margin


NOBODY = Bought(0, 0, Decimal(0), Decimal(0))
NO_GUESTS = Bought(None, 0, Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Period:
    """What was bought from one day to another.

    Attributes:
        start, end: both included.
        groups: by group; those without purchases are there too.
        given_back: by credit notes.
        given_back_profit: the profit lost with it, at the margin of the settings.
    """

    start: date
    end: date
    groups: dict[str, Bought]
    given_back: Decimal = Decimal(0)
    given_back_profit: Decimal = Decimal(0)

    @property
    def sales(self) -> Decimal:
        """Paid less refunded, less credit notes."""
        return sum((one.sales for one in self.groups.values()), -self.given_back)

    @property
    def profit(self) -> Decimal:
        """Profit of the purchases less that of what was given back."""
        return sum((one.profit for one in self.groups.values()), -self.given_back_profit)

    @property
    def orders(self) -> int:
        """Purchases, those of guests too."""
        return sum(one.orders for one in self.groups.values())

    @property
    def customers(self) -> int:
        """Buyers who are known."""
        return sum(one.customers or 0 for one in self.groups.values())


def monthly(purchases: ir.Table, as_of: date) -> ir.Table:
    """`month` (number), `kind` of buyer, `customers, orders, sales, profit`, to the as-of day.

    A customer is new in the month of the first purchase, returning in every later one.
    """
    until = purchases.filter(purchases.day <= ibis.literal(as_of))
    dated = until.select("customer_id", "net", "profit", month=month_of(until.day))
    known = dated.filter(dated.customer_id.notnull())
    own = known.group_by(["customer_id", "month"]).agg(**_sums(known))
    firsts = own.group_by("customer_id").agg(opened=own.month.min())
    placed = own.join(firsts, "customer_id")
    kinds = placed.mutate(kind=ibis.ifelse(placed.month == placed.opened, NEW, RETURNING))
    people = kinds.group_by(["month", "kind"]).agg(customers=kinds.count(), **_added(kinds))
    unknown = dated.filter(dated.customer_id.isnull()).mutate(kind=ibis.literal(GUESTS))
    guests = unknown.group_by(["month", "kind"]).agg(
        customers=number_where(unknown.customer_id.notnull()), **_sums(unknown)
    )
    return ibis.union(people, guests, distinct=False).order_by(["month", "kind"])


def within(purchases: ir.Table, start: date, end: date) -> ir.Table:
    """`kind` of buyer, `customers, orders, sales, profit` of the days from start to end.

    A customer is new whose first purchase ever falls in them.
    """
    until = purchases.filter(purchases.day <= ibis.literal(end))
    inside = until.day >= ibis.literal(start)
    known = until.filter(until.customer_id.notnull())
    began = known.group_by("customer_id").agg(opened=known.day.min())
    days = known.filter(known.day >= ibis.literal(start))
    own = days.group_by("customer_id").agg(**_sums(days))
    placed = own.join(began, "customer_id")
    opened = placed.opened >= ibis.literal(start)
    kinds = placed.mutate(kind=ibis.ifelse(opened, NEW, RETURNING))
    people = kinds.group_by("kind").agg(customers=kinds.count(), **_added(kinds))
    unknown = until.filter(inside & until.customer_id.isnull()).mutate(kind=ibis.literal(GUESTS))
    guests = unknown.group_by("kind").agg(
        customers=number_where(unknown.customer_id.notnull()), **_sums(unknown)
    )
    return ibis.union(people, guests, distinct=False).order_by("kind")


def given_back(credit_notes: ir.Table, as_of: date) -> ir.Table:
    """`day, refunded`: what credit notes gave back on each day up to the date."""
    until = credit_notes.filter(credit_notes.day <= ibis.literal(as_of))
    return until.group_by("day").agg(refunded=_money(until.refunded)).order_by("day")


def _money(column: ir.DecimalColumn) -> ir.DecimalScalar:
    return column.sum().cast("decimal(38, 4)")


def _sums(rows: ir.Table) -> dict[str, ir.Scalar]:
    return {"orders": rows.count(), "sales": _money(rows.net), "profit": _money(rows.profit)}


def _added(rows: ir.Table) -> dict[str, ir.Scalar]:
    return {
        "orders": rows.orders.sum().cast("int64"),
        "sales": _money(rows.sales),
        "profit": _money(rows.profit),
    }


def months(view: View) -> list[Period]:
    """Every calendar month from the first purchase to the view's day, also those without any."""
    rows = view.run(monthly(view.relation("purchases"), view.as_of)).to_pylist()
    if not rows:
        return []
    notes = _notes(view)
    by_month: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_month.setdefault(row["month"], []).append(row)
    return [
        _period(_first(number), _last(number), by_month.get(number, ()), notes, _margin(view))
        for number in range(min(by_month), month_number(view.as_of) + 1)
    ]


def span(view: View, start: date, end: date) -> Period:
    """The days from start to end, both included."""
    rows = view.run(within(view.relation("purchases"), start, end)).to_pylist()
    return _period(start, end, rows, _notes(view), _margin(view))


def _margin(view: View) -> Decimal:
    return Decimal(str(view.settings.shop.margin))


def _notes(view: View) -> list[tuple[date, Decimal]]:
    rows = view.run(given_back(view.relation("credit_notes"), view.as_of)).to_pylist()
    return [(row["day"], row["refunded"]) for row in rows if row["refunded"]]


def _period(
    start: date,
    end: date,
    rows: Iterable[dict[str, Any]],
    notes: Iterable[tuple[date, Decimal]],
    margin: Decimal,
) -> Period:
    groups = {NEW: NOBODY, RETURNING: NOBODY, GUESTS: NO_GUESTS}
    for row in rows:
        kind = row["kind"]
        groups[kind] = Bought(
            None if kind == GUESTS else row["customers"],
            int(row["orders"]),
            row["sales"],
            row["profit"],
        )
    back = sum((refunded for day, refunded in notes if start <= day <= end), Decimal(0))
    lost = (back * margin).quantize(Decimal("0.0001"))
    return Period(start, end, groups, back, lost)


def _first(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _last(number: int) -> date:
    return _first(number + 1) - timedelta(days=1)
