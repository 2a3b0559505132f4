"""Statements of benefits; what they mean is in `regulars.benefit`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    BENEFIT_EARNED,
    BENEFIT_ORDERS,
    CODES,
    ENVELOPES,
    GIFTS_SENT,
    MEMBERS,
    TERMS,
)
from regulars.engines.store import Connection

T = TypeVar("T")


class TermRow(NamedTuple):
    """A published term, as JSON; an empty body ends it."""

    kind: str
    name: str
    version: int
    body: str
    n: int


class CodeRow(NamedTuple):
    """A code of a coupon, by its digest; `uses` is 0 where nothing bounds it."""

    digest: str
    coupon: str
    batch: str
    uses: int
    n: int


class OrderRow(NamedTuple):
    """What an order has used; `body` and `refunded` are JSON."""

    owner: str
    customer_id: int
    state: str
    hold: int
    capture: int
    body: str
    refunded: str
    n: int


class EarnedRow(NamedTuple):
    """What something has earned, and how much of it was taken back."""

    source: str
    customer_id: int
    n: int
    base: int
    points: int
    growth: int
    base_back: int
    points_back: int
    growth_back: int


class MemberRow(NamedTuple):
    """A customer's tier, since when and until when it is kept, and a name for the leaderboard."""

    customer_id: int
    tier: str
    since: int
    until: int
    shown_as: str
    n: int


class EnvelopeRow(NamedTuple):
    """A red envelope; `shares` and `body` are JSON."""

    id: str
    asset: str
    shares: str
    body: str
    expires_at: int
    n: int
    closed: int


class GiftRow(NamedTuple):
    """A gift to a customer and where it stands; the address is sealed."""

    n: int
    customer_id: int
    gift: str
    state: str
    address: bytes | None
    tracking: str
    changed: int


class LotRow(NamedTuple):
    """A lot that a customer has of something, with what is left of it to be used."""

    asset: str
    expires_at: int
    balance: int
    held: int


