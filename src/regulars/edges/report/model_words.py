"""What the model cards say, in words and rows: which model, why, how good, with which errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from regulars.edges.report import numbers
from regulars.edges.report.words import WORDS, say
from regulars.edges.report.words_ahead import REASONS

_NEVER_LEAVES = "NBD"
_TENTH = 1
"""Place of the lift at 10 % among those of the backtest's card."""


def reason_words(sentence: str, language: str) -> str:
    """Why a model cannot tell, without a full stop; in Chinese by what the sentence is about."""
    if language != "zh":
        return sentence.rstrip(".") or say("cannot_tell", language).rstrip(".")
    known = (zh for mark, zh in REASONS if mark in sentence)
    return next(known, say("cannot_tell", language).rstrip("。"))


def model_words(card: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The card of the lifetime models (`app.lifetime.card_as_dict`) for the template.

    Returns:
        `lead`; `mind`, a caveat of the model or nothing; `judged`; `rows`, one per model;
        `parameters`, one per parameter; `data`, a sentence on what they were fitted to.
    """
    chosen, models = card.get("chosen"), card.get("models", {})
    if chosen is None:
        return _cannot(models, _rows(card, language), language)
    return {
        "lead": _lead(card, language),
        "mind": say("next.nbd", language) if chosen == _NEVER_LEAVES else "",
        "judged": models[chosen]["hold_out"] is not None,
        "rows": _rows(card, language),
        "parameters": [*_parameters(chosen, models[chosen]), *_spend(card, language)],
        "data": _data(card["data"], language),
    }


def _cannot(models: Mapping[str, Any], rows: list[dict[str, Any]], language: str) -> dict[str, Any]:
    sentences = [one["cannot_tell"] or "" for one in models.values()]
    reason = reason_words(next(iter(sentences), ""), language)
    # One reason for all stands in the lead; a table of the same would add nothing.
    same = len({reason_words(sentence, "zh") for sentence in sentences}) <= 1
    return {
        "lead": say("next.model_none", language, reason=reason),
        "mind": "",
        "judged": False,
        "rows": [] if same else rows,
        "parameters": [],
        "data": "",
    }


def _lead(card: Mapping[str, Any], language: str) -> str:
    chosen, data = card["chosen"], card["data"]
    judged = {name: one["hold_out"] for name, one in card["models"].items() if one.get("hold_out")}
    if chosen not in judged:
        return say("next.model_not_judged", language, model=chosen)
    best = max(judged, key=lambda name: judged[name]["log_likelihood"])
    key = "next.model_best" if best == chosen else "next.model_equal"
    if len(judged) == 1:
        key = "next.model_only"
    lead = say(
        key,
        language,
        model=chosen,
        best=best,
        models=len(judged),
        from_day=data["hold_out_from"],
        until=data["until"],
    )
    return lead + _came(judged[chosen]["purchases"], language)


def _came(purchases: Mapping[str, float], language: str) -> str:
    expected, actual = purchases["expected"], purchases["actual"]
    told = {"expected": numbers.exact(expected), "actual": numbers.exact(actual)}
    if not actual:
        return say("next.came_zero", language, **told)
    off = expected / actual - 1
    by = say(f"next.{'above' if off > 0 else 'below'}", language, by=numbers.percent(abs(off)))
    return say("next.came", language, **told, by=by)


def _rows(card: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    models = card.get("models", {})
    likelihoods = [
        one["hold_out"]["log_likelihood"] for one in models.values() if one.get("hold_out")
    ]
    rows = []
    for name, one in models.items():
        held = one.get("hold_out")
        sentence = one.get("cannot_tell") or ""
        rows.append(
            {
                "name": name,
                "used": name == card["chosen"],
                "likelihood": held and numbers.exact(held["log_likelihood"] - max(likelihoods), 1),
                "expected": held and numbers.exact(held["purchases"]["expected"]),
                "came": held and numbers.exact(held["purchases"]["actual"]),
                "error": held and numbers.percent(held["calibration"]["error"]),
                "cannot": held is None
                and say("next.cannot", language, reason=reason_words(sentence, language)),
                "sentence": sentence,
            }
        )
    return rows


def _parameters(model: str, fitted: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for name, value in fitted["parameters"].items():
        low, high = fitted["intervals_95"][name]
        rows.append(
            {
                "model": model,
                "name": name,
                "value": _figure(value),
                "error": _figure(fitted["standard_errors"][name]),
                "interval": f"{_figure(low)} – {_figure(high)}",
            }
        )
    return rows


def _spend(card: Mapping[str, Any], language: str) -> list[dict[str, str]]:
    spend = card["spend"]
    if "parameters" in spend:
        return _parameters(spend["model"], spend)
    why = reason_words(spend["cannot_tell"] or "", language)
    cannot = say("next.cannot", language, reason=why)
    name = f"{spend['model']} ({say('next.spend_model', language)})"
    return [{"model": name, "name": "", "value": cannot, "error": "", "interval": ""}]


def _figure(value: float | None) -> str:
    """Four significant figures; what could not be computed is a dash."""
    return numbers.NOTHING if value is None or not math.isfinite(value) else f"{value:.4g}"


def _data(data: Mapping[str, Any], language: str) -> str:
    return say(
        "next.fitted_to",
        language,
        first=data["first_day"],
        until=data["until"],
        customers=numbers.exact(data["customers"]),
        purchases=numbers.exact(data["purchase_days"]),
        repeat=numbers.exact(data["repeat_customers"]),
        unit=f"{data['unit_days']:g}",
    )


def backtest_words(card: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The card of who buys next (`lifetime.backtest_card`, as plain data) for the template.

    Returns:
        `lead`; `rows`, one per ranking, the one in use first; `groups`, the calibration error of
        all, of those who had bought once, and of those who had bought again.
    """
    winner = card["winner"]
    lead = say(
        "next.backtest_lead",
        language,
        as_of=date.fromisoformat(card["as_of"]),
        days=card["horizon"],
        customers=numbers.exact(card["customers"]),
        bought=numbers.exact(card["bought"]),
        chosen=_recipe(winner, language),
    )
    rows = [
        {
            "name": _recipe(one["recipe"], language),
            "used": one["recipe"] == winner,
            "auc": _measured(one["auc"], 3),
            "lift": _measured(one["lift"][_TENTH], 2),
            "error": _share(one["calibration_error"]["value"]),
        }
        for one in card["scorers"]
    ]
    groups = [
        say(
            "next.group_error",
            language,
            group=say(f"next.group_{one['group']}", language),
            error=_share(one["error"]["value"]),
        )
        for one in card["calibration"]
    ]
    return {"lead": lead, "rows": sorted(rows, key=lambda row: not row["used"]), "groups": groups}


def _recipe(name: str, language: str) -> str:
    known = f"recipe.{name}"
    return say(known, language) if known in WORDS else name


def _share(value: float | None) -> str:
    return numbers.percent(None if value is None or math.isnan(value) else value)


def _measured(measured: Mapping[str, float | None], decimals: int) -> dict[str, str]:
    """A number and the ends of its interval, apart."""
    ends = (measured[key] for key in ("value", "low", "high"))
    known = [None if end is None or math.isnan(end) else end for end in ends]
    value, low, high = (numbers.exact(end, decimals) for end in known)
    return {"value": value, "span": "" if None in known else f"{low}–{high}"}
