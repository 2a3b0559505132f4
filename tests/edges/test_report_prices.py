"""The report's section on prices and categories: what it shows of hand-made pictures."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from regulars.edges.report.prices.section import context, options
from regulars.insight.focus.draw import draw as draw_focus
from regulars.insight.ladder.draw import draw as draw_ladder
from samples.price_shop import price_shop

GOODS = [
    (1, "Tea", "Tea", "50g", "10", "4"),
    (2, "Fine tea", "Tea", "100g", "30", "12"),
    (3, "Shirt", "Shirts {x}", "red", "40", "20"),
    (4, "Shirt", "Shirts {x}", "blue", "60", "20"),
    (5, "Cup", "Cups", None, "8", None),
]


def _data(goods: Any = GOODS, **without: Any) -> Any:
    lines: list[Any] = []
    for customer in range(1, 41):
        lines += [
            (customer, "2026-01-10", 1, 1, "10"),
            (customer, "2026-02-10", 2 if customer <= 10 else 1, 1, "30"),
            (customer, "2026-03-10", 3 if customer % 2 else 4, 1, "40" if customer % 2 else "60"),
            (customer, "2026-03-10", 5, 1, "8"),
        ]
    view = price_shop(goods, lines)
    drawn = {"ladder": draw_ladder(view), "focus": draw_focus(view)}
    kept = {name: picture for name, picture in drawn.items() if name not in without}
    return SimpleNamespace(
        currency="CNY", pictures=SimpleNamespace(drawn=kept, cannot_tell=without, as_of=view.as_of)
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_chart_is_plain_data_and_says_nothing_as_a_placeholder(language: str) -> None:
    found = options(_data(), language)
    assert {"prices-ladder", "prices-moves-0", "prices-kept"} <= set(found)
    for option in found.values():
        for text in _formatters(json.loads(json.dumps(option))):
            assert "{x}" not in text


def _formatters(value: Any) -> list[str]:
    if isinstance(value, dict):
        tips = value.get("tooltip")
        own = [tips["formatter"]] if isinstance(tips, dict) and "formatter" in tips else []
        return own + [text for part in value.values() for text in _formatters(part)]
    if isinstance(value, list):
        return [text for part in value for text in _formatters(part)]
    return []


def test_a_quarter_of_the_next_purchases_of_tea_step_up() -> None:
    told = context(_data(), "en")["ladder"]
    tea = next(one for one in told["matrices"] if one["name"] == "Tea")
    assert tea["lead"] == "Tea: from the lowest band 25% of next purchases step up."


def test_the_same_cost_at_two_prices_is_shown_with_its_goods() -> None:
    # Twenty red at 40 and twenty blue at 60: 20 x 20 = 400 lie between.
    told = context(_data(), "en")["ladder"]
    assert told["same_cost_lead"].startswith("One group of goods with the same cost")
    assert "¥400.00" in told["same_cost_lead"]
    (group,) = told["groups"]
    assert group["title"] == "Shirts {x} · cost ¥20.00"
    assert [row["variant"] for row in group["rows"]] == ["blue", "red"]


def test_without_costs_the_section_says_that_nothing_can_be_compared() -> None:
    goods = [(*good[:5], None) for good in GOODS]
    told = context(_data(goods), "zh")["ladder"]
    assert told["same_cost_lead"].startswith("成本未知")
    assert any("按设置的毛利率 30% 估算" in mind for mind in told["minds"])
    assert "prices-focus" not in options(_data(goods), "zh")


def test_what_cannot_be_told_is_left_out_with_its_reason() -> None:
    told = context(_data(ladder="too little"), "en")
    assert told["ladder"] is None
    assert told["cannot"]["ladder"] == "too little"
    assert not any(name.startswith("prices-moves") for name in options(_data(ladder="x"), "en"))
    assert context(_data(focus="x"), "en")["focus"] is None


def test_categories_stand_by_profit_and_changes_nobody_knows_are_no_zero() -> None:
    rows = context(_data(), "en")["focus"]["rows"]
    assert [row["change"] for row in rows] == ["–", "–", "–"]
    assert rows[0]["width"] == 100
