"""What it takes to give somebody a coupon, whoever asks for it: one entry of the ledger.

It comes from the stock, or where nothing bounds it from the issuer; it lasts as its terms say; the
limits of the customer and the household count for the coupon's name, whatever its version; and
where a budget pays, the worst case is set aside in the same entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

from regulars.benefit.cost import reserve
from regulars.benefit.customer import check_customer
from regulars.benefit.definition.terms import Coupon, decode
from regulars.benefit.lasting import lasts_until
from regulars.benefit.names import STOCK, coupon_asset, customer_owner
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NoSuchBenefit, TooMuch, Where
from regulars.ledger.command import ISSUER, NEVER, Leg, Limit, Post, Told

COUPON_GIVEN = "Coupon Given"
COUPON_CLAIMED = "Coupon Claimed"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets it.

    Attributes:
        customer_id: our number.
        household: a keyed hash that tells a household from others, never an address itself; ""
            where the shop does not tell it, and then no household's limit counts.
    """

    customer_id: int
    household: str = ""

    def __post_init__(self) -> None:
        check_customer(self.customer_id)


def published_coupon(connection: Connection, name: str) -> tuple[Coupon, int]:
    """The newest terms of a coupon, and their version.

    Raises:
        NoSuchBenefit: none of this name is published, or it has ended.
    """
    row = BenefitRows(connection).term("coupon", name)
    if row is None or not row.body:
        raise no_such_coupon(name)
    return cast("Coupon", decode("coupon", row.body)), row.version


def no_such_coupon(name: str) -> NoSuchBenefit:
    """Whether it is not there or not to be seen: the same answer."""
    return NoSuchBenefit(
        "there is no coupon of this name to be had",
        where=Where(column="coupon", value=name),
        todo="look what is published",
    )


def giving(
    coupon: Coupon,
    version: int,
    to: Recipient,
    *,
    at: int,
    zone: str,
    event: str = COUPON_GIVEN,
    why: str = "",
    more: dict[str, Any] | None = None,
    limits: tuple[Limit, ...] = (),
) -> Post:
    """What is to be posted to give one; the ledger refuses it where stock, limit or budget end.

    Args:
        coupon: its terms.
        version: of them.
        to: who gets it.
        at: now, UTC microseconds.
        zone: the shop's time zone.
        event: that it is in the customer's history.
        why: told there.
        more: told in the journal besides.
        limits: that count besides the coupon's own.

    Raises:
        NotValidNow: it is not given yet, or no longer.
        TooMuch: a budget pays for it and nothing bounds what it may cost.
    """
    worst = coupon.worst_case
    if coupon.budget and worst is None:
        raise TooMuch(
            "nothing bounds what this coupon may cost its budget",
            where=Where(column="coupon", value=coupon.name),
            todo="publish it with a ceiling",
        )
    expires_at = lasts_until(coupon.validity, at, zone)
    asset = coupon_asset(coupon.name, version)
    source = ISSUER if coupon.stock is None else STOCK
    told: dict[str, Any] = {"coupon": coupon.name, "version": version}
    if expires_at != NEVER:
        told["expires_at"] = expires_at
    if why:
        told["why"] = why
    return Post(
        key="",
        legs=(
            Leg(asset, source, -1),
            Leg(asset, customer_owner(to.customer_id), 1, expires_at),
            *reserve(coupon.budget, worst or 0),
        ),
        limits=(*_limits(coupon, to), *limits),
        assets=(asset,),
        about=told | (more or {}),
        events=(Told(event, to.customer_id, told),),
    )


def _limits(coupon: Coupon, to: Recipient) -> tuple[Limit, ...]:
    limits = []
    if coupon.per_customer is not None:
        limits.append(
            Limit(f"coupon:{coupon.name}", customer_owner(to.customer_id), coupon.per_customer)
        )
    if coupon.per_household is not None and to.household:
        # Hashed once more: then it is a name, whatever the shop sends.
        print_ = blake2b(to.household.encode(), digest_size=16).hexdigest()
        limits.append(
            Limit(f"coupon:{coupon.name}:household", f"household:{print_}", coupon.per_household)
        )
    return tuple(limits)
