"""AARRR: acquisition, activation, retention, revenue and referral, of the shop's line.

Both periods are looked at in the same way: steps count within so many days of coming in, and only
of those who have been watched for so many days. So a newcomer of yesterday does not speak against
the period, and the period before has had no more time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.aarrr.plays import (
    ACQUISITION,
    ACTIVATION,
    REFERRAL,
    RETENTION,
    REVENUE,
    STAGES,
    StagePlay,
)
from regulars.insight.aarrr.trend import change
from regulars.insight.aarrr.words import Known, says
from regulars.insight.entries import entries
from regulars.insight.line.counts import count
from regulars.insight.line.rates import Rate, named, rate
from regulars.insight.line.sources import Sources, is_invited
from regulars.insight.line.steps import (
    ACTIVATED,
    DOWNLOADED,
    FIRST_ORDER,
    FOLLOWED,
    RETAINED,
    SEEN,
    Line,
    line_of,
)
from regulars.insight.makers.counts import UNITS
from regulars.insight.picture import Picture, View
from regulars.insight.span import Span, span_of
from regulars.insight.statistics.answers import MONEY
from regulars.timeline.line import (
    ACTIVE,
    BACK,
    BOUGHT,
    CAME,
    DID,
    INVITED,
    WATCHED,
    Counted,
)

CAME_BACK, WAS_INVITED = "back", "invited"
_STEPS = (
    (ACQUISITION, SEEN), (ACQUISITION, FOLLOWED), (ACTIVATION, DOWNLOADED), (ACTIVATION, ACTIVATED),
    (RETENTION, CAME_BACK), (RETENTION, RETAINED), (REVENUE, FIRST_ORDER), (REFERRAL, WAS_INVITED),
)  # fmt: skip
_BEFORE, _NOW = range(2)
NOT_MEASURED = "not_measured"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Period:
    """A period's counts, and how many inviters were named in it; None where none ever was."""

    counted: Counted
    number: int
    inviters: int | None

    def customers(self, what: int, step: int | None = None) -> int:
        return self.counted.customers(what, period=self.number, step=step)


def draw(
    view: View,
    *,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    within: int = 30,
    plays: Sequence[StagePlay] | None = None,
) -> Picture:
    """The five stages of the days asked for, against as many days before.

    Args:
        view: the timeline of the shop.
        from_: the first day.
        to: the last day.
        stage: only customers who are at these stages now.
        within: days after coming in within which steps count.
        plays: of the playbook, by stage; None where it was not looked at.

    Raises:
        NotUnderstood: neither events nor orders have come in yet.
        CannotTell: nobody came in during these days.
        SettingsError: a step of the line cannot be read.
    """
    span = span_of(view, from_, to, stage)
    earlier = Span(
        span.first - timedelta(days=span.days),
        span.first - timedelta(days=1),
        span.time_zone,
        span.stages,
    )
    line = line_of(view)
    edges = [earlier.begins, span.begins, span.ends]
    counted = count(view, span, line, Sources(), edges, within)
    inviters = _inviters(view, span, earlier)
    now = _Period(counted, _NOW, inviters[_NOW])
    before = None
    if line.known_from is not None and line.known_from <= earlier.first:
        before = _Period(counted, _BEFORE, inviters[_BEFORE])
    if not now.customers(CAME):
        raise CannotTell(
            f"nobody came in for the first time from {span.first} to {span.last}",
            todo="ask for other days with --from and --to",
        )
    rows = [_row(name, step, line, now, before) for name, step in _STEPS]
    periods = [(span, now), *([(earlier, before)] if before else [])]
    revenue = [_revenue(days, one, line) for days, one in periods]
    referral = [_referral(days, one) for days, one in periods]
    known = Known(
        span=span,
        within=within,
        line=line,
        currency=view.settings.shop.currency,
        known_from=None if before else line.known_from,
        plays=None if plays is None else tuple(plays),
    )
    facts = {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "before_from": earlier.first.isoformat(),
        "before_to": earlier.last.isoformat(),
        "within_days": within,
        "watched": now.customers(WATCHED),
        "not_observable": list(line.unobservable),
    }
    tables = {
        "stages": pa.Table.from_pylist(rows, schema=_STAGES),
        "revenue": pa.Table.from_pylist(revenue, schema=_REVENUE),
        "referral": pa.Table.from_pylist(referral, schema=_REFERRAL),
        "plays": pa.Table.from_pylist(list(_plays(plays or ())), schema=_PLAYS),
    }
    said = tuple(says(rows, revenue, referral, known))
    return Picture("aarrr", view.as_of, tables, said, facts)


