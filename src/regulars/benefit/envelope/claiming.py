"""A share of a red envelope is claimed.

A claim takes a ticket and the next share, which were fixed when it was filled. Where a budget pays,
the share is spent: it is money, to be cashed in at any later order, though it may expire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from regulars.benefit.cost import spend
from regulars.benefit.customer import check_customer
from regulars.benefit.digest import digest_of
from regulars.benefit.envelope.kept import ENVELOPE_CLAIMED, envelope_of
from regulars.benefit.lasting import end_of_day_after
from regulars.benefit.names import PROMISED, STOCK, customer_owner, envelope_asset
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_wallets import LotRow
from regulars.errors import (
    Insufficient,
    LimitReached,
    NotApplicable,
    NotValidNow,
    Where,
)
from regulars.ledger.command import NEVER, Leg, Limit, Post, Told
from regulars.ledger.deed import Deed, Planned


@dataclass(frozen=True, kw_only=True)
class ClaimEnvelope(Deed):
    """Claim the next share, once for each customer; `about` tells how much (`amount`).

    Attributes:
        key: idempotency key.
        envelope: its id.
        customer_id: who claims.
        zone: the shop's time zone, whose days count.
        earlier: other numbers of the same customer, under which an audience may name them.

    Raises (when asked):
        WrongCode: there is no such envelope.
        NotValidNow: it has expired, or was closed.
        NotApplicable: it is not for this customer.
        LimitReached: the customer has had a share.
        Insufficient: all shares are claimed.
    """

    key: str
    envelope: str
    customer_id: int
    zone: str
    earlier: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_customer(self.customer_id)

    def digest(self) -> bytes:
        """Of the envelope and who claims."""
        return digest_of("claim envelope", self.envelope, self.customer_id)

    def plan(self, connection: Connection, at: int) -> Planned:
        """A ticket and the next share to the customer."""
        envelope = envelope_of(connection, self.envelope)
        made = envelope.made
        if envelope.closed or envelope.expires_at <= at:
            raise NotValidNow(
                "the red envelope has expired",
                where=Where(column="expires_at", value=str(envelope.expires_at)),
                todo="what was left in it returns to its giver",
            )
        theirs = {self.customer_id, *self.earlier}
        if made.audience is not None and theirs.isdisjoint(made.audience):
            raise NotApplicable(
                "the red envelope is for others",
                where=Where(column="customer_id", value=str(self.customer_id)),
                todo="nothing can be done",
            )
        customer = customer_owner(self.customer_id)
        tickets = envelope_asset(envelope.id)
        rows = BenefitRows(connection)
        for number in self.earlier:  # until the wallets are joined the share stands there
            if had := rows.lots_of(customer_owner(number), [tickets]):
                raise self._none_left(had)
        if envelope.claimed == len(envelope.shares):
            raise self._none_left(rows.lots_of(customer, [tickets]))
        amount = envelope.shares[envelope.claimed]
        until = made.money_until
        if made.balance_days is not None:
            until = min(until, end_of_day_after(at, made.balance_days, self.zone))
        about: dict[str, Any] = {
            "envelope": envelope.id,
            "asset": envelope.asset,
            "amount": amount,
        }
        if until != NEVER:
            about["expires_at"] = until
        post = Post(
            key="",
            legs=(
                Leg(tickets, STOCK, -1),
                Leg(tickets, customer, 1),
                Leg(envelope.asset, tickets, -amount),
                Leg(envelope.asset, customer, amount, until),
                *spend(made.budget, amount, PROMISED),
            ),
            limits=(Limit(tickets, customer, 1),),
            about=about,
            events=(Told(ENVELOPE_CLAIMED, self.customer_id, about),),
        )
        return Planned(post)

    def _none_left(self, had: Sequence[LotRow]) -> LimitReached | Insufficient:
        where = Where(column="envelope", value=self.envelope)
        if had:
            return LimitReached("this customer has had a share", where=where, todo="one share each")
        return Insufficient(
            "all shares of the red envelope are claimed", where=where, todo="come earlier"
        )
