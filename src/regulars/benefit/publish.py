"""Publishing what a `benefits.toml` says: new versions of terms, and what the book needs for them.

Terms never change once published. A term that reads otherwise is a new version; one that is not
there any more has ended. What was given under an earlier version is honoured under it.

A coupon is an asset of its own in each version. Its `stock`, and that of a gift, is how many may
ever be given: of a new version there is what the earlier ones have not given, and what they had
left goes back to the issuer. What is taken back later goes to the stock of its own version, until
the next publication of the coupon moves it. Of what has no stock, givers take from the issuer. A
budget's amount, too, is that of all time.

>>> from regulars.benefit.definition.terms import Badge, Coupon
>>> spring = Coupon(name="spring", title="20 off", kind="amount", amount=2000, stock=500)
>>> len(Publish("k", (spring, Badge(name="first", title="First", on="order")), "CNY").digest())
16
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import msgspec

from regulars.benefit.definition.terms import Budget, Coupon, Gift, Term, decode, encode, named
from regulars.benefit.digest import digest_of
from regulars.benefit.names import (
    GROWTH,
    LEFT,
    OWED_POINTS,
    POINTS,
    STOCK,
    badge_asset,
    cost_asset,
    coupon_asset,
    gift_asset,
    money_asset,
)
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_terms import TermRow
from regulars.errors import Insufficient, InvalidCommand, NoSuchThing, NothingToDo, TooMuch, Where
from regulars.ledger.command import ISSUER, Leg, Note, Post
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.statement import balance_of

_NAME = re.compile(r"[A-Za-z0-9._-]{0,60}")
_MOST = 500
"""Legs, and assets, of one command."""
_LONGEST = 15 << 10
"""Bytes that tell of the change in the journal."""


@dataclass(frozen=True, slots=True)
class Change:
    """What publishing does to a term; `term` is None where it ends."""

    kind: str
    name: str
    version: int
    how: Literal["new", "changed", "ended"]
    term: Term | None


def changes(connection: Connection, terms: Iterable[Term]) -> tuple[Change, ...]:
    """What publishing the terms would do; nothing where all of them stand as they are.

    Args:
        connection: to be read from.
        terms: all that is to hold: what is published and not among them ends.
    """
    newest = {(row.kind, row.name): row for row in BenefitRows(connection).terms()}
    wanted = {named(term): term for term in terms}
    found: list[Change] = []
    for (kind, name), term in wanted.items():
        row = newest.get((kind, name))
        if row is None:
            found.append(Change(kind, name, 1, "new", term))
        elif not row.body or decode(kind, row.body) != term:
            how: Literal["new", "changed"] = "changed" if row.body else "new"
            found.append(Change(kind, name, row.version + 1, how, term))
    for (kind, name), row in newest.items():
        if row.body and (kind, name) not in wanted:
            found.append(Change(kind, name, row.version + 1, "ended", None))
    return tuple(found)


@dataclass(frozen=True)
class Publish(Deed):
    """Have exactly these terms hold from now on.

    The answer's `about` has `published` (kind, name and version) and `ended` (kind and names).

    Attributes:
        key: idempotency key.
        terms: all of them; what is published and not among them ends.
        currency: of the customers' balance.

    Raises:
        InvalidCommand: a name that cannot be one of an asset.
        NothingToDo: all of them hold already; look with `changes` before it is asked.
        Insufficient: a stock or a budget below what was given of it already.
        TooMuch: more changes than go into one entry.
    """

    key: str
    terms: tuple[Term, ...]
    currency: str

    def __post_init__(self) -> None:
        for term in self.terms:
            kind, name = named(term)
            if not _NAME.fullmatch(name):
                raise InvalidCommand(
                    f"this is no name of a {kind}",
                    where=Where(column="name", value=name),
                    todo="take letters, digits, and . _ -",
                )

    def digest(self) -> bytes:
        """Of all terms, in whatever order, and the currency."""
        told = sorted((*named(term), encode(term)) for term in self.terms)
        return digest_of("publish", self.currency, told)

    def plan(self, connection: Connection, at: int) -> Planned:
        """Legs of stocks and budgets, the assets that are not there, and the new rows."""
        found = changes(connection, self.terms)
        if not found:
            raise NothingToDo(
                "all of this is published as it is", todo="change the file, then publish it"
            )
        book = _Book(connection, at)
        legs = [leg for change in found for leg in _legs(book, change)]
        assets = dict.fromkeys([POINTS, GROWTH, OWED_POINTS, money_asset(self.currency)])
        assets.update(dict.fromkeys(_asset(change) for change in found if change.term is not None))
        assets.pop("", None)
        about = _about(found)
        told = msgspec.json.encode(about)
        if max(len(legs), len(assets)) > _MOST or len(told) > _LONGEST:
            raise TooMuch(
                f"{len(found):,} changes at once are more than one entry of the book takes",
                where=Where(column="terms", value=str(len(found))),
                todo="publish a part of them first, then the rest",
            )

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).add_terms(
                TermRow(
                    one.kind,
                    one.name,
                    one.version,
                    "" if one.term is None else encode(one.term),
                    n,
                )
                for one in found
            )

        if legs:
            return Planned(Post(key="", legs=tuple(legs), assets=tuple(assets), about=about), write)
        return Planned(Note(key="", assets=tuple(assets), about=about), write)


class _Book:
    """What of it publishing must know."""

    def __init__(self, connection: Connection, at: int) -> None:
        self._connection = connection
        self._at = at
        self._rows = BenefitRows(connection)

    def balance(self, asset: str, owner: str) -> int:
        """Of an owner; 0 where there is no such asset yet."""
        try:
            return balance_of(self._connection, asset, owner, self._at).balance
        except NoSuchThing:
            return 0

    def issued(self, asset: str) -> int:
        """How much the issuer has given out."""
        return -self.balance(asset, ISSUER)

    def before(self, kind: str, name: str) -> list[TermRow]:
        """All versions so far that held something, the oldest first."""
        return [row for row in self._rows.versions(kind, [name]) if row.body]


def _legs(book: _Book, change: Change) -> list[Leg]:
    if change.kind == "coupon":
        return _coupon(book, change, cast("Coupon | None", change.term))
    if change.kind == "gift":
        return _gift(book, change, cast("Gift | None", change.term))
    if change.kind == "budget":
        return _budget(book, change, cast("Budget | None", change.term))
    return []


def _coupon(book: _Book, change: Change, term: Coupon | None) -> list[Leg]:
    legs: list[Leg] = []
    given = 0
    for row in book.before("coupon", change.name):
        asset = coupon_asset(change.name, row.version)
        left = book.balance(asset, STOCK)
        given += book.issued(asset) - left
        legs += _move(asset, STOCK, ISSUER, left)
    if term is not None and term.stock is not None:
        _enough(change, term.stock, given)
        asset = coupon_asset(change.name, change.version)
        legs += _move(asset, ISSUER, STOCK, term.stock - given)
    return legs


def _gift(book: _Book, change: Change, term: Gift | None) -> list[Leg]:
    asset = gift_asset(change.name)
    left = book.balance(asset, STOCK)
    if term is None or term.stock is None:
        return _move(asset, STOCK, ISSUER, left)
    given = book.issued(asset) - left
    _enough(change, term.stock, given)
    return _move(asset, ISSUER, STOCK, term.stock - given - left)


def _enough(change: Change, stock: int, given: int) -> None:
    if stock < given:
        raise Insufficient(
            f"{given:,} have been given already",
            where=Where(column=f"stock of {change.kind} {change.name}", value=str(stock)),
            todo=f"write a stock of {given} or more, which counts what was given; or take the"
            f" {change.kind} out, which ends it",
        )


def _budget(book: _Book, change: Change, term: Budget | None) -> list[Leg]:
    asset = cost_asset(change.name)
    left, issued = book.balance(asset, LEFT), book.issued(asset)
    if term is None:
        return _move(asset, LEFT, ISSUER, left)
    before = book.before("budget", change.name)
    if issued and before and cast("Budget", decode("budget", before[-1].body)).asset != term.asset:
        raise Insufficient(
            "what was given under this budget was counted in another unit",
            where=Where(column=f"budget {change.name}", value=term.asset),
            todo="begin a budget of another name",
        )
    used = issued - left
    if term.amount < used:
        raise Insufficient(
            f"{used:,} of it are spent or set aside for what was given",
            where=Where(column=f"budget {change.name}", value=str(term.amount)),
            todo=f"write an amount that comes to {used} or more, in the smallest coin or in points",
        )
    return _move(asset, ISSUER, LEFT, term.amount - issued)


def _move(asset: str, giver: str, taker: str, amount: int) -> list[Leg]:
    """So much; the other way round where it is negative."""
    if amount < 0:
        giver, taker, amount = taker, giver, -amount
    return [Leg(asset, giver, -amount), Leg(asset, taker, amount)] if amount else []


def _asset(change: Change) -> str:
    """The asset that the term is counted in; "" where it has none."""
    match change.kind:
        case "coupon":
            return coupon_asset(change.name, change.version)
        case "gift":
            return gift_asset(change.name)
        case "badge":
            return badge_asset(change.name)
        case "budget":
            return cost_asset(change.name)
    return ""


def _about(found: tuple[Change, ...]) -> dict[str, Any]:
    published: dict[str, dict[str, int]] = {}
    ended: dict[str, list[str]] = {}
    for one in found:
        if one.term is None:
            ended.setdefault(one.kind, []).append(one.name)
        else:
            published.setdefault(one.kind, {})[one.name] = one.version
    return {"published": published, "ended": ended}
