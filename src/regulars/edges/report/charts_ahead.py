"""Charts of what comes next, as ECharts options: pure functions, like those in `charts`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from regulars.edges.report.chart_style import (
    ACCENT,
    GREY,
    INK,
    MUTED,
    Option,
    Row,
    axis,
    base,
    legend,
    tip,
)
from regulars.edges.report.numbers import exact, money, percent, signed_percent
from regulars.edges.report.words import say
from regulars.edges.report.words_ahead import MONTHS
from regulars.lifetime.model_choice import MOST_SEPARATE

_PALE = "#a9cfc2"
_NORMAL_975 = 1.959964


def due(rows: Sequence[Row], as_of: date, language: str, *, chances: bool) -> Option:
    """Bars of the customers due on each day; within them, if known, those expected to buy."""
    days = [as_of + timedelta(days=row["in_days"]) for row in rows]
    series: list[Option] = [
        {
            "name": say("next.due_series", language),
            "type": "bar",
            "barMaxWidth": 26,
            "itemStyle": {"color": _PALE},
            "data": [row["customers"] for row in rows],
        }
    ]
    if chances:
        series.append(
            {
                "name": say("next.buyers_series", language),
                "type": "bar",
                "barMaxWidth": 26,
                "barGap": "-100%",
                "itemStyle": {"color": ACCENT},
                "data": [round(row["expected_buyers"], 1) for row in rows],
            }
        )
    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}},
        legend=legend(),
        grid={"left": 8, "right": 8, "top": 40, "bottom": 8},
        xAxis=axis("category", data=[f"{day:%m-%d}" for day in days]),
        yAxis=axis("value", minInterval=1),
        series=series,
    )


def value_tenths(rows: Sequence[Row], language: str, currency: str) -> Option:
    """The share of the whole held by each tenth of the customers, the highest value first."""

    def bar(row: Row) -> Option:
        share = max(row["share"] or 0.0, 0.0)
        text = (
            say(
                "next.value_tip",
                language,
                tenth=row["tenth"],
                customers=exact(row["customers"]),
            )
            + f"\n{money(row['lifetime_value'], language, currency)} · {percent(share)}"
        )
        return {
            "value": round(share * 100, 3),
            "itemStyle": {"color": ACCENT if row["tenth"] == 1 else _PALE},
            "label": {"formatter": percent(share, 0)},
            "tooltip": tip(text),
        }

    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 24, "bottom": 28},
        xAxis=axis(
            "category",
            data=[str(row["tenth"]) for row in rows],
            name=say("next.value_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis("value", show=False),
        series=[
            {
                "type": "bar",
                "barMaxWidth": 38,
                "label": {"show": True, "position": "top", "color": INK, "fontSize": 11},
                "data": [bar(row) for row in rows],
            }
        ],
    )


def season(factors: Sequence[float], language: str) -> Option:
    """Twelve bars: by how much the month is above or below the shop's ordinary pace."""
    names = [zh if language == "zh" else en for zh, en in MONTHS]

    def bar(name: str, factor: float) -> Option:
        by = signed_percent(factor - 1)
        return {
            "value": round((factor - 1) * 100, 1),
            "itemStyle": {"color": ACCENT if factor >= 1 else GREY},
            "label": {"position": "top" if factor >= 1 else "bottom", "formatter": by},
            "tooltip": tip(f"{name} {by}"),
        }

    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 24, "bottom": 8},
        media=[{"query": {"maxWidth": 520}, "option": {"series": [{"label": {"fontSize": 9}}]}}],
        # The names stay beneath the lowest bar; the line stands at the ordinary pace.
        xAxis=axis("category", data=names, axisLine={"show": False, "onZero": False}),
        yAxis=axis("value", show=False, boundaryGap=["12%", "12%"]),
        series=[
            {
                "type": "bar",
                "barMaxWidth": 34,
                "label": {"show": True, "color": INK, "fontSize": 11},
                "data": [bar(name, factor) for name, factor in zip(names, factors, strict=True)],
                "markLine": _line_at({"yAxis": 0}),
            }
        ],
    )


def came(rows: Sequence[Mapping[str, float]], language: str) -> Option:
    """Purchases per customer on the days kept aside, expected beside those that came."""
    names = [
        f"{row['repeats']}+" if row["repeats"] == MOST_SEPARATE else f"{row['repeats']}"
        for row in rows
    ]

    def bars(key: str, name: str, colour: str) -> Option:
        return {
            "name": say(name, language),
            "type": "bar",
            "barMaxWidth": 22,
            "itemStyle": {"color": colour},
            "data": [round(row[key], 2) for row in rows],
        }

    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}},
        legend=legend(),
        grid={"left": 8, "right": 8, "top": 40, "bottom": 28},
        xAxis=axis(
            "category",
            data=names,
            name=say("next.repeats_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis("value"),
        series=[
            bars("expected", "next.expected_series", ACCENT),
            bars("actual", "next.came_series", GREY),
        ],
    )


def calibration(bins: Sequence[tuple[int, float, float]], language: str) -> Option:
    """Chance told against the share who bought, group by group, with the line where told is true.

    Args:
        bins: customers, mean chance told, share who bought.
        language: `zh` or `en`.
    """
    points: list[tuple[float, float, float, float, str]] = []
    for customers, told, true in bins:
        low, high = wilson(true, customers)
        text = (
            f"{say('next.told', language)} {percent(told)}\n"
            f"{say('next.true', language)} {percent(true)} ({percent(low)}–{percent(high)})\n"
            f"{say('next.customers', language)} {exact(customers)}"
        )
        points.append((told * 100, true * 100, low * 100, high * 100, text))
    reach = max([max(told, high) for told, _, _, high, _ in points] + [10.0])
    step = 10 if reach <= 50 else 20
    top = min(math.ceil(reach / step) * step, 100)
    share = {"formatter": "{value}%", "showMaxLabel": True}
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 24, "top": 30, "bottom": 28},
        xAxis=axis(
            "value",
            min=0,
            max=top,
            name=say("next.told", language),
            nameLocation="middle",
            nameGap=26,
            axisLabel=share,
        ),
        yAxis=axis(
            "value",
            min=0,
            max=top,
            name=say("next.true", language),
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
                "data": [[0, 0], [top, top]],
            },
            {
                "type": "scatter",
                "symbolSize": 9,
                "itemStyle": {"color": ACCENT},
                "data": [
                    {"value": [round(told, 3), round(true, 3)], "tooltip": tip(text)}
                    for told, true, _, _, text in points
                ],
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "label": {"show": False},
                    "lineStyle": {"color": ACCENT, "type": "solid", "width": 2, "opacity": 0.4},
                    "data": [
                        [{"coord": [round(told, 3), low]}, {"coord": [round(told, 3), high]}]
                        for told, _, low, high, _ in points
                    ],
                },
            },
        ],
    )


def wilson(share: float, number: int) -> tuple[float, float]:
    """The 95 % interval of a share of so many (Wilson 1927, JASA 22:209-212).

    >>> tuple(round(end, 3) for end in wilson(0.0, 10))
    (0.0, 0.278)
    """
    square = _NORMAL_975**2
    middle = (share + square / (2 * number)) / (1 + square / number)
    half = _NORMAL_975 * math.sqrt(share * (1 - share) / number + square / (4 * number**2))
    half /= 1 + square / number
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _line_at(place: Mapping[str, float]) -> Option:
    return {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"color": MUTED, "type": "solid", "width": 1},
        "data": [place],
    }
