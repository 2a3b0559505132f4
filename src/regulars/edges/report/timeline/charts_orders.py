"""Charts of what stands before an order, as ECharts options: pure functions from plain rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from regulars.edges.report.chart_style import (
    ACCENT,
    GREY,
    INK,
    LINE,
    LINES,
    MUTED,
    WARM,
    Option,
    Row,
    axis,
    base,
    legend,
    tip,
)
from regulars.edges.report.numbers import exact, percent
from regulars.edges.report.words import say

_NARROW, _WIDE = 5, 10
_SHAPES = ("circle", "diamond", "triangle", "rect")
_NAMES = {"color": INK, "width": 190, "overflow": "truncate", "hideOverlap": False}
# The last one, without a query, undoes the first where a screen is turned or a window widened.
_MEDIA = [
    {
        "query": {"maxWidth": 420},
        "option": {"yAxis": {"axisLabel": {"width": 112, "fontSize": 11}}},
    },
    {"option": {"yAxis": {"axisLabel": {"width": 190, "fontSize": 12}}}},
]
_VERDICTS = {
    "more_orders": ACCENT,
    "fewer_orders": WARM,
    "as_expected": GREY,
    "cannot_tell": GREY,
}


def credited(
    rows: Sequence[Row], names: Sequence[str], methods: Sequence[str], language: str
) -> Option:
    """The orders that each method credits to a source, side by side on one line per source.

    Where the dots lie close the methods agree; a long line between them is their disagreement.

    Args:
        rows: of the picture's table `sources`.
        names: what the sources are called.
        methods: columns of the rows, in their order.
        language: `zh` or `en`.
    """
    told = [method for method in methods if any(row[method] is not None for row in rows)]
    series: list[Option] = [
        {
            "type": "scatter",
            "data": [],
            "markLine": {
                "symbol": "none",
                "silent": True,
                "z": 1,
                "label": {"show": False},
                "lineStyle": {"color": LINE, "type": "solid", "width": 6, "cap": "round"},
                "data": [
                    [{"coord": [low, at]}, {"coord": [high, at]}]
                    for at, row in enumerate(rows)
                    for low, high in (_range(row, told),)
                ],
            },
        }
    ]
    for place, method in enumerate(told):
        name = say(f"timeline.{method}", language)
        series.append(
            {
                "name": name,
                "type": "scatter",
                "symbol": _SHAPES[place % len(_SHAPES)],
                "symbolSize": 10,
                "itemStyle": {
                    "color": LINES[place % len(LINES)],
                    "borderColor": "#fff",
                    "borderWidth": 1,
                },
                "data": [
                    {
                        "value": [round(row[method], 1), at],
                        "tooltip": tip(f"{names[at]}\n{name}  {exact(row[method], 1)}"),
                    }
                    for at, row in enumerate(rows)
                    if row[method] is not None
                ],
            }
        )
    return base(
        tooltip={"trigger": "item"},
        legend={
            "top": 0,
            "left": 0,
            "itemWidth": 10,
            "itemHeight": 10,
            "data": [say(f"timeline.{method}", language) for method in told],
        },
        grid={"left": 8, "right": 20, "top": 34, "bottom": 30},
        xAxis=axis(
            "value",
            min=0,
            name=say("timeline.credited_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis(
            "category",
            data=list(names),
            inverse=True,
            axisLine={"show": False},
            axisLabel={**_NAMES, "interval": 0},
        ),
        media=[
            {
                "query": {"maxWidth": 620},
                "option": {
                    "grid": {"top": 66},
                    "yAxis": {"axisLabel": {"width": 96, "fontSize": 11}},
                },
            },
            {
                "option": {
                    "grid": {"top": 34},
                    "yAxis": {"axisLabel": {"width": 190, "fontSize": 12}},
                }
            },
        ],
        series=series,
    )


def _range(row: Row, methods: Sequence[str]) -> tuple[float, float]:
    told = [row[method] for method in methods if row[method] is not None]
    return min(told), max(told)


def content(rows: Sequence[Row], names: Sequence[str], language: str) -> Option:
    """The difference with against without an item, in points, each with its interval.

    Args:
        rows: items with a difference that can be told, from the most to the least.
        names: what they are called.
        language: `zh` or `en`.
    """
    series: list[Option] = []
    for verdict, colour in _VERDICTS.items():
        own = [(at, row) for at, row in enumerate(rows) if row["verdict"] == verdict]
        if not own:
            continue
        series.append(
            {
                "name": say(f"timeline.{verdict}", language),
                "type": "scatter",
                "symbolSize": 10,
                "itemStyle": {"color": colour},
                "data": [
                    {
                        "value": [_points(row["difference"]), at],
                        "tooltip": tip(_content_tip(row, names[at], language)),
                    }
                    for at, row in own
                ],
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "label": {"show": False},
                    "lineStyle": {"color": colour, "type": "solid", "width": 2, "opacity": 0.5},
                    "data": [
                        [
                            {"coord": [_points(row["difference_low"]), at]},
                            {"coord": [_points(row["difference_high"]), at]},
                        ]
                        for at, row in own
                    ],
                },
            }
        )
    names_of = [one["name"] for one in series]
    series.append(
        {
            "type": "scatter",
            "data": [],
            "markLine": {
                "symbol": "none",
                "silent": True,
                "label": {"show": False},
                "lineStyle": {"color": MUTED, "type": "solid", "width": 1},
                "data": [{"xAxis": 0}],
            },
        }
    )
    low = min(_points(row["difference_low"]) for row in rows)
    high = max(_points(row["difference_high"]) for row in rows)
    step = _WIDE if high - low > 2 * _WIDE else _NARROW
    return base(
        tooltip={"trigger": "item"},
        legend=legend(icon="circle", data=names_of),
        grid={"left": 8, "right": 20, "top": 34, "bottom": 30},
        xAxis=axis(
            "value",
            min=step * math.floor(min(low, -1.0) / step),
            max=step * math.ceil(max(high, 1.0) / step),
            name=say("timeline.points_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis(
            "category",
            data=list(names),
            inverse=True,
            axisLine={"show": False},
            axisLabel={**_NAMES, "interval": 0},
        ),
        media=_MEDIA,
        series=series,
    )


def _points(share: float) -> float:
    return round(share * 100, 2)


def _content_tip(row: Row, name: str, language: str) -> str:
    low, high = _points(row["difference_low"]), _points(row["difference_high"])
    return say(
        "timeline.content_tip",
        language,
        item=name,
        with_=percent(row["share_with"]),
        without=percent(row["share_without"]),
        difference=f"{_points(row['difference']):+.1f}",
        span=f"{low:+.1f}–{high:+.1f}",
        moments=exact(row["moments"]),
    )
