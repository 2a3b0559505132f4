"""What there is of benefits, asked: quotes, cards, statements, liabilities, orders, boards."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, cast

from regulars.app.benefits import asked
from regulars.app.benefits.card import card_of
from regulars.app.benefits.deeds import Deeds
from regulars.app.benefits.owed import budgets, owed
from regulars.app.benefits.standing import envelope_as_dict, order_as_dict, span, terms_as_dicts
from regulars.benefit.leaderboard import leaderboard
from regulars.benefit.names import POINTS, customer_owner
from regulars.benefit.order.wallet import quote_of, read_wallet
from regulars.benefit.quote.basket import Quote
from regulars.errors import NoSuchBenefit, UnknownValue, Where
from regulars.ledger.command import MOST
from regulars.ledger.ledger import Ledger
from regulars.ledger.statement import Statement

_COUNTED = ["points", "growth"]


class Questions:
    """Answers questions, each from one state of the store.

    Args:
        ledger: that carries the benefits.
        deeds: knows the shop's currency and days, and finds customers.
    """

    def __init__(self, ledger: Ledger, deeds: Deeds) -> None:
        self._ledger = ledger
        self._deeds = deeds

    def quote(self, what: asked.Quote) -> Quote:
        """What a basket comes to with what the customer has.

        Raises:
            InvalidCommand: this is no basket.
            NotApplicable: something that was wished for cannot be used.
            NoSuchBenefit: nobody has the customer's id.
        """
        customer = self._deeds.number_of(what.customer)
        at = self._ledger.now()
        with self._ledger.store.read() as connection:
            wallet = read_wallet(connection, customer, self._deeds.currency, at)
            return quote_of(connection, wallet, what.basket, what.wish, at)

    def card(self, customer: int | str) -> dict[str, Any]:
        """All that a customer has; see `card.card_of`."""
        number = self._number(customer)
        with self._ledger.store.read() as connection:
            return card_of(connection, number, self._deeds.currency, self._ledger.now())

    def statement(
        self,
        customer: int | str,
        asset: str = POINTS,
        *,
        before: str | None = None,
        limit: int = 50,
    ) -> Statement:
        """What moved a customer's points, or another asset, the newest first.

        Raises:
            NoSuchThing: there is no such asset.
            UnknownValue: the cursor is none.
        """
        owner = customer_owner(self._number(customer))
        return self._ledger.statement(asset, owner, before=before, limit=limit)

    def liability(self) -> dict[str, Any]:
        """What the shop owes in all; see `owed.owed`."""
        deeds = self._deeds
        with self._ledger.store.read() as connection:
            return owed(connection, deeds.currency, deeds.zone, self._ledger.now())

    def budgets(self) -> list[dict[str, Any]]:
        """How each budget stands."""
        with self._ledger.store.read() as connection:
            return budgets(connection, self._ledger.now())

    def terms(self) -> list[dict[str, Any]]:
        """All that is published."""
        with self._ledger.store.read() as connection:
            return terms_as_dicts(connection)

    def order(self, order: str) -> dict[str, Any]:
        """How an order stands; raises `NoSuchBenefit` where nothing was ever held for it."""
        with self._ledger.store.read() as connection:
            return order_as_dict(connection, order, self._ledger.now())

    def envelope(self, envelope: str) -> dict[str, Any]:
        """How a red envelope stands; raises `WrongCode` where there is none."""
        with self._ledger.store.read() as connection:
            return envelope_as_dict(connection, envelope)

    def leaderboard(
        self, first: date, last: date, by: str = "points", limit: int = 100
    ) -> list[dict[str, Any]]:
        """Who has earned most from the first day to the last, of those who chose to stand there."""
        if by not in _COUNTED:
            raise UnknownValue.of("by", by, _COUNTED)
        begins_at, ends_at = span(first, last, self._deeds.zone)
        counted = cast('Literal["points", "growth"]', by)
        with self._ledger.store.read() as connection:
            places = leaderboard(connection, begins_at, ends_at, counted, limit)
        return [
            {"rank": one.rank, "shown_as": one.shown_as, "amount": one.amount} for one in places
        ]

    def _number(self, told: int | str) -> int:
        if isinstance(told, str) and told.isascii() and told.isdecimal():
            told = int(told) if len(told) <= len(str(MOST)) else 0
        if isinstance(told, int) and not 1 <= told <= MOST:
            raise NoSuchBenefit(
                "this is nobody's number",
                where=Where(column="customer", value=str(told)),
                todo="name our number of the customer, or an id of the shop's with its platform",
            )
        return self._deeds.number_of(told)
