"""Verbs of benefits: what is given to customers, what they have, what the shop owes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.edges.cli import benefit_order_verbs, benefit_rule_verbs
from regulars.edges.cli.benefit_asking import KeyOption, asked_and_told, whose
from regulars.edges.cli.entry import Globals
from regulars.edges.cli.ledger_verbs import amount_text, statement_lines, time_text
from regulars.edges.cli.output import lines, print_json
from regulars.errors import UnknownValue

if TYPE_CHECKING:
    from regulars.edges.shop import Shop

CustomerArgument = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Our number, or an id of the shop's: shop:1001.")
]
_HOUSEHOLD = typer.Option("--household", help="What a household shares; kept as a hash only.")

benefit = typer.Typer(
    name="benefit",
    help="Benefits: points, coupons, red envelopes, gifts, tiers, and what the shop owes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    benefit_rule_verbs.register(benefit)
    for verb in (issue, claim, codes, envelope):
        benefit.command()(verb)
    benefit_order_verbs.register(benefit)
    for question in (balance, statement, liability):
        benefit.command()(question)
    app.add_typer(benefit)


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

    what = Issue(
        customer=whose(customer), coupon=coupon, gift=gift, points=points,
        household=household, why=why,
    )  # fmt: skip
    asked_and_told(context, what, key, f"Gave {coupon or gift or f'{points:+,} points'}")


def claim(
    context: typer.Context,
    customer: CustomerArgument,
    coupon: Annotated[str, typer.Option("--coupon", metavar="NAME", help="A public one.")] = "",
    code: Annotated[str, typer.Option("--code", help="As it is written.")] = "",
    envelope: Annotated[str, typer.Option("--envelope", metavar="ID", help="Of it.")] = "",
    household: Annotated[str, _HOUSEHOLD] = "",
    key: KeyOption = None,
) -> None:
    """A customer takes a public coupon, what a code is for, or a share of a red envelope."""
    from regulars.app.benefits.asked import Claim

    what = Claim(
        customer=whose(customer), coupon=coupon, code=code, envelope=envelope, household=household
    )
    asked_and_told(context, what, key, "Claimed")


def codes(
    context: typer.Context,
    coupon: Annotated[str, typer.Argument(metavar="COUPON", help="Its name.")],
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many.")] = 1,
    reusable: Annotated[
        bool, typer.Option("--reusable", help="Whoever has it, within the coupon's limits.")
    ] = False,
    batch: Annotated[str, typer.Option("--batch", help="A name for all of them.")] = "",
    key: KeyOption = None,
) -> None:
    """Make codes of a coupon, told now and kept as hashes only."""
    from regulars.app.benefits.asked import Codes
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    what = Codes(coupon=coupon, count=count, uses=0 if reusable else 1, batch=batch)
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        told = benefits.ask(what, key)
    if globals_.json:
        print_json(told)
    else:
        lines(told["codes"])


def envelope(
    context: typer.Context,
    total: Annotated[str, typer.Argument(metavar="TOTAL", help="Money, or points.")],
    count: Annotated[int, typer.Argument(metavar="COUNT", help="Of shares.")],
    days: Annotated[int, typer.Option("--days", min=1, help="Claimed for so many days.")] = 3,
    equal: Annotated[bool, typer.Option("--equal", help="All shares alike.")] = False,
    points: Annotated[bool, typer.Option("--points", help="Of points, not money.")] = False,
    budget: Annotated[str, typer.Option("--budget", help="Pays for it.")] = "",
    lasts: Annotated[
        int | None, typer.Option("--lasts", min=0, help="Days that a claimed share lasts.")
    ] = None,
    key: KeyOption = None,
) -> None:
    """Fill a red envelope; its id is what customers claim from."""
    from regulars.app.benefits.asked import Fill
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        ends = datetime.now(UTC) + timedelta(days=days)
        what = Fill(
            total=int(total) if points else _coins(shop, total),
            count=count,
            expires_at=int(ends.timestamp() * 1_000_000),
            asset="points" if points else "balance",
            mode="equal" if equal else "random",
            budget=budget,
            balance_days=lasts,
        )
        told = benefits.ask(what, key)
    if globals_.json:
        print_json(told)
    else:
        lines([f"Filled red envelope {told['envelope']} with {total} in {count:,} shares"])


def balance(context: typer.Context, customer: CustomerArgument) -> None:
    """All that a customer has: points, coupons, balance, gifts, tier, badges."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        card = benefits.look.card(whose(customer))
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(card)
    else:
        lines(_card(card, zone))


