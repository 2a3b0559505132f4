"""Verbs of connections: connect, connections, disconnect."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.errors import SettingsError, Where

if TYPE_CHECKING:
    from regulars.intake.connection import Connection, Use
    from regulars.settings import ServeSettings

_SHOWN = 8
"""Letters of a secret's sum that a list shows: enough to tell two apart."""


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (connect, connections, disconnect):
        app.command()(verb)


def connect(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For example web, app, till.")],
    events: Annotated[bool, typer.Option("--events", help="Sends events. The default.")] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Sends events from pages and apps, for all to see.")
    ] = False,
    read: Annotated[bool, typer.Option("--read", help="Asks for customers' histories.")] = False,
    shopify: Annotated[bool, typer.Option("--shopify", help="Shopify's webhooks.")] = False,
    woocommerce: Annotated[
        bool, typer.Option("--woocommerce", help="WooCommerce's webhooks.")
    ] = False,
    webhook: Annotated[
        bool, typer.Option("--webhook", help="Webhooks signed as Standard Webhooks.")
    ] = False,
    platform: Annotated[
        str | None,
        typer.Option("--platform", help="Whose numbers of customers and orders it tells."),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file", metavar="FILE", allow_dash=True, help="A webhook's secret; - is stdin."
        ),
    ] = None,
) -> None:
    """Let something send to the shop or ask it; a name that is there gets a further key."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    chosen: dict[Use, bool] = {
        "events": events,
        "public": public,
        "read": read,
        "shopify": shopify,
        "woocommerce": woocommerce,
        "webhook": webhook,
    }
    uses = [use for use, wanted in chosen.items() if wanted] or ["events"]
    if len(uses) > 1:
        raise SettingsError(
            "a connection has one use",
            where=Where(value=" ".join(f"--{use}" for use in uses)),
            todo="make one for each",
        )
    secret = None if secret_file is None else _secret(secret_file)
    with Shop(globals_.home) as shop:
        made, key = shop.connect(name, uses[0], platform=platform, secret=secret)
        serve = shop.home.settings.serve
    is_ours = secret is None
    if globals_.json:
        told = {**_as_dict(made), "path": _path(made)}
        print_json({**told, "key": key} if is_ours else told)
        return
    lines(_how(made, key if is_ours else None, serve))


def connections(context: typer.Context) -> None:
    """List what may send to the shop or ask it."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.connections()
    if globals_.json:
        print_json({"connections": [_as_dict(one) for one in found]})
        return
    if not found:
        lines(["There are no connections yet. Make one with: regulars connect web"])
        return
    for one in found:
        keys = " ".join(_as_dict(one)["keys"])
        lines([f"{one.name:<16} {one.use:<12} {one.platform:<12} {one.made_at[:10]}  {keys}"])


def disconnect(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The connection.")],
    key: Annotated[
        str | None, typer.Option("--key", help="Only this key; the others stay good.")
    ] = None,
) -> None:
    """Take a connection away, or one of its keys; what came through it stays."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.disconnect(name, key)
    if globals_.json:
        print_json({"name": name, "removed": "key" if key else "connection"})
    else:
        lines([f"{name}: {'this key' if key else 'the connection'} is not good any more."])


def _secret(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read().strip()
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "the file of the secret does not read",
            where=Where(file=str(file)),
            todo="name a file that holds the secret and nothing else",
        ) from error


def _as_dict(one: Connection) -> dict[str, Any]:
    """Without what opens anything: write keys let in and nothing out, secrets are not shown."""
    is_public = one.use in ("events", "public")
    return {
        "name": one.name,
        "use": one.use,
        "platform": one.platform,
        "keys": [key if is_public else _hint(key) for key in one.keys],
        "made_at": one.made_at,
    }


def _hint(key: str) -> str:
    kept = key if key.startswith("sha256:") else f"sha256:{sha256(key.encode()).hexdigest()}"
    return f"{kept[: len('sha256:') + _SHOWN]}…"


def _path(one: Connection) -> str:
    if one.use in ("events", "public"):
        return "/v1/batch"
    if one.use == "read":
        return "/v1/customers/{id}/timeline"
    return f"/v1/webhooks/{one.name}"


def _how(made: Connection, key: str | None, serve: ServeSettings) -> Iterator[str]:
    """What to do with it."""
    address = f"http://{serve.host}:{serve.port or 8686}"
    yield f"Connected {made.name}: {made.use} of {made.platform}"
    if made.use in ("events", "public"):
        yield f"  Write key: {key}"
        yield ""
        yield "Send something:"
        yield (f"""  curl -u {key}: {address}/v1/track -d '{{"userId":"1001","event":"Hello"}}'""")
        if made.use == "public":
            yield "A web page (behind your own address, with TLS):"
            yield f"""  <script async src="{address}/regulars.js" data-key="{key}"></script>"""
        yield f"Any Segment client: write key {key}, host {address}"
        if made.use == "events":
            yield "Keep the key on your servers: what it tells of orders and customers is believed."
            yield f"For web pages and apps: regulars connect {made.name}-page --public"
    elif made.use == "read":
        yield f"  Key: {key}   (shown only now)"
        yield ""
        yield f"  curl -H 'Authorization: Bearer {key}' {address}/v1/customers/1/timeline"
    else:
        if key is not None:
            yield f"  Secret: {key}   (shown only now; give it to the sender)"
        yield f"  Address for the webhook: {address}{_path(made)}   (behind your own, with TLS)"
