"""The entries that visits are made of, and from when to when they are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.entries import NO_SOURCE, ORDER
from regulars.kernel.clock import day_of
from regulars.timeline.sessions import FAR

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.span import Span

OTHER, DIRECT = "(other)", "(direct)"
AFTER = 1 << 62
"""Before the number of an order: at one instant, what was done comes before what was bought."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the visits of a span.

    Attributes:
        begins: the later of the span's first instant and the first entry.
        ends: the earlier of the span's end and the last entry.
        first: the day of the one.
        last: the day of the other.
        is_cut: whether each of the two lies within a day, where a visit may go on beyond it.
        entries: of the span.
        of_nobody: entries among them that name no customer, nor a visitor's own number.
    """

    begins: datetime
    ends: datetime
    first: date
    last: date
    is_cut: tuple[bool, bool]
    entries: int
    of_nobody: int

    @property
    def is_short(self) -> bool:
        """Whether less than a day is known."""
        return self.ends - self.begins < _DAY

    @property
    def days(self) -> tuple[str, str]:
        """From when to when, in both languages, as a sentence begins."""
        if self.first == self.last:
            return f"On {self.first}", f"{self.first}"
        return f"From {self.first} to {self.last}", f"{self.first} 至 {self.last}"

    def edges(self, *, cut_at_midnight: bool) -> tuple[int, int]:
        """Both instants in microseconds; far away where a session does not go on beyond them."""
        begins, ends = microseconds(self.begins), microseconds(self.ends)
        if cut_at_midnight:
            return begins if self.is_cut[0] else -FAR, ends if self.is_cut[1] else FAR
        return begins, ends


def microseconds(instant: datetime) -> int:
    """Since 1970, UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def orders(entries: ir.Table) -> ir.Table:
    """Of the entries, the orders of the records."""
    return ordered(entries.filter(entries.kind == ORDER))


def ordered(entries: ir.Table) -> ir.Table:
    """The entries with `seq` such that orders come last at their instant."""
    after = entries.seq.cast("int64") + ibis.literal(AFTER, "int64")
    is_order = entries.kind == ORDER
    return entries.mutate(seq=ibis.cases((is_order, after), else_=entries.seq.cast("int64")))


def known_of(view: Any, span: Span, done: ir.Table) -> Known:
    """What is known of the visits.

    Args:
        view: of the shop.
        span: days that are looked at.
        done: `visits`, of all days and customers.

    Raises:
        CannotTell: no visit falls into these days.
    """
    begins = ibis.literal(span.begins, "timestamp('UTC')")
    ends = ibis.literal(span.ends, "timestamp('UTC')")
    is_within = (done["at"] >= begins) & (done["at"] < ends)
    told = view.run(
        done.agg(
            first=done["at"].min(),
            last=done["at"].max(),
            entries=number_where(is_within),
            of_nobody=number_where(is_within & done.customer_id.isnull()),
        )
    )
    row = told.to_pylist()[0]
    if row["first"] is None:
        raise CannotTell(
            "nothing is known of what customers did: no pages, no products viewed, no events",
            todo="import an event log with `regulars import FILE`, or take events in live with"
            " `regulars serve`",
        )
    first, last = (row[name].replace(tzinfo=UTC) for name in ("first", "last"))
    zone = span.time_zone
    if not row["entries"]:
        raise CannotTell(
            f"nothing that customers did from {span.first} to {span.last} is known",
            todo=f"events are known from {day_of(first, zone)} to {day_of(last, zone)}: name days"
            " with --from and --to",
        )
    return Known(
        begins=max(first, span.begins),
        ends=min(last, span.ends),
        first=day_of(max(first, span.begins), zone),
        last=day_of(min(last, span.ends - _MICROSECOND), zone),
        is_cut=(first > span.begins, last < span.ends),
        entries=int(row["entries"]),
        of_nobody=int(row["of_nobody"] or 0),
    )


def labelled(table: ir.Table) -> ir.StringValue:
    """What an entry is called: `Product Viewed`, `page: Home`, or a page's address without it."""
    called = table.name.nullif("").fill_null(table.url)
    whole = (table.kind + ibis.literal(": ") + called).fill_null(table.kind)
    return ibis.cases((table.kind == "track", called.fill_null(table.kind)), else_=whole)


def told_source(table: ir.Table) -> ir.StringValue:
    """The source that an entry tells, in small letters; NULL where it tells none."""
    told = table.source.strip().lower().nullif("")
    return ibis.cases((~told.isin(list(NO_SOURCE)), told))
