"""Charts of the line and its sources, as ECharts options: pure functions from plain rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from regulars.edges.report.chart_style import (
    ACCENT,
    GREY,
    INK,
    MUTED,
    WARM,
    Option,
    Row,
    axis,
    base,
    tip,
)
from regulars.edges.report.numbers import exact, money, percent
from regulars.edges.report.timeline.told import ends, long
from regulars.edges.report.words import say

_NAMES = {"color": INK, "width": 170, "overflow": "truncate", "hideOverlap": False}
_NARROW = {
    "query": {"maxWidth": 420},
    "option": {"yAxis": {"axisLabel": {"width": 96, "fontSize": 11}}},
}


def funnel(rows: Sequence[Row], names: Sequence[str], language: str) -> Option:
    """A bar for each step, as wide as the share of the first that came so far.

    Args:
        rows: of the picture's table `steps`.
        names: of the steps.
        language: `zh` or `en`.
    """
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 96, "top": 4, "bottom": 4},
        xAxis=axis("value", min=0, max=1, show=False),
        yAxis=axis(
            "category",
            data=list(names),
            inverse=True,
            axisLine={"show": False},
            axisLabel={**_NAMES, "interval": 0},
        ),
        media=[_NARROW],
        series=[
            {
                "type": "bar",
                "barMaxWidth": 26,
                "barMinHeight": 1,
                "showBackground": True,
                "backgroundStyle": {"color": "#f3f7f5"},
                "itemStyle": {"color": ACCENT},
                "data": [
                    {
                        "value": round(row["share"], 5),
                        "tooltip": tip(_step_tip(row, name, language)),
                        "label": {
                            "show": True,
                            "position": "right",
                            "color": INK,
                            "formatter": f"{exact(row['reached'])} · {percent(row['share'])}",
                        },
                    }
                    for row, name in zip(rows, names, strict=True)
                ],
            }
        ],
    )


def _step_tip(row: Row, name: str, language: str) -> str:
    lines = [f"{name}  {exact(row['reached'])}"]
    lines.append(f"{percent(row['share'])} ({ends(dict(row), 'share')})")
    if row["step"] > 1:
        lines.append(f"{say('timeline.of_before', language)} {percent(row['step_share'])}")
        lines.append(f"{say('timeline.median', language)} {long(row['median_seconds'], language)}")
    return "\n".join(lines)


def worth(rows: Sequence[Row], names: Sequence[str], language: str, currency: str) -> Option:
    """Value for each 1 spent, with its interval, by source; below 1 a source costs more.

    Args:
        rows: sources with a value to their cost, the best first.
        names: what they are called.
        language: `zh` or `en`.
        currency: ISO 4217 code.
    """
    low = min(row["value_to_cost_low"] or row["value_to_cost"] for row in rows)
    high = max(row["value_to_cost_high"] or row["value_to_cost"] for row in rows)
    dots: list[Option] = []
    spans: list[list[Option]] = []
    for at, (row, name) in enumerate(zip(rows, names, strict=True)):
        colour = _verdict(row)
        dots.append(
            {
                "value": [round(row["value_to_cost"], 3), at],
                "itemStyle": {"color": colour},
                "tooltip": tip(_worth_tip(row, name, language, currency)),
                "label": {
                    "show": True,
                    "position": "top",
                    "formatter": f"{row['value_to_cost']:.1f}",
                    "color": INK,
                    "fontSize": 11,
                },
            }
        )
        if row["value_to_cost_low"] is not None:
            line = {"lineStyle": {"color": colour, "type": "solid", "width": 2, "opacity": 0.5}}
            spans.append(
                [
                    {"coord": [max(round(row["value_to_cost_low"], 3), 0.01), at], **line},
                    {"coord": [round(row["value_to_cost_high"], 3), at]},
                ]
            )
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 24, "top": 12, "bottom": 30},
        xAxis=axis(
            "log",
            min=_decade(min(low, 1.0), math.floor),
            max=_decade(max(high, 1.0), math.ceil),
            name=say("timeline.worth_axis", language),
            nameLocation="middle",
            nameGap=26,
            splitLine={"show": True, "lineStyle": {"color": "#eef2f0"}},
        ),
        yAxis=axis(
            "category",
            data=list(names),
            inverse=True,
            axisLine={"show": False},
            axisLabel={**_NAMES, "interval": 0},
        ),
        media=[_NARROW],
        series=[
            {
                "type": "scatter",
                "symbolSize": 10,
                "data": dots,
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "label": {"show": False},
                    "data": [
                        *spans,
                        {
                            "xAxis": 1,
                            "lineStyle": {"color": MUTED, "type": "dashed", "width": 1},
                        },
                    ],
                },
            }
        ],
    )


def _verdict(row: Row) -> str:
    low, high = row["value_to_cost_low"], row["value_to_cost_high"]
    if low is None or (low <= 1 <= high):
        return GREY
    return ACCENT if low > 1 else WARM


def _decade(value: float, towards: object) -> float:
    """The power of ten below or above."""
    power = math.log10(max(value, 0.01))
    whole = math.floor(power) if towards is math.floor else math.ceil(power)
    return float(10.0**whole)


def _worth_tip(row: Row, name: str, language: str, currency: str) -> str:
    def told(key: str) -> str:
        return money(row[key], language, currency)

    low, high = row["value_to_cost_low"], row["value_to_cost_high"]
    span = "" if low is None else f" ({low:.1f}–{high:.1f})"
    return say(
        "timeline.worth_tip",
        language,
        source=name,
        ratio=f"{row['value_to_cost']:.1f}{span}",
        value=told("value_per_customer"),
        cost=told("cost_per_customer"),
        spend=told("spend"),
    )
