"""Visits: how often and when people come, which ways they go, and who comes back."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.edges.report.lists import csv_address
from regulars.edges.report.timeline import charts_visits
from regulars.edges.report.timeline.told import (
    Row,
    listed,
    said,
    source_name,
    step_names,
)
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.edges.report.chart_style import Option
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_ROWS = 8
_NODES = 8
_THIN = 0.01
"""Of all visits; what is drawn thinner than this is not drawn."""
_WEEKS = 16
_OTHER = "(other)"
_WEEKLY = pa.schema(
    [
        ("week", pa.date32()),
        *((name, pa.int64()) for name in ("customers", "day", "seen", "back")),
    ]
)

_Weeks = list[tuple[date, int, dict[int, tuple[int, int]]]]


def sessions(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """Visits by source, and the days and hours that are drawn."""
    return {
        **said(drawn, language, 3),
        "rows": [
            {**row, "name": source_name(row["source"], language)}
            for row in drawn.tables["sources"].to_pylist()[:_ROWS]
        ],
        "list": listed(drawn, "days"),
        "hours_list": listed(drawn, "hours"),
        "sources_list": listed(drawn, "sources"),
    }


def days_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """Visits by day; none for a single day."""
    rows = drawn.tables["days"].to_pylist()
    if len(rows) < 2:
        return None
    return charts_visits.visits(rows, [f"{row['day']:%m-%d}" for row in rows], language)


def hours_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """Visits by hour of the day."""
    rows = drawn.tables["hours"].to_pylist()
    if not rows:
        return None
    return charts_visits.visits(rows, [f"{row['hour']}:00" for row in rows], language)


def stickiness(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """What is said of it, and its lists."""
    return {
        **said(drawn, language, 2),
        "list": listed(drawn, "days"),
        "days_list": listed(drawn, "active_days"),
    }


def active_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """Active customers by day; none for a single day."""
    rows = drawn.tables["days"].to_pylist()
    return charts_visits.active(rows, language) if len(rows) > 1 else None


def active_days_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """The distribution of active days."""
    rows = drawn.tables["active_days"].to_pylist()
    if not any(row["customers"] for row in rows):
        return None
    return charts_visits.active_days(rows, language)


def paths(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """The commonest ways; the diagram shows how they branch."""
    rows = drawn.tables["paths"].to_pylist()[:_ROWS]
    most = max((row["share"] for row in rows), default=0) or 1
    return {
        **said(drawn, language, 2),
        "rows": [
            {
                **row,
                "steps": [
                    source_name(name, language) if name == _OTHER else name
                    for name in row["path"].split(" → ")
                ],
                "width": round(100 * row["share"] / most, 1),
            }
            for row in rows
        ],
        "list": listed(drawn, "paths"),
        "edges_list": listed(drawn, "edges"),
    }


def paths_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """How the ways branch: of each step the most frequent names, the rest gathered."""
    nodes = drawn.tables["nodes"].to_pylist()
    links = drawn.tables["edges"].to_pylist()
    if not links:
        return None
    nodes, links = _gathered(nodes, links)
    # Braces are placeholders in a chart's labels; a page's name has none to fill.
    names = {
        name: step_names([name], language)[0].replace("{", "(").replace("}", ")")
        for name in {row["name"] for row in nodes}
    }
    names[_OTHER] = say("timeline.other", language)
    return charts_visits.ways(nodes, links, names, language)


def _gathered(nodes: list[Row], links: list[Row]) -> tuple[list[Row], list[Row]]:
    """Of each step the names that can be drawn; all others of a step as one."""
    total = sum(row["units"] for row in nodes if row["step"] == 1)
    kept: set[tuple[int, str]] = set()
    for step in {row["step"] for row in nodes}:
        own = [row for row in nodes if row["step"] == step and row["name"] != _OTHER]
        own.sort(key=lambda row: (-row["units"], row["name"]))
        kept |= {(step, row["name"]) for row in own[:_NODES] if row["units"] >= _THIN * total}

    def name(step: int, told: str) -> str:
        return told if (step, told) in kept else _OTHER

    sums: dict[tuple[int, str], Row] = {}
    for row in nodes:
        key = (row["step"], name(row["step"], row["name"]))
        one = sums.setdefault(key, {"step": key[0], "name": key[1], "units": 0, "ended": 0})
        one["units"] += row["units"]
        one["ended"] += row["ended"] or 0
    flows: dict[tuple[int, str, str], int] = defaultdict(int)
    for row in links:
        step = row["step"]
        flows[step, name(step, row["from"]), name(step + 1, row["to"])] += row["units"]
    drawn = [
        {"step": step, "from": before, "to": after, "units": units}
        for (step, before, after), units in flows.items()
    ]
    # The rest of a step stands below the names that are told.
    ranked = sorted(
        sums.values(), key=lambda row: (row["step"], row["name"] == _OTHER, -row["units"])
    )
    return ranked, drawn


def retention(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """What is said of it, and how tall and wide the heat map of weeks is."""
    weeks = _weeks(drawn)
    return {
        **said(drawn, language, 1),
        "height": 36 + 24 * len(weeks),
        "columns": max((len(cells) for _, _, cells in weeks), default=0),
        "list": listed(drawn, "curve"),
        "cohorts_list": {
            "name": f"retention-weeks-{drawn.as_of}.csv",
            "address": csv_address(pa.Table.from_pylist(_cells(weeks), schema=_WEEKLY)),
        },
    }


def retention_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """The curve with its interval."""
    rows = _whole(drawn)
    if not any(row["low"] > 0 and row["share"] is not None for row in rows):
        return None
    return charts_visits.returns(rows, language)


def cohorts_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """The heat map of those who began in a week."""
    weeks = _weeks(drawn)
    if not any(seen for _, _, cells in weeks for seen, _ in cells.values()):
        return None
    return charts_visits.cohorts(weeks, language)


def _cells(weeks: _Weeks) -> list[Row]:
    return [
        {"week": week, "customers": size, "day": day, "seen": seen, "back": back}
        for week, size, cells in weeks
        for day, (seen, back) in sorted(cells.items())
    ]


def _whole(drawn: Picture) -> list[Row]:
    return [row for row in drawn.tables["curve"].to_pylist() if row["group"] is None]


def _weeks(drawn: Picture) -> _Weeks:
    """Cohorts of days added up to weeks: both who was seen and who came back are counts."""
    size: dict[date, int] = defaultdict(int)
    seen: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    back: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in drawn.tables["cohorts"].to_pylist():
        week = row["cohort"] - timedelta(days=row["cohort"].weekday())
        if row["low"] == 0:
            size[week] += row["customers"]
        elif row["seen"]:
            seen[week][row["low"]] += row["seen"]
            back[week][row["low"]] += row["back"]
    return [
        (week, size[week], {one: (of, back[week][one]) for one, of in seen[week].items()})
        for week in sorted(size)[-_WEEKS:]
    ]
