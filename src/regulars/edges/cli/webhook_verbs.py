"""Verbs of webhooks that go out: webhook add, list, test, rotate, replay, failures and more."""

from __future__ import annotations

from typing import Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.edges.cli.voice import Voice, many
from regulars.edges.cli.webhook_shown import (
    known_types,
    next_text,
    secret_line,
    standing_lines,
    unknown_line,
)

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
        made, voice = shop.webhooks().add(name, url, event or []), Voice.of(shop)
    secret = made.secrets[-1].text
    if globals_.json:
        told = {"name": made.name, "url": made.url, "events": list(made.events)}
        print_json(told | {"secret": secret})
        return
    types = [one if "." in one else type_of(one) for one in made.events]
    told_en, told_zh = ", ".join(types) or "all events", "、".join(types) or "全部事件"
    test = f"regulars webhook test {made.name}"
    lines([
        voice.say(
            f"{made.name} is told of {told_en} at {made.url}",
            f"{made.name} 将收到 {told_zh}：{made.url}",
        ),
        secret_line(secret, voice),
        *(unknown_line(one, voice) for one in types if one not in known_types()),
        "",
        voice.say(f"See whether it arrives: {test}", f"试发一条：{test}"),
    ])  # fmt: skip


def list_(context: typer.Context) -> None:
    """List whom webhooks tell, how far each is, and what it missed."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found, voice = shop.webhooks().all(), Voice.of(shop)
    if globals_.json:
        print_json({"webhooks": [one.as_dict() for one in found]})
        return
    if not found:
        add_one = "regulars webhook add NAME URL"
        lines([
            voice.say(
                f"There are no webhooks yet. Make one with: {add_one}",
                f"还没有 webhook。新建：{add_one}",
            )
        ])  # fmt: skip
    for one in found:
        lines(standing_lines(one, voice))


def test(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Post a message that tells nothing, and say what came of it; exit code 1 if it was missed."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        (answer, seconds), voice = shop.webhooks().test(name), Voice.of(shop)
    if globals_.json:
        told = {"name": name, "heard": answer.is_good, "status": answer.status}
        print_json(told | {"said": answer.said, "seconds": round(seconds, 3)})
    else:
        heard = ("heard", "已收到") if answer.is_good else ("not heard", "未收到")
        lines([
            voice.say(
                f"{name}: {heard[0]} ({answer.said}) in {seconds:.2f} s",
                f"{name}：{heard[1]}（{answer.said}），{seconds:.2f} 秒",
            )
        ])  # fmt: skip
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
        voice = Voice.of(shop)
    if globals_.json:
        print_json({"name": name, "secret": secret, "grace_seconds": seconds})
        return
    old = (f"  The old one signs too for {grace}.", f"  旧密钥在 {grace} 内仍一并签名。")
    if not seconds:
        old = ("  The old one is not good now.", "  旧密钥已失效。")
    lines([secret_line(secret, voice), voice.say(*old)])


def pause(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Tell a webhook nothing for now; what happens waits for it."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().pause(name)
        voice = Voice.of(shop)
    _done(
        globals_,
        name,
        "paused",
        voice.say("is told nothing for now.", "暂停通知，期间发生的事会等它。"),
    )


def resume(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Tell a webhook again, first of all what waits."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().resume(name)
        voice = Voice.of(shop)
    _done(globals_, name, "active", voice.say("is told again.", "已恢复通知。"))


def remove(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Take a webhook away, and what it missed."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().remove(name)
        voice = Voice.of(shop)
    _done(globals_, name, "removed", voice.say("is told nothing any more.", "已移除，不再通知。"))


def replay(
    context: typer.Context,
    name: Annotated[str, _NAME],
    since: Annotated[
        int,
        typer.Option(
            "--since", metavar="N", min=0, max=2**53 - 1, help="Behind this row of the journal."
        ),
    ],
) -> None:
    """Send again, under the same ids, what the journal tells behind a row."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        shop.webhooks().replay(name, since)
        voice = Voice.of(shop)
    said = voice.say(
        f"is told again what came after row {since}.", f"将重发第 {since} 行之后的消息。"
    )
    _done(globals_, name, "replayed", said)


def retry(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Send again at once all that was missed, what was given up too."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        count, voice = shop.webhooks().retry(name), Voice.of(shop)
    if globals_.json:
        print_json({"name": name, "messages": count})
    else:
        en, zh = f"{name}: {many(count, 'message')} to be sent again", f"{name}：{count:,} 条将重发"
        lines([voice.say(en, zh)])


def failures(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """List what a webhook missed, and when it is sent again."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found, voice = shop.webhooks().failures(name), Voice.of(shop)
    if globals_.json:
        print_json({"name": name, "failures": [one.as_dict() for one in found]})
        return
    if not found:
        lines([voice.say(f"{name} has missed nothing.", f"{name} 没有遗漏。")])
    for one in found:
        row = voice.say(f"row {one.n:<8}", f"第 {one.n} 行")
        tries = voice.say(
            f"{one.tries} {'try' if one.tries == 1 else 'tries'}", f"已试 {one.tries} 次"
        )
        lines([f"{row} {one.type:<24} {tries}  {next_text(one, voice)}  {one.said}"])


def send(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="By default all.")] = None,
) -> None:
    """Send what is due, by hand; a running server does so by itself."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        sent, voice = shop.webhooks().send(name), Voice.of(shop)
    if globals_.json:
        told = [
            {"name": key, "heard": one.heard, "missed": one.missed, "said": one.said}
            for key, one in sent.items()
        ]
        print_json({"webhooks": told})
        return
    for key, one in sent.items():
        said = voice.say(f" ({one.said})", f"（{one.said}）") if one.said else ""
        counts = voice.say(
            f"{key}: {one.heard} heard, {one.missed} missed",
            f"{key}：收到 {one.heard}，遗漏 {one.missed}",
        )
        lines([counts + said])


def _done(globals_: Globals, name: str, state: str, said: str) -> None:
    if globals_.json:
        print_json({"name": name, "state": state})
    else:
        lines([f"{name} {said}"])
