"""Habits: when people buy, how much they lean on discounts, what they send back, how broadly.

Times are held against an even spread: index = share of purchases / share of the time x 100. People
buy in bursts, so purchases of a week (for paydays, of a month) are taken as one observation: with
a purchases of the kind among n in week w, the share is a ratio of sums and its variance

    m / (m - 1) x sum (a - share x n)^2 / (sum n)^2

over m weeks (Cochran 1977, Sampling Techniques, eq. 2.39 and 6.13). Days of the promotion calendar
are left out of hours, weekdays and paydays, since 11 November is a payday in many a shop and draws
people for another reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.habits.times import Times, when_rows
from regulars.insight.habits.words import says
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.wilson import wilson
from regulars.kernel.clock import day_number
from regulars.kernel.stage_names import Depth

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LEAST = 30
_MOST_CATEGORIES = 6
_DEPTHS = (0.0, 0.1, 0.2, 0.3)
_DEPENDENCE = ("never", "under_half", "half_or_more", "always")
_REFUNDS = ("none", "up_to_10", "up_to_30", "over_30")


def draw(view: View) -> Picture:
    """Habits of all buyers, and how the core's differ.

    Raises:
        CannotTell: fewer purchases than tell anything.
    """
    purchases, people = view.relation("purchases"), view.relation("people")
    members = people.filter(people.depth == str(Depth.CORE)).select(member=people.customer_id)
    marked = purchases.left_join(members, purchases.customer_id == members.member)
    counted = view.run(
        marked.group_by(["day", "hour"]).agg(
            purchases=marked.count(), core=number_where(marked.member.notnull())
        )
    ).sort_by([("day", "ascending"), ("hour", "ascending")])
    number = int(np.sum(counted["purchases"].to_numpy()))
    if number < _LEAST:
        raise CannotTell(
            f"habits need {_LEAST} purchases, and {number} are known", todo="import more orders"
        )
    times = Times(
        day=counted["day"].cast(pa.int32()).to_numpy().astype(np.int64),
        hour=counted["hour"].to_numpy().astype(np.int64),
        purchases=counted["purchases"].to_numpy().astype(np.float64),
        core=counted["core"].to_numpy().astype(np.float64),
        last=day_number(view.as_of),
    )
    when, notes = when_rows(times, view.settings.calendar)
    how = _how(view, people)
    depths = _depths(view, purchases)
    tables = {
        "when": pa.Table.from_pylist(when, schema=_WHEN),
        "how": pa.Table.from_pylist(how, schema=_HOW),
        "discounts": pa.Table.from_pylist(depths, schema=_DISCOUNTS),
    }
    facts = {"purchases": number, "hours_known": notes.hours_known}
    return Picture(
        "habits",
        view.as_of,
        tables,
        tuple(says(when, how, depths, notes, view.settings.shop.margin)),
        facts,
    )


_WHEN = pa.schema(
    [("kind", pa.string()), ("value", pa.string()), ("purchases", pa.int64())]
    + [
        (name, pa.float64())
        for name in (
            "share", "even_share", "index", "low", "high", "core_index", "core_low", "core_high"
        )
    ]
)  # fmt: skip
_HOW = pa.schema(
    [("kind", pa.string()), ("value", pa.string()), ("customers", pa.int64())]
    + [(name, pa.float64()) for name in ("share", "low", "high")]
    + [("orders", pa.float64()), ("profit_per_customer", pa.float64())]
    + [("core", pa.int64())]
    + [(name, pa.float64()) for name in ("core_share", "core_low", "core_high")]
)
_DISCOUNTS = pa.schema(
    [
        ("depth", pa.string()),
        ("purchases", pa.int64()),
        ("share", pa.float64()),
        ("sales", pa.decimal128(38, 4)),
        ("sales_share", pa.float64()),
        ("profit", pa.decimal128(38, 4)),
        ("profit_rate", pa.float64()),
    ]
)


def _banded(value: ir.Value, names: tuple[str, ...], ends: tuple[float, ...]) -> ir.Value:
    """The name of the first end that is not below the value; the last name beyond all."""
    cases = [
        (value <= ibis.literal(end).cast("float64"), name)
        for name, end in zip(names, ends, strict=False)
    ]
    return ibis.cases(*cases, else_=names[-1])


def _how(view: View, people: ir.Table) -> list[dict[str, Any]]:
    buyers = people.filter(people.orders > 0)
    again = buyers.filter(buyers.orders > 1)
    share = again.discounted_share
    dependence = ibis.cases(
        (share <= 0, "never"), (share >= 1, "always"), (share < 0.5, "under_half"),
        else_="half_or_more",
    )  # fmt: skip
    refunds = _banded(buyers.refund_share.fill_null(0.0), _REFUNDS, (0.0, 0.1, 0.3))
    names = (*map(str, range(1, _MOST_CATEGORIES)), f"{_MOST_CATEGORIES}+")
    breadth = _banded(buyers.categories, names, tuple(range(1, _MOST_CATEGORIES)))
    breadth = ibis.cases((buyers.categories > 0, breadth))
    return [
        *_customers(view, again, "discount_dependence", dependence, _DEPENDENCE),
        *_customers(view, buyers, "refunds", refunds, _REFUNDS),
        *_customers(view, buyers, "categories", breadth, names),
    ]


def _customers(
    view: View, who: ir.Table, kind: str, value: ir.Value, values: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Customers of each value, beside the core's; nothing of fewer than enough."""
    known = who.mutate(value=value, is_core=who.depth == str(Depth.CORE))
    known = known.filter(known.value.notnull())
    found = {
        row["value"]: row
        for row in view.run(
            known.group_by("value").agg(
                customers=known.count(),
                core=number_where(known.is_core),
                orders=known.orders.cast("int64").sum(),
                profit=known.profit.sum().cast("decimal(38, 4)"),
            )
        ).to_pylist()
    }
    empty = {"customers": 0, "core": 0, "orders": 0, "profit": 0}
    rows: list[dict[str, Any]] = [
        {"value": one, **{name: found.get(one, empty)[name] for name in empty}} for one in values
    ]
    everyone, core = (sum(row[name] for row in rows) for name in ("customers", "core"))
    if everyone < _LEAST:
        return []
    low, high = wilson([row["customers"] for row in rows], everyone)
    core_low, core_high = wilson([row["core"] for row in rows], core)
    told = []
    for at, row in enumerate(rows):
        n, enough = row["customers"], core >= _LEAST
        told.append(
            {
                "kind": kind,
                "value": row["value"],
                "customers": n,
                "share": n / everyone,
                "low": float(low[at]),
                "high": float(high[at]),
                "orders": int(row["orders"]) / n if n >= _LEAST else None,
                "profit_per_customer": float(row["profit"]) / n if n >= _LEAST else None,
                "core": row["core"],
                "core_share": row["core"] / core if enough else None,
                "core_low": float(core_low[at]) if enough else None,
                "core_high": float(core_high[at]) if enough else None,
            }
        )
    return told


