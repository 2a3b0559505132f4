"""Attribution: which sources were there before orders, by eight ways of dividing the credit.

A touch is an entry with a source (of the link, or an inviter), or a visit that comes from another
site, or a visit that tells neither, which is direct. The path of an order is the customer's touches
since the order before, within the look-back window. Paths that led to no order count for the two
methods that learn (`markov`, `shapley`). All of it describes who was there before an order; what
would not have been bought without a source, only a hold-out can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.errors import CannotTell, NotUnderstood, UnknownValue
from regulars.insight.acquisition.counts import spent_within
from regulars.insight.attribution.credits import METHODS, Credit, credits_of, effects_of
from regulars.insight.attribution.spread import money
from regulars.insight.attribution.steps import (
    DIRECT,
    OTHER,
    Source,
    most_told,
    named,
    of_guests,
    own_hosts,
    rows,
    steps,
)
from regulars.insight.attribution.words import Known, says
from regulars.insight.picture import Picture, View
from regulars.insight.span import Span, span_of
from regulars.insight.statistics.answers import MONEY
from regulars.timeline.fold import fold
from regulars.timeline.touches import ONE, Paths, Touches, paths_of

_DAY = 86_400_000_000
_GAP = 30 * 60_000_000
"""Microseconds without a step after which a visit is over."""
_MOST_TOLD = 1_000
REST = "(other)"
"""The sources beyond those asked for."""

Spend = Mapping[str, Decimal]


def draw(
    view: View,
    *,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    lookback: int = 30,
    half_life: float = 7.0,
    first_share: float = 0.4,
    last_share: float = 0.4,
    top: int = 12,
) -> Picture:
    """The orders of a span, credited to the sources touched before them.

    Args:
        view: the as-of tables.
        from_: first day.
        to: last day.
        stage: only customers of these stages.
        lookback: days before an order within which touches count.
        half_life: days in which a touch loses half its weight by time decay.
        first_share: what the first touch gets by position.
        last_share: what the last one gets; the touches between share the rest.
        top: at most so many sources, the most frequent ones; the rest is gathered.

    Raises:
        NotUnderstood: no events, or no orders, have come in.
        CannotTell: no visit tells a source, or no order has a visit before it.
        UnknownValue: the shares of the first and last touch are more than the whole.
    """
    span = span_of(view, from_, to, stage)
    if first_share + last_share > 1:
        raise UnknownValue(
            f"the first and the last touch cannot have {first_share:g} and {last_share:g} of the"
            " credit: together they are more than 1",
            todo="give --first-share and --last-share that are at most 1 together",
        )
    for name in ("events", "purchases"):
        if not view.engine.has(name):
            raise NotUnderstood(
                f"no {'visits' if name == 'events' else 'orders'} have come in yet: attribution"
                " needs both visits and orders",
                todo="send events by `regulars serve`, or import files with `regulars import FILE`",
            )
    done = steps(view, span, lookback)
    own = own_hosts(view, done)
    told = most_told(view, done, own, _MOST_TOLD)
    sources = told[:top]
    if not sources:
        raise CannotTell(
            f"no visit from {span.first - timedelta(days=lookback)} to {span.last}"
            f"{_whose(span, 'of a customer')} tells where it came from",
            todo="mark links with utm_source, and let the snippet or the app send it",
        )
    spec = Touches(
        sources=len(sources) + 2,
        gap=_GAP,
        lookback=lookback * _DAY,
        half_life=round(half_life * _DAY),
        first=first_share,
        last=last_share,
        begins=round(span.begins.timestamp()) * 1_000_000,
    )
    found = fold(view.engine, rows(view, span, named(done, own), sources, lookback), spec)
    paths = paths_of(found, spec.sources)
    known = _known(view, span, paths, lookback)
    sources = [*sources, Source(OTHER, REST), Source(DIRECT, "(direct)")]
    spend, unmet = _spend(view, span, told, top)
    given = credits_of(paths)
    wide = _sources(sources, paths, given, spend)
    long = _credits(sources, paths, given, spend)
    tables = {
        "sources": pa.Table.from_pylist(wide, schema=_SOURCES),
        "credits": pa.Table.from_pylist(long, schema=_CREDITS),
        "paths": _lengths(paths),
    }
    facts = {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "lookback_days": lookback,
        "orders": known.orders,
        "orders_with_path": known.attributed,
        "orders_without_path": known.without,
        "orders_of_guests": known.guests,
        "paths_with_order": paths.converted,
        "paths_without_order": paths.lost,
        "sales_with_path": str(money(paths.totals[1])),
        "profit_with_path": str(money(paths.totals[2])),
        "spend_of_sources_not_met": unmet,
    }
    return Picture("attribution", view.as_of, tables, tuple(says(wide, known, unmet)), facts)


def _whose(span: Span, who: str = "") -> str:
    """The stages asked for, as words in a sentence; nothing if all customers are looked at."""
    words = [who] * bool(who) + ["at the stage", " or ".join(span.stages)]
    return f" {' '.join(words)}" if span.stages else ""


def _known(view: View, span: Span, paths: Paths, lookback: int) -> Known:
    attributed, without = paths.totals[0], paths.without[0]
    if not attributed:
        raise CannotTell(
            f"none of the orders from {span.first} to {span.last}"
            f"{_whose(span, 'of customers')} ({without:,}) has a visit within {lookback} days"
            " before it"
            if without
            else f"no known customer{_whose(span)} ordered from {span.first} to {span.last}",
            todo="look at other days, or let visits and orders name the same customer"
            " (docs/identity.md)",
        )
    guests = 0 if span.stages else of_guests(view, span)[1]
    return Known(
        first=span.first,
        last=span.last,
        lookback=lookback,
        currency=view.settings.shop.currency,
        attributed=attributed,
        without=without,
        guests=guests,
        single=int(paths.lengths[0]),
        spending=_told_days(view, span),
        converted=paths.converted,
        lost=paths.lost,
    )


def _spend(view: View, span: Span, told: Sequence[Source], top: int) -> tuple[Spend, list[str]]:
    """What was spent in the span by source, and on which names that no visit tells."""
    if not view.engine.has("advertising"):
        return {}, []
    listed = {one.name: one.name if place < top else REST for place, one in enumerate(told)}
    spend: dict[str, Decimal] = {}
    unmet = set()
    for row in view.run(
        spent_within(view.relation("advertising"), span.first, span.last)
    ).to_pylist():
        name = (row["source"] or "").strip().lower()
        if not name or not row["spend"]:
            continue
        if name in listed:
            spend[listed[name]] = spend.get(listed[name], Decimal(0)) + row["spend"]
        else:
            unmet.add(name)
    return spend, sorted(unmet)


def _told_days(view: View, span: Span) -> tuple[date, date] | None:
    """The first and last day of the span for which spending is told, if that is not all of it."""
    if not view.engine.has("advertising"):
        return None
    advertising = view.relation("advertising")
    own = advertising.filter(advertising.spend > 0)
    days = view.run(own.agg(first=own.day.min(), last=own.day.max())).to_pylist()[0]
    if days["first"] is None or (days["first"] <= span.first and span.last <= days["last"]):
        return None
    return max(days["first"], span.first), min(days["last"], span.last)


def _sources(
    sources: Sequence[Source], paths: Paths, given: Mapping[str, list[Credit]], spend: Spend
) -> list[dict[str, Any]]:
    effects = effects_of(paths)
    found = []
    for place, source in enumerate(sources):
        if not paths.touches[place]:
            continue
        row: dict[str, Any] = {
            "source": source.name,
            "kind": source.kind,
            "touches": int(paths.touches[place]),
        }
        for method in METHODS:
            told = given.get(method)
            row[method] = told[place].orders / ONE if told else None
        row["removal_effect"] = None if effects is None else float(effects[place])
        row["spend"] = spend.get(source.name)
        found.append(row)
    return sorted(found, key=lambda row: (-row["linear"], row["source"]))


def _credits(
    sources: Sequence[Source], paths: Paths, given: Mapping[str, list[Credit]], spend: Spend
) -> list[dict[str, Any]]:
    total = paths.totals[0]
    found = []
    for method, by_source in given.items():
        own: list[dict[str, Any]] = []
        for place, (source, credit) in enumerate(zip(sources, by_source, strict=True)):
            if not paths.touches[place]:
                continue
            paid = spend.get(source.name)
            own.append(
                {
                    "method": method,
                    "source": source.name,
                    "kind": source.kind,
                    "orders": credit.orders / ONE,
                    "share": credit.orders / ONE / total,
                    "share_low": credit.low,
                    "share_high": credit.high,
                    "sales": money(credit.sales),
                    "profit": money(credit.profit),
                    "spend": paid,
                    "cost_per_order": float(paid) / (credit.orders / ONE)
                    if paid and credit.orders > 0
                    else None,
                }
            )
        found += sorted(own, key=lambda row: (-row["orders"], row["source"]))
    return found


def _lengths(paths: Paths) -> pa.Table:
    total = paths.totals[0]
    counted = paths.lengths.tolist()
    last = len(counted)
    rows = [
        {
            "touches": f"{length}+" if length == last else str(length),
            "orders": orders,
            "share": orders / total,
        }
        for length, orders in enumerate(counted, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=_LENGTHS)


_SOURCES = pa.schema(
    [
        ("source", pa.string()),
        ("kind", pa.string()),
        ("touches", pa.int64()),
        *((method, pa.float64()) for method in METHODS),
        ("removal_effect", pa.float64()),
        ("spend", MONEY),
    ]
)
_CREDITS = pa.schema(
    [
        ("method", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        *((name, pa.float64()) for name in ("orders", "share", "share_low", "share_high")),
        *((name, MONEY) for name in ("sales", "profit", "spend")),
        ("cost_per_order", pa.float64()),
    ]
)
_LENGTHS = pa.schema([("touches", pa.string()), ("orders", pa.int64()), ("share", pa.float64())])
