"""Verbs of a shop's rules: the rule sheet, publishing, what is published, whether all is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from regulars.edges.cli.benefit_asking import KeyOption
from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json

_FileArgument = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Of rules; the home's benefits.toml.")
]


def register(benefit: typer.Typer) -> None:
    """Add the verbs to the group."""
    for verb in (sheet, define, terms, run, dry_run, verify):
        benefit.command()(verb)


def sheet(
    context: typer.Context,
    file: _FileArgument = None,
    lang: Annotated[Literal["zh", "en"] | None, typer.Option("--lang", help="Of it.")] = None,
) -> None:
    """The rule sheet: worst and expected cost, who can meet a rule, what is forbidden."""
    from regulars.benefit.definition.sheet_text import sheet_text
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.rule_sheet(file)
        language = lang or shop.home.settings.shop.language
    if globals_.json:
        print_json(found.as_dict())
    else:
        lines(sheet_text(found, language).rstrip("\n").split("\n"))


def define(
    context: typer.Context,
    file: _FileArgument = None,
    despite_stops: Annotated[
        bool, typer.Option("--despite-stops", help="Though the rule sheet says stop.")
    ] = False,
    key: KeyOption = None,
) -> None:
    """Publish benefits.toml: what stands there holds from now on, what does not ends."""
    from regulars.app.benefits.asked import Define
    from regulars.edges.shop import Shop
    from regulars.kernel.toml_file import read_text

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        text = read_text(file or shop.home.benefits)
        told = benefits.ask(Define(toml=text, stops=not despite_stops), key)
    if globals_.json:
        print_json(told)
        return
    changes = [
        f"  {one['how']:<8} {one['kind']} {one['name'] or '(all)'}, version {one['version']}"
        for one in told["changes"]
    ]
    warned = sum(one["level"] == "warn" for one in told["sheet"]["findings"])
    words = f"; {warned} warnings: regulars benefit sheet" if warned else ""
    if changes:
        lines([f"Published (entry {told['n']}){words}", *changes])
    else:
        lines([f"Nothing has changed: all of it holds already{words}"])


def terms(context: typer.Context) -> None:
    """All that is published."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        found = benefits.look.terms()
    if globals_.json:
        print_json({"terms": found})
    elif not found:
        lines(["Nothing is published yet. Look at benefits.toml, then: regulars benefit define"])
    else:
        lines(f"{one['kind']:<10} {one['name']:<20} version {one['version']}" for one in found)


def run(
    context: typer.Context,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Only what happened in so many days.")
    ] = None,
) -> None:
    """Give what is due by the published rules: points, badges, incentives; each once."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.reward(days).as_dict()
    if globals_.json:
        print_json(found)
    else:
        lines(_rules(found["rules"]) or ["Nothing was due."])


def dry_run(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day.")],
    file: _FileArgument = None,
) -> None:
    """What the rules would have given in past days; nothing is given."""
    from regulars.edges.shop import Shop
    from regulars.kernel.clock import parse_date

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.reward_dry_run(parse_date(first), parse_date(last), file).as_dict()
    if globals_.json:
        print_json(found)
        return
    shown = _rules(found["rules"]) or ["Nothing would have been given."]
    ended = [
        f"budget {one['budget']} would have ended on {one['ends_on']}"
        for one in found["budgets"]
        if one["ends_on"]
    ]
    lines([*shown, *ended])


def _rules(rules: list[dict[str, Any]]) -> list[str]:
    shown = []
    for one in rules:
        known = ("kind", "rule", "times", "customers", "by_day")
        more = ", ".join(
            f"{name.replace('_', ' ')} {value:,}"
            for name, value in one.items()
            if name not in known and isinstance(value, int) and value
        )
        shown.append(
            f"{one['kind']} {one['rule']}: {one['times']:,} times, {one['customers']:,} customers"
            f"{more and '; ' + more}"
        )
    return shown


def verify(context: typer.Context) -> None:
    """See whether orders, envelopes, gifts and the whole book agree."""
    from regulars.app.benefits.check import check_benefits
    from regulars.edges.shop import Shop
    from regulars.ledger.verify import verify as verify_book

    globals_: Globals = context.obj
    with (
        Shop(globals_.home) as shop,
        shop.benefits() as benefits,
        benefits.ledger.store.read() as connection,
    ):
        book = verify_book(connection)
        found = check_benefits(connection)
    if globals_.json:
        print_json({"n": book.n, "hash": book.hash.hex(), **found.as_dict()})
    else:
        lines(
            [
                f"All is right up to entry {book.n:,}: {book.postings:,} postings,"
                f" {found.orders:,} orders, {found.envelopes:,} red envelopes,"
                f" {found.gifts:,} gifts"
            ]
        )
