"""Budgets: the worst case is set aside when something is promised, and what is not used comes back.

A budget is an owner of money (or of points, or of anything): what it has left is its available. A
promise is a hold on it, with an expiry; redeeming captures what it came to cost and releases the
rest; letting it expire, or voiding it, releases all. So promises together never cost more than the
budget, whatever is redeemed. To promise more than there is, because not everybody redeems, is an
explicit setting (`overbook`), never the default.

>>> from regulars.engines.sqlite import SqliteStore
>>> from regulars.ledger.command import Define
>>> from regulars.ledger.ledger import Ledger, now_in_microseconds
>>> import tempfile, pathlib
>>> in_an_hour = now_in_microseconds() + 3_600_000_000
>>> spring = Budget("campaign:spring", "money:CNY")
>>> store = SqliteStore.open(pathlib.Path(tempfile.mkdtemp()) / "store.sqlite")
>>> with Ledger(store) as ledger:
...     _ = ledger.ask(Define(key="a", asset="money:CNY"), by="cli")
...     _ = ledger.ask(spring.fund("b", 10_000), by="cli")
...     offer = ledger.ask(spring.reserve("c", "offer:7", 3_000, in_an_hour), by="cli")
...     print(spring.of(ledger))
...     _ = ledger.ask(spring.use("d", offer.n, 1_200), by="cli")
...     print(spring.of(ledger))
BudgetState(funded=10000, spent=0, reserved=3000, left=7000)
BudgetState(funded=10000, spent=1200, reserved=0, left=8800)
>>> store.close()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.ledger.command import ISSUER, Capture, Floor, Hold, Leg, Limit, Post, Void

if TYPE_CHECKING:
    from regulars.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class BudgetState:
    """How a budget stands, in the asset's own unit.

    Attributes:
        funded: given to it, less what was taken back.
        spent: used.
        reserved: promised and neither used nor released.
        left: what can still be promised; below 0 where it is overbooked.
    """

    funded: int
    spent: int
    reserved: int
    left: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The commands of one budget.

    Args:
        owner: whose it is: `campaign:spring`.
        asset: of what: `money:CNY`, `points`.
    """

    owner: str
    asset: str

    @property
    def spent(self) -> str:
        """The owner to whom goes what is used."""
        return f"spent:{self.owner}"

    def fund(self, key: str, amount: int) -> Post:
        """Give the budget more."""
        legs = (Leg(self.asset, ISSUER, -amount), Leg(self.asset, self.owner, amount))
        return Post(key=key, legs=legs)

    def take_back(self, key: str, amount: int) -> Post:
        """Take from the budget what is not promised."""
        legs = (Leg(self.asset, self.owner, -amount), Leg(self.asset, ISSUER, amount))
        return Post(key=key, legs=legs)

    def reserve(
        self,
        key: str,
        promise: str,
        worst_case: int,
        expires_at: int,
        limits: tuple[Limit, ...] = (),
    ) -> Hold:
        """Set the worst case of a promise aside; refused where the budget has less left.

        Args:
            key: idempotency key.
            promise: what it is for, `offer:7`; it has one open hold.
            worst_case: what it may cost at most.
            expires_at: when it is over, UTC microseconds.
            limits: that the promise uses.
        """
        legs = (Leg(self.asset, self.owner, -worst_case), Leg(self.asset, self.spent, worst_case))
        return Hold(key=key, owner=promise, legs=legs, expires_at=expires_at, limits=limits)

    def use(self, key: str, hold: int, amount: int) -> Capture | Void:
        """Take what the promise came to cost; the rest is released."""
        if not amount:
            return Void(key=key, hold=hold)
        return Capture(key=key, hold=hold, amounts={self.asset: amount})

    def release(self, key: str, hold: int) -> Void:
        """Let the promise go."""
        return Void(key=key, hold=hold)

    def overbook(self, key: str, by: int) -> Floor:
        """Allow promises of so much more than there is."""
        return Floor(key=key, asset=self.asset, owner=self.owner, floor=-by)

    def of(self, ledger: Ledger) -> BudgetState:
        """How it stands."""
        own = ledger.balance(self.asset, self.owner)
        spent = ledger.balance(self.asset, self.spent).balance
        return BudgetState(own.balance + spent, spent, own.held, own.balance - own.held)
