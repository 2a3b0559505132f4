"""The counts of sessions, from the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from regulars.insight.counts import number_where
from regulars.insight.entries import ORDER, activity, coded, entries, most_frequent
from regulars.insight.visits import (
    Known,
    known_of,
    labelled,
    orders,
    told_source,
)
from regulars.timeline.calendar import Calendar
from regulars.timeline.fold import fold
from regulars.timeline.sessions import Sessions, summed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span

_NAMES = 62
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of sessions.

    Attributes:
        sums: `timeline.sessions.SUMS`, added up.
        sources: by their numbers; the number after the last is of all others.
        names: of entries, in the same way.
        known: from when to when.
        orders_known: whether the shop's orders have come in at all.
        guest_orders: orders of these days that name no customer.
    """

    sums: pa.Table
    sources: tuple[str, ...]
    names: tuple[str, ...]
    known: Known
    orders_known: bool
    guest_orders: int


def count(view: View, span: Span, *, gap: int, midnight: bool, top: int) -> Counted:
    """Count the sessions of a span.

    Args:
        view: the timeline of the shop.
        span: days; a session is cut off at their edges.
        gap: minutes without an entry that end a session.
        midnight: whether midnight ends it, too.
        top: so many sources are told apart.

    Raises:
        CannotTell: no visit falls into these days.
    """
    whole = entries(view)
    known = known_of(view, span, activity(whole))
    done = span.within(span.of_stages(view, activity(whole)))
    done = done.mutate(label=labelled(done), told=told_source(done))
    sources = tuple(most_frequent(view, done, "told", top))
    names = tuple(most_frequent(view, done, "label", _NAMES))
    begins, ends = known.edges(cut_at_midnight=midnight)
    each = Sessions(
        gap=gap * _MINUTE,
        cut_at_midnight=midnight,
        calendar=Calendar.of(span.time_zone),
        begins=begins,
        ends=ends,
    )
    rows = _rows(done, sources, names)
    bought = span.within(span.of_stages(view, orders(whole)))
    orders_known = _has_orders(view, whole)
    guests = 0
    if orders_known:
        rows = rows.union(_bought(bought))
        told = view.run(bought.agg(guests=number_where(bought.customer_id.isnull())))
        guests = int(told["guests"][0].as_py() or 0)
    sums = summed(fold(view.engine, rows, each))
    return Counted(sums, sources, names, known, orders_known, guests)


def _has_orders(view: View, whole: ir.Table) -> bool:
    if not view.engine.has("purchases"):
        return False
    found = view.run(whole.filter(whole.kind == ORDER).limit(1).select("seq"))
    return bool(found.num_rows)


def _rows(done: ir.Table, sources: tuple[str, ...], names: tuple[str, ...]) -> ir.Table:
    return done.select(
        "customer_id",
        "at",
        seq=done.seq.cast("int64"),
        entry=ibis.literal(1, "int32"),
        source=coded(done.told, sources),
        name=coded(done.label, names),
    )


def _bought(bought: ir.Table) -> ir.Table:
    nothing = ibis.literal(-1, "int32")
    return bought.select(
        "customer_id",
        "at",
        seq=bought.seq.cast("int64"),
        entry=ibis.literal(0, "int32"),
        source=nothing,
        name=nothing,
    )
