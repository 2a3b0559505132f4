"""An order is held, paid or cancelled: what it uses is set aside, spent, or free again."""

from __future__ import annotations

import pytest

from benefit.order.checkout import MINUTE, MONEY, HoldGiven
from regulars.benefit.names import POINTS, USED
from regulars.benefit.order.allocation import Allocation, Part, UsedCoupon
from regulars.benefit.order.pay import REDEEMED, CancelOrder, PayOrder
from regulars.errors import (
    InvalidCommand,
    KeyConflict,
    NoSuchBenefit,
    NothingToDo,
    OrderState,
)
from regulars.ledger.sweep import release_expired

SPRING = "coupon:spring:1"
TEA = Part(
    id="tea", quantity=2, price=100_00, discounts={SPRING: 15_00}, points=300, points_money=3_00,
    balance=2_00, pay=80_00,
)  # fmt: skip
COUPON = UsedCoupon(
    asset=SPRING, discount=15_00, budget="may", worst_case=20_00, set_aside=20_00, cost=15_00
)
USES_ALL = Allocation(lines=(TEA,), coupons=(COUPON,))
USES_NOTHING = Allocation(lines=(Part(id="tea", price=100_00, pay=100_00),))


def made_rich(shop):
    """Customer 7 has a coupon of a budget, 500 points and 9.00 on their balance."""
    shop.fund("may", 100_00)
    shop.give_coupon(COUPON, 7)
    shop.give(POINTS, 7, 500)
    shop.give(MONEY, 7, 9_00)
    return shop


@pytest.fixture
def rich(shop):
    return made_rich(shop)


def has(shop) -> tuple[int, int, int]:
    return shop.of(SPRING, 7), shop.of(POINTS, 7), shop.of(MONEY, 7)


def test_what_is_held_is_not_there_for_anything_else_and_is_spent_when_paid(anywhere):
    rich = made_rich(anywhere)
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    assert has(rich) == (0, 200, 7_00)
    assert rich.budget("may") == (80_00, 20_00, 0)
    paid = rich.ask(PayOrder("pay", "A1"))
    assert has(rich) == (0, 200, 7_00)
    assert rich.held(POINTS, 7) == 0
    assert (rich.of(SPRING, USED), rich.of(POINTS, "shop"), rich.of(MONEY, "shop")) == (1, 300, 200)
    assert rich.order("A1").row.capture == paid.n
    assert rich.order("A1").state(rich.at) == "paid"


def test_the_budget_pays_what_the_coupon_came_to_cost_and_has_the_rest_back(rich):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    rich.ask(PayOrder("pay", "A1"))
    assert rich.budget("may") == (85_00, 0, 15_00)


def test_the_answer_and_the_event_tell_what_was_used(rich):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    paid = rich.ask(PayOrder("pay", "A1"))
    told = {
        "order": "A1", "currency": "CNY", "pay": 80_00, "saved": 0, "points": 300, "balance": 2_00,
        "coupons": [{"coupon": SPRING, "discount": 15_00}],
    }  # fmt: skip
    assert paid.body.about == told | {"customer_id": 7}
    (event,) = paid.body.events
    assert (event.event, event.customer_id, event.properties) == (REDEEMED, 7, told)


def test_asked_again_it_is_paid_once(anywhere):
    rich = made_rich(anywhere)
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    first, again = rich.ask(PayOrder("pay", "A1")), rich.ask(PayOrder("pay", "A1"))
    assert again.replayed
    assert again.as_dict() == first.as_dict()
    with pytest.raises(OrderState, match="paid already"):
        rich.ask(PayOrder("pay once more", "A1"))
    with pytest.raises(KeyConflict):
        rich.ask(PayOrder("pay", "A2"))
    assert has(rich) == (0, 200, 7_00)


def test_held_anew_it_uses_what_it_held_and_no_more(anywhere):
    rich = made_rich(anywhere)
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    less = Allocation(lines=(Part(id="tea", price=100_00, points=450, pay=100_00),))
    rich.ask(HoldGiven("hold anew", "A1", 7, less))
    assert has(rich) == (1, 50, 9_00)
    assert rich.budget("may") == (80_00, 20_00, 0)
    rich.ask(HoldGiven("once more", "A1", 7, USES_ALL))
    rich.ask(PayOrder("pay", "A1"))
    assert has(rich) == (0, 200, 7_00)


def test_held_anew_without_anything_it_lets_go_what_it_held(rich):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    assert rich.ask(HoldGiven("hold anew", "A1", 7, USES_NOTHING)).kind == "void"
    assert has(rich) == (1, 500, 9_00)
    assert rich.ask(PayOrder("pay", "A1")).kind == "note"
    assert has(rich) == (1, 500, 9_00)


