"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.benefits import charts
from regulars.edges.report.benefits.words import EVENTS
from regulars.edges.report.chart_style import Option
from regulars.edges.report.lists import csv_address
from regulars.edges.report.section import Section
from regulars.edges.report.words import say
from regulars.kernel.metric import METRICS
from regulars.kernel.money import from_minor_units

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.app.benefits.figures import BenefitFigures
    from regulars.edges.report.page import ReportData

_RECENT = 30
_LEAST_MONTHS = 2


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name."""
    figures = data.benefits
    if figures is None:
        return {"there": False}

    def lists(name: str, table: pa.Table) -> dict[str, str]:
        return {"name": f"{name}-{data.pictures.as_of}.csv", "address": csv_address(table)}

    return {
        "there": True,
        "tiles": _tiles(figures, language, data.currency),
        "expiry_lead": _expiry_lead(figures, language),
        "coupons": _coupons(figures, language, data.currency),
        "tiers": _tiers(figures, language),
        "budgets": [_budget(one, language, data.currency) for one in figures.owed["budgets"]],
        "recent": [
            {**row, "name": EVENTS.get(row["event"], row["event"])}
            if language == "zh"
            else {**row, "name": row["event"]}
            for row in figures.recent.to_pylist()
        ],
        "days": _RECENT,
        "lists": {
            "months": lists("points-by-month", figures.months),
            "coupons": lists("coupons", figures.coupons),
            "tiers": lists("tiers", figures.tiers),
            "recent": lists("benefit-events", figures.recent),
        },
    }


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    figures, found = data.benefits, dict[str, Option]()
    if figures is None:
        return found
    months = figures.months.to_pylist()
    if any(row["earned"] or row["used"] for row in months):
        found["benefits-points"] = charts.points_by_month(months, language)
    expiring = figures.owed["points"]["months"]
    if len(expiring) >= _LEAST_MONTHS:
        found["benefits-expiry"] = charts.points_by_expiry(expiring, language)
    return found


def _tiles(figures: BenefitFigures, language: str, currency: str) -> list[dict[str, str]]:
    points = figures.owed["points"]

    def money(units: int) -> tuple[str, str]:
        amount = from_minor_units(units, currency)
        return numbers.money(amount, language, currency), numbers.exact_money(amount, currency)

    def tile(key: str, value: str, exact: str, below: str = "") -> dict[str, str]:
        name = METRICS[key].name(language)
        return {"key": key, "name": name, "value": value, "exact": exact, "below": below}

    def count(key: str, value: int, below: str) -> dict[str, str]:
        return tile(key, numbers.short(value, language), numbers.exact(value), below)

    worth = say("benefits.worth", language, money=money(points["money"])[0])
    if points["owed"]:
        back = say("benefits.owed_back", language, points=numbers.short(points["owed"], language))
        worth += ("；" if language == "zh" else "; ") + back
    given, used, in_hand = (
        sum(figures.coupons[name].to_pylist()) for name in ("given", "used", "in_hand")
    )
    of_coupons = say(
        "benefits.used_of_given",
        language,
        given=numbers.short(given, language),
        used=numbers.short(used, language),
    )
    return [
        count("points_outstanding", points["outstanding"], worth),
        _breakage_tile(points, language, tile),
        count("coupons_in_hand", in_hand, of_coupons),
        tile(
            "balance_owed", *money(figures.owed["balance"]), say("benefits.balance_below", language)
        ),
        count("benefit_orders", figures.orders, say("benefits.recent", language, days=_RECENT)),
    ]


def _breakage_tile(
    points: dict[str, Any], language: str, tile: Callable[..., dict[str, str]]
) -> dict[str, str]:
    if points["breakage"] is None:
        nothing = numbers.NOTHING
        return tile("points_breakage", nothing, nothing, say("benefits.cannot", language))
    expected = sum(month["breakage"] or 0 for month in points["months"])
    share = expected / points["outstanding"] if points["outstanding"] else 0.0
    return tile(
        "points_breakage",
        numbers.short(expected, language),
        numbers.exact(expected),
        say("benefits.of_points", language, share=numbers.percent(share, 0)),
    )


def _expiry_lead(figures: BenefitFigures, language: str) -> str:
    """The next month in which points expire."""
    coming = [month for month in figures.owed["points"]["months"] if month["month"]]
    if not coming:
        return ""
    first = coming[0]
    points = numbers.exact(first["outstanding"])
    return say("benefits.expiry_lead", language, month=first["month"], points=points)


def _coupons(figures: BenefitFigures, language: str, currency: str) -> list[dict[str, Any]]:
    worst: dict[str, int | None] = {}
    for one in figures.owed["coupons"]:
        name = one["asset"].split(":")[1]
        before = worst.get(name, 0)
        now = one["worst"]
        worst[name] = None if before is None or now is None else before + now
    return [
        {
            **row,
            "title": row["title_zh"] if language == "zh" else row["title"],
            "used_share": numbers.percent(row["used_share"], 0),
            "worst": _worst(worst.get(row["coupon"], 0), language, currency),
        }
        for row in figures.coupons.to_pylist()
    ]


def _worst(units: int | None, language: str, currency: str) -> str:
    if units is None:
        return say("benefits.unbounded", language)
    return numbers.money(from_minor_units(units, currency), language, currency)


def _tiers(figures: BenefitFigures, language: str) -> list[dict[str, Any]]:
    rows = figures.tiers.to_pylist()
    everyone = sum(row["customers"] for row in rows)
    most = max((row["customers"] for row in rows), default=0) or 1
    return [
        {
            **row,
            "title": row["title_zh"] if language == "zh" else row["title"],
            "share": numbers.percent(row["customers"] / everyone if everyone else None, 0),
            "width": round(100 * row["customers"] / most, 1),
        }
        for row in rows
    ]


def _budget(row: dict[str, Any], language: str, currency: str) -> dict[str, Any]:
    is_money = row["asset"].startswith("money")

    def shown(name: str) -> str:
        if is_money:
            return numbers.money(from_minor_units(row[name], currency), language, currency)
        return numbers.short(row[name], language)

    funded = row["funded"] or 1
    return {
        "budget": row["budget"],
        **{name: shown(name) for name in ("funded", "spent", "reserved", "left")},
        "spent_width": round(100 * row["spent"] / funded, 1),
        "reserved_width": round(100 * row["reserved"] / funded, 1),
    }


SECTION = Section("benefits", context, options)
