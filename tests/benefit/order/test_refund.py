"""A paid order comes back, in parts: each has back what is theirs, and no more than there was."""

from __future__ import annotations

import pytest

from benefit.order.checkout import MINUTE, MONEY, EarnGiven, HoldGiven
from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, USED
from regulars.benefit.order.allocation import Allocation, Part, UsedCoupon
from regulars.benefit.order.pay import PayOrder
from regulars.benefit.order.refund import RESTORED, RefundOrder
from regulars.errors import (
    InvalidCommand,
    KeyConflict,
    NoSuchBenefit,
    NothingToDo,
    OrderState,
    TooMuch,
)
from regulars.ledger.command import Expire

SPRING = "coupon:spring:1"

# As in test_allocation: three mugs at 30.00, a teapot at 100.00, shipping 8.00; a coupon of 20.00,
# 500 points worth 5.00, 15.00 of a red envelope; 158.00 to be paid, 150.69 of it for goods.
MUGS = Part(
    id="mugs", quantity=3, price=90_00, discounts={SPRING: 9_47}, points=237, points_money=2_37,
    balance=6_78, pay=71_38,
)  # fmt: skip
TEAPOT = Part(
    id="teapot", price=100_00, discounts={SPRING: 10_53}, points=263, points_money=2_63,
    balance=7_53, pay=79_31,
)  # fmt: skip
PARCEL = Part(price=8_00, balance=69, pay=7_31)
COUPON = UsedCoupon(
    asset=SPRING, discount=20_00, budget="may", worst_case=30_00, set_aside=30_00, cost=20_00
)
ORDER = Allocation(lines=(MUGS, TEAPOT), shipping=PARCEL, coupons=(COUPON,))
USES_NOTHING = Allocation(lines=(Part(id="tea", quantity=2, price=100_00, pay=100_00),))


def made_paid(shop):
    """Customer 7 has paid order A1 with all that they had."""
    shop.fund("may", 100_00)
    shop.give_coupon(COUPON, 7)
    shop.give(POINTS, 7, 500)
    shop.give(MONEY, 7, 15_00)
    shop.ask(HoldGiven("hold", "A1", 7, ORDER))
    shop.ask(PayOrder("pay", "A1"))
    return shop


@pytest.fixture
def paid(shop):
    return made_paid(shop)


def has(shop) -> tuple[int, int, int]:
    return shop.of(SPRING, 7), shop.of(POINTS, 7), shop.of(MONEY, 7)


def refund(shop, refund: str, lines: dict[str, int] | None, shipping: bool = False, key: str = ""):
    return shop.ask(RefundOrder(key or f"refund {refund}", "A1", refund, lines, shipping))


def test_three_refunds_give_back_each_exactly(anywhere):
    paid = made_paid(anywhere)
    assert has(paid) == (0, 0, 0)
    assert paid.budget("may") == (80_00, 0, 20_00)
    # A mug of three: 71.38 / 3, 237 / 3 points, 6.78 / 3; the coupon's discount on it, 3.15, is no
    # cost any more.
    first = refund(paid, "R1", {"mugs": 1})
    assert first.body.about["cash"] == 23_79
    assert has(paid) == (0, 79, 2_26)
    assert paid.budget("may") == (83_15, 0, 16_85)
    # Teapot and shipping: 79.31 + 7.31; 263 points; 7.53 + 0.69; of the coupon 10.53.
    second = refund(paid, "R2", {"teapot": 1}, shipping=True)
    assert second.body.about["cash"] == 86_62
    assert has(paid) == (0, 342, 10_48)
    assert paid.budget("may") == (93_68, 0, 6_32)
    # The rest, and with it the coupon: its worst case of 30.00 is set aside again.
    third = refund(paid, "R3", None)
    assert third.body.about["cash"] == 47_59
    assert third.body.about["lines"] == {"mugs": 2}
    assert third.body.about["coupons"] == [SPRING]
    assert has(paid) == (1, 500, 15_00)
    assert paid.budget("may") == (70_00, 30_00, 0)
    assert paid.of(SPRING, USED) == paid.of(POINTS, "shop") == paid.of(MONEY, "shop") == 0


