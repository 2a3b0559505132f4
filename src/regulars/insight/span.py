"""From when to when, and of whom: what every question about the timeline may be asked.

>>> from datetime import date
>>> Span(date(2026, 11, 1), date(2026, 11, 30), "Asia/Shanghai", ()).begins.isoformat()
'2026-10-31T16:00:00+00:00'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.picture import Option, View
from regulars.kernel.clock import end_of_day, parse_date
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAYS = 90
"""Looked at where nothing else is asked."""

OPTIONS: tuple[Option, ...] = (
    Option("from_", str, None, "From this day on. Default: the last 90 days."),
    Option("to", str, None, "Up to the end of this day. Default: the last day of data."),
    Option(
        "stage", list, (), "Only customers who are at this life-cycle stage; may be given again."
    ),
)
"""What may be asked of every picture of the timeline."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the shop's calendar, and the stages of whom they are looked at.

    Attributes:
        first, last: both included.
        time_zone: of the shop.
        stages: of the people table; all customers if empty.
    """

    first: date
    last: date
    time_zone: str
    stages: tuple[str, ...]

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        """The first instant, UTC."""
        return end_of_day(self.first - timedelta(days=1), self.time_zone)

    @property
    def ends(self) -> datetime:
        """The instant at which it is over, UTC."""
        return end_of_day(self.last, self.time_zone)

    def within(self, entries: ir.Table) -> ir.Table:
        """Of the entries (or another table with `at`), those of these days."""
        import ibis

        return entries.filter(
            entries["at"] >= ibis.literal(self.begins, "timestamp('UTC')"),
            entries["at"] < ibis.literal(self.ends, "timestamp('UTC')"),
        )

    def before_its_end(self, entries: ir.Table) -> ir.Table:
        """All that came before these days are over: where a customer's past counts too."""
        import ibis

        return entries.filter(entries["at"] < ibis.literal(self.ends, "timestamp('UTC')"))

    def of_stages(self, view: View, table: ir.Table) -> ir.Table:
        """Of a table with `customer_id`, the rows of those who are at the stages asked for.

        Raises:
            CannotTell: there is no people table yet.
        """
        if not self.stages:
            return table
        if not view.engine.has("people"):
            raise CannotTell(
                "stages are not known: no orders have come in", todo="ask without --stage"
            )
        people = view.relation("people")
        chosen = people.filter(people.stage.isin(list(self.stages))).customer_id
        return table.filter(table.customer_id.isin(chosen))


def span_of(
    view: View, from_: str | date | None, to: str | date | None, stage: Sequence[str] = ()
) -> Span:
    """The days and stages asked for; by default the last 90 days up to the view's.

    Raises:
        UnknownValue: a date is none, the last one lies before the first, or there is no such stage.
    """
    last = min(_day(to) or view.as_of, view.as_of)
    first = _day(from_) or last - timedelta(days=DAYS - 1)
    if last < first:
        raise UnknownValue(
            f"the last day, {last}, lies before the first, {first}",
            todo=f"what is known ends on {view.as_of}; give --from and --to up to then",
        )
    known = [str(one) for one in Stage]
    for one in stage:
        if one not in known:
            raise UnknownValue.of("stage", one, known)
    return Span(first, last, view.settings.shop.time_zone, tuple(stage))


def _day(told: str | date | None) -> date | None:
    return parse_date(told) if isinstance(told, str) else told
