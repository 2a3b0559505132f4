"""A red envelope is filled.

The money goes to the envelope and as many tickets are made as there are shares, in one entry. Where
a budget pays, the whole is set aside.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import cast

from regulars.benefit.cost import reserve
from regulars.benefit.definition.terms import Budget, decode
from regulars.benefit.digest import digest_of
from regulars.benefit.envelope.draw import check_shares, equal_shares, random_shares
from regulars.benefit.envelope.kept import ENVELOPE_FILLED, Envelope, Made, Mode, told_giver
from regulars.benefit.names import PROMISED, STOCK, envelope_asset
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_wallets import LotRow
from regulars.errors import (
    AlreadyThere,
    InvalidCommand,
    NoSuchBenefit,
    NotApplicable,
    NotValidNow,
    Where,
)
from regulars.ledger.command import ISSUER, NEVER, Leg, Post
from regulars.ledger.deed import Deed, Planned

MOST_AUDIENCE = 10_000
_MOST_DAYS = 3650
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_GIVER = re.compile(r"issuer|customer:[1-9][0-9]{0,18}")
_ASSET = re.compile(r"points|money:[A-Z]{3}")


def new_id() -> str:
    """128 random bits as 22 letters that may stand in an address."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, kw_only=True)
class FillEnvelope(Deed):
    """Fill a red envelope; `about` tells its id (`envelope`), and is what a replay answers.

    Attributes:
        key: idempotency key.
        asset: `money:CUR`, in the smallest coin, or `points`.
        total: in it.
        count: of shares, 10,000 at most.
        expires_at: no longer claimed from this instant on; UTC microseconds.
        mode: how the shares are cut; see `draw`.
        from_owner: `issuer`, for the shop, or `customer:N`, from their balance.
        budget: pays for it; "" where none does. Only for the shop's own.
        audience: customers who may claim, 10,000 at most; None for everybody.
        balance_days: a claimed share lasts to the end of the day so many days later; None for ever.
        id: of the envelope; a replay has the first.
        rng: cuts the shares.

    Raises:
        InvalidCommand: one of these cannot be.

    Raises (when asked):
        NotValidNow: it would have expired already.
        NotApplicable: of the giver's money some expires before the envelope does; the budget is
            one of something else.
        NoSuchBenefit: there is no budget of this name.
        Insufficient: the giver, or the budget, has less left.
        AlreadyThere: the id is another envelope's.
    """

    key: str
    asset: str
    total: int
    count: int
    expires_at: int
    mode: Mode = "random"
    from_owner: str = ISSUER
    budget: str = ""
    audience: tuple[int, ...] | None = None
    balance_days: int | None = None
    id: str = field(default_factory=new_id)
    rng: Random = field(default_factory=secrets.SystemRandom, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_shares(self.total, self.count)
        audience = self.audience or ()
        for column, value, is_good, todo in (
            ("asset", self.asset, _ASSET.fullmatch(self.asset), "write money:CNY, or points"),
            ("mode", self.mode, self.mode in ("equal", "random"), "write equal or random"),
            (
                "from_owner",
                self.from_owner,
                _GIVER.fullmatch(self.from_owner),
                "write issuer or customer:7",
            ),
            (
                "budget",
                self.budget,
                not self.budget or self.from_owner == ISSUER,
                "leave it out of a customer's own envelope",
            ),
            (
                "audience",
                len(audience),
                self.audience is None or (0 < len(audience) <= MOST_AUDIENCE and min(audience) > 0),
                f"name 1 to {MOST_AUDIENCE:,} customers, or none for everybody",
            ),
            (
                "balance_days",
                self.balance_days,
                self.balance_days is None or 0 <= self.balance_days <= _MOST_DAYS,
                f"write 0 to {_MOST_DAYS}, or none for ever",
            ),
            ("expires_at", self.expires_at, 0 < self.expires_at < NEVER, "write microseconds"),
            ("id", self.id, _ID.fullmatch(self.id), "leave it out"),
        ):
            if not is_good:
                raise InvalidCommand(
                    "this cannot be of a red envelope",
                    where=Where(column=column, value=str(value)),
                    todo=todo,
                )

    def digest(self) -> bytes:
        """Of all but the id and how it is drawn, which the first time settles."""
        return digest_of(
            "fill envelope",
            self.asset,
            self.total,
            self.count,
            self.expires_at,
            self.mode,
            self.from_owner,
            self.budget,
            self.audience,
            self.balance_days,
        )

    def plan(self, connection: Connection, at: int) -> Planned:
        """The money and the tickets; the shares are drawn here, once for all."""
        if self.expires_at <= at:
            raise NotValidNow(
                "the red envelope would have expired already",
                where=Where(column="expires_at", value=str(self.expires_at)),
                todo="choose a later instant",
            )
        if BenefitRows(connection).envelope(self.id) is not None:
            raise AlreadyThere(
                "there is a red envelope of this id",
                where=Where(column="id", value=self.id),
                todo="leave the id out",
            )
        self._check_budget(connection)
        tickets = envelope_asset(self.id)
        cut = equal_shares if self.mode == "equal" else random_shares
        shares = cut(self.total, self.count, self.rng)
        envelope = Envelope(
            id=self.id,
            asset=self.asset,
            shares=shares,
            claimed=0,
            expires_at=self.expires_at,
            closed=0,
            n=0,
            made=Made(
                total=self.total,
                mode=self.mode,
                giver=self.from_owner,
                budget=self.budget,
                audience=self.audience,
                balance_days=self.balance_days,
                money_until=self._money_until(connection, at),
            ),
        )

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).put_envelope(envelope.row(n=n, closed=0))

        about = {
            "envelope": self.id,
            "asset": self.asset,
            "total": self.total,
            "count": self.count,
            "mode": self.mode,
            "expires_at": self.expires_at,
        }
        post = Post(
            key="",
            legs=(
                Leg(self.asset, self.from_owner, -self.total),
                Leg(self.asset, tickets, self.total),
                Leg(tickets, ISSUER, -self.count),
                Leg(tickets, STOCK, self.count),
                *reserve(self.budget, self.total, PROMISED),
            ),
            assets=(tickets, self.asset),
            about=about,
            events=told_giver(ENVELOPE_FILLED, self.from_owner, about),
        )
        return Planned(post, write)

    def _check_budget(self, connection: Connection) -> None:
        """Whether the budget is there, and is one of what goes into the envelope."""
        if not self.budget:
            return
        row = BenefitRows(connection).term("budget", self.budget)
        where = Where(column="budget", value=self.budget)
        if row is None or not row.body:
            raise NoSuchBenefit(
                "there is no budget of this name", where=where, todo="look what is published"
            )
        pays = cast("Budget", decode("budget", row.body)).asset
        if pays != self.asset:
            raise NotApplicable(
                f"this budget pays {pays}, and {self.asset} would go into the red envelope",
                where=where,
                todo=f"name a budget of {self.asset}",
            )

    def _money_until(self, connection: Connection, at: int) -> int:
        """Until when a giver's own money lasts: given away it does not last longer."""
        if self.from_owner == ISSUER:
            return NEVER
        lots = BenefitRows(connection).lots_of(self.from_owner, [self.asset])
        until = min((lot.expires_at for lot in _free(lots, at)), default=NEVER)
        if until < self.expires_at:
            raise NotApplicable(
                "some of the money that would go into it expires before the red envelope does",
                where=Where(column="expires_at", value=str(self.expires_at)),
                todo="have it expire earlier",
            )
        return until


def _free(lots: Sequence[LotRow], at: int) -> list[LotRow]:
    return [lot for lot in lots if lot.expires_at > at and lot.balance > lot.held]
