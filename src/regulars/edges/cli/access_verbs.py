"""Verbs of who may do what: access key, keys, revoke, operator, operators, password and more."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.errors import AccessInvalid, Where

if TYPE_CHECKING:
    from regulars.engines.store_access import KeyRow, OperatorRow

access = typer.Typer(
    name="access",
    help="Who may do what: keys of programs, operators, roles.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_NAME = typer.Argument(metavar="NAME", help="Lower case letters, digits, . - and _.")
_ROLES = typer.Option("--role", metavar="ROLE", help="May be given several times.")
_FROM_STDIN = typer.Option("--password-stdin", help="Read it from stdin, without asking.")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    verbs = (key, keys, revoke, operator, operators, password, remove, roles, log)
    for verb in verbs:
        access.command()(verb)
    app.add_typer(access)


def key(
    context: typer.Context,
    name: Annotated[str, _NAME],
    role: Annotated[list[str] | None, _ROLES] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="May be given several times."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="For example 90d, 12w.")
    ] = None,
) -> None:
    """Make a key for a program; a name that is there gets a further one."""
    from regulars.access.scopes import check_roles, scopes_of_roles
    from regulars.edges.shop import Shop
    from regulars.kernel.clock import parse_duration
    from regulars.ledger.command import NEVER
    from regulars.ledger.ledger import now_in_microseconds

    scopes = {*scopes_of_roles(check_roles(role or [])), *(scope or [])}
    expires_at = NEVER
    if expires is not None:
        expires_at = now_in_microseconds() + int(parse_duration(expires).total_seconds() * 1e6)
    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.access() as changes:
        made = changes.make_key(name, scopes, expires_at)
        address = f"http://{shop.home.settings.serve.host}:{shop.home.settings.serve.port}"
        when = _date(made.expires_at, shop.home.settings.shop.time_zone)
    if globals_.json:
        told: dict[str, Any] = {"name": made.name, "key_id": made.key_id, "key": made.text}
        print_json(told | {"scopes": made.scopes, "expires": when})
        return
    lines([
        f"  Key: {made.text}   (shown only now)",
        f"  May: {', '.join(made.scopes)}" + (f"   until {when}" if when else ""),
        "",
        f"  curl -H 'Authorization: Bearer {made.text}' {address}/v1/ledger/head",
    ])  # fmt: skip


def keys(context: typer.Context) -> None:
    """List the keys of programs."""
    from regulars.edges.shop import Shop
    from regulars.engines.store_access import AccessRows

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        with shop.store_read() as connection:
            found = AccessRows(connection).api_keys()
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json({"keys": [_key_as_dict(row, zone) for row in found]})
        return
    if not found:
        lines(["There are no keys yet. Make one with: regulars access key NAME --role integration"])
    for row in found:
        told = _key_as_dict(row, zone)
        lines([
            f"{row.name:<20} {row.key_id}  {told['state']:<8} made {told['made']}  {row.scopes}"
        ])  # fmt: skip


def revoke(
    context: typer.Context,
    name: Annotated[str, _NAME],
    key_id: Annotated[
        str | None, typer.Argument(metavar="KEY-ID", help="Only this one of its keys.")
    ] = None,
) -> None:
    """Revoke the keys of a name, or one of them; they are refused from the next request on."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.access() as changes:
        gone = changes.revoke(name, key_id)
    if globals_.json:
        print_json({"name": name, "revoked": gone})
    else:
        lines([f"{name}: {len(gone)} revoked ({', '.join(gone)})"])


def operator(
    context: typer.Context,
    name: Annotated[str, _NAME],
    role: Annotated[list[str] | None, _ROLES] = None,
    password_stdin: Annotated[bool, _FROM_STDIN] = False,
) -> None:
    """Make an operator, with a password of their own; of one that is there, set the roles."""
    from regulars.edges.shop import Shop
    from regulars.engines.store_access import AccessRows

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        with shop.store_read() as connection:
            is_there = name in {row.name for row in AccessRows(connection).operators()}
        with shop.access() as changes:
            if is_there:
                changes.change_roles(name, role or [])
            else:
                changes.add_operator(name, _password(password_stdin), role or [])
    if globals_.json:
        print_json({"operator": name, "roles": sorted(set(role or [])), "is_new": not is_there})
    else:
        lines([f"{name}: {'roles set' if is_there else 'made'}, {', '.join(sorted(role or []))}"])


