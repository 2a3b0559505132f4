"""The pool in layers: tiers of value by stages of life.

A tier is an ABC class of what a customer paid over the last 365 days, refunds taken off: with
customers in falling order of it, A are those with whom the first half of the sum is reached, B
those with whom the next three tenths are, C the rest; `none` paid nothing in that time. Customers
who paid the same are in the same tier, the higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from regulars.insight.picture import View

TIERS = ("A", "B", "C", "none")
YEAR_DAYS = 365
_MONEY = "decimal(38, 4)"


@dataclass(frozen=True, slots=True)
class Cuts:
    """The least that a customer of tier A, and of tier B, paid; None where nobody paid."""

    a: Decimal | None
    b: Decimal | None


def paid_lately(purchases: ir.Table, as_of: date) -> ir.Table:
    """`customer_id, paid`: of each known customer who paid over the last 365 days."""
    lately = purchases.filter(
        purchases.customer_id.notnull(),
        purchases.day > ibis.literal(as_of - timedelta(days=YEAR_DAYS)),
        purchases.day <= ibis.literal(as_of),
    )
    paid = lately.group_by("customer_id").agg(paid=lately.net.sum().cast(_MONEY))
    return paid.filter(paid.paid > 0)


def cuts(paid: ir.Table) -> ir.Table:
    """One row: where tiers A and B begin."""
    amounts = paid.group_by("paid").agg(number=paid.count())
    amounts = amounts.select("paid", held=(amounts.paid * amounts.number).cast(_MONEY))
    whole = amounts.agg(whole=amounts.held.sum().cast(_MONEY))
    falling = ibis.window(order_by=amounts.paid.desc(), preceding=(None, 0))
    sums = amounts.mutate(until=amounts.held.sum().over(falling).cast(_MONEY)).cross_join(whole)
    # A customer belongs to the tier in which the sum stood before him.
    before = (sums.until - sums.held).cast(_MONEY)
    return sums.agg(
        a=ibis.cases((before * 2 < sums.whole, sums.paid)).min(),
        b=ibis.cases((before * 5 < sums.whole * 4, sums.paid)).min(),
    )


def layers(people: ir.Table, paid: ir.Table, at: Cuts) -> ir.Table:
    """Customers, what they paid and their expected profit, by tier and stage, in no order.

    Returns:
        `tier, stage, customers, paid, valued` (customers of known expected profit),
        `expected_profit`
    """
    nothing = ibis.literal(Decimal(0), _MONEY)
    joined = people.select("customer_id", "stage", "lifetime_value").left_join(paid, "customer_id")
    spent = joined.paid.fill_null(nothing)
    bounds = [
        (spent >= ibis.literal(bound, _MONEY), tier)
        for tier, bound in (("A", at.a), ("B", at.b))
        if bound is not None
    ]
    tier = ibis.cases(*bounds, (spent > nothing, "C"), else_="none")
    placed = joined.select("stage", "lifetime_value", tier=tier, spent=spent)
    return placed.group_by(["tier", "stage"]).agg(
        customers=placed.count(),
        paid=placed.spent.sum().cast(_MONEY),
        valued=number_where(placed.lifetime_value.notnull()),
        expected_profit=placed.lifetime_value.sum().cast(_MONEY),
    )


def layer_tables(view: View) -> tuple[pa.Table, pa.Table]:
    """Tables `tiers` and `layers` of the picture, in the order of tiers and stages.

    A tier of nobody is there, a layer of nobody is not.
    """
    import pyarrow as pa

    paid = paid_lately(view.relation("purchases"), view.as_of)
    found = view.run(cuts(paid)).to_pylist()[0]
    at = Cuts(found["a"], found["b"])
    rows = view.run(layers(view.relation("people"), paid, at)).to_pylist()
    counts = {(row["tier"], row["stage"]): row for row in rows}
    everyone = sum(row["customers"] for row in rows)
    whole = sum((row["paid"] for row in rows), Decimal(0))
    profit = sum((row["expected_profit"] or Decimal(0) for row in rows), Decimal(0))
    tiers = []
    for tier in TIERS:
        own = [row for row in rows if row["tier"] == tier]
        tiers.append(
            {
                "tier": tier,
                "paid_from": {"A": at.a, "B": at.b}.get(tier) if own else None,
                **_sums(own, everyone, whole, profit),
            }
        )
    cells = [
        {
            "tier": tier,
            "stage": str(stage),
            **_sums([counts[tier, stage]], everyone, whole, profit),
        }
        for tier in TIERS
        for stage in Stage
        if (tier, stage) in counts
    ]
    shared = {
        "customers": pa.int64(),
        "share": pa.float64(),
        "paid_365": pa.decimal128(18, 4),
        "paid_share": pa.float64(),
        "expected_profit": pa.decimal128(18, 4),
        "profit_share": pa.float64(),
    }
    return (
        pa.Table.from_pylist(
            tiers,
            pa.schema({"tier": pa.string(), "paid_from": pa.decimal128(18, 4), **shared}),
        ),
        pa.Table.from_pylist(
            cells, pa.schema({"tier": pa.string(), "stage": pa.string(), **shared})
        ),
    )


def _sums(
    rows: list[dict[str, object]], everyone: int, whole: Decimal, profit: Decimal
) -> dict[str, object]:
    customers = sum(int(str(row["customers"])) for row in rows)
    paid = sum((Decimal(str(row["paid"])) for row in rows), Decimal(0))
    known = [row for row in rows if row["valued"]]
    worth = sum((Decimal(str(row["expected_profit"])) for row in known), Decimal(0))
    return {
        "customers": customers,
        "share": customers / everyone if everyone else None,
        "paid_365": paid,
        "paid_share": float(paid / whole) if whole > 0 else None,
        "expected_profit": worth if known else None,
        "profit_share": float(worth / profit) if known and profit > 0 else None,
    }
