"""Verbs of benefits around an order: quote, hold, pay, cancel, redeem, refund, order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from regulars.edges.cli import benefit_said, benefit_shown
from regulars.edges.cli.benefit_asking import (
    CustomerArgument,
    Desk,
    KeyOption,
    ask_and_tell,
    tell,
)
from regulars.edges.cli.benefit_files import basket_in
from regulars.edges.cli.voice import Voice
from regulars.errors import UnknownValue

if TYPE_CHECKING:
    from regulars.benefit.quote.basket import Wish

_BasketArgument = Annotated[
    Path,
    typer.Argument(
        metavar="BASKET",
        help='JSON, or - for stdin: {"lines": [{"id", "product", "quantity", "unit_price"}],'
        ' "shipping"}, prices in the smallest coin.',
    ),
]
_OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The shop's id of it.")]
_CouponsOption = Annotated[
    list[str] | None,
    typer.Option("--coupon", metavar="NAME", help="Exactly these; the best if not told."),
]
_PointsOption = Annotated[
    str, typer.Option("--points", metavar="POINTS", help="So many at most, or `most`.")
]
_BalanceOption = Annotated[
    str, typer.Option("--balance", metavar="MONEY", help="So much at most, or `most`.")
]
_PayOption = Annotated[
    str | None,
    typer.Option("--pay", metavar="MONEY", help="What was shown; another amount is refused."),
]


def register(benefit: typer.Typer) -> None:
    """Add the verbs to the group."""
    for verb in (quote, hold, pay, cancel, redeem, refund, order):
        benefit.command()(verb)


def quote(
    context: typer.Context,
    customer: CustomerArgument,
    basket: _BasketArgument,
    coupon: _CouponsOption = None,
    points: _PointsOption = "0",
    balance: _BalanceOption = "0",
) -> None:
    """What a basket comes to, line by line."""
    from regulars.app.benefits.asked import Quote

    tell(
        context,
        lambda desk: desk.benefits.look.quote(
            Quote(
                customer=desk.whose(customer),
                basket=basket_in(basket),
                wish=_wish(desk.voice, coupon, points, balance),
            )
        ).as_dict(),
        benefit_shown.quote_lines,
    )


def hold(
    context: typer.Context,
    customer: CustomerArgument,
    order: _OrderArgument,
    basket: _BasketArgument,
    coupon: _CouponsOption = None,
    points: _PointsOption = "0",
    balance: _BalanceOption = "0",
    pay: _PayOption = None,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, max=43_200, help="Free again after so many.")
    ] = 30,
    key: KeyOption = None,
) -> None:
    """Set aside what an order uses, until it is paid."""
    from regulars.app.benefits.asked import Hold

    def what(desk: Desk) -> Hold:
        return Hold(
            customer=desk.whose(customer), order=order, basket=basket_in(basket),
            wish=_wish(desk.voice, coupon, points, balance),
            expected_pay=_pay(desk.voice, pay), minutes=minutes,
        )  # fmt: skip

    ask_and_tell(context, what, key, benefit_said.held)


def pay(context: typer.Context, order: _OrderArgument, key: KeyOption = None) -> None:
    """The order is paid: what it held is spent."""
    from regulars.app.benefits.asked import Pay

    ask_and_tell(context, lambda _: Pay(order=order), key, benefit_said.paid)


def cancel(context: typer.Context, order: _OrderArgument, key: KeyOption = None) -> None:
    """The order is not paid: what it held is free again."""
    from regulars.app.benefits.asked import Cancel

    ask_and_tell(context, lambda _: Cancel(order=order), key, benefit_said.cancelled)


def redeem(
    context: typer.Context,
    customer: CustomerArgument,
    order: _OrderArgument,
    basket: _BasketArgument,
    coupon: _CouponsOption = None,
    points: _PointsOption = "0",
    balance: _BalanceOption = "0",
    pay: _PayOption = None,
    key: KeyOption = None,
) -> None:
    """Hold and pay in one, as at a counter."""
    from regulars.app.benefits.asked import Redeem

    def what(desk: Desk) -> Redeem:
        return Redeem(
            customer=desk.whose(customer), order=order, basket=basket_in(basket),
            wish=_wish(desk.voice, coupon, points, balance),
            expected_pay=_pay(desk.voice, pay),
        )  # fmt: skip

    ask_and_tell(context, what, key, benefit_said.paid)


def refund(
    context: typer.Context,
    order: _OrderArgument,
    refund: Annotated[str, typer.Argument(metavar="REFUND", help="The shop's id of it.")],
    line: Annotated[
        list[str] | None,
        typer.Option(
            "--line", metavar="ID=PIECES", help="Of a line; all that is left if not told."
        ),
    ] = None,
    shipping: Annotated[bool, typer.Option("--shipping", help="Its shipping too.")] = False,
    key: KeyOption = None,
) -> None:
    """A paid order is given back, or pieces of it."""
    from regulars.app.benefits.asked import Refund

    pieces = None if line is None else _lines(line)
    what = Refund(order=order, refund=refund, lines=pieces, shipping=shipping)
    ask_and_tell(context, lambda _: what, key, benefit_said.refunded)


def order(context: typer.Context, order: _OrderArgument) -> None:
    """How an order stands, and what it used."""
    tell(context, lambda desk: desk.benefits.look.order(order), benefit_shown.order_lines)


def _wish(voice: Voice, coupons: list[str] | None, points: str, balance: str) -> Wish:
    from regulars.benefit.quote.basket import Wish

    return Wish(
        points=_points(points),
        balance="most" if balance == "most" else voice.coins("balance", balance),
        coupons=None if coupons is None else tuple(coupons),
    )


def _points(text: str) -> int | Literal["most"]:
    if text == "most":
        return "most"
    if text.isascii() and text.isdigit():
        return int(text)
    raise UnknownValue.of("number of points", text, ["most", "a whole number"])


def _pay(voice: Voice, told: str | None) -> int | None:
    return None if told is None else voice.coins("pay", told)


def _lines(told: list[str]) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for text in told:
        line, _, count = text.rpartition("=")
        if not line or not (count.isascii() and count.isdigit()):
            raise UnknownValue.of("line", text, ["ID=PIECES, as 1=2"])
        if line in pieces:
            raise UnknownValue.of("line", text, ["each line once"])
        pieces[line] = int(count)
    return pieces
