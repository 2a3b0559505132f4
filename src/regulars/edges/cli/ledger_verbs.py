"""Verbs of the ledger: ledger assets, accounts, balance, statement, entry, ask."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.errors import InvalidCommand, UnreadableFile, Where

if TYPE_CHECKING:
    from regulars.ledger.batch import Answer
    from regulars.ledger.command import Command
    from regulars.ledger.receipt import Line, Receipt
    from regulars.ledger.statement import Balance, Statement
    from regulars.ledger.totals import AssetTotals, OwnerTotals

_BY = "cli"
_AT_ONCE = 10_000
_MONEY = re.compile(r"money:([A-Z]{3})(?::|$)")

_ASSET = typer.Argument(metavar="ASSET", help="For example points, coupon:spring, money:CNY.")
_OWNER = typer.Argument(metavar="OWNER", help="For example customer:7, stock, issuer.")

ledger = typer.Typer(
    name="ledger",
    help="The ledger: what customers and campaigns have, and what moved it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (assets, accounts, balance, statement, entry, ask):
        ledger.command()(verb)
    app.add_typer(ledger)


def assets(context: typer.Context) -> None:
    """Every asset: in circulation, held, accounts, and whether it sums to 0."""
    from regulars.edges.shop import Shop
    from regulars.ledger.totals import all_assets

    globals_: Globals = context.obj
    with (
        Shop(globals_.home) as shop,
        shop.ledger() as opened,
        opened.store.read() as connection,
    ):
        found = all_assets(connection)
    if globals_.json:
        print_json({"assets": [one.as_dict() for one in found]})
    elif not found:
        lines(["There are no assets yet. Define one: regulars ledger ask FILE (docs/ledger.md)"])
    else:
        lines(_assets(found))


def accounts(
    context: typer.Context,
    asset: Annotated[str, _ASSET],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Owners shown.")] = 20,
) -> None:
    """Sums of an asset, and who has most of it."""
    from regulars.edges.shop import Shop
    from regulars.ledger.totals import asset_totals, owners_of

    globals_: Globals = context.obj
    with (
        Shop(globals_.home) as shop,
        shop.ledger() as opened,
        opened.store.read() as connection,
    ):
        totals = asset_totals(connection, asset)
        owners = owners_of(connection, asset, limit)
    if globals_.json:
        print_json({**totals.as_dict(), "owners": [one.as_dict() for one in owners]})
    else:
        lines([*_assets([totals]), "", *_owners(asset, owners)])


def balance(
    context: typer.Context,
    asset: Annotated[str, _ASSET],
    owner: Annotated[str, _OWNER],
) -> None:
    """What an owner has of an asset, lot by lot."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.ledger() as opened:
        found = opened.balance(asset, owner)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(found.as_dict())
    else:
        lines(_balance(found, zone))


def statement(
    context: typer.Context,
    asset: Annotated[str, _ASSET],
    owner: Annotated[str, _OWNER],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Lines shown.")] = 20,
    before: Annotated[
        str | None, typer.Option("--before", metavar="CURSOR", help="Go on behind a page.")
    ] = None,
) -> None:
    """What moved an owner's balance, the newest first."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.ledger() as opened:
        found = opened.statement(asset, owner, before=before, limit=limit)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(found.as_dict())
    else:
        lines(statement_lines(found, zone))


def entry(
    context: typer.Context,
    n: Annotated[int, typer.Argument(metavar="N", min=1, help="Of the journal: 1, 2, …")],
) -> None:
    """A row of the journal: what was done, when, and by whom."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.ledger() as opened:
        found = opened.entry(n)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json({**found.as_dict(), "actor": found.actor})
    else:
        lines(_entry(found, zone))


