"""What an incentive gives is given: points, a coupon, a gift, or money onto the balance.

One entry does all of it: what is given, what its budget pays, and a mark of the rule's own that
counts how often the customer has had it. Whoever asks has found out that the customer has met the
rule (`meets`); that it is not given more often than its limit allows is seen to here once more,
under the lane, so that neither two passes at once nor a past that has changed since can give more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from regulars.benefit.coupon.giving import Recipient, giving, published_coupon
from regulars.benefit.customer import check_customer
from regulars.benefit.definition.terms import Gift, Incentive, decode
from regulars.benefit.digest import digest_of
from regulars.benefit.gift.giving import gift_giving, gift_row
from regulars.benefit.lasting import end_of_day_after
from regulars.benefit.names import (
    LEFT,
    OWED_POINTS,
    POINTS,
    SPENT,
    cost_asset,
    customer_owner,
    money_asset,
)
from regulars.benefit.points.earn import ASSETS, POINTS_EARNED, moved
from regulars.benefit.points.expiry import local_day, points_expire_at
from regulars.benefit.reading import available, points_now
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import LimitReached, NoSuchBenefit, Where
from regulars.kernel.clock import day_number
from regulars.ledger.command import ISSUER, NEVER, Leg, Post, Told
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.statement import balance_of

BALANCE_GIVEN = "Balance Given"
_PAST = 9_000_000_000_000_000
"""In the year 2255, as late as anything expires: marks of what was met long ago have the number of
the day on top, in microseconds."""

Write = Callable[[Connection, int], None]


def given_asset(incentive: str) -> str:
    """The marks that count how often a customer was given what the rule gives."""
    return f"incentive:{incentive}"


@dataclass(frozen=True, kw_only=True)
class GiveIncentive(Deed):
    """Give a customer what an incentive gives, for something that they have met it by.

    The answer's `about` tells `incentive`, `occurrence`, `met_at`, and what was given: `points`,
    `coupon` and `version`, `gift`, or `balance` and `asset`; with `expires_at` where it has one.

    Attributes:
        key: idempotency key; `Met.key`, so that each occurrence gives once.
        incentive: the rule's name; it gives what it is published with now.
        customer_id: who.
        occurrence: by which it was met.
        met_at: when, UTC microseconds.
        currency: the shop's.
        zone: the shop's time zone.

    Raises (when asked):
        NoSuchBenefit: no incentive of this name is published, or what it gives is not.
        LimitReached: the customer has had it, or the coupon or gift, as often as anybody may.
        Insufficient: the stock, or the budget, has come to its end.
        NotValidNow: its coupon is not given yet, or no longer.
    """

    key: str
    incentive: str
    customer_id: int
    occurrence: str
    met_at: int
    currency: str
    zone: str

    def __post_init__(self) -> None:
        check_customer(self.customer_id)

    def digest(self) -> bytes:
        """Of the rule, who, and by what; what is given is decided when it is."""
        return digest_of("give incentive", self.incentive, self.customer_id, self.occurrence)

    def plan(self, connection: Connection, at: int) -> Planned:
        """What is given, the mark, and what the budget pays."""
        row = BenefitRows(connection).term("incentive", self.incentive)
        if row is None or not row.body:
            raise NoSuchBenefit(
                "there is no incentive of this name",
                where=Where(column="incentive", value=self.incentive),
                todo="look what is published",
            )
        rule = cast("Incentive", decode("incentive", row.body))
        mark = self._mark(connection, rule, at)
        post, write = self._given(connection, rule, at)
        told = {"incentive": rule.name, "occurrence": self.occurrence, "met_at": self.met_at}
        command = msgspec.structs.replace(
            post,
            legs=(*post.legs, *mark),
            assets=tuple(dict.fromkeys((*post.assets, *(leg.asset for leg in mark)))),
            about=told | post.about,
        )
        return Planned(command, write)

    def _mark(self, connection: Connection, rule: Incentive, at: int) -> tuple[Leg, ...]:
        """A mark that lasts as long as it counts; refused where as many are there as may be.

        What was met so long ago that its mark would be over by now has one that stays, since what
        was met before it may be told later still.

        Those count whose days lie within the limit's of this one, before it or after it: what is
        told late may have been met earlier than what was given already.
        """
        if rule.limit is None:
            return ()
        asset, customer = given_asset(rule.name), customer_owner(self.customer_id)
        more_days = rule.limit_days - 1
        ends = end_of_day_after(self.met_at, more_days, self.zone) if rule.limit_days else NEVER
        day = local_day(self.met_at, self.zone)
        counted = 0
        if available(connection, asset, customer, 0):
            for lot in balance_of(connection, asset, customer, at).lots:
                if lot.expires_at == NEVER or not rule.limit_days:
                    counted += lot.balance
                    continue
                if lot.expires_at > _PAST:
                    apart = lot.expires_at - _PAST - day_number(day)
                else:
                    apart = (local_day(lot.expires_at - 1, self.zone) - day).days - more_days
                counted += lot.balance if abs(apart) < rule.limit_days else 0
        if counted >= rule.limit:
            raise LimitReached(
                "the customer has had this as often as anybody may",
                where=Where(column="limit", value=str(rule.limit)),
                todo="nothing more is given for it in this time",
            )
        if ends <= at:
            ends = _PAST + day_number(day)
        return tuple(moved(asset, ISSUER, customer, 1, ends))

    def _given(self, connection: Connection, rule: Incentive, at: int) -> tuple[Post, Write | None]:
        give, why = rule.give, f"incentive:{rule.name}"
        if give.coupon:
            coupon, version = published_coupon(connection, give.coupon)
            to = Recipient(self.customer_id)
            return giving(coupon, version, to, at=at, zone=self.zone, why=why), None
        if give.gift:
            return self._gift(connection, give.gift, why)
        if give.points:
            return self._points(connection, rule, at, why), None
        return self._balance(rule, at, why), None

    def _gift(self, connection: Connection, name: str, why: str) -> tuple[Post, Write]:
        row = BenefitRows(connection).term("gift", name)
        if row is None or not row.body:
            raise NoSuchBenefit(
                "there is no gift of this name to be had",
                where=Where(column="gift", value=name),
                todo="look what is published",
            )
        gift = cast("Gift", decode("gift", row.body))

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).put_gift(gift_row(gift, self.customer_id, n))

        return gift_giving(gift, self.customer_id, why), write

    def _points(self, connection: Connection, rule: Incentive, at: int, why: str) -> Post:
        customer, points = customer_owner(self.customer_id), rule.give.points
        paid_back = min(points, available(connection, OWED_POINTS, customer, at))
        ends = points_expire_at(points_now(connection), at, self.zone)
        told: dict[str, Any] = {"points": points, "why": why}
        if points > paid_back and ends != NEVER:
            told["expires_at"] = ends
        if paid_back:
            told["paid_back"] = paid_back
        return Post(
            key="",
            legs=(
                *moved(POINTS, ISSUER, customer, points - paid_back, ends),
                *moved(OWED_POINTS, customer, ISSUER, paid_back),
                *_paid(rule.budget, points),
            ),
            assets=ASSETS,
            about=told,
            events=(Told(POINTS_EARNED, self.customer_id, told),),
        )

    def _balance(self, rule: Incentive, at: int, why: str) -> Post:
        asset, amount = money_asset(self.currency), rule.give.balance
        days = rule.give.expires_days
        ends = NEVER if days is None else end_of_day_after(at, days, self.zone)
        told: dict[str, Any] = {"asset": asset, "balance": amount, "why": why}
        if ends != NEVER:
            told["expires_at"] = ends
        return Post(
            key="",
            legs=(
                *moved(asset, ISSUER, customer_owner(self.customer_id), amount, ends),
                *_paid(rule.budget, amount),
            ),
            assets=(asset,),
            about=told,
            events=(Told(BALANCE_GIVEN, self.customer_id, told),),
        )


def _paid(budget: str, amount: int) -> tuple[Leg, ...]:
    """Points and money are spent of their budget at once: they can be used anywhere."""
    return tuple(moved(cost_asset(budget), LEFT, SPENT, amount)) if budget else ()
