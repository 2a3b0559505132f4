"""What `benefits.toml` must hold beyond its types: the first mistake raises, with its line.

What is allowed and yet doubtful (a coupon that makes its basket free) is told by the rule sheet
(`sheet`), not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from regulars.benefit.definition.incentive_checks import incentive_mistakes
from regulars.benefit.definition.toml_types import (
    BenefitsFile,
    CouponTable,
    EarnTable,
    GiftTable,
    ScopeTable,
    TierTable,
)
from regulars.errors import SettingsError
from regulars.kernel.toml_file import Key, TomlFile

File = TomlFile[BenefitsFile]


def check(file: File) -> None:
    """Raise the first mistake of the file as a `SettingsError`."""
    for mistake in _mistakes(file):
        raise mistake


def _mistakes(file: File) -> Iterator[SettingsError]:
    book = file.value
    lists: list[tuple[Key, Sequence[Any]]] = [
        (("coupon",), book.coupon),
        (("gift",), book.gift),
        (("badge",), book.badge),
        (("incentive",), book.incentive),
        (("budget",), book.budget),
        (("points", "earn"), book.points.earn),
        (("tiers", "tier"), book.tiers.tier),
    ]
    for path, tables in lists:
        yield from _names(file, path, tables)
        for place, table in enumerate(tables):
            yield from _texts(file, (*path, place), table)
    for place, budget in enumerate(book.budget):
        if (budget.money is None) is (budget.points is None):
            yield file.mistake(
                ("budget", place),
                "a budget is in money, or in points",
                "write money = 5000, or points = 100000",
                budget.name,
            )
    yield from _points(file)
    for place, coupon in enumerate(book.coupon):
        yield from _coupon(file, ("coupon", place), coupon)
    for place, gift in enumerate(book.gift):
        yield from _paid_by(file, ("gift", place), gift)
    yield from _tiers(file)
    for place, badge in enumerate(book.badge):
        yield from _event(file, ("badge", place, "on"), badge.on)
        if badge.count is not None and badge.streak_days is not None:
            yield file.mistake(
                ("badge", place, "streak_days"),
                "a badge counts events, or days in a row",
                "keep count or streak_days",
                badge.streak_days,
            )
    for place, incentive in enumerate(book.incentive):
        path = ("incentive", place)
        for column in ("on", "after"):
            if (event := getattr(incentive, column)) is not None:
                yield from _event(file, (*path, column), event)
        yield from incentive_mistakes(file, path, incentive, refers)


def _names(file: File, path: Key, tables: Sequence[Any]) -> Iterator[SettingsError]:
    seen: dict[str, int] = {}
    for place, table in enumerate(tables):
        if table.name in seen:
            line = file.where((*path, seen[table.name])).line
            yield file.mistake(
                (*path, place, "name"),
                f"this name is taken by the {path[-1]} of line {line}",
                "choose another",
                table.name,
            )
        seen[table.name] = place


def _texts(file: File, path: Key, table: Any) -> Iterator[SettingsError]:
    for column in ("name", "title", "title_zh"):
        text = getattr(table, column, None)
        if text is not None and (not text.isprintable() or text != text.strip()):
            yield file.mistake(
                (*path, column),
                "this has spaces around it, or characters that cannot be shown",
                "write it on one line",
                repr(text),
            )


def _event(file: File, path: Key, name: str) -> Iterator[SettingsError]:
    if not name.isprintable() or name != name.strip() or set(name) & set('|[]"'):
        yield file.mistake(
            path,
            "this is no name of an event",
            'write one as the shop sends it ("Product Reviewed"), or "order"; alternatives and'
            " conditions cannot be told here",
            name,
        )


def _points(file: File) -> Iterator[SettingsError]:
    points = file.value.points
    path: Key = ("points",)
    if points.expire_days is not None and points.expire_years is not None:
        yield file.mistake(
            (*path, "expire_years"),
            "points expire after days, or with a calendar year",
            "keep expire_days or expire_years",
            points.expire_years,
        )
    if points.worth == 0:
        yield file.mistake(
            (*path, "worth"),
            "points that are worth nothing cannot be spent",
            "write what worth_of points pay, for example worth = 1 and worth_of = 100",
            0,
        )
    for place, earn in enumerate(points.earn):
        yield from _earning(file, (*path, "earn", place), earn)


def _earning(file: File, path: Key, one: EarnTable) -> Iterator[SettingsError]:
    yield from _event(file, (*path, "on"), one.on)
    if not one.points and not one.growth:
        yield file.mistake(
            (*path, "points"), "the rule gives nothing", "write points, growth, or both", 0
        )
    if one.on == "order":
        if not one.per:
            yield file.mistake(
                (*path, "per"),
                "an order earns for each so much that was paid",
                "write for example per = 1",
                one.per,
            )
    else:
        for column, written in (
            ("per", one.per is not None),
            ("scope", one.scope != ScopeTable()),
            ("wait_days", one.wait_days > 0),
        ):
            if written:
                yield file.mistake(
                    (*path, column), f"only an order has {column}", 'take it out, or on = "order"'
                )
    if one.limit is None and one.limit_days is not None:
        yield file.mistake(
            (*path, "limit_days"),
            "days of a limit that is not there",
            "write limit as well",
            one.limit_days,
        )
    yield from _scope(file, (*path, "scope"), one.scope)


_OF_KIND = {
    "amount": ("amount",),
    "percent": ("percent", "ceiling"),
    "gift": ("gift", "worth"),
    "free_shipping": ("worth",),
}


def _coupon(file: File, path: Key, one: CouponTable) -> Iterator[SettingsError]:
    needed = {"amount": "amount", "percent": "percent", "gift": "gift"}.get(one.kind)
    if needed is not None and not getattr(one, needed):
        yield file.mistake(
            (*path, needed),
            f"a coupon of kind {one.kind} needs {needed}",
            f"write {needed}",
            getattr(one, needed),
        )
    for column in ("amount", "percent", "ceiling", "gift", "worth"):
        if getattr(one, column) is not None and column not in _OF_KIND[one.kind]:
            allowed = " and ".join(_OF_KIND[one.kind])
            yield file.mistake(
                (*path, column),
                f"a coupon of kind {one.kind} has no {column}",
                f"it has {allowed}; take {column} out, or choose another kind",
                getattr(one, column),
            )
    if one.ceiling == 0:
        yield file.mistake(
            (*path, "ceiling"), "it would take nothing off", "write more, or leave it out", 0
        )
    yield from _scope(file, (*path, "scope"), one.scope)
    yield from _paid_by(file, path, one)


def _paid_by(file: File, path: Key, one: CouponTable | GiftTable) -> Iterator[SettingsError]:
    """What a budget pays must have a worst case, which it sets aside."""
    if one.budget is None:
        return
    yield from refers(file, (*path, "budget"), "budget", one.budget)
    budget = next((budget for budget in file.value.budget if budget.name == one.budget), None)
    if budget is not None and budget.money is None:
        yield file.mistake(
            (*path, "budget"),
            "this budget is in points, and coupons and gifts cost money",
            "name a budget in money",
            one.budget,
        )
    if isinstance(one, CouponTable) and one.kind == "amount":
        return
    column = "ceiling" if isinstance(one, CouponTable) and one.kind == "percent" else "worth"
    if not getattr(one, column):
        yield file.mistake(
            (*path, "budget"),
            "a budget pays only what has a worst case, and nothing bounds this",
            f"write {column}, or take the budget out",
            one.budget,
        )


def _scope(file: File, path: Key, one: ScopeTable) -> Iterator[SettingsError]:
    if one.price_from is not None and one.price_to is not None and one.price_to < one.price_from:
        yield file.mistake(
            (*path, "price_to"),
            f"nothing costs {one.price_from:g} to {one.price_to:g}",
            "write price_from or more",
            one.price_to,
        )
    for column in ("categories", "except_categories"):
        for category in getattr(one, column):
            if category.startswith("/") or category.endswith("/") or "//" in category:
                yield file.mistake(
                    (*path, column),
                    "this is no category",
                    "write categories as tea, those below them as tea/green",
                    category,
                )
    for column in ("products", "categories"):
        both = set(getattr(one, column)) & set(getattr(one, f"except_{column}"))
        if both:
            yield file.mistake(
                (*path, f"except_{column}"), "this is meant and not meant", "keep it in one", *both
            )


def _tiers(file: File) -> Iterator[SettingsError]:
    tiers = file.value.tiers.tier
    if ("tiers",) in file.lines and not tiers:
        yield file.mistake(("tiers",), "there is no tier", "begin one with [[tiers.tier]]")
    before: TierTable | None = None
    for place, tier in enumerate(tiers):
        path: Key = ("tiers", "tier", place)
        if before is None and tier.growth:
            yield file.mistake(
                (*path, "growth"),
                "nobody would be in a tier before they have reached it",
                "begin the first tier at growth = 0",
                tier.growth,
            )
        if before is not None and tier.growth <= before.growth:
            yield file.mistake(
                (*path, "growth"),
                "tiers must rise",
                f"write more than {before.growth}, or put the tier before {before.name}",
                tier.growth,
            )
        before = tier
        for gift in tier.gifts:
            kind, colon, name = gift.partition(":")
            if kind not in ("coupon", "gift") or not colon:
                yield file.mistake(
                    (*path, "gifts"),
                    "this says not what is given",
                    "write coupon:NAME or gift:NAME",
                    gift,
                )
            else:
                yield from refers(file, (*path, "gifts"), kind, name)


def refers(file: File, path: Key, kind: str, name: str) -> Iterator[SettingsError]:
    """A mistake where nothing of this kind has the name, with the nearest one that there is."""
    names = [one.name for one in getattr(file.value, kind)]
    if name in names:
        return
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    there = f"there are: {', '.join(names)}" if names else f"begin one with [[{kind}]]"
    yield file.mistake(path, f"there is no {kind} of this name", hint + there, name)