def ask(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", allow_dash=True, help="JSON lines; - is stdin.")
    ],
) -> None:
    """For engineers: have commands done, one JSON object a line; exit code 1 if any is refused."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    commands = _commands(file)
    answers: list[Answer] = []
    with Shop(globals_.home) as shop, shop.ledger() as opened:
        for begin in range(0, len(commands), _AT_ONCE):
            part = [command for _, command in commands[begin : begin + _AT_ONCE]]
            answers += opened.ask_all(part, _BY)
    told = [
        _answer(command.key, answer) for (_, command), answer in zip(commands, answers, strict=True)
    ]
    refused = sum("error" in one for one in told)
    if globals_.json:
        print_json({"answers": told, "done": len(told) - refused, "refused": refused})
    else:
        lines(_told(line, one) for (line, _), one in zip(commands, told, strict=True))
        lines([f"{len(told) - refused} done, {refused} refused"])
    if refused:
        raise typer.Exit(1)


def _commands(file: Path) -> list[tuple[int, Command]]:
    """The commands by line; all make sense, or none is asked."""
    import msgspec

    from regulars.ledger.command import Command, check

    decode = msgspec.json.Decoder(Command).decode
    found: list[tuple[int, Command]] = []
    for number, text in enumerate(_text(file).split("\n"), start=1):
        if not text.strip():
            continue
        place = str(file) if str(file) != "-" else "stdin"
        try:
            command = decode(text.encode())
            check(command)
        except msgspec.DecodeError as error:
            raise InvalidCommand(
                f"this is no command of the ledger ({error})",
                where=Where(file=place, line=number),
                todo="write one JSON object a line, as docs/ledger.md shows; nothing was asked",
            ) from error
        except InvalidCommand as error:
            where = Where(place, number, error.where.column, error.where.value)
            todo = f"{error.todo}; nothing was asked"
            raise InvalidCommand(error.message, where=where, todo=todo) from error
        found.append((number, command))
    return found


def _text(file: Path) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"the commands do not read ({getattr(error, 'strerror', None) or error})",
            where=Where(file=str(file)),
            todo="name a file of JSON lines in UTF-8; nothing was asked",
        ) from error


def _answer(key: str, answer: Answer) -> dict[str, Any]:
    from regulars.ledger.receipt import Receipt

    if isinstance(answer, Receipt):
        return {**answer.as_dict(), "replayed": answer.replayed}
    return {"key": key, "error": answer.as_dict(), "told": str(answer)}


def _told(line: int, one: dict[str, Any]) -> str:
    if "error" in one:
        return f"line {line}, {one['key']}: {one['error']['code']}: {one['told']}"
    again = ", done before" if one["replayed"] else ""
    return f"line {line}, {one['key']}: {one['kind']}, entry {one['n']}{again}"


def _assets(found: list[AssetTotals]) -> Iterator[str]:
    yield f"{'asset':<28}{'in circulation':>18}{'held':>16}{'accounts':>11}  sum"
    for one in found:
        right = "0" if one.sum == 0 else f"{one.sum:,}: BROKEN, see `regulars store verify`"
        yield (
            f"{one.asset:<28}{amount_text(one.asset, one.in_circulation):>18}"
            f"{amount_text(one.asset, one.held):>16}{one.accounts:>11,}  {right}"
        )


def _owners(asset: str, owners: list[OwnerTotals]) -> Iterator[str]:
    yield f"{'owner':<28}{'balance':>18}{'held':>16}{'lots':>11}"
    for one in owners:
        yield (
            f"{one.owner:<28}{amount_text(asset, one.balance):>18}"
            f"{amount_text(asset, one.held):>16}{one.lots:>11,}"
        )


def _balance(found: Balance, zone: str) -> Iterator[str]:
    asset = found.asset
    yield f"{asset} of {found.owner}: {amount_text(asset, found.available)} available"
    yield (
        f"  balance {amount_text(asset, found.balance)}, held {amount_text(asset, found.held)},"
        f" expired and not taken away yet {amount_text(asset, found.expired)}"
    )
    for lot in found.lots:
        floor = {0: "", None: ", without bound"}.get(
            lot.floor, f", down to {amount_text(asset, lot.floor or 0)}"
        )
        yield (
            f"  {amount_text(asset, lot.balance)}, of it held {amount_text(asset, lot.held)},"
            f" {_expiry(lot.expires_at, zone)}{floor}"
        )


def statement_lines(found: Statement, zone: str) -> Iterator[str]:
    """A statement for people."""
    asset = found.asset
    if not found.lines:
        yield f"Nothing has moved {asset} of {found.owner} yet."
        return
    yield f"{'entry':>9}  {'time':<19}  {'what':<8}{'amount':>16}{'balance':>16}  lot, by, about"
    for one in found.lines:
        about = " ".join(f"{name}={value}" for name, value in one.body.about.items())
        yield (
            f"{one.n:>9}  {time_text(one.at, zone)}  {one.kind:<8}"
            f"{amount_text(asset, one.amount, signed=True):>16}"
            f"{amount_text(asset, one.balance):>16}"
            f"  {_expiry(one.expires_at, zone)}, {one.actor}{about and ', ' + about}"
        )
    if found.before:
        yield f"More: --before {found.before}"


def _entry(found: Receipt, zone: str) -> Iterator[str]:
    yield f"Entry {found.n}: {found.kind}, {time_text(found.at, zone)}, by {found.actor}"
    if found.key:
        yield f"  key: {found.key}"
    body = found.body
    for line in body.lines:
        yield f"  {_moved(line, zone)}; {amount_text(line.asset, line.balance)} after it"
    for line in body.held:
        yield f"  {_moved(line, zone)} held; {amount_text(line.asset, line.balance)} held after it"
    facts: dict[str, Any] = {
        "asset": body.asset,
        "account": body.account and f"{body.account[0]} of {body.account[1]}, floor {body.floor}",
        "hold for": body.for_owner,
        "expires": body.expires_at and time_text(body.expires_at, zone),
        "takes the place of hold": body.replaces,
        "ends hold": body.hold,
        "releases holds": ", ".join(str(one) for one in body.released),
        "takes back entry": body.reverses,
        "about": " ".join(f"{name}={value}" for name, value in body.about.items()),
        "detail": " ".join(f"{name}={value}" for name, value in body.detail.items()),
    }
    yield from (f"  {name}: {value}" for name, value in facts.items() if value)
    for told in body.events:
        yield f"  told to the timeline of customer {told.customer_id}: {told.event}"


def _moved(line: Line, zone: str) -> str:
    lot = "" if _never(line.expires_at) else f" ({_expiry(line.expires_at, zone)})"
    return f"{amount_text(line.asset, line.amount, signed=True)} {line.asset} of {line.owner}{lot}"


def amount_text(asset: str, amount: int, *, signed: bool = False) -> str:
    """The amount for people; money in its currency.

    >>> amount_text("money:CNY", 123456), amount_text("points", -1234, signed=True)
    ('¥1,234.56', '-1,234')
    """
    plus = "+" if signed and amount > 0 else ""
    money = _MONEY.match(asset)
    if money is None:
        return f"{plus}{amount:,}"
    from regulars.kernel.money import format_money, from_minor_units

    return plus + format_money(from_minor_units(amount, money[1]), money[1])


def _never(at: int) -> bool:
    from regulars.ledger.command import NEVER

    return at == NEVER


def _expiry(at: int, zone: str) -> str:
    return "does not expire" if _never(at) else f"expires {time_text(at, zone)}"


def time_text(at: int, zone: str) -> str:
    """An instant for people, in the shop's time zone."""
    try:
        moment = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(zone))
    except (OverflowError, ValueError):  # an instant beyond the year 9999
        return f"at {at} µs"
    return f"{moment:%Y-%m-%d %H:%M:%S}"
