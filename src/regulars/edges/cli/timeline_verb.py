"""The verb of one customer's history: timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import (
    Format,
    FormatOption,
    OutOption,
    lines,
    print_json,
    show,
    write,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.timeline.history import Page

_SHOWN = ("at", "kind", "words", "platform", "source", "campaign", "connection")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(timeline)


def timeline(
    context: typer.Context,
    customer: Annotated[
        str,
        typer.Argument(
            metavar="CUSTOMER",
            help="The shop's number, PLATFORM:KEY, phone, e-mail address, or our customer_id.",
        ),
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Rows at most.")] = 50,
    before: Annotated[
        str | None, typer.Option("--before", metavar="CURSOR", help="The page after this one.")
    ] = None,
    format_: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """One customer's history: events, orders and refunds, the newest first."""
    from regulars.edges.api.rows import page_as_dict
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        page = shop.timeline(customer, limit=limit, before=before)
        zone, language = shop.home.settings.shop.time_zone, shop.home.settings.shop.language
    if globals_.json:
        print_json(page_as_dict(page))
        return
    table = _table(page, zone, language)
    if format_ is not Format.TABLE or out is not None:
        write(table, Format.CSV if format_ is Format.TABLE else format_, out)
        return
    also = f" (also {', '.join(str(one) for one in page.merged)})" if page.merged else ""
    lines([f"Customer {page.customer_id}{also}, times in {zone}", ""])
    if not page.rows:
        lines(["Nothing is known to have happened."])
        return
    show(table, _SHOWN, rows=limit)
    if page.before:
        lines(["", f"Older: --before {page.before}"])


def _table(page: Page, zone: str, language: str) -> pa.Table:
    """The rows with times on the shop's clock and what happened in its language."""
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    clock = ZoneInfo(zone)
    columns: dict[str, list[object]] = {
        "at": [f"{row.at.astimezone(clock):%Y-%m-%d %H:%M:%S}" for row in page.rows],
        "words": [row.words.text(language) for row in page.rows],
    }
    names = (
        "kind", "type", "name", "platform", "product_id", "product_name", "category", "order_id",
        "search", "url", "referrer", "source", "medium", "campaign", "connection", "properties",
    )  # fmt: skip
    for name in names:
        columns[name] = [getattr(row, name) for row in page.rows]
    made = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    for name in ("amount", "quantity"):
        made[name] = pa.array([getattr(row, name) for row in page.rows], pa.decimal128(18, 4))
    return pa.table(made)
