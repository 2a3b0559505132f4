"""Quotes worked out by hand, in fen; and what holds of any."""

from __future__ import annotations

import os

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.quote.baskets import AT, baskets, wallets
from regulars.benefit.definition.terms import Coupon, Points, Scope, Together
from regulars.benefit.quote.basket import Basket, BasketLine, Held, Quote, Wish
from regulars.benefit.quote.quote import quote
from regulars.benefit.quote.reasons import CODES

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "0"))
TEA = Scope(categories=("tea",))


def line(id_: str, quantity: int, unit_price: int, category: str = "", product: str = ""):
    return BasketLine(
        id=id_,
        product=product or id_,
        category=category,
        quantity=quantity,
        unit_price=unit_price,
    )


def held(name: str, kind: str, expires_at: int = AT + 1, **terms) -> Held:
    coupon = Coupon(name=name, title=name, kind=kind, **terms)
    return Held(f"coupon:{name}:1", coupon, 1, expires_at)


def quoted(basket: Basket, *coupons: Held, **wanted) -> Quote:
    together = Together(most=wanted.pop("most", 3))
    points = wanted.pop("points", Points())
    return quote(basket, coupons, at=AT, catalogue_points=points, together=together, **wanted)


def discounts(found: Quote, name: str) -> list[int]:
    return [one.discounts.get(f"coupon:{name}:1", 0) for one in (*found.lines, found.shipping)]


def used(found: Quote) -> list[str]:
    return [one.name for one in found.coupons]


def codes(found: Quote) -> dict[str, str]:
    return {one.name: one.code for one in found.reasons}


def test_an_amount_off_is_spread_over_the_lines_by_what_they_come_to():
    # tea 2 x 45.00 = 90.00, mug 30.00: 120.00, so 满100减20 applies.
    # 20.00 x 90/120 = 15.00 and 20.00 x 30/120 = 5.00
    basket = Basket((line("tea", 2, 45_00), line("mug", 1, 30_00)), shipping=8_00)
    found = quoted(basket, held("spring", "amount", amount=20_00, threshold=100_00))
    assert discounts(found, "spring") == [15_00, 5_00, 0]
    assert [one.pay for one in found.lines] == [75_00, 25_00]
    assert (found.list_price, found.saved, found.pay) == (128_00, 20_00, 108_00)


def test_a_percentage_off_goes_up_to_its_ceiling():
    # 199.99 + 120.01 = 320.00; 15 % are 48.00, the ceiling is 30.00.
    # 3000 x 19999/32000 = 1874.91 and 3000 x 12001/32000 = 1125.09:
    # 1874 and 1125, and the fen that is missing goes to the larger remainder, the first
    basket = Basket((line("a", 1, 199_99), line("b", 1, 120_01)))
    found = quoted(basket, held("off15", "percent", percent=1500, ceiling=30_00))
    assert discounts(found, "off15") == [18_75, 11_25, 0]
    assert found.pay == 290_00


def test_half_a_coin_is_rounded_to_even():
    # 5 % of 1.10 are 5.5 fen, of 1.30 are 6.5 fen: 6 of both
    off5 = held("off5", "percent", percent=500)
    assert quoted(Basket((line("a", 1, 1_10),)), off5).saved == 6
    assert quoted(Basket((line("a", 1, 1_30),)), off5).saved == 6


def test_points_pay_after_coupons_and_the_balance_after_points():
    # tea 100.00, cup 50.00, shipping 10.00.
    # the coupon: 30.00, of which tea 20.00 and cup 10.00; left 80.00 + 40.00
    # points: 20 % of 120.00 are 24.00, at 1 fen a point 2400, in hundreds 2400; 2950 are there.
    #   tea 24.00 x 80/120 = 16.00, cup 8.00; left 64.00 + 32.00, shipping 10.00: 106.00
    # balance 6.66: 666 x 6400/10600 = 402.11, x 3200/10600 = 201.06, x 1000/10600 = 62.83:
    #   402, 201, 62, and the fen that is missing to the shipping; left 59.98, 29.99, 9.37
    found = quoted(
        Basket((line("tea", 1, 100_00), line("cup", 1, 50_00)), shipping=10_00),
        held("spring", "amount", amount=30_00),
        points=Points(worth=1, worth_of=1, step=100, most_percent=2000, least_order=50_00),
        points_available=2950,
        balance_available=6_66,
        wish=Wish(points="most", balance="most"),
    )
    assert (found.points, found.points_money, found.balance) == (2400, 24_00, 6_66)
    tea, cup = found.lines
    assert (tea.points, tea.points_money, tea.balance, tea.pay) == (1600, 16_00, 4_02, 59_98)
    assert (cup.points, cup.points_money, cup.balance, cup.pay) == (800, 8_00, 2_01, 29_99)
    assert (found.shipping.points, found.shipping.balance, found.shipping.pay) == (0, 63, 9_37)
    assert (found.saved, found.pay) == (54_00, 99_34)


