"""What the verbs of benefits have in common: whose they are, asking once, telling what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.edges.cli.voice import Voice

if TYPE_CHECKING:
    from regulars.app.benefits.asked import Asked
    from regulars.edges.shop import Shop
    from regulars.edges.shop_benefits import OpenBenefits

KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="Idempotency key: asked again with it, nothing is done twice. New if not told.",
    ),
]
CustomerArgument = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Our number, or an id of the shop's: shop:1001.")
]

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """An open shop, its benefits, and how it speaks."""

    shop: Shop
    benefits: OpenBenefits
    voice: Voice

    def whose(self, told: str) -> int | str:
        """A customer, by our number where it is one; raises `NoSuchBenefit` where nobody has it."""
        from regulars.ledger.command import MOST

        if not (told.isascii() and told.isdigit()):
            return told
        number = int(told)
        if not 1 <= number <= MOST:
            return number  # refused as soon as it is asked with
        return self.shop.number_known(number, self.benefits.ledger)


def at_desk(context: typer.Context, act: Callable[[Desk], Any]) -> tuple[Any, Voice]:
    """Open the shop, act, and close it; what came of it, and how to tell it."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        voice = Voice.of(shop)
        return act(Desk(shop, benefits, voice)), voice


def ask_and_tell(
    context: typer.Context,
    what: Callable[[Desk], Asked],
    key: str | None,
    said: Callable[[Told, Voice], list[str]],
) -> None:
    """Ask, and tell of it as JSON, or in lines of which the first ends with its entry.

    Args:
        context: of the verb.
        what: is asked.
        key: idempotency key; a new one where there is none.
        said: the answer in words.
    """
    told, voice = at_desk(context, lambda desk: desk.benefits.ask(what(desk), key))
    globals_: Globals = context.obj
    if globals_.json:
        print_json(told)
        return
    first, *rest = said(told, voice)
    entry = voice.say(f" (entry {told['n']:,})", f"（第 {told['n']:,} 条）")
    lines([first + entry, *rest])


def tell(
    context: typer.Context,
    look: Callable[[Desk], Any],
    said: Callable[[Any, Voice], Any],
    plain: Callable[[Any], Any] = lambda found: found,
) -> None:
    """Look, and tell what there is in lines, or as JSON.

    Args:
        context: of the verb.
        look: finds it.
        said: it in lines.
        plain: it as plain data.
    """
    found, voice = at_desk(context, look)
    globals_: Globals = context.obj
    if globals_.json:
        print_json(plain(found))
    else:
        lines(said(found, voice))
