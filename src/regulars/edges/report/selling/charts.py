"""Charts of the section, as ECharts options: pure functions from plain rows."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.edges.report.chart_style import (
    ACCENT,
    GREY,
    INK,
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
from regulars.edges.report.numbers import exact, money, percent
from regulars.edges.report.words import say

VERDICT_COLOURS = {
    "makes_regulars": ACCENT,
    "loses": WARM,
    "as_expected": GREY,
    "cannot_tell": GREY,
}
SOURCES_DRAWN = 6


def makers(rows: Sequence[Row], names: Sequence[str], language: str) -> Option:
    """A dot for each first purchase's ratio with its interval; 1 is what was expected.

    Args:
        rows: from the best down.
        names: what they are called.
        language: `zh` or `en`.
    """
    series: list[Option] = []
    for key, colour in VERDICT_COLOURS.items():
        own = [(at, row) for at, row in enumerate(rows) if row["verdict"] == key]
        if not own:
            continue
        series.append(
            {
                "name": say(f"selling.{key}", language),
                "type": "scatter",
                "symbolSize": 10,
                "itemStyle": {"color": colour},
                "data": [
                    {
                        "value": [round(row["ratio"], 3), at],
                        "tooltip": tip(_maker_tip(row, names[at], language)),
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
                            {"coord": [round(row["ratio_low"], 3), at]},
                            {"coord": [round(row["ratio_high"], 3), at]},
                        ]
                        for at, row in own
                    ],
                },
            }
        )
    series.append(_at_one({"xAxis": 1}))
    low = min(row["ratio_low"] for row in rows)
    high = max(row["ratio_high"] for row in rows)
    return base(
        tooltip={"trigger": "item"},
        legend=legend(icon="circle", data=[one["name"] for one in series if "name" in one]),
        grid={"left": 8, "right": 20, "top": 34, "bottom": 28},
        xAxis=axis(
            "value",
            min=round(max(min(low, 0.95) - 0.05, 0), 1),
            max=round(max(high, 1.05) + 0.05, 1),
            name=say("selling.ratio_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis(
            "category",
            data=list(names),
            inverse=True,
            axisLine={"show": False},
            axisLabel={"color": INK, "width": 200, "overflow": "truncate", "hideOverlap": False},
        ),
        media=[
            {
                "query": {"maxWidth": 420},
                "option": {"yAxis": {"axisLabel": {"width": 120, "fontSize": 11}}},
            }
        ],
        series=series,
    )


def curves(
    lines: Sequence[tuple[str, Sequence[tuple[float, float]], str]], language: str
) -> Option:
    """Share of value against share of members, the highest first; the diagonal is all equal.

    Args:
        lines: name, points as shares, colour.
        language: `zh` or `en`.
    """
    top = max(100.0, *(value * 100 for _, points, _ in lines for _, value in points))
    share = {"formatter": "{value}%"}
    return base(
        tooltip={"trigger": "item"},
        legend=legend(itemHeight=3, data=[name for name, _, _ in lines]),
        grid={"left": 8, "right": 16, "top": 60, "bottom": 28},
        media=[{"query": {"maxWidth": 420}, "option": {"grid": {"top": 84}}}],
        xAxis=axis(
            "value",
            min=0,
            max=100,
            name=say("selling.members_axis", language),
            nameLocation="middle",
            nameGap=26,
            axisLabel=share,
        ),
        yAxis=axis(
            "value",
            min=0,
            max=round(top + 0.4),
            name=say("selling.value_axis", language),
            nameTextStyle={"color": MUTED, "align": "left"},
            axisLabel=share,
        ),
        series=[
            {
                "type": "line",
                "symbol": "none",
                "silent": True,
                "lineStyle": {"color": MUTED, "type": "dashed", "width": 1},
                "tooltip": {"show": False},
                "data": [[0, 0], [100, 100]],
            },
            *(
                {
                    "name": name,
                    "type": "line",
                    "symbol": "circle",
                    "symbolSize": 3,
                    "showAllSymbol": True,
                    "lineStyle": {"color": colour, "width": 2},
                    "itemStyle": {"color": colour},
                    "emphasis": {"scale": 3},
                    "data": [
                        {
                            "value": [round(members * 100, 2), round(value * 100, 2)],
                            "tooltip": tip(f"{name}\n{_held(members, value, language)}"),
                        }
                        for members, value in points
                    ],
                }
                for name, points, colour in lines
            ),
        ],
    )


def payback(
    lines: Sequence[tuple[str, int | None, Sequence[Row]]], language: str, currency: str
) -> Option:
    """Profit per new customer by months since the first purchase, with a dot at payback.

    Args:
        lines: source, month of payback, its rows of the picture.
        language: `zh` or `en`.
        currency: ISO 4217 code.
    """
    series: list[Option] = []
    for (name, month, rows), colour in zip(lines, LINES, strict=False):
        series.append(
            {
                "name": name,
                "type": "line",
                "symbol": "circle",
                "itemStyle": {"color": colour},
                "lineStyle": {"color": colour, "width": 2},
                "data": [
                    {
                        "value": [row["months"], round(row["profit"], 2)],
                        "symbolSize": 12 if row["months"] == month else 4,
                        "tooltip": tip(_payback_tip(name, row, language, currency)),
                    }
                    for row in rows
                ],
            }
        )
    return base(
        tooltip={"trigger": "item"},
        legend=legend(itemHeight=3, type="scroll"),
        grid={"left": 8, "right": 16, "top": 40, "bottom": 28},
        xAxis=axis(
            "value",
            min=0,
            max="dataMax",
            minInterval=1,
            name=say("selling.months_axis", language),
            nameLocation="middle",
            nameGap=26,
            splitLine={"show": False},
        ),
        yAxis=axis("value"),
        series=series,
    )


def _maker_tip(row: Row, name: str, language: str) -> str:
    return (
        f"{name}\n{say('selling.returned', language)} {percent(row['return_rate'])} ·"
        f" {say('selling.expected', language)} {percent(row['expected_rate'])}\n"
        f"{row['ratio']:.2f} ({row['ratio_low']:.2f}–{row['ratio_high']:.2f})\n"
        f"{say('selling.buyers', language)} {exact(row['first_buyers'])}"
    )


def _payback_tip(name: str, row: Row, language: str, currency: str) -> str:
    def told(key: str) -> str:
        return money(row[key], language, currency)

    return say(
        "selling.payback_tip",
        language,
        source=name,
        months=row["months"],
        profit=told("profit"),
        low=told("profit_low"),
        high=told("profit_high"),
        cost=told("cost"),
        watched=exact(row["watched"]),
    )


def _held(members: float, value: float, language: str) -> str:
    return say("selling.curve_tip", language, members=percent(members, 0), value=percent(value, 0))


def _at_one(place: Option) -> Option:
    """A thin line where observed is expected."""
    return {
        "type": "scatter",
        "data": [],
        "markLine": {
            "symbol": "none",
            "silent": True,
            "label": {"show": False},
            "lineStyle": {"color": MUTED, "type": "solid", "width": 1},
            "data": [place],
        },
    }
