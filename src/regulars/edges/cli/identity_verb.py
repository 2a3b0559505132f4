"""The verb of who is who: identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json, rows_of, show

if TYPE_CHECKING:
    from regulars.app.identity import Person
    from regulars.app.identity_words import Said

_WORDS = {"join": 3, "split": 3, "shared": 1}
"""How many words a request has, by its first."""

WHY = {
    "operator": "joined by the operator",
    "alias": "named so by the shop's own program or platform",
    "verified": "shares a verified key",
    "key": "came with this customer and no other",
    "device": "was seen with this customer first",
}
"""Why an id is a customer's."""

SHARED = {
    "runaway": "too many share it: joins nothing",
    "shared": "several share it: joins nothing",
    "device": "several share it: goes to the first",
}
"""What follows for a key that several share."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(identity)


def identity(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="CUSTOMER | join ONE OTHER | split ONE OTHER | shared",
            help="Ids are account numbers or names, phones, addresses or devices in full, also as"
            " shop:1001, or our number as 17 or c:17.",
        ),
    ],
) -> None:
    """Tell who is who: ids of a customer and why, joins and splits, keys that several share."""
    from regulars.edges.shop import Shop

    if len(words) != _WORDS.get(words[0], 1):
        raise typer.BadParameter(
            "write CUSTOMER, or: join ONE OTHER, or: split ONE OTHER, or: shared"
        )
    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        if words[0] == "shared":
            table = shop.shared_keys()
            if globals_.json:
                print_json({"rows": rows_of(table)})
            elif table.num_rows:
                show(table)
                lines(["", *(f"{name:<8} {meaning}" for name, meaning in SHARED.items())])
            else:
                lines(["No key is shared by several."])
        elif words[0] in _WORDS:
            change = shop.identity_join if words[0] == "join" else shop.identity_split
            _tell(change(*words[1:]), globals_)
        else:
            _show(shop.identity(words[0]), globals_)


def _tell(said: Said, globals_: Globals) -> None:
    if globals_.json:
        print_json(said.as_dict())
        return
    one, other = said.customers
    lines(
        [
            f"One customer from now on: {one}."
            if one == other
            else f"Customers {one} and {other}.",
            "Orders, people and stages follow with `regulars understand`.",
        ]
    )


def _show(person: Person, globals_: Globals) -> None:
    if globals_.json:
        print_json(person.as_dict())
        return
    number, asked = person.customer_id, person.asked
    lines([f"Customer {number}" + ("" if number == asked else f" ({asked} is one of its numbers)")])
    ids = person.ids
    why = [WHY.get(one, "the customer's own number") for one in ids["why"].to_pylist()]
    since = [None if at is None else f"{at:%Y-%m-%d}" for at in ids["since"].to_pylist()]
    lines([""])
    show(
        ids.select(["number", "kind", "id"])
        .append_column("why", [why])
        .append_column("since", [since]),
        rows=ids.num_rows,
    )
    if person.shared.num_rows:
        follows = [SHARED[one] for one in person.shared["why"].to_pylist()]
        lines(["", "Came along, and is shared"])
        show(person.shared.select(["kind", "id", "others"]).append_column("why", [follows]))
