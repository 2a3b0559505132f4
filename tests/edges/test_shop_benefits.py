"""The shop's benefits and webhooks in Python: rule sheet, asking, questions, rewarding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from edges import benefit_home
from regulars import Shop
from regulars.app.benefits.asked import (
    Claim,
    Define,
    Fill,
    Hold,
    Issue,
    Pay,
    Quote,
    Redeem,
    Refund,
)
from regulars.benefit.quote.basket import Basket, BasketLine, Wish
from regulars.errors import (
    InvalidCommand,
    KeyConflict,
    NoSuchBenefit,
    OrderState,
    RulesForbidden,
    SettingsError,
    UnknownValue,
)

BASKET = Basket(
    (
        BasketLine(id="mugs", product="mug", quantity=3, unit_price=30_00),
        BasketLine(id="pot", product="teapot", quantity=1, unit_price=100_00),
    ),
    shipping=8_00,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Iterator[Shop]:
    with Shop(benefit_home.make(tmp_path_factory.mktemp("python"))) as shop:
        yield shop


def test_a_checkout_from_the_first_points_to_the_last_refund(shop):
    with shop.benefits() as benefits:
        benefits.ask(Issue(customer=7, points=1_000, why="welcome"))
        benefits.ask(Claim(customer=7, coupon="spring"), key="spring 7")
        quoted = benefits.look.quote(Quote(customer=7, basket=BASKET, wish=Wish(points=500)))
        assert quoted.pay == 173_00
        benefits.ask(
            Hold(customer=7, order="A1", basket=BASKET, wish=Wish(points=500), expected_pay=173_00)
        )
        assert benefits.look.card(7)["points"]["held"] == 500
        assert benefits.ask(Pay(order="A1"), key="paid")["pay"] == 173_00
        back = benefits.ask(Refund(order="A1", refund="R1", lines={"mugs": 1}))
        assert (back["cash"], back["points"]) == (26_05, 79)
        assert benefits.look.order("A1")["state"] == "paid"
        with pytest.raises(OrderState):
            benefits.ask(Pay(order="A1"), key="paid again")


def test_asked_again_with_its_key_the_same_is_told_letter_by_letter(shop):
    what = Redeem(customer=8, order="B1", basket=BASKET)
    with shop.benefits() as benefits:
        first = benefits.ask(what, key="B1")
        again = benefits.ask(what, key="B1")
        assert list(first.items()) == list(again.items())
        with pytest.raises(KeyConflict):
            benefits.ask(Issue(customer=8, points=5), key="B1")
        held = Hold(customer=8, order="B2", basket=BASKET)
        assert str(benefits.ask(held, key="B2")) == str(benefits.ask(held, key="B2"))


def test_without_a_key_each_time_is_a_new_one(shop):
    with shop.benefits() as benefits:
        for _ in range(2):
            benefits.ask(Issue(customer=9, points=5))
        assert benefits.look.card(9)["points"]["available"] == 10


@pytest.mark.parametrize(
    ("what", "column"),
    [
        (Issue(customer=1 << 53, points=5), "customer"),
        (Issue(customer=7, points=1 << 60), "points"),
        (Issue(customer=7, points=5, why="x" * 501), "why"),
        (Issue(customer=7, points=0.5), "points"),  # type: ignore[arg-type]
        (Claim(customer="", coupon="spring"), "customer"),
        (Fill(total=0, count=1, expires_at=1), "total"),
        (Fill(total=5, count=1, expires_at=1, asset="gold"), "asset"),  # type: ignore[arg-type]
        (Hold(customer=7, order="", basket=BASKET), "order"),
        (Refund(order="A", refund="R", lines={"mugs": 0}), "lines"),
        (Define(toml="x" * ((1 << 20) + 1)), "toml"),
    ],
)
def test_what_python_asks_has_the_bounds_of_a_body_over_http(shop, what, column):
    with shop.benefits() as benefits, pytest.raises(InvalidCommand) as refused:
        benefits.ask(what)
    assert refused.value.where.column.startswith(column)


def test_a_customer_may_be_named_by_the_shops_own_id(shop):
    with shop.benefits() as benefits:
        benefits.ask(Issue(customer="shop:1002", points=5))
        number = benefits.look.card("shop:1002")["customer_id"]
        assert benefits.look.card(number)["points"]["available"] == 5
        with pytest.raises(NoSuchBenefit, match="nobody has this id"):
            benefits.ask(Issue(customer="shop:9999", points=5))


def test_a_customer_who_was_imported_while_it_is_open_is_found(tmp_path):
    home = benefit_home.make(tmp_path, orders=False)
    with Shop(home) as shop, shop.benefits() as benefits:
        with pytest.raises(NoSuchBenefit):
            benefits.ask(Issue(customer="shop:1001", points=5))
        shop.import_files(tmp_path / "orders.csv")
        assert benefits.ask(Issue(customer="shop:1001", points=5))["points"] == 5


def test_the_rule_sheet_and_what_the_rules_would_have_given(shop):
    sheet = shop.rule_sheet()
    assert not sheet.stops
    assert {one.name for one in sheet.costs} >= {"order", "spring", "large", "mug"}
    days = date(2026, 10, 1), date(2026, 10, 31)
    (rule,) = shop.reward_dry_run(*days).as_dict()["rules"]
    assert (rule["rule"], rule["times"], rule["points"]) == ("order", 3, 418)
    with pytest.raises(UnknownValue, match="the last day lies before the first"):
        shop.reward_dry_run(*reversed(days))


def test_the_rule_sheet_learns_from_what_was_used_of_coupons(tmp_path):
    """Twenty that have come to their end are enough to tell which share is used."""
    home = benefit_home.make(tmp_path)
    with Shop(home) as shop:
        with shop.benefits() as benefits:
            for customer in range(1, 26):
                benefits.ask(Claim(customer=customer, coupon="spring"))
                if customer <= 20:
                    benefits.ask(Redeem(customer=customer, order=f"A{customer}", basket=BASKET))
        (cost,) = [one for one in shop.rule_sheet().costs if one.name == "spring"]
        assert "the share of coupons that is used is not known" not in cost.reckoned.en


def test_rewarding_gives_each_order_its_points_once(tmp_path):
    with Shop(benefit_home.make(tmp_path)) as shop:
        (rule,) = shop.reward().as_dict()["rules"]
        assert (rule["rule"], rule["times"], rule["points"]) == ("order", 3, 418)
        assert shop.reward().as_dict()["rules"] == []


def test_rules_with_a_mistake_or_a_stop_are_not_published(shop, tmp_path):
    with shop.benefits() as benefits:
        with pytest.raises(SettingsError, match="line 1"):
            benefits.ask(Define(toml="[[coupon"))
        endless = (
            '[[coupon]]\nname = "endless"\ntitle = "20 off"\nkind = "amount"\namount = 20\n'
            'public = true\nper_customer = "any"\n'
        )
        with pytest.raises(RulesForbidden):
            benefits.ask(Define(toml=endless))
    with pytest.raises(SettingsError, match="cannot be read"):
        shop.rule_sheet(tmp_path / "none.toml")


def test_webhooks_are_made_and_stand_in_the_list(tmp_path):
    with Shop.create(tmp_path / "shop") as shop:
        made = shop.webhooks().add("erp", "https://1.1.1.1/in", ["Coupon Claimed"])
        assert made.secrets[-1].text.startswith("whsec_")
        (one,) = shop.webhooks().all()
        assert (one.endpoint.name, one.endpoint.events) == ("erp", ("Coupon Claimed",))
