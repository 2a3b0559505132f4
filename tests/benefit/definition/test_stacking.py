"""The deepest discount of coupons together is found, as trying all of them finds it."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.benefit.definition.findings.stacking import by_points, deepest, off
from regulars.benefit.definition.terms import Coupon, Points, Scope, Together, Validity
from regulars.benefit.quote.basket import Basket, BasketLine, Held, Wish
from regulars.benefit.quote.quote import quote


def amount(name: str, yuan: int, **more: object) -> Coupon:
    return Coupon(name=name, title=name, kind="amount", amount=yuan * 100, **more)


def percent(name: str, hundredths: int, **more: object) -> Coupon:
    return Coupon(name=name, title=name, kind="percent", percent=hundredths, **more)


def test_a_basket_of_100_with_two_coupons_and_points_by_hand():
    # 100.00; spring takes 40.00, 60.00 is left; tea is scoped and goes first: 10 % of 100.00 is
    # 10.00, so 90.00 - 40.00 = 50.00; points pay 38 % of it: 19.00; 31.00 is left.
    spring = amount("spring", 40, threshold=10_000)
    tea = percent("tea", 1000, scope=Scope(categories=("tea",)))
    points = Points(worth=1, worth_of=1, most_percent=3800)
    (one,), complete = deepest([spring, tea], most=3, points=points, also=())
    assert (one.coupons, one.by_coupons, one.by_points) == (("tea", "spring"), 5000, 1900)
    assert (one.basket, one.pay, complete) == (10_000, 3100, True)


def test_a_coupon_for_which_the_others_leave_nothing_is_not_named():
    # Of 100.00 the gift takes 60.00 and then a takes 40.00; b, which takes 30.00 alone, has nothing
    # left to take. Tried are gift, gift + a, gift + a + b …
    gift = Coupon(name="gift", title="g", kind="gift", gift="p", worth=6_000)
    (one,), _ = deepest(
        [gift, amount("a", 40), amount("b", 30)], most=3, points=None, also=(10_000,)
    )
    assert (one.coupons, one.by_coupons) == (("gift", "a"), 10_000)
    # Here the search meets x first, which is the first alone and the last to apply.
    x = percent("x", 9_900)
    y, z = amount("y", 98), amount("z", 2)
    (one,), _ = deepest([x, y, z], most=3, points=None, also=(10_000,))
    assert (one.coupons, one.by_coupons) == (("y", "z"), 10_000)


def test_coupons_that_cannot_meet_are_not_put_together():
    def together(one: Coupon, other: Coupon) -> bool:
        (found,), _ = deepest([one, other], most=3, points=None, also=(10_000,))
        return len(found.coupons) == 2

    tea, cups = Scope(categories=("tea",)), Scope(categories=("cups",))
    green = Scope(categories=("tea/green",))
    assert together(amount("a", 10), amount("b", 10))
    assert not together(amount("a", 10, group="g"), amount("b", 10, group="g"))
    assert not together(amount("a", 10, alone=True), amount("b", 10))
    assert not together(amount("a", 10, scope=tea), amount("b", 10, scope=cups))
    assert together(amount("a", 10, scope=tea), amount("b", 10, scope=green))
    assert not together(
        amount("a", 10, scope=Scope(price_to=500)), amount("b", 10, scope=Scope(price_from=600))
    )
    assert not together(
        amount("a", 10, validity=Validity(ends_at=5)),
        amount("b", 10, validity=Validity(starts_at=5)),
    )


def test_points_pay_whole_steps_of_what_they_may():
    points = Points(worth=100, worth_of=100, step=100, most_percent=5000, least_order=5000)
    assert by_points(points, 9900) == 4900  # 4,950 points could; they go by hundreds
    assert by_points(points, 4999) == 0
    assert by_points(None, 9900) == 0


COUPONS = st.lists(
    st.builds(
        lambda n, kind, value, ceiling, threshold, group, alone, scope: Coupon(
            name=f"c{n}",
            title="c",
            kind=kind,
            amount=value if kind == "amount" else 0,
            percent=value % 10_000 if kind == "percent" else 0,
            worth=value if kind == "gift" else 0,
            gift="p" if kind == "gift" else "",
            ceiling=ceiling if kind == "percent" else None,
            threshold=threshold,
            group=group,
            alone=alone,
            scope=Scope(categories=scope),
        ),
        st.integers(0, 10**6),
        st.sampled_from(["amount", "percent", "gift"]),
        st.integers(1, 12_000),
        st.sampled_from([None, 100, 900]),
        st.sampled_from([0, 1000, 9999, 10_000]),
        st.sampled_from(["", "", "g", "h"]),
        st.sampled_from([False, False, True]),
        st.sampled_from([(), (), ("tea",), ("cups",)]),
    ),
    max_size=7,
    unique_by=lambda one: one.name,
)


def all_tried(coupons: list[Coupon], most: int, basket: int) -> int:
    best = 0
    for count in range(1, most + 1):
        for chosen in combinations([one for one in coupons if one.threshold <= basket], count):
            groups = [one.group for one in chosen if one.group]
            scopes = {one.scope.categories for one in chosen} - {()}
            if len(set(groups)) < len(groups) or len(scopes) > 1:
                continue
            if count > 1 and any(one.alone for one in chosen):
                continue
            left = basket
            kinds = ["gift", "amount", "percent"]
            for one in sorted(
                chosen, key=lambda one: (not one.scope.categories, kinds.index(one.kind), one.name)
            ):
                left -= off(one, left)
            best = max(best, basket - left)
    return best


@settings(max_examples=200, deadline=None)
@given(coupons=COUPONS, most=st.integers(1, 4))
def test_it_is_what_trying_all_finds(coupons, most):
    found, complete = deepest(coupons, most=most, points=None, also=(5000,))
    assert complete
    useful = [one for one in coupons if off(one, 1 << 50)]  # 10,000 comes to a percentage of 0
    assert {one.basket for one in found} == {one.threshold for one in useful} - {0} | {5000}
    for one in found:
        assert one.by_coupons == all_tried(coupons, most, one.basket)
    assert [one.pay / one.basket for one in found] == sorted(one.pay / one.basket for one in found)


POINTS = st.builds(
    Points,
    worth=st.sampled_from([1, 3, 100]),
    worth_of=st.sampled_from([1, 2, 7, 100]),
    step=st.sampled_from([1, 50]),
    most_percent=st.sampled_from([3800, 10_000]),
    least_order=st.sampled_from([0, 4000]),
)


def quoted(category: str, price: int, coupons: list[Coupon], most: int, points: Points, wish: Wish):
    """Of a basket of one piece, which is the gift as well, for a customer who has all coupons."""
    held = [Held(f"coupon:{one.name}:1", one, 1, expires_at=9) for one in coupons]
    piece = BasketLine(id="1", product="p", category=category, quantity=1, unit_price=price)
    return quote(
        Basket((piece,)),
        held,
        at=1,
        catalogue_points=points,
        together=Together(most=most),
        points_available=10**12,
        wish=wish,
    )


@settings(max_examples=200, deadline=None)
@given(coupons=COUPONS, most=st.integers(1, 4), points=POINTS)
def test_the_deepest_discount_is_what_a_quote_gives_on_the_basket_that_it_names(
    coupons, most, points
):
    found, _ = deepest(coupons, most=most, points=points, also=(5000,))
    for one in found:
        wish = Wish(points="most")
        quotes = [
            quoted(category, one.basket, coupons, most, points, wish)
            for category in ("tea", "cups")
        ]
        most_off = max(quotes, key=lambda quote: quote.saved - quote.points_money)
        assert one.by_coupons == most_off.saved - most_off.points_money
        assert one.pay == most_off.pay

        theirs = [coupon for coupon in coupons if coupon.name in one.coupons]
        category = next((c for coupon in theirs for c in coupon.scope.categories), "")
        wish = Wish(points="most", coupons=one.coupons)
        named = quoted(category, one.basket, coupons, most, points, wish)
        assert (named.pay, named.points_money) == (one.pay, one.by_points)
        assert tuple(used.name for used in named.coupons) == one.coupons


def test_too_many_to_try_are_told_as_such_and_end_soon():
    many = [percent(f"c{n:03}", 1000 + n, threshold=1000 + n) for n in range(120)]
    found, complete = deepest(many, most=10, points=None, also=())
    assert not complete
    assert len(found) == 120
    assert found[0].pay < found[0].basket // 2
