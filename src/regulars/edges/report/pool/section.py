"""The section's numbers in words, and which of its charts have something to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.chart_style import Option
from regulars.edges.report.lists import csv_address
from regulars.edges.report.pool import charts
from regulars.edges.report.pool.goals import goals_context
from regulars.edges.report.section import Section
from regulars.edges.report.words import say
from regulars.insight.pool.words import phase_sentence, tier_sentence, tried_sentence
from regulars.kernel.metric import METRICS
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_SLIPPING = (Stage.AT_RISK, Stage.DORMANT, Stage.LOST)
_EVIDENCE = (
    ("buyers_growth", "buyers_growth", True),
    ("newcomers_growth", "newcomers_growth", True),
    ("year_on_year", "buyers_year_on_year", True),
    ("quick_ratio", "quick_ratio_quarter", False),
)


def context(data: ReportData, language: str) -> dict[str, Any]:
    """What the template needs, by name."""
    drawn = data.pictures.drawn.get("pool")
    told: dict[str, Any] = {"drawn": drawn is not None}
    if drawn is None:
        told["reason"] = data.pictures.cannot_tell.get("pool", "")
    else:
        told |= _of_pool(drawn, language, data.currency)
    return told | {"goals": goals_context(data, language)}


def options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    drawn = data.pictures.drawn.get("pool")
    if drawn is None:
        return {}
    tables = {name: table.to_pylist() for name, table in drawn.tables.items()}
    return {
        "pool-months": charts.months(tables["months"], tables["forecast"], language),
        "pool-layers": charts.layers(tables["layers"], language),
    }


def _of_pool(drawn: Picture, language: str, currency: str) -> dict[str, Any]:
    tables = drawn.tables

    def lists(name: str, table: pa.Table) -> dict[str, str]:
        return {"name": f"{name}-{drawn.as_of}.csv", "address": csv_address(table)}

    coverage = tables["coverage"].to_pylist()
    phase = tables["phase"].to_pylist()[0]
    of_tiers = tier_sentence(tables, currency)
    return {
        "says": [sentence.text(language) for sentence in drawn.says[:2]],
        "layers_lead": "" if of_tiers is None else of_tiers.text(language),
        "phase_lead": phase_sentence(phase).text(language),
        "tried": tried_sentence(coverage).text(language),
        "tiles": _tiles(drawn, language, currency),
        "forecast": tables["forecast"].num_rows > 0,
        "tiers": _tiers(drawn, language),
        "evidence": _evidence(phase, language),
        "coverage": [
            {
                "ahead": row["months_ahead"],
                "tried": row["forecasts"],
                "within_80": numbers.percent(row["within_80"], 0),
                "within_95": numbers.percent(row["within_95"], 0),
                "error": numbers.percent(row["pool_error"]),
            }
            for row in coverage
        ],
        "lists": {
            "layers": lists("pool-layers", tables["layers"]),
            "months": lists("pool-months", tables["months"]),
            "forecast": lists("pool-forecast", tables["forecast"]),
        },
    }


def _tiles(drawn: Picture, language: str, currency: str) -> list[dict[str, str]]:
    past = [row for row in drawn.tables["months"].to_pylist() if row["stage"] == "pool"]
    ahead = [row for row in drawn.tables["forecast"].to_pylist() if row["stage"] == "pool"]
    last = past[-1]
    below = ""
    if len(past) > 3 and past[-4]["customers"]:
        by = numbers.signed_percent(last["customers"] / past[-4]["customers"] - 1, 1)
        below = say("pool.of_three", language, by=by)

    def tile(key: str, name: str, value: str, exact: str, under: str) -> dict[str, str]:
        return {"key": key, "name": name, "value": value, "exact": exact, "below": under}

    tiles = [
        tile(
            "stage_stock",
            say("pool.held", language),
            numbers.short(last["customers"], language),
            numbers.exact(last["customers"]),
            below,
        ),
        tile(
            "stock_profit",
            METRICS["stock_profit"].name(language),
            numbers.money(last["expected_profit"], language, currency),
            numbers.exact_money(last["expected_profit"], currency),
            say("pool.today", language),
        ),
    ]
    if not ahead:
        return tiles
    end = ahead[-1]
    low, high = (numbers.short(end[side], language) for side in ("low_80", "high_80"))
    tiles.append(
        tile(
            "pool_forecast",
            say("pool.in_months", language, months=len(ahead)),
            numbers.short(end["customers"], language),
            numbers.exact(end["customers"]),
            say("pool.interval", language, low=low, high=high),
        )
    )
    needed = drawn.facts.get("newcomers_needed")
    if needed is not None:
        expected = sum(drawn.facts["newcomers_expected"]) / len(ahead)
        tiles.append(
            tile(
                "newcomers_needed",
                say("pool.needed", language),
                numbers.short(needed, language),
                numbers.exact(needed),
                say("pool.a_month", language, expected=numbers.short(expected, language)),
            )
        )
    return tiles


def _tiers(drawn: Picture, language: str) -> list[dict[str, Any]]:
    layers = drawn.tables["layers"].to_pylist()
    rows = []
    for row in drawn.tables["tiers"].to_pylist():
        slipping = sum(
            one["customers"]
            for one in layers
            if one["tier"] == row["tier"] and one["stage"] in _SLIPPING
        )
        share = slipping / row["customers"] if row["customers"] else None
        rows.append(
            {
                **row,
                "name": say(f"pool.tier.{row['tier']}", language),
                "slipping": slipping,
                "slipping_share": numbers.percent(share, 0),
            }
        )
    return rows


def _evidence(row: dict[str, Any], language: str) -> list[dict[str, str]]:
    told = []
    for column, key, is_rate in _EVIDENCE:
        value = row[column]
        if value is None:
            continue
        if not is_rate:
            told.append({"key": key, "value": f"{value:.2f}", "span": ""})
            continue
        span = ""
        text = numbers.signed_percent(value)
        if f"{column}_low" in row:
            low, high = (
                numbers.signed_percent(row[f"{column}_{side}"]) for side in ("low", "high")
            )
            span = f"{low} … {high}"
            text = say("pool.a_year", language, value=text)
        told.append({"key": key, "value": text, "span": span})
    return told


SECTION = Section("pool", context, options)
