"""Reasons that a shopkeeper understands, from the customer's own row only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from regulars.campaign.customers import Customers
from regulars.campaign.reason import reasons
from regulars.kernel.clock import day_number
from regulars.people.columns import SCHEMA


def reason(rows, row, language="en"):
    found = reasons(
        Customers(rows.people(row)), day_number(rows.today), currency="CNY", horizon_days=365
    )
    return getattr(found, language)[0].as_py()


def test_the_cycle_the_days_passed_and_what_was_bought(rows):
    assert reason(rows, rows.customer()) == (
        "usually returns every 34 days; 41 have passed; bought nappies 6 times;"
        " spends ¥120.00 an order"
    )
    assert reason(rows, rows.customer(top_category="纸尿裤"), "zh") == (
        "通常每 34 天回购一次，距上次购买已 41 天；买过 6 次纸尿裤；平均每单 ¥120.00"
    )


@pytest.mark.parametrize(
    ("source", "en", "zh"),
    [
        ("own", "usually returns every 34 days", "通常每 34 天回购一次"),
        ("shrunk", "by this and similar customers' purchases", "参考本人与同类顾客"),
        ("category", "customers of this category return after about 34 days", "买同类商品的顾客"),
        ("shop", "customers like this return after about 34 days", "同类顾客约 34 天后回购"),
        (
            "fallback",
            "too little data for a cycle, 34 days assumed",
            "数据不足，暂按 34 天周期估算",
        ),
    ],
)
def test_it_says_whose_cycle_was_used(rows, source, en, zh):
    row = rows.customer(cycle_source=source)
    assert reason(rows, row).startswith(en)
    assert reason(rows, row, "zh").startswith(zh)


def test_a_percentile_that_the_data_do_not_reach_is_called_assumed(rows):
    row = rows.customer(cycle_source="shop", fallback_percentiles=["p50", "p80"])
    assert reason(rows, row).startswith("too little data for a cycle, 34 days assumed")
    row = rows.customer(cycle_source="shop", fallback_percentiles=["p95"])
    assert reason(rows, row).startswith("customers like this")


def test_ones_and_twos_are_written_as_people_write_them(rows):
    row = rows.customer(cycle_p50=1.0, last_order_on=date(2026, 11, 10), top_category_orders=1)
    assert reason(rows, row).startswith(
        "usually returns every 1 day; 1 has passed; bought nappies once;"
    )
    assert "bought nappies twice" in reason(rows, rows.customer(top_category_orders=2))


def test_a_slipping_customer_is_told_with_the_stage_before_and_the_chance(rows):
    row = rows.customer(stage="dormant", previous_stage="growing", chance_of_return=0.234)
    assert reason(rows, row).endswith(
        "stage before: Growing; chance of a purchase within 365 days about 23 %"
    )
    assert reason(rows, row, "zh").endswith("此前阶段：成长；365 天内再次购买的概率约 23%")
    assert "chance" not in reason(rows, rows.customer())


def test_a_customer_without_a_purchase(rows):
    assert reason(rows, rows.stranger()) == "no purchase yet"
    assert reason(rows, rows.stranger(), "zh") == "尚未下单"
    row = rows.stranger(registered_on=date(2026, 10, 1))
    assert reason(rows, row) == "registered on 2026-10-01, no purchase yet"


@pytest.mark.parametrize("lacking", [name for name in SCHEMA.names if name != "customer_id"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("stage", ["growing", "lost"])
def test_whatever_is_missing_no_empty_value_is_shown(rows, lacking, language, stage):
    text = reason(rows, rows.customer(stage=stage) | {lacking: None}, language)
    assert text
    for leak in ("None", "nan", "NaN", "null", "；；", "; ;", "  ", "NaT", "1970"):
        assert leak not in text
    assert not text.startswith((";", "；")), text
    assert not text.endswith((";", "；")), text


def test_numbers_that_are_no_numbers_are_not_shown(rows):
    row = rows.customer(stage="lost", cycle_p50=float("nan"), chance_of_return=float("nan"))
    assert reason(rows, row).startswith("last purchase 41 days ago; bought nappies 6 times")
    assert "chance" not in reason(rows, row)


def test_a_customer_who_spent_nothing_is_not_told_as_spending(rows):
    row = rows.customer(average_order_value=Decimal("0.0000"))
    assert "spends" not in reason(rows, row)
