"""The line and its sources: how many came how far, what sources are worth, the five stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.timeline import charts_line
from regulars.edges.report.timeline.told import (
    Row,
    ends,
    listed,
    long,
    said,
    source_name,
    step_names,
)
from regulars.edges.report.words import say
from regulars.insight.aarrr.plays import REVENUE, STAGES
from regulars.insight.line.words import STEP_NAMES
from regulars.insight.screening.words import NAMES as LAYERS
from regulars.insight.screening.words import WHAT

if TYPE_CHECKING:
    from regulars.edges.report.chart_style import Option
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_SOURCES = 12
_LEAST_LAYERS = 2
_CARDS = {
    "acquisition": ("seen", "followed"),
    "activation": ("activated", "downloaded"),
    "retention": ("back", "retained"),
    "revenue": ("first_order",),
    "referral": ("invited",),
}
"""The steps of each of the five stages; the first that is observable is its number."""


def funnel(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """Step by step, with what the bars have no room for."""
    rows = drawn.tables["steps"].to_pylist()
    names = _names(rows, language)
    return {
        **said(drawn, language, 2),
        "rows": [
            {
                **row,
                "name": name,
                "span": ends(row, "share"),
                "median": long(row["median_seconds"], language),
                "p90": long(row["p90_seconds"], language),
            }
            for row, name in zip(rows, names, strict=True)
        ],
        "height": 16 + 36 * len(rows),
        "list": listed(drawn, "steps"),
        "weeks_list": listed(drawn, "weeks"),
    }


def funnel_chart(drawn: Picture, _data: ReportData, language: str) -> Option:
    """The bars."""
    rows = drawn.tables["steps"].to_pylist()
    bars = []
    for row, name in zip(rows, _names(rows, language), strict=True):
        told = [f"{numbers.percent(row['share'])} ({ends(row, 'share')})"]
        if row["step"] > 1:
            before = numbers.percent(row["step_share"])
            told.append(f"{say('timeline.of_before', language)} {before}")
            middle = long(row["median_seconds"], language)
            told.append(f"{say('timeline.median', language)} {middle}")
        bars.append(charts_line.Bar(name, row["reached"], row["share"], told))
    return charts_line.steps(bars)


def _names(rows: list[Row], language: str) -> list[str]:
    """The line's own names; a step that is no step of the line as it is written."""
    texts = [row["name"] for row in rows]
    told = step_names(texts, language)
    return [
        STEP_NAMES[text].text(language) if text in STEP_NAMES else name
        for text, name in zip(texts, told, strict=True)
    ]


def sources(drawn: Picture, data: ReportData, language: str) -> dict[str, Any]:
    """Sources by what they bring: the line's rates, value, cost."""
    rows = drawn.tables["sources"].to_pylist()
    shares = {
        (row["source"], row["step"]): row["share"] for row in drawn.tables["line"].to_pylist()
    }
    return {
        **said(drawn, language, 2),
        "activates": any(row["activated"] is not None for row in rows),
        # Where orders are all that is known, everybody comes in by buying.
        "comes_before": any((row["buyer_share"] or 1) < 1 for row in rows),
        "rows": [
            {
                **row,
                "name": source_name(row["source"], language),
                "activated_share": shares.get((row["source"], "activated")),
                "buyer_span": ends(row, "buyer_share"),
                "value_span": _money_span(row, "value_per_customer", data, language),
                "cost_span": _money_span(row, "cost_per_buyer", data, language),
                "ratio": _times(row["value_to_cost"]),
                "ratio_span": _span(row, "value_to_cost"),
            }
            for row in rows[:_SOURCES]
        ],
        "height": 52 + 34 * len(_paid(drawn)),
        "list": listed(drawn, "sources"),
        "line_list": listed(drawn, "line"),
    }


def sources_chart(drawn: Picture, data: ReportData, language: str) -> Option | None:
    """Value to cost by source; none where nothing was spent."""
    rows = _paid(drawn)
    if not rows:
        return None
    names = [source_name(row["source"], language) for row in rows]
    return charts_line.worth(rows, names, language, data.currency)


def _paid(drawn: Picture) -> list[Row]:
    rows = drawn.tables["sources"].to_pylist()
    # What brought a loss stands in the table; a logarithmic axis has no place for it.
    paid = [row for row in rows if (row["value_to_cost"] or 0) > 0]
    return sorted(paid, key=lambda row: -row["value_to_cost"])[:_SOURCES]


