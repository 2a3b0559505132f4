"""Verbs of understanding: understand, people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import (
    Format,
    FormatOption,
    OutOption,
    lines,
    print_json,
    rows_of,
    show,
    write,
)
from regulars.edges.cli.progress import steps

if TYPE_CHECKING:
    from regulars.app.customer import CustomerView
    from regulars.app.understand import Understood

_SHOWN = (
    "customer_id", "ref", "stage", "orders", "monetary", "last_order_on", "due_on",
    "chance_of_return", "top_category",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command()(understand)
    app.command()(people)


def understand(
    context: typer.Context,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="End of this day. Default: last day of data."),
    ] = None,
) -> None:
    """Build the people table: profile, cycle, stage and RFM of every customer."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, steps("Understanding", quiet=globals_.json) as step:
        found = shop.understand(as_of, step)
    if globals_.json:
        print_json(found.as_dict())
    else:
        lines(summary(found))


def summary(found: Understood) -> list[str]:
    """What was understood in a few lines."""
    from regulars.kernel.stage_names import LABELS

    text = [f"{found.customers:,} customers as of {found.as_of}, in {found.seconds:.1f} s"]
    for name, count in found.stages.items():
        label = LABELS[name]
        share = count / max(found.customers, 1)
        text.append(f"  {label.en:<14}{count:>9,}  {share:>6.1%}  {label.zh}")
    return text + [f"  Note: {note}" for note in found.notes]


def people(
    context: typer.Context,
    format_: FormatOption = Format.TABLE,
    out: OutOption = None,
    stage: Annotated[str | None, typer.Option("--stage", help="Only this stage.")] = None,
    customer: Annotated[
        str | None,
        typer.Option("--customer", metavar="ID", help="One customer: all that is known, and why."),
    ] = None,
) -> None:
    """Show the people table, or one customer with everything known and why."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        if customer is not None:
            _one(shop.customer(customer), globals_, format_, out, shop.home.settings.shop.language)
            return
        table = shop.people(stage=stage)
        if shop.is_stale() and not globals_.json:
            typer.echo(
                "Note: files or settings have changed since; run `regulars understand`.", err=True
            )
    if globals_.json:
        print_json({"rows": rows_of(table)})
        return
    write(table, Format.CSV if out and format_ is Format.TABLE else format_, out, _SHOWN)


def _one(
    found: CustomerView, globals_: Globals, format_: Format, out: Path | None, language: str
) -> None:
    if globals_.json:
        print_json(
            {
                "rows": rows_of(found.row),
                "why": {"en": found.why_en, "zh": found.why_zh},
                "purchases": rows_of(found.purchases),
                "history": rows_of(found.history),
                "categories": rows_of(found.categories),
            }
        )
        return
    if format_ is not Format.TABLE or out is not None:
        write(found.row, Format.CSV if format_ is Format.TABLE else format_, out)
        return
    row = rows_of(found.row)[0]
    lines([f"Customer {row['customer_id']} ({row['ref']}) as of {row['as_of']}", ""])
    lines(f"  {sentence}" for sentence in (found.why_zh if language == "zh" else found.why_en))
    from regulars.edges.cli.output import cell

    lines(["", "Everything known"])
    lines(
        f"  {name:<22}{cell(value)}" for name, value in row.items() if value not in (None, [], {})
    )
    lines(["", "Latest purchases"])
    show(found.purchases, rows=10)
    if found.categories.num_rows:
        lines(["", "Cycle by category"])
        show(found.categories, rows=10)
    lines(["", "Stages"])
    show(found.history.slice(max(found.history.num_rows - 10, 0)), rows=10)
