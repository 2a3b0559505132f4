"""What a refund of a part gives back: worked by hand, and for any sequence of refunds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from benefit.order.orders import refunds
from regulars.benefit.order.allocation import (
    Allocation,
    Part,
    Refunded,
    Restored,
    UsedCoupon,
    in_all,
    left_of,
    restored,
)
from regulars.errors import NoSuchBenefit, TooMuch

SPRING, SHIP = "coupon:spring:1", "coupon:ship:1"

# Three mugs at 30.00, a teapot at 100.00, shipping 8.00: 198.00 in all.
#   coupon, 20.00 off the goods, by 90 : 100     ->  9.47 + 10.53
#   500 points worth 5.00, by 80.53 : 89.47      ->  237 + 263 points (2.37 + 2.63)
#   15.00 of a red envelope, by 78.16 : 86.84 : 8.00 -> 6.78 + 7.53 + 0.69
#   left to pay                                  ->  71.38 + 79.31 + 7.31 = 158.00
MUGS = Part(
    id="mugs", quantity=3, price=90_00, discounts={SPRING: 9_47}, points=237, points_money=2_37,
    balance=6_78, pay=71_38,
)  # fmt: skip
TEAPOT = Part(
    id="teapot", price=100_00, discounts={SPRING: 10_53}, points=263, points_money=2_63,
    balance=7_53, pay=79_31,
)  # fmt: skip
PARCEL = Part(price=8_00, balance=69, pay=7_31)
ORDER = Allocation(
    lines=(MUGS, TEAPOT),
    shipping=PARCEL,
    coupons=(UsedCoupon(asset=SPRING, discount=20_00, budget="spring", cost=20_00),),
)


def test_three_refunds_of_an_order_with_coupon_points_and_envelope():
    # One of three mugs: 71.38 / 3 = 23.79 and a third of a coin; 237 / 3 = 79 points; 6.78 / 3 =
    # 2.26; of the coupon 9.47 / 3 = 3.15 and two thirds. The coupon stays used.
    first = restored(ORDER, Refunded(), Refunded({"mugs": 1}))
    assert (first.cash, first.points, first.balance) == (23_79, 79, 2_26)
    assert (first.discounts, first.coupons) == ({SPRING: 3_15}, ())
    # The teapot and the shipping, whole: 79.31 + 7.31; 263 points; 7.53 + 0.69; 10.53.
    second = restored(ORDER, Refunded({"mugs": 1}), Refunded({"teapot": 1}, shipping=True))
    assert (second.cash, second.goods_cash) == (86_62, 79_31)
    assert (second.points, second.balance) == (263, 8_22)
    assert (second.discounts, second.coupons) == ({SPRING: 10_53}, ())
    # The other two mugs: all that is left, 71.38 - 23.79; 237 - 79; 6.78 - 2.26; 9.47 - 3.15. Now
    # everything that the coupon took something off has come back, and so does the coupon.
    third = restored(
        ORDER, Refunded({"mugs": 1, "teapot": 1}, shipping=True), Refunded({"mugs": 2})
    )
    assert (third.cash, third.points, third.balance) == (47_59, 158, 4_52)
    assert (third.discounts, third.coupons) == ({SPRING: 6_32}, (SPRING,))
    # 23.79 + 86.62 + 47.59 = 158.00; 79 + 263 + 158 = 500; 2.26 + 8.22 + 4.52 = 15.00.
    assert first.cash + second.cash + third.cash == ORDER.pay == 158_00
    assert first.points + second.points + third.points == ORDER.points == 500
    assert first.balance + second.balance + third.balance == ORDER.balance == 15_00


def test_what_a_budget_paid_comes_back_with_the_goods():
    # Its budget pays 15.00 of the coupon's 20.00: of 3.15 that is 2.36 and a quarter.
    coupon = UsedCoupon(asset=SPRING, discount=20_00, budget="spring", cost=15_00)
    order = Allocation(lines=(MUGS, TEAPOT), shipping=PARCEL, coupons=(coupon,))
    mug, rest = Refunded({"mugs": 1}), Refunded({"mugs": 2, "teapot": 1})
    assert restored(order, Refunded(), mug).costs == {SPRING: 2_36}
    assert restored(order, mug, rest).costs == {SPRING: 12_64}


def test_a_coupon_that_took_something_off_one_line_comes_back_with_that_line():
    tea = Part(id="tea", quantity=2, price=10_00, discounts={SPRING: 2_00}, pay=8_00)
    cup = Part(id="cup", price=5_00, pay=5_00)
    order = Allocation(lines=(tea, cup), coupons=(UsedCoupon(asset=SPRING, discount=2_00),))
    assert restored(order, Refunded(), Refunded({"tea": 1})).coupons == ()
    assert restored(order, Refunded({"tea": 1}), Refunded({"tea": 1})).coupons == (SPRING,)
    assert restored(order, Refunded({"tea": 2}), Refunded({"cup": 1})).coupons == ()


def test_a_shipping_coupon_comes_back_with_the_shipping_and_all_the_goods():
    cup = Part(id="cup", quantity=2, price=10_00, pay=10_00)
    parcel = Part(price=8_00, discounts={SHIP: 8_00})
    order = Allocation(
        lines=(cup,), shipping=parcel, coupons=(UsedCoupon(asset=SHIP, discount=8_00),)
    )
    goods = Refunded({"cup": 2})
    assert restored(order, Refunded(), Refunded(shipping=True)).coupons == ()
    assert restored(order, Refunded(), goods).coupons == ()  # the parcel was sent for nothing
    assert restored(order, goods, Refunded(shipping=True)).coupons == (SHIP,)
    assert restored(order, Refunded(shipping=True), goods).coupons == (SHIP,)


def test_no_more_can_be_refunded_than_there_was():
    with pytest.raises(TooMuch, match="3 are to be refunded and 2 are left"):
        restored(ORDER, Refunded({"mugs": 1}), Refunded({"mugs": 3}))
    with pytest.raises(TooMuch, match="shipping has been refunded before"):
        restored(ORDER, Refunded(shipping=True), Refunded(shipping=True))
    with pytest.raises(NoSuchBenefit, match="no such line"):
        restored(ORDER, Refunded(), Refunded({"spoon": 1}))


def test_what_is_left_of_it_is_told():
    assert left_of(ORDER, Refunded({"mugs": 1, "teapot": 1})) == {"mugs": 2}


def kinds(found: Restored) -> list[int]:
    return [
        found.cash, found.goods_cash, found.points, found.points_money, found.balance,
        *found.discounts.values(), *found.costs.values(),
    ]  # fmt: skip


@given(refunds())
@settings(max_examples=200, deadline=None)
def test_any_sequence_of_refunds_ends_with_all_given_back_and_nothing_over(case):
    order, steps = case
    before = Refunded()
    found = []
    for step in steps:
        one = restored(order, before, step)
        assert min(kinds(one)) >= 0
        before = before.and_also(step)
        found.append(one)
    assert left_of(order, before) == {}
    assert sum(one.cash for one in found) == order.pay
    assert sum(one.goods_cash for one in found) == order.goods_pay
    assert sum(one.points for one in found) == order.points
    assert sum(one.balance for one in found) == order.balance
    for coupon in order.coupons:
        given = sum(one.discounts.get(coupon.asset, 0) for one in found)
        paid = sum(one.costs.get(coupon.asset, 0) for one in found)
        assert (given, paid) == (coupon.discount, coupon.cost)
        assert sum(one.coupons.count(coupon.asset) for one in found) == 1
    value = sum(
        one.cash + one.points_money + one.balance + sum(one.discounts.values()) for one in found
    )
    assert value == sum(part.price for part in order.parts)


@given(refunds())
@settings(max_examples=100, deadline=None)
def test_meanwhile_less_is_kept_back_than_a_coin_of_each_kind_and_line(case):
    order, steps = case
    before = Refunded()
    for step in steps:
        before = before.and_also(step)
        found = in_all(order, before)
        value = found.cash + found.points_money + found.balance + sum(found.discounts.values())
        exact = sum(
            Fraction(part.price * before.lines.get(part.id, 0), part.quantity)
            for part in order.lines
        )
        exact += order.shipping.price if before.shipping else 0
        rounded = sum(3 + len(part.discounts) for part in order.lines)  # kinds, line by line
        assert exact - rounded < value <= exact


@given(refunds())
@settings(max_examples=100, deadline=None)
def test_in_whatever_parts_it_comes_the_same_is_given_back_in_all(case):
    order, steps = case
    middle = len(steps) // 2
    once, rest = Refunded(), Refunded()
    for step in steps[:middle]:
        once = once.and_also(step)
    for step in steps[middle:]:
        rest = rest.and_also(step)
    first, second = restored(order, Refunded(), once), restored(order, once, rest)
    assert first.cash + second.cash == in_all(order, once.and_also(rest)).cash == order.pay
