"""What stands before an order: sources credited, content, questions, effort, screening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.timeline import charts_orders
from regulars.edges.report.timeline.told import Row, listed, said, source_name
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.edges.report.chart_style import Option
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

METHODS = (
    "last", "last_non_direct", "first", "linear", "time_decay", "position", "markov", "shapley",
)  # fmt: skip
_SOURCES = 10
_ITEMS, _QUESTIONS = 10, 8


def attribution(drawn: Picture, data: ReportData, language: str) -> dict[str, Any]:
    """Orders by source and method, and what one cost by the kindest and the hardest method."""
    rows = drawn.tables["sources"].to_pylist()[:_SOURCES]
    told = [method for method in METHODS if any(row[method] is not None for row in rows)]
    return {
        **said(drawn, language, 3),
        "methods": [
            {"key": method, "name": say(f"timeline.{method}", language)} for method in told
        ],
        "rows": [
            {
                "name": source_name(row["source"], language),
                "cost": _cost(row, told, data, language),
                "credits": [row[method] for method in told],
            }
            for row in rows
        ],
        "height": 92 + 34 * len(rows),
        "list": listed(drawn, "sources"),
        "credits_list": listed(drawn, "credits"),
    }


def attribution_chart(drawn: Picture, _data: ReportData, language: str) -> Option:
    """The methods side by side."""
    rows = drawn.tables["sources"].to_pylist()[:_SOURCES]
    names = [source_name(row["source"], language) for row in rows]
    return charts_orders.credited(rows, names, METHODS, language)


def _cost(row: Row, methods: list[str], data: ReportData, language: str) -> str:
    """Advertising per credited order, from the kindest method to the hardest."""
    if not row["spend"]:
        return numbers.NOTHING
    costs = [float(row["spend"]) / row[method] for method in methods if row[method]]
    if not costs:
        return numbers.NOTHING
    low, high = (numbers.money(end, language, data.currency) for end in (min(costs), max(costs)))
    return low if low == high else f"{low}–{high}"


def content(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """Items whose difference can be told, and the questions."""
    rows = _judged(drawn)
    return {
        **said(drawn, language, 1),
        "rows": [
            {
                **row,
                "name": name,
                "kind_name": say(f"timeline.kind_{row['kind']}", language),
                "verdict_name": say(f"timeline.{row['verdict']}", language),
            }
            for row, name in zip(rows, _titles(rows), strict=True)
        ],
        "height": 64 + 35 * len(rows),
        "questions": drawn.tables["questions"].to_pylist()[:_QUESTIONS],
        "list": listed(drawn, "items"),
        "questions_list": listed(drawn, "questions"),
    }


def content_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """The differences with their intervals."""
    rows = _judged(drawn)
    if not rows:
        return None
    return charts_orders.content(rows, _titles(rows), language)


def _judged(drawn: Picture) -> list[Row]:
    """Those that can be told, what differs first; then from the most orders to the fewest."""
    told = [
        row
        for row in drawn.tables["items"].to_pylist()
        if row["difference"] is not None and row["difference_low"] is not None
    ]
    clear = [row for row in told if row["verdict"] in ("more_orders", "fewer_orders")]
    rest = [row for row in told if row not in clear]
    rest.sort(key=lambda row: -row["viewers"])
    clear.sort(key=lambda row: -abs(row["difference"]))
    return sorted([*clear, *rest][:_ITEMS], key=lambda row: -row["difference"])


def _titles(rows: list[Row]) -> list[str]:
    """What items are called; two of one name are told apart by what they are known by."""
    names = [row["title"] or row["item"] for row in rows]
    return [
        f"{name} {row['item']}" if names.count(name) > 1 and row["title"] else name
        for row, name in zip(rows, names, strict=True)
    ]
