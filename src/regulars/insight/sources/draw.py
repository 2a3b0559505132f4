"""Sources: the line from a first visit to a regular, and what came of it, by source and week.

Newcomers are those whose first entry falls into the days asked for (`timeline.line`); they are
followed up to the view's day. Their source is the first one told in their whole past. Whom a source
brought is not whom it caused to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.entries import entries
from regulars.insight.line.counts import BACK_WITHIN, count, newcomers, weeks
from regulars.insight.line.rates import Rate, named, rate
from regulars.insight.line.sources import most_told
from regulars.insight.line.steps import SEEN, STEPS, Line, line_of
from regulars.insight.picture import Picture, View
from regulars.insight.sources.judged import Told, by_value, judge
from regulars.insight.sources.portrait import SCHEMA as PORTRAIT
from regulars.insight.sources.portrait import portraits
from regulars.insight.sources.words import Known, says
from regulars.insight.sources.worth import buyers, earned_by_source, spend_by_source
from regulars.insight.span import Span, span_of
from regulars.insight.statistics.answers import MONEY
from regulars.timeline.line import BACK, BOUGHT, CAME, DID, KNOWN, WATCHED, Counted

ALL = "(all)"
LATER = STEPS[1:]
Row = dict[str, Any]


def draw(
    view: View,
    *,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    top: int = 12,
    months: int = 12,
) -> Picture:
    """The newcomers of the days asked for, by source.

    Args:
        view: the timeline of the shop.
        from_: the first day.
        to: the last day.
        stage: only customers who are at these stages now.
        top: so many sources are told apart; the rest is gathered.
        months: how far payback is followed.

    Raises:
        NotUnderstood: neither events nor orders have come in yet.
        CannotTell: nobody came in during these days.
        SettingsError: a step of the line cannot be read.
    """
    span = span_of(view, from_, to, stage)
    line = line_of(view)
    spend = spend_by_source(view, span)
    known_sources = most_told(view, entries(view), top, spend)
    periods = weeks(span)
    counted = count(view, span, line, known_sources, [at for _, at in periods])
    _somebody_came(counted, span)
    sums: dict[int, dict[str, float]] = {}
    bought = None
    if view.engine.has("purchases") and view.engine.has("people"):
        new = newcomers(view, span, line, known_sources)
        sums, bought = earned_by_source(view, new, months), buyers(view, new)
    orders = {} if bought is None else _orders(bought)
    told = {}
    for number in counted.sources:
        name = known_sources.name(number)
        told[number] = _told(
            counted, line, number, sums.get(number, {}), orders.get(number, 0), spend.get(name, {})
        )
    rows = [judge(known_sources.name(number), one, LATER, months) for number, one in told.items()]
    rows += _unmet(spend, {row["source"] for row in rows}, months)
    rows.sort(key=by_value)
    place = {row["source"]: at for at, row in enumerate(rows)}
    shown = sorted(counted.sources, key=lambda number: place[known_sources.name(number)])
    portrayed = {number: known_sources.name(number) for number in shown}
    make_up = [] if bought is None else portraits(bought, portrayed)
    steps = list(_steps(counted, line, portrayed))
    known = Known(
        span=span,
        line=line,
        currency=view.settings.shop.currency,
        value_days=view.settings.lifetime.value_days,
        customers=counted.customers(CAME),
        known_before=counted.customers(KNOWN),
        at_all={step: counted.customers(DID, step=k) for k, step in enumerate(line.later)},
        back_within=BACK_WITHIN,
    )
    facts = {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "newcomers": known.customers,
        "customers_before": known.known_before,
        "not_observable": list(line.unobservable),
        "left_out": list(line.left_out),
    }
    tables = {
        "sources": pa.Table.from_pylist(rows, schema=_SOURCES),
        "line": pa.Table.from_pylist(steps, schema=_LINE),
        "weeks": pa.Table.from_pylist(
            list(_weeks(counted, line, portrayed, [day for day, _ in periods[:-1]])), schema=_WEEKS
        ),
        "portrait": pa.Table.from_pylist(make_up, schema=PORTRAIT),
    }
    return Picture("sources", view.as_of, tables, tuple(says(rows, steps, make_up, known)), facts)


def _somebody_came(counted: Counted, span: Span) -> None:
    if counted.customers(CAME):
        return
    before = counted.customers(KNOWN)
    raise CannotTell(
        f"nobody came in for the first time from {span.first} to {span.last}"
        + (f": the {before:,} who were seen first then had bought before" if before else ""),
        todo="ask for other days with --from and --to",
    )


def _orders(bought: pa.Table) -> dict[int, int]:
    """Orders of the newcomers by source."""
    summed = bought.group_by("number").aggregate([("orders", "sum")])
    return {
        int(row["number"]): int(row["orders_sum"] or 0)
        for row in summed.to_pylist()
        if row["number"] is not None
    }


def _told(
    counted: Counted,
    line: Line,
    number: int,
    sums: dict[str, float],
    orders: int,
    spend: dict[str, Any],
) -> Told:
    reached = counted.reached(len(line.later), source=number)
    return Told(
        customers=counted.customers(CAME, source=number),
        reached=dict(zip(line.later, reached[1:], strict=True)),
        at_all={
            step: counted.customers(DID, source=number, step=k) for k, step in enumerate(line.later)
        },
        watched=counted.customers(WATCHED, source=number),
        back=counted.customers(BACK, source=number),
        buyers=counted.customers(BOUGHT, source=number) if line.knows_orders else None,
        orders=orders,
        sums=sums,
        spend=spend.get("spend"),
        clicks=spend.get("clicks"),
    )


def _unmet(spend: dict[str, dict[str, Any]], met: set[str], months: int) -> Iterator[Row]:
    """Rows of sources that money was spent on, and by which nobody came."""
    for name, own in spend.items():
        if name not in met:
            nobody = Told(0, {}, {}, 0, 0, 0, 0, {}, own["spend"], own["clicks"])
            yield judge(name, nobody, LATER, months)


def _steps(counted: Counted, line: Line, sources: dict[int, str]) -> Iterator[Row]:
    """The line of all, and of each source: step by step, with those that are not observable."""
    for number, name in ((None, ALL), *sources.items()):
        reached = counted.reached(len(line.later), source=number)
        came = line.came_and(reached)
        at_all = {
            step: counted.customers(DID, source=number, step=k) for k, step in enumerate(line.later)
        }
        before = None
        for step in STEPS:
            here = came.get(step)
            yield {
                "source": name,
                "step": step,
                "customers": here,
                **named("share", rate(here, reached[0]) if before else _base(here, reached[0])),
                **named("step_share", rate(here, before or 0)),
                "at_all": here if step == SEEN else at_all.get(step),
            }
            before = before if here is None else here


def _base(here: int | None, came: int) -> Rate:
    """Of the first step: all of them, which has no error, unless it is one that not all took."""
    return (1.0, None, None) if here == came else rate(here, came)


def _weeks(
    counted: Counted, line: Line, sources: dict[int, str], days: Sequence[date]
) -> Iterator[Row]:
    for period, day in enumerate(days):
        for number, name in ((None, ALL), *sources.items()):
            customers = counted.customers(CAME, source=number, period=period)
            if not customers:
                continue
            reached = counted.reached(len(line.later), source=number, period=period)
            came = dict(zip(line.later, reached[1:], strict=True))
            bought = counted.customers(BOUGHT, source=number, period=period)
            buyers_ = bought if line.knows_orders else None
            back = counted.customers(BACK, source=number, period=period)
            watched = counted.customers(WATCHED, source=number, period=period)
            yield {
                "week": day,
                "source": name,
                "customers": customers,
                **{step: came.get(step) for step in LATER},
                "buyers": buyers_,
                **named("buyer_share", rate(buyers_, customers)),
                **named("back_share", rate(back, watched)),
            }


def _spans(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(f"{name}{end}", pa.float64()) for name in names for end in ("", "_low", "_high")]


_COUNTS = [("customers", pa.int64()), *((step, pa.int64()) for step in LATER)]
_SOURCES = pa.schema(
    [
        ("source", pa.string()),
        *_COUNTS,
        ("buyers", pa.int64()),
        *_spans("buyer_share"),
        ("again", pa.int64()),
        *_spans("again_share", "back_share"),
        *(
            (name, pa.float64())
            for name in (
                "orders_per_customer", "orders_per_buyer", "profit_per_customer",
                "profit_per_buyer", "expected_per_customer",
            )
        ),
        *_spans("value_per_customer", "value_per_buyer"),
        ("spend", MONEY),
        ("clicks", MONEY),
        *_spans("cost_per_customer", "cost_per_activated", "cost_per_buyer", "value_to_cost"),
        ("earned_back", pa.float64()),
        *((f"payback_{end}", pa.int64()) for end in ("months", "low", "high")),
        ("verdict", pa.string()),
    ]
)  # fmt: skip
_LINE = pa.schema(
    [
        ("source", pa.string()),
        ("step", pa.string()),
        ("customers", pa.int64()),
        *_spans("share", "step_share"),
        ("at_all", pa.int64()),
    ]
)
_WEEKS = pa.schema(
    [
        ("week", pa.date32()),
        ("source", pa.string()),
        *_COUNTS,
        ("buyers", pa.int64()),
        *_spans("buyer_share", "back_share"),
    ]
)
