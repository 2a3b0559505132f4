"""Points are given or taken by hand, and spent other than on an order."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.benefit.customer import check_customer
from regulars.benefit.digest import digest_of
from regulars.benefit.names import POINTS, SHOP, customer_owner
from regulars.benefit.points.earn import ASSETS, check_amount, moved
from regulars.benefit.points.expiry import points_expire_at
from regulars.benefit.reading import points_now
from regulars.engines.store import Connection
from regulars.errors import InvalidCommand, Where
from regulars.ledger.command import ISSUER, NEVER, Post, Told
from regulars.ledger.deed import Deed, Planned

POINTS_ADJUSTED = "Points Adjusted"
POINTS_SPENT = "Points Spent"


@dataclass(frozen=True, kw_only=True)
class Adjust(Deed):
    """Give points by hand, or take some; nothing that is owed is paid by it.

    What is given lasts as if it were earned now. The tier is not judged, for growth value is not
    moved.

    Attributes:
        key: idempotency key.
        customer_id: whose.
        points: to be given, or below 0 to be taken.
        why: told in the customer's history; nothing personal.
        zone: the shop's time zone.

    Raises (when asked):
        Insufficient: the customer has fewer than are to be taken.
    """

    key: str
    customer_id: int
    points: int
    why: str
    zone: str

    def __post_init__(self) -> None:
        check_customer(self.customer_id)
        check_amount("points", abs(self.points))
        if not self.why.strip():
            raise InvalidCommand(
                "it is not said why",
                where=Where(column="why"),
                todo="write it for whoever asks later",
            )

    def digest(self) -> bytes:
        """Of all but the time zone."""
        return digest_of("adjust points", self.customer_id, self.points, self.why)

    def plan(self, connection: Connection, at: int) -> Planned:
        """From the issuer, or to it."""
        customer = customer_owner(self.customer_id)
        told: dict[str, object] = {"points": self.points, "why": self.why}
        if self.points > 0:
            ends = points_expire_at(points_now(connection), at, self.zone)
            legs = moved(POINTS, ISSUER, customer, self.points, ends)
            if ends != NEVER:
                told["expires_at"] = ends
        else:
            legs = moved(POINTS, customer, ISSUER, -self.points)
        events = (Told(POINTS_ADJUSTED, self.customer_id, told),)
        return Planned(Post(key="", legs=tuple(legs), assets=ASSETS, about=told, events=events))


@dataclass(frozen=True, kw_only=True)
class SpendPoints(Deed):
    """Spend points on something that is no order: a draw, a gift, a donation.

    Taken back by `Reverse` of the entry, into the lots that they came from.

    Attributes:
        key: idempotency key.
        customer_id: whose.
        points: so many.
        on: what for, as the shop names it.

    Raises (when asked):
        Insufficient: the customer has fewer.
    """

    key: str
    customer_id: int
    points: int
    on: str

    def __post_init__(self) -> None:
        check_customer(self.customer_id)
        check_amount("points", self.points)

    def digest(self) -> bytes:
        """Of all of it."""
        return digest_of("spend points", self.customer_id, self.points, self.on)

    def plan(self, _connection: Connection, _at: int) -> Planned:
        """From the customer to the shop."""
        legs = moved(POINTS, customer_owner(self.customer_id), SHOP, self.points)
        told = {"points": self.points, "on": self.on}
        events = (Told(POINTS_SPENT, self.customer_id, told),)
        return Planned(Post(key="", legs=tuple(legs), assets=ASSETS, about=told, events=events))
