"""Stickiness as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from regulars.insight.picture import Picture, View
from regulars.insight.span import span_of
from regulars.insight.steps import step_of
from regulars.insight.stickiness.counts import Counted, count
from regulars.insight.stickiness.words import says
from regulars.kernel.clock import day_number
from regulars.timeline.stickiness import RECENT

DAY, WEEK, MONTH = 1, 7, 30
_DAY_SECONDS = 86_400

DAYS = pa.schema(
    [
        ("day", pa.date32()), ("active", pa.int64()), ("active_7", pa.int64()),
        ("active_30", pa.int64()), ("share_of_7", pa.float64()), ("share_of_30", pa.float64()),
    ]
)  # fmt: skip
ACTIVE_DAYS = pa.schema(
    [
        ("days", pa.int64()), ("customers", pa.int64()), ("share", pa.float64()),
        ("share_or_more", pa.float64()),
    ]
)  # fmt: skip
WEEKDAYS = pa.schema(
    [
        ("kind", pa.string()), ("weekday", pa.string()), ("days", pa.int64()),
        ("mean_active", pa.float64()), ("sessions", pa.int64()), ("single", pa.int64()),
        ("single_share", pa.float64()), ("median_minutes", pa.float64()),
        ("p90_minutes", pa.float64()),
    ]
)  # fmt: skip
GAPS = pa.schema(
    [
        ("of", pa.string()), ("number", pa.int64()),
        *((f"{name}_days", pa.float64()) for name in ("p25", "median", "p75", "p90")),
    ]
)  # fmt: skip


def draw(
    view: View,
    *,
    active: str,
    gap: int,
    from_: str | date | None,
    to: str | date | None,
    stage: Sequence[str],
) -> Picture:
    """How many are active a day, a week and a month, on how many days, and for how long.

    Raises:
        UnknownValue: the step cannot be read, or no event has its name.
        CannotTell: nobody was active in these days.
    """
    span = span_of(view, from_, to, stage)
    asked = step_of(active)
    found = count(view, span, asked, gap)
    rows = {
        "days": list(_days(found)),
        "active_days": list(_active_days(found)),
        "weekdays": list(_weekdays(found)),
        "gaps": list(_gaps(found)),
    }
    schemas = {"days": DAYS, "active_days": ACTIVE_DAYS, "weekdays": WEEKDAYS, "gaps": GAPS}
    tables = {name: pa.Table.from_pylist(rows[name], schemas[name]) for name in schemas}
    facts = {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "known_from": found.known.first.isoformat(),
        "time_zone": span.time_zone,
        "gap_minutes": gap,
    }
    said = tuple(says(asked, span, found, rows, gap))
    return Picture("stickiness", view.as_of, tables, said, facts)


def _known_days(found: Counted) -> list[date]:
    return [found.first + timedelta(days=k) for k in range((found.last - found.first).days + 1)]


def _days(found: Counted) -> Iterator[dict[str, Any]]:
    daily, weekly, monthly = (found.within(window) for window in (DAY, WEEK, MONTH))
    for day in _known_days(found):
        number = day_number(day)
        active = daily.get(number, 0)
        week = weekly.get(number, 0) if found.is_seen(day, WEEK) else None
        month = monthly.get(number, 0) if found.is_seen(day, MONTH) else None
        yield {
            "day": day,
            "active": active,
            "active_7": week,
            "active_30": month,
            "share_of_7": active / week if week else None,
            "share_of_30": active / month if month else None,
        }


def _active_days(found: Counted) -> Iterator[dict[str, Any]]:
    on_days = found.on_days
    whole = sum((on_days or {}).values())
    if on_days is None or not whole:
        return
    for days in range(1, RECENT + 1):
        customers = on_days.get(days, 0)
        yield {
            "days": days,
            "customers": customers,
            "share": customers / whole,
            "share_or_more": sum(on_days.get(k, 0) for k in range(days, RECENT + 1)) / whole,
        }


def _weekdays(found: Counted) -> Iterator[dict[str, Any]]:
    daily = found.within(DAY)
    known = _known_days(found)
    observable = found.sessions(None)[0] > 0  # a shop that has orders only has none
    for weekday in (None, *range(7)):
        of = [day for day in known if weekday in (None, day.weekday())]
        sessions, single, (median, p90) = found.sessions(weekday)
        yield {
            "kind": "all" if weekday is None else "weekday",
            "weekday": None if weekday is None else str(weekday + 1),
            "days": len(of),
            "mean_active": sum(daily.get(day_number(day), 0) for day in of) / len(of)
            if of
            else None,
            "sessions": sessions if of and observable else None,
            "single": single if of and observable else None,
            "single_share": single / sessions if sessions else None,
            "median_minutes": None if median is None else median / 60,
            "p90_minutes": None if p90 is None else p90 / 60,
        }


def _gaps(found: Counted) -> Iterator[dict[str, Any]]:
    for name, number, seconds in found.gaps():
        names = ("p25_days", "median_days", "p75_days", "p90_days")
        days = (None if one is None else one / _DAY_SECONDS for one in seconds)
        yield {"of": name, "number": number} | dict(zip(names, days, strict=True))