class BenefitRows:
    """The rows, within the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # What there is.

    def terms(self) -> list[TermRow]:
        """The newest version of everything published, those that have ended included."""
        newest = (
            sa.select(TERMS.c.kind, TERMS.c.name, sa.func.max(TERMS.c.version).label("version"))
            .group_by(TERMS.c.kind, TERMS.c.name)
            .subquery()
        )
        statement = (
            sa.select(TERMS)
            .join(
                newest,
                sa.and_(
                    TERMS.c.kind == newest.c.kind,
                    TERMS.c.name == newest.c.name,
                    TERMS.c.version == newest.c.version,
                ),
            )
            .order_by(TERMS.c.kind, TERMS.c.name)
        )
        return [TermRow(*row) for row in self._connection.execute(statement)]

    def term(self, kind: str, name: str, version: int | None = None) -> TermRow | None:
        """A version, or the newest."""
        statement = sa.select(TERMS).where(TERMS.c.kind == kind, TERMS.c.name == name)
        if version is not None:
            statement = statement.where(TERMS.c.version == version)
        row = self._connection.execute(statement.order_by(TERMS.c.version.desc()).limit(1)).first()
        return None if row is None else TermRow(*row)

    def versions(self, kind: str, names: Iterable[str]) -> list[TermRow]:
        """All versions of these, the oldest first."""
        statement = (
            sa.select(TERMS)
            .where(TERMS.c.kind == kind, TERMS.c.name.in_(list(names)))
            .order_by(TERMS.c.name, TERMS.c.version)
        )
        return [TermRow(*row) for row in self._connection.execute(statement)]

    def code(self, digest: str) -> CodeRow | None:
        """The code of this digest."""
        return self._first(CodeRow, sa.select(CODES).where(CODES.c.digest == digest))

    def order(self, owner: str) -> OrderRow | None:
        """The order of this owner."""
        return self._first(
            OrderRow, sa.select(BENEFIT_ORDERS).where(BENEFIT_ORDERS.c.owner == owner)
        )

    def earned(self, source: str) -> EarnedRow | None:
        """What this has earned."""
        return self._first(
            EarnedRow, sa.select(BENEFIT_EARNED).where(BENEFIT_EARNED.c.source == source)
        )

    def member(self, customer_id: int) -> MemberRow | None:
        """The customer's tier; None where none was ever reached."""
        return self._first(
            MemberRow, sa.select(MEMBERS).where(MEMBERS.c.customer_id == customer_id)
        )

    def members_to_judge(self, at: int, most: int) -> list[MemberRow]:
        """Whose tier was kept until then, the longest ago first."""
        statement = sa.select(MEMBERS).where(MEMBERS.c.until <= at).order_by(MEMBERS.c.until)
        return [MemberRow(*row) for row in self._connection.execute(statement.limit(most))]

    def shown_members(self) -> list[MemberRow]:
        """Who has chosen to stand on the leaderboard."""
        statement = sa.select(MEMBERS).where(MEMBERS.c.shown_as != "")
        return [MemberRow(*row) for row in self._connection.execute(statement)]

    def envelope(self, name: str) -> EnvelopeRow | None:
        """The red envelope of this id."""
        return self._first(EnvelopeRow, sa.select(ENVELOPES).where(ENVELOPES.c.id == name))

    def envelopes_to_close(self, at: int, most: int) -> list[EnvelopeRow]:
        """Open ones that have expired, the oldest first."""
        statement = (
            sa.select(ENVELOPES)
            .where(ENVELOPES.c.closed == 0, ENVELOPES.c.expires_at <= at)
            .order_by(ENVELOPES.c.expires_at, ENVELOPES.c.id)
            .limit(most)
        )
        return [EnvelopeRow(*row) for row in self._connection.execute(statement)]

    def gift(self, n: int) -> GiftRow | None:
        """The gift of this grant."""
        return self._first(GiftRow, sa.select(GIFTS_SENT).where(GIFTS_SENT.c.n == n))

    def gifts_of(self, customer_id: int) -> list[GiftRow]:
        """A customer's gifts, the oldest first."""
        statement = sa.select(GIFTS_SENT).where(GIFTS_SENT.c.customer_id == customer_id)
        return [
            GiftRow(*row) for row in self._connection.execute(statement.order_by(GIFTS_SENT.c.n))
        ]

    def lots_of(self, owner: str, assets: Sequence[str]) -> list[LotRow]:
        """The owner's lots of these assets in which something is, those that expire first first."""
        statement = (
            sa.select(ASSETS.c.name, ACCOUNTS.c.expires_at, ACCOUNTS.c.balance, ACCOUNTS.c.held)
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ASSETS.c.name.in_(list(assets)), ACCOUNTS.c.owner == owner)
            .where(ACCOUNTS.c.balance > 0)
            .order_by(ACCOUNTS.c.expires_at, ASSETS.c.name)
        )
        return [LotRow(*row) for row in self._connection.execute(statement)]

    def _first(self, kind: Callable[..., T], statement: sa.Select[Any]) -> T | None:
        row = self._connection.execute(statement).first()
        return None if row is None else kind(*row)

    # What is added and changed.

    def add_terms(self, rows: Iterable[TermRow]) -> None:
        """Publish versions."""
        self._add(TERMS, rows)

    def add_codes(self, rows: Iterable[CodeRow]) -> None:
        """Make codes."""
        self._add(CODES, rows)

    def put_order(self, row: OrderRow) -> None:
        """Have the order stand so."""
        self._put(BENEFIT_ORDERS, BENEFIT_ORDERS.c.owner == row.owner, row)

    def put_earned(self, row: EarnedRow) -> None:
        """Have it stand so."""
        self._put(BENEFIT_EARNED, BENEFIT_EARNED.c.source == row.source, row)

    def put_member(self, row: MemberRow) -> None:
        """Have the customer stand so."""
        self._put(MEMBERS, MEMBERS.c.customer_id == row.customer_id, row)

    def put_envelope(self, row: EnvelopeRow) -> None:
        """Have it stand so."""
        self._put(ENVELOPES, ENVELOPES.c.id == row.id, row)

    def put_gift(self, row: GiftRow) -> None:
        """Have it stand so."""
        self._put(GIFTS_SENT, GIFTS_SENT.c.n == row.n, row)

    def _add(self, table: sa.Table, rows: Iterable[NamedTuple]) -> None:
        values = [row._asdict() for row in rows]
        if values:
            self._connection.execute(sa.insert(table), values)

    def _put(self, table: sa.Table, where: sa.ColumnElement[bool], row: NamedTuple) -> None:
        """Under the lane nobody comes between the two statements."""
        values = row._asdict()
        if not self._connection.execute(sa.update(table).where(where).values(values)).rowcount:
            self._connection.execute(sa.insert(table).values(values))
