"""The verb `events`: what came in through each connection, and what became of it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(events)


def events(context: typer.Context) -> None:
    """Account for what came in by connection: accepted, seen before, rejected, waiting."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        told = shop.event_accounts()
    if globals_.json:
        print_json({"connections": [asdict(one) for one in told]})
        return
    if not told:
        lines(["Nothing has come in yet. `regulars connect web` makes a connection."])
        return
    lines(
        [
            f"{one.connection}  {one.came:,} came = {one.accepted:,} accepted"
            f" + {one.duplicate:,} seen before + {one.rejected:,} rejected"
            + (f"; {one.waiting:,} not settled yet" if one.waiting else "")
            for one in told
        ]
    )
    if any(one.rejected for one in told):
        lines(["`regulars rejects` shows each rejected message with its reason, once settled."])
