"""A machine that has the ledger and the model asked the same, and looks at both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ledger.book import Book, disagrees, told
from ledger.model import Done, Key, Model, Refused, Wish
from regulars.engines.store import Store
from regulars.ledger.command import (
    ISSUER,
    MOST,
    NEVER,
    Capture,
    Command,
    Define,
    Expire,
    Leg,
    Post,
    TakeBack,
)

ASSETS = ("points", "money:CNY", "coupon:spring")
BEGIN = 1_000_000

assets = st.sampled_from(ASSETS)
numbers = st.integers(0, 40)
waits = st.sampled_from((True, True, False))


_ACCOUNTS = """
SELECT a.account_id, s.name, a.owner, a.expires_at
FROM accounts a JOIN assets s ON s.asset_id = a.asset_id
"""


class Machine(RuleBasedStateMachine):
    """Rules only put commands into the next transaction; `_do` has it done and looks at all."""

    make_books: Callable[[], tuple[list[Callable[[], Store]], Callable[[], None]]]
    operations = 0
    refusals = 0
    done: ClassVar[Counter[str]] = Counter()
    """How often each kind of wish was done for the first time."""

    @initialize(known=st.sets(assets, min_size=2))
    def begin(self, known: set[str]) -> None:
        self.now = BEGIN
        self.transactions = 0
        openers, self.forget = type(self).make_books()
        self.books = [Book(opener, lambda: self.now) for opener in openers]
        self.model = Model()
        self.asked: list[tuple[Wish, str]] = []
        self.waiting: list[tuple[tuple[Wish, str], Done | Refused, bool]] = []
        for asset in sorted(known):
            self._ask(Define(key=self._key(), asset=asset), "cli", wait=True)
            given = [Leg(asset, owner, 50) for owner in ("stock", "customer:1", "customer:2")]
            legs = (Leg(asset, ISSUER, -150), *given)
            self._ask(Post(key=self._key(), legs=legs), "cli", wait=asset != max(known))

    # What may happen besides.

    @precondition(lambda self: self.asked)
    @rule(which=numbers, wait=waits)
    def ask_again(self, which: int, wait: bool) -> None:
        self._ask(*self.asked[-1 - which % len(self.asked)], wait=wait)

    @precondition(lambda self: self.asked)
    @rule(which=numbers, wait=waits)
    def ask_for_something_else_under_the_same_key(self, which: int, wait: bool) -> None:
        yet_to_come = [asked for asked, _, _ in self.waiting] if which % 2 else []
        command, by = self._of(yet_to_come or self.asked, which % 40)
        other: Command = Define(key=command.key, asset="points", about={"else": 1})
        self._ask(other, by, wait=wait)

    @rule(seconds=st.integers(1, 15))
    def time_goes_on(self, seconds: int) -> None:
        self._do()
        self.now += seconds

    @rule()
    def the_clock_is_put_back(self) -> None:
        self._do()
        self.now -= 3

    @rule()
    def the_store_is_opened_anew(self) -> None:
        self._do()
        for book in self.books:
            book.close()
            book.open()

    # How.

    def _key(self) -> str:
        return f"k{len(self.model.requests)}.{len(self.asked)}"

    def _legs(self, moves: list[Any]) -> tuple[Leg, ...]:
        legs: list[Leg] = []
        for asset, giver, taker, amount, age in moves:
            legs += [Leg(asset, giver, -amount), Leg(asset, taker, amount, self._expiry(age))]
        return tuple(legs)

    def _expiry(self, age: int | None) -> int:
        return NEVER if age is None else self.now + age

    def _of(self, among: list[Any], which: int) -> Any:
        """Of the last ones; now and then a number that names nothing."""
        if not among:
            return 999
        return among[-1 - which % len(among)] if which < 40 else 999

    def _accounts(self) -> dict[int, Key]:
        """Their numbers, which is the ledger's to say; told to the model."""
        self._do()
        for number, *key in self.books[0].rows(_ACCOUNTS):
            self.model.numbers[number] = tuple(key)
        return self.model.numbers

    def _a_hold(self, which: int) -> Any:
        """Mostly one that is open, if only because nobody has looked whether it has expired."""
        holds = self.model.holds
        still = [n for n, hold in holds.items() if hold.is_open]
        return self._of(still if still and which % 4 else list(holds), which)

    def _share(self, there: dict[str, int], share: int | None) -> dict[str, int] | None:
        """All; or of each asset about a part of it, which may be more than there is left."""
        if share is None:
            return None
        amounts = {
            asset: min((amount * share + 3) // 5, MOST)
            for asset, amount in there.items()
            if not asset.startswith("limit:")
        }
        if share == 7 and amounts:
            amounts.pop(min(amounts))
        return amounts if any(amounts.values()) else None

    def _ask(self, command: Wish, by: str, *, wait: bool) -> None:
        self.asked.append((command, by))
        seen = (by, command.key) in self.model.requests
        expected = self.model.ask(command, by, self.now)
        self.waiting.append(((command, by), expected, seen))
        if not wait or len(self.waiting) > 5:
            self._do()

    def _do(self) -> None:
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, []
        self.transactions += 1
        Machine.operations += len(waiting)
        tellings = []
        for book in self.books:
            answers = book.ask([asked for asked, _, _ in waiting])
            for (asked, expected, seen), answer in zip(waiting, answers, strict=True):
                assert not (why := disagrees(answer, expected)), f"{asked}: {why}"
                if isinstance(expected, Done):
                    assert answer.replayed == seen, f"{asked}: replayed={answer.replayed}"
                    Machine.done[_kind(asked[0])] += not seen
                else:
                    Machine.refusals += 1
            assert book.ledger.figures.failures == 0, "the store had to refuse what was decided"
            assert not (why := book.differs_from(self.model)), why
            if self.transactions % 3 == 0:
                assert book.verify().n == self.model.n
            tellings.append([told(answer) for answer in answers])
        assert all(telling == tellings[0] for telling in tellings[1:])

    def teardown(self) -> None:
        if not hasattr(self, "books"):
            return
        try:
            self._do()
            self._every_telling_again()
            self._every_statement()
        finally:
            for book in self.books:
                book.close()
            self.forget()

    def _every_telling_again(self) -> None:
        asked = [(command, by) for (by, _), (command, _) in self.model.requests.items()]
        for book in self.books:
            for one, answer in zip(asked, book.ask(asked), strict=True):
                expected = self.model.requests[one[1], one[0].key][1]
                assert not (why := disagrees(answer, expected)), why
            assert not (why := book.differs_from(self.model)), why
            assert book.verify().n == self.model.n

    def _every_statement(self) -> None:
        pairs = {(line[0], line[1]) for _, line in self.model.postings}
        for book in self.books:
            for place, (asset, owner) in enumerate(sorted(pairs)):
                limit = 100 if place else 3  # the first in small pages
                lines: list[tuple[int, int, int, int]] = []
                before: str | None = None
                while True:
                    page = book.ledger.statement(asset, owner, before=before, limit=limit)
                    lines += [(x.n, x.expires_at, x.amount, x.balance) for x in page.lines]
                    before = page.before
                    if before is None:
                        break
                own = [
                    (n, *line[2:]) for n, line in self.model.postings if line[:2] == (asset, owner)
                ]
                assert lines == own[::-1]
                live = {
                    key: self.model.balance[key] - self.model.held.get(key, 0)
                    for key in self.model.balance
                    if key[:2] == (asset, owner) and key[2] > self.now
                }
                assert book.ledger.balance(asset, owner).available == sum(live.values())


def _kind(wish: Wish) -> str:
    """Of a wish; where legs are moved besides, or assets made, that is a kind of its own."""
    kind = type(wish).__name__
    if isinstance(wish, Expire) and wish.lots:
        return f"{kind} of lots"
    if isinstance(wish, Capture | TakeBack) and wish.legs:
        return f"{kind} and legs"
    return f"{kind} and assets" if isinstance(wish, Post) and wish.assets else kind
