"""What customers did and bought as rows for the fold, and the sources that they came by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from regulars.insight.counts import number_where
from regulars.insight.entries import NO_SOURCE, activity, entries
from regulars.insight.makers.counts import units
from regulars.insight.visits import AFTER

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span

SOURCE, SITE, OTHER, DIRECT = "source", "site", "other", "direct"
"""Kinds of sources: told by the link (or an inviter), another site, the rest, none."""
INVITER = "inviter"
"""The source of those who came by an inviter and no other source."""

_HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://([^/:?#]+)"
_OWN_HOSTS = 50


@dataclass(frozen=True, slots=True)
class Source:
    """Where visits came from: its kind, and its name in small letters."""

    kind: str
    name: str


def steps(view: View, span: Span, days: int) -> ir.Table:
    """What customers did from `days` before the span on."""
    return span.of_stages(view, activity(_watched(entries(view), span, days)))


def _watched(table: ir.Table, span: Span, days: int) -> ir.Table:
    since = ibis.literal(span.begins - timedelta(days=days), "timestamp('UTC')")
    return span.before_its_end(table).filter(table["at"] >= since)


def own_hosts(view: View, done: ir.Table) -> list[str]:
    """The hosts of the shop's own pages."""
    pages = done.filter(done.url.notnull()).group_by("url").agg(rows=ibis._.count())
    pages = pages.mutate(host=_host(pages.url))
    counted = pages.filter(pages.host.notnull()).group_by("host").agg(rows=ibis._.rows.sum())
    found = view.run(counted.order_by([ibis.desc("rows"), ibis.asc("host")]).limit(_OWN_HOSTS))
    return [str(host) for host in found["host"].to_pylist()]


def named(table: ir.Table, own: Sequence[str]) -> ir.Table:
    """With `told` and `site` where known.

    `told` is the source of the link, or that an inviter is named; `site` the other site from
    which a visitor came where neither is.
    """
    source = _text(table.source)
    told = ibis.cases((~source.isin(NO_SOURCE), source)).fill_null(
        ibis.cases((_text(table.inviter).notnull(), INVITER))
    )
    table = table.mutate(told=told)
    site = ibis.cases((table.told.isnull() & table.referrer.notnull(), _host(table.referrer)))
    return table.mutate(site=_unless(site, own) if own else site)


def _unless(site: Any, own: Sequence[str]) -> Any:
    return ibis.cases((~site.isin(list(own)), site))


def _text(column: Any) -> Any:
    return column.strip().lower().nullif("")


def _host(url: Any) -> Any:
    """The host of an address, without www."""
    return url.re_extract(_HOST, 1).lower().re_replace(r"^www\.", "").nullif("")


def most_told(view: View, done: ir.Table, own: Sequence[str], most: int) -> list[Source]:
    """The sources that most entries tell, the most frequent first, ties by name."""
    # Few ways to write a source are many rows: they are counted first and read afterwards.
    written = done.group_by(["source", "inviter", "referrer"]).agg(rows=ibis._.count())
    known = named(written, own)
    known = known.filter(known.told.notnull() | known.site.notnull()).mutate(
        kind=ibis.cases((known.told.notnull(), SOURCE), else_=SITE),
        name=known.told.fill_null(known.site),
    )
    counted = known.group_by(["kind", "name"]).agg(rows=ibis._.rows.sum())
    order = [ibis.desc("rows"), ibis.asc("kind"), ibis.asc("name")]
    found = view.run(counted.order_by(order).limit(most))
    return [Source(row["kind"], row["name"]) for row in found.to_pylist()]


def rows(view: View, span: Span, told: ir.Table, sources: Sequence[Source], days: int) -> ir.Table:
    """The rows of the fold `Touches`; a source that is not listed has the number after the last.

    Args:
        view: the as-of tables.
        span: whose orders count.
        told: what customers did, `named`.
        sources: in the order of their numbers.
        days: how long before the span rows are needed.
    """
    bought = view.relation("purchases")
    bought = _watched(bought.mutate(at=bought.placed_at.cast("timestamp('UTC')")), span, days)
    bought = span.of_stages(view, bought)
    nothing = ibis.literal(0, "int64")
    nowhere = ibis.literal(-1, "int32")
    return told.select(
        "customer_id",
        "at",
        seq=told.seq.cast("int64"),
        is_order=ibis.literal(0, "int32"),
        source=_number(told.told, SOURCE, sources),
        referrer=_number(told.site, SITE, sources),
        sales=nothing,
        profit=nothing,
    ).union(
        bought.select(
            "customer_id",
            "at",
            seq=bought.order_no.cast("int64") + AFTER,
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