def operators(context: typer.Context) -> None:
    """List the operators."""
    from regulars.edges.shop import Shop
    from regulars.engines.store_access import AccessRows

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        with shop.store_read() as connection:
            found = AccessRows(connection).operators()
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json({"operators": [_operator_as_dict(row, zone) for row in found]})
        return
    if not found:
        lines(["There are no operators yet. Make one with: regulars access operator NAME"
               " --role owner"])  # fmt: skip
    for row in found:
        lines([f"{row.name:<20} {row.roles:<30} made {_date(row.made_at, zone)}"])


def password(
    context: typer.Context,
    name: Annotated[str, _NAME],
    password_stdin: Annotated[bool, _FROM_STDIN] = False,
) -> None:
    """Set an operator's password; their sessions end."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.access() as changes:
        changes.change_password(name, _password(password_stdin))
    _done(globals_, name, "password set, sessions ended")


def remove(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    """Remove an operator; their sessions end."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.access() as changes:
        changes.remove_operator(name)
    _done(globals_, name, "removed")


def roles(context: typer.Context) -> None:
    """What roles there are, and which scopes they have."""
    from regulars.access.scopes import ROLES, SCOPES

    globals_: Globals = context.obj
    if globals_.json:
        print_json({
            "scopes": {name: {"en": en, "zh": zh} for name, (en, zh) in SCOPES.items()},
            "roles": {
                name: {"en": en, "zh": zh, "scopes": sorted(scopes)}
                for name, ((en, zh), scopes) in ROLES.items()
            },
        })  # fmt: skip
        return
    for name, ((en, zh), scopes) in ROLES.items():
        lines([f"{name}: {en} / {zh}", f"    {', '.join(sorted(scopes))}"])
    lines([""])
    for name, (en, zh) in SCOPES.items():
        lines([f"{name:<16} {en} / {zh}"])


def log(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
) -> None:
    """What was changed about who may do what, and who logged in, the newest first."""
    from regulars.edges.shop import Shop
    from regulars.engines.store_access import AccessRows
    from regulars.ledger.command import NEVER

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        with shop.store_read() as connection:
            found = AccessRows(connection).log(NEVER, limit)
        zone = shop.home.settings.shop.time_zone
    told = [
        {"n": n, "at": _time(at, zone), "what": kind.removeprefix("access."), "by": by}
        | msgspec.json.decode(body).get("detail", {})
        for n, at, kind, by, body in found
    ]
    if globals_.json:
        print_json({"log": told})
        return
    for one in told:
        rest = " ".join(
            f"{name}={_shown(value)}"
            for name, value in one.items()
            if name not in ("n", "at", "what", "by")
        )
        lines([f"{one['n']:>8}  {one['at']}  {one['what']:<18} by {one['by']:<20} {rest}"])


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _done(globals_: Globals, name: str, what: str) -> None:
    if globals_.json:
        print_json({"operator": name, "done": what})
    else:
        lines([f"{name}: {what}"])


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise AccessInvalid(
            "there is nobody to ask for a password",
            where=Where(column="password"),
            todo="send it through a pipe with --password-stdin",
        )
    typed: str = typer.prompt("Password (12 characters or more)", hide_input=True)
    again: str = typer.prompt("The same again", hide_input=True)
    if typed != again:
        raise AccessInvalid(
            "the two are not the same", where=Where(column="password"), todo="type it again"
        )
    return typed


def _key_as_dict(row: KeyRow, zone: str) -> dict[str, Any]:
    from regulars.ledger.ledger import now_in_microseconds

    state = "good"
    if row.revoked_at:
        state = "revoked"
    elif row.expires_at <= now_in_microseconds():
        state = "expired"
    return {
        "name": row.name,
        "key_id": row.key_id,
        "state": state,
        "scopes": row.scopes.split(),
        "made": _date(row.made_at, zone),
        "expires": _date(row.expires_at, zone),
    }


def _operator_as_dict(row: OperatorRow, zone: str) -> dict[str, Any]:
    return {"name": row.name, "roles": row.roles.split(), "made": _date(row.made_at, zone)}


def _date(at: int, zone: str) -> str | None:
    from regulars.ledger.command import NEVER

    return None if at == NEVER else _time(at, zone)[:10]


def _time(at: int, zone: str) -> str:
    instant = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(zone))
    return instant.strftime("%Y-%m-%d %H:%M:%S")
