"""The verb of the server: serve."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.edges.serve.address import Address

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", help="Where to listen. Default: [serve] host.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="0 takes any free one. Default: [serve]."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="That take events in.")
    ] = None,
) -> None:
    """Take events in over HTTP and answer questions, until stopped; other verbs run beside it."""
    from regulars.app.home import Home
    from regulars.edges.serve.address import Address
    from regulars.edges.serve.supervisor import serve as run

    globals_: Globals = context.obj
    home = Home.open(globals_.home)
    asked = home.settings.serve
    address = Address(host or asked.host, asked.port if port is None else port)
    count = workers or asked.workers

    def ready(found: Address) -> None:
        if globals_.json:
            print_json(
                {
                    "url": found.url,
                    "home": str(home.folder),
                    "pid": os.getpid(),
                    "workers": count,
                }
            )
        else:
            lines(_told(home, found))
        sys.stdout.flush()

    run(home, address, count, ready)


def _told(home: Home, address: Address) -> list[str]:
    from regulars.intake.connection import Connections

    of_home = f" --home {home.folder}" if str(home.folder) != "." else ""
    known = Connections(home.keys).all()
    text = [
        f"Serving {home.settings.shop.name} on {address.url} (Ctrl-C stops it)",
        f"  events in        POST {address.url}/v1/batch, and the Segment spec's other calls",
        f"  what is known    GET  {address.url}/v1/customers/ID/timeline",
        f"  how it is        GET  {address.url}/health and /metrics",
    ]
    if address.host not in _LOOPBACK:
        text.append(
            "  It listens beyond this machine: put a proxy with TLS before it (docs/serve.md)."
        )
    if known:
        text.append("Connections: " + ", ".join(f"{one.name} ({one.use})" for one in known))
    else:
        text.append(f"Next: regulars{of_home} connect web   makes a key and shows how to send")
    return text
