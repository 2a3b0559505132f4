"""`benefits.toml`: what is written comes to terms that can be published."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from regulars.benefit.definition.file import parse_benefits, read_benefits
from regulars.benefit.definition.terms import (
    Budget,
    Coupon,
    Give,
    Scope,
    Together,
    Validity,
    decode,
    encode,
    named,
)
from regulars.errors import SettingsError

STARTING = (files("regulars.app") / "benefits.toml").read_text("utf-8")


def parse(text: str, currency: str = "CNY", zone: str = "Asia/Shanghai"):
    return parse_benefits(text, currency=currency, zone=zone)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * 1_000_000


COUPON = """
[[coupon]]
name = "tea"
title = "15 % off tea"
title_zh = "茶叶 85 折"
kind = "percent"
percent = 12.5
ceiling = 30.50
threshold = 99
scope = { categories = ["tea"], except_products = ["P9"], price_from = 0.5 }
days = 14
from = 2026-03-01
to = 2026-03-31
stock = 500
per_customer = "any"
per_household = 2
group = "shop"
alone = true
public = true
budget = "spring"

[[budget]]
name = "spring"
money = 5000
"""


def test_a_coupon_comes_to_smallest_coins_hundredths_of_percent_and_instants():
    benefits = parse(COUPON)
    assert benefits.terms["coupon", "tea"] == Coupon(
        name="tea",
        title="15 % off tea",
        title_zh="茶叶 85 折",
        kind="percent",
        percent=1250,
        ceiling=3050,
        threshold=9900,
        scope=Scope(categories=("tea",), except_products=("P9",), price_from=50),
        validity=Validity(
            days=14,
            starts_at=instant("2026-03-01T00:00+08:00"),
            ends_at=instant("2026-04-01T00:00+08:00"),  # its last day is the 31st
        ),
        stock=500,
        per_customer=None,
        per_household=2,
        group="shop",
        alone=True,
        public=True,
        budget="spring",
    )
    assert benefits.terms["budget", "spring"] == Budget(
        name="spring", asset="money:CNY", amount=500_000
    )


def test_days_are_those_of_the_shop_and_summer_time_is_theirs():
    validity = parse(COUPON, zone="Europe/Berlin").terms["coupon", "tea"].validity
    assert validity.starts_at == instant("2026-03-01T00:00+01:00")
    assert validity.ends_at == instant("2026-04-01T00:00+02:00")


def test_a_currency_without_small_coins_has_none():
    text = '[[gift]]\nname = "mug"\ntitle = "A mug"\nworth = 1500\n'
    assert parse(text, "JPY").terms["gift", "mug"].worth == 1500
    with pytest.raises(SettingsError, match="smallest coin of JPY is 1"):
        parse(text.replace("1500", "0.5"), "JPY")


def test_what_is_not_written_is_not_published():
    assert parse("").terms == {}
    assert list(parse("[coupons]\nmost_together = 2").terms.values()) == [Together(most=2)]


def test_a_give_is_money_on_the_balance_for_some_days():
    text = """
    [[incentive]]
    name = "hello"
    when = "event"
    on = "Signed Up"
    give = { balance = 1.5, expires_days = 7 }
    limit = "any"
    limit_days = 30
    """
    hello = parse(text).terms["incentive", "hello"]
    assert hello.give == Give(balance=150, expires_days=7)
    assert (hello.limit, hello.hold_out) == (None, 1000)


def test_the_line_of_a_setting_is_known_and_else_that_of_what_is_above_it():
    benefits = parse(COUPON)
    assert benefits.line("coupon", "tea", "ceiling") == 8
    assert benefits.line("coupon", "tea", "worth") == 2
    assert benefits.line("budget", "spring") == 22
    assert benefits.line("together") is None


def test_the_starting_file_has_all_that_a_shop_needs_in_any_currency():
    kinds = [kind for kind, _ in parse(STARTING).terms]
    count = {kind: kinds.count(kind) for kind in kinds}
    assert count == {
        "points": 1, "together": 1, "tiers": 1, "budget": 2, "coupon": 4, "gift": 1, "badge": 2,
        "incentive": 5,
    }  # fmt: skip
    incentives = [term for key, term in parse(STARTING).terms.items() if key[0] == "incentive"]
    assert {one.when for one in incentives} == {
        "stage", "event", "conversion", "streak", "surprise",
    }  # fmt: skip
    for currency in ("JPY", "KWD", "USD"):
        parse(STARTING, currency)


def test_terms_are_kept_as_they_are(tmp_path):
    path = tmp_path / "benefits.toml"
    path.write_text(STARTING + COUPON, "utf-8")
    benefits = read_benefits(path, "CNY", "Asia/Shanghai")
    for key, term in benefits.terms.items():
        assert named(term) == key
        assert decode(key[0], encode(term)) == term
    with pytest.raises(SettingsError, match="cannot be read"):
        read_benefits(tmp_path / "none.toml", "CNY", "Asia/Shanghai")
