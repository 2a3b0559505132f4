"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.chart_style import Option
from regulars.edges.report.lists import csv_address
from regulars.edges.report.prices import charts
from regulars.edges.report.section import Section
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

Rows = list[dict[str, Any]]

_LADDERS, _MATRICES = 8, 4
_LEAD_INS, _GROUPS, _GOODS, _SIZES = 8, 5, 4, 10
_CATEGORIES = 12
_LEAST_ON_MAP = 3
_ALL = 0.9995


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name."""
    ladder, focus = (data.pictures.drawn.get(name) for name in ("ladder", "focus"))
    return {
        "ladder": None if ladder is None else _ladder(ladder, data, language),
        "focus": None if focus is None else _focus(focus, data, language),
        "cannot": {name: data.pictures.cannot_tell.get(name, "") for name in ("ladder", "focus")},
    }


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    drawn, found = data.pictures.drawn, dict[str, Option]()
    if "ladder" in drawn:
        bands = _largest(drawn["ladder"])
        found["prices-ladder"] = charts.ladder(bands, language, data.currency)
        for place, (name, rows) in enumerate(_matrices(drawn["ladder"])):
            own = [row for row in bands if row["category"] == name]
            found[f"prices-moves-{place}"] = charts.moves(rows, own, language, data.currency)
    if "focus" in drawn:
        rows = drawn["focus"].tables["categories"].to_pylist()
        margin = drawn["focus"].facts["margin"]
        shown = [
            row for row in rows if row["margin"] is not None and row["return_ratio"] is not None
        ]
        if margin is not None and len(shown) >= _LEAST_ON_MAP:
            found["prices-focus"] = charts.focus_map(shown, margin, language, data.currency)
        if len(rows) >= _LEAST_ON_MAP:
            found["prices-kept"] = charts.kept(drawn["focus"].tables["kept"].to_pylist(), language)
    return found


def _largest(picture: Picture) -> Rows:
    """The bands of the categories with most sales."""
    rows = picture.tables["bands"].to_pylist()
    names = list(dict.fromkeys(row["category"] for row in rows))[:_LADDERS]
    return [row for row in rows if row["category"] in names]


def _matrices(picture: Picture) -> list[tuple[str, Rows]]:
    """Of those categories, the first few of whose moves shares are told."""
    told: dict[str, Rows] = {}
    shown = {row["category"] for row in _largest(picture)}
    for row in picture.tables["moves"].to_pylist():
        if row["category"] in shown and row["share"] is not None:
            told.setdefault(row["category"], []).append(row)
    return list(told.items())[:_MATRICES]


def _ladder(picture: Picture, data: ReportData, language: str) -> dict[str, Any]:
    facts, tables = picture.facts, picture.tables

    def lists(name: str) -> dict[str, str]:
        label = name.replace("_", "-")
        return {
            "name": f"{label}-{picture.as_of}.csv",
            "address": csv_address(tables[name]),
        }

    bands = _largest(picture)
    lead_ins = [r for r in tables["lead_ins"].to_pylist() if r["verdict"] == "leads_up"]
    return {
        "leads": [one.text(language) for one in picture.says[:2]],
        "minds": _minds(facts, language),
        "shown": len({row["category"] for row in bands}),
        "matrices": _matrix_leads(picture, language),
        "bands_of_matrix": max((row["bands"] for row in bands), default=1),
        "lead_ins": lead_ins[:_LEAD_INS],
        "lead_ins_lead": _lead_ins_lead(tables["lead_ins"].num_rows, len(lead_ins), language),
        "groups": _groups(picture, data.currency, language),
        "same_cost_lead": _same_cost_lead(picture, data.currency, language),
        "sizes": _sizes(picture, data.currency, language),
        "specs_lead": say(
            "prices.specs_lead",
            language,
            goods=numbers.exact(facts["goods"]),
            read=numbers.exact(facts["goods_with_size"]),
        ),
        "dearer": (
            say(
                "prices.dearer",
                language,
                several=numbers.exact(facts["products_of_several_sizes"]),
                dearer=numbers.exact(facts["larger_pack_dearer"]),
            )
            if facts["larger_pack_dearer"]
            else ""
        ),
        "lists": {name: lists(name) for name in tables if name != "customers"},
    }


def _minds(facts: Mapping[str, Any], language: str) -> list[str]:
    """How the bands came about, and what the numbers do not know."""
    parting = facts["parting"]
    told = [
        say(
            "prices.parting",
            language,
            steps=numbers.exact(parting["steps"]),
            categories=numbers.exact(facts["categories"]),
        )
    ]
    told += [
        say(f"prices.parting_{kind}", language, **{kind: numbers.exact(parting[kind])})
        for kind in ("cut", "one")
        if parting[kind]
    ]
    known, without = facts["cost_known"], facts["unclassed_sales"]
    if known is not None and known < _ALL:
        margin = numbers.percent(facts["assumed_margin"], 0)
        told.append(say("prices.costs", language, known=numbers.percent(known, 0), margin=margin))
    if without is not None and without > 1 - _ALL:
        told.append(say("prices.unclassed", language, share=numbers.percent(without)))
    return told


def _matrix_leads(picture: Picture, language: str) -> list[dict[str, str]]:
    """For each heat map its name, and what it says of the lowest and the highest band."""
    bands = {row["category"]: row["bands"] for row in picture.tables["bands"].to_pylist()}
    leads = []
    for name, rows in _matrices(picture):
        up = sum(row["share"] for row in rows if row["from_band"] == 1 and row["to_band"] > 1)
        top = bands[name]
        down = sum(row["share"] for row in rows if row["from_band"] == top and row["to_band"] < top)
        edges = {row["from_band"] for row in rows}
        words = {
            "category": name,
            "up": numbers.percent(up, 0),
            "down": numbers.percent(down, 0),
        }
        kind = {(True, True): "lead", (True, False): "up", (False, True): "down"}.get(
            (1 in edges, top in edges), "between"
        )
        leads.append({"name": name, "lead": say(f"prices.moves_{kind}", language, **words)})
    return leads


def _lead_ins_lead(items: int, named: int, language: str) -> str:
    if named:
        return say("prices.lead_ins_lead", language, named=numbers.exact(named))
    return say("prices.lead_ins_none", language, items=numbers.exact(items))


def _groups(picture: Picture, currency: str, language: str) -> Rows:
    """The first groups of the same cost with the names of their goods."""
    goods: dict[int, Rows] = {}
    for row in picture.tables["variants"].to_pylist():
        goods.setdefault(row["group"], []).append(row)
    shown = []
    for row in picture.tables["same_cost"].to_pylist()[:_GROUPS]:
        own = goods[row["group"]]
        low, high = (numbers.exact_money(row[f"cost_{end}"], currency) for end in ("low", "high"))
        key = "prices.group_at" if low == high else "prices.group_of"
        title = say(key, language, category=row["category"], low=low, high=high)
        more = max(len(own) - _GOODS, 0)
        shown.append({**row, "title": title, "rows": own[:_GOODS], "more": more})
    return shown


def _same_cost_lead(picture: Picture, currency: str, language: str) -> str:
    rows = picture.tables["same_cost"].to_pylist()
    if not rows:
        known = picture.facts["cost_known"]
        return say("prices.same_cost_none" if known else "prices.no_cost", language)
    between = sum((row["profit_between"] for row in rows), Decimal(0))
    told = numbers.money(between, language, currency)
    if len(rows) == 1:
        return say("prices.one_group_lead", language, money=told)
    return say("prices.same_cost_lead", language, groups=numbers.exact(len(rows)), money=told)


def _sizes(picture: Picture, currency: str, language: str) -> Rows:
    """The sizes that sell most over all categories."""
    rows = picture.tables["specs"].to_pylist()
    rows.sort(key=lambda row: -row["sales"])
    return [
        {
            **row,
            "unit_words": say(
                f"prices.per_{row['unit']}",
                language,
                price=numbers.money(row["unit_price"], language, currency),
            ),
        }
        for row in rows[:_SIZES]
    ]


def _focus(picture: Picture, data: ReportData, language: str) -> dict[str, Any]:
    del data
    rows = picture.tables["categories"].to_pylist()
    most = max((float(row["profit"]) for row in rows), default=0.0) or 1.0
    return {
        "leads": [one.text(language) for one in picture.says[:1]],
        "more": [one.text(language) for one in picture.says[1:]],
        "rows": [
            {
                **row,
                "colour": charts.VERDICT_COLOURS[row["verdict"]],
                "verdict_name": say(f"prices.verdict.{row['verdict']}", language),
                "change": charts.arrow(row),
                "width": round(100 * max(float(row["profit"]), 0.0) / most, 1),
            }
            for row in rows[:_CATEGORIES]
        ],
        "has_margin": any(row["margin"] is not None for row in rows),
        "lists": {
            name: {
                "name": f"focus-{name}-{picture.as_of}.csv",
                "address": csv_address(picture.tables[name]),
            }
            for name in ("categories", "kept")
        },
    }


SECTION = Section("prices", context, options)
