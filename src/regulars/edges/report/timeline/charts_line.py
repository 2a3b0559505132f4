"""Charts of the line and its sources, as ECharts options: pure functions from plain rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
from regulars.edges.report.words import say

_LEAST = 0.01
_NAMES = {"color": INK, "width": 170, "overflow": "break", "hideOverlap": False}
# The last one, without a query, undoes the first where a screen is turned or a window widened.
_MEDIA = [
    {
        "query": {"maxWidth": 420},
        "option": {"yAxis": {"axisLabel": {"width": 96, "fontSize": 11}}},
    },
    {"option": {"yAxis": {"axisLabel": {"width": 170, "fontSize": 12}}}},
]


@dataclass(frozen=True, slots=True)
class Bar:
    """One step that people come to.

    Attributes:
        name: of the step.
        count: how many came so far.
        share: of the first step.
        told: what the tool tip tells beneath the name.
    """

    name: str
    count: int
    share: float
    told: Sequence[str] = ()


def steps(bars: Sequence[Bar]) -> Option:
    """A bar for each step, as wide as the share of the first that came so far."""
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 96, "top": 4, "bottom": 4},
        xAxis=axis("value", min=0, max=1, show=False),
        yAxis=axis(
            "category",
            data=[bar.name for bar in bars],
            inverse=True,
            axisLine={"show": False},
            axisLabel={**_NAMES, "interval": 0},
        ),
        media=_MEDIA,
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
                        "value": round(bar.share, 5),
                        "tooltip": tip("\n".join([f"{bar.name}  {exact(bar.count)}", *bar.told])),
                        "label": {
                            "show": True,
                            "position": "right",
                            "color": INK,
                            "formatter": f"{exact(bar.count)} · {percent(bar.share)}",
                        },
                    }
                    for bar in bars
                ],
            }
        ],
    )


def worth(rows: Sequence[Row], names: Sequence[str], language: str, currency: str) -> Option:
    """Value for each 1 spent, with its interval, by source; below 1 a source costs more.

    Args:
        rows: sources with a value to their cost, the best first.
        names: what they are called.
        language: `zh` or `en`.
        currency: ISO 4217 code.
    """
    keys = ("value_to_cost", "value_to_cost_low", "value_to_cost_high")
    told = [row[key] for row in rows for key in keys if row[key] is not None]
    low, high = min(told), max(told)
    dots: list[Option] = []
    spans: list[list[Option]] = []
    for at, (row, name) in enumerate(zip(rows, names, strict=True)):
        colour = _verdict(row)
        dots.append(
            {
                "value": [_drawn(row["value_to_cost"]), at],
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
                    {"coord": [_drawn(row["value_to_cost_low"]), at], **line},
                    {"coord": [_drawn(row["value_to_cost_high"]), at]},
                ]
            )
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 24, "top": 12, "bottom": 30},
        xAxis=axis(
            "log",
            min=10.0 ** math.floor(math.log10(min(_drawn(low), 1.0))),
            max=10.0 ** math.ceil(math.log10(max(high, 1.0))),
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
        media=_MEDIA,
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


def _drawn(value: float) -> float:
    """The value where the axis can show it; an interval may reach down to nothing."""
    return max(round(value, 3), _LEAST)


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
