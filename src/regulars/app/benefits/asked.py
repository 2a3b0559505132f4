"""What may be asked of benefits: bodies, as HTTP takes them and the CLI and Python fill them in.

A customer is named by our number, or as `NAMESPACE:KEY` (`shop:1001`, `phone:13812345678`). Amounts
are whole points, or money in the currency's smallest coin. Instants are UTC microseconds.

>>> read("claim", b'{"customer": 7, "coupon": "spring"}')
Claim(customer=7, coupon='spring', code='', envelope='', household='')
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from regulars.benefit.quote.basket import Basket, Wish
from regulars.errors import InvalidCommand, Where
from regulars.ledger.command import MOST

Amount = Annotated[int, Meta(ge=1, le=MOST)]
Number = Annotated[int, Meta(ge=1, le=MOST)]
_NO_NUL = r"^[^\x00]*$"
"""PostgreSQL has no text with one; and nobody's name has."""
Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=_NO_NUL)]
Named = Annotated[str, Meta(max_length=120, pattern=_NO_NUL)]
Code = Annotated[str, Meta(max_length=64, pattern=_NO_NUL)]
Words = Annotated[str, Meta(max_length=500, pattern=_NO_NUL)]
Id = Annotated[str, Meta(min_length=1, max_length=255, pattern=_NO_NUL)]
Customer = Number | Id
_MOST_SHOWN = 80


