"""Sessions: how often people come, for how long, when, from where, and whether they order.

What a session is stands in `timeline.sessions`, by which they are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.picture import Picture
from regulars.insight.sessions.counts import Counted, count
from regulars.insight.sessions.words import says
from regulars.insight.span import span_of
from regulars.insight.visits import DIRECT, OTHER, microseconds
from regulars.kernel.clock import from_day_number
from regulars.timeline.calendar import Calendar
from regulars.timeline.sessions import (
    ALL,
    AT_EDGE,
    CUSTOMERS,
    DAY,
    ENTRIES,
    FIRST,
    HOUR,
    LAST,
    ORDERED,
    ORDERS,
    OUTSIDE,
    SESSIONS,
    SINGLE,
    SOURCE,
    counted,
    day_and_hour,
    lengths,
)

if TYPE_CHECKING:
    from regulars.insight.picture import View
    from regulars.insight.span import Span

Row = dict[str, Any]
_MINUTE = 60
_TEN_MINUTES = 600_000_000
_HOURS = 24


def draw(
    view: View,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    gap: int = 30,
    midnight: bool = False,
    top: int = 10,
) -> Picture:
    """The sessions of the days asked for.

    Args:
        view: the timeline of the shop.
        from_: the first day.
        to: the last day.
        stage: only customers of these stages.
        gap: minutes without an entry that end a session.
        midnight: whether a new day begins a new session.
        top: so many sources, and so many names that sessions begin or end with.

    Raises:
        CannotTell: no visit falls into these days.
    """
    span = span_of(view, from_, to, stage)
    found = count(view, span, gap=gap, midnight=midnight, top=top)
    overall = _overall(found)
    if not overall["sessions"]:
        raise CannotTell(
            f"nobody who is asked about visited from {span.first} to {span.last}",
            todo="ask for more days, or without --stage",
        )
    by_source = _by(found, SOURCE)
    tables = {
        "overall": pa.Table.from_pylist([overall], schema=_OVERALL),
        "days": pa.Table.from_pylist(_days(found), schema=_schema(("day", pa.date32()))),
        "sources": pa.Table.from_pylist(
            _sources(by_source, found.sources), schema=_schema(("source", pa.string()))
        ),
        "hours": pa.Table.from_pylist(_hours(found, span), schema=_schema(("hour", pa.int64()))),
        "steps": pa.Table.from_pylist(_steps(found, overall["sessions"], top), schema=_STEPS),
    }
    told = {name: tables[name].to_pylist() for name in ("sources", "hours", "steps")}
    facts = {
        "gap_minutes": gap,
        "cut_at_midnight": midnight,
        "known_from": found.known.begins.isoformat(),
        "known_to": found.known.ends.isoformat(),
        "at_edge": counted(found.sums, ALL, AT_EDGE).get(0, 0),
        "entries_of_nobody": found.known.of_nobody,
        "guest_orders": found.guest_orders if found.orders_known else None,
    }
    said = tuple(says(overall, told, facts, found.known))
    return Picture("sessions", view.as_of, tables, said, facts)


def _by(found: Counted, by: int) -> dict[int, Row]:
    """The numbers of each key."""
    sums = found.sums
    whats = (SESSIONS, CUSTOMERS, ENTRIES, SINGLE, ORDERED)
    sessions, customers, entries, single, ordered = (counted(sums, by, what) for what in whats)
    long = lengths(sums, by, (0.5, 0.9))
    total = sum(sessions.values())
    rows: dict[int, Row] = {}
    for key, number in sessions.items():
        half, most = long.get(key, [None, None])
        orders = ordered.get(key, 0) if found.orders_known else None
        rows[key] = {
            "sessions": number,
            "share": number / total,
            "customers": customers.get(key),
            "entries_per_session": entries[key] / number,
            "single_share": single.get(key, 0) / number,
            "median_minutes": None if half is None else half / _MINUTE,
            "p90_minutes": None if most is None else most / _MINUTE,
            "ordered": orders,
            "ordered_share": None if orders is None else orders / number,
        }
    return rows


def _overall(found: Counted) -> Row:
    rows = _by(found, ALL)
    row = rows.get(0, {"sessions": 0, "customers": 0})
    sums = found.sums
    bought = counted(sums, ALL, ORDERS).get(0, 0) if found.orders_known else None
    outside = counted(sums, ALL, OUTSIDE).get(0, 0) if found.orders_known else None
    return {
        **row,
        "entries": counted(sums, ALL, ENTRIES).get(0, 0),
        "sessions_per_customer": row["sessions"] / row["customers"] if row["customers"] else None,
        "orders": bought,
        "orders_outside": outside,
    }


_EMPTY = {"sessions": 0, "share": 0.0, "customers": 0}


def _days(found: Counted) -> list[Row]:
    """Every day of which something is known; those on which nobody came are 0."""
    rows = _by(found, DAY)
    first, last = found.known.first, found.known.last
    there = {from_day_number(key): row for key, row in rows.items()}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    nothing = _EMPTY | ({"ordered": 0} if found.orders_known else {})
    return [{"day": day, **there.get(day, nothing)} for day in days]


def _hours(found: Counted, span: Span) -> list[Row]:
    """Every hour of the day that what is known has run through."""
    rows = _by(found, HOUR)
    seen = set(range(_HOURS))
    if found.known.is_short:
        seen = _hours_between(found, span) | set(rows)
    nothing = {"sessions": 0, "share": 0.0} | ({"ordered": 0} if found.orders_known else {})
    return [{"hour": hour, **rows.get(hour, nothing)} for hour in sorted(seen)]


def _hours_between(found: Counted, span: Span) -> set[int]:
    begins, ends = microseconds(found.known.begins), microseconds(found.known.ends)
    at = np.append(np.arange(begins, ends, _TEN_MINUTES), ends - (not found.known.is_cut[1]))
    return set(day_and_hour(Calendar.of(span.time_zone), at)[1].tolist())


def _sources(rows: dict[int, Row], sources: Sequence[str]) -> list[Row]:
    """Sources by their sessions; none at all where no entry tells any."""
    if set(rows) == {-1}:
        return []
    named = [{"source": _name(key, sources, DIRECT), **row} for key, row in rows.items()]
    return sorted(named, key=lambda row: (-row["sessions"], row["source"]))


def _name(key: int, names: Sequence[str], none: str) -> str:
    if key < 0:
        return none
    return names[key] if key < len(names) else OTHER


def _steps(found: Counted, sessions: int, top: int) -> list[Row]:
    """What most sessions begin or end with; the rest gathered."""
    sums = found.sums
    entered, single = counted(sums, FIRST, SESSIONS), counted(sums, FIRST, SINGLE)
    left = counted(sums, LAST, SESSIONS)
    keys = sorted(
        set(entered) | set(left), key=lambda key: (-entered.get(key, 0) - left.get(key, 0), key)
    )
    shown = [key for key in keys if key < len(found.names)][:top]
    groups = [[key] for key in shown]
    rest = [key for key in keys if key not in shown]
    rows = []
    for group in [*groups, *([rest] if rest else [])]:
        came, alone, went = (
            sum(one.get(key, 0) for key in group) for one in (entered, single, left)
        )
        rows.append(
            {
                "step": OTHER if group is rest else _name(group[0], found.names, OTHER),
                "entered": came,
                "entered_share": came / sessions,
                "single_share": alone / came if came else None,
                "left": went,
                "left_share": went / sessions,
            }
        )
    return rows


_REAL, _WHOLE = pa.float64(), pa.int64()
_NUMBERS = (
    ("sessions", _WHOLE),
    ("share", _REAL),
    ("customers", _WHOLE),
    ("entries_per_session", _REAL),
    ("single_share", _REAL),
    ("median_minutes", _REAL),
    ("p90_minutes", _REAL),
    ("ordered", _WHOLE),
    ("ordered_share", _REAL),
)


def _schema(key: tuple[str, pa.DataType]) -> pa.Schema:
    left_out = ("customers",) if key[0] == "hour" else ()
    return pa.schema([key, *(one for one in _NUMBERS if one[0] not in left_out)])


_OVERALL = pa.schema(
    [
        ("sessions", _WHOLE),
        ("customers", _WHOLE),
        ("sessions_per_customer", _REAL),
        ("entries", _WHOLE),
        *(one for one in _NUMBERS if one[0] not in ("sessions", "customers", "share")),
        ("orders", _WHOLE),
        ("orders_outside", _WHOLE),
    ]
)
_STEPS = pa.schema(
    [
        ("step", pa.string()),
        ("entered", _WHOLE),
        ("entered_share", _REAL),
        ("single_share", _REAL),
        ("left", _WHOLE),
        ("left_share", _REAL),
    ]
)
