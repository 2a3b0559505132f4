"""Verbs of what was given by hand or is on its way: take-back, address, send, receive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from regulars.edges.cli import benefit_said
from regulars.edges.cli.benefit_asking import CustomerArgument, Desk, KeyOption, ask_and_tell
from regulars.edges.cli.benefit_files import address_in

_GivenArgument = Annotated[
    int, typer.Argument(metavar="N", min=1, help="The entry that gave it, as balance tells it.")
]


def register(benefit: typer.Typer) -> None:
    """Add the verbs to the group."""
    benefit.command(name="take-back")(take_back)
    for verb in (address, send, receive):
        benefit.command()(verb)


def take_back(
    context: typer.Context,
    what: Annotated[Literal["coupon", "gift"], typer.Argument(help="Which of them.")],
    n: Annotated[int, typer.Argument(metavar="N", min=1, help="The entry that gave it.")],
    why: Annotated[str, typer.Option("--why", help="Kept with it.")] = "",
    key: KeyOption = None,
) -> None:
    """Take back a coupon not used, or a gift not arrived."""
    from regulars.app.benefits.asked import TakeBack

    ask_and_tell(context, lambda _: TakeBack(n=n, what=what, why=why), key, benefit_said.taken_back)


def address(
    context: typer.Context,
    n: _GivenArgument,
    customer: CustomerArgument,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help='JSON, or - for stdin: {"name": …, "street": …}.'),
    ],
    key: KeyOption = None,
) -> None:
    """Where a gift is to go; kept sealed."""
    from regulars.app.benefits.asked import Address

    def what(desk: Desk) -> Address:
        return Address(n=n, customer=desk.whose(customer), address=address_in(file))

    said = benefit_said.gift_step(
        "The gift {gift} has an address, and is ready to be sent", "礼品 {gift} 已有地址，待发货"
    )
    ask_and_tell(context, what, key, said)


def send(
    context: typer.Context,
    n: _GivenArgument,
    tracking: Annotated[str, typer.Option("--tracking", help="The carrier's number.")] = "",
    key: KeyOption = None,
) -> None:
    """A gift was sent."""
    from regulars.app.benefits.asked import Send

    said = benefit_said.gift_step("The gift {gift} is sent", "礼品 {gift} 已寄出")
    ask_and_tell(context, lambda _: Send(n=n, tracking=tracking), key, said)


def receive(context: typer.Context, n: _GivenArgument, key: KeyOption = None) -> None:
    """A gift has arrived."""
    from regulars.app.benefits.asked import Receive

    said = benefit_said.gift_step("The gift {gift} has arrived", "礼品 {gift} 已收到")
    ask_and_tell(context, lambda _: Receive(n=n), key, said)
