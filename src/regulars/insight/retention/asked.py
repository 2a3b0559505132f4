"""What may be asked of retention, read and checked.

>>> [(one.low, one.high) for one in asked("any", "any", upto=3, mode="unbounded").intervals]
[(1, None), (2, None), (3, None)]
>>> [(one.low, one.high) for one in asked("any", "any", brackets="4-7, 1-3, 30").intervals]
[(1, 3), (4, 7), (30, 30)]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from regulars.errors import UnknownValue
from regulars.insight.steps import Step, step_of
from regulars.timeline.calendar import Unit
from regulars.timeline.retention import Interval, bracket, n_day, unbounded

N_DAY, UNBOUNDED, BRACKET = MODES = ("n-day", "unbounded", "bracket")
CALENDAR, HOURS = DAYS = ("calendar", "hours")
EVER, IN_SPAN = FIRST = ("ever", "span")
PERIODS: tuple[Unit, ...] = ("day", "week", "month")
BY = ("none", "source", "medium", "campaign", "inviter", "connection", "platform", "category")

UPTO: dict[Unit, int] = {"day": 30, "week": 12, "month": 12}
"""Offsets that are told where nothing else is asked."""
BRACKETS: dict[Unit, str] = {
    "day": "1-3,4-7,8-14,15-30",
    "week": "1-2,3-4,5-8,9-12",
    "month": "1,2-3,4-6,7-12",
}
MARKS: dict[Unit, tuple[int, ...]] = {"day": (1, 7, 30), "week": (1, 4, 12), "month": (1, 3, 12)}
"""Offsets that the sentences tell."""
_BOUNDS = re.compile(r"\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """Retention as it was asked for.

    Attributes:
        start: the entry with which a customer begins.
        back: the entry that is a return.
        mode: n-day, unbounded or bracket.
        intervals: of offsets, rising.
        unit: of cohorts and offsets.
        in_hours: an offset is 24 hours, or seven times that, from the customer's own instant.
        is_first_ever: the first start ever counts; else the first of the days looked at.
        by: the column by which customers are told apart; None for none.
        top: so many groups at most.
    """

    start: Step
    back: Step
    mode: str
    intervals: tuple[Interval, ...]
    unit: Unit
    in_hours: bool
    is_first_ever: bool
    by: str | None
    top: int

    @property
    def marks(self) -> list[int]:
        """The places of the intervals that the sentences tell."""
        if self.mode == BRACKET:
            return list(range(min(len(self.intervals), 4)))
        chosen = [k for k, one in enumerate(self.intervals) if one.low in MARKS[self.unit]]
        return chosen or [len(self.intervals) - 1]


def asked(
    start: str,
    back: str,
    *,
    mode: str | None = None,
    brackets: str | None = None,
    upto: int | None = None,
    days: str = CALENDAR,
    period: Unit = "day",
    first: str = EVER,
    by: str = "none",
    top: int = 8,
) -> Asked:
    """The retention that is asked for.

    Raises:
        UnknownValue: a step or an interval cannot be read, or two wishes contradict each other.
    """
    chosen = mode or (BRACKET if brackets else N_DAY)
    if brackets and chosen != BRACKET:
        raise UnknownValue(
            f"intervals are given, and mode {chosen!r} has none",
            todo="leave out --brackets, or take --mode bracket",
        )
    if days == HOURS and period == "month":
        raise UnknownValue(
            "months have no fixed number of hours",
            todo="take --period week, or leave out --days hours",
        )
    offsets = range(1, (upto or UPTO[period]) + 1)
    intervals = (
        _bracketed(brackets or BRACKETS[period])
        if chosen == BRACKET
        else unbounded(offsets)
        if chosen == UNBOUNDED
        else n_day(offsets)
    )
    return Asked(
        start=step_of(start),
        back=step_of(back),
        mode=chosen,
        intervals=intervals,
        unit=period,
        in_hours=days == HOURS,
        is_first_ever=first == EVER,
        by=None if by == "none" else by,
        top=top,
    )


def _bracketed(text: str) -> tuple[Interval, ...]:
    found: set[tuple[int, int]] = set()
    for part in text.split(","):
        bounds = _BOUNDS.fullmatch(part)
        low = int(bounds[1]) if bounds else 0
        high = int(bounds[2] or low) if bounds else 0
        if not 1 <= low <= high:
            raise UnknownValue(
                f"{part.strip()!r} is no interval of offsets",
                todo="write them as 1-3,4-7,8-14: from 1 on, the lower bound first",
            )
        found.add((low, high))
    return bracket(found)
