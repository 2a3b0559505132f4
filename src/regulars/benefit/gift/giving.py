"""Gifts are given, and taken back.

A gift that was given is owed: it stands with the customer until it is sent, and then with `used`.
Its worth is set aside meanwhile, where a budget pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from regulars.benefit.cost import reserve
from regulars.benefit.customer import check_customer
from regulars.benefit.definition.terms import Gift, decode
from regulars.benefit.digest import digest_of
from regulars.benefit.gift.kept import (
    GIFT_GIVEN,
    GIFT_TAKEN_BACK,
    about,
    changed,
    gift_of,
    where_of,
    wrong_state,
)
from regulars.benefit.moved import way_back
from regulars.benefit.names import PROMISED, STOCK, customer_owner, gift_asset
from regulars.benefit.order.postings import postings_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, GiftRow
from regulars.errors import NoSuchBenefit, NothingToDo, Where
from regulars.ledger.command import ISSUER, Leg, Limit, Post, TakeBack, Taken, Told
from regulars.ledger.deed import Deed, Planned


def gift_giving(gift: Gift, customer_id: int, why: str = "") -> Post:
    """What is to be posted to give one, from the stock, within the limit, its worth set aside.

    Whoever posts it puts the gift's row down as well (`gift_row`).
    """
    asset, customer = gift_asset(gift.name), customer_owner(customer_id)
    told = {"gift": gift.name} | ({"why": why} if why else {})
    limits: tuple[Limit, ...] = ()
    if gift.per_customer is not None:
        limits = (Limit(asset, customer, gift.per_customer),)
    return Post(
        key="",
        legs=(
            Leg(asset, ISSUER if gift.stock is None else STOCK, -1),
            Leg(asset, customer, 1),
            *reserve(gift.budget, gift.worth, PROMISED),
        ),
        limits=limits,
        assets=(asset,),
        about=told,
        events=(Told(GIFT_GIVEN, customer_id, told),),
    )


def gift_row(gift: Gift, customer_id: int, n: int) -> GiftRow:
    """The row of a gift that entry `n` gave."""
    state = "waiting" if gift.needs_address else "ready"
    return GiftRow(n, customer_id, gift.name, state, None, "", n)


@dataclass(frozen=True, kw_only=True)
class GiveGift(Deed):
    """Give a customer a gift; the entry's `n` names it from then on.

    Attributes:
        key: idempotency key.
        gift: its name.
        customer_id: who gets it.
        why: the rule or the reason, told in the customer's history.

    Raises (when asked):
        NoSuchBenefit: no gift of this name is published.
        LimitReached: the customer has had as many as anybody may have.
        Insufficient: the stock, or the budget, has come to its end.
    """

    key: str
    gift: str
    customer_id: int
    why: str = ""

    def __post_init__(self) -> None:
        check_customer(self.customer_id)

    def digest(self) -> bytes:
        """Of all of it."""
        return digest_of("give gift", self.gift, self.customer_id, self.why)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """One from the stock to the customer, and its row."""
        row = BenefitRows(connection).term("gift", self.gift)
        if row is None or not row.body:
            raise NoSuchBenefit(
                "there is no gift of this name to be had",
                where=Where(column="gift", value=self.gift),
                todo="look what is published",
            )
        gift = cast("Gift", decode("gift", row.body))

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).put_gift(gift_row(gift, self.customer_id, n))

        return Planned(gift_giving(gift, self.customer_id, self.why), write)


@dataclass(frozen=True, kw_only=True)
class TakeBackGift(Deed):
    """Take a gift back that has not arrived: to the stock, its worth to its budget.

    The limit counts it no longer.

    Attributes:
        key: idempotency key.
        n: the entry that gave it.
        why: told in the customer's history.

    Raises (when asked):
        NoSuchBenefit: there is no such gift.
        GiftState: it has arrived.
        NothingToDo: it was taken back before.
    """

    key: str
    n: int
    why: str = ""

    def digest(self) -> bytes:
        """Of the gift and the reason."""
        return digest_of("take back gift", self.n, self.why)

    def plan(self, connection: Connection, at: int) -> Planned:
        """The reversal of the sending, of merges that moved it on, and of the giving."""
        row = gift_of(connection, self.n)
        if row.state == "taken_back":
            raise NothingToDo(
                "the gift was taken back before",
                where=where_of(row.n),
                todo="nothing is to be done",
            )
        if row.state == "received":
            raise wrong_state(row, "the gift has arrived")
        sent = (Taken(row.changed),) if row.state == "sent" else ()
        asset = gift_asset(row.gift)
        (first,) = [
            one.owner for one in postings_of(connection, row.n)
            if one.asset == asset and one.amount > 0
        ]  # fmt: skip
        senders = [
            one.owner
            for one in (postings_of(connection, row.changed) if sent else ())
            if one.asset == asset and one.amount < 0
        ]
        moved = way_back(connection, asset, asset, first, at, until="".join(senders))
        told = about(row) | ({"why": self.why} if self.why else {})
        back = TakeBack(
            key="",
            entries=(*sent, *moved.entries, Taken(row.n)),
            limits=moved.limits,
            about=told,
            events=(Told(GIFT_TAKEN_BACK, row.customer_id, told),),
        )
        return Planned(back, changed(row, state="taken_back", address=None))
