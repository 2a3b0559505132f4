"""Charts of the pool, as ECharts options: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.edges.report.chart_style import (
    INK,
    Option,
    Row,
    axis,
    base,
    legend,
    on,
    stage_colour,
    stage_name,
    tip,
)
from regulars.edges.report.numbers import exact, percent
from regulars.edges.report.words import say
from regulars.insight.pool.spells import GONE, STAGES
from regulars.kernel.stage_names import Stage

POOL = tuple(str(stage) for stage in STAGES if stage not in GONE)
_MONTHS_SHOWN = 24
_PALER = 0.42
_LEAST_LABELLED = 0.07


def months(past: Sequence[Row], ahead: Sequence[Row], language: str) -> Option:
    """Stacked bars of the pool's stages at month ends, and the whole pool ahead as a fan.

    Args:
        past: table `months` of the picture.
        ahead: table `forecast`, empty where nothing can be told.
        language: `zh` or `en`.
    """
    ends = sorted({row["month"] for row in past})[-_MONTHS_SHOWN:]
    coming = sorted({row["month"] for row in ahead})
    at = {(row["month"], row["stage"]): row for row in [*past, *ahead]}
    series: list[Option] = [
        {
            "name": stage_name(stage, language),
            "type": "bar",
            "stack": "pool",
            "barCategoryGap": "22%",
            "itemStyle": {"color": stage_colour(stage)},
            "data": [
                *({"value": at[month, stage]["customers"]} for month in ends),
                *(
                    {
                        "value": round(at[month, stage]["customers"], 1),
                        "itemStyle": {"opacity": _PALER},
                    }
                    for month in coming
                ),
            ],
        }
        for stage in POOL
    ]
    if coming:
        series += _fan(ends, coming, at, language)
    names = [f"{month:%Y-%m}" for month in [*ends, *coming]]
    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}, "order": "seriesDesc"},
        legend=legend(data=[stage_name(stage, language) for stage in POOL]),
        grid={"left": 8, "right": 12, "top": 56, "bottom": 8},
        media=[{"query": {"maxWidth": 520}, "option": {"grid": {"top": 84}}}],
        xAxis=axis("category", data=names),
        yAxis=axis("value", minInterval=1),
        series=series,
    )


def _fan(
    ends: Sequence[object],
    coming: Sequence[object],
    at: dict[tuple[object, str], Row],
    language: str,
) -> list[Option]:
    """The whole pool ahead: both intervals as shades, and the forecast as a line."""
    empty: list[float | None] = [None] * (len(ends) - 1)
    now = float(at[ends[-1], "pool"]["customers"])
    rows = [at[month, "pool"] for month in coming]

    def points(key: str) -> list[float | None]:
        return [*empty, round(now, 1), *(round(row[key], 1) for row in rows)]

    def shade(level: int, opacity: float) -> list[Option]:
        low, high = points(f"low_{level}"), points(f"high_{level}")
        width = [
            None if one is None or other is None else round(other - one, 1)
            for one, other in zip(low, high, strict=True)
        ]
        quiet: Option = {
            "type": "line",
            "stack": f"band{level}",
            "symbol": "none",
            "silent": True,
            "lineStyle": {"opacity": 0},
            "tooltip": {"show": False},
            "z": 3,
        }
        name = say(f"pool.band_{level}", language)
        return [
            {**quiet, "name": f"{name} ", "data": low},
            {
                **quiet,
                "name": name,
                "data": width,
                "areaStyle": {"color": INK, "opacity": opacity},
            },
        ]

    line: Option = {
        "name": f"{say('pool.total', language)} ({say('pool.expected', language)})",
        "type": "line",
        "symbol": "circle",
        "symbolSize": 5,
        "z": 4,
        "lineStyle": {"color": INK, "width": 1.5, "type": "dashed"},
        "itemStyle": {"color": INK},
        "data": [
            *empty,
            {"value": round(now, 1), "symbol": "none"},
            *(
                {
                    "value": round(row["customers"], 1),
                    "tooltip": tip(exact(row["customers"])),
                }
                for row in rows
            ),
        ],
    }
    return [*shade(95, 0.08), *shade(80, 0.14), line]


def layers(rows: Sequence[Row], language: str) -> Option:
    """A bar for each tier, parted by stage; the label of a part is its number of customers."""
    tiers = list(dict.fromkeys(row["tier"] for row in rows))
    present = {row["stage"] for row in rows}
    stages = [str(stage) for stage in Stage if stage in present]
    size = {(row["tier"], row["stage"]): row["customers"] for row in rows}
    whole = {tier: sum(size.get((tier, stage), 0) for stage in stages) for tier in tiers}

    def part(tier: str, stage: str) -> Option:
        number = size.get((tier, stage), 0)
        share = number / whole[tier]
        text = (
            f"{say(f'pool.tier.{tier}', language)} · {stage_name(stage, language)}\n"
            f"{exact(number)} · {percent(share)}"
        )
        return {
            "value": round(share * 100, 3),
            "label": {
                "show": share >= _LEAST_LABELLED,
                "formatter": exact(number),
                "color": on(stage_colour(stage)),
            },
            "tooltip": tip(text),
        }

    return base(
        tooltip={"trigger": "item"},
        legend=legend(),
        grid={"left": 8, "right": 20, "top": 52, "bottom": 8},
        media=[{"query": {"maxWidth": 520}, "option": {"grid": {"top": 92}}}],
        xAxis=axis("value", max=100, axisLabel={"formatter": "{value}%"}, interval=25),
        yAxis=axis(
            "category",
            data=[say(f"pool.tier.{tier}", language) for tier in tiers],
            inverse=True,
            axisLine={"show": False},
        ),
        series=[
            {
                "name": stage_name(stage, language),
                "type": "bar",
                "stack": "tier",
                "barMaxWidth": 30,
                "itemStyle": {"color": stage_colour(stage), "borderColor": "#fff"},
                "data": [part(tier, stage) for tier in tiers],
            }
            for stage in stages
        ],
    )
