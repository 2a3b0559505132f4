"""The goals of the section: a bullet bar each, and where the difference lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.edges.report.lists import csv_address
from regulars.edges.report.words import say
from regulars.insight.goals.names import (
    DRIVER_NAMES,
    METRIC_NAMES,
    amount,
    difference,
    period,
)

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData

EXAMPLE = """[[goals]]
metric = "sales"
period = "quarter"
target = 1_000_000"""
_CAUSES = 4
_CHANCE_SHOWN = 0.01


def goals_context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs of goals, by name."""
    drawn = data.pictures.drawn.get("goals")
    if drawn is None:
        reason = data.pictures.cannot_tell.get("goals", "")
        return {
            "rows": [],
            "reason": reason,
            "unset": reason.startswith("No goals"),
            "example": EXAMPLE,
        }
    causes = drawn.tables["causes"].to_pylist()
    rows = [
        _goal(row, [one for one in causes if one["goal"] == row["goal"]], language, data.currency)
        for row in drawn.tables["goals"].to_pylist()
    ]

    def lists(name: str) -> dict[str, str]:
        return {
            "name": f"{name}-{drawn.as_of}.csv",
            "address": csv_address(drawn.tables[name]),
        }

    return {
        "rows": rows,
        "lists": {"goals": lists("goals"), "causes": lists("causes")},
        "says": [sentence.text(language) for sentence in drawn.says],
    }


def _goal(
    row: dict[str, Any], causes: list[dict[str, Any]], language: str, currency: str
) -> dict[str, Any]:
    metric = row["metric"]

    def told(value: float | None) -> str:
        return amount(metric, value, currency)

    reach = max([row["target"], *(row[key] or 0.0 for key in ("actual", "forecast", "high_80"))])
    reach = reach * 1.04 or 1.0

    def place(value: float) -> float:
        return round(100 * min(max(value / reach, 0.0), 1.0), 2)

    ended = row["state"] == "ended"
    bar: dict[str, float | None] = {
        "actual": place(row["actual"] or 0.0),
        "target": place(row["target"]),
        "forecast": None if ended or row["forecast"] is None else place(row["forecast"]),
        "low": None,
        "width": None,
    }
    if not ended and row["low_80"] is not None:
        low, high = place(row["low_80"]), place(row["high_80"])
        bar |= {"low": low, "width": round(max(high - low, 0.4), 2)}
    name = METRIC_NAMES[metric][language == "zh"]
    gone = row["days_gone"] / row["days"]
    return {
        "name": name[:1].upper() + name[1:],
        "period": period(row["first_day"], row["last_day"], language),
        "state": row["state"],
        "target": say("pool.target", language, value=told(row["target"])),
        "words": _words(row, told, language),
        "verdict": _verdict(row, language),
        "good": (row["chance"] or 0.0) >= 0.5,
        "gone": None if ended else round(100 * gone, 1),
        "bar": bar,
        "gap": difference(metric, row["gap"], currency, language),
        "causes": [
            {
                "driver": DRIVER_NAMES[one["driver"]][language == "zh"],
                "planned": amount(one["driver"], one["planned"], currency),
                "expected": amount(one["driver"], one["expected"], currency),
                "effect": difference(metric, one["effect"], currency, language),
                "down": one["effect"] < 0,
            }
            for one in causes[:_CAUSES]
        ],
    }


def _words(row: dict[str, Any], told: Any, language: str) -> str:
    parts = []
    if row["state"] == "ended":
        parts.append(say("pool.done", language, value=told(row["actual"])))
    elif row["actual"] is not None:
        parts.append(say("pool.actual", language, value=told(row["actual"])))
    if row["state"] != "ended" and row["forecast"] is not None:
        parts.append(say("pool.goes_to", language, value=told(row["forecast"])))
        if row["low_80"] is not None:
            low, high = told(row["low_80"]), told(row["high_80"])
            parts.append(say("pool.between", language, low=low, high=high))
    return " · ".join(parts)


def _verdict(row: dict[str, Any], language: str) -> str:
    chance = row["chance"]
    if chance is None:
        return say("pool.cannot", language)
    if row["state"] == "ended":
        return say("pool.reached" if chance else "pool.missed", language)
    if chance < _CHANCE_SHOWN:
        value = "<1%"
    else:
        value = ">99%" if chance > 1 - _CHANCE_SHOWN else f"{chance:.0%}"
    return say("pool.chance", language, value=value)
