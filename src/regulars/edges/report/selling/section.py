"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.chart_style import ACCENT, GREY, WARM, Option
from regulars.edges.report.lists import csv_address
from regulars.edges.report.section import Section
from regulars.edges.report.selling import charts
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_BEST, _WORST, _FILLED = 10, 5, 12
_READ_BEST, _READ_WORST = 6, 4
_ROWS = 8
_TOPS = (10, 20)
_YEAR = "last_365_days"
_CURVES = (
    ("customer", "paid", "year_before", "selling.curve_before", GREY),
    ("product", "paid", _YEAR, "selling.curve_product_paid", "#6bb0bd"),
    ("customer", "profit", _YEAR, "selling.curve_customer_profit", WARM),
    ("customer", "paid", _YEAR, "selling.curve_customer_paid", ACCENT),
)
_SEEN = 1.01
_VERDICTS = {"earns": "earns", "loses": "costs", "free": "free", "cannot_tell": "cannot_tell"}


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name."""
    return {
        name: None if drawn is None else make(drawn, data, language)
        for name, make in (
            ("makers", _makers),
            ("affinity", _affinity),
            ("concentration", _concentration),
            ("acquisition", _acquisition),
        )
        for drawn in (data.pictures.drawn.get(name),)
    }


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    drawn, found = data.pictures.drawn, dict[str, Option]()
    if "makers" in drawn:
        rows = _clearest(drawn["makers"])
        if rows:
            found["makers"] = charts.makers(rows, [row["name"] for row in rows], language)
    if "concentration" in drawn:
        lines = _curves(drawn["concentration"], language)
        if lines:
            found["concentration"] = charts.curves(lines, language)
    if "acquisition" in drawn:
        paid = _payback(drawn["acquisition"], language)
        if paid:
            found["acquisition"] = charts.payback(paid, language, data.currency)
    return found


def _csv(drawn: Picture, table: str) -> dict[str, str]:
    return {
        "name": f"{drawn.name}-{table}-{drawn.as_of}.csv",
        "address": csv_address(drawn.tables[table]),
    }


def _said(drawn: Picture, language: str, leads: int) -> dict[str, str]:
    """The first sentences as the lead, the others beneath."""
    texts = [one.text(language) for one in drawn.says]
    between = "" if language == "zh" else " "
    return {"lead": between.join(texts[:leads]), "mind": between.join(texts[leads:])}


def _clearest(drawn: Picture) -> list[dict[str, Any]]:
    """The best and the worst of those with a verdict; where there are few, the list's head."""
    rows = [row for row in drawn.tables["items"].to_pylist() if row["ratio"] is not None]
    good = [row for row in rows if row["verdict"] == "makes_regulars"][:_BEST]
    bad = [row for row in rows if row["verdict"] == "loses"][-_WORST:]
    room = max(_FILLED - len(good) - len(bad), 0)
    others = [row for row in rows if row["verdict"] in ("as_expected", "cannot_tell")][:room]
    shown = [*good, *others, *bad]
    often = Counter(row["name"] for row in shown)
    # Products of one name are told apart by their numbers.
    return [
        row | {"name": f"{row['name']} {row['product_id']}"} if often[row["name"]] > 1 else row
        for row in shown
    ]