def _depths(view: View, purchases: ir.Table) -> list[dict[str, Any]]:
    """Purchases, sales and profit by how much of the list value was taken off."""
    priced = purchases.filter(purchases.gross > 0)
    depth = priced.discount.cast("float64") / priced.gross.cast("float64")
    names = ("0", "0-10", "10-20", "20-30", "30+")
    found = {
        row["depth"]: row
        for row in view.run(
            priced.mutate(depth=_banded(depth, names, _DEPTHS))
            .group_by("depth")
            .agg(
                purchases=ibis._.count(),
                sales=ibis._.net.sum().cast("decimal(38, 4)"),
                profit=ibis._.profit.sum().cast("decimal(38, 4)"),
            )
        ).to_pylist()
    }
    everything = sum(row["purchases"] for row in found.values())
    sales = float(sum(row["sales"] for row in found.values()))
    rows = []
    for name in names:
        row = found.get(name)
        if row is None:
            continue
        sold = float(row["sales"])
        rows.append(
            {
                "depth": name,
                "purchases": row["purchases"],
                "share": row["purchases"] / everything,
                "sales": row["sales"],
                "sales_share": sold / sales if sales > 0 else None,
                "profit": row["profit"],
                "profit_rate": float(row["profit"]) / sold if sold > 0 else None,
            }
        )
    return rows