def statement(
    context: typer.Context,
    customer: CustomerArgument,
    asset: Annotated[str, typer.Option("--asset", help="points, growth, money:CNY, …")] = "points",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Lines shown.")] = 20,
    before: Annotated[
        str | None, typer.Option("--before", metavar="CURSOR", help="Go on behind a page.")
    ] = None,
) -> None:
    """What moved a customer's points, or another asset, the newest first."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        found = benefits.look.statement(whose(customer), asset, before=before, limit=limit)
        zone = shop.home.settings.shop.time_zone
    if globals_.json:
        print_json(found.as_dict())
    else:
        lines(statement_lines(found, zone))


def liability(context: typer.Context) -> None:
    """What the shop owes in all, and how much of the points is expected never to be spent."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, shop.benefits() as benefits:
        found = benefits.look.liability()
    if globals_.json:
        print_json(found)
    else:
        lines(_owed(found))


def _card(card: dict[str, Any], zone: str) -> Iterator[str]:
    points, money = card["points"], f"money:{card['currency']}"
    owed = f", owes {points['owed']:,}" if points["owed"] else ""
    yield f"customer {card['customer_id']}"
    yield (
        f"  points   {points['available']:,} (worth {amount_text(money, points['worth'])}),"
        f" held {points['held']:,}{owed}"
    )
    for lot in points["lots"]:
        if "expires_at" in lot:
            yield f"           {lot['amount']:,} until {time_text(lot['expires_at'], zone)}"
    yield f"  balance  {amount_text(money, card['balance']['available'])}"
    if tier := card["tier"]:
        after = tier.get("next")
        way = f", {after['more']:,} more to {after['name']}" if after else ""
        yield f"  tier     {tier['name']}, growth value {card['growth']:,}{way}"
    for one in card["coupons"]:
        until = f", until {time_text(one['expires_at'], zone)}" if "expires_at" in one else ""
        held = f", {one['held']} held" if one["held"] else ""
        yield f"  coupon   {one['count']} × {one['coupon']} ({one['title']}){held}{until}"
    for one in card["gifts"]:
        yield f"  gift     {one['gift']}, {one['state']} (entry {one['n']})"
    for one in card["badges"]:
        yield f"  badge    {one['title']}"


def _owed(found: dict[str, Any]) -> Iterator[str]:
    money, points = f"money:{found['currency']}", found["points"]
    yield (
        f"points    {points['outstanding']:,} outstanding,"
        f" worth {amount_text(money, points['money'])} in full"
    )
    if points["cannot_tell"]:
        yield f"          expected breakage: cannot tell: {points['cannot_tell']}"
    else:
        broken = sum(month["breakage"] or 0 for month in points["months"])
        yield f"          of them {broken:,} are expected never to be spent"
    if points["owed"]:
        yield f"          {points['owed']:,} owed by customers"
    yield f"balances  {amount_text(money, found['balance'])}, red envelopes included"
    for kind in ("coupons", "gifts"):
        for one in found[kind]:
            worst = "without bound" if one["worst"] is None else amount_text(money, one["worst"])
            yield f"{kind:<9} {one['outstanding']:,} × {one['asset']}, at worst {worst}"
    for one in found["budgets"]:
        yield (
            f"budget    {one['budget']}: {amount_text(one['asset'], one['left'])} left,"
            f" {amount_text(one['asset'], one['reserved'])} reserved,"
            f" {amount_text(one['asset'], one['spent'])} spent"
            f" of {amount_text(one['asset'], one['funded'])}"
        )


def _coins(shop: Shop, text: str) -> int:
    from regulars.kernel.money import exponent, minor_units

    currency = shop.home.settings.shop.currency
    try:
        amount = Decimal(text)
        if amount.is_finite() and amount == round(amount, exponent(currency)):
            return minor_units(amount, currency)
    except (InvalidOperation, ValueError):
        pass
    raise UnknownValue.of("amount", text, [f"money in {currency}, as 12.50"])
