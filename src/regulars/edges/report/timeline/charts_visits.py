"""Charts of visits, ways and returns, as ECharts options: pure functions from plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from regulars.edges.report.chart_style import (
    ACCENT,
    DARK,
    HEAT,
    INK,
    LINES,
    Option,
    Row,
    axis,
    base,
    clip,
    legend,
    tip,
)
from regulars.edges.report.numbers import exact, percent, short
from regulars.edges.report.timeline.told import ends
from regulars.edges.report.words import say

_PALE = "#cfe3db"
_OTHER = "#d3dad7"
_MANY = 10


def visits(rows: Sequence[Row], names: Sequence[str], language: str) -> Option:
    """Bars of visits, those with an order in the accent beneath those without.

    Args:
        rows: of the picture's table `days` or `hours`.
        names: of the days or hours.
        language: `zh` or `en`.
    """
    ordered = [row["ordered"] for row in rows]
    knows_orders = any(one is not None for one in ordered)

    def bars(name: str, colour: str, values: Sequence[int | None]) -> Option:
        return {
            "name": name,
            "type": "bar",
            "stack": "visits",
            "barCategoryGap": "20%",
            "itemStyle": {"color": colour},
            "data": [
                {"value": value, "tooltip": tip(_visits_tip(row, label, language))}
                for value, row, label in zip(values, rows, names, strict=True)
            ],
        }

    rest = [
        None if row["sessions"] is None else row["sessions"] - (row["ordered"] or 0) for row in rows
    ]
    series = [bars(say("timeline.without_order", language), _PALE, rest)]
    if knows_orders:
        series.insert(0, bars(say("timeline.with_order", language), ACCENT, ordered))
    return base(
        tooltip={"trigger": "item"},
        legend=legend(show=knows_orders),
        grid={"left": 8, "right": 8, "top": 34, "bottom": 4},
        xAxis=axis("category", data=list(names)),
        yAxis=axis("value", minInterval=1),
        series=series,
    )


def _visits_tip(row: Row, name: str, language: str) -> str:
    lines = [f"{name}\n{say('timeline.visits', language)} {exact(row['sessions'])}"]
    if row["ordered"] is not None and row["sessions"]:
        share = percent(row["ordered"] / row["sessions"])
        lines.append(f"{say('timeline.with_order', language)} {exact(row['ordered'])} ({share})")
    return "\n".join(lines)


def ways(
    nodes: Sequence[Row], links: Sequence[Row], names: Mapping[str, str], language: str
) -> Option:
    """A Sankey diagram of the ways that visits go; what leaves a step and goes nowhere ends there.

    Args:
        nodes: `step`, `name`, `units`, `ended`.
        links: `step` of the start, `from`, `to`, `units`.
        names: what each name of a step is called.
        language: `zh` or `en`.
    """
    palette = _colours(nodes)
    most = max(row["units"] for row in nodes)
    total = sum(row["units"] for row in nodes if row["step"] == 1)

    def node(row: Row) -> Option:
        lines = [f"{names[row['name']]}\n{exact(row['units'])} ({percent(row['units'] / total)})"]
        if row["ended"]:
            stop = f"{exact(row['ended'])} ({percent(row['ended'] / row['units'])})"
            lines.append(f"{say('timeline.ended', language)} {stop}")
        return {
            "name": f"{row['step']} {row['name']}",
            "depth": row["step"] - 1,
            "value": row["units"],
            "itemStyle": {"color": palette[row["name"]], "borderWidth": 0},
            "label": {
                # A sliver has no room for its name; the tool tip tells it.
                "show": row["units"] >= most / 40,
                "formatter": f"{clip(names[row['name']], 18)} {short(row['units'], language)}",
                "position": "right",
            },
            "tooltip": tip("\n".join(lines)),
        }

    return base(
        tooltip={"trigger": "item"},
        series=[
            {
                "type": "sankey",
                "left": 2,
                "right": 170,
                "top": 8,
                "bottom": 8,
                "nodeWidth": 10,
                "nodeGap": 14,
                "layoutIterations": 0,
                "draggable": False,
                "label": {"color": INK, "fontSize": 11},
                "lineStyle": {"color": "source", "opacity": 0.28, "curveness": 0.5},
                "data": [node(row) for row in nodes],
                "links": [
                    {
                        "source": f"{row['step']} {row['from']}",
                        "target": f"{row['step'] + 1} {row['to']}",
                        "value": row["units"],
                        "tooltip": tip(
                            f"{names[row['from']]} → {names[row['to']]}\n{exact(row['units'])}"
                        ),
                    }
                    for row in links
                ],
            }
        ],
    )


def _colours(nodes: Sequence[Row]) -> dict[str, str]:
    """One colour for each name, the most frequent first; those beyond the palette are grey."""
    sums: dict[str, int] = {}
    for row in nodes:
        sums[row["name"]] = sums.get(row["name"], 0) + row["units"]
    sums.pop("(other)", None)
    ranked = sorted(sums, key=lambda name: (-sums[name], name))
    found = dict(zip(ranked, LINES, strict=False))
    return {row["name"]: found.get(row["name"], _OTHER) for row in nodes}


def returns(rows: Sequence[Row], language: str) -> Option:
    """The share of those who began that came back, by time since, within its interval."""
    told = [row for row in rows if row["low"] > 0 and row["share"] is not None]

    def point(row: Row) -> Option:
        lines = [say("timeline.offset", language, offset=row["offset"])]
        lines.append(f"{percent(row['share'])} ({ends(dict(row), 'share')})")
        lines.append(f"{exact(row['back'])} / {exact(row['seen'])}")
        return {"value": round(row["share"] * 100, 2), "tooltip": tip("\n".join(lines))}

    low = [round(row["share_low"] * 100, 2) for row in told]
    width = [round((row["share_high"] - row["share_low"]) * 100, 2) for row in told]
    quiet = {
        "type": "line",
        "stack": "interval",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
        "z": 1,
    }
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 16, "top": 16, "bottom": 28},
        xAxis=axis(
            "category",
            data=[row["offset"] for row in told],
            name=say("timeline.offset_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis("value", min=0, axisLabel={"formatter": "{value}%"}),
        series=[
            {**quiet, "data": low},
            {**quiet, "data": width, "areaStyle": {"color": ACCENT, "opacity": 0.13}},
            {
                "type": "line",
                "symbol": "circle",
                "symbolSize": 5,
                "showAllSymbol": True,
                "itemStyle": {"color": ACCENT},
                "lineStyle": {"color": ACCENT, "width": 2},
                "data": [point(row) for row in told],
                "z": 4,
            },
        ],
    )


def cohorts(
    rows: Sequence[tuple[date, int, Mapping[int, tuple[int, int]]]], language: str
) -> Option:
    """A heat map: those who began in a week, by days since; what nobody has reached stays empty.

    Args:
        rows: first day of the week, who began, and by offset those seen and those back.
        language: `zh` or `en`.
    """
    shares = {
        (place, offset): (back / seen, seen, back)
        for place, (_, _, cells) in enumerate(rows)
        for offset, (seen, back) in cells.items()
        if seen
    }
    offsets = sorted({offset for _, offset in shares})
    at = {offset: place for place, offset in enumerate(offsets)}
    top = max((share for share, _, _ in shares.values()), default=0) or 1
    names = [f"{day:%m-%d}  {short(size, language)}" for day, size, _ in rows]

    def cell(place: int, offset: int, told: tuple[float, int, int]) -> Option:
        share, seen, back = told
        since = say("timeline.offset", language, offset=offset)
        return {
            "value": [at[offset], place, round(share * 100, 2)],
            "label": {
                "show": True,
                "formatter": f"{share * 100:.0f}",
                "fontSize": 11,
                "color": "#fff" if share > DARK * top else INK,
            },
            "tooltip": tip(
                f"{rows[place][0]} · {since}\n{exact(back)} / {exact(seen)} = {percent(share)}"
            ),
        }

    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 28, "bottom": 4},
        visualMap={"show": False, "min": 0, "max": top * 100, "inRange": {"color": HEAT}},
        xAxis=axis(
            "category",
            data=[f"+{offset}" for offset in offsets],
            position="top",
            axisLine={"show": False},
        ),
        yAxis=axis(
            "category",
            data=names,
            inverse=True,
            axisLine={"show": False},
            axisLabel={"interval": 0},
        ),
        series=[
            {
                "type": "heatmap",
                "itemStyle": {"borderColor": "#fff", "borderWidth": 1},
                "data": [cell(*key, told) for key, told in shares.items()],
            }
        ],
    )


def active(rows: Sequence[Row], language: str) -> Option:
    """Those active on each day, in the 7 and in the 30 days that end with it."""
    series = []
    for key, colour in (("active_30", _PALE), ("active_7", "#6bb0bd"), ("active", ACCENT)):
        name = say(f"timeline.{key}", language)
        if all(row[key] is None for row in rows):
            continue
        series.append(
            {
                "name": name,
                "type": "line",
                "symbol": "none",
                "itemStyle": {"color": colour},
                "lineStyle": {"color": colour, "width": 2},
                "data": [row[key] for row in rows],
            }
        )
    return base(
        tooltip={"trigger": "axis"},
        legend=legend(itemHeight=3),
        grid={"left": 8, "right": 8, "top": 34, "bottom": 4},
        xAxis=axis("category", data=[f"{row['day']:%m-%d}" for row in rows]),
        yAxis=axis("value", min=0, minInterval=1),
        series=series,
    )


def active_days(rows: Sequence[Row], language: str) -> Option:
    """On how many days people were active, those beyond ten days as one."""
    shown = [row for row in rows if row["days"] < _MANY]
    many = [row for row in rows if row["days"] >= _MANY]
    told = [(str(row["days"]), row["customers"], row["share"]) for row in shown]
    if many:
        told.append(
            (
                f"{_MANY}+",
                sum(row["customers"] for row in many),
                many[0]["share_or_more"],
            )
        )
    return base(
        tooltip={"trigger": "item"},
        grid={"left": 8, "right": 8, "top": 20, "bottom": 28},
        xAxis=axis(
            "category",
            data=[name for name, _, _ in told],
            name=say("timeline.active_axis", language),
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=axis("value", show=False),
        series=[
            {
                "type": "bar",
                "barCategoryGap": "24%",
                "itemStyle": {"color": ACCENT},
                "data": [
                    {
                        "value": customers,
                        "tooltip": tip(f"{name}  {exact(customers)} ({percent(share)})"),
                        "label": {
                            "show": True,
                            "position": "top",
                            "color": INK,
                            "fontSize": 11,
                            "formatter": percent(share, 0),
                        },
                    }
                    for name, customers, share in told
                ],
            }
        ],
    )
