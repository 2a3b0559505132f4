"""benefit quote, hold, pay, cancel, redeem, refund, order: a checkout at a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from command_line import as_json, regulars
from edges import benefit_home

_CUSTOMERS = count(100)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return benefit_home.make(tmp_path_factory.mktemp("orders"), orders=False)


@pytest.fixture(scope="module")
def basket(home) -> Path:
    return home.parent / "basket.json"


@pytest.fixture
def who(home) -> Iterator[str]:
    """A customer with 1,000 points and a coupon, whose orders are named after them."""
    customer = str(next(_CUSTOMERS))
    benefit(home, "issue", customer, "--points", "1000")
    benefit(home, "claim", customer, "--coupon", "spring")
    return customer


def benefit(home: Path, *arguments: str | Path, code: int = 0) -> list[str]:
    done = regulars("--home", home, "benefit", *arguments, code=code)
    return (done.stderr if code else done.stdout).splitlines()


def test_a_quote_tells_line_by_line_who_bears_what(home, basket, who):
    # 190.00 of goods; 20.00 off is 9.47 + 10.53. 1,000 points, worth 10.00, are less than half.
    assert benefit(home, "quote", who, basket, "--points", "most") == [
        "mugs         ¥90.00 - ¥9.47 by spring - ¥4.74 for 474 points = ¥75.79",
        "pot          ¥100.00 - ¥10.53 by spring - ¥5.26 for 526 points = ¥84.21",
        "shipping     ¥8.00 = ¥8.00",
        "used         spring (20 off 100): ¥20.00 off",
        "to pay       ¥168.00, saved ¥30.00",
    ]
    found = as_json("--home", home, "benefit", "quote", who, basket, "--points", "most")
    assert (found["pay"], found["saved"], found["points"]) == (168_00, 30_00, 1_000)


def test_a_coupon_that_is_not_used_is_told_with_its_reason(home, basket, who):
    benefit(home, "issue", who, "--coupon", "large")
    told = benefit(home, "quote", who, basket)
    assert "not used     large: It asks for ¥500.00 of what it is for: ¥310.00 more." in told


def test_what_the_tier_makes_free_is_told(tmp_path):
    home = benefit_home.make(tmp_path)
    assert "earn order: 3 times to 2 customers, points 418, growth value 418" in benefit(
        home, "run"
    )
    # 360 of growth value are enough for gold.
    told = benefit(home, "quote", "shop:1001", tmp_path / "basket.json")
    assert "shipping     ¥8.00 - ¥8.00 free by the tier = ¥0.00" in told


def test_an_order_is_held_paid_and_given_back_in_two_parts(home, basket, who):
    order = f"A{who}"
    head, *quoted = benefit(home, "hold", who, order, basket, "--points", "500", "--pay", "173")
    assert head.startswith(f"Held for order {order} until 20")
    assert quoted[-1] == "to pay       ¥173.00, saved ¥25.00"
    assert "500 held" in benefit(home, "balance", who)[1]
    assert benefit(home, "order", order)[0] == f"order {order} of customer {who}: held"
    (told,) = benefit(home, "pay", order)
    assert told.startswith(
        f"Order {order} is paid: customer {who} pays ¥173.00"
        " and has used 500 points, the coupon spring (entry "
    )
    (told,) = benefit(home, "refund", order, "R1", "--line", "mugs=1")
    assert told.startswith(
        f"Refund R1 of order {order} gives back ¥26.05, 79 points; 3 pieces left (entry "
    )
    (told,) = benefit(home, "refund", order, "R2", "--shipping")
    assert told.startswith(
        f"Refund R2 of order {order} gives back ¥146.95, 421 points, the coupon spring (entry "
    )
    shown = benefit(home, "order", order)
    assert shown[0] == f"order {order} of customer {who}: paid"
    assert [line.split(" (")[0] for line in shown[-2:]] == ["  refund R1", "  refund R2"]
    assert as_json("--home", home, "benefit", "order", order)["pay"] == 173_00


def test_a_cancelled_order_leaves_all_of_it_free(home, basket, who):
    order = f"A{who}"
    benefit(home, "hold", who, order, basket, "--points", "most")
    assert benefit(home, "cancel", order)[0].startswith(
        f"Order {order} is cancelled: what it held is free again (entry "
    )
    assert benefit(home, "balance", who)[1] == "  points   1,000 (worth ¥10.00)"
    assert benefit(home, "order", order)[0].endswith(": cancelled")


def test_at_a_counter_it_is_redeemed_at_once_with_part_of_the_balance(home, basket, who):
    envelope = as_json("--home", home, "benefit", "envelope", "30", "1")["envelope"]
    benefit(home, "claim", who, "--envelope", envelope)
    (told,) = benefit(home, "redeem", who, f"A{who}", basket, "--balance", "12.50")
    assert "pays ¥165.50 and has used ¥12.50 of the balance, the coupon spring" in told
    assert "  balance  ¥17.50" in benefit(home, "balance", who)


def test_an_order_that_uses_nothing_is_paid_and_all_is_still_right(home, basket):
    (told,) = benefit(home, "redeem", "7", "nothing", basket)
    assert "customer 7 pays ¥198.00 and has used nothing (entry " in told
    assert benefit(home, "verify")[0].startswith("All is right up to entry ")
    found = as_json("--home", home, "benefit", "verify")
    assert found["orders"] >= 1
    assert len(found["hash"]) == 64


def test_a_basket_comes_from_stdin_too(home):
    done = subprocess.run(
        [sys.executable, "-m", "regulars", "--home", str(home), "benefit", "quote", "7", "-"],
        input=json.dumps(benefit_home.BASKET), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("to pay       ¥198.00, saved ¥0.00\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no json", "this is no basket (JSON is malformed"),
        ("[]", "this is no basket (Expected `object`, got `array`)"),
        (
            '{"lines": [{"id": "1", "product": "tea", "quantity": 1, "unit_price": 2.5}]}',
            "this is no basket (Expected `int`, got `float` at `lines[0].unit_price`)",
        ),
        ("[" * 100_000, "this is no basket ("),
        ('{"lines": []}', "ledger.invalid: lines = '0': a basket has 1 to 200 lines"),
        (
            '{"lines": [{"id": "1", "product": "tea", "quantity": 1, "unit_price": -5}]}',
            "ledger.invalid: unit_price = '-5': a price is 0 or more",
        ),
    ],
)
def test_what_is_no_basket_is_refused_with_what_to_write(home, tmp_path, text, told):
    (tmp_path / "basket.json").write_text(text)
    (line,) = benefit(home, "quote", "7", tmp_path / "basket.json", code=1)
    assert told in line
    assert line.endswith(".")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["quote", "7", "nowhere.json"], "intake.unreadable: nowhere.json: cannot be read"),
        (["quote", "7", "B", "--points", "-1"], "value.unknown: '-1' is no number of points"),
        (["quote", "7", "B", "--balance", "1.005"], "value.unknown: '1.005' is no balance."),
        (["quote", "7", "B", "--coupon", "nope"], "benefit.not_applicable: coupons = 'nope'"),
        (
            ["hold", "7", "X", "B", "--pay", "5"],
            "benefit.quote_changed: expected_pay = '500': the order comes to ¥198.00 now",
        ),
        (["pay", "nope"], "benefit.not_found: order = 'nope': nothing was ever held"),
        (["refund", "nope", "R"], "benefit.not_found: order = 'nope'"),
        (["refund", "X", "R", "--line", "mugs"], "value.unknown: 'mugs' is no line. Allowed: ID="),
        (["refund", "X", "R", "--line", "a=1", "--line", "a=1"], "value.unknown: 'a=1' is no line"),
        (["order", "nope"], "benefit.not_found: order = 'nope'"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(home, basket, arguments, told):
    given = [basket if one == "B" else one for one in arguments]
    (line,) = benefit(home, *given, code=1)
    assert line.startswith(told)
    assert line.endswith(".")


def test_all_of_it_is_in_chinese_where_the_shop_is(tmp_path):
    home = benefit_home.make(tmp_path, "zh", orders=False)
    basket = tmp_path / "basket.json"
    benefit(home, "issue", "7", "--points", "1000")
    benefit(home, "claim", "7", "--coupon", "spring")
    benefit(home, "issue", "7", "--coupon", "large")
    head, *quoted = benefit(home, "hold", "7", "A1", basket, "--points", "500")
    assert head.startswith("订单 A1 已占用，至 20")
    assert quoted == [
        "mugs         ¥90.00 - ¥9.47（优惠券 spring） - ¥2.37（237 积分） = ¥78.16",
        "pot          ¥100.00 - ¥10.53（优惠券 spring） - ¥2.63（263 积分） = ¥86.84",
        "运费         ¥8.00 = ¥8.00",
        "已用         spring（满 100 减 20）：减 ¥20.00",
        "未用         large：适用商品满¥500.00可用，还差¥310.00。",
        "应付         ¥173.00，已省 ¥25.00",
    ]
    assert benefit(home, "pay", "A1")[0].startswith(
        "订单 A1 已支付：用户 7 实付 ¥173.00，使用：500 积分、优惠券 spring（第 "
    )
    assert benefit(home, "refund", "A1", "R1", "--line", "mugs=1")[0].startswith(
        "订单 A1 的退款 R1：退回 ¥26.05、79 积分；剩余 3 件（第 "
    )
    assert benefit(home, "order", "A1")[0] == "订单 A1（用户 7）：已支付"
    assert benefit(home, "verify")[0].endswith("1 个订单，0 个红包，0 件礼品")
