"""Core customers: who they are by the published rule, how many came and went, what they share.

The rule is `people.core`, judged anew from the purchases up to the last month end: the same
judgement by which the fold of stages says `depth = core` (`people.stage`).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.errors import CannotTell
from regulars.insight.core_customers.routes import (
    WATCHED,
    core_changes,
    months_table,
    routes_table,
)
from regulars.insight.core_customers.words import reasons, says
from regulars.insight.counts import number_where
from regulars.insight.months import last_whole_month, month_number, month_of
from regulars.insight.opening import taken_for_new
from regulars.insight.picture import Picture, View
from regulars.insight.portraits.attributes import BY_RULE
from regulars.insight.portraits.draw import Asked, portray
from regulars.kernel.clock import day_number, from_day_number
from regulars.kernel.sentence import Sentence
from regulars.people.core import UNITS, Judgement, enough_alone, judge, seats_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.lifetime.gaps import Floats
    from regulars.settings import CoreSettings

_COMMON = 30
"""Rows of what they have in common."""
_LEAST = 30


def draw(view: View) -> Picture:
    """Core customers as judged at the last month end.

    Raises:
        CannotTell: no month has ended, or nobody has enough purchases to be judged.
    """
    settings = view.settings.core
    purchases, people = view.relation("purchases"), view.relation("people")
    at = judged_on(view)
    numbers, found, buyers, total = judged(view, purchases, at, settings)
    seats = seats_of(buyers, settings.share)
    if not len(numbers):
        raise CannotTell(
            f"nobody had {settings.min_orders} purchases by {at}: nobody can be core yet",
            todo="import more history, or set min_orders lower under [core]",
        )
    core = int(found.core.sum())
    spent = int(found.spend[found.core].sum())
    facts = {
        "judged_on": at,
        "buyers": buyers,
        "judged": len(numbers),
        "seats": seats,
        "core": core,
        "share": core / buyers,
        "bound": found.bound,
        "spend_share": spent / total if total > 0 else None,
        "window_days": settings.window_days,
        "min_orders": settings.min_orders,
    }
    common = _common(view, core)
    changes = core_changes(view)
    months = months_table(view, changes, at)
    watched = min(WATCHED, months.num_rows // 2)
    facts["watched_months"] = watched
    tables = {
        "rule": _rule(found, facts, settings),
        "months": months,
        "routes": routes_table(view, purchases, people, changes, month_number(at) - watched),
        "common": common,
        "customers": _customers(view, people, numbers, found, settings),
    }
    said = (*says(tables, facts), *taken_for_new(view))
    return Picture("core", view.as_of, tables, said, facts)


def core_reason(view: View, customer: int, orders: int) -> Sentence | None:
    """Why one customer is core or not; None before the first month end.

    Args:
        view: of the day.
        customer: its number.
        orders: its purchases.
    """
    settings = view.settings.core
    if orders < settings.min_orders:
        return Sentence(
            f"Not core: {orders} of the {settings.min_orders} purchases that the rule asks for.",
            f"非核心：累计购买 {orders} 次，规则要求至少 {settings.min_orders} 次。",
        )
    try:
        at = judged_on(view)
    except CannotTell:
        return None
    numbers, found, _, _ = judged(view, view.relation("purchases"), at, settings)
    place = np.flatnonzero(numbers == customer)
    if not len(place):
        return Sentence(
            f"Not core: on {at}, the last month end, the purchases were still too few.",
            f"非核心：上次评定（{at}）时购买次数尚未达标。",
        )
    english, chinese = reasons(
        found.of(place),
        [values[place] for values in _missing(found)],
        settings,
        view.settings.shop.currency,
    )
    return Sentence(f"{english[0]} Judged on {at}.", f"{chinese[0]}评定日 {at}。")


def _missing(found: Judgement) -> list[Floats]:
    """Of each measure, what alone would have been enough."""
    bound = found.bound if found.bound is not None else np.inf
    return [
        enough_alone(values, rank, found.score, bound)
        for values, rank in (
            (found.spend, found.spend_rank),
            (found.orders, found.orders_rank),
            (found.months, found.months_rank),
        )
    ]


def judged_on(view: View) -> date:
    """The last month end by the view's day that is not before the first purchase.

    Raises:
        CannotTell: there is none.
    """
    purchases = view.relation("purchases")
    known = purchases.filter(purchases.customer_id.notnull())
    first = view.run(known.agg(first=known.day.min()))["first"][0].as_py()
    month = last_whole_month(view.as_of) + 1
    after = date(month // 12, month % 12 + 1, 1)
    at = from_day_number(day_number(after) - 1)
    if first is None or at < first:
        raise CannotTell(
            "core customers are judged at month ends, and none lies within the data yet",
            todo="wait for the end of the month, or import older orders",
        )
    return at


def judged(
    view: View, purchases: ir.Table, at: date, settings: CoreSettings
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Judgement, int, int]:
    """Everyone with enough purchases by the day.

    Returns:
        Their numbers, ascending; how they stand; how many customers have any purchase; and what
        all of them spent in the window, in units of `UNITS`.
    """
    start = from_day_number(day_number(at) - settings.window_days)
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= at)
    # One row per customer and month first: months active are then counted, not made distinct.
    in_month = known.select(
        "customer_id", month=month_of(known.day), recent=known.day > start, net=known.net
    )
    by_month = in_month.group_by(["customer_id", "month"]).agg(
        ever=in_month.count(),
        orders=number_where(in_month.recent),
        spend=ibis.cases((in_month.recent, in_month.net)).sum(),
    )
    per_customer = by_month.group_by("customer_id").agg(
        ever=by_month.ever.sum(),
        orders=by_month.orders.sum(),
        spend=by_month.spend.sum(),
        months=number_where(by_month.orders > 0),
    )
    enough = per_customer.filter(per_customer.ever >= settings.min_orders)
    rows = view.run(
        enough.select(
            "customer_id",
            spend=enough.spend.cast("float64"),
            orders=enough.orders.cast("int64"),
            months=enough.months.cast("int64"),
        )
    ).sort_by("customer_id")
    spend = np.rint(rows["spend"].fill_null(0.0).to_numpy() * UNITS)
    orders, months = (rows[name].to_numpy().astype(np.int64) for name in ("orders", "months"))
    recent = known.filter(known.day > start)
    whole = view.run(
        known.agg(buyers=known.customer_id.nunique()).cross_join(recent.agg(spend=recent.net.sum()))
    ).to_pylist()[0]
    buyers = int(whole["buyers"])
    found = judge(spend, orders, months, seats_of(buyers, settings.share))
    total = round(float(whole["spend"] or 0) * UNITS)
    return rows["customer_id"].to_numpy().astype(np.int64), found, buyers, total


def _rule(found: Judgement, facts: dict[str, Any], settings: CoreSettings) -> pa.Table:
    """The rule with its numbers of today, one a row."""
    core = found.core
    rows: list[tuple[str, float | None, str, str]] = [
        ("window_days", settings.window_days, "days looked back on", "回看天数"),
        ("min_orders", settings.min_orders, "purchases ever, at least", "至少累计购买次数"),
        ("share", settings.share, "seats as a share of buyers", "名额占购买用户比例"),
        ("buyers", facts["buyers"], "customers with a purchase", "购买用户数"),
        (
            "judged",
            facts["judged"],
            "of them with purchases enough",
            "达到购买次数、参与评定的人数",
        ),
        ("seats", facts["seats"], "seats", "名额"),
        ("bound", facts["bound"], "score of the last seat", "最后一席的得分（入选线）"),
        ("core", facts["core"], "core customers, ties at the bound let in", "核心用户（同分全入）"),
    ]
    for name, values, en, zh in (
        ("spend", found.spend / UNITS, "spend in the window", "窗口内实付"),
        ("orders", found.orders, "purchases in the window", "窗口内购买次数"),
        ("months", found.months, "months active in the window", "窗口内活跃月数"),
    ):
        told = [
            ("least", "least", "最低", float(np.min(values[core])) if core.any() else None),
            ("median", "median", "中位", float(np.median(values[core])) if core.any() else None),
        ]
        rows += [
            (f"{kind}_{name}", value, f"{of} {en} of the core", f"核心用户{zh}（{of_zh}）")
            for kind, of, of_zh, value in told
        ]
    part, value, english, chinese = zip(*rows, strict=True)
    return pa.table(
        {
            "part": pa.array(part, pa.string()),
            "value": pa.array([None if one is None else float(one) for one in value], pa.float64()),
            "meaning": pa.array(english, pa.string()),
            "meaning_zh": pa.array(chinese, pa.string()),
        }
    )


def _common(view: View, core: int) -> pa.Table:
    """What tells the core most from others with purchases enough; no rows of too few.

    Against all buyers, what shows is that most of them bought once.
    """
    base = (f"orders >= {view.settings.core.min_orders}",)
    asked = Asked(("depth = core",), base, minimum=_LEAST, without=BY_RULE)
    rows = portray(view, asked)[0].table
    if core < _LEAST:
        return rows.slice(0, 0)
    told = [row for row in rows.to_pylist() if row["verdict"]]
    # By what the data vouch for, not by the TGI itself, which few people drive high.
    told.sort(key=lambda row: -max(row["low"] / 100, 100 / row["high"]))
    return pa.Table.from_pylist(told[:_COMMON], rows.schema)


def _customers(
    view: View, people: ir.Table, numbers: Any, found: Judgement, settings: CoreSettings
) -> pa.Table:
    """Everyone judged, the highest score first."""
    missing = _missing(found)
    order = np.lexsort((numbers, -found.score))
    names = view.run(
        people.filter(people.orders >= settings.min_orders).select("customer_id", "ref")
    )
    refs = (
        names["ref"]
        .combine_chunks()
        .take(
            pc.index_in(pa.array(numbers[order]), value_set=names["customer_id"].combine_chunks())
        )
    )
    english, chinese = reasons(found, missing, settings, view.settings.shop.currency)

    def money(units: Any) -> pa.Array:
        return pa.array(units[order] / UNITS, pa.float64(), from_pandas=True).cast(
            pa.decimal128(18, 4)
        )

    def whole(values: Any) -> pa.Array:
        known = values[order].astype(np.float64)
        return pa.array(known, pa.float64(), from_pandas=True).cast(pa.int64())

    return pa.table(
        {
            "customer_id": pa.array(numbers[order]),
            "ref": refs,
            "is_core": pa.array(found.core[order]),
            "spend": money(found.spend),
            "orders": whole(found.orders),
            "months": whole(found.months),
            "spend_rank": pa.array(found.spend_rank[order]),
            "orders_rank": pa.array(found.orders_rank[order]),
            "months_rank": pa.array(found.months_rank[order]),
            "score": pa.array(found.score[order]),
            "bound": pa.array(np.full(len(order), found.bound), pa.float64(), from_pandas=True),
            "enough_spend": money(missing[0]),
            "enough_orders": whole(missing[1]),
            "enough_months": whole(missing[2]),
            "why": pa.array([english[at] for at in order], pa.string()),
            "why_zh": pa.array([chinese[at] for at in order], pa.string()),
        }
    )
