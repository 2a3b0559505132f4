"""A red envelope is closed, and what is left in it returns to where it came from.

Closing takes back what is left of the filling: so money returns to the giver's own lots, which last
no longer than before, and what was set aside of a budget is left again.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.benefit.digest import digest_of
from regulars.benefit.envelope.kept import ENVELOPE_RETURNED, envelope_of, told_giver
from regulars.benefit.names import cost_asset, envelope_asset
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NothingToDo, NotValidNow, Where
from regulars.ledger.command import Note, TakeBack, Taken
from regulars.ledger.deed import Deed, Planned


@dataclass(frozen=True, kw_only=True)
class CloseEnvelope(Deed):
    """Close one that has expired, or of which nothing is left; the rest returns to the giver.

    `about` tells how much (`amount`). What a customer had put in returns to the lots it came from.

    Attributes:
        key: idempotency key.
        envelope: its id.

    Raises (when asked):
        WrongCode: there is no such envelope.
        NotValidNow: it can still be claimed.
        NothingToDo: it was closed before.
    """

    key: str
    envelope: str

    def digest(self) -> bytes:
        """Of the envelope."""
        return digest_of("close envelope", self.envelope)

    def plan(self, connection: Connection, at: int) -> Planned:
        """What is left of the filling, taken back."""
        envelope = envelope_of(connection, self.envelope)
        where = Where(column="envelope", value=envelope.id)
        if envelope.closed:
            raise NothingToDo(
                "the red envelope was closed before",
                where=where,
                todo=f"entry {envelope.closed} of the journal tells of it",
            )
        tickets = len(envelope.shares) - envelope.claimed
        if tickets and envelope.expires_at > at:
            raise NotValidNow(
                "the red envelope can still be claimed", where=where, todo="wait until it expires"
            )

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).put_envelope(envelope.row(n=envelope.n, closed=n))

        owner = envelope_asset(envelope.id)
        left = sum(lot.balance for lot in BenefitRows(connection).lots_of(owner, [envelope.asset]))
        about = {"envelope": envelope.id, "asset": envelope.asset, "amount": left}
        if not left:
            return Planned(Note(key="", about=about), write)
        amounts = {envelope.asset: left, owner: tickets}
        if envelope.made.budget:
            amounts[cost_asset(envelope.made.budget)] = left
        return Planned(
            TakeBack(
                key="",
                entries=(Taken(envelope.n, amounts),),
                about=about,
                events=told_giver(ENVELOPE_RETURNED, envelope.made.giver, about),
            ),
            write,
        )
