"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars.edges.report import numbers
from regulars.edges.report.chart_style import Option
from regulars.edges.report.lists import csv_address
from regulars.edges.report.people import charts
from regulars.edges.report.people.sources import source_cells
from regulars.edges.report.section import Section
from regulars.edges.report.words import WORDS, say
from regulars.insight.portraits.value_names import OTHER, plain_value

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_NEAR = 8
_NEXT_IN_LINE = 500
"""Rows of those who are nearly core that the page carries; the rest is on the command line."""
_ROUTES = 6
_GIFTS = 8


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name."""
    drawn = data.pictures.drawn
    told: dict[str, Any] = {
        "core": None, "types": None, "habits": None, "sources": None, "end_users": None,
    }  # fmt: skip
    if "core" in drawn:
        told["core"] = _core(data, drawn["core"], language)
    if "types" in drawn:
        told["types"] = _types(data, drawn["types"], language)
    if "habits" in drawn:
        habits = drawn["habits"]
        told["habits"] = {**_said(habits, language), "list": _list(data, habits, "when")}
        told["habits"]["how_list"] = _list(data, habits, "how")
    if "portrait" in drawn:
        told["sources"] = source_cells(drawn["portrait"], language)
        told["sources"]["list"] = _list(data, drawn["portrait"], "sources")
    if "end-users" in drawn:
        told["end_users"] = _end_users(data, drawn["end-users"], language)
    told["why_not"] = {
        name: data.pictures.cannot_tell.get(name, "") if language == "en" else ""
        for name in ("core", "types", "habits", "portrait")
    }
    return told


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    drawn, found = data.pictures.drawn, dict[str, Option]()
    if "core" in drawn:
        months = drawn["core"].tables["months"].to_pylist()
        if any(row["core"] for row in months):
            found["people-core"] = charts.core_months(months, language)
    if "habits" in drawn:
        found |= _habit_options(drawn["habits"], language)
    return found


def _habit_options(habits: Picture, language: str) -> dict[str, Option]:
    found: dict[str, Option] = {}
    when, how = (habits.tables[name].to_pylist() for name in ("when", "how"))
    for kind, label in (("hour", str), ("weekday", lambda one: _weekday(one, language))):
        rows = [row for row in when if row["kind"] == kind]
        if any(row["index"] is not None for row in rows):
            with_core = any(row["core_index"] is not None for row in rows)
            found[f"people-{kind}s"] = charts.strip(rows, label, language, with_core=with_core)
    for kind, name in (("discount_dependence", "dependence"), ("categories", "breadth")):
        rows = [row for row in how if row["kind"] == kind]
        if rows:
            found[f"people-{name}"] = charts.beside(
                rows, lambda one: _value(one, language), language
            )
    return found


def _weekday(value: str, language: str) -> str:
    name = plain_value("usual_weekday", value, language)
    return name if language == "zh" else name[:3]


def _value(value: str, language: str) -> str:
    key = f"people.{value}"
    return say(key, language) if key in WORDS else value


def _said(picture: Picture, language: str) -> dict[str, Any]:
    first, *rest = [one.text(language) for one in picture.says]
    return {"lead": first, "more": rest}


def _list(data: ReportData, picture: Picture, table: str) -> dict[str, Any]:
    rows = picture.tables[table]
    name = f"{picture.name}-{table.replace('_', '-')}-{data.pictures.as_of}.csv"
    return {"name": name, "address": csv_address(rows), "rows": rows.num_rows}


def _core(data: ReportData, picture: Picture, language: str) -> dict[str, Any]:
    facts, rule = picture.facts, picture.tables["rule"].to_pylist()
    value = {row["part"]: row["value"] for row in rule}
    months = picture.tables["months"].to_pylist()
    last = months[-1] if months else {"entered": 0, "left": 0, "left_share": None}
    day = say("people.at", language, day=facts["judged_on"])

    def tile(name: str, shown: str, below: str, key: str, full: str = "") -> dict[str, str]:
        return {"name": name, "value": shown, "exact": full or shown, "below": below, "key": key}

    tiles = [
        tile(
            say("people.core", language),
            numbers.short(facts["core"], language),
            say("people.of_buyers", language, share=numbers.percent(facts["share"])),
            "core_customers",
            numbers.exact(facts["core"]),
        ),
        tile(
            say("people.spend_share", language),
            numbers.percent(facts["spend_share"], 0),
            say("people.in_window", language, days=facts["window_days"]),
            "core_spend",
        ),
        tile(say("people.entered", language), numbers.exact(last["entered"]), day, "core_entered"),
        tile(
            say("people.left", language),
            numbers.exact(last["left"]),
            ""
            if last["left_share"] is None
            else say("people.left_share", language, share=numbers.percent(last["left_share"])),
            "core_left",
        ),
    ]
    if facts["core"]:
        tiles.append(
            tile(
                say("people.typical", language),
                say(
                    "people.typical_orders",
                    language,
                    count=numbers.exact(value["median_orders"]),
                ),
                say(
                    "people.typical_below",
                    language,
                    days=facts["window_days"],
                    money=numbers.money(value["median_spend"], language, data.currency),
                    months=numbers.exact(value["median_months"]),
                ),
                "core_rule",
            )
        )
    customers = picture.tables["customers"]
    outside = customers.filter(
        pc.and_(pc.invert(customers["is_core"]), pc.greater(customers["score"], 0))
    )
    near = outside.slice(0, _NEXT_IN_LINE)
    return {
        **_said(picture, language),
        "tiles": tiles,
        "routes": _routes(picture.tables["routes"], language),
        "near": [
            {**row, "measures": _measures(row, language, data.currency)}
            for row in near.slice(0, _NEAR).to_pylist()
        ],
        "outside": outside.num_rows,
        "rule": [
            {
                "name": row["meaning_zh"] if language == "zh" else row["meaning"],
                "value": _rule_value(row),
            }
            for row in rule
        ],
        "lists": {
            "months": _list(data, picture, "months"),
            "routes": _list(data, picture, "routes"),
            "near": {
                "name": f"core-next-in-line-{data.pictures.as_of}.csv",
                "address": csv_address(near),
                "rows": near.num_rows,
            },
        },
    }


def _rule_value(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return numbers.NOTHING
    if row["part"] == "share":
        return numbers.percent(row["value"], 0)
    if row["part"] == "bound":
        return f"{row['value']:.3f}"
    decimals = 2 if row["part"].endswith("_spend") else 0
    return numbers.exact(row["value"], decimals)


def _measures(row: dict[str, Any], language: str, currency: str) -> list[dict[str, str]]:
    """What the customer did in the window, and what of it alone would have been enough."""

    def money(value: Any) -> str:
        return numbers.money(value, language, currency)

    return [
        {
            "now": show(row[name]),
            "enough": "" if row[f"enough_{name}"] is None else show(row[f"enough_{name}"]),
        }
        for name, show in (("spend", money), ("orders", numbers.exact), ("months", numbers.exact))
    ]


def _routes(table: pa.Table, language: str) -> list[dict[str, Any]]:
    """The sources and first categories that differ most, those over the base first."""
    rows = [row for row in table.to_pylist() if row["kind"] in ("source", "first_category")]
    rows.sort(key=lambda row: (row["kind"] != "source", -row["tgi"], row["value"]))
    shown = []
    for kind in ("source", "first_category"):
        own = [row for row in rows if row["kind"] == kind and row["value"] != OTHER]
        furthest = sorted(own, key=lambda row: -abs(row["core_share"] - row["buyers_share"]))
        kept = [row["value"] for row in furthest[:_ROUTES]]
        shown += [row for row in own if row["value"] in kept]
    return [
        {
            **row,
            "kind_name": say(f"people.{row['kind']}", language),
            "value_name": plain_value("", row["value"], language),
            "sure": "over" if row["low"] > 100 else "under" if row["high"] < 100 else "",
        }
        for row in shown
    ]


def _types(data: ReportData, picture: Picture, language: str) -> dict[str, Any]:
    rows = picture.tables["types"].to_pylist()
    widest = max((max(row["share"], row["profit_share"] or 0) for row in rows), default=1) or 1
    other = {"zh": ("name_zh", "rule_zh"), "en": ("name", "rule")}[language]
    return {
        **_said(picture, language),
        "rows": [
            {
                **row,
                "name": row[other[0]],
                "rule": row[other[1]],
                "width": round(100 * row["share"] / widest, 1),
                "profit_width": round(100 * max(row["profit_share"] or 0, 0) / widest, 1),
            }
            for row in rows
        ],
        "list": _list(data, picture, "types"),
    }


def _end_users(data: ReportData, picture: Picture, language: str) -> dict[str, Any]:
    return {
        **_said(picture, language),
        "gifts": picture.tables["gifts"].to_pylist()[:_GIFTS],
        "ages": picture.tables["ages"].to_pylist(),
        "list": _list(data, picture, "gifts"),
    }


SECTION = Section("people", context, options)
