"""Verbs of what comes next: lifetime, due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import (
    Format,
    FormatOption,
    OutOption,
    lines,
    print_json,
    rows_of,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_DUE_SHOWN = (
    "customer_id", "ref", "category", "due_on", "purchases", "last_on", "cycle_p50",
    "chance", "stage",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command()(lifetime)
    app.command()(due)


def lifetime(
    context: typer.Context,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Of data. Default: the last day of data."),
    ] = None,
) -> None:
    """Fit the lifetime models, judge them on their last days, and name the one in use."""
    from regulars.app.lifetime import card_as_dict
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        card = card_as_dict(shop.lifetime(until))
    if globals_.json:
        print_json(card)
    else:
        lines(_card(card))


def _card(card: dict[str, Any]) -> Iterator[str]:
    data = card["data"]
    yield (
        f"{data['customers']:,} customers, {data['repeat_customers']:,} bought again;"
        f" {data['first_day']} to {data['until']}; time in weeks"
    )
    if data["hold_out_from"]:
        yield f"Judged on {data['hold_out_from']} to {data['until']}, fitted on the days before."
    for name, one in [*card["models"].items(), (card["spend"]["model"], card["spend"])]:
        yield ""
        yield f"{name}{'  <- in use' if name == card['chosen'] else ''}"
        if "parameters" not in one:
            yield f"  Cannot tell: {one['cannot_tell']}"
            continue
        errors = one["standard_errors"]
        yield "  " + "   ".join(
            f"{letter} {value:.6g} (s.e. {errors[letter]:.3g})"
            for letter, value in one["parameters"].items()
        )
        yield f"  log-likelihood {one['log_likelihood']:,.4f}, {one['customers']:,} customers"
        held = one.get("hold_out")
        if held:
            bought = held["purchases"]
            yield (
                f"  hold-out: log-likelihood {held['log_likelihood']:,.2f}; purchases"
                f" {bought['expected']:,.0f} expected, {bought['actual']:,.0f} came;"
                f" calibration error {held['calibration']['error']:.1%}"
            )
        elif one["cannot_tell"]:
            yield f"  {one['cannot_tell']}"
    if card["chosen"] is None:
        yield ""
        yield "None can tell how often customers will buy: the columns of it stay empty."


def due(
    context: typer.Context,
    within: Annotated[
        str, typer.Option("--within", metavar="DAYS", help="Days ahead: 30d, or 30.")
    ] = "30d",
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="NAME", help="Only purchases of this category."),
    ] = None,
    by_category: Annotated[
        bool, typer.Option("--by-category", help="One row per customer and category.")
    ] = False,
    format_: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List who is due for the next purchase in the days to come, the likeliest first."""
    from regulars.edges.shop import Shop
    from regulars.kernel.clock import parse_days

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.due(parse_days(within), category=category, by_category=by_category)
    if globals_.json:
        print_json({"rows": rows_of(found)})
        return
    if not found.num_rows and out is None and format_ is Format.TABLE:
        lines([f"Nobody is due within {parse_days(within)} days."])
        return
    write(found, Format.CSV if out and format_ is Format.TABLE else format_, out, _DUE_SHOWN)
