"""The days of a goal, and the spans of the same kind before it that it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from regulars.settings import GoalSettings

MOST_BEFORE = 8
"""Spans before the goal's own that are looked at."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def gone(self, as_of: date) -> int:
        """How many of them have ended by the end of the day."""
        return min(max((as_of - self.first).days + 1, 0), self.days)

    def cut(self, of: Span, gone: int) -> date:
        """The day of this span up to which as large a part has gone as `gone` days of another."""
        return self.first + timedelta(days=round(gone * self.days / of.days) - 1)


def span_of(goal: GoalSettings, as_of: date) -> Span:
    """The days of the goal; of a period, the one in which the day lies."""
    if goal.first is not None and goal.last is not None:
        return Span(goal.first, goal.last)
    months = _MONTHS[goal.period or "month"]
    number = (as_of.year * 12 + as_of.month - 1) // months * months
    return _months(number, months)


def before(own: Span, first: date) -> list[Span]:
    """The spans of the same kind before the goal's own, the latest first, none before `first`.

    Of a goal from one day to another they have as many days; whole calendar months stay whole.
    """
    months = _whole_months(own)
    found = []
    start = own.first
    for _ in range(MOST_BEFORE):
        if months:
            number = start.year * 12 + start.month - 1 - months
            span = _months(number, months)
        else:
            span = Span(start - timedelta(days=own.days), start - timedelta(days=1))
        if span.first < first:
            break
        found.append(span)
        start = span.first
    return found


def _whole_months(own: Span) -> int:
    after = own.last + timedelta(days=1)
    if own.first.day != 1 or after.day != 1:
        return 0
    return (after.year - own.first.year) * 12 + after.month - own.first.month


def _months(number: int, count: int) -> Span:
    first, after = (date(n // 12, n % 12 + 1, 1) for n in (number, number + count))
    return Span(first, after - timedelta(days=1))
