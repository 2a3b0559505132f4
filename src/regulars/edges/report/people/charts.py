"""Charts of core customers and habits, as ECharts options: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from regulars.edges.report.chart_style import (
    ACCENT,
    DARK,
    GREY,
    HEAT,
    INK,
    LINE,
    MUTED,
    WARM,
    Option,
    Row,
    axis,
    base,
    clip,
    legend,
    tip,
)
from regulars.edges.report.numbers import exact, percent
from regulars.edges.report.words import say

_MONTHS = 24
_PALE = "#a9cfc2"
_EVEN = 50
"""Indices all above this are shown on a scale that begins here."""


def core_months(rows: Sequence[Row], language: str) -> Option:
    """Core customers as a line; below it, on an axis of their own, who entered and who left."""
    shown = rows[-_MONTHS:]
    names = [f"{row['month']:%Y-%m}" for row in shown]
    bars = [
        ("people.entered", _PALE, [row["entered"] for row in shown]),
        ("people.left", WARM, [-row["left"] for row in shown]),
    ]
    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}},
        axisPointer={"link": [{"xAxisIndex": "all"}]},
        legend=legend(),
        grid=[
            {"left": 44, "right": 8, "top": 36, "height": "44%"},
            {"left": 44, "right": 8, "bottom": 24, "height": "28%"},
        ],
        xAxis=[
            axis("category", data=names, gridIndex=0, axisLabel={"show": False}),
            axis("category", data=names, gridIndex=1, axisLine={"show": False}),
        ],
        yAxis=[
            axis("value", minInterval=1, min=0, gridIndex=0, splitNumber=3),
            axis("value", minInterval=1, gridIndex=1, splitNumber=2),
        ],
        series=[
            {
                "name": say("people.series_core", language),
                "type": "line",
                "symbol": "none",
                "lineStyle": {"color": ACCENT, "width": 2},
                "itemStyle": {"color": ACCENT},
                "data": [row["core"] for row in shown],
            },
            *(
                {
                    "name": say(key, language),
                    "type": "bar",
                    "stack": "moved",
                    "xAxisIndex": 1,
                    "yAxisIndex": 1,
                    "barMaxWidth": 18,
                    "itemStyle": {"color": colour},
                    "data": data,
                }
                for key, colour, data in bars
            ),
        ],
    )


def strip(
    rows: Sequence[Row], label: Callable[[str], str], language: str, *, with_core: bool
) -> Option:
    """A heat strip: one row of all buyers, one of the core; the darker the more."""
    whose = [("index", "low", "high", "people.everyone")]
    if with_core:
        whose.append(("core_index", "core_low", "core_high", "people.the_core"))
    values = [row[index] for row in rows for index, *_ in whose if row[index] is not None]
    most = max([*values, 100])
    # Weekdays differ by little: on a scale from 0 they would all look alike.
    least = 0 if min(values, default=0) < _EVEN else _EVEN
    data = []
    for place, (index, low, high, key) in enumerate(reversed(whose)):
        for at, row in enumerate(rows):
            value = row[index]
            if value is None:
                continue
            text = f"{label(row['value'])} · {say(key, language)}\n" + say(
                "people.index", language, index=f"{value:.0f}"
            )
            if row[low] is not None:
                spread = say(
                    "people.interval", language, low=f"{row[low]:.0f}", high=f"{row[high]:.0f}"
                )
                text += f" ({spread})"
            data.append(
                {
                    "value": [at, place, round(value)],
                    "label": {"color": "#ffffff" if value - least > DARK * (most - least) else INK},
                    "tooltip": tip(text),
                }
            )
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 4, "bottom": 4},
        xAxis=axis(
            "category", data=[label(row["value"]) for row in rows], splitLine={"show": False}
        ),
        yAxis=axis(
            "category",
            data=[say(key, language) for *_, key in reversed(whose)],
            axisLine={"show": False},
        ),
        visualMap={"show": False, "min": least, "max": most, "inRange": {"color": HEAT}},
        series=[
            {
                "type": "heatmap",
                "data": data,
                "label": {"show": len(rows) <= 7, "fontSize": 11},
                "itemStyle": {"borderColor": "#ffffff", "borderWidth": 1},
            }
        ],
    )


def beside(rows: Sequence[Row], label: Callable[[str], str], language: str) -> Option:
    """Bars of all buyers' shares with their intervals, and of the core's beside them."""
    with_core = any(row["core_share"] is not None for row in rows)
    sets = [("share", "low", "high", "customers", "people.all_buyers", GREY)]
    if with_core:
        sets.append(("core_share", "core_low", "core_high", "core", "people.series_core", ACCENT))
    series: list[Option] = []
    for share, low, high, number, key, colour in sets:
        data = []
        for row in rows:
            text = (
                f"{label(row['value'])} · {say(key, language)}\n{percent(row[share])} "
                f"({percent(row[low])}–{percent(row[high])})\n"
                f"{exact(row[number])} {say('people.customers', language)}"
            )
            part = row[share] or 0.0
            data.append(
                {
                    "value": round(part * 100, 2),
                    "tooltip": tip(text),
                    "label": {"formatter": percent(part, 0)},
                }
            )
        series.append(
            {
                "name": say(key, language),
                "type": "bar",
                "barMaxWidth": 22,
                "itemStyle": {"color": colour},
                "data": data,
                "label": {"show": True, "position": "top", "color": MUTED, "fontSize": 10},
            }
        )
    return base(
        tooltip={"trigger": "item"},
        legend=legend(),
        grid={"left": 8, "right": 8, "top": 44, "bottom": 4},
        xAxis=axis(
            "category",
            data=[clip(label(row["value"]), 12) for row in rows],
            axisLabel={"interval": 0, "color": INK},
        ),
        yAxis=axis("value", show=False, splitLine={"show": False, "lineStyle": {"color": LINE}}),
        series=series,
    )
