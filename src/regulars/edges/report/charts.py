"""Charts as ECharts options: pure functions from plain rows to plain dictionaries.

No option holds a function, so that all of them are JSON: the report writes them into its page, and
the console hands them to NiceGUI. Tooltips are drawn on the canvas (`richText`), never as HTML:
category names come from the shop's customers and files.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from regulars.edges.report.chart_style import (
    ACCENT,
    DARK,
    GREY,
    HEAT,
    INK,
    MUTED,
    WARM,
    Option,
    Row,
    axis,
    base,
    clip,
    legend,
    on,
    stage_colour,
    stage_name,
    tip,
)
from regulars.edges.report.numbers import exact, money, percent, short
from regulars.edges.report.words import say
from regulars.insight.cycle_curve import CycleCurve
from regulars.insight.stages import ARRIVED
from regulars.kernel.stage_names import LABELS

_GROWTH = {
    "new": "#6bb0bd",
    "retained": ACCENT,
    "resurrected": LABELS["won_back"].colour,
    "lost": LABELS["at_risk"].colour,
}


def growth(rows: Sequence[Row], language: str) -> Option:
    """Stacked new, retained, resurrected above the line; not back this month below it."""
    months = [f"{row['month']:%Y-%m}" + ("" if row["complete"] else "*") for row in rows]

    def bars(key: str) -> Option:
        sign = -1 if key == "lost" else 1
        return {
            "name": say(f"growth.{key}", language),
            "type": "bar",
            "stack": "people",
            "barMaxWidth": 38,
            "itemStyle": {"color": _GROWTH[key]},
            "data": [None if row[key] is None else sign * row[key] for row in rows],
        }

    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}},
        legend=legend(),
        grid={"left": 8, "right": 8, "top": 40, "bottom": 8},
        media=[{"query": {"maxWidth": 520}, "option": {"grid": {"top": 62}}}],
        xAxis=axis("category", data=months, axisLine={"onZero": True}),
        yAxis=axis("value"),
        series=[bars(key) for key in ("retained", "resurrected", "new", "lost")],
    )


def stage_bars(rows: Sequence[Row], language: str, currency: str) -> Option:
    """Two bars of 100 %: the people by stage, and what they have paid by stage."""
    shown = [row for row in rows if row["customers"]]

    def part(row: Row) -> Option:
        label = LABELS[row["stage"]]
        name = label.zh if language == "zh" else label.en
        # Who only gave goods back has paid less than nothing, which no bar can show.
        paid, people = max(row["monetary_share"] or 0.0, 0.0), row["share"] or 0.0
        texts = (
            f"{name}\n{money(row['monetary'], language, currency)} · {percent(paid)}",
            f"{name}\n{exact(row['customers'])} · {percent(people)}",
        )
        return {
            "name": name,
            "type": "bar",
            "stack": "all",
            "barWidth": 34,
            "itemStyle": {"color": label.colour, "borderColor": "#fff", "borderWidth": 1},
            "data": [
                {
                    "value": round(share * 100, 3),
                    "tooltip": tip(text),
                    "label": {
                        "show": share >= 0.08,
                        "formatter": percent(share, 0),
                        "color": on(label.colour),
                    },
                }
                for share, text in zip((paid, people), texts, strict=True)
            ],
        }

    return base(
        tooltip={"trigger": "item"},
        legend=legend(),
        grid={"left": 8, "right": 16, "top": 40, "bottom": 4},
        media=[{"query": {"maxWidth": 640}, "option": {"grid": {"top": 62}}}],
        xAxis=axis("value", max=100, show=False),
        yAxis=axis(
            "category",
            data=[say("stages.paid", language), say("stages.people", language)],
            axisLine={"show": False},
        ),
        series=[part(row) for row in shown],
    )


def stage_flow(rows: Sequence[Row], language: str) -> Option:
    """A Sankey diagram of those who moved; who stayed is told in words beside it."""
    moved = [
        {**row, "customers": count}
        for row in rows
        if row["from_stage"] != row["to_stage"] and (count := row["customers"] - row["judged_anew"])
    ]
    left = _sums(moved, "from_stage")
    right = _sums(moved, "to_stage")

    def node(side: str, key: str, count: int) -> Option:
        text = f"{stage_name(key, language)} {short(count, language)}"
        return {
            "name": f"{side} {key}",
            "depth": 0 if side == "from" else 1,
            "itemStyle": {"color": stage_colour(key), "borderWidth": 0},
            "label": {"formatter": text, "position": "right" if side == "from" else "left"},
            "tooltip": tip(f"{stage_name(key, language)}\n{exact(count)}"),
        }

    links = [
        {
            "source": f"from {row['from_stage']}",
            "target": f"to {row['to_stage']}",
            "value": row["customers"],
            "tooltip": tip(
                f"{stage_name(row['from_stage'], language)} → "
                f"{stage_name(row['to_stage'], language)}\n{exact(row['customers'])}"
            ),
        }
        for row in moved
    ]
    return base(
        tooltip={"trigger": "item"},
        series=[
            {
                "type": "sankey",
                "left": 4,
                "right": 4,
                "top": 8,
                "bottom": 8,
                "nodeWidth": 10,
                "nodeGap": 16,
                "layoutIterations": 0,
                "draggable": False,
                "label": {"color": INK, "fontSize": 12},
                "lineStyle": {"color": "target", "opacity": 0.35, "curveness": 0.5},
                "data": [
                    *(node("from", key, count) for key, count in left.items()),
                    *(node("to", key, count) for key, count in right.items()),
                ],
                "links": links,
            }
        ],
    )


def rfm_map(rows: Sequence[Row], language: str, currency: str) -> Option:
    """The 5 x 5 map: colour and first line the customers, second line their mean spend."""
    most = max((row["customers"] for row in rows), default=0) or 1

    def cell(row: Row) -> Option:
        mean = money(row["mean_monetary"], language, currency)
        count = short(row["customers"], language)
        dark = row["customers"] > DARK * most
        return {
            "value": [row["f"] - 1, row["r"] - 1, row["customers"]],
            "label": {
                "formatter": f"{{n|{count}}}\n{{m|{mean}}}" if row["customers"] else "",
                "rich": {
                    "n": {"fontSize": 14, "fontWeight": 600, "color": "#fff" if dark else INK},
                    "m": {"fontSize": 11, "color": "#fff" if dark else INK, "padding": 2},
                },
            },
            "tooltip": tip(
                f"R {row['r']} · F {row['f']}\n{say('rfm.customers', language)} "
                f"{exact(row['customers'])}\n{say('rfm.mean', language)} {mean}"
            ),
        }

    scores = [str(score) for score in range(1, 6)]
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 8, "bottom": 28},
        visualMap={"show": False, "min": 0, "max": most, "inRange": {"color": HEAT}},
        xAxis=axis(
            "category",
            data=scores,
            name=say("rfm.f_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis(
            "category",
            data=scores,
            name=say("rfm.r_axis", language),
            nameLocation="middle",
            nameGap=24,
        ),
        series=[
            {
                "type": "heatmap",
                "label": {"show": True},
                "itemStyle": {"borderColor": "#fff", "borderWidth": 2},
                "data": [cell(row) for row in rows],
            }
        ],
    )


def cohort(rows: Sequence[Row], language: str, most_cohorts: int = 24) -> Option:
    """Cohorts by months since; months that have not ended stay empty, month 0 is left out."""
    months = sorted({row["cohort"] for row in rows})[-most_cohorts:]
    place = {month: len(months) - 1 - index for index, month in enumerate(months)}
    size = {row["cohort"]: row["size"] for row in rows}
    cells = [
        row for row in rows if row["months_since"] and row["complete"] and row["cohort"] in place
    ]
    last = max((row["months_since"] for row in cells), default=1)
    top = max((row["share"] for row in cells), default=0) or 1
    names = [f"{month:%Y-%m}  {short(size[month], language)}" for month in reversed(months)]
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 30, "bottom": 4},
        visualMap={"show": False, "min": 0, "max": top * 100, "inRange": {"color": HEAT}},
        xAxis=axis(
            "category",
            data=[f"+{since}" for since in range(1, last + 1)],
            position="top",
            axisLine={"show": False},
        ),
        yAxis=axis("category", data=names, axisLine={"show": False}, axisLabel={"interval": 0}),
        series=[
            {
                "type": "heatmap",
                "itemStyle": {"borderColor": "#fff", "borderWidth": 1},
                "data": [
                    {
                        "value": [
                            row["months_since"] - 1,
                            place[row["cohort"]],
                            round(row["share"] * 100, 2),
                        ],
                        "label": {
                            "show": True,
                            "formatter": percent(row["share"], 0 if last > 6 else 1),
                            "fontSize": 11,
                            "color": "#fff" if row["share"] > DARK * top else INK,
                        },
                        "tooltip": tip(
                            f"{row['cohort']:%Y-%m} +{row['months_since']}\n"
                            f"{exact(row['customers'])} / {exact(row['size'])} = "
                            f"{percent(row['share'])}"
                        ),
                    }
                    for row in cells
                ],
            }
        ],
    )


_CURVES = {1: ACCENT, 2: "#6bb0bd", 3: LABELS["won_back"].colour}


def cycle_curve(curves: Sequence[CycleCurve], language: str) -> Option:
    """Share returned by day after the first, second and later purchase, with the first's marks."""
    series: list[Option] = []
    for curve in curves:
        line: Option = {
            "name": say(f"cycle.after_{curve.after}", language),
            "type": "line",
            "symbol": "none",
            "itemStyle": {"color": _CURVES[curve.after]},
            "lineStyle": {"width": 2.5 if curve.after == 1 else 1.5},
            "data": [
                [day, round(share * 100, 1)]
                for day, share in zip(curve.days, curve.returned, strict=True)
            ],
            "endLabel": {
                "show": True,
                "formatter": percent(curve.chance, 0),
                "color": _CURVES[curve.after],
                "fontWeight": 600,
            },
            "labelLayout": {"moveOverlap": "shiftY"},
        }
        if curve is curves[0]:
            line["markLine"] = _percentile_marks(curve)
        series.append(line)
    if curves:
        series.extend(_band(curves[0]))
    return base(
        tooltip={"trigger": "axis"},
        legend=legend(data=[say(f"cycle.after_{curve.after}", language) for curve in curves]),
        grid={"left": 8, "right": 44, "top": 56, "bottom": 28},
        media=[{"query": {"maxWidth": 520}, "option": {"grid": {"top": 84}}}],
        xAxis=axis(
            "value",
            name=say("cycle.days_axis", language),
            nameLocation="middle",
            nameGap=26,
            max=max((curve.end for curve in curves), default=1),
            splitLine={"show": False},
            axisPointer={"label": {"precision": 0}},
            axisLabel={"showMaxLabel": False},
        ),
        yAxis=axis("value", min=0, max=100, axisLabel={"formatter": "{value}%"}),
        series=series,
    )