def screening(drawn: Picture, _data: ReportData, language: str) -> dict[str, Any]:
    """The best and the worst branch, layer by layer; the bars show how many are left at each."""
    place = 1 if language == "zh" else 0
    routes = [
        {
            **row,
            "name": WHAT[row["layer"]][place],
            "value": row["title"] or source_name(row["value"], language),
            "chance": row[f"{row['aim']}_share"],
            "span": ends(row, row["aim"]),
        }
        for row in drawn.tables["routes"].to_pylist()
    ]
    aims = {row["aim"] for row in routes}
    return {
        **said(drawn, language, 2),
        "height": 16 + 36 * len(_layers(drawn)),
        "again": aims == {"again"},
        "routes": [
            (say(f"timeline.{which}", language), [row for row in routes if row["route"] == which])
            for which in ("best", "worst")
        ],
        "list": listed(drawn, "layers"),
        "branches_list": listed(drawn, "branches"),
    }


def screening_chart(drawn: Picture, _data: ReportData, language: str) -> Option | None:
    """The layers as bars; none where only one is observable."""
    rows = _layers(drawn)
    if len(rows) < _LEAST_LAYERS:
        return None
    bars = []
    for row in rows:
        told = []
        if row["of_before_share"] is not None:
            share = f"{numbers.percent(row['of_before_share'])} ({_before_ends(row)})"
            told.append(f"{say('timeline.of_before', language)} {share}")
        name = LAYERS[row["layer"]][1 if language == "zh" else 0]
        bars.append(charts_line.Bar(name, row["customers"], row["of_all"], told))
    return charts_line.steps(bars)


def _layers(drawn: Picture) -> list[Row]:
    return [row for row in drawn.tables["layers"].to_pylist() if row["customers"] is not None]


def _before_ends(row: Row) -> str:
    low, high = row["of_before_low"], row["of_before_high"]
    return f"{numbers.percent(low).removesuffix('%')}–{numbers.percent(high)}"


def aarrr(drawn: Picture, data: ReportData, language: str) -> dict[str, Any]:
    """A card for each of the five stages; their sentences say the same and are left out."""
    rows = {(row["stage"], row["step"]): row for row in drawn.tables["stages"].to_pylist()}
    revenue: Row = next(iter(drawn.tables["revenue"].to_pylist()), {})
    plays = drawn.tables["plays"].to_pylist()
    cards = []
    for stage in STAGES:
        told = [
            row for step in _CARDS[stage] if (row := rows[stage, step])["customers"] is not None
        ]
        below = [_card_line(row, language) for row in told]
        if told and revenue.get("sales_per_buyer") is not None and stage == REVENUE:
            worth = numbers.money(revenue["sales_per_buyer"], language, data.currency)
            below.append((say("timeline.per_buyer", language, amount=worth), ""))
        cards.append(
            {
                "name": say(f"timeline.{stage}", language),
                "value": numbers.short(told[0]["customers"], language) if told else "",
                "exact": numbers.exact(told[0]["customers"]) if told else "",
                "lines": below,
                "plays": [
                    play["name_zh" if language == "zh" else "name"]
                    for play in plays
                    if play["stage"] == stage
                ],
            }
        )
    return {
        "more": said(drawn, language, len(STAGES))["more"],
        "cards": cards,
        "list": listed(drawn, "stages"),
    }


def _card_line(row: Row, language: str) -> tuple[str, str]:
    """The step with its share, and what the share was in the period before."""
    key = f"timeline.card_{row['step']}"
    if row["share"] is None:
        return say(key, language, share=numbers.exact(row["customers"])), ""
    arrow = {"up": " ↑", "down": " ↓"}.get(row["trend"], "")
    told = say(key, language, share=numbers.percent(row["share"]) + arrow)
    if row["before_share"] is None:
        return told, ""
    return told, say("timeline.before", language, share=numbers.percent(row["before_share"]))


def _times(ratio: float | None) -> str:
    return numbers.NOTHING if ratio is None else f"{ratio:.1f}"


def _span(row: Row, key: str) -> str:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    return "" if low is None or high is None else f"{low:.1f}–{high:.1f}"


def _money_span(row: Row, key: str, data: ReportData, language: str) -> str:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if low is None or high is None:
        return ""
    return "–".join(numbers.money(end, language, data.currency) for end in (low, high))
