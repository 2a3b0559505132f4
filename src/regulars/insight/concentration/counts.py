"""Customers and products in the order of what they bring, summed by hundredths.

What leaves the engine is a hundred rows for each thing measured: enough for the curve, the shares
of the top and the Gini coefficient with its error, however many customers there are.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.makers.counts import UNITS, units

if TYPE_CHECKING:
    import ibis.expr.types as ir

PARTS = 100
YEAR = 365
SPANS = ("last_365_days", "year_before", "all_time")
TOP = 10
"""The few whose leaving is looked at."""
EVERYTHING = {
    ("paid", "last_365_days"): 0,
    ("paid", "year_before"): 1,
    ("paid", "all_time"): 2,
    ("profit", "last_365_days"): 3,
}
"""Number of each thing measured."""


def brought(lines: ir.Table, key: str, as_of: date) -> ir.Table:
    """`what` (of `EVERYTHING`), `member, value` (in ten-thousandths).

    Args:
        lines: with `day, net, profit` and the key.
        key: customer_id or good_no.
        as_of: the last day.
    """
    year = as_of - timedelta(days=YEAR - 1)
    before = year - timedelta(days=YEAR)
    known = lines.filter(lines[key].notnull(), lines.day <= ibis.literal(as_of))
    now = (known.day >= ibis.literal(year)).cast("int64")
    then = (known.day >= ibis.literal(before)).cast("int64") - now
    weights = {"last_365_days": now, "year_before": then, "all_time": ibis.literal(1, "int64")}
    columns = {"paid": units(known.net), "profit": units(known.profit)}
    known = known.mutate(
        **{
            f"what_{place}": columns[measure] * weights[span]
            for (measure, span), place in EVERYTHING.items()
        },
        **{f"in_{span}": weights[span] for span in SPANS},
    )
    return known.group_by(member=known[key]).agg(
        **{f"what_{place}": known[f"what_{place}"].sum() for place in EVERYTHING.values()},
        **{f"in_{span}": known[f"in_{span}"].max() for span in SPANS},
    )


def by_product(per_good: ir.Table, goods: ir.Table) -> ir.Table:
    """The same, by product instead of by good."""
    named = per_good.join(goods.select("good_no", "product_no"), per_good.member == goods.good_no)
    return named.group_by(member=named.product_no).agg(
        **{f"what_{place}": named[f"what_{place}"].sum() for place in EVERYTHING.values()},
        **{f"in_{span}": named[f"in_{span}"].max() for span in SPANS},
    )


def parts(per_member: ir.Table) -> ir.Table:
    """Each thing measured, its members by value in hundredths, the highest first.

    Only members with a purchase in the span are in it. Equal values are parted by number.

    Returns:
        `what, part` (1 to 100), `members, value` (in ten-thousandths), `squares, least` (in
        money), `below` and `lost` (members of negative value, and the sum of it in
        ten-thousandths), `top` (the same of the first ten of all within the part), `to_half`
        (members before half of the whole is reached), `rq` (sum of rank from the lowest / n x q,
        where q is value / mean), and of b = 2 rank / n q - 2 c - q, with c the share held up to
        that rank: `b, bb, bq`, for the error of the Gini coefficient (`judged`)
    """
    long = ibis.union(
        *[
            per_member.filter(per_member[f"in_{span}"] == 1).select(
                what=ibis.literal(place, "int64"),
                member=per_member.member,
                value=per_member[f"what_{place}"].cast("int64"),
            )
            for (_, span), place in EVERYTHING.items()
        ],
        distinct=False,
    )
    wholes = long.group_by("what").agg(n=long.count(), whole=long.value.sum())
    order = [ibis.desc(long.value), ibis.asc(long.member)]
    ranked = long.mutate(
        place=ibis.row_number().over(group_by=long.what, order_by=order) + 1,
        through=long.value.sum().over(
            ibis.window(group_by=long.what, order_by=order, preceding=None, following=0)
        ),
    ).join(wholes, "what")
    n, whole = ranked.n.cast("float64"), ranked.whole.cast("float64")
    value = ranked.value.cast("float64")
    q = value * n / whole.nullif(0)
    # From the lowest: rank n + 1 - place, and what has been held up to and with this one.
    rank = (n + 1 - ranked.place) / n
    below = (whole - ranked.through.cast("float64") + value) / whole.nullif(0)
    b = 2 * rank * q - 2 * below - q
    part = ((ranked.place - 1) * PARTS / ranked.n).floor().cast("int64") + 1
    cells = ranked.mutate(
        part=part,
        money=value / UNITS,
        q=q,
        b=b,
        rq=rank * q,
        ahead=ibis.cases((ranked.place <= TOP, ranked.value), else_=0),
        under=ibis.cases((ranked.value < 0, ranked.value), else_=0),
        short=ranked.through.cast("float64") * 2 < whole,
    )
    return (
        cells.group_by(["what", "part"])
        .agg(
            members=cells.count(),
            value=cells.value.sum(),
            squares=(cells.money * cells.money).sum(),
            least=cells.money.min(),
            below=number_where(cells.value < 0),
            lost=cells.under.sum(),
            top=cells.ahead.sum(),
            to_half=number_where(cells.short),
            b=cells.b.sum(),
            bb=(cells.b * cells.b).sum(),
            bq=(cells.b * cells.q).sum(),
            rq=cells.rq.sum(),
        )
        .order_by(["what", "part"])
    )
