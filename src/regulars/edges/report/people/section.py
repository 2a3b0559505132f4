"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.edges.report.chart_style import Option
from regulars.edges.report.section import Section

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name."""
    del data, language
    return {}


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    del data, language
    return {}


SECTION = Section("people", context, options)
