"""Verbs of intake: import, rejects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import (
    Format,
    FormatOption,
    lines,
    print_json,
    rows_of,
    write,
)
from regulars.edges.cli.progress import bytes_bar
from regulars.errors import RegularsError

if TYPE_CHECKING:
    from regulars.edges.shop import Shop
    from regulars.intake.report import FileReport

FileKinds = Literal["orders", "customers", "products", "spend", "events"]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("import")(import_)
    app.command()(rejects)


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="CSV, TSV, text, JSON lines, XLSX, Parquet; also .gz and .zip.",
            readable=False,  # our own error says more than a usage text
        ),
    ],
    as_: Annotated[
        str | None, typer.Option("--as", metavar="FORMAT", help="The format, if not recognised.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="MAP.toml",
            help="Which header is which (see docs/sources.md).",
            readable=False,
        ),
    ] = None,
    kind: Annotated[
        FileKinds | None, typer.Option("--kind", help="Take the files as this kind.")
    ] = None,
    connection: Annotated[
        str | None,
        typer.Option(
            "--connection",
            metavar="NAME",
            help="Event logs: their messages come live through this connection as well.",
        ),
    ] = None,
) -> None:
    """Take files in: orders, customers, products, spend, events. The same again adds nothing."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with told_if_stopped(globals_) as done, Shop(globals_.home) as shop:
        take_in(
            shop,
            files,
            globals_,
            as_=as_,
            mapping=mapping,
            kind=kind,
            connection=connection,
            done=done,
        )
    if globals_.json:
        _print_reports(done)


@contextmanager
def told_if_stopped(globals_: Globals) -> Iterator[list[FileReport]]:
    """Gives a list for reports, and tells them if an error comes.

    What is durable must be told, whatever has become of the files after it.
    """
    done: list[FileReport] = []
    try:
        yield done
    except BaseException as error:
        if done and globals_.json:
            _print_reports(done, _as_dict(error))
        elif done:
            lines([_kept(len(done))])
        raise


def _print_reports(reports: list[FileReport], error: dict[str, Any] | None = None) -> None:
    told: dict[str, Any] = {"files": [report.as_dict() for report in reports]}
    print_json(told if error is None else {**told, "error": error})


def _as_dict(error: BaseException) -> dict[str, Any]:
    if isinstance(error, RegularsError):
        return error.as_dict()
    if isinstance(error, OSError):
        return {"code": "system.failed", "message": error.strerror or str(error)}
    return {"code": "stopped", "message": "stopped before all files were taken in"}


def _kept(count: int) -> str:
    files = "The file above is" if count == 1 else f"The {count} files above are"
    return f"{files} taken in and kept; then importing stopped."


def take_in(
    shop: Shop,
    files: list[Path],
    globals_: Globals,
    *,
    as_: str | None = None,
    mapping: Path | None = None,
    kind: FileKinds | None = None,
    connection: str | None = None,
    done: list[FileReport] | None = None,
) -> list[FileReport]:
    """Import the files one by one, telling of each as soon as it is durable.

    The reports are also added to `done` one by one, for whoever must know them if an error comes.
    """

    def tell(report: FileReport) -> None:
        if done is not None:
            done.append(report)
        if not globals_.json:
            lines(summary(report))

    with bytes_bar(quiet=globals_.json) as bar:
        return shop.import_files(
            *files,
            format=as_,
            mapping=mapping,
            kind=kind,
            connection=connection,
            progress=bar,
            told=tell,
        )


def summary(report: FileReport) -> list[str]:
    """A file's import in a few lines."""
    text = [
        f"{report.file}  ({report.format}, {report.encoding})",
        f"  {report.rows_read:,} rows = {report.accepted:,} accepted + {report.duplicate:,} seen"
        f" before + {report.rejected:,} rejected"
        + (f"; {report.updated:,} updated what was known" if report.updated else ""),
    ]
    if report.spend:
        days = f", {report.from_} to {report.to}" if report.from_ else ""
        text.append(f"  spent {report.spend:,.2f} {report.currency}{days}")
    if report.events:
        text.append(
            f"  {report.events:,} events of {report.customers:,} customers and visitors,"
            f" {report.from_} to {report.to}"
        )
        if report.orders:
            text.append(f"  orders that they tell of, taken in too: {report.orders:,}")
    elif report.orders and not report.from_:
        text.append(f"  of {report.orders:,} orders; paid {report.paid:,.2f} {report.currency}")
    elif report.orders:
        text.append(
            f"  {report.orders:,} orders of {report.customers:,} customers"
            + (f", {report.from_} to {report.to}" if report.from_ else "")
            + f"; {report.cancelled:,} cancelled or returned, {report.guests:,} by guests"
        )
        text.append(
            f"  sums of the file: gross {report.gross:,.2f}  sales {report.sales:,.2f}"
            f"  paid {report.paid:,.2f}  refunded {report.refunded:,.2f} {report.currency}"
        )
    elif report.customers:
        text.append(f"  {report.customers:,} customers, {report.new_customers:,} of them new")
    if report.undated:
        text.append(
            f"  {report.undated:,} cancellations or refunds carry no time: they count from the"
            " order's own time on"
        )
    if report.orders and report.guests == report.orders:
        text.append(
            "  no order names its buyer: nothing about customers can be told from this file"
        )
    if report.strangers:
        text.append(
            "  none of them has ever ordered: if they are the buyers of a platform such as Taobao,"
            ' import the file with --map and platform = "taobao" (docs/sources.md)'
        )
    if report.ignored:
        text.append("  columns not kept: " + ", ".join(report.ignored))
    if report.passed_over:
        text.append("  not recognised and passed over: " + "; ".join(report.passed_over))
    if report.mended:
        text.append(f"  {report.mended:,} of the rows in quarantine are mended and taken in")
    if report.rejected:
        text.append(
            "  `regulars rejects` shows each rejected row with its reason; `--export` to mend them"
        )
    return text


def rejects(
    context: typer.Context,
    format_: FormatOption = Format.TABLE,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to.", readable=False)
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="DIR",
            help="Write them as CSV files to be mended and imported again; personal cells in full.",
            readable=False,
        ),
    ] = None,
) -> None:
    """Show quarantined rows: file, line, column, value and reason; or export them for mending."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        if export is not None:
            _export(shop, export, globals_)
            return
        table = shop.rejects()
    if globals_.json:
        print_json({"rows": rows_of(table)})
        return
    if not table.num_rows and format_ is Format.TABLE:
        lines(["Nothing is in quarantine."])
        return
    write(table, Format.CSV if out and format_ is Format.TABLE else format_, out)


def _export(shop: Shop, folder: Path, globals_: Globals) -> None:
    exported = shop.export_rejects(folder)
    if globals_.json:
        files = {str(path): rows for path, rows in exported.files.items()}
        print_json({"files": files, "forgotten": exported.forgotten})
        return
    if not exported.files:
        lines(["Nothing is in quarantine."])
        return
    text = [f"{path}  {rows:,} rows" for path, rows in exported.files.items()]
    text.append("Mend the cells, leave the columns regulars_… as they are, and import the files.")
    if exported.forgotten:
        text.append(f"{exported.forgotten:,} rows have been forgotten and cannot be written.")
    lines(text)
