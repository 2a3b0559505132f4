"""Verbs of the store: store migrate, verify, backup, restore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json

if TYPE_CHECKING:
    from regulars.app.store_backup import BackedUp, Restored
    from regulars.app.store_check import Checked
    from regulars.ledger.verify import Verified

_FILE = typer.Argument(metavar="FILE", help="The backup: one file.")

store = typer.Typer(
    name="store",
    help="The book of record: migrate, verify, backup, restore.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (migrate, verify, backup, restore):
        store.command()(verb)
    app.add_typer(store)


def migrate(context: typer.Context) -> None:
    """Bring the store to this program's version; other verbs do so by themselves."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        done = shop.migrate_store()
    if globals_.json:
        print_json(done.as_dict())
    elif done.before == done.now:
        lines([f"{done.place}: version {done.now} already, nothing to do"])
    elif done.before is None:
        lines([f"{done.place}: made, version {done.now}"])
    else:
        lines([f"{done.place}: from version {done.before} to {done.now}"])


def verify(
    context: typer.Context,
    since: Annotated[
        int, typer.Option("--since", min=0, metavar="N", help="Read the journal after row N only.")
    ] = 0,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="N:HASH", help="A head that was noted elsewhere."),
    ] = None,
) -> None:
    """See whether the book of record is right, row by row; exit code 1 if not."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        checked = shop.verify_store(since=since, against=against)
    if globals_.json:
        print_json({**checked.as_dict(), "since": since, "against": against})
    else:
        lines(_checked(checked, since, against))


def backup(
    context: typer.Context,
    file: Annotated[Path, _FILE],
    replace: Annotated[
        bool, typer.Option("--replace", help="An earlier backup of this name gives way.")
    ] = False,
) -> None:
    """Copy the store into one file, verified; others may write to it meanwhile."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        done = shop.backup_store(file, replace=replace)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(done.as_dict())
    else:
        lines(_backed_up(done, zone))


def restore(
    context: typer.Context,
    file: Annotated[Path, _FILE],
    replace: Annotated[
        bool, typer.Option("--replace", help="What the store holds gives way; it is kept beside.")
    ] = False,
) -> None:
    """Put a backup into the store that the settings name, SQLite or PostgreSQL."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        done = shop.restore_store(file, replace=replace)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(done.as_dict())
    else:
        lines(_restored(done, zone))


def _checked(checked: Checked, since: int, against: str | None) -> Iterator[str]:
    found = checked.verified
    yield f"{checked.place}: right"
    yield from _counts(found)
    if since:
        yield f"  The journal was read after row {since:,}; what came before it is believed."
    if against is not None:
        yield "  The row that was noted elsewhere is there as it was."
    yield from _head(found)


def _backed_up(done: BackedUp, zone: str) -> Iterator[str]:
    yield f"{done.file}: {done.size:,} bytes, verified, as of {_time(done.of.made_at, zone)}"
    yield from _counts(done.verified)
    yield from _head(done.verified)
    yield "  Not in it: keys/ (the vault's) and landing/. Back keys/ up apart from the rest."


def _restored(done: Restored, zone: str) -> Iterator[str]:
    yield f"{done.place}: the backup of {_time(done.of.made_at, zone)}, verified"
    yield from _counts(done.verified)
    yield from _head(done.verified)
    if done.kept is not None:
        yield f"  What it held before is kept: {done.kept}"


def _counts(found: Verified) -> Iterator[str]:
    yield (
        f"  {found.rows:,} rows of the journal, {found.postings:,} postings,"
        f" {found.accounts:,} accounts, {found.assets:,} assets; each asset sums to 0"
    )


def _head(found: Verified) -> Iterator[str]:
    yield f"  Head, to be noted elsewhere: {found.n}:{found.hash.hex()}"


def _time(at: int, zone: str) -> str:
    moment: Any = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(zone))
    return f"{moment:%Y-%m-%d %H:%M:%S}"
