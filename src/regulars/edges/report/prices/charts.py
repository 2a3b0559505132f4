"""Charts of the section, as ECharts options: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from regulars.edges.report.chart_style import (
    ACCENT,
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
    on,
    tip,
)
from regulars.edges.report.numbers import exact, money, percent, signed_percent, symbol
from regulars.edges.report.words import say

_SHADES = ("#dcebe6", "#a9cfc2", "#6fb3a0", ACCENT, "#134a3d")
_SHADES_OF = {1: (1,), 2: (1, 3), 3: (0, 1, 3), 4: (0, 1, 2, 3), 5: (0, 1, 2, 3, 4)}
"""Which shades a ladder of so many bands takes: the dearer the darker."""
VERDICT_COLOURS = {
    "build": ACCENT,
    "door": "#6bb0bd",
    "earner": "#c9a227",
    "plain": GREY,
    "mend": WARM,
    "few": LINE,
}
_LEAST_LABEL = 0.14
"""Share of a bar from which its words fit in."""


def band_name(row: Row, language: str, currency: str) -> str:
    """The band by its prices, in full."""
    low, high = (money(row[end], language, currency) for end in ("low", "high"))
    return low if low == high else f"{low} – {high}"


def short_name(row: Row, currency: str) -> str:
    """The band by its prices, short enough to stand within a bar: `¥24–27`."""
    low, high = (_rounded(row[end]) for end in ("low", "high"))
    return symbol(currency) + (low if low == high else f"{low}–{high}")


def _rounded(price: Decimal) -> str:
    return f"{price:,.0f}" if price >= 10 else f"{price:.2f}".removesuffix(".00")


def ladder(rows: Sequence[Row], language: str, currency: str) -> Option:
    """A bar of 100 % for each category: its sales by band, with prices and margins.

    Args:
        rows: of the table `bands`, the categories in their order.
        language: `zh` or `en`.
        currency: of the amounts.
    """
    names = list(dict.fromkeys(row["category"] for row in rows))
    series = []
    for band in range(1, max(row["bands"] for row in rows) + 1):
        own = {row["category"]: row for row in rows if row["band"] == band}
        data = [
            _band(own[name], language, currency) if name in own else {"value": 0} for name in names
        ]
        series.append(
            {
                "type": "bar",
                "stack": "all",
                "barWidth": 40,
                "labelLayout": {"hideOverlap": True},
                "data": data,
            }
        )
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 4, "bottom": 4},
        media=[
            {
                "query": {"maxWidth": 520},
                "option": {"yAxis": {"axisLabel": {"width": 64, "overflow": "truncate"}}},
            }
        ],
        xAxis=axis("value", max=100, show=False),
        yAxis=axis(
            "category",
            data=[clip(name, 18) for name in names],
            inverse=True,
            axisLine={"show": False},
            axisLabel={"interval": 0, "color": INK},
        ),
        series=series,
    )


def _band(row: Row, language: str, currency: str) -> Option:
    share = max(row["sales_share"] or 0.0, 0.0)
    colour = _SHADES[_SHADES_OF[row["bands"]][row["band"] - 1]]
    name = band_name(row, language, currency)
    margin = (
        ""
        if row["margin"] is None
        else say("prices.margin_of", language, margin=percent(row["margin"], 0))
    )
    place = say("prices.band", language, band=row["band"], bands=row["bands"])
    told = say(
        "prices.band_tip",
        language,
        goods=exact(row["goods"]),
        pieces=exact(row["pieces"]),
        buyers=exact(row["buyers"]),
        sales=money(row["sales"], language, currency),
        share=percent(share),
        profit=money(row["profit"], language, currency),
    )
    own = margin or say("prices.assumed", language)
    return {
        "value": round(share * 100, 3),
        "itemStyle": {"color": colour, "borderColor": "#fff", "borderWidth": 1},
        "tooltip": tip(f"{row['category']} · {place}\n{name}\n{told} · {own}"),
        "label": {
            "show": share >= _LEAST_LABEL,
            "formatter": f"{short_name(row, currency)}\n{margin}".strip(),
            "color": on(colour),
            "fontSize": 11,
            "lineHeight": 14,
        },
    }


def moves(rows: Sequence[Row], bands: Sequence[Row], language: str, currency: str) -> Option:
    """From which band to which the next purchase goes, as a heat map.

    Args:
        rows: of the table `moves`, of one category.
        bands: of the table `bands`, of the same.
        language: `zh` or `en`.
        currency: of the amounts.
    """
    names = {row["band"]: band_name(row, language, currency) for row in bands}
    place = {band: at for at, band in enumerate(sorted(names))}
    shown = [row for row in rows if row["from_band"] in place and row["to_band"] in place]
    labels = [short_name(row, currency) for row in sorted(bands, key=lambda row: row["band"])]

    def cell(row: Row) -> Option:
        text = say(
            "prices.move_tip",
            language,
            origin=names[row["from_band"]],
            to=names[row["to_band"]],
            share=percent(row["share"]),
            low=percent(row["low"]),
            high=percent(row["high"]),
            steps=exact(row["steps"]),
            customers=exact(row["customers"]),
        )
        share = row["share"] or 0.0
        return {
            "value": [place[row["to_band"]], place[row["from_band"]], round(share * 100, 2)],
            "label": {
                "show": row["share"] is not None,
                "formatter": f"{percent(row['share'], 0)}\n{_span(row)}",
                "lineHeight": 16,
                "color": "#fff" if share > 0.5 else INK,
            },
            "tooltip": tip(text),
        }

    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 44, "bottom": 4},
        visualMap={"show": False, "min": 0, "max": 75, "inRange": {"color": HEAT}},
        xAxis=axis(
            "category",
            data=labels,
            position="top",
            axisLine={"show": False},
            axisLabel={"interval": 0, "hideOverlap": False, "color": INK},
            name=say("prices.to_band", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis(
            "category",
            data=labels,
            inverse=True,
            axisLine={"show": False},
            axisLabel={"interval": 0, "color": INK},
            name=say("prices.from_band", language),
            nameLocation="start",
            nameGap=10,
        ),
        series=[
            {
                "type": "heatmap",
                "itemStyle": {"borderColor": "#fff", "borderWidth": 2},
                "data": [cell(row) for row in shown],
            }
        ],
    )


def _span(row: Row) -> str:
    """The interval in whole percent, short enough for a cell."""
    if row["low"] is None:
        return ""
    return f"({row['low'] * 100:.0f}–{row['high'] * 100:.0f})"


def focus_map(rows: Sequence[Row], shop_margin: float, language: str, currency: str) -> Option:
    """Categories by margin and by the new customers that come back; the size is profit."""
    most = max((float(row["profit"]) for row in rows), default=0.0) or 1.0

    def point(row: Row) -> Option:
        text = (
            f"{row['category']} · {say('prices.verdict.' + row['verdict'], language)}\n"
            f"{say('prices.kept_profit', language)} {money(row['profit'], language, currency)}\n"
            f"{say('prices.map_y', language)} {percent(row['margin'])}\n"
            f"{say('prices.back', language)} {percent(row['return_share'])}"
            f" ({say('prices.usual', language, share=percent(row['usual_share']))})"
        )
        return {
            "value": [round(row["return_ratio"], 4), round(row["margin"] * 100, 2)],
            "symbolSize": round(8 + 30 * math.sqrt(max(float(row["profit"]), 0.0) / most), 1),
            "itemStyle": {"color": VERDICT_COLOURS[row["verdict"]], "opacity": 0.85},
            "label": {"formatter": clip(row["category"], 12)},
            "tooltip": tip(text),
        }

    quiet = {"color": MUTED, "type": "dashed", "width": 1}
    left, right = _reach([row["return_ratio"] for row in rows] + [1.0], 0.1)
    bottom, top = _reach([row["margin"] * 100 for row in rows] + [shop_margin * 100], 5)
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 28, "top": 34, "bottom": 28},
        xAxis=axis(
            "value",
            min=left,
            max=right,
            name=say("prices.map_x", language),
            nameLocation="middle",
            nameGap=26,
            axisLabel={"formatter": "{value}×"},
            splitNumber=4,
        ),
        yAxis=axis(
            "value",
            min=bottom,
            max=top,
            name=say("prices.map_y", language),
            nameTextStyle={"color": MUTED, "align": "left"},
            axisLabel={"formatter": "{value}%"},
        ),
        series=[
            {
                "type": "scatter",
                "data": [point(row) for row in rows],
                "label": {"show": True, "position": "top", "color": INK, "fontSize": 11},
                "labelLayout": {"hideOverlap": True},
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "lineStyle": quiet,
                    "data": [
                        {"xAxis": 1, "label": {"show": False}},
                        {
                            "yAxis": round(shop_margin * 100, 2),
                            "label": {
                                "formatter": say("prices.shop_margin", language),
                                "position": "insideStartTop",
                                "color": MUTED,
                            },
                        },
                    ],
                },
            }
        ],
    )


def _reach(values: Sequence[float], step: float) -> tuple[float, float]:
    """The ends of an axis with some room around the points, on whole steps."""
    low, high = min(values), max(values)
    room = max((high - low) * 0.12, step / 4)
    return (
        round(math.floor((low - room) / step) * step, 4),
        round(math.ceil((high + room) / step) * step, 4),
    )


def kept(rows: Sequence[Row], language: str) -> Option:
    """Shares of profit, sales and customers that the first so many categories hold."""

    def line(key: str, colour: str, width: int) -> Option:
        return {
            "name": say(f"prices.kept_{key}", language),
            "type": "line",
            "symbolSize": 5,
            "showSymbol": len(rows) <= 24,
            "lineStyle": {"color": colour, "width": width},
            "itemStyle": {"color": colour},
            "data": [
                {
                    "value": [row["kept"], round((row[f"{key}_share"] or 0) * 100, 2)],
                    "tooltip": tip(
                        say(
                            "prices.kept_tip",
                            language,
                            kept=row["kept"],
                            category=clip(row["category"], 20),
                        )
                        + f"\n{say(f'prices.kept_{key}', language)} {percent(row[f'{key}_share'])}"
                    ),
                }
                for row in rows
                if row[f"{key}_share"] is not None
            ],
        }

    return base(
        tooltip={"trigger": "item"},
        legend=legend(),
        grid={"left": 8, "right": 12, "top": 40, "bottom": 28},
        xAxis=axis(
            "value",
            min=1,
            max=len(rows),
            minInterval=1,
            name=say("prices.kept_x", language),
            nameLocation="middle",
            nameGap=26,
            splitLine={"show": False},
        ),
        yAxis=axis("value", min=0, max=100, axisLabel={"formatter": "{value}%"}),
        series=[
            line("profit", ACCENT, 3),
            line("sales", "#6bb0bd", 2),
            line("customers", GREY, 2),
        ],
    )


def arrow(row: Row) -> str:
    """The change of the last 90 days, against the year before where it is known."""
    change = row["growth_90"] if row["growth_year"] is None else row["growth_year"]
    return "–" if change is None else signed_percent(change)
