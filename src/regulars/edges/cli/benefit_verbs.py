"""Verbs of benefits: what is given to customers, what they have, what the shop owes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from regulars.edges.cli import (
    benefit_books,
    benefit_gift_verbs,
    benefit_order_verbs,
    benefit_rule_verbs,
    benefit_said,
    benefit_shown,
)
from regulars.edges.cli.benefit_asking import (
    CustomerArgument,
    Desk,
    KeyOption,
    ask_and_tell,
    at_desk,
    tell,
)
from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.errors import UnknownValue

_HOUSEHOLD = typer.Option("--household", help="What a household shares; kept as a hash only.")
_HELP = """Points, coupons, red envelopes, gifts and tiers: promised, given, used, owed.

What is promised stands in benefits.toml: look at it with `sheet`, publish it with `define`, and
have `run` give what it promises. By hand: `issue`, `claim`, `codes`, `envelope`. At checkout:
`quote`, then `hold` and `pay`, or both as `redeem`; later `refund`. What there is: `balance`,
`statement`, `order`, `liability`. Money is written as 12.50; with --json it is in smallest coins.
"""

benefit = typer.Typer(name="benefit", help=_HELP, no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    benefit_rule_verbs.register(benefit)
    for verb in (issue, claim, codes, envelope, spend):
        benefit.command()(verb)
    benefit_gift_verbs.register(benefit)
    benefit_order_verbs.register(benefit)
    for question in (balance, statement, liability):
        benefit.command()(question)
    app.add_typer(benefit, short_help="Points, coupons, red envelopes, gifts, tiers.")


def issue(
    context: typer.Context,
    customer: CustomerArgument,
    coupon: Annotated[str, typer.Option("--coupon", metavar="NAME", help="One of it.")] = "",
    gift: Annotated[str, typer.Option("--gift", metavar="NAME", help="One of it.")] = "",
    points: Annotated[int, typer.Option("--points", help="So many; below 0 takes away.")] = 0,
    household: Annotated[str, _HOUSEHOLD] = "",
    why: Annotated[str, typer.Option("--why", help="Kept with it.")] = "",
    key: KeyOption = None,
) -> None:
    """Give a customer a coupon, a gift, or points."""
    from regulars.app.benefits.asked import Issue

    def what(desk: Desk) -> Issue:
        return Issue(
            customer=desk.whose(customer), coupon=coupon, gift=gift, points=points,
            household=household, why=why,
        )  # fmt: skip

    ask_and_tell(context, what, key, benefit_said.issued(customer))


def claim(
    context: typer.Context,
    customer: CustomerArgument,
    coupon: Annotated[str, typer.Option("--coupon", metavar="NAME", help="A public one.")] = "",
    code: Annotated[str, typer.Option("--code", help="As it is written.")] = "",
    envelope: Annotated[str, typer.Option("--envelope", metavar="ID", help="A share of it.")] = "",
    household: Annotated[str, _HOUSEHOLD] = "",
    key: KeyOption = None,
) -> None:
    """A customer claims a coupon, by a code, or of an envelope."""
    from regulars.app.benefits.asked import Claim

    def what(desk: Desk) -> Claim:
        return Claim(
            customer=desk.whose(customer), coupon=coupon, code=code, envelope=envelope,
            household=household,
        )  # fmt: skip

    ask_and_tell(context, what, key, benefit_said.claimed(customer))


def codes(
    context: typer.Context,
    coupon: Annotated[str, typer.Argument(metavar="COUPON", help="Its name.")],
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many.")] = 1,
    reusable: Annotated[
        bool, typer.Option("--reusable", help="For whoever has it, within the coupon's limits.")
    ] = False,
    batch: Annotated[str, typer.Option("--batch", help="A name for all of them.")] = "",
    key: KeyOption = None,
) -> None:
    """Make codes of a coupon, shown now and kept as hashes."""
    from regulars.app.benefits.asked import Codes

    what = Codes(coupon=coupon, count=count, uses=0 if reusable else 1, batch=batch)
    told, _ = at_desk(context, lambda desk: desk.benefits.ask(what, key))
    globals_: Globals = context.obj
    if globals_.json:
        print_json(told)
    else:
        lines(told["codes"])


def envelope(
    context: typer.Context,
    total: Annotated[str, typer.Argument(metavar="TOTAL", help="Money as 12.50, or points.")],
    count: Annotated[int, typer.Argument(metavar="COUNT", help="Of shares.")],
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="Claimed today and so many days more.")
    ] = 3,
    equal: Annotated[bool, typer.Option("--equal", help="All shares alike.")] = False,
    points: Annotated[bool, typer.Option("--points", help="Of points, not money.")] = False,
    budget: Annotated[str, typer.Option("--budget", metavar="NAME", help="Pays for it.")] = "",
    lasts: Annotated[
        int | None, typer.Option("--lasts", min=0, help="Days that a claimed share lasts.")
    ] = None,
    key: KeyOption = None,
) -> None:
    """Fill a red envelope; customers claim by its id."""
    from regulars.app.benefits.asked import Fill
    from regulars.kernel.clock import end_of_day

    def what(desk: Desk) -> Fill:
        # To the end of a day: asked again under the same key, it is the same that is asked.
        today = datetime.now(UTC).astimezone(ZoneInfo(desk.voice.zone)).date()
        ends = end_of_day(today + timedelta(days=days), desk.voice.zone)
        return Fill(
            total=_whole(total) if points else desk.voice.coins("total", total),
            count=count,
            expires_at=int(ends.timestamp()) * 1_000_000,
            asset="points" if points else "balance",
            mode="equal" if equal else "random",
            budget=budget,
            balance_days=lasts,
        )

    ask_and_tell(context, what, key, benefit_said.filled)


def spend(
    context: typer.Context,
    customer: CustomerArgument,
    points: Annotated[int, typer.Argument(metavar="POINTS", min=1, help="So many.")],
    on: Annotated[str, typer.Argument(metavar="ON", help="What for.")],
    key: KeyOption = None,
) -> None:
    """A customer spends points on something that is no order."""
    from regulars.app.benefits.asked import Spend

    def what(desk: Desk) -> Spend:
        return Spend(customer=desk.whose(customer), points=points, on=on)

    ask_and_tell(context, what, key, benefit_said.spent(customer))


def balance(context: typer.Context, customer: CustomerArgument) -> None:
    """All that a customer has."""
    tell(
        context,
        lambda desk: desk.benefits.look.card(desk.whose(customer)),
        benefit_shown.card_lines,
    )


def statement(
    context: typer.Context,
    customer: CustomerArgument,
    asset: Annotated[
        str, typer.Option("--asset", help="points, growth, money:CNY, coupon:NAME:VERSION, …")
    ] = "points",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Lines shown.")] = 20,
    before: Annotated[
        str | None, typer.Option("--before", metavar="CURSOR", help="Go on behind a page.")
    ] = None,
) -> None:
    """What moved a customer's points, the newest first."""
    tell(
        context,
        lambda desk: desk.benefits.look.statement(
            desk.whose(customer), asset, before=before, limit=limit
        ),
        benefit_shown.statement_lines,
        lambda found: found.as_dict(),
    )


def liability(context: typer.Context) -> None:
    """What the shop owes in all, and how its budgets stand."""
    tell(context, lambda desk: desk.benefits.look.liability(), benefit_books.owed_lines)


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    raise UnknownValue.of("total of points", text, ["a whole number"])
