"""A shop at its checkout, for tests: what customers have, and orders that use so much of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from regulars.benefit.cost import reserve
from regulars.benefit.digest import digest_of
from regulars.benefit.names import (
    GROWTH,
    LEFT,
    OWED_POINTS,
    POINTS,
    STOCK,
    cost_asset,
    customer_owner,
    money_asset,
    order_owner,
)
from regulars.benefit.order.allocation import Allocation, UsedCoupon
from regulars.benefit.order.holding import check_holdable, plan_hold
from regulars.benefit.order.standing import Body, Standing, found, standing_of
from regulars.engines.store import Connection, Store
from regulars.engines.store_benefits import BenefitRows, EarnedRow
from regulars.ledger.command import ISSUER, NEVER, Leg, Note, Post
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.statement import balance_of
from regulars.ledger.verify import verify

MONEY = money_asset("CNY")
MINUTE = 60_000_000
BY = "shop"


@dataclass(frozen=True, slots=True)
class HoldGiven(Deed):
    """Hold what an order is to use, as if it had been quoted so."""

    key: str
    order: str
    customer_id: int
    used: Allocation
    minutes: int = 30

    def digest(self) -> bytes:
        return digest_of("hold", self.order, self.customer_id, self.used, self.minutes)

    def plan(self, connection: Connection, at: int) -> Planned:
        before = standing_of(connection, self.order)
        check_holdable(before, self.customer_id)
        body = Body(self.order, "CNY", at + self.minutes * MINUTE, self.used)
        return plan_hold(connection, before, self.customer_id, body, {"order": self.order})


@dataclass(frozen=True, slots=True)
class EarnGiven(Deed):
    """Let an order have earned so much."""

    key: str
    order: str
    customer_id: int
    base: int
    points: int
    growth: int
    expires_at: int = NEVER

    def digest(self) -> bytes:
        return digest_of("earn", self.order, self.base, self.points, self.growth)

    def plan(self, _connection: Connection, _at: int) -> Planned:
        customer = customer_owner(self.customer_id)
        legs: list[Leg] = []
        for asset, amount in ((POINTS, self.points), (GROWTH, self.growth)):
            if amount:
                legs += [
                    Leg(asset, ISSUER, -amount),
                    Leg(asset, customer, amount, self.expires_at),
                ]

        def write(connection: Connection, n: int) -> None:
            row = EarnedRow(
                order_owner(self.order), self.customer_id, n, self.base, self.points, self.growth,
                0, 0, 0,
            )  # fmt: skip
            BenefitRows(connection).put_earned(row)

        return Planned(Post(key="", legs=tuple(legs)) if legs else Note(key=""), write)


class Checkout:
    """The ledger, and a clock that the test moves."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.at = 1_000_000
        self.ledger = Ledger(store, now=lambda: self.at)
        self._keys = 0
        self.ask(Note(key=self.key(), assets=(POINTS, GROWTH, OWED_POINTS, MONEY)))

    def key(self) -> str:
        self._keys += 1
        return f"key {self._keys}"

    def ask(self, what: Deed | Note | Post) -> Receipt:
        return self.ledger.ask(what, BY)

    def give(self, asset: str, customer_id: int, amount: int, expires_at: int = NEVER) -> int:
        """Points, balance, or coupons without a budget; the entry that gives them comes back."""
        legs = (
            Leg(asset, ISSUER, -amount),
            Leg(asset, customer_owner(customer_id), amount, expires_at),
        )
        return self.ask(Post(key=self.key(), legs=legs, assets=(asset,))).n

    def fund(self, budget: str, amount: int) -> None:
        asset = cost_asset(budget)
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, LEFT, amount))
        self.ask(Post(key=self.key(), legs=legs, assets=(asset,)))

    def give_coupon(
        self, coupon: UsedCoupon, customer_id: int, expires_at: int = NEVER, giver: str = ISSUER
    ) -> None:
        """One, its worst case set aside."""
        legs = (
            Leg(coupon.asset, giver, -1),
            Leg(coupon.asset, customer_owner(customer_id), 1, expires_at),
            *reserve(coupon.budget, coupon.worst_case),
        )
        self.ask(Post(key=self.key(), legs=legs, assets=(coupon.asset,)))

    def stock(self, asset: str, amount: int) -> None:
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, STOCK, amount))
        self.ask(Post(key=self.key(), legs=legs, assets=(asset,)))

    def of(self, asset: str, owner: str | int) -> int:
        """What is available to an owner, or a customer by number."""
        name = customer_owner(owner) if isinstance(owner, int) else owner
        return self.ledger.balance(asset, name).available

    def held(self, asset: str, owner: int) -> int:
        return self.ledger.balance(asset, customer_owner(owner)).held

    def budget(self, budget: str) -> tuple[int, int, int]:
        """Left, reserved (held included), spent."""
        with self.store.read() as connection:
            found = [
                balance_of(connection, cost_asset(budget), owner, self.at).balance
                for owner in ("left", "reserved", "spent")
            ]
        return found[0], found[1], found[2]

    def order(self, order: str) -> Standing:
        with self.store.read() as connection:
            return found(connection, order)

    def earned(self, order: str) -> EarnedRow:
        with self.store.read() as connection:
            row = BenefitRows(connection).earned(order_owner(order))
        assert row is not None
        return row

    def verify(self) -> None:
        with self.store.read() as connection:
            verify(connection)


@contextmanager
def checkout_of(store: Store) -> Iterator[Checkout]:
    """A checkout whose book must verify at the end."""
    checkout = Checkout(store)
    with checkout.ledger:
        yield checkout
        checkout.verify()
