"""Load for benefits over HTTP: clients, and a record of what they asked and were answered.

As `ledger_load` does for the bare ledger: a client notes a request before it asks and the answer
after it has come, each as one line appended to a file of its own. What was never answered is asked
again under the same key.

`python -m benefit_load HOME URL KEY FOLDER NAME COUNT SEED [FIRST LAST]` are clients with the key
of that name, until SIGTERM, or until they have asked for a coupon for each customer from FIRST to
LAST, some of them twice.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from benefit_mix import CODES, IN_PROCESS, Mix, Request, There, customer_of, earned_of, now
from benefit_rules import CURRENCY, ZONE, rules
from regulars.app.benefits import asked
from regulars.app.benefits.deeds import Deeds
from regulars.app.benefits.doing import Doing
from regulars.app.benefits.sweeps import sweep
from regulars.app.home import Home
from regulars.app.store import open_store
from regulars.benefit.badge import GiveBadge
from regulars.benefit.names import order_owner
from regulars.benefit.points.earn import Earn
from regulars.benefit.points.earning import Earned
from regulars.errors import KeyConflict, LedgerRefused, RegularsError, StoreError
from regulars.intake.vault import Vault
from regulars.ledger.deed import Deed
from regulars.ledger.ledger import Ledger
from regulars.ledger.sweep import release_expired

SETTER, RULES = "cli", "rules"
"""Who asks for what there is before anybody comes, and for what rules give."""

Answer = dict[str, Any]
"""`{"told": …}`, or `{"refused": code, "error": …}`."""
Ask = Callable[[Request], Answer | None]
"""Ask once; None where nobody can know whether it was done."""
GIVEN_UP: Answer = {"given up": True}
"""A customer may try so many codes in an hour: nothing was done, and it is not asked again."""


class Noted(NamedTuple):
    """A line of a client's file; `answer` is None in the line before it asked."""

    by: str
    request: Request
    answer: Answer | None
    at: int
    """UTC microseconds."""


class Notes:
    """A client's file; what stands in it survives the client, not the machine."""

    def __init__(self, path: Path, by: str) -> None:
        self.by = by
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def note(self, request: Request, answer: Answer | None) -> None:
        """Append a line; one write, so that a kill leaves whole lines."""
        by = RULES if request.verb in IN_PROCESS else self.by
        os.write(self._file, _ENCODE(Noted(by, request, answer, now())) + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_notes(path: Path) -> list[Noted]:
    """All lines of a client's file, in their order."""
    return [_DECODE(line) for line in path.read_bytes().splitlines()]


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Noted).decode


def _number(told: int | str) -> int:
    """Customers of the load are told by our number."""
    return int(told)


class InProcess:
    """Asks without a server: what rules give, and what the checker asks again."""

    def __init__(self, home: Path) -> None:
        opened = Home.open(home)
        self._store = open_store(opened)
        self._vault = Vault.open(opened.keys)
        self.ledger = Ledger(self._store)
        self.deeds = Deeds.of(opened, self._vault.lookup, _number, lambda _number: ())
        self.doing = Doing(self.ledger, self.deeds)

    def close(self) -> None:
        """End the writer, and close the store."""
        self.ledger.close()
        self._vault.close()
        self._store.close()

    def deed(self, request: Request, by: str) -> Deed:
        """The deed that is asked for."""
        body, key = request.body, request.key
        match request.verb:
            case "earn":
                order = body["order"]
                points, growth = earned_of(order)
                return Earn(
                    key=key,
                    source=order_owner(order),
                    customer_id=customer_of(order),
                    earned=(Earned("goods", 100_00, points, growth),),
                    base=100_00,
                    happened_at=body["happened_at"],
                    zone=ZONE,
                )
            case "badge":
                return GiveBadge(key=key, badge="regular", customer_id=body["customer"])
        return self.deeds.deed(self.what(request), key, by)

    def what(self, request: Request) -> asked.Asked:
        """The body, as the teller reads it."""
        return asked.read(request.verb, json.dumps(request.body).encode())

    def ask(self, request: Request, by: str) -> Answer | None:
        """Ask once; of a pass, of which nothing may be refused, what it did."""
        try:
            if request.verb == "sweep":
                return self._sweep()
            if request.verb in IN_PROCESS:
                receipt = self.ledger.ask(self.deed(request, by), by)
                return {"told": {"n": receipt.n, "at": receipt.at} | receipt.body.about}
            return {"told": self.doing.ask(self.what(request), request.key, by)}
        except (LedgerRefused, KeyConflict) as error:
            return refused(error)
        except StoreError:
            return None

    def _sweep(self) -> Answer:
        try:
            release_expired(self.ledger)
            return {"told": sweep(self.ledger, CURRENCY, ZONE)}
        except LedgerRefused as error:
            raise AssertionError("a pass was refused") from error


