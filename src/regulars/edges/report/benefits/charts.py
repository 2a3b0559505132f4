"""Charts of benefits, as ECharts options: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.edges.report.chart_style import ACCENT, GREY, WARM, Option, Row, axis, base, legend
from regulars.edges.report.words import say

_SERIES = (("earned", ACCENT), ("used", WARM), ("taken_back", GREY))


def points_by_month(rows: Sequence[Row], language: str) -> Option:
    """Bars of the points earned, used and taken back in each month."""
    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}},
        legend=legend(),
        grid={"left": 8, "right": 8, "top": 40, "bottom": 8},
        xAxis=axis("category", data=[row["month"] for row in rows]),
        yAxis=axis("value", minInterval=1),
        series=[
            {
                "name": say(f"benefits.{key}", language),
                "type": "bar",
                "barMaxWidth": 22,
                "itemStyle": {"color": colour},
                "data": [row[key] for row in rows],
            }
            for key, colour in _SERIES
        ],
    )


def points_by_expiry(months: Sequence[Row], language: str) -> Option:
    """Bars of the points outstanding, by the month in which they expire; what never does is last.

    Args:
        months: of the liability: `month` ("" for never) and `outstanding`.
        language: `zh` or `en`.
    """
    return base(
        tooltip={"trigger": "axis", "axisPointer": {"type": "shadow"}},
        grid={"left": 8, "right": 8, "top": 16, "bottom": 8},
        xAxis=axis(
            "category",
            data=[row["month"] or say("benefits.never", language) for row in months],
        ),
        yAxis=axis("value", minInterval=1),
        series=[
            {
                "name": say("benefits.points", language),
                "type": "bar",
                "barMaxWidth": 30,
                "data": [
                    {
                        "value": row["outstanding"],
                        "itemStyle": {"color": ACCENT if row["month"] else GREY},
                    }
                    for row in months
                ],
            }
        ],
    )
