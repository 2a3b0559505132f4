"""The look that all charts share: one palette, one type face, axes, legends, tool tips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.edges.report.words import say
from regulars.insight.stages import ARRIVED
from regulars.kernel.stage_names import LABELS

Option = dict[str, Any]
Row = Mapping[str, Any]

ACCENT = "#1f6f5c"
INK, MUTED, LINE, GREY = "#22302c", "#66736f", "#e3e8e6", "#b8c2be"
WARM = "#d9793f"
FONT = "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
LINES = (
    ACCENT, "#6bb0bd", WARM, "#7d6b9e", "#c2a33a", "#4f7cac", "#a8576b", "#7f9a4d",
)  # fmt: skip
"""Of several lines that mean no stage, in turn."""
HEAT = ["#f3f7f5", "#a9cfc2", "#4d9a85", ACCENT]
DARK = 0.65
"""From this part of the scale on, white is read better than ink."""


def base(**parts: Any) -> Option:
    """The options that every chart begins with."""
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT, "color": INK},
        "tooltip": {
            "renderMode": "richText",
            "confine": True,
            "backgroundColor": "#ffffff",
            "borderColor": LINE,
            "textStyle": {"color": INK, "fontSize": 12},
            **parts.pop("tooltip", {}),
        },
        **parts,
    }


def axis(kind: str, **parts: Any) -> Option:
    """A quiet axis: labels, no lines but those that carry values."""
    return {
        "type": kind,
        "axisTick": {"show": False},
        "axisLine": {"show": kind == "category", "lineStyle": {"color": LINE}},
        "splitLine": {"show": kind == "value", "lineStyle": {"color": LINE}},
        "nameTextStyle": {"color": MUTED},
        **parts,
        "axisLabel": {"color": MUTED, "hideOverlap": True, **parts.get("axisLabel", {})},
    }


def legend(**parts: Any) -> Option:
    """A legend above the chart, from the left."""
    return {"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 8, "icon": "rect", **parts}


def tip(text: str) -> Option:
    """A tool tip with a fixed text, drawn and never markup."""
    # Braces are placeholders to ECharts; a category's name has none to fill.
    return {"formatter": text.replace("{", "(").replace("}", ")")}


def stage_name(key: str, language: str) -> str:
    """The stage's name, or what is said of those who were not there yet."""
    if key == ARRIVED:
        return say("flow.arrived", language)
    return LABELS[key].zh if language == "zh" else LABELS[key].en


def stage_colour(key: str) -> str:
    """The stage's colour, the same everywhere."""
    return LINE if key == ARRIVED else LABELS[key].colour


def clip(text: str, length: int = 16) -> str:
    """The text, shortened to fit beside an axis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def on(colour: str) -> str:
    """Black or white, whichever is read better on the colour."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else "#ffffff"
