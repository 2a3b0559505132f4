"""The verb backtest: what would have been told of a past day, and what came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.edges.cli.progress import steps

if TYPE_CHECKING:
    from regulars.lifetime.backtest_card import BacktestCard, Measured

_BAR = 50
"""Characters of the longest bar of the tracking plot."""
_GROUPS = {"all": "all", "once": "bought once", "again": "bought again"}


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(backtest)


def backtest(
    context: typer.Context,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DATE", help="End of history. Default: as late as the data let."
        ),
    ] = None,
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="DAYS", help="Days told: 90d, or 13w.")
    ] = "90d",
    by_category: Annotated[
        bool, typer.Option("--by-category", help="Customers in each category they have bought.")
    ] = False,
    origins: Annotated[
        int, typer.Option("--origins", min=1, max=12, help="Days judged, the last one included.")
    ] = 4,
) -> None:
    """Tell who buys next as of a past day, hold it against what came, and keep the winner."""
    from regulars.edges.shop import Shop
    from regulars.kernel.clock import parse_days

    globals_: Globals = context.obj
    days = parse_days(horizon)
    with Shop(globals_.home) as shop, steps("Backtest", quiet=globals_.json) as step:
        card = shop.backtest(until, days, by_category=by_category, origins=origins, step=step)
    if globals_.json:
        print_json(card.as_dict())
    else:
        lines(told(card))


def told(card: BacktestCard) -> Iterator[str]:
    """The card for people."""
    what = "customers" if card.grain == "customer" else "customers in categories"
    yield (
        f"As of {card.as_of}, {card.horizon} days ahead: {card.customers:,} {what},"
        f" {card.bought:,} bought ({card.bought / max(card.customers, 1):.1%});"
        f" data {card.first_day} to {card.last_day}"
    )
    yield f"Winner: {card.winner}" + (f" (ours: {card.ours})" if card.ours != card.winner else "")
    yield ""
    yield (
        f"  {'':<18}{'AUC':>6} {'(95 %)':<16}{'lift 5 %':>9}{'10 %':>7} {'(95 %)':<14}"
        f"{'20 %':>6}{'calib.':>8}{'expected':>10}{'early AUC':>11}"
    )
    for one in card.scorers:
        five, ten, twenty = one.lift
        expected = "" if one.expected is None else f"{one.expected:,.0f}"
        yield (
            f"  {one.recipe:<18}{one.auc.value:>6.3f} {_span(one.auc, 3):<16}{five.value:>9.2f}"
            f"{ten.value:>7.2f} {_span(ten, 2):<14}{twenty.value:>6.2f}"
            f"{one.calibration_error.value:>8.1%}{expected:>10}"
            f"{'' if one.early_auc != one.early_auc else f'{one.early_auc:.3f}':>11}"
        )
    yield f"  {'came':<18}{'':<76}{card.actual:>10,}"
    yield from _calibration(card)
    yield from _by_frequency(card)
    yield from _tracking(card)
    yield ""
    for origin in card.origins:
        yield (
            f"  {origin.role:<6}{origin.as_of}  {origin.customers:>9,} {what},"
            f" {origin.bought:.1%} bought, taught by {origin.windows} earlier windows"
        )
    yield from (f"  Note: {note}" for note in card.notes)


def _span(one: Measured, digits: int) -> str:
    return f"({one.low:.{digits}f}-{one.high:.{digits}f})"


def _calibration(card: BacktestCard) -> Iterator[str]:
    yield ""
    yield f"Calibration of {card.winner}: customers, chance told, share that bought"
    for group in card.calibration:
        yield (
            f"  {_GROUPS[group.group]:<14}{group.customers:>9,}{group.told:>8.1%}"
            f"{group.bought:>8.1%}   error {group.error.value:.1%}"
        )
        if group.group == "all":
            for customers, chance, share in group.bins:
                yield f"  {'':<14}{customers:>9,}{chance:>8.1%}{share:>8.1%}"


def _by_frequency(card: BacktestCard) -> Iterator[str]:
    names = list(card.by_frequency[0].expected) if card.by_frequency else []
    yield ""
    yield "Purchases per customer by repeat purchases before: came, then expected by"
    yield f"  {'':<10}{'customers':>10}{'came':>8}" + "".join(f"{name:>16}" for name in names)
    last = card.by_frequency[-1].repeats if card.by_frequency else 0
    for row in card.by_frequency:
        kind = f"{row.repeats}+" if row.repeats == last == 7 else str(row.repeats)
        yield (
            f"  {kind:<10}{row.customers:>10,}{row.actual:>8.3f}"
            + "".join(f"{row.expected[name]:>16.3f}" for name in names)
        )


def _tracking(card: BacktestCard) -> Iterator[str]:
    """Cumulated purchases week by week: bars of what came, and a mark where it was expected."""
    if not card.tracking.expected:
        return
    ours = card.tracking.expected
    name = card.winner if card.winner in ours else next(iter(ours))
    most = max(1.0, *card.tracking.actual, *ours[name])
    yield ""
    yield f"Tracking: purchases since {card.as_of}, # came, | expected by {name}"
    for day, came, expected in zip(
        card.tracking.day, card.tracking.actual, ours[name], strict=True
    ):
        bar = list("#" * round(_BAR * came / most))
        bar += " " * (_BAR + 1 - len(bar))
        bar[round(_BAR * expected / most)] = "|"
        yield f"  {day:>4} d{came:>9,}{expected:>11,.0f}  {''.join(bar).rstrip()}"
