"""What is asked, a basket and what the customer has, and what is answered: the quote.

Plain data, which comes from JSON and goes to it. Amounts are in the smallest coin.

>>> tea = BasketLine(id="1", product="p1", category="tea/green", quantity=2, unit_price=45_00)
>>> Basket((tea,), shipping=8_00).list_price
9800
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from regulars.benefit.definition.terms import Coupon
from regulars.errors import InvalidCommand, Where
from regulars.ledger.command import MOST

MOST_LINES = 200
_LONGEST = 200


class BasketLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a basket.

    Attributes:
        id: by which quote, order and refund name the line; each has its own.
        product: what is bought.
        category: of the product, a path as `tea/green`; "" where it has none.
        quantity: pieces.
        unit_price: of one piece, before any discount, in the smallest coin.
    """

    id: str
    product: str
    category: str = ""
    quantity: int
    unit_price: int

    @property
    def list_price(self) -> int:
        """Of all pieces, before any discount."""
        return self.quantity * self.unit_price


class Basket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is bought.

    Attributes:
        lines: 1 to 200.
        shipping: what sending it costs, in the smallest coin.
    """

    lines: tuple[BasketLine, ...]
    shipping: int = 0

    @property
    def list_price(self) -> int:
        """Of all lines and the shipping, before any discount."""
        return sum(line.list_price for line in self.lines) + self.shipping


def check_basket(basket: Basket) -> None:
    """Whether the basket can be one.

    Raises:
        InvalidCommand: it has no line, or more than 200; two lines have the same id; a quantity is
            less than 1 or a price less than 0; an id, a product or a category is too long, or has
            characters that cannot be seen; all of it comes to more than 2^53 - 1.

    >>> check_basket(Basket(()))
    Traceback (most recent call last):
    regulars.errors.InvalidCommand: lines = '0': a basket has 1 to 200 lines. \
Take lines out, or put some in.
    """
    if not 1 <= len(basket.lines) <= MOST_LINES:
        _refuse(
            f"a basket has 1 to {MOST_LINES} lines",
            "lines",
            len(basket.lines),
            "take lines out, or put some in",
        )
    seen = set()
    for line in basket.lines:
        for column, value, least in (
            ("id", line.id, 1),
            ("product", line.product, 1),
            ("category", line.category, 0),
        ):
            if not least <= len(value) <= _LONGEST or not value.isprintable():
                _refuse(
                    f"this has {least} to {_LONGEST} characters, all of which can be seen",
                    column,
                    value[:_LONGEST],
                    "send it as the shop names it",
                )
        if line.id in seen:
            _refuse("two lines have this id", "id", line.id, "give each line its own")
        seen.add(line.id)
        if line.quantity < 1:
            _refuse("a line has 1 piece or more", "quantity", line.quantity, "take the line out")
        if line.unit_price < 0:
            _refuse(
                "a price is 0 or more",
                "unit_price",
                line.unit_price,
                "send discounts as coupons, not as lines",
            )
    if basket.shipping < 0:
        _refuse("a price is 0 or more", "shipping", basket.shipping, "send 0 where it is free")
    if basket.list_price > MOST:
        _refuse(
            "the basket comes to more than 2^53 - 1",
            "lines",
            basket.list_price,
            "send amounts in the smallest coin",
        )


def _refuse(sentence: str, column: str, value: object, todo: str) -> None:
    raise InvalidCommand(sentence, where=Where(column=column, value=str(value)), todo=todo)


class Held(msgspec.Struct, frozen=True):
    """Coupons that a customer has: those of one version and one expiry.

    Attributes:
        asset: in the ledger.
        coupon: the terms under which it was given.
        version: of them.
        expires_at: UTC microseconds.
        count: free to be used; 0 where other orders hold all of them.
    """

    asset: str
    coupon: Coupon
    version: int
    expires_at: int
    count: int = 1


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer wants to use.

    Attributes:
        points: no more than so many, or the `most` that can be used.
        balance: no more than so much, in the smallest coin, or the `most`.
        coupons: exactly these, by name; none for `()`; None lets the quote choose.
    """

    points: int | Literal["most"] = 0
    balance: int | Literal["most"] = 0
    coupons: tuple[str, ...] | None = None


class QuotedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line, or the shipping, and who bears what of its price; a refund goes by it.

    `price` is `free` + all `discounts` + `points_money` + `balance` + `pay`, to the coin.

    Attributes:
        id: of the line; "" of the shipping.
        quantity: pieces; 1 of the shipping.
        price: of all pieces, before any discount.
        free: of shipping, what the tier makes free.
        discounts: by the coupon's asset.
        points: used for it.
        points_money: what they pay.
        balance: of the customer's balance.
        pay: what is left to be paid.
    """

    id: str = ""
    quantity: int = 1
    price: int = 0
    free: int = 0
    discounts: dict[str, int] = {}
    points: int = 0
    points_money: int = 0
    balance: int = 0
    pay: int = 0


class QuotedCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon that is used.

    Attributes:
        asset: in the ledger.
        name: of the coupon.
        version: of its terms.
        title: for people; `title_zh` in Chinese.
        expires_at: of the one that is used; UTC microseconds.
        discount: what it takes off in all.
    """

    asset: str
    name: str
    version: int
    title: str
    title_zh: str
    expires_at: int
    discount: int


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a coupon that the customer has is not used.

    Attributes:
        asset: in the ledger.
        name: of the coupon.
        version: of its terms.
        expires_at: UTC microseconds.
        code: stable, for programs; `reasons.CODES` has all.
        numbers: what the sentence tells, for programs.
        en: the sentence in English.
        zh: in Chinese.
    """

    asset: str
    name: str
    version: int
    expires_at: int
    code: str
    numbers: dict[str, int | str] = {}
    en: str
    zh: str


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a basket comes to.

    Attributes:
        lines: as in the basket.
        shipping: likewise.
        coupons: used, in the order in which they apply.
        points: used.
        points_money: what they pay.
        balance: used, of the customer's balance.
        list_price: of all, before any discount.
        saved: what the tier, coupons and points take off it.
        pay: what is left to be paid; list_price - saved - balance.
        reasons: for every coupon that is not used.
    """

    lines: tuple[QuotedLine, ...]
    shipping: QuotedLine
    coupons: tuple[QuotedCoupon, ...] = ()
    points: int = 0
    points_money: int = 0
    balance: int = 0
    list_price: int
    saved: int
    pay: int
    reasons: tuple[Reason, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found