class Asked(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Anything that may be asked."""


class Define(Asked, frozen=True, kw_only=True):
    """Publish what `benefits.toml` says; all that is published and does not stand there ends."""

    toml: Annotated[str, Meta(max_length=1 << 20)]
    stops: bool = True
    """Whether what the rule sheet calls unlawful or without end stops it."""


class Issue(Asked, frozen=True, kw_only=True):
    """Give a customer a coupon, a gift, or points: one of them."""

    customer: Customer
    coupon: Named = ""
    gift: Named = ""
    points: Annotated[int, Meta(ge=-MOST, le=MOST)] = 0
    """Added, or taken away where negative."""
    household: Words = ""
    """Anything that all of a household share, as an address: only its keyed hash is kept."""
    why: Words = ""


class Claim(Asked, frozen=True, kw_only=True):
    """A customer takes something: a public coupon, what a code is for, a share of an envelope."""

    customer: Customer
    coupon: Named = ""
    code: Code = ""
    envelope: Code = ""
    household: Words = ""


class TakeBack(Asked, frozen=True, kw_only=True):
    """Take a coupon or a gift back that was not used or has not arrived; `n` is its giving."""

    n: Number
    what: Literal["coupon", "gift"]
    why: Words = ""


class Codes(Asked, frozen=True, kw_only=True):
    """Make codes of a coupon, which are told in the answer; the store keeps hashes of them only."""

    coupon: Name
    count: Annotated[int, Meta(ge=1, le=1000)] = 1
    uses: Annotated[int, Meta(ge=0, le=1)] = 1
    """1: each code once. 0: whoever has the code, within the coupon's own limits."""
    batch: Named = ""


class Quote(Asked, frozen=True, kw_only=True):
    """What a basket comes to with what the customer has."""

    customer: Customer
    basket: Basket
    wish: Wish = Wish()


class Hold(Asked, frozen=True, kw_only=True):
    """Set aside, at checkout, what an order uses; asked anew, in place of what it had."""

    customer: Customer
    order: Id
    basket: Basket
    wish: Wish = Wish()
    expected_pay: Annotated[int, Meta(ge=0, le=MOST)] | None = None
    """What was shown to the customer; another amount is refused."""
    minutes: Annotated[int, Meta(ge=1, le=43_200)] = 30


class Pay(Asked, frozen=True, kw_only=True):
    """The order is paid: what was held for it is redeemed."""

    order: Id


class Cancel(Asked, frozen=True, kw_only=True):
    """The order is not paid: what was held for it is free again."""

    order: Id


class Refund(Asked, frozen=True, kw_only=True):
    """A paid order, or a part, is given back: what it used is restored, what it earned is not."""

    order: Id
    refund: Id
    """The shop's own id of the refund: one refund restores once, whatever the key."""
    lines: dict[str, Annotated[int, Meta(ge=1, le=MOST)]] | None = None
    """Pieces, by id of the line; all that is left where it is left out."""
    shipping: bool = False


class Redeem(Asked, frozen=True, kw_only=True):
    """Hold and pay in one, as at a counter."""

    customer: Customer
    order: Id
    basket: Basket
    wish: Wish = Wish()
    expected_pay: Annotated[int, Meta(ge=0, le=MOST)] | None = None


class Spend(Asked, frozen=True, kw_only=True):
    """Spend points on something that is no order."""

    customer: Customer
    points: Amount
    on: Name


class Fill(Asked, frozen=True, kw_only=True):
    """Fill a red envelope; its id is told, and its shares are drawn now."""

    total: Amount
    count: Annotated[int, Meta(ge=1, le=10_000)]
    expires_at: Number
    asset: Literal["balance", "points"] = "balance"
    mode: Literal["random", "equal"] = "random"
    from_customer: Customer | None = None
    """Who gives it, of their own; the shop where nobody is named."""
    budget: Named = ""
    audience: tuple[Customer, ...] | None = None
    """Who may claim; anybody who has the id where it is left out."""
    balance_days: Annotated[int, Meta(ge=0, le=3660)] | None = None
    """What is claimed lasts so many days."""


class Address(Asked, frozen=True, kw_only=True):
    """Where a gift is to go; kept sealed under the customer's own key."""

    n: Number
    customer: Customer
    address: dict[str, Words]


class Send(Asked, frozen=True, kw_only=True):
    """A gift was sent."""

    n: Number
    tracking: Words = ""


class Receive(Asked, frozen=True, kw_only=True):
    """A gift has arrived."""

    n: Number
    customer: Customer | None = None


class Join(Asked, frozen=True, kw_only=True):
    """Stand on the leaderboard under a name of one's own choice."""

    customer: Customer
    shown_as: Annotated[str, Meta(min_length=1, max_length=20, pattern=_NO_NUL)]


class Leave(Asked, frozen=True, kw_only=True):
    """Stand on the leaderboard no longer."""

    customer: Customer


TYPES: dict[str, type[Asked]] = {
    "define": Define,
    "issue": Issue,
    "claim": Claim,
    "take_back": TakeBack,
    "codes": Codes,
    "hold": Hold,
    "pay": Pay,
    "cancel": Cancel,
    "refund": Refund,
    "redeem": Redeem,
    "spend": Spend,
    "envelope": Fill,
    "address": Address,
    "send": Send,
    "receive": Receive,
    "join": Join,
    "leave": Leave,
}
"""What changes something, by name."""

_DECODERS = {name: msgspec.json.Decoder(kind).decode for name, kind in TYPES.items()}


def read(name: str, body: bytes) -> Asked:
    """The body of a request of this name; raises `msgspec.MsgspecError`."""
    return _DECODERS[name](body)


def checked(asked: Asked) -> Asked:
    """What was made in Python, held to the same bounds as a body over HTTP.

    Raises:
        InvalidCommand: something in it is of another type, too long, too large or too small.

    >>> checked(Issue(customer=10**30, points=5))
    Traceback (most recent call last):
    regulars.errors.InvalidCommand: customer = '1000000000000000000000000000000': \
this cannot be asked: Expected `int` <= 9007199254740991. Mend it.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(asked), type(asked))
    except msgspec.ValidationError as error:
        told, _, path = str(error).partition(" - at `$")
        name = path.rstrip("`").lstrip(".")
        value: Any = getattr(asked, name, None)
        where = Where(column=name, value=None if value is None else str(value)[:_MOST_SHOWN])
        raise InvalidCommand(
            f"this cannot be asked: {told}", where=where, todo="mend it"
        ) from error


def as_plain(asked: Asked) -> Any:
    """Plain data for JSON."""
    return msgspec.to_builtins(asked)
