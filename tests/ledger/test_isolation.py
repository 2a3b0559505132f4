"""On PostgreSQL, pairs of commands that want the same, in every interleaving of their statements.

Whatever the order, what comes of both is what comes of one after the other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from ledger.halving import GiveHalf
from ledger.stepping import Actor, every_schedule, run_schedule, stepped
from regulars.engines.postgres import PostgresStore
from regulars.ledger.asked import Asked
from regulars.ledger.batch import Answer, run
from regulars.ledger.command import (
    ISSUER,
    Capture,
    Command,
    Define,
    Expire,
    Hold,
    Leg,
    Limit,
    Post,
    Reverse,
    TakeBack,
    Taken,
    Void,
)  # fmt: skip
from regulars.ledger.deed import Deed
from regulars.ledger.receipt import Receipt
from regulars.ledger.verify import verify

HOUR = 3_600_000_000
LATER = 10 * HOUR
EXPIRY = HOUR


@dataclass(frozen=True)
class Ground:
    """A fresh asset for each run, with 1 in stock and 10 of customer:1, 6 of them until EXPIRY."""

    asset: str
    begin: int
    n: dict[str, int]
    """Rows of the journal by what they are: `given`, `hold`, `claim`."""

    def post(self, key: str, giver: str, taker: str, amount: int, limit: bool = False) -> Post:
        legs = (Leg(self.asset, giver, -amount), Leg(self.asset, taker, amount))
        limits = (Limit(self.asset, taker, 1),) if limit else ()
        return Post(key=f"{self.asset}:{key}", legs=legs, limits=limits)

    def hold(self, key: str, owner: str, giver: str, amount: int) -> Hold:
        legs = (Leg(self.asset, giver, -amount), Leg(self.asset, "spent", amount))
        made = {"owner": f"{owner}:{self.asset}", "legs": legs, "expires_at": self.begin + LATER}
        return Hold(key=f"{self.asset}:{key}", **made)  # type: ignore[arg-type]


Pair = Callable[[Ground], tuple[Command | Deed, Command | Deed]]


def _key(ground: Ground, key: str) -> str:
    return f"{ground.asset}:{key}"


PAIRS: dict[str, Pair] = {
    "claim and claim, of the last one": lambda g: (
        g.post("a", "stock", "customer:3", 1),
        g.post("b", "stock", "customer:4", 1),
    ),
    "claim and claim, by one who may have one": lambda g: (
        g.post("a", "customer:1", "customer:3", 1, limit=True),
        g.post("b", "customer:1", "customer:3", 1, limit=True),
    ),
    "claim and void of the hold that keeps the rest": lambda g: (
        g.post("a", "customer:1", "customer:3", 8),
        Void(key=_key(g, "b"), hold=g.n["hold"]),
    ),
    "capture and void": lambda g: (
        Capture(key=_key(g, "a"), hold=g.n["hold"]),
        Void(key=_key(g, "b"), hold=g.n["hold"]),
    ),
    "spend and expire": lambda g: (
        g.post("a", "customer:1", "spent", 5),
        Expire(key=_key(g, "b"), asset=g.asset),
    ),
    "refund and spend of what is taken back": lambda g: (
        Reverse(key=_key(g, "a"), n=g.n["given"]),
        g.post("b", "customer:1", "spent", 1),
    ),
    "reverse and reverse": lambda g: (
        Reverse(key=_key(g, "a"), n=g.n["claim"]),
        Reverse(key=_key(g, "b"), n=g.n["claim"], amounts={g.asset: 2}),
    ),
    "take back and reverse": lambda g: (
        TakeBack(
            key=_key(g, "a"),
            entries=(Taken(g.n["claim"]),),
            legs=(Leg(g.asset, ISSUER, -1), Leg(g.asset, "customer:1", 1)),
        ),
        Reverse(key=_key(g, "b"), n=g.n["claim"], amounts={g.asset: 2}),
    ),
    "a deed and a spend of what it sees": lambda g: (
        GiveHalf(_key(g, "a"), "customer:3", "customer:2", g.asset),
        g.post("b", "customer:2", "spent", 2),
    ),
    "a deed and the same again": lambda g: (
        GiveHalf(_key(g, "a"), "customer:3", "customer:2", g.asset),
        GiveHalf(_key(g, "a"), "customer:3", "customer:2", g.asset),
    ),
    "budget hold and budget hold": lambda g: (
        g.hold("a", "offer:1", "customer:2", 2),
        g.hold("b", "offer:2", "customer:2", 2),
    ),
    "hold and hold for the same": lambda g: (
        g.hold("a", "offer:1", "customer:2", 2),
        g.hold("b", "offer:1", "customer:2", 1),
    ),
    "transfers that cross": lambda g: (
        g.post("a", "customer:1", "customer:2", 2),
        g.post("b", "customer:2", "customer:1", 3),
    ),
    "the same key twice": lambda g: (
        g.post("a", "customer:1", "customer:2", 2),
        g.post("a", "customer:1", "customer:2", 2),
    ),
    "the same key for something else": lambda g: (
        g.post("a", "customer:1", "customer:2", 2),
        g.post("a", "customer:1", "customer:2", 1),
    ),
}


class Stage:
    """The database, and two stores for two actors."""

    def __init__(self, url: str) -> None:
        self.plain = PostgresStore.open(url)
        self.stores = [stepped(PostgresStore.open(url)) for _ in range(2)]
        self.observer = psycopg.connect(url, autocommit=True)
        self._runs = 0

    def close(self) -> None:
        self.observer.close()
        for store in (self.plain, *self.stores):
            store.close()

    def ground(self) -> Ground:
        """A new one."""
        self._runs += 1
        ground = Ground(f"asset{self._runs}", self._runs * 1000 * HOUR, {})
        given = (
            Leg(ground.asset, "customer:1", 6, ground.begin + EXPIRY),
            Leg(ground.asset, "customer:1", 4),
            Leg(ground.asset, "customer:2", 3),
            Leg(ground.asset, "stock", 1),
        )
        commands = {
            "defined": Define(key=_key(ground, "0"), asset=ground.asset),
            "given": Post(key=_key(ground, "1"), legs=(Leg(ground.asset, ISSUER, -14), *given)),
            "hold": ground.hold("2", "order:1", "customer:1", 3),
            "claim": ground.post("3", ISSUER, "customer:1", 3),
        }
        with self.plain.write() as connection:
            asked = [Asked.of(command, "cli") for command in commands.values()]
            answers = run(connection, asked, ground.begin)
        for what, answer in zip(commands, answers, strict=True):
            assert isinstance(answer, Receipt)
            ground.n[what] = answer.n
        return ground

    def serially(self, pair: Pair, order: tuple[int, int]) -> Any:
        """What comes of one after the other."""
        ground = self.ground()
        commands = pair(ground)
        nows = _clocks(ground, commands)
        found = self._one_after_the_other([commands[k] for k in order], [nows[k] for k in order])
        answers = [found[order.index(k)] for k in range(2)]
        return self._outcome(ground, answers)

    def interleaved(self, pair: Pair, prefix: list[int]) -> tuple[Any, list[tuple[int, list[int]]]]:
        """What comes of both at once, and the trace."""
        ground = self.ground()
        commands = pair(ground)
        actors = [Actor(name, store) for name, store in zip("AB", self.stores, strict=True)]
        for actor, command, now in zip(actors, commands, _clocks(ground, commands), strict=True):
            asked = Asked.of(command, "cli")
            actor.begin(lambda connection, asked=asked, now=now: run(connection, [asked], now)[0])
        trace = run_schedule(actors, self.observer, prefix)
        for actor in actors:
            if actor.error is not None:
                raise AssertionError(f"{actor.name} failed") from actor.error
        return self._outcome(ground, [actor.result for actor in actors]), trace

    def verify(self) -> None:
        with self.plain.read() as connection:
            verify(connection)

    def _one_after_the_other(self, commands: list[Command | Deed], nows: list[int]) -> list[Answer]:
        answers = []
        for command, now in zip(commands, nows, strict=True):
            with self.plain.write() as connection:
                answers += run(connection, [Asked.of(command, "cli")], now)
        return answers

    def _outcome(self, ground: Ground, answers: list[Answer]) -> Any:
        told = []
        for answer in answers:
            if isinstance(answer, Receipt):
                lines = [
                    (x.asset == ground.asset, x.owner, x.expires_at % HOUR, x.amount, x.balance)
                    for x in answer.lines
                ]
                told.append(("done", answer.kind, answer.replayed, lines))
            else:
                told.append((answer.code,))
        accounts = self.observer.execute(
            "SELECT s.name = %s, owner, expires_at %% 1000, balance, held FROM accounts a"
            " JOIN assets s ON s.asset_id = a.asset_id WHERE s.name IN (%s, 'limit:' || %s)"
            " AND (balance <> 0 OR held <> 0) ORDER BY 1, 2, expires_at",
            [ground.asset] * 3,
        ).fetchall()
        return told, accounts


def _clocks(ground: Ground, commands: tuple[Command | Deed, Command | Deed]) -> list[int]:
    """Who expires looks an instant after the expiry, the other one before it."""
    return [ground.begin + (EXPIRY if isinstance(one, Expire) else EXPIRY - 1) for one in commands]


@pytest.fixture
def stage(postgres_url: str) -> Iterator[Stage]:
    made = Stage(postgres_url)
    yield made
    made.close()


@pytest.mark.parametrize("name", PAIRS)
def test_in_every_interleaving_the_outcome_is_that_of_one_after_the_other(
    stage: Stage, name: str
) -> None:
    pair = PAIRS[name]
    serial = [stage.serially(pair, order) for order in ((0, 1), (1, 0))]
    outcomes: list[Any] = []

    def run_one(prefix: list[int]) -> list[tuple[int, list[int]]]:
        outcome, trace = stage.interleaved(pair, prefix)
        outcomes.append(outcome)
        return trace

    for schedule in every_schedule(run_one):
        assert outcomes[-1] in serial, f"schedule {schedule}"
    stage.verify()  # of every run: each has accounts of its own
    assert {0, 1} == {serial.index(one) for one in outcomes} or serial[0] == serial[1]
    sys.stdout.write(f"{name}: {len(outcomes)} schedules\n")
