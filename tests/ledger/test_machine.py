"""The ledger against a model of dicts, operation by operation, on both stores.

Hypothesis asks for anything in any order, several commands in one transaction, the same key again,
the same key for something else, the store opened anew, the clock moved on or put back. After each
transaction every account and every posting is what the model says; after each third, and at the
end, the book verifies.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)  # fmt: skip

from ledger.book import Book, disagrees, told
from ledger.model import Done, Model, Refused
from postgres import PostgresServer
from regulars.engines.postgres import PostgresStore
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.ledger.command import (
    EXPIRED,
    ISSUER,
    MOST,
    NEVER,
    Capture,
    Command,
    Define,
    Expire,
    Floor,
    Hold,
    Leg,
    Limit,
    Post,
    Release,
    Reverse,
    Void,
)  # fmt: skip

ASSETS = ("points", "money:CNY", "coupon:spring")
CUSTOMERS = ("customer:1", "customer:2", "customer:3")
BEGIN = 1_000_000

assets = st.sampled_from(ASSETS)
customers = st.sampled_from(CUSTOMERS)
owners = st.sampled_from((*CUSTOMERS, "stock", ISSUER, EXPIRED))
amounts = st.integers(1, 12) | st.sampled_from((1, 2, 3, 40))
shares = st.none() | st.integers(0, 9)
ages = st.none() | st.integers(-2, 30)
numbers = st.integers(0, 40)
tellers = st.sampled_from(("cli", "key:web", "operator:li"))
waits = st.sampled_from((True, True, False))
limits = st.lists(
    st.builds(
        Limit,
        st.sampled_from(("daily", "once")),
        st.sampled_from(CUSTOMERS),
        st.integers(0, 4),
        st.integers(1, 2),
    ),
    max_size=2,
    unique_by=lambda limit: (limit.scope, limit.subject),
).map(tuple)


class Machine(RuleBasedStateMachine):
    """Rules only put commands into the next transaction; `_do` has it done and looks at all."""

    make_books: Callable[[], tuple[list[Callable[[], Store]], Callable[[], None]]]
    operations = 0
    refusals = 0
    kinds: dict[str, int]

    @initialize(known=st.sets(assets, min_size=2))
    def begin(self, known: set[str]) -> None:
        self.now = BEGIN
        self.transactions = 0
        openers, self.forget = type(self).make_books()
        self.books = [Book(opener, lambda: self.now) for opener in openers]
        self.model = Model()
        self.asked: list[tuple[Command, str]] = []
        self.waiting: list[tuple[tuple[Command, str], Done | Refused, bool]] = []
        for asset in sorted(known):
            self._ask(Define(key=self._key(), asset=asset), "cli", wait=True)
            given = [Leg(asset, owner, 50) for owner in ("stock", "customer:1", "customer:2")]
            legs = (Leg(asset, ISSUER, -150), *given)
            self._ask(Post(key=self._key(), legs=legs), "cli", wait=asset != max(known))

    # What may be asked.

    @rule(asset=assets, by=tellers, wait=waits)
    def define(self, asset: str, by: str, wait: bool) -> None:
        self._ask(Define(key=self._key(), asset=asset), by, wait=wait)

    @rule(asset=assets, owner=owners, floor=st.none() | st.integers(-30, 0), by=tellers, wait=waits)
    def floor(self, asset: str, owner: str, floor: int | None, by: str, wait: bool) -> None:
        self._ask(Floor(key=self._key(), asset=asset, owner=owner, floor=floor), by, wait=wait)

    @rule(asset=assets, owner=customers, amount=amounts, age=ages, by=tellers, wait=waits)
    def earn(
        self, asset: str, owner: str, amount: int, age: int | None, by: str, wait: bool
    ) -> None:
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount, self._expiry(age)))
        self._ask(Post(key=self._key(), legs=legs), by, wait=wait)

    @rule(asset=assets, owner=customers, amount=amounts, by=tellers, wait=waits)
    def spend(self, asset: str, owner: str, amount: int, by: str, wait: bool) -> None:
        legs = (Leg(asset, owner, -amount), Leg(asset, "spent", amount))
        self._ask(Post(key=self._key(), legs=legs, about={"order": 7}), by, wait=wait)

    @rule(
        moves=st.lists(st.tuples(assets, owners, owners, amounts, ages), min_size=1, max_size=3),
        limits=limits, by=tellers, wait=waits,
    )  # fmt: skip
    def transfer(self, moves: list[Any], limits: tuple[Limit, ...], by: str, wait: bool) -> None:
        legs: list[Leg] = []
        for asset, giver, taker, amount, age in moves:
            legs += [Leg(asset, giver, -amount), Leg(asset, taker, amount, self._expiry(age))]
        self._ask(Post(key=self._key(), legs=tuple(legs), limits=limits), by, wait=wait)

    @rule(
        asset=assets,
        owner=customers,
        amount=st.integers(1, 4),
        most=st.integers(0, 6),
        by=tellers,
        wait=waits,
    )
    def claim(self, asset: str, owner: str, amount: int, most: int, by: str, wait: bool) -> None:
        legs = (Leg(asset, "stock", -amount), Leg(asset, owner, amount))
        limit = Limit(asset, owner, most)
        self._ask(Post(key=self._key(), legs=legs, limits=(limit,)), by, wait=wait)

    @rule(asset=assets, giver=owners, taker=owners, by=tellers)
    def move_as_much_as_can_be_told(self, asset: str, giver: str, taker: str, by: str) -> None:
        legs = (Leg(asset, giver, -MOST), Leg(asset, taker, MOST))
        self._ask(Post(key=self._key(), legs=legs), by, wait=False)

    @rule(
        owner=st.sampled_from(("order:1", "order:2", "offer:1")), legs=st.lists(
            st.tuples(assets, owners, amounts), min_size=1, max_size=3
        ), age=st.integers(-1, 20), limits=limits, by=tellers, wait=waits,
    )  # fmt: skip
    def hold(
        self, owner: str, legs: list[Any], age: int, limits: tuple[Limit, ...], by: str, wait: bool
    ) -> None:
        made: list[Leg] = []
        for asset, giver, amount in legs:
            made += [Leg(asset, giver, -amount), Leg(asset, "spent", amount)]
        self._ask(
            Hold(
                key=self._key(), owner=owner, legs=tuple(made),
                expires_at=self.now + age, limits=limits,
            ),
            by, wait=wait,
        )  # fmt: skip

    @rule(asset=assets, owner=customers, amount=st.integers(2, 9), wait=waits)
    def earn_and_hold_what_then_expires(
        self, asset: str, owner: str, amount: int, wait: bool
    ) -> None:
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount, self.now + 2))
        self._ask(Post(key=self._key(), legs=legs), "cli", wait=True)
        held = (Leg(asset, owner, 1 - amount), Leg(asset, "spent", amount - 1))
        self._ask(
            Hold(key=self._key(), owner="order:3", legs=held, expires_at=self.now + 20),
            "cli",
            wait=False,
        )
        self.now += 2
        self._ask(Expire(key=self._key(), asset=asset, most=3), "cli", wait=wait)

    @rule(
        owner=st.sampled_from(("offer:2", "offer:3", "offer:4")),
        asset=assets,
        to=customers,
        amount=st.integers(1, 3),
        most=st.integers(1, 2),
        wait=waits,
    )
    def promise(self, owner: str, asset: str, to: str, amount: int, most: int, wait: bool) -> None:
        legs = (Leg(asset, "stock", -amount), Leg(asset, to, amount))
        self._ask(
            Hold(
                key=self._key(),
                owner=owner,
                legs=legs,
                expires_at=self.now + 9,
                limits=(Limit("once", to, most),),
            ),
            "cli",
            wait=wait,
        )

    @precondition(lambda self: self.model.holds)
    @rule(which=numbers, share=shares, by=tellers, wait=waits)
    def capture(self, which: int, share: int | None, by: str, wait: bool) -> None:
        n = self._of(list(self.model.holds), which)
        held = [] if n not in self.model.holds else self.model.holds[n].lines
        amounts = self._share({line[0][0]: line[2] for line in held}, share)
        self._ask(Capture(key=self._key(), hold=n, amounts=amounts), by, wait=wait)

    @precondition(lambda self: self.model.holds)
    @rule(which=numbers, by=tellers, wait=waits)
    def void(self, which: int, by: str, wait: bool) -> None:
        hold = self._of(list(self.model.holds), which)
        self._ask(Void(key=self._key(), hold=hold), by, wait=wait)

    @rule(which=numbers, share=shares, by=tellers, wait=waits)
    def reverse(self, which: int, share: int | None, by: str, wait: bool) -> None:
        moved = [n for n, entry in self.model.entries.items() if entry.postings]
        n = self._of(moved, which)
        entry = self.model.entries.get(n)
        came_in = [] if entry is None else [one for one in entry.postings if one.amount > 0]
        amounts = self._share({one.key[0]: one.amount for one in came_in}, share)
        self._ask(Reverse(key=self._key(), n=n, amounts=amounts), by, wait=wait)

    @rule(asset=assets, most=st.integers(1, 3), by=tellers, wait=waits)
    def expire(self, asset: str, most: int, by: str, wait: bool) -> None:
        self._ask(Expire(key=self._key(), asset=asset, most=most), by, wait=wait)

    @rule(most=st.integers(1, 2), by=tellers, wait=waits)
    def release(self, most: int, by: str, wait: bool) -> None:
        self._ask(Release(key=self._key(), most=most), by, wait=wait)

    # What may happen besides.

    @precondition(lambda self: self.asked)
    @rule(which=numbers, wait=waits)
    def ask_again(self, which: int, wait: bool) -> None:
        self._ask(*self.asked[-1 - which % len(self.asked)], wait=wait)

    @precondition(lambda self: self.asked)
    @rule(which=numbers, wait=waits)
    def ask_for_something_else_under_the_same_key(self, which: int, wait: bool) -> None:
        command, by = self.asked[-1 - which % len(self.asked)]
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

    def _expiry(self, age: int | None) -> int:
        return NEVER if age is None else self.now + age

    def _of(self, among: list[Any], which: int) -> Any:
        """Of the last ones; now and then a number that names nothing."""
        if not among:
            return 999
        return among[-1 - which % len(among)] if which < 40 else 999

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

    def _ask(self, command: Command, by: str, *, wait: bool) -> None:
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


IS_SHORT = not (os.environ.get("REGULARS_EXAMPLES") or os.environ.get("REGULARS_NO_SHRINK"))
"""`make test` takes a quarter; `make soak` ten times the whole, the planted bugs the whole."""


def _settings(examples: int, steps: int) -> settings:
    soak = int(os.environ.get("REGULARS_EXAMPLES", "0"))
    examples = examples // 4 if IS_SHORT else examples
    phases = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
    return settings(
        max_examples=examples * max(soak // 30, 1),
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=not soak,
        suppress_health_check=list(HealthCheck),
        phases=phases[:-1] if os.environ.get("REGULARS_NO_SHRINK") else phases,
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """In memory where the machine has a place for that: what is synced is looked at elsewhere."""
    memory = Path("/dev/shm")  # noqa: S108 # a folder of our own is made in it
    place = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
    yield Path(place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def sqlite_books(folder: Path) -> Callable[[], tuple[Callable[[], Store], Callable[[], None]]]:
    """Makes an empty book in a file; how to open it, and how to forget it."""
    SqliteStore.open(folder / "empty.sqlite").close()
    made = [0]

    def make() -> tuple[Callable[[], Store], Callable[[], None]]:
        made[0] += 1
        file = folder / f"{made[0]}.sqlite"
        shutil.copy(folder / "empty.sqlite", file)

        def forget() -> None:
            for one in folder.glob(f"{file.name}*"):
                one.unlink()

        return lambda: SqliteStore.open(file), forget

    return make


def test_on_sqlite_every_operation_does_what_the_model_says(sqlite_books: Any) -> None:
    class OnSqlite(Machine):
        @staticmethod
        def make_books() -> Any:
            opener, forget = sqlite_books()
            return [opener], forget

    before, refused = Machine.operations, Machine.refusals
    run_state_machine_as_test(OnSqlite, settings=_settings(150, 90))
    done = Machine.operations - before
    sys.stdout.write(f"{done:,} operations, {Machine.refusals - refused:,} of them refused\n")
    if not os.environ.get("REGULARS_NO_SHRINK"):
        assert done >= (1_500 if IS_SHORT else 10_000)


def test_on_both_stores_the_same_sequence_has_the_same_answers(
    sqlite_books: Any, postgres_server: PostgresServer
) -> None:
    class OnBoth(Machine):
        @staticmethod
        def make_books() -> Any:
            on_sqlite, forget_sqlite = sqlite_books()
            url = postgres_server.database()

            def forget() -> None:
                forget_sqlite()
                postgres_server.drop(url)

            return [on_sqlite, lambda: PostgresStore.open(url)], forget

    before = Machine.operations
    run_state_machine_as_test(OnBoth, settings=_settings(41, 90))
    done = Machine.operations - before
    sys.stdout.write(f"{done:,} operations on both\n")
    if not os.environ.get("REGULARS_NO_SHRINK"):
        assert done >= (400 if IS_SHORT else 2_000)
