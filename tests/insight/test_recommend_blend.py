"""Weights learnt from choices, reasons in words, and lists held against baskets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from regulars.insight.recommend.blend import FEWEST, USUAL, learn, unlearnt
from regulars.insight.recommend.candidates import MEASURES
from regulars.insight.recommend.judge import measure, per_person
from regulars.insight.recommend.ranking import Reason
from regulars.insight.recommend.words import words


def _choices(persons: int, weights: dict[str, float], seed: int = 1) -> pa.Table:
    """Persons who choose one of ten candidates by a conditional logit of known weights."""
    draw = np.random.default_rng(seed)
    values = {name: draw.random((persons, 10)) for name in MEASURES}
    score = sum(values[name] * weight for name, weight in weights.items())
    score = score + draw.gumbel(size=(persons, 10))
    chosen = score == score.max(axis=1, keepdims=True)
    columns: dict[str, Any] = {
        "customer_id": np.repeat(np.arange(persons), 10),
        "item": np.tile(np.arange(10), persons),
        "chosen": chosen.ravel(),
    }
    return pa.table(columns | {name: values[name].ravel() for name in MEASURES})


def test_the_weights_by_which_people_chose_are_found_again() -> None:
    true = dict.fromkeys(MEASURES, 0.0) | {"times": 3.0, "follows": 2.0, "trend": -1.0}
    found = learn(_choices(20_000, true))
    assert found.learnt_from == 20_000
    for name in MEASURES:
        assert found.weights[name] == pytest.approx(true[name], abs=0.12), name


def test_a_source_never_speaks_against_a_good() -> None:
    true = dict.fromkeys(MEASURES, 0.0) | {"goes_with": -4.0}
    assert learn(_choices(3_000, true)).weights["goes_with"] == 0


def test_few_choices_stay_near_the_usual_weights_and_too_few_keep_them() -> None:
    true = dict.fromkeys(MEASURES, 0.0) | {"times": 5.0}
    few = learn(_choices(FEWEST, true))
    assert USUAL["times"] < few.weights["times"] < learn(_choices(5_000, true)).weights["times"]
    assert learn(_choices(FEWEST - 1, true)) == unlearnt()
    assert learn(_choices(FEWEST, true).slice(0, 0)) == unlearnt()


def test_learning_does_not_depend_on_the_order_of_rows() -> None:
    rows = _choices(500, dict(USUAL))
    mixed = rows.take(np.random.default_rng(2).permutation(rows.num_rows))
    assert learn(rows) == learn(mixed)


def _reason(reason: Reason, **facts: Any) -> tuple[str, str]:
    row = {
        "because": None, "support": None, "base": None, "times": None, "gap_days": None,
        "age_days": None, **facts, "reason": str(reason),
    }  # fmt: skip
    kinds = {"because": pa.string(), "reason": pa.string(), "gap_days": pa.float64()}
    rows = pa.table({name: pa.array([x], kinds.get(name, pa.int64())) for name, x in row.items()})
    return words(rows, "en")[0].as_py(), words(rows, "zh")[0].as_py()


def test_every_reason_has_words_in_both_languages() -> None:
    assert _reason(Reason.REPLENISH, times=4, gap_days=28.2, age_days=30) == (
        "bought every 28 days, last 30 days ago",
        "每 28 天左右买一次，距上次已 30 天",
    )
    assert _reason(Reason.REPLENISH, times=1, age_days=30) == (
        "bought once, 30 days ago",
        "买过 1 次，距上次已 30 天",
    )
    category = {"because": "tea", "times": 2, "gap_days": 7.0, "age_days": 9}
    assert _reason(Reason.CATEGORY_DUE, **category) == (
        "buys tea every 7 days, last 9 days ago",
        "每 7 天左右买一次tea，距上次已 9 天",
    )
    pair = {"because": "cups", "support": 8, "base": 12}
    assert _reason(Reason.NEXT_AFTER, **pair) == (
        "people who bought cups often take it next (8 of 12)",
        "买过cups的顾客下一单常买（12 人中 8 人）",
    )
    assert _reason(Reason.GOES_WITH, **pair) == (
        "goes with cups in the basket (8 of 12)",
        "常与cups一起买（12 人中 8 人）",
    )
    band = {"because": "tea", "support": 30, "base": 90, "times": 2, "gap_days": 7.0}
    assert _reason(Reason.NEXT_BAND, **band, age_days=9) == (
        "one band up from what is usually bought in tea (30 of 90 purchases moved up)",
        "比常买的tea高一个价位（90 次复购中 30 次升档）",
    )
    assert _reason(Reason.LIKED) == (
        "new, and well liked by customers of the same kind",
        "没买过，同类顾客中受欢迎",
    )
    assert _reason(Reason.POPULAR) == (
        "new, and sells best in the shop now",
        "没买过，店内近期热销",
    )


def test_words_rest_on_facts_that_are_there() -> None:
    up = {"because": "tea", "support": 0, "base": 0, "times": 1, "age_days": 9}
    assert _reason(Reason.NEXT_BAND, **up)[0] == "one band up from what is usually bought in tea"
    hostile = {"because": "a {gap} | b", "times": 2, "gap_days": 7.0, "age_days": 9}
    assert _reason(Reason.CATEGORY_DUE, **hostile)[0] == (
        "buys a {gap} | b every 7 days, last 9 days ago"
    )


def test_a_list_is_measured_as_the_literature_does() -> None:
    # Person 1: hits at places 2 and 10 of 12 goods. Person 2: a hit at place 1 of one good.
    rows = pa.table(
        {
            "customer_id": [1, 1, 1, 2, 2],
            "method": ["recommend"] * 5,
            "place": [0, 2, 10, 1, 0],
            "goods": [12, 12, 12, 1, 1],
        }
    )
    ideal = sum(1 / math.log2(place + 1) for place in range(1, 11))
    expected = [
        [1, (1 / math.log2(3) + 1 / math.log2(11)) / ideal, 2 / 12],
        [1, 1, 1],
    ]
    assert per_person(rows).tolist() == [pytest.approx(row) for row in expected]
    found = measure(rows)[0]
    assert (found.name, found.persons, found.hit_rate) == ("recommend", 2, 1.0)
    assert found.recall == pytest.approx((2 / 12 + 1) / 2)
    low, high = found.intervals["recall"]
    assert 2 / 12 <= low <= found.recall <= high <= 1


def test_a_method_is_compared_on_the_same_persons() -> None:
    persons = 200
    columns = {"customer_id": list(range(persons)) * 2, "goods": [1] * persons * 2}
    columns["method"] = ["recommend"] * persons + ["own_times"] * persons  # type: ignore[assignment]
    # recommend hits for three of four, own_times for two of four, never without recommend.
    columns["place"] = [int(who % 4 < 3) for who in range(persons)]
    columns["place"] += [int(who % 4 < 2) for who in range(persons)]
    own = next(one for one in measure(pa.table(columns)) if one.name == "own_times")
    mean, low, high = own.ahead["hit_rate"]
    assert mean == pytest.approx(0.25)
    # Of the difference itself: 0.25 +- 1.96 sqrt(0.25 x 0.75 / 200).
    assert low == pytest.approx(0.19, abs=0.015)
    assert high == pytest.approx(0.31, abs=0.015)
