"""The verb simulate: a made shop whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.edges.cli.progress import steps

if TYPE_CHECKING:
    from regulars.simulate import Made


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(simulate)


def simulate(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The folder to make.")
    ] = None,
    customers: Annotated[int, typer.Option("--customers", help="Who order at least once.")] = 5000,
    days: Annotated[int, typer.Option("--days", help="How long the shop lives.")] = 730,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    world: Annotated[
        str, typer.Option("--world", metavar="NAME", help="Which world; see --worlds.")
    ] = "plain",
    last_day: Annotated[
        str, typer.Option("--last-day", metavar="DATE", help="Last day of the shop's life.")
    ] = "2024-12-31",
    form: Annotated[
        Literal["parquet", "csv"], typer.Option("--format", help="Of what the shop exports.")
    ] = "parquet",
    events: Annotated[
        Literal["none", "sample", "all"],
        typer.Option("--events", help="Whose events: sample is at most 20,000 customers'."),
    ] = "sample",
    visitors: Annotated[
        float,
        typer.Option(
            "--visitors", help="Who look and never order, for each customer whose events are told."
        ),
    ] = 3.0,
    worlds: Annotated[bool, typer.Option("--worlds", help="List the worlds and leave.")] = False,
) -> None:
    """Make a shop with known truth: orders, customers, products, spend, campaigns, events."""
    from regulars.kernel.clock import parse_date
    from regulars.simulate import WORLDS, simulate

    globals_: Globals = context.obj
    if worlds:
        known = [
            {"name": one.name, "en": one.note, "zh": f"{one.zh}：{one.note_zh}"}
            for one in WORLDS.values()
        ]
        if globals_.json:
            print_json({"worlds": known})
        else:
            lines(f"{one['name']:<24} {one['en']}\n{'':<24} {one['zh']}" for one in known)
        return
    if out is None:
        raise typer.BadParameter("name the folder to make with --out DIR", param_hint="--out")
    with steps("Simulating", quiet=globals_.json) as step:
        made = simulate(
            out,
            customers=customers,
            days=days,
            seed=seed,
            world=world,
            last_day=parse_date(last_day),
            format=form,
            events=events,
            visitors=visitors,
            step=step,
        )
    if globals_.json:
        print_json(made.as_dict())
    else:
        lines(summary(made))


def summary(made: Made) -> list[str]:
    """The made shop for people."""
    totals = made.totals
    told = [
        f"Made the shop {made.folder}: world {made.world}, seed {made.seed},"
        f" {made.first_day} to {made.last_day}, in {made.seconds:.1f} s",
        f"  {made.customers:,} customers, {totals['orders']:,} orders, {totals['lines']:,} lines,"
        f" {totals['paid']:,.2f} CNY paid, {totals['refunded']:,.2f} given back",
    ]
    once = totals["share_once_within_a_year"]
    if once is not None:  # nobody was watched for a year in a younger shop
        repeat = totals["share_of_revenue_from_repeat_buyers"]
        told.append(
            f"  {once:.0%} buy once within a year; repeat buyers bring {repeat:.0%} of the revenue"
        )
    told.append("")
    for one in made.files:
        told.append(f"  {one['file']:<26} {one['rows']:>12,} rows {one['bytes'] / 1e6:>9,.1f} MB")
    names = ("orders", "customers", "products", "spend", "events")
    taken = [str(made.folder / one["file"]) for one in made.files if one["file"].startswith(names)]
    return [*told, "", f"Next: regulars --home HOME run {' '.join(taken)}"]
