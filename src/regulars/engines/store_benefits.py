"""Statements of benefits; what they mean is in `regulars.benefit`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from regulars.engines.prepared import Prepared, Put, listed, one_of
from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    BENEFIT_EARNED,
    BENEFIT_ORDERS,
    CODES,
    ENVELOPES,
    GIFTS_SENT,
    HOLD_LINES,
    HOLDS,
    JOURNAL,
    MEMBERS,
    POSTINGS,
    REVERSED,
    TERMS,
)
from regulars.engines.store import Connection

T = TypeVar("T")

_MANY = 5_000
"""Values in one statement."""
_OF_THE_SHOP = ("issuer", "stock", "shop", "used", "expired", "lapsed")
_EVERY_ASSET = sa.select(ASSETS.c.asset_id)


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


class CouponLotRow(NamedTuple):
    """A lot of a coupon that a customer has, and the terms under which it was given."""

    asset: str
    expires_at: int
    balance: int
    held: int
    version: int
    body: str


class ShownRow(NamedTuple):
    """Who stands on the leaderboard, and what they have earned in the period."""

    customer_id: int
    shown_as: str
    points: int
    growth: int


class VintageRow(NamedTuple):
    """Customers' lots that expire at one instant.

    `issued` came in, without what was taken back of it; of it `expired` was taken away unused, and
    `balance` is there, of that `held` set aside.
    """

    expires_at: int
    lots: int
    issued: int
    expired: int
    balance: int
    held: int


class OwnedRow(NamedTuple):
    """An account of an owner in which something is: a lot, or what is used of a limit (below 0)."""

    asset: str
    expires_at: int
    balance: int
    held: int


def _by_key(table: sa.Table) -> Prepared:
    (key,) = table.primary_key
    return Prepared(sa.select(table).where(key == sa.bindparam(key.name)))


_OF_TERM = sa.select(TERMS).where(
    TERMS.c.kind == sa.bindparam("kind"), TERMS.c.name == sa.bindparam("name")
)
_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")
_TERM = Prepared(_OF_TERM.order_by(TERMS.c.version.desc()).limit(_ONE).offset(_NOTHING))
_VERSION = Prepared(_OF_TERM.where(TERMS.c.version == sa.bindparam("version")))
_CODE, _ORDER, _EARNED = _by_key(CODES), _by_key(BENEFIT_ORDERS), _by_key(BENEFIT_EARNED)
_MEMBER, _ENVELOPE, _GIFT = _by_key(MEMBERS), _by_key(ENVELOPES), _by_key(GIFTS_SENT)
_PUT_ORDER, _PUT_EARNED, _PUT_MEMBER = Put(BENEFIT_ORDERS), Put(BENEFIT_EARNED), Put(MEMBERS)
_PUT_ENVELOPE, _PUT_GIFT = Put(ENVELOPES), Put(GIFTS_SENT)
_LOT = (ASSETS.c.name, ACCOUNTS.c.expires_at, ACCOUNTS.c.balance, ACCOUNTS.c.held)
_OWNED = sa.and_(ACCOUNTS.c.owner == sa.bindparam("owner"), ACCOUNTS.c.balance > _NOTHING)
_BY_EXPIRY = (ACCOUNTS.c.expires_at, ASSETS.c.name)
_LOTS = Prepared(
    *(
        sa.select(*_LOT)
        .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
        .where(wanted, _OWNED)
        .order_by(*_BY_EXPIRY)
        for wanted in one_of(ASSETS.c.name, "assets")
    )
)
_COUPON_LOTS = Prepared(
    sa.select(*_LOT, TERMS.c.version, TERMS.c.body)
    .join(
        ASSETS,
        ASSETS.c.name
        == sa.literal("coupon:") + TERMS.c.name + ":" + sa.cast(TERMS.c.version, sa.Text),
    )
    .join(ACCOUNTS, ACCOUNTS.c.asset_id == ASSETS.c.asset_id)
    .where(TERMS.c.kind == "coupon", TERMS.c.body != "", _OWNED)
    .order_by(*_BY_EXPIRY)
)


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
        if version is None:
            row = _TERM.first(self._connection, kind=kind, name=name)
        else:
            row = _VERSION.first(self._connection, kind=kind, name=name, version=version)
        return None if row is None else TermRow(*row)

    def versions(self, kind: str, names: Iterable[str]) -> list[TermRow]:
        """All versions of these, the oldest first."""
        statement = (
            sa.select(TERMS)
            .where(TERMS.c.kind == kind, TERMS.c.name.in_(list(names)))
            .order_by(TERMS.c.name, TERMS.c.version)
        )
        return [TermRow(*row) for row in self._connection.execute(statement)]

    def last_published(self) -> int:
        """The entry of the journal that published, changed or ended something last; 0: none."""
        return int(self._connection.execute(sa.select(sa.func.max(TERMS.c.n))).scalar() or 0)

    def code(self, digest: str) -> CodeRow | None:
        """The code of this digest."""
        return self._first(CodeRow, _CODE, digest=digest)

    def known_codes(self, digests: Sequence[str]) -> list[str]:
        """Those of the digests of which there is a code."""
        statement = sa.select(CODES.c.digest).where(CODES.c.digest.in_(list(digests)))
        return [row[0] for row in self._connection.execute(statement)]

    def order(self, owner: str) -> OrderRow | None:
        """The order of this owner."""
        return self._first(OrderRow, _ORDER, owner=owner)

    def earned(self, source: str) -> EarnedRow | None:
        """What this has earned."""
        return self._first(EarnedRow, _EARNED, source=source)

    def earned_of(self, sources: Sequence[str]) -> dict[str, EarnedRow]:
        """What these have earned, by source; those that have not are left out."""
        found: dict[str, EarnedRow] = {}
        for first in range(0, len(sources), _MANY):
            part = list(sources[first : first + _MANY])
            statement = sa.select(BENEFIT_EARNED).where(BENEFIT_EARNED.c.source.in_(part))
            found |= {row[0]: EarnedRow(*row) for row in self._connection.execute(statement)}
        return found

    def orders_earned(self) -> list[str]:
        """The sources of all orders that have earned; all rows are read."""
        statement = sa.select(BENEFIT_EARNED.c.source).where(
            BENEFIT_EARNED.c.source.startswith("order:")
        )
        return list(self._connection.execute(statement).scalars())

    def members_of(self, customer_ids: Sequence[int]) -> dict[int, MemberRow]:
        """The tiers of these customers, of those who have reached any."""
        found: dict[int, MemberRow] = {}
        for first in range(0, len(customer_ids), _MANY):
            part = list(customer_ids[first : first + _MANY])
            statement = sa.select(MEMBERS).where(MEMBERS.c.customer_id.in_(part))
            found |= {row[0]: MemberRow(*row) for row in self._connection.execute(statement)}
        return found

    def member(self, customer_id: int) -> MemberRow | None:
        """The customer's tier; None where none was ever reached."""
        return self._first(MemberRow, _MEMBER, customer_id=customer_id)

    def members_to_judge(self, at: int, most: int) -> list[MemberRow]:
        """Whose tier was kept until then, the longest ago first."""
        statement = sa.select(MEMBERS).where(MEMBERS.c.until <= at).order_by(MEMBERS.c.until)
        return [MemberRow(*row) for row in self._connection.execute(statement.limit(most))]

    def shown_members(self) -> list[MemberRow]:
        """Who has chosen to stand on the leaderboard."""
        statement = sa.select(MEMBERS).where(MEMBERS.c.shown_as != "")
        return [MemberRow(*row) for row in self._connection.execute(statement)]

    def earned_by_shown_members(self, begins_at: int, ends_at: int) -> list[ShownRow]:
        """What those on the leaderboard have earned by entries of the period, net of refunds."""
        points = sa.func.sum(BENEFIT_EARNED.c.points - BENEFIT_EARNED.c.points_back)
        growth = sa.func.sum(BENEFIT_EARNED.c.growth - BENEFIT_EARNED.c.growth_back)
        first, end = self._first_entry(begins_at), self._first_entry(ends_at)
        statement = (
            sa.select(MEMBERS.c.customer_id, MEMBERS.c.shown_as, points, growth)
            .join(BENEFIT_EARNED, BENEFIT_EARNED.c.customer_id == MEMBERS.c.customer_id)
            .where(MEMBERS.c.shown_as != "")
            .where(BENEFIT_EARNED.c.n >= first, BENEFIT_EARNED.c.n < end)
            .group_by(MEMBERS.c.customer_id, MEMBERS.c.shown_as)
        )
        return [
            ShownRow(who, shown_as, int(points), int(growth))
            for who, shown_as, points, growth in self._connection.execute(statement)
        ]

    def _first_entry(self, at: int) -> int:
        """The first row of the journal that is not before the instant, or the one to come.

        The journal's times never fall, so that no index of them is needed.
        """
        low = 1
        high = (self._connection.execute(sa.select(sa.func.max(JOURNAL.c.n))).scalar() or 0) + 1
        while low < high:
            middle = (low + high) // 2
            when = sa.select(JOURNAL.c.at).where(JOURNAL.c.n == middle)
            if self._connection.execute(when).scalar_one() < at:
                low = middle + 1
            else:
                high = middle
        return low

    def vintages(self, asset: str) -> list[VintageRow]:
        """What customers were given of an asset by its expiry, and what became of it.

        All postings are read once, so this is for reports. What went to `expired` is told by the
        entries in that account's chain; what was taken back by what `reversed` says.
        """
        of_asset = sa.select(ASSETS.c.asset_id).where(ASSETS.c.name == asset).scalar_subquery()
        theirs = sa.and_(ACCOUNTS.c.asset_id == of_asset, ACCOUNTS.c.owner.like("customer:%"))
        lots = (
            sa.select(
                ACCOUNTS.c.expires_at,
                sa.func.count(),
                sa.func.sum(ACCOUNTS.c.balance),
                sa.func.sum(ACCOUNTS.c.held),
            )
            .where(theirs)
            .group_by(ACCOUNTS.c.expires_at)
            .order_by(ACCOUNTS.c.expires_at)
        )
        expiries = self._expiries(of_asset)
        reversed_ = sa.func.coalesce(REVERSED.c.amount, 0)
        plain = expiries.c.n.is_(None)
        issued = sa.case(
            (sa.and_(plain, POSTINGS.c.amount > 0), POSTINGS.c.amount - reversed_),
            (plain, -reversed_),  # what was spent and has come back is not issued anew
            else_=0,
        )
        expired = sa.case((plain, 0), else_=-POSTINGS.c.amount)
        moved = (
            sa.select(ACCOUNTS.c.expires_at, sa.func.sum(issued), sa.func.sum(expired))
            .select_from(POSTINGS)
            .join(ACCOUNTS, ACCOUNTS.c.account_id == POSTINGS.c.account_id)
            .outerjoin(REVERSED, REVERSED.c.posting_id == POSTINGS.c.posting_id)
            .outerjoin(expiries, expiries.c.n == POSTINGS.c.n)
            .where(theirs)
            .group_by(ACCOUNTS.c.expires_at)
        )
        of_lot = {
            expires_at: (int(came), int(went))
            for expires_at, came, went in self._connection.execute(moved)
        }
        return [
            VintageRow(expires_at, count, *of_lot.get(expires_at, (0, 0)), int(balance), int(held))
            for expires_at, count, balance, held in self._connection.execute(lots)
        ]

    def _expiries(self, of_asset: sa.ScalarSelect[Any]) -> sa.CTE:
        """The entries that have moved anything to, or from, what has expired of an asset."""
        chain = (
            sa.select(POSTINGS.c.n, POSTINGS.c.previous)
            .join(ACCOUNTS, ACCOUNTS.c.last_posting == POSTINGS.c.posting_id)
            .where(ACCOUNTS.c.asset_id == of_asset, ACCOUNTS.c.owner == "expired")
            .cte("chain", recursive=True)
        )
        chain = chain.union_all(
            sa.select(POSTINGS.c.n, POSTINGS.c.previous).join(
                chain, POSTINGS.c.posting_id == chain.c.previous
            )
        )
        return sa.select(chain.c.n).distinct().cte("expiries")

    def envelope(self, name: str) -> EnvelopeRow | None:
        """The red envelope of this id."""
        return self._first(EnvelopeRow, _ENVELOPE, id=name)

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
        return self._first(GiftRow, _GIFT, n=n)

    def gifts_of(self, customer_id: int) -> list[GiftRow]:
        """A customer's gifts, the oldest first."""
        statement = sa.select(GIFTS_SENT).where(GIFTS_SENT.c.customer_id == customer_id)
        return [
            GiftRow(*row) for row in self._connection.execute(statement.order_by(GIFTS_SENT.c.n))
        ]

    def lots_of(self, owner: str, assets: Sequence[str]) -> list[LotRow]:
        """The owner's lots of these assets in which something is, those that expire first first."""
        wanted = listed(self._connection, assets)
        rows = _LOTS.rows(self._connection, owner=owner, assets=wanted)
        return [LotRow(*row) for row in rows]

    def owned_by(self, owner: str) -> list[OwnedRow]:
        """All accounts of an owner in which something is, by asset and expiry.

        They are found from the assets on, so what it costs grows with the assets that there are.
        """
        statement = (
            sa.select(ASSETS.c.name, ACCOUNTS.c.expires_at, ACCOUNTS.c.balance, ACCOUNTS.c.held)
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ACCOUNTS.c.asset_id.in_(_EVERY_ASSET), ACCOUNTS.c.owner == owner)
            .where(sa.or_(ACCOUNTS.c.balance != 0, ACCOUNTS.c.held != 0))
        )
        # Sorted here, so that no database begins with the order of names and then reads all.
        return sorted(OwnedRow(*row) for row in self._connection.execute(statement))

    def has_accounts(self, owner: str) -> bool:
        """Whether an owner has, or has ever had, anything."""
        statement = (
            sa.select(ACCOUNTS.c.owner)
            .where(ACCOUNTS.c.asset_id.in_(_EVERY_ASSET), ACCOUNTS.c.owner == owner)
            .limit(1)
        )
        return self._connection.execute(statement).first() is not None

    def has_customers(self) -> bool:
        """Whether any customer has, or has ever had, anything."""
        statement = (
            sa.select(ACCOUNTS.c.owner)
            .where(ACCOUNTS.c.asset_id.in_(_EVERY_ASSET))
            .where(ACCOUNTS.c.owner.startswith("customer:"))
            .limit(1)
        )
        return self._connection.execute(statement).first() is not None

    def owners_of_any(self, owners: Iterable[str]) -> dict[str, bool]:
        """Those of the owners who have, or have used, anything, and whether they have something.

        All accounts are read once.
        """
        wanted = set(owners)
        if not wanted:
            return {}
        statement = sa.select(ACCOUNTS.c.owner, sa.func.max(ACCOUNTS.c.balance))
        found = self._connection.execute(
            statement.where(ACCOUNTS.c.balance != 0).group_by(ACCOUNTS.c.owner)
        )
        return {owner: most > 0 for owner, most in found if owner in wanted}

    def holders_of(self, asset: str) -> set[str]:
        """Who has any of an asset."""
        of_asset = sa.select(ASSETS.c.asset_id).where(ASSETS.c.name == asset).scalar_subquery()
        statement = sa.select(ACCOUNTS.c.owner).where(ACCOUNTS.c.asset_id == of_asset)
        return {row[0] for row in self._connection.execute(statement.where(ACCOUNTS.c.balance > 0))}

    def totals(self, prefix: str) -> dict[tuple[str, str], int]:
        """What each owner who is no customer has of the assets of a prefix, by asset and owner."""
        statement = (
            sa.select(ASSETS.c.name, ACCOUNTS.c.owner, sa.func.sum(ACCOUNTS.c.balance))
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(ASSETS.c.name.startswith(prefix, autoescape=True))
            .where(ACCOUNTS.c.owner.in_(_OF_THE_SHOP), ACCOUNTS.c.asset_id.in_(_EVERY_ASSET))
            .group_by(ASSETS.c.name, ACCOUNTS.c.owner)
        )
        return {(row[0], row[1]): int(row[2]) for row in self._connection.execute(statement)}

    def holding(self, owner: str) -> list[str]:
        """The owners of the open holds that set something of this owner's aside."""
        statement = (
            sa.select(HOLDS.c.owner)
            .join(HOLD_LINES, HOLD_LINES.c.n == HOLDS.c.n)
            .join(ACCOUNTS, ACCOUNTS.c.account_id == HOLD_LINES.c.account_id)
            .where(sa.literal_column("holds.state = 'open'"), ACCOUNTS.c.owner == owner)
            .distinct()
        )
        return sorted(row[0] for row in self._connection.execute(statement))

    def coupon_lots_of(self, owner: str) -> list[CouponLotRow]:
        """The owner's lots of coupons of any version in which something is, as `lots_of` has them.

        They are found from the terms on, so what it costs grows with the coupons ever published,
        not with what else there is in the book.
        """
        rows = _COUPON_LOTS.rows(self._connection, owner=owner)
        return [CouponLotRow(*row) for row in rows]

    def _first(self, kind: Callable[..., T], wanted: Prepared, **values: Any) -> T | None:
        row = wanted.first(self._connection, **values)
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
        _PUT_ORDER.put(self._connection, row)

    def put_earned(self, row: EarnedRow) -> None:
        """Have it stand so."""
        _PUT_EARNED.put(self._connection, row)

    def put_member(self, row: MemberRow) -> None:
        """Have the customer stand so."""
        _PUT_MEMBER.put(self._connection, row)

    def put_envelope(self, row: EnvelopeRow) -> None:
        """Have it stand so."""
        _PUT_ENVELOPE.put(self._connection, row)

    def put_gift(self, row: GiftRow) -> None:
        """Have it stand so."""
        _PUT_GIFT.put(self._connection, row)

    def hand_over(self, old: int, new: int) -> None:
        """Have what a customer has earned, and their gifts, be another number's."""
        for table in (BENEFIT_EARNED, GIFTS_SENT):
            changed = sa.update(table).where(table.c.customer_id == old).values(customer_id=new)
            self._connection.execute(changed)

    def _add(self, table: sa.Table, rows: Iterable[NamedTuple]) -> None:
        values = [row._asdict() for row in rows]
        if values:
            self._connection.execute(sa.insert(table), values)
