"""What a basket may be, from JSON on."""

from __future__ import annotations

import msgspec
import pytest

from regulars.benefit.quote.basket import Basket, BasketLine, Wish, check_basket
from regulars.errors import InvalidCommand

LINE = BasketLine(id="1", product="p1", quantity=2, unit_price=45_00)


def changed(**columns):
    return msgspec.structs.replace(LINE, **columns)


def test_a_basket_comes_from_json():
    told = b'{"lines": [{"id": "1", "product": "p1", "quantity": 2, "unit_price": 4500}]}'
    basket = msgspec.json.decode(told, type=Basket)
    assert basket == Basket((LINE,))
    check_basket(basket)


@pytest.mark.parametrize(
    "told",
    [
        b'{"lines": [{"id": "1", "product": "p1", "quantity": 2, "unit_price": 5, "catgory": ""}]}',
        b'{"lines": [{"id": "1", "product": "p1", "quantity": 2, "unit_price": 45.5}]}',
        b'{"lines": [{"id": "1", "product": "p1", "quantity": true, "unit_price": 4500}]}',
        b'{"lines": [{"id": "1", "product": "p1", "quantity": "2", "unit_price": 4500}]}',
    ],
)
def test_what_is_mistyped_or_no_whole_number_is_not_taken(told):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(told, type=Basket)


def test_a_wish_is_a_number_or_the_most():
    assert msgspec.json.decode(b'{"points": "most", "balance": 5}', type=Wish).points == "most"
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"points": "all"}', type=Wish)


@pytest.mark.parametrize(
    ("basket", "column"),
    [
        (Basket(()), "lines"),
        (Basket(tuple(changed(id=str(place)) for place in range(201))), "lines"),
        (Basket((LINE, LINE)), "id"),
        (Basket((changed(id=""),)), "id"),
        (Basket((changed(id="x" * 201),)), "id"),
        (Basket((changed(product="a\nb"),)), "product"),
        (Basket((changed(category="\ud800"),)), "category"),
        (Basket((changed(quantity=0),)), "quantity"),
        (Basket((changed(unit_price=-1),)), "unit_price"),
        (Basket((LINE,), shipping=-1), "shipping"),
        (Basket((changed(quantity=2**30, unit_price=2**30),)), "lines"),
    ],
)
def test_what_no_basket_can_be_is_refused_by_its_column(basket, column):
    with pytest.raises(InvalidCommand) as refused:
        check_basket(basket)
    assert refused.value.where.column == column


def test_two_hundred_lines_and_the_largest_amount_are_a_basket():
    check_basket(Basket(tuple(changed(id=str(place)) for place in range(200))))
    check_basket(Basket((changed(quantity=1, unit_price=2**53 - 1),)))
