"""A red envelope as the store keeps it, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from regulars.benefit.coupon.code import wrong_code
from regulars.benefit.names import STOCK, envelope_asset
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, EnvelopeRow
from regulars.ledger.command import ISSUER, NEVER, Told
from regulars.ledger.statement import balance_of

ENVELOPE_FILLED = "Red Envelope Filled"
ENVELOPE_CLAIMED = "Red Envelope Claimed"
ENVELOPE_RETURNED = "Red Envelope Returned"

Mode = Literal["equal", "random"]


class Made(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How an envelope was made; kept with it.

    Attributes:
        total: in it, in the smallest coin or points.
        mode: how the shares were cut.
        giver: from whom the money came, and to whom the rest returns.
        budget: that pays for it; "" where none does.
        audience: customers who may claim; None for everybody.
        balance_days: how long a share lasts once it is claimed, in days; None for ever.
        money_until: no share lasts longer, since the giver's own money does not; UTC microseconds.
    """

    total: int
    mode: Mode
    giver: str
    budget: str = ""
    audience: tuple[int, ...] | None = None
    balance_days: int | None = None
    money_until: int = NEVER


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope and how it stands.

    Attributes:
        id: public, not to be guessed.
        asset: `money:CUR` in the smallest coin, or `points`.
        shares: in the order of claims.
        claimed: how many of them.
        expires_at: no longer claimed from this instant on; UTC microseconds.
        closed: the entry that closed it; 0 while it is open.
        n: the entry that filled it.
        made: how.
    """

    id: str
    asset: str
    shares: tuple[int, ...]
    claimed: int
    expires_at: int
    closed: int
    n: int
    made: Made

    @property
    def left(self) -> int:
        """What nobody has claimed."""
        return sum(self.shares[self.claimed :])

    def row(self, *, n: int, closed: int) -> EnvelopeRow:
        """As the store keeps it, filled by entry `n` and closed by another."""
        return EnvelopeRow(
            self.id,
            self.asset,
            _ENCODE(self.shares).decode(),
            _ENCODE(self.made).decode(),
            self.expires_at,
            n,
            closed,
        )


def envelope_of(connection: Connection, name: str) -> Envelope:
    """The envelope of this id, as it stands.

    Raises:
        WrongCode: there is none, in the words of every code that is wrong.
    """
    rows = BenefitRows(connection)
    row = rows.envelope(name)
    if row is None:
        raise wrong_code()
    shares = _SHARES(row.shares)
    tickets = envelope_asset(name)
    if row.closed:  # those that nobody has claimed are with the issuer again
        claimed = -balance_of(connection, tickets, ISSUER, row.expires_at).balance
    else:
        claimed = len(shares) - sum(lot.balance for lot in rows.lots_of(STOCK, [tickets]))
    made = _MADE(row.body)
    return Envelope(row.id, row.asset, shares, claimed, row.expires_at, row.closed, row.n, made)


def told_giver(event: str, giver: str, about: dict[str, Any]) -> tuple[Told, ...]:
    """An event in the giver's history, where the giver is a customer."""
    kind, _, number = giver.partition(":")
    return (Told(event, int(number), about),) if kind == "customer" else ()


_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_SHARES = msgspec.json.Decoder(tuple[int, ...]).decode
_MADE = msgspec.json.Decoder(Made).decode
