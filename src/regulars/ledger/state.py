"""What a batch of commands knows of the book while it is decided: lots, holds, entries.

Loaded under the lane, so that nobody changes it meanwhile; a command's effect is drafted first and
applied only as a whole, so that one that is refused leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from regulars.ledger.command import ISSUER, LIMITS, MOST, NEVER


class Lot:
    """An account: an owner's lot of an asset.

    Attributes:
        account_id: 0 until it is written.
        asset: its name.
        owner: of whom.
        expires_at: UTC microseconds, or `NEVER`.
        floor: below which available must not fall; None has no bound.
        balance: sum of its postings.
        held: sum of its open holds.
        postings: how many it has.
        last_posting: the number of the last; 0 where there is none.
        loaded: balance, held and postings as they stand in the store; None of a new one.
    """

    __slots__ = (
        "account_id", "asset", "balance", "expires_at", "floor", "held", "last_posting", "loaded",
        "owner", "postings",
    )  # fmt: skip

    def __init__(
        self,
        asset: str,
        owner: str,
        expires_at: int = NEVER,
        floor: int | None = 0,
        account_id: int = 0,
        balance: int = 0,
        held: int = 0,
        postings: int = 0,
        last_posting: int = 0,
    ) -> None:
        self.account_id = account_id
        self.asset = asset
        self.owner = owner
        self.expires_at = expires_at
        self.floor = floor
        self.balance = balance
        self.held = held
        self.postings = postings
        self.last_posting = last_posting
        self.loaded = (balance, held, postings) if account_id else None


@dataclass(slots=True)
class HoldLine:
    """Set aside of a lot, for whom."""

    lot: Lot
    to_owner: str
    amount: int


@dataclass(slots=True)
class HoldState:
    """A hold and what it sets aside."""

    n: int
    owner: str
    expires_at: int
    state: str
    settled: int
    lines: list[HoldLine]
    is_new: bool = False


@dataclass(slots=True)
class EntryLine:
    """A posting of an entry that is to be reversed, and how much of it has been."""

    posting_id: int
    lot: Lot
    amount: int
    reversed: int

    @property
    def left(self) -> int:
        """What can still be taken back, without its sign."""
        return abs(self.amount) - self.reversed


@dataclass(slots=True)
class EntryState:
    """An entry of the journal that is to be reversed."""

    n: int
    kind: str
    lines: list[EntryLine]


def default_floor(owner: str) -> int | None:
    """Issuers give out without bound; others have what they have."""
    return None if owner == ISSUER else 0


@dataclass(slots=True)
class State:
    """The part of the book that some commands concern, at an instant."""

    at: int
    assets: set[str]
    lots: dict[tuple[str, str], list[Lot]] = field(default_factory=dict)
    """By asset and owner, those that expire first before the others."""
    holds: dict[int, HoldState] = field(default_factory=dict)
    open_of: dict[str, HoldState] = field(default_factory=dict)
    """The open hold of an owner."""
    entries: dict[int, EntryState] = field(default_factory=dict)
    expired_lots: list[Lot] = field(default_factory=list)
    """For `Expire`: those with something to expire, the oldest first."""
    expired_holds: list[HoldState] = field(default_factory=list)
    """For `Release`: likewise."""

    def lots_of(self, asset: str, owner: str) -> list[Lot]:
        """The lots of an owner; none where nothing of it was loaded."""
        return self.lots.get((asset, owner), [])

    def lot(self, asset: str, owner: str, expires_at: int = NEVER) -> Lot:
        """The lot, made where there is none; it is written only if something moves."""
        lots = self.lots.setdefault((asset, owner), [])
        for found in lots:
            if found.expires_at == expires_at:
                return found
        # Of what expires even an issuer has only what came in; floors are of the other lot.
        made = Lot(asset, owner, expires_at, default_floor(owner) if expires_at == NEVER else 0)
        lots.append(made)
        lots.sort(key=_expiry)
        return made

    def add(self, lots: Iterable[Lot]) -> None:
        """Take lots in that were loaded."""
        for lot in lots:
            self.lots.setdefault((lot.asset, lot.owner), []).append(lot)
        for of_owner in self.lots.values():
            of_owner.sort(key=_expiry)


def _expiry(lot: Lot) -> int:
    return lot.expires_at


def is_limit(asset: str) -> bool:
    """Whether the asset only counts towards a limit."""
    return asset.startswith(LIMITS)


class Draft:
    """What a command would do to lots, before anything of it is done."""

    __slots__ = ("_balances", "_held", "floors", "held", "lines")

    def __init__(self) -> None:
        self.lines: list[tuple[Lot, int]] = []
        """Postings, in their order."""
        self.held: list[tuple[Lot, int]] = []
        """Set aside (+) and released (-), in their order."""
        self.floors: dict[Lot, int | None] = {}
        """Floors that it sets."""
        self._balances: dict[Lot, int] = {}
        self._held: dict[Lot, int] = {}

    def room(self, lot: Lot) -> int:
        """How much can still go out of the lot."""
        if lot.floor is None:
            return 2 * MOST
        balance = lot.balance + self._balances.get(lot, 0)
        return balance - lot.held - self._held.get(lot, 0) - lot.floor

    def balance(self, lot: Lot) -> int:
        """As it would be."""
        return lot.balance + self._balances.get(lot, 0)

    def held_of(self, lot: Lot) -> int:
        """Likewise."""
        return lot.held + self._held.get(lot, 0)

    def move(self, lot: Lot, amount: int) -> None:
        """Post an amount."""
        self.lines.append((lot, amount))
        self._balances[lot] = self._balances.get(lot, 0) + amount

    def hold(self, lot: Lot, amount: int) -> None:
        """Set an amount aside, or release it."""
        self.held.append((lot, amount))
        self._held[lot] = self._held.get(lot, 0) + amount
