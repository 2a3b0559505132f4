"""A section of the report: what it needs, the charts it has something for, and its template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.edges.report.chart_style import Option

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData


@dataclass(frozen=True, slots=True)
class Section:
    """One section, below its own heading.

    Attributes:
        key: its anchor, its name in the navigation (`nav.<key>` in its words), the name of its
            context in the template, and `<key>.html.j2` its template.
        context: what the template needs, by name.
        options: every chart that has something to show, by the name that the template uses.
    """

    key: str
    context: Callable[[ReportData, str], dict[str, Any]]
    options: Callable[[ReportData, str], dict[str, Option]]
