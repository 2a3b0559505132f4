"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.edges.report import numbers
from regulars.edges.report.chart_style import Option
from regulars.edges.report.growing import charts
from regulars.edges.report.growing.tables import (
    cohort_lines,
    cohort_rows,
    driver_rows,
    driver_steps,
    leak_rows,
    second_curves,
)
from regulars.edges.report.lists import csv_address
from regulars.edges.report.section import Section
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_NEWS = 2
_TILES = {
    "sales": "group_sales",
    "profit": "group_profit",
    "customers": "group_buyers",
    "orders_per_customer": "group_frequency",
    "average_order_value": "group_order_value",
    "margin": "group_margin",
}


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name; a picture that is not there is None."""
    drawn = data.pictures.drawn

    def lists(name: str, table: pa.Table) -> dict[str, str]:
        return {"name": f"{name}-{data.pictures.as_of}.csv", "address": csv_address(table)}

    drivers, cohort, second = (drawn.get(name) for name in ("drivers", "cohort", "second"))
    return {
        "drivers": None if drivers is None else _drivers(drivers, data, language, lists),
        "retention": _retention(drawn.get("growth"), language, lists),
        "cohort": None if cohort is None else _cohort(cohort, data, language, lists),
        "second": None if second is None else _second(second, language, lists),
    }


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    drawn, found = data.pictures.drawn, dict[str, Option]()
    drivers = drawn.get("drivers")
    if drivers is not None:
        for row in drivers.tables["compared"].to_pylist():
            steps = driver_steps(drivers, row["compared"], language)
            if len(steps) > 1:
                found[f"drivers-{row['compared']}"] = charts.steps(steps, language, data.currency)
    growth = drawn.get("growth")
    if growth is not None:
        rows = growth.tables["control"].to_pylist()
        if any(row["low"] is not None for row in rows):
            found["retention"] = charts.retention(rows, language)
    cohort = drawn.get("cohort")
    if cohort is not None:
        lines = cohort_lines(cohort, language)
        if any(len(line["points"]) > 1 for line in lines):
            found["cohort-value"] = charts.values(lines, language, data.currency)
    second = drawn.get("second")
    if second is not None:
        found["second"] = charts.second_orders(second_curves(second, language), language)
    return found


def _said(picture: Picture, language: str) -> tuple[str, list[str]]:
    """The news, and what else to mind."""
    told = [one.text(language) for one in picture.says]
    return ("" if language == "zh" else " ").join(told[:_NEWS]), told[_NEWS:]


def _drivers(picture: Picture, data: ReportData, language: str, lists: Any) -> dict[str, Any]:
    compared = picture.tables["compared"].to_pylist()
    told = picture.facts["says"]
    first, *rest = compared
    sentences = [one[language] for one in told[first["compared"]]]
    later = [one[language] for row in rest for one in told[row["compared"]]]
    return {
        "tiles": _tiles(picture, data, language),
        "lead": sentences[:2],
        "more": [*sentences[2:], *later],
        "compared": [
            {
                "key": row["compared"],
                "button": say(
                    f"growing.{row['compared']}", language, month=f"{row['before_start']:%Y-%m}"
                ),
                "rows": driver_rows(picture, row["compared"], language, data.currency),
            }
            for row in compared
        ],
        "height": 40
        + 46 * max(len(driver_steps(picture, row["compared"], language)) for row in compared),
        "lists": {
            "tree": lists("drivers", picture.tables["tree"]),
            "months": lists("drivers-by-month", picture.tables["months"]),
        },
    }


def _tiles(picture: Picture, data: ReportData, language: str) -> list[dict[str, Any]]:
    """The month in numbers, each with its change on the months it is held against."""
    compared = picture.tables["compared"].to_pylist()
    rows = {
        row["month"]: row for row in picture.tables["months"].to_pylist() if row["kind"] == "total"
    }
    now = rows[compared[0]["start"]]

    def shown(key: str, value: Any) -> tuple[str, str]:
        if key == "margin":
            return numbers.percent(value), numbers.percent(value, 3)
        if key == "customers":
            return numbers.short(value, language), numbers.exact(value)
        if key == "orders_per_customer":
            return numbers.exact(value, 2), numbers.exact(value, 4)
        return (
            numbers.money(value, language, data.currency),
            numbers.exact_money(None if value is None else round(value, 4), data.currency),
        )

    tiles = []
    for key, metric in _TILES.items():
        brief, exactly = shown(key, now[key])
        below = [
            say(
                "growing.on",
                language,
                by=_moved(key, rows[row["before_start"]][key], now[key]),
                month=f"{row['before_start']:%Y-%m}",
            )
            for row in compared
        ]
        name = say(f"growing.{key}", language)
        tiles.append(
            {"key": metric, "name": name, "value": brief, "exact": exactly, "below": below}
        )
    return tiles


def _moved(key: str, before: Any, after: Any) -> str:
    if before is None or after is None or before <= 0:
        return numbers.NOTHING
    if key == "margin":
        points = (after - before) * 100
        return f"{points:+.1f} pp"
    return numbers.signed_percent(float(after) / float(before) - 1, 1)


def _retention(picture: Picture | None, language: str, lists: Any) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {
        "lead": [one[language] for one in picture.facts["retention_says"]],
        "list": lists("retention", picture.tables["control"]),
    }


def _cohort(picture: Picture, data: ReportData, language: str, lists: Any) -> dict[str, Any]:
    rows, months = cohort_rows(picture, language, data.currency)
    lead, more = _said(picture, language)
    return {
        "by": picture.facts["by"],
        "lead": lead,
        "more": more,
        "rows": rows,
        "months": months,
        "height": min(max(300, 90 + 42 * len(rows)), 520),
        "lists": {
            "cohorts": lists("cohorts", picture.tables["cohorts"]),
            "cells": lists("cohort-months", picture.tables["cells"]),
        },
    }


def _second(picture: Picture, language: str, lists: Any) -> dict[str, Any]:
    lead, more = _said(picture, language)
    return {
        "lead": lead,
        "more": more,
        "rows": leak_rows(picture, language),
        "lists": {
            "shares": lists("second-order", picture.tables["shares"]),
            "leak": lists("second-order-stretches", picture.tables["leak"]),
        },
    }


SECTION = Section("growing", context, options)
