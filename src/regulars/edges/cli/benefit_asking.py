"""What the verbs of benefits have in common: asking once, and telling what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json

if TYPE_CHECKING:
    from regulars.app.benefits.asked import Asked

KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="Idempotency key: asked again with it, nothing is done twice. New if not told.",
    ),
]


def whose(told: str) -> int | str:
    """A customer, by our number where it is one."""
    return int(told) if told.isdecimal() else told


def asked_and_told(context: typer.Context, what: Asked, key: str | None, done: str) -> None:
    """Ask, and tell of it in a line or as JSON."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        told = benefits.ask(what, key)
    if globals_.json:
        print_json(told)
        return
    rest = {name: value for name, value in told.items() if name not in ("n", "at")}
    plain = ", ".join(
        f"{name} {value}" for name, value in rest.items() if isinstance(value, int | str)
    )
    lines([f"{done} (entry {told['n']}){plain and ': ' + plain}"])