def _inviters(view: View, span: Span, earlier: Span) -> list[int | None]:
    """How many inviters entries of each period name; None where none ever did."""
    told = span.of_stages(view, entries(view))
    told = told.filter(is_invited(told))
    by_period = told.mutate(
        period=ibis.cases(
            (told["at"] < ibis.literal(earlier.begins, "timestamp('UTC')"), -1),
            (told["at"] < ibis.literal(span.begins, "timestamp('UTC')"), _BEFORE),
            (told["at"] < ibis.literal(span.ends, "timestamp('UTC')"), _NOW),
            else_=_NOW + 1,
        )
    )
    counted = by_period.group_by("period").agg(inviters=by_period.inviter.nunique())
    found = {row["period"]: int(row["inviters"]) for row in view.run(counted).to_pylist()}
    return [found.get(period, 0) if found else None for period in (_BEFORE, _NOW)]


def _row(stage: str, step: str, line: Line, now: _Period, before: _Period | None) -> Row:
    """A step of a stage, in both periods."""
    row: Row = {"stage": stage, "step": step}
    rates: list[Rate] = []
    for name, period in (("", now), ("before_", before)):
        customers, of = (None, None) if period is None else _counts(step, line, period)
        share = rate(customers, of or 0)
        rates.append(share)
        row |= {f"{name}customers": customers, f"{name}of": of} | named(f"{name}share", share)
    gone, row["trend"] = change(*rates)
    return row | named("change", gone)


def _counts(step: str, line: Line, period: _Period) -> tuple[int | None, int | None]:
    """How many took the step, of how many; None where it is not observable."""
    watched = period.customers(WATCHED)
    if step == SEEN:
        if line.seen is None:
            return None, None
        return period.customers(CAME), period.customers(ACTIVE)
    if step == CAME_BACK:
        return period.customers(BACK), watched
    if step == WAS_INVITED:
        if period.inviters is None:
            return None, None
        return period.customers(INVITED), period.customers(CAME)
    if step not in line.later:
        return None, None
    number = list(line.later).index(step)
    if step == FIRST_ORDER and not line.by_events:
        return period.customers(CAME), None  # with the first order one comes in
    return period.customers(DID, number), watched


def _revenue(days: Span, period: _Period, line: Line) -> Row:
    """What the newcomers watched bought within their days."""
    watched, buyers = period.customers(WATCHED), period.customers(BOUGHT)
    row: Row = {"from": days.first, "to": days.last, "watched": watched}
    if not line.knows_orders:
        return row
    amount = Decimal(period.counted.amount(BOUGHT, period=period.number)) / UNITS
    return row | {
        "buyers": buyers,
        "sales": amount,
        "sales_per_customer": float(amount) / watched if watched else None,
        "sales_per_buyer": float(amount) / buyers if buyers else None,
    }


def _referral(days: Span, period: _Period) -> Row:
    """Who invited and who was invited."""
    active, came, inviters = period.customers(ACTIVE), period.customers(CAME), period.inviters
    row: Row = {"from": days.first, "to": days.last, "active": active, "inviters": inviters}
    if inviters is None:
        return row
    invited = period.customers(INVITED)
    return row | {
        "inviter_share": inviters / active if active else None,
        "invited": invited,
        **named("invited_share", rate(invited, came)),
        "invited_per_inviter": invited / inviters if inviters else None,
    }


def _plays(plays: Sequence[StagePlay]) -> Iterator[Row]:
    for one in sorted(plays, key=lambda play: STAGES.index(play.stage)):
        yield {
            "stage": one.stage,
            "play": one.play,
            "name": one.name.en,
            "name_zh": one.name.zh,
            "offer": one.offer.en,
            "offer_zh": one.offer.zh,
            "treated": one.treated,
            "held_out": one.held_out,
            "effect": NOT_MEASURED,
        }


def _spans(name: str) -> list[tuple[str, pa.DataType]]:
    return [(f"{name}{end}", pa.float64()) for end in ("", "_low", "_high")]


_STAGES = pa.schema(
    [
        ("stage", pa.string()),
        ("step", pa.string()),
        ("customers", pa.int64()),
        ("of", pa.int64()),
        *_spans("share"),
        ("before_customers", pa.int64()),
        ("before_of", pa.int64()),
        *_spans("before_share"),
        *_spans("change"),
        ("trend", pa.string()),
    ]
)
_PERIOD = [("from", pa.date32()), ("to", pa.date32())]
_REVENUE = pa.schema(
    [
        *_PERIOD,
        ("watched", pa.int64()),
        ("buyers", pa.int64()),
        ("sales", MONEY),
        ("sales_per_customer", pa.float64()),
        ("sales_per_buyer", pa.float64()),
    ]
)
_REFERRAL = pa.schema(
    [
        *_PERIOD,
        ("active", pa.int64()),
        ("inviters", pa.int64()),
        ("inviter_share", pa.float64()),
        ("invited", pa.int64()),
        *_spans("invited_share"),
        ("invited_per_inviter", pa.float64()),
    ]
)
_TEXTS = ("stage", "play", "name", "name_zh", "offer", "offer_zh")
_PLAYS = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        ("treated", pa.int64()),
        ("held_out", pa.int64()),
        ("effect", pa.string()),
    ]
)
