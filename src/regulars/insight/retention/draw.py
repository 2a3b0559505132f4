"""Retention as a picture: its curve, and the cohorts that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.insight.picture import Picture, View
from regulars.insight.retention.asked import asked
from regulars.insight.retention.counts import count
from regulars.insight.retention.words import offset_name, says
from regulars.insight.span import span_of
from regulars.insight.statistics.wilson import wilson
from regulars.timeline.calendar import first_day

if TYPE_CHECKING:
    from datetime import date

    from regulars.insight.retention.asked import Asked
    from regulars.insight.retention.counts import Cell

_COUNTS = [
    ("offset", pa.string()), ("low", pa.int64()), ("high", pa.int64()),
    ("customers", pa.int64()), ("seen", pa.int64()), ("back", pa.int64()),
    ("share", pa.float64()), ("share_low", pa.float64()), ("share_high", pa.float64()),
]  # fmt: skip
CURVE = pa.schema([("kind", pa.string()), ("group", pa.string()), *_COUNTS])
COHORTS = pa.schema([("cohort", pa.date32()), ("whole", pa.bool_()), *_COUNTS])


def draw(
    view: View,
    *,
    start: str,
    back: str,
    from_: str | date | None,
    to: str | date | None,
    stage: Sequence[str],
    **wanted: Any,
) -> Picture:
    """Of those who began, who comes back, and when.

    Raises:
        UnknownValue: a step or an interval cannot be read, or no event has its name.
        CannotTell: nobody began in these days.
    """
    span = span_of(view, from_, to, stage)
    retention = asked(start, back, **wanted)
    found = count(view, span, retention)
    curve = [
        {"kind": kind, "group": name} | row
        for (kind, name), cells in found.by_group().items()
        for row in _rows(retention, cells)
    ]
    cohorts = [
        {"cohort": first_day(cohort, retention.unit), "whole": whole} | row
        for cohort, cells in found.by_cohort().items()
        for whole in [
            _is_whole(cohort, retention, max(span.first, found.begins.first), found.ends.last)
        ]
        for row in _rows(retention, cells)
    ]
    return Picture(
        "retention",
        view.as_of,
        {
            "curve": pa.Table.from_pylist(curve, CURVE),
            "cohorts": pa.Table.from_pylist(cohorts, COHORTS),
        },
        tuple(says(retention, span, found)),
        facts={
            "mode": retention.mode,
            "days": "hours" if retention.in_hours else "calendar",
            "time_zone": span.time_zone,
            "known_from": found.begins.first.isoformat(),
            "known_to": found.ends.last.isoformat(),
            "customers": curve[0]["customers"],
        },
    )


def _rows(retention: Asked, cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """The cohort itself, and what was counted of it in each interval; unseen is not 0."""
    size = cells[0].size
    yield {
        "offset": "0", "low": 0, "high": 0, "customers": size, "seen": size, "back": size,
        "share": 1.0,
    }  # fmt: skip
    low, high = wilson([cell.back for cell in cells], [cell.seen for cell in cells])
    for place, (interval, cell) in enumerate(zip(retention.intervals, cells, strict=True)):
        row = {"offset": offset_name(interval), "low": interval.low, "high": interval.high}
        row |= {"customers": size, "seen": cell.seen}
        if cell.seen:
            row |= {"back": cell.back, "share": cell.back / cell.seen}
            row |= {"share_low": float(low[place]), "share_high": float(high[place])}
        yield row


def _is_whole(cohort: int, retention: Asked, first: date, last: date) -> bool:
    """Whether all days of the cohort's period were looked at."""
    begins, next_begins = (first_day(one, retention.unit) for one in (cohort, cohort + 1))
    return begins >= first and (next_begins - last).days <= 1
