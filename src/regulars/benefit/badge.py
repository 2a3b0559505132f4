"""Badges: for so many events, or for so many days in a row with one; each is given once.

>>> regular = Badge(name="regular", title="Regular", on="order", count=3)
>>> way_to(regular, [1, 2], at=9, zone="UTC").more
1
>>> way_to(regular, [1, 2, 3], at=9, zone="UTC").is_met
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.benefit.customer import check_customer
from regulars.benefit.definition.terms import Badge
from regulars.benefit.digest import digest_of
from regulars.benefit.names import badge_asset, customer_owner
from regulars.benefit.reading import used_of_limit
from regulars.benefit.streak import streak_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NoSuchBenefit, NothingToDo, Where
from regulars.ledger.command import ISSUER, Leg, Limit, Post, Told
from regulars.ledger.deed import Deed, Planned

BADGE_GIVEN = "Badge Given"


@dataclass(frozen=True, slots=True)
class Way:
    """How far somebody is: `done` of `wanted` events, or days in a row."""

    done: int
    wanted: int

    @property
    def more(self) -> int:
        """That are missing."""
        return max(0, self.wanted - self.done)

    @property
    def is_met(self) -> bool:
        """Whether none is."""
        return not self.more


def way_to(badge: Badge, times: Sequence[int], *, at: int, zone: str) -> Way:
    """How far somebody is on the way to a badge.

    A run of days that was long enough once has met it; until then the run that is alive counts.

    Args:
        badge: as published.
        times: of the customer's events `badge.on`, UTC microseconds; those after `at` do not count.
        at: now.
        zone: the shop's time zone.
    """
    if not badge.streak_days:
        return Way(sum(one <= at for one in times), badge.count)
    streak = streak_of(times, at, zone)
    is_met = streak.longest >= badge.streak_days
    return Way(streak.longest if is_met else streak.current, badge.streak_days)


@dataclass(frozen=True, kw_only=True)
class GiveBadge(Deed):
    """Give a customer a badge; whether they have met it is for whoever asks to see (`way_to`).

    Attributes:
        key: idempotency key.
        badge: its name.
        customer_id: who gets it.

    Raises (when asked):
        NoSuchBenefit: no badge of this name is published.
        NothingToDo: the customer has it.
    """

    key: str
    badge: str
    customer_id: int

    def __post_init__(self) -> None:
        check_customer(self.customer_id)

    def digest(self) -> bytes:
        """Of all of it."""
        return digest_of("give badge", self.badge, self.customer_id)

    def plan(self, connection: Connection, at: int) -> Planned:
        """One from the issuer."""
        row = BenefitRows(connection).term("badge", self.badge)
        if row is None or not row.body:
            raise NoSuchBenefit(
                "there is no badge of this name",
                where=Where(column="badge", value=self.badge),
                todo="look what is published",
            )
        asset, customer = badge_asset(self.badge), customer_owner(self.customer_id)
        if used_of_limit(connection, asset, customer, at):
            raise NothingToDo(
                "the customer has this badge",
                where=Where(column="badge", value=self.badge),
                todo="nothing is to be done",
            )
        told = {"badge": self.badge}
        post = Post(
            key="",
            legs=(Leg(asset, ISSUER, -1), Leg(asset, customer, 1)),
            limits=(Limit(asset, customer, 1),),
            assets=(asset,),
            about=told,
            events=(Told(BADGE_GIVEN, self.customer_id, told),),
        )
        return Planned(post)