def test_points_are_used_in_steps_that_pay_whole_coins():
    # 3 fen for 200 points, in steps of 50: least of what divides both is 200.
    # 0.5 of 1.00 are 50 fen: 50 // 3 = 16 times, but 2,350 points are there: 11 times, 33 fen
    basket = Basket((line("a", 1, 1_00),))
    points = Points(worth=3, worth_of=200, step=50, most_percent=5000)
    found = quoted(basket, points=points, points_available=2350, wish=Wish(points="most"))
    assert (found.points, found.points_money, found.pay) == (2200, 33, 67)
    found = quoted(basket, points=points, points_available=9000, wish=Wish(points="most"))
    assert (found.points, found.points_money) == (3200, 48)
    found = quoted(basket, points=points, points_available=9000, wish=Wish(points=999))
    assert (found.points, found.points_money) == (800, 12)


def test_no_points_where_coupons_leave_less_than_the_least_order():
    # 60.00 less 20.00 is 40.00, and points want 50.00
    found = quoted(
        Basket((line("a", 1, 60_00),), shipping=20_00),
        held("spring", "amount", amount=20_00),
        points=Points(least_order=50_00),
        points_available=500,
        wish=Wish(points="most"),
    )
    assert (found.points, found.pay) == (0, 60_00)


def test_a_coupon_for_a_category_applies_before_one_for_everything():
    # green tea 60.00 lies in tea, the teapot 40.00 does not. 满50减10 for tea: left 50.00 + 40.00.
    # Then 10 % of 90.00 are 9.00: 5.00 and 4.00. (The other way round 80.00 would be left.)
    basket = Basket((line("sencha", 1, 60_00, "tea/green"), line("pot", 1, 40_00, "teapots")))
    found = quoted(
        basket,
        held("a_all", "percent", percent=1000),
        held("z_tea", "amount", amount=10_00, threshold=50_00, scope=TEA),
    )
    assert used(found) == ["z_tea", "a_all"]
    assert discounts(found, "z_tea") == [10_00, 0, 0]
    assert discounts(found, "a_all") == [5_00, 4_00, 0]
    assert found.pay == 81_00


def test_a_threshold_counts_what_is_in_scope_at_list_price():
    # 49.00 of tea are 1.00 short of 50.00, though the basket comes to 149.00
    basket = Basket((line("sencha", 1, 49_00, "tea/green"), line("pot", 1, 100_00, "teapots")))
    tea = held("tea", "amount", amount=10_00, threshold=50_00, scope=TEA)
    (reason,) = quoted(basket, tea).reasons
    assert reason.code == "below_threshold"
    assert reason.numbers == {"threshold": 50_00, "comes_to": 49_00, "short": 1_00}
    assert reason.en == "It asks for ¥50.00 of what it is for: ¥1.00 more."
    assert reason.zh == "适用商品满¥50.00可用，还差¥1.00。"
    # 60.00 of tea, and what another coupon has taken off does not count against it
    basket = Basket((line("sencha", 1, 60_00, "tea/green"),))
    first = held("a", "amount", amount=15_00, scope=TEA)
    assert used(quoted(basket, first, tea)) == ["a", "tea"]


def test_shipping_is_free_up_to_the_coupons_worth():
    # shipping 10.00, of which the coupon pays 6.00
    basket = Basket((line("a", 1, 50_00),), shipping=10_00)
    found = quoted(basket, held("ship", "free_shipping", worth=6_00))
    assert discounts(found, "ship") == [0, 6_00]
    assert (found.shipping.pay, found.pay) == (4_00, 54_00)
    assert quoted(basket, held("ship", "free_shipping")).pay == 50_00


def test_a_tier_ships_free_and_leaves_nothing_to_a_coupon():
    basket = Basket((line("a", 1, 50_00),), shipping=10_00)
    found = quoted(basket, held("ship", "free_shipping"), free_shipping=True)
    assert (found.shipping.price, found.shipping.free, found.shipping.pay) == (10_00, 10_00, 0)
    assert (found.saved, found.pay) == (10_00, 50_00)
    assert codes(found) == {"ship": "nothing_off"}


def test_a_gift_is_the_cheapest_piece_of_its_product():
    # 3 mugs at 25.00 and one at 19.00, the same product: 19.00 are off; with two such coupons
    # 19.00 and then one of the others, 25.00. With a worth of 15.00 it is 15.00 each time
    mugs = (line("blue", 3, 25_00, product="mug"), line("grey", 1, 19_00, product="mug"))
    basket = Basket((*mugs, line("tea", 1, 80_00)))
    one, other = (held(name, "gift", gift="mug", scope=TEA) for name in ("one", "other"))
    assert codes(quoted(basket, one)) == {"one": "nothing_in_scope"}
    one, other = (held(name, "gift", gift="mug", threshold=150_00) for name in ("one", "other"))
    assert discounts(quoted(basket, one), "one") == [0, 19_00, 0, 0]
    found = quoted(basket, one, other)
    assert discounts(found, "one") == [0, 19_00, 0, 0]
    assert discounts(found, "other") == [25_00, 0, 0, 0]
    found = quoted(basket, held("one", "gift", gift="mug", worth=15_00))
    assert discounts(found, "one") == [0, 15_00, 0, 0]
    assert codes(quoted(basket, held("one", "gift", gift="cup"))) == {"one": "no_gift"}


