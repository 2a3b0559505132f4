"""What new buyers, returning buyers and guests did in each span, and in its first part.

The first part of an earlier span is as large a part of it as has gone of the goal's own: what was
still to come then teaches what is still to come now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from regulars.insight.counts import number_where
from regulars.insight.drivers.totals import GROUPS, GUESTS, NEW, RETURNING
from regulars.insight.first_purchases import first_purchases
from regulars.insight.goals.spans import Span

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

_MONEY = "decimal(38, 4)"


@dataclass(frozen=True, slots=True)
class Sums:
    """What a group did in a part of a span.

    Attributes:
        buyers: known customers; of guests, 0.
        repeat: of them, with two purchases or more in it.
        orders, sales, profit: of the group.
    """

    buyers: float = 0.0
    repeat: float = 0.0
    orders: float = 0.0
    sales: float = 0.0
    profit: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(one + two for one, two in zip(self.all, other.all, strict=True)))

    def __sub__(self, other: Sums) -> Sums:
        return Sums(*(one - two for one, two in zip(self.all, other.all, strict=True)))

    def times(self, part: float) -> Sums:
        """So much of all of it."""
        return Sums(*(part * one for one in self.all))

    @property
    def all(self) -> tuple[float, ...]:
        """The values in their order."""
        return (self.buyers, self.repeat, self.orders, self.sales, self.profit)


@dataclass(frozen=True, slots=True)
class Done:
    """One span: whole, and its first part, by group.

    Attributes:
        whole, early: by group.
        notes, early_notes: given back by credit notes that name no order.
        begins: it lies within the first year of the data, in which old customers pass for new.
    """

    whole: dict[str, Sums]
    early: dict[str, Sums]
    notes: float = 0.0
    early_notes: float = 0.0
    begins: bool = False


def per_span(
    purchases: ir.Table, spans: Sequence[Span], cuts: Sequence[date], as_of: date
) -> ir.Table:
    """Sums by span and group: `span, kind, buyers, repeat, orders, sales, profit, early_…`.

    Args:
        purchases: as of the day.
        spans: none of which overlap.
        cuts: the last day of the first part of each.
        as_of: the day.
    """
    first, last = min(one.first for one in spans), min(max(one.last for one in spans), as_of)
    inside = purchases.filter(
        purchases.day >= ibis.literal(first), purchases.day <= ibis.literal(last)
    )
    number = _place(inside.day, spans)
    early = ibis.cases(
        *((number == place, inside.day <= ibis.literal(cut)) for place, cut in enumerate(cuts))
    )
    placed = inside.select("customer_id", "net", "profit", span=number, early=early)
    placed = placed.filter(placed.span.notnull())
    own = placed.filter(placed.customer_id.notnull())
    own = own.group_by(["customer_id", "span"]).agg(**_sums(own))
    firsts = first_purchases(purchases, as_of)
    joined = own.join(firsts, "customer_id")
    begins = ibis.cases(
        *((joined.span == place, ibis.literal(one.first)) for place, one in enumerate(spans))
    )
    known = joined.mutate(kind=ibis.ifelse(joined.day >= begins, NEW, RETURNING))
    people = known.group_by(["span", "kind"]).agg(
        buyers=known.count(),
        repeat=number_where(known.orders >= 2),
        early_buyers=number_where(known.early_orders >= 1),
        early_repeat=number_where(known.early_orders >= 2),
        **{
            name: known[name].sum().cast("int64" if name.endswith("orders") else _MONEY)
            for name in _SUMMED
        },
    )
    guests = placed.filter(placed.customer_id.isnull())
    nobody = ibis.literal(0, "int64")
    unknown = guests.group_by("span").agg(**_sums(guests))
    unknown = unknown.select(
        "span",
        kind=ibis.literal(GUESTS),
        **dict.fromkeys(("buyers", "repeat", "early_buyers", "early_repeat"), nobody),
        **{name: unknown[name] for name in _SUMMED},
    )
    return ibis.union(people.select(*unknown.columns), unknown, distinct=False)


_SUMMED = ("orders", "sales", "profit", "early_orders", "early_sales", "early_profit")


def _sums(rows: ir.Table) -> dict[str, ir.Scalar]:
    zero = ibis.literal(Decimal(0), "decimal(18, 4)")
    return {
        "orders": rows.count(),
        "sales": rows.net.sum().cast(_MONEY),
        "profit": rows.profit.sum().cast(_MONEY),
        "early_orders": number_where(rows.early),
        "early_sales": ibis.ifelse(rows.early, rows.net, zero).sum().cast(_MONEY),
        "early_profit": ibis.ifelse(rows.early, rows.profit, zero).sum().cast(_MONEY),
    }


def _place(day: ir.DateColumn, spans: Sequence[Span]) -> ir.IntegerColumn:
    return ibis.cases(
        *(
            ((day >= ibis.literal(one.first)) & (day <= ibis.literal(one.last)), place)
            for place, one in enumerate(spans)
        )
    ).cast("int64")


def done(
    view: View, spans: Sequence[Span], gone: int, notes: Sequence[tuple[date, Decimal]]
) -> list[Done]:
    """What was done in each span; the first is the goal's own, as far as it has gone.

    Args:
        view: of the shop.
        spans: the goal's own and those before it.
        gone: days gone of the goal's own.
        notes: what credit notes gave back, by day, up to the view's day.
    """
    cuts = [one.cut(spans[0], gone) for one in spans]
    rows = view.run(per_span(view.relation("purchases"), spans, cuts, view.as_of)).to_pylist()
    found = []
    for place, (span, cut) in enumerate(zip(spans, cuts, strict=True)):
        own = [row for row in rows if row["span"] == place]
        found.append(
            Done(
                _groups(own, ""),
                _groups(own, "early_"),
                _given(notes, span.first, span.last),
                _given(notes, span.first, cut),
            )
        )
    return found


def _groups(rows: list[dict[str, Any]], prefix: str) -> dict[str, Sums]:
    names = ("buyers", "repeat", "orders", "sales", "profit")
    found = {row["kind"]: Sums(*(float(row[prefix + name]) for name in names)) for row in rows}
    return {kind: found.get(kind, Sums()) for kind in GROUPS}


def _given(notes: Sequence[tuple[date, Decimal]], first: date, last: date) -> float:
    return float(sum((amount for day, amount in notes if first <= day <= last), Decimal(0)))
