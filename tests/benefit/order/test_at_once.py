"""Many ask at once, about one order or for one coupon: it happens once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benefit.order.checkout import HoldGiven
from regulars.benefit.names import POINTS, USED
from regulars.benefit.order.allocation import Allocation, Part, UsedCoupon
from regulars.benefit.order.pay import CancelOrder, PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.errors import LedgerRefused

SPRING = "coupon:spring:1"
TEA = Part(id="tea", quantity=2, price=20_00, discounts={SPRING: 5_00}, points=100, pay=14_00)
ORDER = Allocation(lines=(TEA,), coupons=(UsedCoupon(asset=SPRING, discount=5_00),))


def all_at_once(shop, deeds) -> Counter[str]:
    """Ask each from a thread of its own; how many were done, and refused with which code."""

    def ask(deed) -> str:
        try:
            shop.ask(deed)
        except LedgerRefused as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as threads:
        return Counter(threads.map(ask, deeds))


def give(shop) -> None:
    shop.give(SPRING, 7, 1)
    shop.give(POINTS, 7, 100)


def test_the_last_coupon_goes_to_one_of_two_orders(anywhere):
    give(anywhere)
    anywhere.give(POINTS, 7, 100)
    found = all_at_once(anywhere, [HoldGiven(f"k{n}", f"A{n}", 7, ORDER) for n in range(8)])
    assert found == {"done": 1, "ledger.insufficient": 7}
    assert anywhere.of(POINTS, 7) == 100


def test_an_order_is_paid_once(anywhere):
    give(anywhere)
    anywhere.ask(HoldGiven("hold", "A1", 7, ORDER))
    found = all_at_once(anywhere, [PayOrder(f"k{n}", "A1") for n in range(16)])
    assert found == {"done": 1, "benefit.order_state": 15}
    assert anywhere.of(SPRING, USED) == 1


def test_an_order_is_paid_or_cancelled_and_never_both(anywhere):
    give(anywhere)
    for n in range(8):
        anywhere.ask(HoldGiven(f"hold {n}", f"A{n}", 7, ORDER))
        found = all_at_once(
            anywhere, [PayOrder(f"pay {n}", f"A{n}"), CancelOrder(f"cancel {n}", f"A{n}")]
        )
        assert found == {"done": 1, "benefit.order_state": 1}
        if anywhere.order(f"A{n}").row.state == "paid":
            assert anywhere.of(SPRING, 7) == 0
            anywhere.ask(RefundOrder(f"refund {n}", f"A{n}", "R", None))
        assert (anywhere.of(SPRING, 7), anywhere.of(POINTS, 7)) == (1, 100)


def test_a_refund_is_done_once_whoever_asks_how_often(anywhere):
    give(anywhere)
    anywhere.ask(HoldGiven("hold", "A1", 7, ORDER))
    anywhere.ask(PayOrder("pay", "A1"))
    same = [RefundOrder(f"k{n}", "A1", "R1", {"tea": 1}) for n in range(8)]
    assert all_at_once(anywhere, same) == {"done": 1, "benefit.nothing_to_do": 7}
    assert anywhere.of(POINTS, 7) == 50
    others = [RefundOrder(f"o{n}", "A1", f"S{n}", {"tea": 1}) for n in range(8)]
    assert all_at_once(anywhere, others) == {"done": 1, "ledger.too_much": 7}
    assert (anywhere.of(SPRING, 7), anywhere.of(POINTS, 7)) == (1, 100)
