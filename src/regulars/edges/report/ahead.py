"""The section on what comes next: its numbers in words, and which of its charts have something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.edges.report import charts_ahead, numbers
from regulars.edges.report.chart_style import Option
from regulars.edges.report.lists import csv_address
from regulars.edges.report.model_words import backtest_words, model_words, reason_words
from regulars.edges.report.words import say
from regulars.edges.report.words_ahead import MONTHS
from regulars.insight.next_purchases import AHEAD, SOON
from regulars.lifetime.season import MONTHS_NEEDED

if TYPE_CHECKING:
    from datetime import date

    from regulars.app.pictures_ahead import Ahead
    from regulars.edges.report.page import ReportData

_LIKELIEST = 10
_CATEGORIES = 12
_LEAST = 30
"""Customers of known value from which on tenths tell something."""
_YEAR = 365


def ahead_options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart of the section that has something to show, by the name the template uses."""
    ahead, options = data.pictures.ahead, dict[str, Option]()
    totals = _totals(ahead)
    if totals["due_30"]:
        options["due"] = charts_ahead.due(
            ahead.due_days.to_pylist(),
            data.pictures.as_of,
            language,
            chances=totals["with_chance"] > 0,
        )
    if totals["with_value"] >= _LEAST and totals["lifetime_value"] > 0:
        options["value"] = charts_ahead.value_tenths(
            ahead.value_tenths.to_pylist(), language, data.currency
        )
    months = _months(ahead)
    if any(factor != 1 for factor in months):
        options["season"] = charts_ahead.season(months, language)
    held = _hold_out(ahead)
    if held is not None:
        options["came"] = charts_ahead.came(held["by_repeat_purchases"], language)
        bins = [(b["customers"], b["chance"], b["bought"]) for b in held["calibration"]["bins"]]
        options["calibration"] = charts_ahead.calibration(bins, language)
    if data.backtest is not None:
        bins = next((g["bins"] for g in data.backtest["calibration"] if g["group"] == "all"), [])
        if bins:
            options["backtest"] = charts_ahead.calibration(bins, language)
    return options


