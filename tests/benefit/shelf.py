"""A shop's book for tests of what is given: terms are put down, stock and budgets filled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from regulars.benefit.definition.terms import Budget, Coupon, Gift, Term, encode
from regulars.benefit.names import (
    LEFT,
    PROMISED,
    RESERVED,
    SPENT,
    STOCK,
    cost_asset,
    coupon_asset,
    gift_asset,
)
from regulars.engines.store import Store
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_terms import TermRow
from regulars.errors import NoSuchThing, RegularsError
from regulars.ledger.batch import Answer
from regulars.ledger.command import ISSUER, Leg, Note, Post
from regulars.ledger.deed import Deed
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.verify import verify

ZONE = "Asia/Shanghai"
NOON = 1_795_924_800_000_000
"""2026-11-29 12:00 in Shanghai."""
HOUR = 3_600_000_000
DAY = 24 * HOUR
MIDNIGHT = NOON + 12 * HOUR
YUAN = "money:CNY"


class Shelf:
    """A ledger whose clock stands until a test moves it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.at = NOON
        self.ledger = Ledger(store, now=lambda: self.at)
        self._keys = 0

    def key(self) -> str:
        self._keys += 1
        return f"test:{self._keys}"

    def ask(self, wanted: Deed | Post, by: str = "cli") -> Receipt:
        return self.ledger.ask(wanted, by)

    def publish(self, *terms: Term) -> None:
        """Write versions, and make stock and budgets; as publishing does, in several entries."""
        for term in terms:
            kind = type(term).__name__.lower()
            version = self._write(kind, term.name, encode(term))
            match term:
                case Coupon(stock=int(stock)):
                    self.issue(coupon_asset(term.name, version), STOCK, stock)
                case Gift(stock=int(stock)):
                    self.issue(gift_asset(term.name), STOCK, stock)
                case Budget(amount=amount):
                    self.issue(cost_asset(term.name), LEFT, amount)

    def end(self, kind: str, name: str) -> None:
        self._write(kind, name, "")

    def _write(self, kind: str, name: str, body: str) -> int:
        def write(connection, n: int) -> int:
            rows = BenefitRows(connection)
            before = rows.term(kind, name)
            version = before.version + 1 if before else 1
            rows.add_terms([TermRow(kind, name, version, body, n)])
            return version

        return self.ledger.record("publish", {"name": name}, "cli", write)

    def issue(self, asset: str, owner: str, amount: int, **of_leg: int) -> None:
        if not amount:
            self.ask(Note(key=self.key(), assets=(asset,)))
            return
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount, **of_leg))
        self.ask(Post(key=self.key(), legs=legs, assets=(asset,)))

    def has(self, owner: str, asset: str) -> int:
        """What the owner has available; 0 of what does not exist."""
        try:
            return self.ledger.balance(asset, owner).available
        except NoSuchThing:
            return 0

    def budget(self, name: str) -> tuple[int, int, int]:
        """What of it is left, reserved, spent."""
        asset = cost_asset(name)
        left, spent, *aside = (self.has(one, asset) for one in (LEFT, SPENT, RESERVED, PROMISED))
        return left, sum(aside), spent

    def check(self) -> None:
        """The book is whole."""
        with self.store.read() as connection:
            verify(connection)

    def read(self, what: Callable[[BenefitRows], object]):
        with self.store.read() as connection:
            return what(BenefitRows(connection))


def all_at_once(shelf: Shelf, wanted: Sequence[Deed]) -> list[Answer]:
    """Ask each on a thread of its own, all of them let go together."""
    answers: list[Answer | None] = [None] * len(wanted)
    gate = threading.Barrier(len(wanted))

    def ask(place: int) -> None:
        gate.wait()
        try:
            answers[place] = shelf.ask(wanted[place])
        except RegularsError as error:
            answers[place] = error

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(wanted))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return [one for one in answers if one is not None]


def done(answers: Iterable[Answer]) -> list[Receipt]:
    return [one for one in answers if isinstance(one, Receipt)]


def codes(answers: Iterable[Answer]) -> set[str]:
    return {one.code for one in answers if not isinstance(one, Receipt)}
