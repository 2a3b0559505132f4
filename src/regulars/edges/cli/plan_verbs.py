"""Verbs of deciding and showing: plan, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import (
    Format,
    FormatOption,
    OutOption,
    lines,
    print_json,
    write,
)
from regulars.edges.cli.progress import steps

if TYPE_CHECKING:
    from regulars.campaign.plan import Plan

_SHOWN = ("rank", "ref", "stage", "decision", "play", "expected_worth")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command()(plan)
    app.command()(report)


def plan(
    context: typer.Context,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", help="Default: that of the people table."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", metavar="AMOUNT", min=0, help="In the shop's currency."),
    ] = None,
    format_: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Decide whom to give what and why, within the budget. Nothing is sent."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        with steps("Planning", quiet=globals_.json) as step:
            made = shop.plan(date, budget, step)
        language = shop.home.settings.shop.language
    if out is not None:
        write(made.table, Format.CSV if format_ is Format.TABLE else format_, out)
    if globals_.json:
        from regulars.app.plan_summary import plan_summary

        print_json(plan_summary(made))
    elif out is not None:
        lines([*summary(made), f"Written: {out}"])
    elif format_ is Format.TABLE:
        lines([*summary(made), ""])
        write(made.table, format_, None, (*_SHOWN, f"reason_{language}"))
    else:
        write(made.table, format_, None)


def summary(made: Plan) -> list[str]:
    """The plan in a few lines."""
    from regulars.app.plan_summary import plan_summary

    data = plan_summary(made)
    text = [
        f"Plan for {data['date']} (people as of {data['as_of']}):"
        f" {data['actions']:,} actions, {data['held_out']:,} held out,"
        f" {data['let_go']:,} let go;"
        f" worst case {data['reserved']:,.2f} of a budget of {data['budget']:,.2f}"
        f" {data['currency']}"
    ]
    for one in data["by_play"]:
        if one["actions"] or one["held_out"] or one["not_funded"]:
            text.append(
                f"  {one['name_en']:<34}{one['actions']:>7,} act {one['held_out']:>6,} held out"
                f" {one['not_funded']:>7,} not funded"
            )
    return text + [f"  Note: {note}" for note in data["notes"]]


def report(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="Default: reports/DATE.LANG.html."),
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option("--lang", help="Default: the shop's language.")
    ] = None,
) -> None:
    """Write the report: one HTML file that opens offline."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, steps("Drawing the report", quiet=globals_.json) as step:
        file = shop.report(out, language=lang, step=step)
    if globals_.json:
        print_json({"file": str(file)})
    else:
        lines([f"Report: {file}"])
