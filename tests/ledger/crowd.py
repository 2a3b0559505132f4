"""A crowd at one book: run as a process of its own, several at once, each with many clients.

`python crowd.py STORE CLIENTS FIRST LAST SEED` opens the store (a file or an address), and has so
many threads share the claims FIRST … LAST. Beside them points cross between accounts, promises are
made on a budget, and turns are taken at a pot (a deed). What came of each is printed as a JSON
line, with the instants (of one clock for all processes) at which it was asked and answered.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Connection, Store
from regulars.errors import RegularsError
from regulars.ledger.batch import Answer
from regulars.ledger.command import Capture, Command, Hold, Leg, Limit, Post, Void
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.statement import balance_of

PEOPLE = tuple(f"customer:{letter}" for letter in "abcdefgh")
CLAIMS_A_CUSTOMER = 2
YEAR_2200 = 7_258_118_400_000_000


def open_store(place: str) -> Store:
    """The store in the file, or at the address."""
    if place.startswith("postgresql:"):
        from regulars.engines.postgres import PostgresStore

        return PostgresStore.open(place)
    return SqliteStore.open(Path(place))


def claim(number: int) -> Post:
    """One of the stock, one for each customer, though each asks `CLAIMS_A_CUSTOMER` times."""
    customer = f"customer:{number // CLAIMS_A_CUSTOMER}"
    legs = (Leg("coupon:spring", "stock", -1), Leg("coupon:spring", customer, 1))
    return Post(key=f"claim:{number}", legs=legs, limits=(Limit("spring", customer, 1),))


def given_of(left: int) -> int:
    """What a turn at the pot gives: whoever knows what was left knows what came of it."""
    return 1 + left % 7


@dataclass
class Turn(Deed):
    """A turn at the pot: how much it gives depends on what those before have left."""

    key: str

    def digest(self) -> bytes:
        return blake2b(b"turn", digest_size=16).digest()

    def plan(self, connection: Connection, at: int) -> Planned:
        left = balance_of(connection, "points", "pot", at).available
        given = given_of(left)
        legs = (Leg("points", "pot", -given), Leg("points", "turns", given))
        return Planned(Post(key="", legs=legs))


class Crowd:
    """Clients of one process, on one ledger."""

    def __init__(self, store: Store, seed: int) -> None:
        self._ledger = Ledger(store)
        self._seed = seed
        self._out = threading.Lock()

    def run(self, clients: int, first: int, last: int) -> None:
        """Have all claims asked; returns when the last was answered."""
        threads = [
            threading.Thread(target=self._client, args=(k, range(first + k, last, clients)))
            for k in range(clients)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self._ledger.close()

    def _client(self, client: int, numbers: range) -> None:
        chance = random.Random(f"{self._seed}:{client}")
        for number in numbers:
            self._ask("claim", claim(number), number)
            if chance.random() < 0.1:
                self._ask("claim", claim(number), number)  # the same key: the same answer
            if chance.random() < 0.15:
                giver, taker = chance.sample(PEOPLE, 2)
                amount = chance.randint(1, 30)
                legs = (Leg("points", giver, -amount), Leg("points", taker, amount))
                self._ask(
                    "transfer", Post(key=f"transfer:{self._seed}:{number}", legs=legs), number
                )
            if chance.random() < 0.15:
                self._promise(number, chance)
            if chance.random() < 0.1:
                self._ask("turn", Turn(f"turn:{number}"), number)

    def _promise(self, number: int, chance: random.Random) -> None:
        legs = (Leg("money:CNY", "campaign:spring", -50), Leg("money:CNY", "spent", 50))
        made = self._ask(
            "hold",
            Hold(
                key=f"hold:{self._seed}:{number}",
                owner=f"offer:{self._seed}-{number}",
                legs=legs,
                expires_at=YEAR_2200,
            ),
            number,
        )
        if not isinstance(made, Receipt):
            return
        if chance.random() < 0.5:
            self._ask("void", Void(key=f"void:{self._seed}:{number}", hold=made.n), number)
        else:
            used = chance.randint(1, 50)
            capture = Capture(
                key=f"use:{self._seed}:{number}", hold=made.n, amounts={"money:CNY": used}
            )
            self._ask("capture", capture, number)

    def _ask(self, what: str, command: Command | Deed, number: int) -> Answer:
        asked = time.monotonic()
        answer: Answer
        try:
            answer = self._ledger.ask(command, by="crowd")
        except RegularsError as error:
            answer = error
        told = {"what": what, "number": number, "asked": asked, "answered": time.monotonic()}
        if isinstance(answer, Receipt):
            lines = [(line.owner, line.amount) for line in answer.lines]
            told |= {"code": "done", "n": answer.n, "replayed": answer.replayed, "lines": lines}
        else:
            told |= {"code": answer.code, "error": str(answer)}
        with self._out:
            sys.stdout.write(json.dumps(told) + "\n")
        return answer


if __name__ == "__main__":
    place, clients, first, last, seed = sys.argv[1:]
    with open_store(place) as opened:
        Crowd(opened, int(seed)).run(int(clients), int(first), int(last))
