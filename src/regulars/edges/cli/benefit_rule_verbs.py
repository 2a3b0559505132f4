"""Verbs of a shop's rules: the rule sheet, publishing, what is published, whether all is right."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from regulars.edges.cli import benefit_books
from regulars.edges.cli.benefit_asking import Desk, KeyOption, tell
from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.edges.cli.voice import Voice, many
from regulars.errors import RulesForbidden

_FileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Of rules; by default the home's.")
]


def register(benefit: typer.Typer) -> None:
    """Add the verbs to the group."""
    for verb in (sheet, define, terms, run, dry_run, verify):
        benefit.command()(verb)


def sheet(
    context: typer.Context,
    file: _FileArgument = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option("--lang", help="Default: the shop's language.")
    ] = None,
) -> None:
    """What the rules would cost, and what is forbidden."""
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
    """Publish the rules: they hold from now on.

    What is published and does not stand in the file any more ends. What was given stays.
    """
    from regulars.app.benefits.asked import Define
    from regulars.benefit.definition.file import parse_benefits
    from regulars.kernel.toml_file import read_text

    def act(desk: Desk) -> dict[str, Any]:
        path, settings = file or desk.shop.home.benefits, desk.shop.home.settings.shop
        text = read_text(path)
        parse_benefits(text, str(path), currency=settings.currency, zone=settings.time_zone)
        try:
            return desk.benefits.ask(Define(toml=text, stops=not despite_stops), key)
        except RulesForbidden as error:
            where = dataclasses.replace(error.where, file=str(path))
            raise RulesForbidden(error.message, where=where, todo=error.todo) from error

    tell(context, act, benefit_books.changes_lines)


def terms(context: typer.Context) -> None:
    """All that is published."""
    tell(
        context,
        lambda desk: desk.benefits.look.terms(),
        benefit_books.terms_lines,
        lambda found: {"terms": found},
    )


def run(
    context: typer.Context,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Only what happened in so many days.")
    ] = None,
) -> None:
    """Give what is due by the rules, each once."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found, voice = shop.reward(days).as_dict(), Voice.of(shop)
    if globals_.json:
        print_json(found)
    else:
        lines(benefit_books.rewarded_lines(found, voice))


def dry_run(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day.")],
    file: _FileArgument = None,
) -> None:
    """What the rules would have given in past days."""
    from regulars.edges.shop import Shop
    from regulars.kernel.clock import parse_date

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        found = shop.reward_dry_run(parse_date(first), parse_date(last), file).as_dict()
        voice = Voice.of(shop)
    if globals_.json:
        print_json(found)
    else:
        lines(benefit_books.would_lines(found, voice))


def verify(context: typer.Context) -> None:
    """See whether orders, envelopes, gifts and the book agree."""
    from regulars.app.benefits.check import check_benefits
    from regulars.ledger.verify import verify as verify_book

    def act(desk: Desk) -> dict[str, Any]:
        with desk.benefits.ledger.store.read() as connection:
            book = verify_book(connection)
            found = check_benefits(connection)
        told = {"n": book.n, "hash": book.hash.hex(), "postings": book.postings}
        return told | found.as_dict()

    tell(context, act, _verified)


def _verified(found: dict[str, Any], voice: Voice) -> list[str]:
    names = ("n", "postings", "orders", "envelopes", "gifts")
    n, postings, orders, envelopes, gifts = (found[name] for name in names)
    return [
        voice.say(
            f"All is right up to entry {n:,}: {many(postings, 'posting')},"
            f" {many(orders, 'order')}, {many(envelopes, 'red envelope')}, {many(gifts, 'gift')}",
            f"截至第 {n:,} 条全部正确：{postings:,} 笔过账，{orders:,} 个订单，"
            f"{envelopes:,} 个红包，{gifts:,} 件礼品",
        )
    ]
