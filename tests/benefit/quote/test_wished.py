"""Coupons chosen by name: exactly these, or a refusal that says why not."""

from __future__ import annotations

import pytest

from benefit.quote.baskets import AT
from regulars.benefit.definition.terms import Coupon, Points, Together, Validity
from regulars.benefit.quote.basket import Basket, BasketLine, Held, Wish
from regulars.benefit.quote.quote import quote
from regulars.errors import InvalidCommand, NotApplicable

BASKET = Basket((BasketLine(id="1", product="p1", quantity=1, unit_price=100_00),))


def held(name, amount=5_00, version=1, expires_at=AT + 5, count=1, **terms):
    coupon = Coupon(name=name, title=name, kind="amount", amount=amount, **terms)
    return Held(f"coupon:{name}:{version}", coupon, version, expires_at, count)


def quoted(*coupons, names, most=3):
    return quote(
        BASKET,
        coupons,
        at=AT,
        catalogue_points=Points(),
        together=Together(most=most),
        wish=Wish(coupons=names),
    )


def test_exactly_the_coupons_that_are_named_are_used_though_others_are_better():
    found = quoted(held("a"), held("b", 50_00), held("c"), names=("c", "a"))
    assert [one.name for one in found.coupons] == ["a", "c"]
    assert [(one.name, one.code) for one in found.reasons] == [("b", "not_wished")]


def test_none_is_used_where_none_is_named():
    assert quoted(held("a"), names=()).pay == 100_00


def test_of_several_versions_the_one_is_used_that_expires_first():
    coupons = (
        held("a", 9_00, 1, AT + 9),
        held("a", 5_00, 2, AT + 2),
        held("a", 7_00, 3, AT + 1, 0),
    )
    assert [one.version for one in quoted(*coupons, names=("a",)).coupons] == [2]


@pytest.mark.parametrize(
    ("coupons", "names", "name", "sentence"),
    [
        ([held("a")], ("b",), "b", "the customer has no such coupon"),
        ([held("a", count=0)], ("a",), "a", "another order holds it"),
        ([held("a", expires_at=AT)], ("a",), "a", "it has expired"),
        (
            [held("a", validity=Validity(starts_at=AT + 1))],
            ("a",),
            "a",
            "it cannot be used yet",
        ),
        (
            [held("a", threshold=112_00)],
            ("a",),
            "a",
            "it asks for ¥112.00 of what it is for: ¥12.00 more",
        ),
        ([held("a")], ("a", "a"), "a", "a basket uses one of each name"),
        ([held("a"), held("b", alone=True)], ("a", "b"), "a", "b goes with no other coupon"),
        (
            [held("a", group="g"), held("b", group="g")],
            ("b", "a"),
            "b",
            "it does not go with a",
        ),
        ([held("a"), held("b")], ("a", "b"), "b", "no more than 1 may be used together"),
        (
            [held("a", 100_00), held("b")],
            ("a", "b"),
            "b",
            "the others leave nothing that it could take off",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_coupon_that_cannot_be_used_is_refused_and_why(coupons, names, name, sentence):
    most = 1 if "more than" in sentence else 3
    with pytest.raises(NotApplicable) as refused:
        quoted(*coupons, names=names, most=most)
    assert refused.value.message == sentence
    assert refused.value.where.value == name
    assert refused.value.todo


@pytest.mark.parametrize("wish", [Wish(points=-1), Wish(balance=-1)])
def test_nobody_uses_less_than_nothing(wish):
    with pytest.raises(InvalidCommand):
        quote(BASKET, (), at=AT, catalogue_points=Points(), together=Together(), wish=wish)
