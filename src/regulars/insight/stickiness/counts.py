"""The counts of stickiness, from the timeline: one pass over what customers did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.entries import entries, is_activity
from regulars.insight.funnel.counts import check_names
from regulars.insight.observed import Observed, asked_of, observed
from regulars.insight.steps import matches
from regulars.timeline.calendar import instant_of
from regulars.timeline.fold import fold
from regulars.timeline.gaps import GAPS, OWN, Gaps, summed, times
from regulars.timeline.stickiness import (
    ACTIVE,
    LENGTH,
    ON_DAYS,
    ONE_ENTRY,
    RECENT,
    VISIT,
    VISITS,
    WINDOWS,
    WITHIN,
    Stickiness,
    by_key,
    stickiness,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span
    from regulars.insight.steps import Step
    from regulars.timeline.stretch import Stretch

MINUTE = 60_000_000
_QUARTERS = (0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Together:
    """Two folds in one pass: their counts under each other."""

    stickiness: Stickiness
    gaps: Gaps

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The counts of both."""
        return pa.concat_tables([self.stickiness(stretch), self.gaps(stretch)])


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted.

    Attributes:
        sums: `timeline.gaps.COUNTS`, added up.
        first: the first day that is told of: of the span, and known.
        last: the last one.
        known: the days of which activity is known at all.
        of_nobody: entries of the span that name no customer.
    """

    sums: pa.Table
    first: date
    last: date
    known: Observed
    of_nobody: int

    def within(self, window: int) -> dict[int, int]:
        """Customers active within a window of days, by the number of its last day."""
        return by_key(self.sums, WITHIN, window)

    def is_seen(self, day: date, window: int) -> bool:
        """Whether all of the window that ends with the day is known."""
        return day - timedelta(days=window - 1) >= self.known.first

    @property
    def on_days(self) -> dict[int, int] | None:
        """Customers by the number of active days of the last 28; None if not all are known."""
        return by_key(self.sums, ON_DAYS) if self.is_seen(self.last, RECENT) else None

    def sessions(self, weekday: int | None) -> tuple[int, int, list[float | None]]:
        """Sessions of a weekday (Monday is 0) or all, those of one entry, and lengths of the rest.

        Of the lengths come the median and the one that nine in ten do not pass, in seconds.
        """
        all_, single = (by_key(self.sums, what) for what in (VISITS, ONE_ENTRY))
        lengths = times(self.sums, LENGTH, (0.5, 0.9), weekday)
        if weekday is None:
            return sum(all_.values()), sum(single.values()), lengths
        return all_.get(weekday, 0), single.get(weekday, 0), lengths

    def gaps(self) -> list[tuple[str, int, list[float | None]]]:
        """Name, number and quartiles with P90 in seconds: of all gaps, and of own medians."""
        rows = self.sums.to_pylist()
        return [
            (
                name,
                sum(row["number"] for row in rows if row["what"] == what),
                times(self.sums, what, _QUARTERS),
            )
            for name, what in (("gaps", GAPS), ("customers", OWN))
        ]


def count(view: View, span: Span, step: Step, gap: int) -> Counted:
    """Count it.

    Args:
        view: the timeline of the shop.
        span: days that are told of.
        step: what makes a customer active.
        gap: minutes without an entry that end a session.

    Raises:
        UnknownValue: no event has the name that is asked for.
        CannotTell: nobody was active in these days.
    """
    whole = entries(view)
    known, of_nobody = _observed(view, span, step, whole)
    first, last = max(span.first, known.first), min(span.last, known.last)
    if first > last:
        raise CannotTell(
            f"{known.en} known from {known.first} to {known.last} only",
            todo="ask for these days with --from and --to",
        )
    each = Together(
        # The windows of the first days reach back before them.
        stickiness(
            first - timedelta(days=max(WINDOWS) - 1), last, first, span.time_zone, gap * MINUTE
        ),
        Gaps(VISIT, gap * MINUTE, instant_of(first, span.time_zone)),
    )
    sums = summed(fold(view.engine, _rows(span, view, whole, step), each))
    if not by_key(sums, WITHIN, 1):
        check_names(view, (step,))
        raise CannotTell(
            f"nobody was active ({step.text}) from {first} to {last}",
            todo="ask for other days with --from and --to, or for another --active",
        )
    return Counted(sums, first, last, known, of_nobody)


def _observed(view: View, span: Span, step: Step, whole: ir.Table) -> tuple[Observed, int]:
    is_in_time = (whole["at"] >= _literal(span.begins)) & (whole["at"] < _literal(span.ends))
    is_nobodys = whole.customer_id.isnull() & is_in_time & matches(view, whole, step)
    asked = asked_of(whole) | {"of_nobody": number_where(is_nobodys)}
    answer = view.run(whole.agg(**asked)).to_pylist()[0]
    return observed(answer, view, step), int(answer["of_nobody"])


def _rows(span: Span, view: View, whole: ir.Table, step: Step) -> ir.Table:
    before = span.begins - timedelta(days=max(WINDOWS))
    known = span.of_stages(view, span.before_its_end(whole))
    known = known.filter(known["at"] >= _literal(before))
    bits = ((matches(view, known, step), ACTIVE), (is_activity(known), VISIT))
    active, visit = (ibis.cases((told, bit), else_=0).cast("int32") for told, bit in bits)
    mask = (active + visit).cast("int32")
    return known.filter(mask != 0).select(customer_id=known.customer_id, at=known["at"], mask=mask)


def _literal(instant: object) -> ir.TimestampScalar:
    return ibis.literal(instant, "timestamp('UTC')")