def test_the_answer_and_the_event_tell_what_came_back(paid):
    done = refund(paid, "R1", {"teapot": 1})
    told = {
        "order": "A1", "refund": "R1", "currency": "CNY", "shipping": False, "cash": 79_31,
        "points": 263, "balance": 7_53, "discount": 10_53, "coupons": [],
    }  # fmt: skip
    assert done.body.about == told | {"customer_id": 7, "lines": {"teapot": 1}, "left": 3}
    (event,) = done.body.events
    assert (event.event, event.customer_id, event.properties) == (RESTORED, 7, told)


def test_asked_again_it_gives_back_once_whatever_the_key(anywhere):
    paid = made_paid(anywhere)
    first = refund(paid, "R1", {"mugs": 1})
    again = refund(paid, "R1", {"mugs": 1})
    assert again.replayed
    assert again.as_dict() == first.as_dict()
    with pytest.raises(NothingToDo, match=f"Entry {first.n} of the journal"):
        refund(paid, "R1", {"mugs": 1}, key="another")
    with pytest.raises(KeyConflict):
        refund(paid, "R1", {"mugs": 2})
    assert has(paid) == (0, 79, 2_26)


def test_no_more_is_refunded_than_there_is(paid):
    refund(paid, "R1", {"mugs": 2})
    with pytest.raises(TooMuch, match="2 are to be refunded and 1 are left"):
        refund(paid, "R2", {"mugs": 2})
    with pytest.raises(NoSuchBenefit, match="no such line"):
        refund(paid, "R3", {"spoon": 1})
    refund(paid, "R4", None, shipping=True)
    for lines in (None, {"mugs": 1}):
        with pytest.raises((NothingToDo, TooMuch)):
            refund(paid, f"R5 {lines}", lines, shipping=True)
    assert has(paid) == (1, 500, 15_00)


def test_what_makes_no_sense_is_not_kept(paid):
    for lines in ({}, {"mugs": 0}, {"mugs": -1}):
        with pytest.raises(InvalidCommand):
            refund(paid, "R1", lines)
    refund(paid, "R1", {"mugs": 1})


def test_only_a_paid_order_is_refunded(shop):
    with pytest.raises(NoSuchBenefit, match="nothing was ever held"):
        refund(shop, "R1", None)
    shop.ask(HoldGiven("hold", "A1", 7, USES_NOTHING))
    with pytest.raises(OrderState, match="not paid"):
        refund(shop, "R2", None)


def test_where_nothing_is_to_be_restored_the_refund_is_put_down_all_the_same(shop):
    shop.ask(HoldGiven("hold", "A1", 7, USES_NOTHING))
    shop.ask(PayOrder("pay", "A1"))
    done = refund(shop, "R1", {"tea": 1})
    assert (done.kind, done.body.events) == ("note", ())
    assert (done.body.about["cash"], done.body.about["left"]) == (50_00, 1)
    assert refund(shop, "R2", None).body.about["cash"] == 50_00
    with pytest.raises(NothingToDo):
        refund(shop, "R3", None)


def test_what_the_order_earned_is_taken_back_in_the_same_entry(anywhere):
    paid = made_paid(anywhere)
    # 150 points and 75 growth for the goods' 150.69.
    paid.ask(EarnGiven("earn", "A1", 7, base=150_69, points=150, growth=75))
    # 23.79 of 150.69 come back: 150 x 23.79 / 150.69 = 23.68 points, 75 x … = 11.84 growth; and
    # the 79 points that had paid for the mug.
    done = refund(paid, "R1", {"mugs": 1})
    assert (done.body.about["points_taken"], done.body.about["growth_taken"]) == (23, 11)
    assert paid.of(POINTS, 7) == 150 - 23 + 79
    assert paid.of(GROWTH, 7) == 64
    refund(paid, "R2", None, shipping=True)
    assert paid.of(POINTS, 7) == 500
    assert (paid.of(GROWTH, 7), paid.of(OWED_POINTS, 7)) == (0, 0)
    row = paid.earned("A1")
    assert (row.base_back, row.points_back, row.growth_back) == (150_69, 150, 75)


def test_earned_points_that_are_spent_are_owed_after_what_the_refund_itself_brings(paid):
    paid.ask(EarnGiven("earn", "A1", 7, base=150_69, points=900, growth=0))
    spend = Allocation(
        lines=(Part(id="cup", price=10_00, points=900, points_money=9_00, pay=1_00),)
    )
    paid.ask(HoldGiven("hold 2", "A2", 7, spend))
    paid.ask(PayOrder("pay 2", "A2"))
    done = refund(paid, "R1", None, shipping=True)
    # 500 come back and go to the 900 that were earned; 400 are owed.
    assert (done.body.about["points_taken"], done.body.about["points_owed"]) == (500, 400)
    assert (paid.of(POINTS, 7), paid.of(OWED_POINTS, 7)) == (0, 400)


