"""Orders of a number that is another one's by now: what comes back is that one's; both stores."""

from __future__ import annotations

import pytest

from benefit.order.checkout import MONEY, EarnGiven, HoldGiven
from benefit.order.test_refund import COUPON, ORDER, SPRING, made_paid
from regulars.benefit.merge import MergeWallets
from regulars.benefit.names import GROWTH, POINTS
from regulars.benefit.order.pay import PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.errors import NothingToDo

OLD, NEW = 7, 6


def merge(shop, *, again: bool = False):
    told = {"old": OLD, "new": NEW, "zone": "Asia/Shanghai", "with_limits": not again}
    return shop.ask(MergeWallets(key=shop.key(), **told))


def has(shop, who: int) -> tuple[int, int, int]:
    return shop.of(SPRING, who), shop.of(POINTS, who), shop.of(MONEY, who)


def test_what_a_refund_brings_back_after_the_merge_goes_to_the_survivor(anywhere):
    shop = made_paid(anywhere)
    shop.ask(EarnGiven("earn", "A1", OLD, 150_69, 150, 150))
    merge(shop)
    assert shop.of(POINTS, NEW) == 150
    shop.ask(RefundOrder(shop.key(), "A1", "R1", None, shipping=True))
    # What it had earned is taken from who has it; what it used comes back to where it came from.
    assert (shop.of(POINTS, NEW), shop.of(GROWTH, NEW)) == (0, 0)
    assert has(shop, OLD) == (1, 500, 15_00)
    merge(shop, again=True)
    assert (has(shop, OLD), has(shop, NEW)) == ((0, 0, 0), (1, 500, 15_00))
    assert shop.budget("may") == (70_00, 30_00, 0)
    with pytest.raises(NothingToDo):
        merge(shop, again=True)


def test_an_order_that_was_held_before_the_merge_is_paid_and_refunded_after_it(anywhere):
    shop = anywhere
    shop.fund("may", 100_00)
    shop.give_coupon(COUPON, OLD)
    shop.give(POINTS, OLD, 600)
    shop.give(MONEY, OLD, 15_00)
    shop.ask(HoldGiven("hold", "A1", OLD, ORDER))
    about = merge(shop).body.about
    assert about["holds"] == ["order:A1"]
    assert has(shop, NEW) == (0, 100, 0)
    shop.ask(PayOrder("pay", "A1"))
    shop.ask(RefundOrder(shop.key(), "A1", "R1", None, shipping=True))
    merge(shop, again=True)
    assert (has(shop, OLD), has(shop, NEW)) == ((0, 0, 0), (1, 600, 15_00))
