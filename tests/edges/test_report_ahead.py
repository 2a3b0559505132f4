"""What comes next, as the report tells it: every number with its words, and no empty chart."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from regulars.app.backtest import kept_card
from regulars.app.home import make_home
from regulars.app.lifetime import card_as_dict
from regulars.edges.report import ReportData, render
from regulars.edges.report.ahead import ahead_context, ahead_options
from regulars.edges.report.charts_ahead import calibration, season, wilson
from regulars.edges.report.model_words import backtest_words, model_words, reason_words
from regulars.lifetime.model_choice import choose_model

Changed = Callable[..., ReportData]


@pytest.fixture
def changed(report_data: ReportData) -> Changed:
    """The report of the shop whose pictures of what comes next are other ones."""

    def change(**parts: Any) -> ReportData:
        totals = parts.pop("totals", None)
        ahead = report_data.pictures.ahead
        if totals is not None:
            row = ahead.totals.to_pylist()[0] | totals
            parts["totals"] = pa.Table.from_pylist([row], schema=ahead.totals.schema)
        pictures = dataclasses.replace(
            report_data.pictures, ahead=dataclasses.replace(ahead, **parts)
        )
        return dataclasses.replace(report_data, pictures=pictures)

    return change


def _card(report_data: ReportData, **parts: Any) -> dict[str, Any]:
    return report_data.pictures.ahead.card | parts


def test_the_tiles_tell_the_totals_and_what_they_rest_on(report_data: ReportData) -> None:
    totals = report_data.pictures.ahead.totals.to_pylist()[0]
    tiles = ahead_context(report_data, "en")["tiles"]
    assert [tile["name"] or tile["key"] for tile in tiles] == [
        "Due within 7 days",
        "Due within 30 days",
        "expected_purchases",
        "expected_profit",
        "overdue_customers",
        "promotion_only",
    ]
    assert [tile["exact"] for tile in tiles[:2]] == [str(totals["due_7"]), str(totals["due_30"])]
    assert tiles[1]["below"] == f"about {totals['due_30_buyers']:.0f} will buy"
    assert "Margin 30%, 10% discount a year, 1,095 days" in tiles[3]["exact"]
    assert tiles[3]["below"] == "3 years, discounted"
    assert totals["overdue_lost"] > 0
    assert tiles[4]["below"] == f"{totals['overdue'] - totals['overdue_lost']} not lost"
    assert re.fullmatch(r"\d+% of repeat buyers", tiles[5]["below"])


def test_who_is_due_begins_tomorrow_and_adds_up(report_data: ReportData) -> None:
    option = ahead_options(report_data, "en")["due"]
    due, buyers = (one["data"] for one in option["series"])
    tomorrow = report_data.pictures.as_of + timedelta(days=1)
    assert option["xAxis"]["data"][0] == f"{tomorrow:%m-%d}"
    assert len(due) == 30
    totals = report_data.pictures.ahead.totals.to_pylist()[0]
    assert sum(due) == totals["due_30"]
    assert sum(buyers) == pytest.approx(totals["due_30_buyers"], abs=30 * 0.05)
    assert all(few <= many for few, many in zip(buyers, due, strict=True))


def test_those_due_travel_as_csv_the_likeliest_first(report_data: ReportData) -> None:
    page = render(report_data, "en")
    link = re.search(r'download="due-2026-10-20.csv" href="data:text/csv[^,]*,([^"]*)"', page)
    assert link is not None
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(link[1]).decode("utf-8-sig"))))
    assert len(rows) == report_data.pictures.ahead.totals["due_30"][0].as_py()
    chances = [float(row["chance_30"]) for row in rows]
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize(
    ("totals", "english", "chinese"),
    [
        ({"due_30": 0}, "No customer reaches the due date", "未来 30 天没有用户到应复购日"),
        (
            {"with_chance": 0},
            "How many of them will buy cannot be told",
            "无法判断其中多少人会购买",
        ),
    ],
)
def test_nobody_due_and_chances_unknown_are_said(
    changed: Changed, totals: dict[str, int], english: str, chinese: str
) -> None:
    data = changed(totals=totals)
    assert english in render(data, "en")
    assert chinese in render(data, "zh")
    option = ahead_options(data, "en").get("due")
    assert (option is None) == ("due_30" in totals)
    assert option is None or len(option["series"]) == 1


def test_a_shop_of_which_no_buyer_is_known_is_told_so(changed: Changed) -> None:
    page = render(changed(totals=dict.fromkeys(("buyers", "due_30", "with_value"), 0)), "en")
    assert "No customer with a purchase is known" in page
    assert "likeliest to buy" not in page


def test_value_is_told_by_its_top_tenths(report_data: ReportData) -> None:
    first, second, *_ = report_data.pictures.ahead.value_tenths["share"].to_pylist()
    lead = ahead_context(report_data, "en")["value_lead"]
    assert f"hold {first:.0%} of the expected profit, the top 20% hold {first + second:.0%}" in lead
    bars = ahead_options(report_data, "en")["value"]["series"][0]["data"]
    assert bars[0]["value"] == pytest.approx(first * 100, abs=0.001)


def test_value_that_cannot_be_told_says_why(changed: Changed, report_data: ReportData) -> None:
    why = "Gamma-Gamma cannot be fitted to 7 customers who bought again"
    card = _card(report_data, spend={"model": "Gamma-Gamma", "cannot_tell": why})
    data = changed(card=card, totals={"with_value": 0, "lifetime_value": 0})
    assert f"The value of customers cannot be told: {why}." in render(data, "en")
    assert "无法估计用户价值：复购用户太少。" in render(data, "zh")
    assert "value" not in ahead_options(data, "en")
    assert ahead_context(data, "en")["tiles"][3]["value"] == "–"


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ({"lifetime_value": 0}, "look at [shop] margin in regulars.toml"),
        ({"with_value": 29}, "The value of only 29 customers is known"),
    ],
)
def test_no_profit_and_too_few_customers_draw_no_tenths(
    changed: Changed, totals: dict[str, int], sentence: str
) -> None:
    data = changed(totals=totals)
    assert sentence in render(data, "en")
    assert "value" not in ahead_options(data, "en")


def test_the_season_names_its_months_and_the_one_to_come(report_data: ReportData) -> None:
    words = ahead_context(report_data, "en")
    assert words["season_lead"] == (
        "The strongest month is Oct (+30%), the weakest Jan (-10%); Nov, which is next, is at -10%."
    )
    first = words["promotions"][0]
    assert (first["name"], first["width"]) == ("618", 100.0)
    assert "not shown" in render(report_data, "en")
    bars = season([1.25, 0.5, *[1.0] * 10], "en")["series"][0]["data"]
    assert [bar["value"] for bar in bars[:3]] == [25.0, -50.0, 0.0]


def _pace(month: float, promotion: float | None) -> pa.Table:
    rows = [{"kind": "month", "name": f"{at:02}", "factor": 1.0} for at in range(1, 13)]
    rows[0]["factor"] = month
    if promotion is not None:
        rows.append({"kind": "promotion", "name": "618", "factor": promotion})
    return pa.Table.from_pylist(rows)


@pytest.mark.parametrize(
    ("pace", "chart", "table", "sentence"),
    [
        (_pace(1.0, 1.0), False, False, "no season, and no promotion that pulls"),
        (_pace(1.0, None), False, False, "no season, and no promotion that pulls"),
        (_pace(1.0, 3.0), False, True, "no difference between months"),
        (_pace(1.5, 1.0), True, False, "None of the promotions of the calendar (618)"),
        (_pace(1.5, None), True, False, "The strongest month is Jan (+50%)"),
    ],
)
def test_what_is_not_shown_of_season_and_promotions_is_a_sentence(
    changed: Changed, pace: pa.Table, chart: bool, table: bool, sentence: str
) -> None:
    data = changed(pace=pace)
    words = ahead_context(data, "en")
    assert sentence in words["season_lead"]
    assert ("season" in ahead_options(data, "en"), bool(words["promotions"])) == (chart, table)
    assert render(data, "zh")


def test_no_promotion_that_pulls_leaves_its_tile_without_number(changed: Changed) -> None:
    data = changed(pace=_pace(1.0, 1.0), totals={"promotion_only": 0})
    tile = ahead_context(data, "en")["tiles"][5]
    assert (tile["value"], tile["below"]) == ("–", "no promotion pulls")


def test_a_shop_without_categories_is_told_so(changed: Changed, report_data: ReportData) -> None:
    nothing = report_data.pictures.ahead.categories.slice(0, 0)
    assert "The orders carry no categories" in render(changed(categories=nothing), "en")


def test_the_model_in_use_is_named_with_its_reason_and_its_errors(report_data: ReportData) -> None:
    card = report_data.pictures.ahead.card
    words = model_words(card, "en")
    held = card["models"][card["chosen"]]["hold_out"]["purchases"]
    assert words["lead"].startswith(f"{card['chosen']} is used.")
    assert (
        f"{held['expected']:,.0f} purchases were expected and {held['actual']:,.0f} came"
        in (words["lead"])
    )
    assert [row["used"] for row in words["rows"]].count(True) == 1
    assert max(float(row["likelihood"]) for row in words["rows"]) == 0
    names = [row["name"] for row in words["parameters"]]
    assert names == [*card["models"][card["chosen"]]["parameters"], "p", "q", "gamma"]
    assert all(row["error"] and "–" in row["interval"] for row in words["parameters"])


def _judged(**likelihoods: float | None) -> dict[str, Any]:
    """A card whose models have these hold-out likelihoods; None: fitted, but not judged."""

    def one(likelihood: float | None) -> dict[str, Any]:
        held = {
            "log_likelihood": likelihood,
            "purchases": {"actual": 100.0, "expected": 90.0},
            "calibration": {"error": 0.01, "bins": []},
        }
        return {
            "cannot_tell": None
            if likelihood is not None
            else "the data are too short to be judged",
            "parameters": {"r": 1.0},
            "standard_errors": {"r": float("nan")},
            "intervals_95": {"r": [0.5, 2.0]},
            "hold_out": None if likelihood is None else held,
        }

    data = {
        "first_day": "2026-01-01", "until": "2026-10-20", "hold_out_from": "2026-07-16",
        "customers": 400, "repeat_customers": 200, "purchase_days": 1000, "unit_days": 7.0,
    }  # fmt: skip
    return {
        "chosen": next(iter(likelihoods)),
        "data": data,
        "models": {name: one(value) for name, value in likelihoods.items()},
        "spend": {"model": "Gamma-Gamma", "cannot_tell": "amounts were not given"},
    }


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        (_judged(A=-10.0, B=-20.0), "of 2 it told best what then came"),
        (_judged(A=-11.0, B=-10.0), "it told what then came as well as B"),
        (_judged(A=-10.0, B=None), "cannot settle the others"),
        (_judged(A=None), "The history is too short to keep a part of it aside"),
    ],
)
def test_why_a_model_was_chosen(card: dict[str, Any], sentence: str) -> None:
    words = model_words(card, "en")
    assert sentence in words["lead"]
    assert ("10.0% too few" in words["lead"]) == words["judged"]
    assert words["parameters"][0]["error"] == "–"
    assert words["parameters"][1]["value"] == "cannot tell: amounts were not given"


def test_a_model_in_which_nobody_leaves_carries_a_warning() -> None:
    assert "nobody ever leave" in model_words(_judged(NBD=-10.0), "en")["mind"]
    assert not model_words(_judged(A=-10.0), "en")["mind"]


def test_a_shop_too_young_for_any_model_is_told_why_in_both_languages(changed: Changed) -> None:
    # Three customers, of whom one bought twice: no model can be told, and the real card says why.
    card, _ = choose_model(np.array([0, 0, 1, 2]), np.array([1, 5, 2, 3]), 100, np.ones(4))
    plain = card_as_dict(card)
    assert plain["chosen"] is None
    data = changed(card=plain, totals={"with_expected": 0, "with_value": 0, "lifetime_value": 0})
    english, chinese = render(data, "en"), render(data, "zh")
    assert "No model of purchases can be told" in english
    assert plain["models"]["BG/NBD"]["cannot_tell"] in english
    assert "购买模型无法判断，因此没有期望次数与利润：复购用户太少。" in chinese
    assert not {"came", "calibration"} & set(ahead_options(data, "en"))


def test_reasons_in_chinese_follow_the_models_own_sentences() -> None:
    # One gap for all: the likelihood of every model but the NBD has no maximum.
    who, day = np.repeat(np.arange(60), 4), np.tile(np.arange(0, 40, 10), 60)
    card, _ = choose_model(who, day, 80)
    for judged in card.models:
        if judged.cannot_tell:
            assert reason_words(judged.cannot_tell, "zh") != "数据不足，不作判断", judged
    assert reason_words(card.spend_cannot_tell, "zh") == "没有金额"
    assert reason_words("something unheard of", "zh") == "数据不足，不作判断"


def test_the_calibration_shows_told_against_true_with_its_interval() -> None:
    option = calibration([(148, 0.2, 15 / 148), (20, 0.05, 0.0)], "en")
    line, points = option["series"]
    assert line["data"] == [[0, 0], [20, 20]]
    assert points["data"][0]["value"] == [20.0, pytest.approx(100 * 15 / 148, abs=0.001)]
    (low, high), _ = points["markLine"]["data"]
    assert low["coord"] == [20.0, pytest.approx(6.24, abs=0.01)]
    assert high["coord"] == [20.0, pytest.approx(16.05, abs=0.01)]


@pytest.mark.parametrize(
    ("came", "number", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (score).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_the_published_ones(
    came: int, number: int, low: float, high: float
) -> None:
    assert wilson(came / number, number) == pytest.approx((low, high), abs=0.00005)


def _backtest() -> dict[str, Any]:
    def measured(value: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.1, "high": value + 0.1}

    unknown = dict.fromkeys(("value", "low", "high"), float("nan"))

    def scorer(recipe: str, auc: float) -> dict[str, Any]:
        return {
            "recipe": recipe,
            "auc": measured(auc),
            "lift": [measured(3.0), measured(2.5), unknown],
            "calibration_error": unknown if recipe == "recency" else measured(0.02),
        }

    def group(name: str) -> dict[str, Any]:
        return {"group": name, "error": measured(0.015), "bins": [(200, 0.1, 0.12)]}

    return {
        "as_of": "2026-07-22", "horizon": 90, "customers": 1390, "bought": 412, "winner": "blend",
        "scorers": [scorer("recency", 0.7), scorer("blend", 0.8), scorer("new way", 0.75)],
        "calibration": [group("all"), group("once"), group("again")],
    }  # fmt: skip


def test_before_a_backtest_the_report_says_how_to_make_one(report_data: ReportData) -> None:
    assert "run regulars backtest --until DATE" in render(report_data, "en")
    assert "backtest" not in ahead_options(report_data, "en")


def test_the_backtest_shown_is_that_of_customers_nearest_to_thirty_days(tmp_path: Path) -> None:
    home = make_home(tmp_path / "shop")
    assert kept_card(home, 30) is None
    file = home.folder / "cards" / "who_buys_next.json"
    file.parent.mkdir()
    cards = [
        _backtest() | {"grain": grain, "horizon": days, "trend": False}
        for grain, days in (("customer", 90), ("customer", 28), ("customer x category", 30))
    ]
    file.write_bytes(msgspec.json.encode({"version": 1, "cards": cards}))
    card = kept_card(home, 30)
    assert card is not None
    assert (card["grain"], card["horizon"]) == ("customer", 28)
    # JSON knows no NaN: what cannot be told comes back as null.
    assert backtest_words(card, "en")["rows"][1]["error"] == "–"
    part = '{"version": 1, "cards": [{"grain": "customer", "horizon": 30}]}'
    for text in ('{"version": 2}', "[]", "{", '{"version": 1, "cards": []}', part):
        file.write_text(text)
        assert kept_card(home, 30) is None


def test_a_backtest_shows_its_rankings_and_its_calibration(report_data: ReportData) -> None:
    data = dataclasses.replace(report_data, backtest=_backtest())
    words = backtest_words(_backtest(), "en")
    assert words["lead"].startswith("As of 2026-07-22, who buys in the 90 days after: 412 of 1,390")
    assert [(row["name"], row["auc"]["value"], row["error"]) for row in words["rows"]] == [
        ("blend", "0.800", "2.0%"),
        ("recency alone", "0.700", "–"),
        ("new way", "0.750", "2.0%"),
    ]
    assert words["rows"][0]["lift"] == {"value": "2.50", "span": "2.40–2.60"}
    assert words["groups"][1] == "bought once: calibration error 1.5%"
    for language in ("zh", "en"):
        page = render(data, language)
        assert 'data-option="backtest"' in page
        assert "0.800" in page
