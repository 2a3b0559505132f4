"""How long people wait: for the parcel, and for their money back.

Both ends are events that name the same order. What has not ended by the end of what is known (or
was cancelled before) counts as waiting up to then: quantiles are those of the product-limit curve
(`lifetime.survival`), and a quantile that the data do not reach is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa

from regulars.insight.counts import number_where
from regulars.intake.events.after_sales import AFTER_SALES
from regulars.intake.events.facts_orders import ORDER_EVENTS, REFUND_EVENTS
from regulars.kernel.clock import end_of_day
from regulars.lifetime.survival import survival_curve

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span

_ORDERED = tuple(name for name, one in ORDER_EVENTS.items() if one.places)
_SHIPPED = ("order shipped", "order fulfilled", "订单发货")
_DELIVERED = ("order delivered", "订单签收")
_CANCELLED = tuple(name for name in ORDER_EVENTS if "cancel" in name or "取消" in name)
_REFUNDED = tuple(sorted(REFUND_EVENTS))

WAITS: dict[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    "order_to_shipping": (_ORDERED, _SHIPPED, (*_CANCELLED, *_REFUNDED)),
    "shipping_to_delivery": (_SHIPPED, _DELIVERED, (*_CANCELLED, *_REFUNDED)),
    "return_to_refund": (AFTER_SALES["return"], _REFUNDED, ()),
}
"""By name: the events with which a wait begins, with which it ends, and which break it off."""
_AT = (0.5, 0.75, 0.95)
_HOUR = 3_600


def waits(view: View, span: Span, entries: ir.Table) -> pa.Table:
    """The waits that began in the span.

    Args:
        view: of the shop.
        span: days.
        entries: of the timeline, up to the view's day.
    """
    told = entries.filter(entries.kind == "track", entries.order_id.notnull())
    told = told.mutate(event=told.name.strip().lower())
    return pa.Table.from_pylist(
        [_told(name, view.run(counted(view, span, told, *ends))) for name, ends in WAITS.items()],
        schema=SCHEMA,
    )


def counted(
    view: View,
    span: Span,
    told: ir.Table,
    begins: Sequence[str],
    ends: Sequence[str],
    breaks: Sequence[str],
) -> ir.Table:
    """By `hours`: how many waits are `over` after so many, and how many still go on (`open`)."""
    named = told.filter(told.event.isin([*begins, *ends, *breaks]))
    seconds = named["at"].epoch_seconds().cast("int64")
    per = named.group_by(["platform", "order_id"]).agg(
        begun=ibis.cases((named.event.isin(list(begins)), seconds)).min(),
        over=ibis.cases((named.event.isin(list(ends)), seconds)).min(),
        off=ibis.cases((named.event.isin(list(breaks)), seconds)).min(),
    )
    known = ibis.literal(int(end_of_day(view.as_of, span.time_zone).timestamp()), "int64")
    own = per.filter(
        per.begun.notnull(),
        per.begun >= ibis.literal(int(span.begins.timestamp()), "int64"),
        per.begun < ibis.literal(int(span.ends.timestamp()), "int64"),
        # A return asked for after the refund waits for nothing.
        (per.over >= per.begun) | per.over.isnull(),
        (per.off >= per.begun) | per.off.isnull(),
    )
    until = ibis.coalesce(own.over, own.off, known)
    own = own.mutate(hours=((until - own.begun) / _HOUR).floor().cast("int64"))
    return own.group_by("hours").agg(
        over=number_where(own.over.notnull()), open=number_where(own.over.isnull())
    )


def _told(name: str, rows: pa.Table) -> dict[str, Any]:
    found = {column: np.array(rows[column].cast(pa.int64()).to_pylist(), np.int64)
             for column in ("hours", "over", "open")}  # fmt: skip
    over, still = int(found["over"].sum()), int(found["open"].sum())
    days: list[float | None] = [None] * len(_AT)
    if over:
        hours = np.concatenate([np.repeat(found["hours"], found[one]) for one in ("over", "open")])
        curve = survival_curve(hours, np.arange(len(hours)) < over)
        for place, share in enumerate(_AT):
            reached = np.flatnonzero(curve.share <= 1 - share + 1e-9)
            days[place] = float(curve.day[reached[0]]) / 24 if len(reached) else None
    return {
        "wait": name,
        "begun": over + still,
        "over": over,
        "still": still,
        "median_days": days[0],
        "p75_days": days[1],
        "p95_days": days[2],
    }


SCHEMA = pa.schema(
    [
        ("wait", pa.string()),
        *((name, pa.int64()) for name in ("begun", "over", "still")),
        *((name, pa.float64()) for name in ("median_days", "p75_days", "p95_days")),
    ]
)