def test_an_order_that_uses_nothing_is_held_and_paid_all_the_same(shop):
    assert shop.ask(HoldGiven("hold", "A1", 7, USES_NOTHING)).kind == "note"
    paid = shop.ask(PayOrder("pay", "A1"))
    assert (paid.kind, paid.body.events) == ("note", ())
    assert shop.order("A1").state(shop.at) == "paid"


def test_cancelled_all_is_free_again(anywhere):
    rich = made_rich(anywhere)
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    assert rich.ask(CancelOrder("cancel", "A1")).kind == "void"
    assert has(rich) == (1, 500, 9_00)
    assert rich.budget("may") == (80_00, 20_00, 0)
    assert rich.order("A1").state(rich.at) == "released"
    with pytest.raises(OrderState, match="was cancelled"):
        rich.ask(PayOrder("pay", "A1"))
    with pytest.raises(NothingToDo):
        rich.ask(CancelOrder("cancel again", "A1"))
    rich.ask(HoldGiven("hold anew", "A1", 7, USES_ALL))
    rich.ask(PayOrder("pay after all", "A1"))
    assert has(rich) == (0, 200, 7_00)


def test_a_paid_order_is_not_cancelled_but_refunded(rich):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    rich.ask(PayOrder("pay", "A1"))
    with pytest.raises(OrderState, match="Refund it"):
        rich.ask(CancelOrder("cancel", "A1"))
    with pytest.raises(OrderState, match="paid already"):
        rich.ask(HoldGiven("hold anew", "A1", 7, USES_ALL))


@pytest.mark.parametrize("swept", [False, True])
def test_a_hold_that_has_expired_is_not_paid_and_can_be_made_anew(rich, swept):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    rich.at += 30 * MINUTE
    if swept:
        assert release_expired(rich.ledger) == 1
        assert has(rich) == (1, 500, 9_00)
    assert rich.order("A1").state(rich.at) == "expired"
    with pytest.raises(OrderState, match="Hold it anew"):
        rich.ask(PayOrder("pay", "A1"))
    rich.ask(HoldGiven("hold anew", "A1", 7, USES_ALL))
    rich.ask(PayOrder("pay again", "A1"))
    assert has(rich) == (0, 200, 7_00)
    assert rich.budget("may") == (85_00, 0, 15_00)


@pytest.mark.parametrize("swept", [False, True])
def test_an_order_whose_hold_has_expired_can_be_cancelled(rich, swept):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    rich.at += 30 * MINUTE
    if swept:
        release_expired(rich.ledger)
    assert rich.ask(CancelOrder("cancel", "A1")).kind == ("note" if swept else "void")
    assert has(rich) == (1, 500, 9_00)


def test_an_order_that_uses_nothing_expires_as_well(shop):
    shop.ask(HoldGiven("hold", "A1", 7, USES_NOTHING, minutes=5))
    shop.at += 5 * MINUTE
    with pytest.raises(OrderState, match="Hold it anew"):
        shop.ask(PayOrder("pay", "A1"))


def test_an_order_that_is_held_is_one_customers(rich):
    rich.ask(HoldGiven("hold", "A1", 7, USES_ALL))
    with pytest.raises(OrderState, match="another customer"):
        rich.ask(HoldGiven("steal", "A1", 8, USES_NOTHING))
    rich.ask(CancelOrder("cancel", "A1"))
    rich.ask(HoldGiven("theirs now", "A1", 8, USES_NOTHING))


def test_what_was_never_held_is_neither_paid_nor_cancelled(shop):
    for deed in (PayOrder("pay", "A1"), CancelOrder("cancel", "A1")):
        with pytest.raises(NoSuchBenefit, match="nothing was ever held"):
            shop.ask(deed)


def test_an_id_has_any_characters_that_can_be_seen(shop):
    for order in ("A 17/§", "订单 2026-11-22", "x" * 80):
        shop.ask(HoldGiven(f"hold {order}", order, 7, USES_NOTHING))
        assert shop.ask(PayOrder(f"pay {order}", order)).body.about["order"] == order
    for order in ("", "x" * 81, "a\nb", "\ud800"):
        with pytest.raises(InvalidCommand, match="an id has"):
            shop.ask(PayOrder("pay", order))


def test_an_id_that_reads_as_anothers_packed_one_is_another_order(shop):
    shop.ask(HoldGiven("hold", "A 17/§", 7, USES_NOTHING))  # packed: QSAxNy_Cpw
    shop.ask(HoldGiven("hold other", "QSAxNy_Cpw", 8, USES_NOTHING))
    assert shop.order("A 17/§").row.customer_id == 7
    assert shop.order("QSAxNy_Cpw").row.customer_id == 8