def ahead_context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template of the section needs, by name."""
    pictures, ahead = data.pictures, data.pictures.ahead
    totals = _totals(ahead)

    def lists(name: str, table: pa.Table) -> dict[str, str]:
        return {"name": f"{name}-{pictures.as_of}.csv", "address": csv_address(table)}

    categories = ahead.categories.to_pylist()
    return {
        "totals": totals,
        "count": lambda value: _count(value, language),
        "tiles": _tiles(ahead, totals, language, data.currency),
        "due_lead": _due_lead(totals, language),
        "likeliest": ahead.due_list.slice(0, _LIKELIEST).to_pylist(),
        "value_lead": _value_lead(ahead, totals, language),
        "value_stages": _with_widths(
            [row for row in ahead.value_by_stage.to_pylist() if row["customers"]], "share"
        ),
        **_season_words(ahead, pictures.as_of, language),
        "categories": categories[:_CATEGORIES],
        "all_categories": len(categories),
        "model": model_words(ahead.card, language),
        "backtest": None if data.backtest is None else backtest_words(data.backtest, language),
        "lists": {
            "due": lists("due", ahead.due_list),
            "value": lists("value-tenths", ahead.value_tenths),
            "value_stages": lists("value-by-stage", ahead.value_by_stage),
            "pace": lists("season", ahead.pace),
            "categories": lists("due-by-category", ahead.categories),
        },
    }


def _totals(ahead: Ahead) -> dict[str, Any]:
    return dict(ahead.totals.to_pylist()[0])


def _months(ahead: Ahead) -> list[float]:
    return [row["factor"] for row in ahead.pace.to_pylist() if row["kind"] == "month"]


def _hold_out(ahead: Ahead) -> dict[str, Any] | None:
    """How the chosen model did on the days kept aside; None where none was judged."""
    chosen = ahead.card.get("chosen")
    return None if chosen is None else ahead.card["models"][chosen]["hold_out"]


def _count(value: float, language: str) -> str:
    """An expected number of people or purchases; below ten with a decimal."""
    return numbers.short(value, language, 1 if value < 10 else 0)


def _tiles(
    ahead: Ahead, totals: Mapping[str, Any], language: str, currency: str
) -> list[dict[str, str]]:
    def tile(
        key: str, value: str, exact: str, below: str = "", name: str | None = None
    ) -> dict[str, str]:
        told = {"key": key, "value": value, "exact": exact, "below": below}
        return told | {"name": name or ""}

    def people(key: str, value: int, below: str = "", name: str | None = None) -> dict[str, str]:
        return tile(key, numbers.short(value, language), numbers.exact(value), below, name)

    buyers = ""
    if totals["with_chance"]:
        count = _count(totals["due_30_buyers"], language)
        buyers = say("next.due_buyers", language, count=count)
    soon, later = (say("next.due_in", language, days=days) for days in (SOON, AHEAD))
    tiles = [
        people("due_customers", totals["due_7"], name=soon),
        people("due_customers", totals["due_30"], buyers, later),
    ]
    nothing = numbers.NOTHING
    if totals["with_expected"]:
        quarter, year = totals["expected_purchases_90"], totals["expected_purchases_365"]
        below = say("next.year", language, count=_count(year, language))
        tiles.append(
            tile("expected_purchases", _count(quarter, language), numbers.exact(quarter, 1), below)
        )
    else:
        tiles.append(tile("expected_purchases", nothing, nothing, say("cannot_tell", language)))
    if totals["with_value"]:
        worth = totals["lifetime_value"]
        exact = f"{numbers.exact_money(worth, currency)}\n{_profit_settings(ahead, language)}"
        tiles.append(
            tile(
                "expected_profit",
                numbers.money(worth, language, currency),
                exact,
                _profit_span(ahead, language),
            )
        )
    else:
        tiles.append(tile("expected_profit", nothing, nothing, say("cannot_tell", language)))
    overdue = totals["overdue"]
    still = numbers.short(overdue - totals["overdue_lost"], language)
    below = say("next.not_lost", language, count=still)
    tiles.append(people("overdue_customers", overdue, below if totals["overdue_lost"] else ""))
    tiles.append(_promotion_tile(ahead, totals, language, people, tile))
    return tiles


def _promotion_tile(
    ahead: Ahead,
    totals: Mapping[str, Any],
    language: str,
    people: Callable[..., dict[str, str]],
    tile: Callable[..., dict[str, str]],
) -> dict[str, str]:
    pulls = any(row["factor"] > 1 for row in _promotions(ahead))
    if not pulls and not totals["promotion_only"]:
        below = say("next.no_pull", language)
        return tile("promotion_only", numbers.NOTHING, numbers.NOTHING, below)
    of = totals["repeat_buyers"]
    share = numbers.percent(totals["promotion_only"] / of, 0) if of else ""
    below = say("next.of_repeat", language, share=share) if of else ""
    return people("promotion_only", totals["promotion_only"], below)


def _profit_span(ahead: Ahead, language: str) -> str:
    years, rest = divmod(ahead.value_days, _YEAR)
    if rest or years < 2:
        return say("next.profit_days", language, days=ahead.value_days)
    return say("next.profit_over", language, years=years)


def _profit_settings(ahead: Ahead, language: str) -> str:
    return say(
        "next.profit_settings",
        language,
        margin=numbers.percent(ahead.margin, 0),
        rate=numbers.percent(ahead.discount_rate, 0),
        days=numbers.exact(ahead.value_days),
    )


def _due_lead(totals: Mapping[str, Any], language: str) -> str:
    if not totals["due_30"]:
        return say("next.due_nobody", language)
    customers = numbers.exact(totals["due_30"])
    if not totals["with_chance"]:
        return say("next.due_unknown", language, customers=customers)
    buyers = _count(totals["due_30_buyers"], language)
    return say("next.due_lead", language, customers=customers, buyers=buyers)


def _value_lead(ahead: Ahead, totals: Mapping[str, Any], language: str) -> str:
    if not totals["with_value"]:
        card = ahead.card
        tried = [*card.get("models", {}).values(), card.get("spend", {})]
        silent = tried[0] if card.get("chosen") is None else tried[-1]
        why = reason_words(silent.get("cannot_tell") or "", language)
        return say("next.value_unknown", language, reason=why)
    if totals["lifetime_value"] <= 0:
        return say("next.value_zero", language)
    if totals["with_value"] < _LEAST:
        few = numbers.exact(totals["with_value"])
        return say("next.value_few", language, customers=few)
    first, second, *_ = (row["share"] for row in ahead.value_tenths.to_pylist())
    return say(
        "next.value_lead",
        language,
        top=numbers.percent(first, 0),
        second=numbers.percent(first + second, 0),
    )


def _promotions(ahead: Ahead) -> list[dict[str, Any]]:
    return [row for row in ahead.pace.to_pylist() if row["kind"] == "promotion"]


def _season_words(ahead: Ahead, as_of: date, language: str) -> dict[str, Any]:
    """`season_lead`, one sentence or two, and `promotions`, where one at least pulls."""
    months, promotions = _months(ahead), _promotions(ahead)
    seasonal = any(factor != 1 for factor in months)
    pulling = [row for row in promotions if row["factor"] > 1]
    leads = []
    if seasonal:
        names = [zh if language == "zh" else en for zh, en in MONTHS]
        best, worst = months.index(max(months)), months.index(min(months))
        coming = as_of.month % 12
        values = {"best": best, "worst": worst, "coming": coming}
        words = {key: names[at] for key, at in values.items()} | {
            f"{key}_by": numbers.signed_percent(months[at] - 1) for key, at in values.items()
        }
        leads.append(say("next.season_lead", language, **words))
    elif pulling:
        leads.append(say("next.season_none", language, months=MONTHS_NEEDED))
    if not seasonal and not pulling:
        leads.append(say("next.neither", language, months=MONTHS_NEEDED))
    elif promotions and not pulling:
        joined = ("、" if language == "zh" else ", ").join(row["name"] for row in promotions)
        leads.append(say("next.promotions_none", language, names=joined))
    return {
        "season_lead": ("" if language == "zh" else " ").join(leads),
        "seasonal": seasonal,
        "promotions": _with_widths(
            sorted(promotions, key=lambda row: (-row["factor"], row["name"])) if pulling else [],
            "factor",
        ),
    }


def _with_widths(rows: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The rows with the width of their bar, of 100."""
    most = max((row[key] or 0 for row in rows), default=0) or 1
    return [{**row, "width": round(100 * max(row[key] or 0, 0) / most, 1)} for row in rows]
