"""The section's parts in their order, each from one picture, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regulars.edges.report.section import Section
from regulars.edges.report.timeline import effort, line, orders, visits
from regulars.edges.report.words import say
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import Picture

if TYPE_CHECKING:
    from regulars.edges.report.chart_style import Option
    from regulars.edges.report.page import ReportData

_Part = Callable[[Picture, "ReportData", str], dict[str, Any]]
_Chart = Callable[[Picture, "ReportData", str], "Option | None"]

_PARTS: dict[str, _Part] = {
    "aarrr": line.aarrr,
    "funnel": line.funnel,
    "sources": line.sources,
    "screening": line.screening,
    "attribution": orders.attribution,
    "content": orders.content,
    "effort": effort.effort,
    "sessions": visits.sessions,
    "stickiness": visits.stickiness,
    "paths": visits.paths,
    "retention": visits.retention,
}
_CHARTS: tuple[tuple[str, str, _Chart], ...] = (
    ("funnel", "line-funnel", line.funnel_chart),
    ("sources", "line-worth", line.sources_chart),
    ("screening", "line-layers", line.screening_chart),
    ("attribution", "line-credits", orders.attribution_chart),
    ("content", "line-content", orders.content_chart),
    ("sessions", "line-days", visits.days_chart),
    ("sessions", "line-hours", visits.hours_chart),
    ("stickiness", "line-active", visits.active_chart),
    ("stickiness", "line-active-days", visits.active_days_chart),
    ("paths", "line-paths", visits.paths_chart),
    ("retention", "line-back", visits.retention_chart),
    ("retention", "line-cohorts", visits.cohorts_chart),
)
_OF_VISITS = ("sessions", "paths", "attribution", "content", "effort", "stickiness")
"""Pictures that no shop without events can have; one of them is enough to know of visits."""


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name; None for a picture that cannot be told."""
    drawn = data.pictures.drawn
    parts = {
        name: make(drawn[name], data, language) if name in drawn else None
        for name, make in _PARTS.items()
    }
    missing = [
        PICTURES[name].zh if language == "zh" else PICTURES[name].en
        for name in _PARTS
        if name in PICTURES and name not in drawn
    ]
    return {
        **parts,
        "metric": _metric,
        "has_visits": any(name in drawn for name in _OF_VISITS),
        "missing": say("timeline.comma", language).join(missing),
    }


def _metric(column: str) -> str:
    """The metric that a column of a picture's table is declared to show.

    >>> _metric("funnel.steps.share")
    'funnel_share'
    """
    picture, table, name = column.split(".")
    return next(one for one in PICTURES[picture].tables if one.name == table).metrics[name]


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    found: dict[str, Option] = {}
    for picture, name, make in _CHARTS:
        drawn = data.pictures.drawn.get(picture)
        chart = None if drawn is None else make(drawn, data, language)
        if chart is not None:
            found[name] = chart
    return found


SECTION = Section("timeline", context, options)
