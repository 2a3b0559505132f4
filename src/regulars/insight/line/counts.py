"""The line counted: who came in, by source and period, and how far they went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.entries import ORDER, entries, is_activity
from regulars.insight.line.sources import is_invited
from regulars.insight.makers.counts import units
from regulars.insight.steps import masked
from regulars.kernel.clock import day_number, end_of_day
from regulars.timeline.calendar import Calendar
from regulars.timeline.fold import fold
from regulars.timeline.line import Counted
from regulars.timeline.line import Line as Fold

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.line.sources import Sources
    from regulars.insight.line.steps import Line
    from regulars.insight.picture import View
    from regulars.insight.span import Span

BACK_WITHIN = 30
"""Days within which one comes back, where no others are asked for."""
_CODES = 64
"""More than there are numbers of sources."""
_WEEK = timedelta(days=7)


def count(
    view: View,
    span: Span,
    line: Line,
    sources: Sources,
    edges: Sequence[datetime],
    within: int | None = None,
) -> Counted:
    """Count newcomers of the periods, followed up to the view's day.

    Args:
        view: the timeline.
        span: whose stages are looked at.
        line: what its steps are.
        sources: that are told apart.
        edges: instants that part the periods of coming in.
        within: days within which steps count, of those watched for so many; None for no bound.
    """
    last = view.as_of
    if line.by_events and line.last_event is not None:
        last = min(last, line.last_event)  # nobody can be seen to come back after that
    each = Fold(
        steps=len(line.later),
        edges=tuple(round(one.timestamp()) * 1_000_000 for one in edges),
        last_day=day_number(last),
        calendar=Calendar.of(span.time_zone),
        horizon=within,
        patience=BACK_WITHIN if within is None else within,
        is_pair=line.has_pair,
    )
    rows = marked(view, span, line, sources)
    told = (rows["mask"] != 0) | (rows["touch"] >= 0)
    return Counted.of(fold(view.engine, rows.filter(told), each))


def marked(view: View, span: Span, line: Line, sources: Sources) -> ir.Table:
    """The rows of the fold `timeline.line`: all entries, with what each is."""
    bits = Fold(len(line.later), (), 0)
    table = span.of_stages(view, entries(view))
    steps = masked(view, table, [*line.later.values(), *([line.seen] if line.seen else [])])
    is_order = table.kind == ORDER
    mask = steps & (bits.came - 1)
    for condition, bit in (
        (_comes(line, steps, is_order), bits.came),
        (is_order, bits.bought),
        (is_order | is_activity(table), bits.active),
        (is_invited(table), bits.invited),
    ):
        mask = mask + ibis.cases((condition, bit), else_=0).cast("int32")
    return table.select(
        "customer_id",
        "at",
        mask=mask.cast("int32"),
        touch=sources.number(table),
        net=ibis.cases((is_order, units(table.amount)), else_=ibis.literal(0, "int64")),
    )


def _comes(line: Line, steps: ir.IntegerValue, is_order: ir.BooleanValue) -> ir.BooleanValue:
    """Whether one comes in with an entry, by the mask of the steps that it is."""
    return (steps != 0) & ~is_order if line.by_events else steps != 0


def newcomers(view: View, span: Span, line: Line, sources: Sources) -> ir.Table:
    """`customer_id, number`: who came in within the span, and the number of the source.

    They are those whom `count` counts, by the same rules (`timeline.line`).
    """
    table = span.of_stages(view, entries(view))
    table = table.filter(table.customer_id.notnull())
    steps = masked(view, table, [*line.later.values(), *([line.seen] if line.seen else [])])
    is_order, number = table.kind == ORDER, sources.number(table)
    second = table["at"].truncate("s").epoch_seconds().cast("int64")
    per = table.group_by("customer_id").agg(
        came_at=ibis.cases((_comes(line, steps, is_order), table["at"])).min(),
        bought_at=ibis.cases((is_order, table["at"])).min(),
        told=ibis.cases((number >= 0, second * _CODES + number)).min(),
    )
    new = per.filter(
        per.came_at >= ibis.literal(span.begins, "timestamp('UTC')"),
        per.came_at < ibis.literal(span.ends, "timestamp('UTC')"),
        per.bought_at.isnull() | (per.bought_at >= per.came_at),
    )
    return new.select("customer_id", number=(new.told % _CODES).fill_null(-1).cast("int64"))


def weeks(span: Span) -> list[tuple[date, datetime]]:
    """The first day and the instant at which each week of the span begins; the last one ends it.

    The weeks begin on Mondays, but for the first, which begins with the span.
    """
    day, found = span.first, []
    while day <= span.last:
        found.append((day, end_of_day(day - timedelta(days=1), span.time_zone)))
        day += _WEEK - timedelta(days=day.weekday())
    return [*found, (span.last + timedelta(days=1), span.ends)]