def test_points_that_come_back_expired_pay_for_nothing(shop):
    soon = shop.at + 60 * MINUTE
    shop.give(POINTS, 7, 100, soon)
    tea = Allocation(lines=(Part(id="tea", price=20_00, points=100, points_money=1_00, pay=19_00),))
    shop.ask(HoldGiven("hold", "A1", 7, tea))
    shop.ask(PayOrder("pay", "A1"))
    shop.ask(EarnGiven("earn", "A1", 7, base=19_00, points=19, growth=0))
    shop.ask(HoldGiven("hold 2", "A2", 7, Allocation(lines=(Part(id="cup", points=19),))))
    shop.ask(PayOrder("pay 2", "A2"))
    shop.at = soon
    done = refund(shop, "R1", None)
    assert (done.body.about["points_taken"], done.body.about["points_owed"]) == (0, 19)
    assert done.body.about["expired"] == {"points": 100}


def test_an_order_without_benefits_that_earned_has_only_that_taken_back(shop):
    shop.ask(HoldGiven("hold", "A1", 7, USES_NOTHING))
    shop.ask(PayOrder("pay", "A1"))
    shop.ask(EarnGiven("earn", "A1", 7, base=100_00, points=100, growth=0))
    assert refund(shop, "R1", {"tea": 1}).kind == "take_back"
    assert shop.of(POINTS, 7) == 50
    shop.ask(HoldGiven("hold 2", "A2", 7, Allocation(lines=(Part(id="c", points=50),))))
    shop.ask(PayOrder("pay 2", "A2"))
    assert refund(shop, "R2", {"tea": 1}).kind == "post"  # nothing is there; it is owed
    assert (shop.of(POINTS, 7), shop.of(OWED_POINTS, 7)) == (0, 50)


def test_growth_value_that_is_gone_is_let_go(paid):
    soon = paid.at + 60 * MINUTE
    paid.ask(EarnGiven("earn", "A1", 7, base=150_69, points=0, growth=75, expires_at=soon))
    paid.at = soon
    paid.ask(Expire(key="sweep", asset=GROWTH))
    done = refund(paid, "R1", None)
    assert done.body.about["growth_taken"] == 0
    assert paid.earned("A1").growth_back == 75


def test_each_comes_back_as_it_was_and_what_has_expired_has_expired(shop):
    soon, later = shop.at + 60 * MINUTE, shop.at + 600 * MINUTE
    shop.fund("may", 100_00)
    shop.give_coupon(COUPON, 7, soon)
    shop.give(POINTS, 7, 400, soon)
    shop.give(POINTS, 7, 100, later)
    shop.give(MONEY, 7, 15_00, later)
    shop.ask(HoldGiven("hold", "A1", 7, ORDER))
    shop.ask(PayOrder("pay", "A1"))
    shop.at = soon
    # The 100 that expire later were drawn last and come back first, 163 of the others besides.
    done = refund(shop, "R1", {"teapot": 1})
    assert done.body.about["expired"] == {"points": 163}
    assert shop.of(POINTS, 7) == 100
    done = refund(shop, "R2", None, shipping=True)
    assert done.body.about["expired"] == {"points": 237, "coupons": [SPRING]}
    assert has(shop) == (0, 100, 15_00)
    # Its worst case is set aside for the sweep, which lets it go as it does for any other.
    assert shop.budget("may") == (70_00, 30_00, 0)


def test_a_budget_that_has_given_the_rest_away_sets_aside_what_it_has(paid):
    other = UsedCoupon(asset="coupon:other:1", discount=75_00, budget="may", worst_case=75_00)
    paid.give_coupon(other, 8)
    assert paid.budget("may") == (5_00, 75_00, 20_00)
    # The coupon's 20.00 come back, and 5.00 of the 10.00 that are missing to its worst case.
    refund(paid, "R1", None, shipping=True)
    assert paid.of(SPRING, 7) == 1
    assert paid.budget("may") == (0, 100_00, 0)
