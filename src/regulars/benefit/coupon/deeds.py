"""Coupons given by the shop, claimed by customers, and taken back.

By code they are claimed in `codes`. Each is one entry of the ledger and one event in the customer's
history; what a replay answers stands in the entry's `about`: coupon, version, expires_at.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.benefit.coupon.giving import (
    COUPON_CLAIMED,
    COUPON_GIVEN,
    Recipient,
    giving,
    no_such_coupon,
    published_coupon,
)
from regulars.benefit.digest import digest_of
from regulars.benefit.moved import way_back
from regulars.benefit.names import RESERVED, coupon_asset, customer_owner
from regulars.benefit.order.postings import postings_of
from regulars.benefit.reading import available
from regulars.engines.store import Connection
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import NoSuchBenefit, Where
from regulars.ledger.command import TakeBack, Taken, Told
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.receipt import DECODE_BODY

COUPON_TAKEN_BACK = "Coupon Taken Back"


@dataclass(frozen=True, kw_only=True)
class GiveCoupon(Deed):
    """The shop gives a customer a coupon, public or not.

    Attributes:
        key: idempotency key.
        coupon: its name.
        to: who gets it.
        zone: the shop's time zone, whose days count.
        why: the rule or the reason, told in the customer's history.

    Raises (when asked):
        NoSuchBenefit: none of this name is published.
        NotValidNow: it is not given yet, or no longer.
        LimitReached: the customer, or the household, has had as many as anybody may have.
        Insufficient: the stock, or the budget, has come to its end.
    """

    key: str
    coupon: str
    to: Recipient
    zone: str
    why: str = ""

    def digest(self) -> bytes:
        """Of all but the time zone, which is the shop's."""
        return digest_of("give coupon", self.coupon, self.to, self.why)

    def plan(self, connection: Connection, at: int) -> Planned:
        """One from the stock to the customer."""
        coupon, version = published_coupon(connection, self.coupon)
        post = giving(
            coupon, version, self.to, at=at, zone=self.zone, event=COUPON_GIVEN, why=self.why
        )
        return Planned(post)


@dataclass(frozen=True, kw_only=True)
class ClaimCoupon(Deed):
    """A customer claims a coupon that is there for everybody.

    Refused as `GiveCoupon` is; one that is not public is as if there were none.

    Attributes:
        key: idempotency key.
        coupon: its name.
        to: who claims it.
        zone: the shop's time zone, whose days count.
    """

    key: str
    coupon: str
    to: Recipient
    zone: str

    def digest(self) -> bytes:
        """Of all but the time zone, which is the shop's."""
        return digest_of("claim coupon", self.coupon, self.to)

    def plan(self, connection: Connection, at: int) -> Planned:
        """One from the stock to the customer."""
        coupon, version = published_coupon(connection, self.coupon)
        if not coupon.public:
            raise no_such_coupon(self.coupon)
        return Planned(
            giving(coupon, version, self.to, at=at, zone=self.zone, event=COUPON_CLAIMED)
        )


@dataclass(frozen=True, kw_only=True)
class TakeBackCoupon(Deed):
    """Take back a coupon that was given and is not used.

    It returns to the stock, its worst case to its budget, and the limits count it no longer. Of two
    equal ones that a customer has it does not matter which.

    Attributes:
        key: idempotency key.
        n: the entry that gave it.
        why: told in the customer's history.

    Raises (when asked):
        NoSuchBenefit: this entry gave no coupon.
        Insufficient: it was used, has expired and was taken away, or is held by an order.
        TooMuch: it was taken back before.
    """

    key: str
    n: int
    why: str = ""

    def digest(self) -> bytes:
        """Of the entry and the reason."""
        return digest_of("take back coupon", self.n, self.why)

    def plan(self, connection: Connection, at: int) -> Planned:
        """The reversal of the giving, and of the merge that moved it on, where one has."""
        row = LedgerRows(connection).journal([self.n]).get(self.n)
        given = [one for one in DECODE_BODY(row.body).events if one.event in _GIVEN] if row else []
        if not given:
            raise NoSuchBenefit(
                "this entry gave no coupon",
                where=Where(column="n", value=str(self.n)),
                todo="name the n of the entry that gave it",
            )
        told = {name: given[0].properties[name] for name in ("coupon", "version")}
        if self.why:
            told["why"] = self.why
        asset = coupon_asset(told["coupon"], told["version"])
        scope = f"coupon:{told['coupon']}"
        moved = way_back(connection, asset, scope, customer_owner(given[0].customer_id), at)
        return Planned(
            TakeBack(
                key="",
                entries=(*moved.entries, Taken(self.n, self._amounts(connection, asset, at))),
                limits=moved.limits,
                about=told | {"given": self.n},
                events=(Told(COUPON_TAKEN_BACK, given[0].customer_id, told),),
            )
        )

    def _amounts(self, connection: Connection, asset: str, at: int) -> dict[str, int] | None:
        """None for all of it.

        A coupon that a refund brought back when its budget had nothing left has less set aside for
        it than its worst case. Then its budget has back what there is, and its limit counts on.
        """
        for one in postings_of(connection, self.n):
            if one.owner != RESERVED or one.amount < 0:
                continue
            there = available(connection, one.asset, RESERVED, at)
            if there < one.left:
                return {asset: 1} | ({one.asset: there} if there > 0 else {})
        return None


_GIVEN = (COUPON_GIVEN, COUPON_CLAIMED)
