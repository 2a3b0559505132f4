"""Conditions on the people table as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from regulars.errors import UnknownValue
from regulars.insight.portraits.condition import holds
from samples.made_people import person, view

PEOPLE = [
    person(1, orders=3, source="ads", tags=["vip", "mum"], traits={"会员 等级": "金"}),
    person(2, orders=1, source="search", tags=[], birth_date=date(1990, 5, 1)),
    person(3, orders=0, source=None, tags=None),
]


def met(*conditions: str) -> list[int]:
    shop = view((), PEOPLE, as_of="2026-04-15")
    people = shop.relation("people")
    return sorted(
        shop.run(people.filter(holds(people, conditions)).select("customer_id"))[
            "customer_id"
        ].to_pylist()
    )


@pytest.mark.parametrize(
    ("condition", "customers"),
    [
        ("orders >= 1", [1, 2]),
        ("orders>1", [1]),
        ("orders = 1", [2]),
        ("orders in 1|3", [1, 2]),
        ("orders < 0.5", [3]),
        ("source = ads", [1]),
        ("source in ads | search", [1, 2]),
        ("tags = vip", [1]),
        ("tags != vip", [2]),
        ("tags in mum|dad", [1]),
        ("birth_date < 2000-01-01", [2]),
        ("monetary >= 9.99", [1, 2, 3]),
        ("traits.会员 等级 = 金", [1]),
    ],
)
def test_a_condition_is_met_by_these(condition: str, customers: list[int]) -> None:
    assert met(condition) == customers


def test_nothing_holds_of_what_is_not_known() -> None:
    assert met("source != ads") == [2]


def test_all_conditions_hold_at_once_and_none_is_met_by_everybody() -> None:
    assert met("orders >= 1", "source = search") == [2]
    assert met() == [1, 2, 3]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("orders", "'orders': this is no condition. Write a column, an operator and a value"),
        ("orders >=", "this is no condition"),
        ("order >= 3", "Did you mean 'orders'"),
        ("orders >= three", "'three' does not fit: orders is a number. Write orders >= 3"),
        ("orders = nan", "is a number"),
        ("source > ads", "is text and has no order. Use =, != or in a|b"),
        ("birth_date = May", "is a day. Write it as YYYY-MM-DD"),
        ("tags >= vip", "has several values per customer"),
    ],
)
def test_what_is_wrong_is_said(condition: str, message: str) -> None:
    with pytest.raises(UnknownValue) as raised:
        met(condition)
    assert message.lower() in str(raised.value).lower()
    assert condition in str(raised.value)