def _makers(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    rows = _clearest(drawn)
    return {
        **_said(drawn, language, 2),
        "rows": [
            {**row, "verdict_name": say(f"selling.{row['verdict']}", language)}
            for row in _read(rows)
        ],
        "height": 84 + 26 * len(rows),
        "all": say("selling.makers_all", language, rows=f"{drawn.tables['items'].num_rows:,}"),
        "list": _csv(drawn, "items"),
    }


def _read(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those at both ends of the chart, where it is longer than a table that is read."""
    if len(rows) <= _READ_BEST + _READ_WORST:
        return rows
    bad = [row for row in rows if row["verdict"] == "loses"][-_READ_WORST:]
    return [*rows[: _READ_BEST + _READ_WORST - len(bad)], *bad]


def _affinity(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    pairs = drawn.tables["pairs"].slice(0, _ROWS).to_pylist()
    after = drawn.tables["next"].slice(0, _ROWS).to_pylist()
    return {
        **_said(drawn, language, 2),
        "pairs": [
            {
                **row,
                "names": _names(row, "a", "b"),
                "lift_text": _times(row, language),
                "span": _span(row, "lift"),
            }
            for row in pairs
        ],
        "next": [
            {
                **row,
                "names": _names(row, "first", "then"),
                "lift_text": _times(row, language),
                "span": _span(row, "lift"),
                "after": say("selling.days", language, days=f"{row['mean_days']:.0f}"),
            }
            for row in after
        ],
        "pairs_list": _csv(drawn, "pairs"),
        "next_list": _csv(drawn, "next"),
    }


def _names(row: dict[str, Any], one: str, other: str) -> tuple[str, str]:
    """Both names; two products of one name are told apart by their numbers."""
    if row[one] != row[other]:
        return str(row[one]), str(row[other])
    return f"{row[one]} {row[f'{one}_id']}", f"{row[other]} {row[f'{other}_id']}"


def _times(row: dict[str, Any], language: str) -> str:
    return say("selling.times", language, factor=f"{row['lift']:.1f}")


def _span(row: dict[str, Any], key: str) -> str:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    return "" if low is None or high is None else f"{low:.1f}–{high:.1f}"


def _concentration(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    tops = {
        (row["of"], row["measure"], row["span"], row["percent"]): row
        for row in drawn.tables["top"].to_pylist()
    }
    rows: list[dict[str, Any]] = []
    for row in drawn.tables["spread"].to_pylist():
        if row["span"] != _YEAR or row["hold_half"] is None:
            continue
        key = (row["of"], row["measure"], row["span"])
        if rows and rows[-1]["of"] == row["of"] and rows[-1]["hold_half"] == row["hold_half"]:
            continue  # one margin for all: profit is spread as what was paid
        rows.append(
            {
                **row,
                "name": say(f"selling.of_{row['of']}_{row['measure']}", language),
                "tops": [tops[(*key, percent)] for percent in _TOPS],
            }
        )
    return {
        **_said(drawn, language, 2),
        "who": say("selling.who", language, days=drawn.facts["days"]),
        "rows": rows,
        "percents": _TOPS,
        "list": _csv(drawn, "top"),
        "spread_list": _csv(drawn, "spread"),
    }


def _curves(drawn: Picture, language: str) -> list[tuple[str, list[tuple[float, float]], str]]:
    points: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in drawn.tables["curve"].to_pylist():
        points.setdefault((row["of"], row["measure"], row["span"]), []).append(
            (row["members_share"], row["value_share"])
        )
    return [
        (say(name, language), points[of, measure, span], colour)
        for of, measure, span, name, colour in _CURVES
        if (of, measure, span) in points and (measure == "paid" or _over(points[of, measure, span]))
    ]


def _over(points: list[tuple[float, float]]) -> bool:
    """Whether the curve rises above the whole by what can be seen: some cost what others bring."""
    return max(value for _, value in points) > _SEEN


def _acquisition(drawn: Picture, data: ReportData, language: str) -> dict[str, Any]:
    rows = []
    for row in drawn.tables["sources"].to_pylist()[: _ROWS + 4]:
        ratio = row["value_to_cost"]
        rows.append(
            {
                **row,
                "name": row["source"] or say("selling.unknown", language),
                "cost_span": _money_span(row, "cost", data, language),
                "ratio": numbers.NOTHING if ratio is None else f"{ratio:.1f}",
                "ratio_span": _span(row, "value_to_cost"),
                "payback": _months(row, language),
                "payback_span": _months_span(row),
                "verdict_name": say(f"selling.{_VERDICTS[row['verdict']]}", language),
            }
        )
    return {
        **_said(drawn, language, 2),
        "rows": rows,
        "list": _csv(drawn, "sources"),
        "payback_list": _csv(drawn, "payback"),
    }


def _money_span(row: dict[str, Any], key: str, data: ReportData, language: str) -> str:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if low is None or high is None:
        return ""
    ends = (numbers.money(end, language, data.currency) for end in (low, high))
    return "–".join(ends)


def _months(row: dict[str, Any], language: str) -> str:
    if not row["spend"]:
        return numbers.NOTHING
    month = row["payback_months"]
    if month is None:
        return say("selling.not_seen", language)
    if month == 0:
        return say("selling.at_once", language)
    return say("selling.months", language, months=month)


def _months_span(row: dict[str, Any]) -> str:
    low, high = row["payback_low"], row["payback_high"]
    if low is None or low == high:
        return ""
    return f"{low}–{'…' if high is None else high}"


def _payback(drawn: Picture, language: str) -> list[tuple[str, int | None, list[dict[str, Any]]]]:
    points: dict[str | None, list[dict[str, Any]]] = {}
    for row in drawn.tables["payback"].to_pylist():
        points.setdefault(row["source"], []).append(row)
    lines = [
        (row["source"] or say("selling.unknown", language), row["payback_months"], own)
        for row in drawn.tables["sources"].to_pylist()
        if row["spend"] and len(own := points.get(row["source"], [])) > 1
    ]
    return lines[: charts.SOURCES_DRAWN]


SECTION = Section("selling", context, options)
