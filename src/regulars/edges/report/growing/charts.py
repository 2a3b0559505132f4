"""The section's charts as ECharts options: pure functions from rows to plain dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    clip,
    legend,
    tip,
)
from regulars.edges.report.numbers import exact, exact_money, money, percent
from regulars.edges.report.words import say

_GATHERED = {"other": GREY, "unknown": "#d9dfdd", "all": MUTED}
_HIDDEN = {"color": "transparent"}


def steps(rows: Sequence[Row], language: str, currency: str) -> Option:
    """A waterfall of what each factor adds to the change in sales, from nothing to the whole.

    Args:
        rows: `name` and `change` of each factor, then of the whole as the last.
        language: of the words.
        currency: of the amounts.
    """
    names = [row["name"] for row in rows]
    parts: dict[str, list[Any]] = {key: [] for key in ("over", "above", "under", "below")}
    level = 0.0
    for place, row in enumerate(rows):
        whole = place == len(rows) - 1
        change = float(row["change"])
        start, end = (0.0, change) if whole else (level, level + change)
        low, high = min(start, end), max(start, end)
        colour = INK if whole else ACCENT if change > 0 else WARM
        signed = ("+" if change > 0 else "") + money(change, language, currency)
        shown = {
            "itemStyle": {"color": colour},
            "tooltip": tip(f"{row['name']}\n{exact_money(row['change'], currency)}"),
        }
        label = {
            "show": True,
            "position": "right",
            "formatter": signed,
            "color": INK,
            "fontSize": 11,
            "fontWeight": 600 if whole else 400,
        }
        above, below = max(high, 0.0) - max(low, 0.0), min(low, 0.0) - min(high, 0.0)
        parts["over"].append(max(low, 0.0))
        parts["under"].append(min(high, 0.0))
        # The label stands at the end of the part that is there, beyond zero on the right if both.
        parts["above"].append({"value": above, **shown, **({"label": label} if above else {})})
        left = {**label, "position": "right" if high <= 0 else "left"}
        parts["below"].append(
            {"value": below, **shown, **({"label": left} if below and not above else {})}
        )
        level = end if not whole else level
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 72, "top": 4, "bottom": 4},
        xAxis=axis("value", axisLabel={"show": False}, splitLine={"show": False}),
        yAxis=axis(
            "category",
            data=names,
            inverse=True,
            axisLine={"show": True, "onZero": True, "lineStyle": {"color": GREY}},
            axisLabel={"interval": 0, "color": INK},
        ),
        series=[
            _stack(parts["over"], hidden=True),
            _stack(parts["above"]),
            _stack(parts["under"], hidden=True),
            _stack(parts["below"]),
        ],
    )


def _stack(data: list[Any], *, hidden: bool = False) -> Option:
    series: Option = {"type": "bar", "stack": "steps", "barMaxWidth": 18, "data": data}
    return {**series, "itemStyle": _HIDDEN, "silent": True} if hidden else series


def retention(rows: Sequence[Row], language: str) -> Option:
    """Monthly retention in its limits; months that are no noise stand out."""
    months = [f"{row['month']:%Y-%m}" for row in rows]

    def points(key: str) -> list[Any]:
        return [None if row[key] is None else round(row[key] * 100, 2) for row in rows]

    def point(row: Row) -> Any:
        if row["rate"] is None:
            return None
        signal = row["verdict"] in ("up", "down")
        lines = [f"{row['month']:%Y-%m}  {percent(row['rate'])}"]
        lines.append(
            say(
                "growing.of_before",
                language,
                before=exact(row["buyers_before"]),
                retained=exact(row["retained"]),
            )
        )
        if row["low"] is not None:
            low, high = percent(row["low"]), percent(row["high"])
            lines.append(f"{say('growing.limits', language)} {low} – {high}")
        if signal:
            lines.append(say(f"growing.{row['verdict']}", language))
        colour = ACCENT if not signal else "#6bb0bd" if row["verdict"] == "up" else WARM
        return {
            "value": round(row["rate"] * 100, 2),
            "symbolSize": 11 if signal else 5,
            "itemStyle": {"color": colour},
            "tooltip": tip("\n".join(lines)),
        }

    low, high = points("low"), points("high")
    width = [
        None if one is None or other is None else round(other - one, 2)
        for one, other in zip(low, high, strict=True)
    ]
    quiet = {
        "type": "line",
        "stack": "limits",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
        "z": 1,
    }
    limits = say("growing.limits", language)
    return base(
        tooltip={"trigger": "item"},
        legend=legend(
            data=[
                say("growing.rate", language),
                {"name": limits, "itemStyle": {"color": "#dcebe5"}},
                say("growing.centre", language),
            ]
        ),
        grid={"left": 8, "right": 12, "top": 36, "bottom": 8},
        xAxis=axis("category", data=months),
        yAxis=axis("value", scale=True, axisLabel={"formatter": "{value}%"}),
        series=[
            {**quiet, "data": low},
            {
                **quiet,
                "name": limits,
                "data": width,
                "itemStyle": {"color": "#dcebe5"},
                "areaStyle": {"color": ACCENT, "opacity": 0.13},
            },
            {
                "name": say("growing.centre", language),
                "type": "line",
                "symbol": "none",
                "silent": True,
                "itemStyle": {"color": MUTED},
                "lineStyle": {"type": "dashed", "width": 1, "color": MUTED},
                "data": points("centre"),
            },
            {
                "name": say("growing.rate", language),
                "type": "line",
                "symbol": "circle",
                "showAllSymbol": True,
                "itemStyle": {"color": ACCENT},
                "lineStyle": {"width": 1.5, "color": ACCENT},
                "data": [point(row) for row in rows],
                "z": 4,
            },
        ],
    )


def values(courses: Sequence[Row], language: str, currency: str) -> Option:
    """Cumulated profit per customer by month; all customers together as a dashed line.

    Args:
        courses: `name`, `kind` and `points`: month and cumulated profit.
        language: of the words.
        currency: of the amounts.
    """
    most = max((point[0] for course in courses for point in course["points"]), default=1)
    colours = iter(LINES * 4)
    series: list[Option] = []
    for course in courses:
        named = course["kind"] == "named"
        colour = next(colours) if named else _GATHERED[course["kind"]]
        series.append(
            {
                "name": _drawn(course["name"]),
                "type": "line",
                "symbol": "circle",
                "symbolSize": 4,
                "showSymbol": False,
                "itemStyle": {"color": colour},
                "lineStyle": {
                    "width": 2 if named else 1.5,
                    "type": "dashed" if course["kind"] == "all" else "solid",
                },
                "data": [[month, round(worth, 2)] for month, worth in course["points"]],
            }
        )
    return base(
        tooltip={"trigger": "axis", "order": "valueDesc"},
        legend=legend(),
        grid={"left": 8, "right": 16, "top": 64, "bottom": 28},
        media=[{"query": {"maxWidth": 400}, "option": {"grid": {"top": 88}}}],
        xAxis=axis(
            "value",
            name=say("growing.months_axis", language),
            nameLocation="middle",
            nameGap=26,
            max=most,
            minInterval=1,
            splitLine={"show": False},
        ),
        yAxis=axis("value", axisLabel={"formatter": _sign(currency) + "{value}"}),
        series=series,
    )


def _drawn(name: str) -> str:
    """A name from data beside a line; braces would be read as placeholders."""
    return clip(name, 14).replace("{", "(").replace("}", ")")


def _sign(currency: str) -> str:
    return exact_money(0, currency).rstrip("0.").replace("{", "")


def second_orders(curves: Sequence[Row], language: str) -> Option:
    """Share with a second order by day; the newest group stands out, all together is dashed.

    Args:
        curves: `name`, `role` (newest, year_ago, everyone, or other) and `points`.
        language: of the words.
    """
    look = {
        "newest": {"color": ACCENT, "width": 3, "type": "solid"},
        "year_ago": {"color": WARM, "width": 2, "type": "solid"},
        "everyone": {"color": MUTED, "width": 1.5, "type": "dashed"},
        "other": {"color": "#c3d8d0", "width": 1.5, "type": "solid"},
    }
    most = max((curve["points"][-1][0] for curve in curves), default=1)
    return base(
        tooltip={"trigger": "axis"},
        legend=legend(),
        grid={"left": 8, "right": 16, "top": 64, "bottom": 28},
        media=[{"query": {"maxWidth": 400}, "option": {"grid": {"top": 88}}}],
        xAxis=axis(
            "value",
            name=say("growing.days_axis", language),
            nameLocation="middle",
            nameGap=26,
            max=most,
            splitLine={"show": False},
            axisLabel={"showMaxLabel": False},
        ),
        yAxis=axis("value", min=0, axisLabel={"formatter": "{value}%"}),
        series=[
            {
                "name": _drawn(curve["name"]),
                "type": "line",
                "symbol": "none",
                "itemStyle": {"color": look[curve["role"]]["color"]},
                "lineStyle": look[curve["role"]],
                "z": {"newest": 5, "year_ago": 4, "everyone": 3}.get(curve["role"], 2),
                "data": [[day, round(share * 100, 1)] for day, share in curve["points"]],
            }
            for curve in curves
        ],
    )