def test_the_best_combination_is_chosen_and_the_rest_told_why_not():
    coupons = (
        held("alone25", "amount", amount=25_00, alone=True),
        held("g15", "amount", amount=15_00, group="g"),
        held("g12pc", "percent", percent=1200, group="g"),
        held("eight", "amount", amount=8_00),
    )
    # 100.00: alone25 25.00; g15 and eight 23.00; eight and then 12 % of 92.00: 19.04
    found = quoted(Basket((line("a", 1, 100_00),)), *coupons)
    assert (used(found), found.saved) == (["alone25"], 25_00)
    assert codes(found) == dict.fromkeys(("g15", "g12pc", "eight"), "not_beside")
    # 250.00: alone25 25.00; g15 and eight 23.00; eight and then 12 % of 242.00: 8.00 + 29.04
    found = quoted(Basket((line("a", 1, 250_00),)), *coupons)
    assert (used(found), found.saved) == (["eight", "g12pc"], 37_04)
    assert codes(found) == {"alone25": "alone", "g15": "group"}
    assert next(one for one in found.reasons if one.name == "g15").numbers["by"] == "g12pc"
    # one together: 12 % of 250.00 are 30.00
    found = quoted(Basket((line("a", 1, 250_00),)), *coupons, most=1)
    assert (used(found), found.saved) == (["g12pc"], 30_00)
    assert codes(found) == {"alone25": "alone", "g15": "group", "eight": "most"}


def test_of_equals_those_are_used_that_expire_first():
    basket = Basket((line("a", 1, 10_00),))
    early, late = held("z", "amount", AT + 1, amount=5_00), held("a", "amount", AT + 2, amount=5_00)
    assert used(quoted(basket, late, early, most=1)) == ["z"]
    # either makes the basket free: the second is not used
    free = held("b", "amount", AT + 3, amount=10_00)
    found = quoted(basket, late, early, free)
    assert used(found) == ["b"]
    assert codes(found) == {"a": "no_better", "z": "no_better"}


def test_of_a_coupon_held_twice_one_is_used_and_that_which_expires_first():
    soon, later = (held("spring", "amount", AT + days, amount=5_00) for days in (1, 2))
    found = quoted(Basket((line("a", 1, 50_00),)), later, soon)
    assert [one.expires_at for one in found.coupons] == [AT + 1]
    assert [(one.expires_at, one.code) for one in found.reasons] == [(AT + 2, "once")]


@settings(max_examples=EXAMPLES or 200, deadline=None)
@given(
    baskets(),
    wallets(),
    st.builds(
        Points,
        worth=st.integers(1, 7),
        worth_of=st.integers(1, 100),
        step=st.integers(1, 30),
        most_percent=st.integers(0, 10_000),
        least_order=st.sampled_from((0, 0, 50)),
    ),
    st.integers(0, 100_000),
    st.integers(0, 5_000),
    st.sampled_from(("most", 0, 40)),
    st.booleans(),
)
def test_every_coin_and_point_is_accounted_for(basket, coupons, points, have, money, wish, ships):
    found = quoted(
        basket,
        *coupons,
        points=points,
        points_available=have,
        balance_available=money,
        wish=Wish(points=wish, balance=wish),
        free_shipping=ships,
    )
    parts = (*found.lines, found.shipping)
    for part in parts:
        taken = sum(part.discounts.values()) + part.points_money + part.balance
        assert part.price == part.free + taken + part.pay
        assert min(part.pay, part.points_money, part.points, part.balance, part.free) >= 0
        assert min(part.discounts.values(), default=1) > 0
    for coupon in found.coupons:
        assert coupon.discount == sum(part.discounts.get(coupon.asset, 0) for part in parts)
    assert sum(part.points for part in parts) == found.points
    assert found.points <= (have if wish == "most" else min(have, wish))
    assert found.balance <= (money if wish == "most" else min(money, wish))
    assert found.points * points.worth == found.points_money * points.worth_of
    assert found.points % points.step == 0
    assert found.list_price == basket.list_price == found.saved + found.balance + found.pay
    assert found.pay == sum(part.pay for part in parts)
    told = [(one.asset, one.expires_at) for one in (*found.coupons, *found.reasons)]
    assert sorted(told) == sorted((one.asset, one.expires_at) for one in coupons)
    assert {one.code for one in found.reasons} <= set(CODES)
    assert msgspec.convert(found.as_dict(), Quote) == found
