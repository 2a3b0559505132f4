"""At checkout: an order is quoted as the customer stands, and what it uses is set aside."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from benefit.order.checkout import MINUTE, MONEY
from regulars.benefit.definition.terms import Coupon, Points, Term, Tier, Tiers, encode, named
from regulars.benefit.names import POINTS, coupon_asset
from regulars.benefit.order.allocation import UsedCoupon
from regulars.benefit.order.hold import HoldOrder
from regulars.benefit.order.pay import CancelOrder, PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.benefit.quote.basket import Basket, BasketLine, Wish
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_members import MemberRow
from regulars.engines.store_terms import TermRow
from regulars.errors import (
    InvalidCommand,
    LedgerRefused,
    NotApplicable,
    OrderState,
    QuoteChanged,
)

# 20.00 off from 100.00 on, paid by a budget; 10 % of tea, at most 8.00; points are worth a coin.
SPRING = Coupon(
    name="spring", title="Spring", kind="amount", amount=20_00, threshold=100_00, budget="may"
)
TENTH = Coupon(name="tenth", title="A tenth", kind="percent", percent=10_00, ceiling=8_00)
TERMS: tuple[Term, ...] = (SPRING, TENTH, Points())
SPRING_1, TENTH_1 = coupon_asset("spring", 1), coupon_asset("tenth", 1)
BASKET = Basket(
    lines=(
        BasketLine(id="mugs", product="mug", quantity=3, unit_price=30_00),
        BasketLine(id="teapot", product="teapot", quantity=1, unit_price=100_00),
    ),
    shipping=8_00,
)
ALL = Wish(points="most", balance="most")


def publish(shop, *terms: Term, version: int = 1) -> None:
    rows = [TermRow(*named(term), version, encode(term), 1) for term in terms]
    shop.ledger.beside(lambda connection: BenefitRows(connection).add_terms(rows))


def given(coupon: Coupon) -> UsedCoupon:
    worst = (coupon.worst_case or 0) if coupon.budget else 0
    return UsedCoupon(
        asset=coupon_asset(coupon.name, 1), discount=1, budget=coupon.budget, worst_case=worst
    )


def with_benefits(shop):
    """Customer 7 has a coupon of a budget, 500 points and 15.00 on their balance."""
    publish(shop, *TERMS)
    shop.fund("may", 100_00)
    shop.give_coupon(given(SPRING), 7)
    shop.give(POINTS, 7, 500)
    shop.give(MONEY, 7, 15_00)
    return shop


@pytest.fixture
def rich(shop):
    return with_benefits(shop)


def hold(key: str, order: str = "A1", **more) -> HoldOrder:
    fields = {"customer_id": 7, "basket": BASKET, "currency": "CNY", "wish": ALL} | more
    return HoldOrder(key=key, order=order, **fields)


def has(shop) -> tuple[int, int, int]:
    return shop.of(SPRING_1, 7), shop.of(POINTS, 7), shop.of(MONEY, 7)


def test_from_checkout_to_the_last_refund(anywhere):
    shop = with_benefits(anywhere)
    # 198.00 less the coupon's 20.00, 500 points worth 5.00 and 15.00 of the balance.
    held = shop.ask(hold("hold", expected_pay=158_00))
    assert held.body.about["quote"]["pay"] == 158_00
    assert has(shop) == (0, 0, 0)
    for part in shop.order("A1").body.allocation.parts:
        borne = sum(part.discounts.values()) + part.points_money + part.balance + part.pay
        assert part.price == borne
    assert shop.ask(hold("hold", expected_pay=158_00)).replayed
    paid = shop.ask(PayOrder("pay", "A1"))
    assert (paid.body.about["pay"], paid.body.about["saved"]) == (158_00, 25_00)
    assert shop.budget("may") == (80_00, 0, 20_00)
    back = [
        shop.ask(RefundOrder(f"refund {place}", "A1", f"R{place}", lines, shipping))
        for place, (lines, shipping) in enumerate(
            [({"mugs": 1}, False), ({"teapot": 1}, True), (None, False)]
        )
    ]
    # As worked by hand in test_allocation.
    assert [one.body.about["cash"] for one in back] == [23_79, 86_62, 47_59]
    assert [one.body.about["points"] for one in back] == [79, 263, 158]
    assert [one.body.about["balance"] for one in back] == [2_26, 8_22, 4_52]
    assert has(shop) == (1, 500, 15_00)
    assert shop.budget("may") == (80_00, 20_00, 0)


def test_what_the_customer_was_shown_has_to_hold(rich):
    with pytest.raises(QuoteChanged, match=r"the order comes to ¥158\.00 now"):
        rich.ask(hold("hold", expected_pay=157_99))
    assert has(rich) == (1, 500, 15_00)


def test_the_order_asked_anew_counts_what_it_holds_as_free(anywhere):
    shop = with_benefits(anywhere)
    shop.ask(hold("one"))
    again = shop.ask(hold("two", expected_pay=158_00))
    assert again.body.replaces
    assert has(shop) == (0, 0, 0)
    shop.ask(hold("three", wish=Wish(coupons=()), expected_pay=198_00))
    assert has(shop) == (1, 500, 15_00)
    shop.ask(hold("four", expected_pay=158_00))
    shop.ask(CancelOrder("cancel", "A1"))
    assert has(shop) == (1, 500, 15_00)
    shop.ask(hold("five"))
    shop.ask(hold("six"))
    shop.ask(PayOrder("pay", "A1"))
    assert shop.budget("may") == (80_00, 0, 20_00)  # what it had set aside was free for it, too


def test_what_another_order_holds_is_not_used_and_the_quote_says_why(rich):
    rich.ask(hold("hold", "A1"))
    other = rich.ask(hold("hold 2", "A2", expected_pay=198_00))
    (reason,) = other.body.about["quote"]["reasons"]
    assert (reason["asset"], "order" in reason["en"]) == (SPRING_1, True)
    with pytest.raises(NotApplicable):
        rich.ask(hold("hold 3", "A3", wish=Wish(coupons=("spring",))))


def test_the_last_coupon_goes_to_one_of_several_orders(anywhere):
    shop = with_benefits(anywhere)

    def ask(number: int) -> str:
        wish = Wish(coupons=("spring",))
        try:
            shop.ask(hold(f"k{number}", f"A{number}", wish=wish))
        except LedgerRefused as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as threads:
        found = Counter(threads.map(ask, range(8)))
    assert found == {"done": 1, "benefit.not_applicable": 7}
    assert shop.of(SPRING_1, 7) == 0


def test_what_was_given_under_earlier_terms_is_honoured_under_them(rich):
    publish(rich, Coupon(name="spring", title="Less", kind="amount", amount=5_00), version=2)
    rich.ask(hold("hold", expected_pay=158_00))
    ended = TermRow("coupon", "spring", 3, "", 1)
    rich.ledger.beside(lambda connection: BenefitRows(connection).add_terms([ended]))
    rich.ask(hold("hold again", expected_pay=158_00))


def test_of_one_coupon_that_which_expires_first_is_used(rich):
    rich.give_coupon(given(SPRING), 7, rich.at + 60 * MINUTE)
    rich.ask(hold("hold"))
    rich.ask(PayOrder("pay", "A1"))
    (used,) = rich.order("A1").body.allocation.coupons
    assert used.expires_at == rich.at + 60 * MINUTE
    assert rich.of(SPRING_1, 7) == 1


def test_what_has_expired_is_not_used(rich):
    rich.give(TENTH_1, 7, 1, rich.at + MINUTE)
    rich.give(POINTS, 7, 100, rich.at + MINUTE)
    rich.at += MINUTE
    told = rich.ask(hold("hold")).body.about["quote"]
    assert told["pay"] == 158_00
    assert [(one["asset"], one["code"]) for one in told["reasons"]] == [(TENTH_1, "expired")]


def test_a_budget_pays_what_the_coupon_takes_off_and_has_the_rest_of_the_worst_case(shop):
    share = Coupon(
        name="share", title="10 %", kind="percent", percent=10_00, ceiling=30_00, budget="may"
    )
    publish(shop, share)
    shop.fund("may", 100_00)
    shop.give_coupon(given(share), 7)
    assert shop.budget("may") == (70_00, 30_00, 0)
    shop.ask(hold("hold", expected_pay=179_00))  # 10 % of 190.00
    shop.ask(PayOrder("pay", "A1"))
    assert shop.budget("may") == (81_00, 0, 19_00)


def test_a_budget_pays_no_more_than_was_set_aside(rich):
    # Customer 8 has a coupon for which nothing was set aside.
    rich.give(coupon_asset("spring", 1), 8, 1)
    rich.ask(hold("hold", "A1", customer_id=7))
    rich.ask(PayOrder("pay", "A1"))
    rich.ask(hold("hold 8", "A2", customer_id=8, wish=Wish()))
    rich.ask(PayOrder("pay 8", "A2"))
    assert rich.of(SPRING_1, 8) == 0
    assert rich.budget("may") == (80_00, 0, 20_00)


def test_a_tier_may_ship_free(rich):
    tiers = Tiers(tiers=(Tier(name="gold", title="Gold", growth=0, free_shipping=True),))
    publish(rich, tiers)
    member = MemberRow(7, "gold", 0, 2**53 - 1, "", 1)
    rich.ledger.beside(lambda connection: BenefitRows(connection).put_member(member))
    rich.ask(hold("hold", expected_pay=150_00))


def test_a_customer_who_has_nothing_holds_nothing(shop):
    publish(shop, *TERMS)
    held = shop.ask(hold("hold", expected_pay=198_00))
    assert (held.kind, held.body.about["quote"]["pay"]) == ("note", 198_00)
    shop.ask(PayOrder("pay", "A1"))


def test_where_nothing_is_published_the_price_is_the_price(shop):
    assert shop.ask(hold("hold", wish=Wish())).body.about["quote"]["pay"] == 198_00


def test_a_paid_order_is_not_held_again(rich):
    rich.ask(hold("hold"))
    rich.ask(PayOrder("pay", "A1"))
    with pytest.raises(OrderState, match="paid already"):
        rich.ask(hold("again"))


def test_of_very_many_lines_the_answer_leaves_out_what_the_row_has(rich):
    lines = tuple(
        BasketLine(id=f"line-{n}-{'x' * 40}", product="p", quantity=2, unit_price=1_00)
        for n in range(200)
    )
    held = rich.ask(hold("hold", basket=Basket(lines=lines)))
    assert "lines" not in held.body.about["quote"]
    assert len(rich.order("A1").body.allocation.lines) == 200
    rich.ask(PayOrder("pay", "A1"))
    done = rich.ask(RefundOrder("refund", "A1", "R1", None))
    assert (done.body.about["left"], "lines" in done.body.about) == (0, False)
    assert has(rich) == (1, 500, 15_00)


def test_what_makes_no_sense_is_refused_before_it_is_asked(rich):
    nothing, less = Basket(lines=()), Wish(points=-1)
    for wrong in ({"minutes": 0}, {"order": ""}, {"basket": nothing}, {"wish": less}):
        with pytest.raises(InvalidCommand):
            rich.ask(hold("hold", **wrong))