def _percentile_marks(curve: CycleCurve) -> Option:
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": MUTED, "type": "dashed", "width": 1},
        "data": [
            {
                "xAxis": day,
                # The first two may stand close together: one to the left of its line, one right.
                "label": {
                    "formatter": f"P{share}\n{day}",
                    "color": MUTED,
                    "align": "right" if share == 50 else "left",
                },
            }
            for share, day in zip((50, 80, 95), curve.percentiles, strict=True)
        ],
    }


def _band(curve: CycleCurve) -> Iterable[Option]:
    low = [[day, round(low * 100, 2)] for day, low in zip(curve.days, curve.low, strict=True)]
    width = [
        [day, round((high - low) * 100, 2)]
        for day, low, high in zip(curve.days, curve.low, curve.high, strict=True)
    ]
    quiet = {
        "type": "line",
        "stack": "band",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
        "z": 1,
    }
    yield {**quiet, "data": low}
    yield {**quiet, "data": width, "areaStyle": {"color": ACCENT, "opacity": 0.12}}


def portrait(rows: Sequence[Row], language: str, most: int = 8) -> Option:
    """TGI per value as a dot on its 95 % interval; the line at 100 is the base."""
    shown = list(reversed(rows[:most]))
    names = [clip(str(row["value"])) for row in shown]
    furthest = max([row["high"] or 100 for row in shown] + [150])
    reach = min(math.ceil(furthest * 1.08 / 50) * 50, 400)
    data = []
    for row in shown:
        low, high = min(row["low"], reach), min(row["high"], reach)
        colour = ACCENT if row["low"] > 100 else WARM if row["high"] < 100 else GREY
        text = (
            f"{row['value']}\nTGI {row['tgi']:.0f}  ({row['low']:.0f}–{row['high']:.0f})\n"
            f"{say('portrait.in_group', language)} {percent(row['group_share'])} "
            f"({exact(row['group_customers'])}/{exact(row['group_known'])})\n"
            f"{say('portrait.in_base', language)} {percent(row['base_share'])} "
            f"({exact(row['base_customers'])}/{exact(row['base_known'])})"
        )
        data.append((low, high, row["tgi"], colour, text))
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 20, "top": 8, "bottom": 8},
        xAxis=axis("value", min=0, max=reach),
        yAxis=axis("category", data=names, axisLabel={"interval": 0, "color": INK}),
        series=[
            {
                "type": "bar",
                "stack": "interval",
                "silent": True,
                "itemStyle": {"color": "transparent"},
                "tooltip": {"show": False},
                "data": [low for low, *_ in data],
            },
            {
                "type": "bar",
                "stack": "interval",
                "barWidth": 8,
                "label": {"show": True, "position": "right", "color": MUTED, "fontSize": 11},
                "data": [
                    {
                        "value": high - low,
                        "itemStyle": {"color": f"{colour}59", "borderRadius": 4},
                        "label": {"formatter": f"{tgi:.0f}"},
                        "tooltip": tip(text),
                    }
                    for low, high, tgi, colour, text in data
                ],
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "label": {"show": False},
                    "lineStyle": {"color": MUTED, "type": "solid", "width": 1},
                    "data": [{"xAxis": 100}],
                },
            },
            {
                "type": "scatter",
                "symbolSize": 10,
                "data": [
                    {
                        "value": [min(tgi, reach), place],
                        "itemStyle": {"color": colour},
                        "tooltip": tip(text),
                    }
                    for place, (_, _, tgi, colour, text) in enumerate(data)
                ],
            },
        ],
    )


def flow_counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many of a stage flow stayed, moved, arrived, and were only judged anew."""
    counts = {"stayed": 0, "moved": 0, "arrived": 0, "judged": 0}
    for row in rows:
        if row["from_stage"] == ARRIVED:
            counts["arrived"] += row["customers"]
        elif row["from_stage"] == row["to_stage"]:
            counts["stayed"] += row["customers"]
        else:
            counts["moved"] += row["customers"] - row["judged_anew"]
            counts["judged"] += row["judged_anew"]
    return counts


def _sums(rows: Sequence[Row], key: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[key]] = sums.get(row[key], 0) + row["customers"]
    order = [ARRIVED, *LABELS]
    return {stage: sums[stage] for stage in order if stage in sums}
