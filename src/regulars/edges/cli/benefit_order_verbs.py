"""Verbs of benefits around an order: quote, hold, pay, cancel, redeem, refund, order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from regulars.edges.cli.benefit_asking import KeyOption, asked_and_told, whose
from regulars.edges.cli.entry import Globals
from regulars.edges.cli.ledger_verbs import amount_text, time_text
from regulars.edges.cli.output import lines, print_json
from regulars.errors import UnknownValue, UnreadableFile, Where

if TYPE_CHECKING:
    from regulars.benefit.quote.basket import Basket, Quote, Wish

_CustomerArgument = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Our number, or an id of the shop's: shop:1001.")
]
_BasketArgument = Annotated[
    Path,
    typer.Argument(
        metavar="BASKET", help='JSON, or - for stdin: {"lines": [{"id", "product", …}], …}.'
    ),
]
_OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The shop's id of it.")]
_CouponsOption = Annotated[
    list[str] | None,
    typer.Option("--coupon", metavar="NAME", help="Exactly these; the best if not told."),
]
_PointsOption = Annotated[str, typer.Option("--points", help="So many, or most.")]
_BalanceOption = Annotated[str, typer.Option("--balance", help="Smallest coins, or most.")]
_PayOption = Annotated[
    int | None, typer.Option("--pay", help="What was shown; another amount is refused.")
]


def register(benefit: typer.Typer) -> None:
    """Add the verbs to the group."""
    for verb in (quote, hold, pay, cancel, redeem, refund, order):
        benefit.command()(verb)


def quote(
    context: typer.Context,
    customer: _CustomerArgument,
    basket: _BasketArgument,
    coupon: _CouponsOption = None,
    points: _PointsOption = "0",
    balance: _BalanceOption = "0",
) -> None:
    """What a basket comes to with what the customer has, line by line."""
    from regulars.app.benefits.asked import Quote as Asked
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    what = Asked(
        customer=whose(customer), basket=_basket(basket), wish=_wish(coupon, points, balance)
    )
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        found = benefits.look.quote(what)
        settings = shop.home.settings
    if globals_.json:
        print_json(found.as_dict())
    else:
        lines(_quote(found, settings.shop.currency, settings.shop.language))


def hold(
    context: typer.Context,
    customer: _CustomerArgument,
    order: _OrderArgument,
    basket: _BasketArgument,
    coupon: _CouponsOption = None,
    points: _PointsOption = "0",
    balance: _BalanceOption = "0",
    pay: _PayOption = None,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=43_200)] = 30,
    key: KeyOption = None,
) -> None:
    """Set aside what an order uses, until it is paid or cancelled."""
    from regulars.app.benefits.asked import Hold

    what = Hold(
        customer=whose(customer), order=order, basket=_basket(basket),
        wish=_wish(coupon, points, balance), expected_pay=pay, minutes=minutes,
    )  # fmt: skip
    asked_and_told(context, what, key, "Held")


def pay(context: typer.Context, order: _OrderArgument, key: KeyOption = None) -> None:
    """The order is paid: what was held for it is redeemed."""
    from regulars.app.benefits.asked import Pay

    asked_and_told(context, Pay(order=order), key, "Redeemed")


def cancel(context: typer.Context, order: _OrderArgument, key: KeyOption = None) -> None:
    """The order is not paid: what was held for it is free again."""
    from regulars.app.benefits.asked import Cancel

    asked_and_told(context, Cancel(order=order), key, "Released")


def redeem(
    context: typer.Context,
    customer: _CustomerArgument,
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

    what = Redeem(
        customer=whose(customer), order=order, basket=_basket(basket),
        wish=_wish(coupon, points, balance), expected_pay=pay,
    )  # fmt: skip
    asked_and_told(context, what, key, "Redeemed")


def refund(
    context: typer.Context,
    order: _OrderArgument,
    refund: Annotated[str, typer.Argument(metavar="REFUND", help="The shop's id of it.")],
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="ID=PIECES", help="Of it; all that is left if not told."),
    ] = None,
    shipping: Annotated[bool, typer.Option("--shipping", help="Its shipping too.")] = False,
    key: KeyOption = None,
) -> None:
    """A paid order is given back, or pieces of it: what it used is restored, to the coin."""
    from regulars.app.benefits.asked import Refund

    pieces = None if line is None else dict(map(_pieces, line))
    what = Refund(order=order, refund=refund, lines=pieces, shipping=shipping)
    asked_and_told(context, what, key, "Restored")


def order(context: typer.Context, order: _OrderArgument) -> None:
    """How an order stands: held, paid, what it used, what was refunded."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        found = benefits.look.order(order)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(found)
    else:
        lines(_order(found, zone))


def _basket(file: Path) -> Basket:
    import msgspec

    from regulars.benefit.quote.basket import Basket

    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(raw, type=Basket)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"this is no basket ({getattr(error, 'strerror', None) or error})",
            where=Where(file=str(file)),
            todo='write {"lines": [{"id": "1", "product": "tea", "quantity": 1,'
            ' "unit_price": 2500}], "shipping": 800}, prices in the smallest coin',
        ) from error


def _wish(coupons: list[str] | None, points: str, balance: str) -> Wish:
    from regulars.benefit.quote.basket import Wish

    return Wish(
        points=_amount("points", points),
        balance=_amount("balance", balance),
        coupons=None if coupons is None else tuple(coupons),
    )


def _amount(name: str, text: str) -> int | Literal["most"]:
    if text == "most":
        return "most"
    if text.isdecimal():
        return int(text)
    raise UnknownValue.of(name, text, ["most", "a whole number"])


def _pieces(text: str) -> tuple[str, int]:
    line, _, pieces = text.rpartition("=")
    if not line or not pieces.isdecimal():
        raise UnknownValue.of("line", text, ["ID=PIECES, as 1=2"])
    return line, int(pieces)


def _quote(found: Quote, currency: str, language: str) -> Iterator[str]:
    money = f"money:{currency}"

    def text(amount: int) -> str:
        return amount_text(money, amount)

    for line in (*found.lines, found.shipping):
        if not line.id and not line.price:
            continue
        parts = [f"{text(line.price)}"]
        parts += [f"- {text(part)} {asset}" for asset, part in line.discounts.items()]
        if line.points_money:
            parts.append(f"- {text(line.points_money)} for {line.points:,} points")
        if line.balance:
            parts.append(f"- {text(line.balance)} of the balance")
        yield f"{line.id or 'shipping':<12} {' '.join(parts)} = {text(line.pay)}"
    for one in found.coupons:
        yield f"used         {one.name}: {text(one.discount)} off"
    for reason in found.reasons:
        why = reason.zh if language == "zh" else reason.en
        yield f"not used     {reason.name}: {why}"
    yield f"to pay       {text(found.pay)}, saved {text(found.saved)}"


def _order(found: dict[str, Any], zone: str) -> Iterator[str]:
    money = f"money:{found['currency']}"
    yield f"order {found['order']} of customer {found['customer_id']}: {found['state']}"
    if found["state"] == "held":
        yield f"  held until {time_text(found['expires_at'], zone)}"
    yield f"  to pay {amount_text(money, found['pay'])}, saved {amount_text(money, found['saved'])}"
    yield f"  points {found['points']:,}, balance {amount_text(money, found['balance'])}"
    for one in found["allocation"].get("coupons", []):
        yield f"  coupon {one['asset']}: {amount_text(money, one['discount'])} off"
    for refund in found["refunded"].get("refunds", {}):
        yield f"  refunded {refund}"