def refused(error: RegularsError) -> Answer:
    """The refusal, as it is told over HTTP."""
    told = error.as_dict()
    told["where"].pop("file", None)
    return {"refused": error.code, "error": told}


def set_up(home: Path, folder: Path, stock: int) -> None:
    """Publish, make codes and fill envelopes; noted in the folder as what clients ask is."""
    asking = InProcess(home)
    notes = Notes(folder / "client-setting", SETTER)
    at = now() + 3_600_000_000
    shared = {"expires_at": at, "balance_days": 100}
    requests = [
        Request("define", "define", {"toml": rules(stock), "stops": False}),
        Request("codes", "codes", {"coupon": "coded", "count": CODES, "batch": "a"}),
        Request("envelope", "equal", {**shared, "total": 1_001, "count": 30, "mode": "equal",
                                      "asset": "points"}),
        Request("envelope", "random", {**shared, "total": 8_000, "count": 50, "budget": "ample"}),
        Request("envelope", "few", {**shared, "total": 90, "count": 8}),
    ]  # fmt: skip
    answers = []
    for request in requests:
        notes.note(request, None)
        answer = asking.ask(request, SETTER)
        assert answer is not None
        assert "told" in answer, answer
        notes.note(request, answer)
        answers.append(answer["told"])
    notes.close()
    asking.close()
    there = There(answers[1]["codes"], [told["envelope"] for told in answers[2:]])
    (folder / "there.json").write_text(json.dumps(there))


class OverHttp:
    """Asks a server, once each time; what is neither answer nor absence ends the client."""

    def __init__(self, url: str, key: str, stop: threading.Event) -> None:
        self._place, self._key, self._stop = urlsplit(url).netloc, key, stop
        self._connection: HTTPConnection | None = None

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def __call__(self, request: Request) -> Answer | None:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": request.key}
        path = f"/v1/benefits/{request.verb}"
        try:
            if self._connection is None:
                self._connection = HTTPConnection(self._place, timeout=30)
            self._connection.request("POST", path, json.dumps(request.body), headers)
            response = self._connection.getresponse()
            told = response.read()
        except (OSError, HTTPException):
            self.close()
            self._stop.wait(0.02)  # nobody is there; asking again and again costs too much
            return None
        match response.status:
            case 200:
                return {"told": json.loads(told)}
            case 404 | 409:
                error = json.loads(told)
                assert error["code"].split(".")[0] in ("ledger", "benefit"), error
                return {"refused": error["code"], "error": error}
            case 429:
                assert request.verb == "claim", told
                return GIVEN_UP
            case 502 | 503:
                self._stop.wait(0.02)
                return None
        raise AssertionError(f"{request}: {response.status}: {told!r}")


def go_on_asking(ask: Ask, notes: Notes, mix: Mix, stopped: Callable[[], bool]) -> None:
    """Be a client: one thing after the other, each asked until it is answered."""
    while not stopped() and (request := mix.next()) is not None:
        answer = None
        while answer is None and not stopped():
            notes.note(request, None)
            answer = ask(request)
        if answer is not None:
            notes.note(request, answer)
            mix.answered(request, answer)


def main() -> None:
    """So many clients with one key; an answer that none understands ends them."""
    home, url, key, folder, name, count, seed, *span = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    failures: list[BaseException] = []
    there = There(*json.loads((Path(folder) / "there.json").read_text()))
    inside = InProcess(Path(home))

    def ask_on(nth: int) -> None:
        path = Path(folder) / f"client-{name}-{nth}"
        rushing = _rushing(nth, int(count), f"{seed}:{nth}", *map(int, span)) if span else None
        mix = Mix(f"{seed}-{name}-{nth}", f"{seed}:{name}:{nth}", there, rushing)
        outside = OverHttp(url, key, stop)

        def ask(request: Request) -> Answer | None:
            return inside.ask(request, RULES) if request.verb in IN_PROCESS else outside(request)

        notes = Notes(path, f"key:{name}")
        try:
            go_on_asking(ask, notes, mix, stop.is_set)
        except BaseException as failure:
            traceback.print_exc()
            failures.append(failure)
            stop.set()
        outside.close()
        notes.close()

    threads = [threading.Thread(target=ask_on, args=(nth,)) for nth in range(int(count))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    inside.close()
    if failures:
        raise failures[0]


def _rushing(nth: int, count: int, seed: str, first: int, last: int) -> list[int]:
    """The customers for whom one of so many clients asks, some twice, in random order."""
    own = list(range(first + nth, last + 1, count))
    rng = random.Random(seed)
    own += rng.sample(own, len(own) // 20)
    rng.shuffle(own)
    return own


if __name__ == "__main__":
    main()
