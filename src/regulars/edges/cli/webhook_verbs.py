"""Verbs of webhooks that go out: webhook add, list, test, rotate, replay, failures and more."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json

if TYPE_CHECKING:
    from regulars.app.webhooks import Missed

webhook = typer.Typer(
    name="webhook",
    help="Tell systems of the shop's own what happens: Standard Webhooks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_NAME = typer.Argument(metavar="NAME", help="Lower case letters, digits, - and _.")
_NOT_HEARD = 1
"""Exit code of `test` where the message was not heard."""


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (add, test, rotate, pause, resume, remove, replay, retry, failures, send):
        webhook.command()(verb)
    webhook.command(name="list")(list_)
    app.add_typer(webhook)


def add(
    context: typer.Context,
    name: Annotated[str, _NAME],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages are posted.")],
    event: Annotated[
        list[str] | None,
        typer.Option(
            "--event", metavar="EVENT", help="For example 'Coupon Claimed'; by default all."
        ),
    ] = None,
) -> None:
    """Tell a system what happens from now on; its secret is shown once."""
    from regulars.delivery.webhook.message import type_of
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        made = shop.webhooks().add(name, url, event or [])
    secret = made.secrets[-1].text
    if globals_.json:
        told = {"name": made.name, "url": made.url, "events": list(made.events)}
        print_json(told | {"secret": secret})
        return
    types = [one if "." in one else type_of(one) for one in made.events]
    lines([
        f"{made.name} is told of {', '.join(types) or 'all events'} at {made.url}",
        f"  Secret: {secret}   (shown only now; give it to the receiver)",
        "",
        f"See whether it arrives: regulars webhook test {made.name}",
    ])  # fmt: skip


def list_(context: typer.Context) -> None:
    """List whom webhooks tell, how far each is, and what it missed."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.webhooks().all()
    if globals_.json:
        print_json({"webhooks": [one.as_dict() for one in found]})
        return
    if not found:
        lines(["There are no webhooks yet. Make one with: regulars webhook add NAME URL"])
    for one in found:
        state = f"paused: {one.endpoint.paused}" if one.endpoint.paused else "active"
        events = ", ".join(one.endpoint.events) or "all events"
        lines([
            f"{one.endpoint.name:<16} {one.endpoint.url}  {events}",
            f"{'':<16} {state}; told up to row {one.told} of {one.head}; "
            f"{one.missed} missed, {one.given_up} given up",
        ])  # fmt: skip


def test(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Post a message that tells nothing, and say what came of it; exit code 1 if it was missed."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        answer, seconds = shop.webhooks().test(name)
    if globals_.json:
        told = {"name": name, "heard": answer.is_good, "status": answer.status}
        print_json(told | {"said": answer.said, "seconds": round(seconds, 3)})
    else:
        heard = "heard" if answer.is_good else "not heard"
        lines([f"{name}: {heard} ({answer.said}) in {seconds:.2f} s"])
    if not answer.is_good:
        raise typer.Exit(_NOT_HEARD)


def rotate(
    context: typer.Context,
    name: Annotated[str, _NAME],
    grace: Annotated[
        str, typer.Option("--grace", metavar="TIME", help="How long the old one signs too.")
    ] = "24h",
) -> None:
    """Give a webhook a new secret; the old one signs too for a while."""
    from regulars.edges.shop import Shop
    from regulars.kernel.clock import parse_duration

    seconds = 0 if grace == "0" else int(parse_duration(grace).total_seconds())
    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        secret = shop.webhooks().rotate(name, grace=seconds).secrets[-1].text
    if globals_.json:
        print_json({"name": name, "secret": secret, "grace_seconds": seconds})
        return
    lines([
        f"  Secret: {secret}   (shown only now; give it to the receiver)",
        f"  The old one signs too for {grace}." if seconds else "  The old one is not good now.",
    ])  # fmt: skip


def pause(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Tell a webhook nothing for now; what happens waits for it."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().pause(name)
    _done(globals_, name, "paused", "is told nothing for now.")


def resume(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Tell a webhook again, first of all what waits."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().resume(name)
    _done(globals_, name, "active", "is told again.")


def remove(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Take a webhook away, and what it missed."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().remove(name)
    _done(globals_, name, "removed", "is told nothing any more.")


def replay(
    context: typer.Context,
    name: Annotated[str, _NAME],
    since: Annotated[
        int, typer.Option("--since", metavar="N", min=0, help="Behind this row of the journal.")
    ],
) -> None:
    """Send again, under the same ids, what the journal tells behind a row."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().replay(name, since)
    _done(globals_, name, "replayed", f"is told again what came after row {since}.")


def retry(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Send again at once all that was missed, what was given up too."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        count = shop.webhooks().retry(name)
    if globals_.json:
        print_json({"name": name, "messages": count})
    else:
        lines([f"{name}: {count} messages are sent again"])


def failures(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """List what a webhook missed, and when it is sent again."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.webhooks().failures(name)
        zone = ZoneInfo(shop.home.settings.shop.time_zone)
    if globals_.json:
        print_json({"name": name, "failures": [one.as_dict() for one in found]})
        return
    if not found:
        lines([f"{name} has missed nothing."])
    for one in found:
        lines([
            f"row {one.n:<8} {one.type:<24} {one.tries} tries  {_next(one, zone)}  {one.said}"
        ])  # fmt: skip


def send(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="By default all.")] = None,
) -> None:
    """Send what is due, by hand; a running server does so by itself."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        sent = shop.webhooks().send(name)
    if globals_.json:
        told = [
            {"name": key, "heard": one.heard, "missed": one.missed, "said": one.said}
            for key, one in sent.items()
        ]
        print_json({"webhooks": told})
        return
    for key, one in sent.items():
        said = f" ({one.said})" if one.said else ""
        lines([f"{key}: {one.heard} heard, {one.missed} missed{said}"])


def _done(globals_: Globals, name: str, state: str, said: str) -> None:
    if globals_.json:
        print_json({"name": name, "state": state})
    else:
        lines([f"{name} {said}"])


def _next(one: Missed, zone: ZoneInfo) -> str:
    from regulars.ledger.command import NEVER

    if one.next_at == NEVER:
        return "given up"
    return "again " + datetime.fromtimestamp(one.next_at / 1e6, zone).strftime("%m-%d %H:%M:%S")
