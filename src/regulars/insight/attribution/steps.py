"""What customers did and bought as rows for the fold, and the sources that they came by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from regulars.insight.counts import number_where
from regulars.insight.entries import activity, entries
from regulars.insight.makers.counts import units

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span

SOURCE, SITE, OTHER, DIRECT = "source", "site", "other", "direct"
"""Kinds of sources: told by the link (or an inviter), another site, the rest, none."""
INVITER = "inviter"
"""The source of those who came by an inviter and no other source."""

_NO_SOURCE = ("direct", "(direct)", "(none)", "(not set)")
_HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://([^/:?#]+)"
_OWN_HOSTS = 50
_AFTER = 1 << 62
"""Before the number of an order: at one instant, what was done comes before what was bought."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where visits came from: its kind, and its name in small letters."""

    kind: str
    name: str


def steps(view: View, span: Span, days: int) -> ir.Table:
    """What customers did from `days` before the span on, with `told` and `site` where known.

    `told` is the source of the link, or that an inviter is named; `site` the other site from
    which a visitor came where neither is.
    """
    done = span.of_stages(view, activity(_watched(entries(view), span, days)))
    told = _text(done.source)
    told = ibis.cases((~told.isin(_NO_SOURCE), told)).fill_null(
        ibis.cases((_text(done.inviter).notnull(), INVITER))
    )
    done = done.mutate(told=told, site=_host(done.referrer), own=_host(done.url))
    own = _own_hosts(view, done)
    elsewhere = done.told.isnull() & ~done.site.isin(own) if own else done.told.isnull()
    return done.select(
        "customer_id", "at", "seq", "told", site=ibis.cases((elsewhere, done.site))
    )  # fmt: skip


def _watched(table: ir.Table, span: Span, days: int) -> ir.Table:
    since = ibis.literal(span.begins - timedelta(days=days), "timestamp('UTC')")
    return span.before_its_end(table).filter(table["at"] >= since)


def _text(column: Any) -> Any:
    return column.strip().lower().nullif("")


def _host(url: Any) -> Any:
    """The host of an address, without www."""
    host = url.re_extract(_HOST, 1).lower().re_replace(r"^www\.", "")
    return ibis.cases((url.notnull(), host)).nullif("")


def _own_hosts(view: View, done: ir.Table) -> list[str]:
    """The hosts of the shop's own pages."""
    known = done.filter(done.own.notnull())
    counted = known.group_by("own").agg(rows=known.count())
    found = view.run(counted.order_by([ibis.desc("rows"), ibis.asc("own")]).limit(_OWN_HOSTS))
    return [str(host) for host in found["own"].to_pylist()]


def most_met(view: View, done: ir.Table, most: int) -> list[Source]:
    """The sources by which most customers came, the most frequent first, ties by name."""
    named = done.filter(done.told.notnull() | done.site.notnull()).mutate(
        kind=ibis.cases((done.told.notnull(), SOURCE), else_=SITE),
        name=done.told.fill_null(done.site),
    )
    counted = named.group_by(["kind", "name"]).agg(customers=named.customer_id.nunique())
    order = [ibis.desc("customers"), ibis.asc("kind"), ibis.asc("name")]
    found = view.run(counted.order_by(order).limit(most))
    return [Source(row["kind"], row["name"]) for row in found.to_pylist()]


def rows(view: View, span: Span, done: ir.Table, sources: Sequence[Source], days: int) -> ir.Table:
    """The rows of the fold `Touches`; a source that is not listed has the number after the last."""
    bought = view.relation("purchases")
    bought = _watched(bought.mutate(at=bought.placed_at.cast("timestamp('UTC')")), span, days)
    bought = span.of_stages(view, bought)
    nothing = ibis.literal(0, "int64")
    nowhere = ibis.literal(-1, "int32")
    return done.select(
        "customer_id",
        "at",
        seq=done.seq.cast("int64"),
        is_order=ibis.literal(0, "int32"),
        source=_number(done.told, SOURCE, sources),
        referrer=_number(done.site, SITE, sources),
        sales=nothing,
        profit=nothing,
    ).union(
        bought.select(
            "customer_id",
            "at",
            seq=bought.order_no.cast("int64") + _AFTER,
            is_order=ibis.literal(1, "int32"),
            source=nowhere,
            referrer=nowhere,
            sales=units(bought.net),
            profit=units(bought.profit),
        )
    )


def _number(column: Any, kind: str, sources: Sequence[Source]) -> Any:
    cases = [(column.isnull(), ibis.literal(-1, "int32"))]
    cases += [
        (column == one.name, ibis.literal(number, "int32"))
        for number, one in enumerate(sources)
        if one.kind == kind
    ]
    return ibis.cases(*cases, else_=ibis.literal(len(sources), "int32")).cast("int32")


def of_guests(view: View, span: Span) -> tuple[int, int]:
    """All orders of the span, and how many of them name no buyer."""
    bought = view.relation("purchases")
    own = span.within(bought.mutate(at=bought.placed_at.cast("timestamp('UTC')")))
    told = view.run(own.agg(orders=own.count(), guests=number_where(own.customer_id.isnull())))
    row = told.to_pylist()[0]
    return int(row["orders"]), int(row["guests"] or 0)
