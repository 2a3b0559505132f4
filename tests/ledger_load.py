"""Load for the ledger: what clients ask, and a record of what they asked and were answered.

A client notes a command before it asks and the answer after it has come, each as one line appended
to a file of its own; so what stands there as answered had been answered before whatever happened
next. What was never answered is asked again under the same key, as a real client does.

`python -m ledger_load URL KEY FOLDER NAME COUNT SEED` are clients of the HTTP API with the key of
that name, until SIGTERM.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from regulars.errors import KeyConflict, LedgerRefused, StoreError
from regulars.ledger.command import (
    Capture,
    Command,
    Define,
    Expire,
    Hold,
    Leg,
    Limit,
    Note,
    Post,
    Release,
    Reverse,
    TakeBack,
    Taken,
    Told,
    Void,
)
from regulars.ledger.ledger import Ledger, now_in_microseconds

COUPONS, STOCK, CUSTOMERS, BUDGET = 12, 40, 300, 50_000
"""Coupons, pieces of each, customers who want them, and coins that all offers share."""
SETTER = "cli"

Answer = dict[str, Any]
"""`{"receipt": …}`, or `{"refused": code, "message": …}`."""
Ask = Callable[[Command], Answer | None]
"""Ask once; None where nobody can know whether it was done."""


class Noted(NamedTuple):
    """A line of a client's file; `answer` is None in the line before it asked."""

    by: str
    command: Command
    answer: Answer | None


def setting() -> Iterator[Command]:
    """What there is before anybody comes."""
    for asset in ("points", "budget", *(f"coupon:{n}" for n in range(COUPONS))):
        yield Define(key=f"define {asset}", asset=asset)
    yield Post(key="budget", legs=(Leg("budget", "issuer", -BUDGET), Leg("budget", "plan", BUDGET)))
    for n in range(COUPONS):
        legs = (Leg(f"coupon:{n}", "issuer", -STOCK), Leg(f"coupon:{n}", "stock", STOCK))
        yield Post(key=f"stock {n}", legs=legs)


class Mix:
    """What one client asks: claims, points earned, spent, passed on, held, taken back.

    Args:
        name: of the client, which its keys begin with; no other may have it.
        seed: of what it asks.
    """

    def __init__(self, name: str, seed: str) -> None:
        self._name, self._rng = name, random.Random(seed)
        self._count = 0
        self._holds: list[int] = []
        self._entries: list[int] = []
        self._before: list[Command] = []

    def next(self) -> Command:
        """What is asked next; now and then something that was asked before."""
        rng = self._rng
        if self._before and rng.random() < 0.05:
            return rng.choice(self._before)
        self._count += 1
        key = f"{self._name}-{self._count}"
        kinds = (self._claim, self._earn, self._spend, self._pass_on, self._hold)
        kinds += (self._settle, self._reverse, self._take_back, self._sweep, self._note)
        kind = rng.choices(kinds, _WEIGHTS)[0]
        command = kind(key)
        self._before.append(command)
        return command

    def answered(self, command: Command, answer: Answer) -> None:
        """Learn what came of it."""
        if (receipt := answer.get("receipt")) is None:
            return
        if isinstance(command, Hold):
            self._holds.append(int(receipt["n"]))
        elif isinstance(command, Post | Capture):
            self._entries.append(int(receipt["n"]))

    def _customer(self) -> str:
        return f"customer:{self._rng.randint(1, CUSTOMERS)}"

    def _claim(self, key: str) -> Command:
        coupon, who = f"coupon:{self._rng.randrange(COUPONS)}", self._customer()
        told = Told("Coupon Claimed", int(who.split(":")[1]), {"coupon": coupon})
        legs = (Leg(coupon, "stock", -1), Leg(coupon, who, 1))
        return Post(key=key, legs=legs, limits=(Limit(coupon, who, 1),), events=(told,))

    def _earn(self, key: str) -> Command:
        amount, who = self._rng.randrange(1, 200), self._customer()
        return Post(
            key=key,
            legs=(Leg("points", "issuer", -amount), Leg("points", who, amount)),
            about={"order": key},
        )

    def _spend(self, key: str) -> Command:
        amount = self._rng.randrange(1, 150)
        legs = (Leg("points", self._customer(), -amount), Leg("points", "shop", amount))
        return Post(key=key, legs=legs)

    def _pass_on(self, key: str) -> Command:
        amount = self._rng.randrange(1, 50)
        one, other = self._rng.sample(
            range(1, CUSTOMERS + 1), 2
        )  # others pass on the other way round
        legs = (
            Leg("points", f"customer:{one}", -amount),
            Leg("points", f"customer:{other}", amount),
        )
        return Post(key=key, legs=legs)

    def _hold(self, key: str) -> Command:
        amount = self._rng.randrange(1, 40)
        legs = (Leg("budget", "plan", -amount), Leg("budget", self._customer(), amount))
        until = now_in_microseconds() + self._rng.choice((300_000, 3_600_000_000))
        return Hold(key=key, owner=f"offer:{key}", legs=legs, expires_at=until)

    def _settle(self, key: str) -> Command:
        if not self._holds:
            return self._hold(key)
        hold = self._holds.pop(self._rng.randrange(len(self._holds)))
        if (chance := self._rng.random()) < 0.4:
            return Void(key=key, hold=hold)
        if chance < 0.7:
            return Capture(key=key, hold=hold)
        # A coin is captured, and of what is released with the rest a coin goes to somebody else.
        legs = (Leg("budget", "plan", -1), Leg("budget", self._customer(), 1))
        return Capture(key=key, hold=hold, amounts={"budget": 1}, legs=legs)

    def _reverse(self, key: str) -> Command:
        if not self._entries:
            return self._earn(key)
        return Reverse(key=key, n=self._rng.choice(self._entries))

    def _take_back(self, key: str) -> Command:
        """Several at once, or one point of one; with a point for the trouble, once a customer."""
        rng = self._rng
        if not self._entries:
            return self._earn(key)
        some = rng.sample(self._entries, min(rng.randint(1, 3), len(self._entries)))
        if rng.random() < 0.4:
            entries = (Taken(some[0], {"points": 1}),)
        else:
            entries = tuple(map(Taken, dict.fromkeys(some)))  # a replay tells of it once more
        if rng.random() < 0.5:
            return TakeBack(key=key, entries=entries)
        who = self._customer()
        legs = (Leg("points", "issuer", -1), Leg("points", who, 1))
        return TakeBack(key=key, entries=entries, legs=legs, limits=(Limit("trouble", who, 1),))

    def _sweep(self, key: str) -> Command:
        return Release(key=key) if self._rng.random() < 0.5 else Expire(key=key, asset="points")

    def _note(self, key: str) -> Command:
        """Many make the same asset, which one of them does; or gives of it in the same post."""
        asset = f"stamps:{self._rng.randrange(20)}"
        if self._rng.random() < 0.5:
            return Note(key=key, assets=(asset,), about={"shelf": key})
        legs = (Leg(asset, "issuer", -1), Leg(asset, self._customer(), 1))
        return Post(key=key, legs=legs, assets=(asset,))


_WEIGHTS = (30, 20, 10, 10, 10, 10, 3, 6, 2, 2)


class Notes:
    """A client's file; what stands in it survives the client, not the machine."""

    def __init__(self, path: Path, by: str) -> None:
        self.by = by
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._encode = msgspec.json.Encoder().encode

    def note(self, command: Command, answer: Answer | None) -> None:
        """Append a line; one write, so that a kill leaves whole lines."""
        os.write(self._file, self._encode((self.by, command, answer)) + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_notes(path: Path) -> list[Noted]:
    """All lines of a client's file, in their order."""
    decode = msgspec.json.Decoder(tuple[str, Command, Answer | None]).decode
    return [Noted(*decode(line)) for line in path.read_bytes().splitlines()]


def go_on_asking(
    ask: Ask, notes: Notes, mix: Mix, earlier: list[Noted], stopped: Callable[[], bool]
) -> None:
    """Be a client: first what was never answered, then new things, each until it is answered.

    The notes are closed at the end: hundreds of clients in one process use up its descriptors.
    """
    try:
        _go_on(ask, notes, mix, earlier, stopped)
    finally:
        notes.close()


def _go_on(
    ask: Ask, notes: Notes, mix: Mix, earlier: list[Noted], stopped: Callable[[], bool]
) -> None:
    answered = {one.command.key for one in earlier if one.answer is not None}
    open_ones = {one.command.key: one.command for one in earlier if one.answer is None}
    waiting = [command for key, command in open_ones.items() if key not in answered]
    while not stopped():
        command = waiting.pop() if waiting else mix.next()
        notes.note(command, None)
        answer = ask(command)
        if answer is None:
            waiting.append(command)
            continue
        notes.note(command, answer)
        mix.answered(command, answer)


def ask_in_process(ledger: Ledger, by: str) -> Ask:
    """Asks a ledger of this process."""

    def ask(command: Command) -> Answer | None:
        try:
            return {"receipt": ledger.ask(command, by).as_dict()}
        except (LedgerRefused, KeyConflict) as refused:
            return {"refused": refused.code, "message": refused.message}
        except StoreError:
            return None

    return ask


def set_up(ledger: Ledger, folder: Path) -> None:
    """Make what clients ask for; noted in the folder as what they ask is."""
    notes = Notes(folder / "client-setting", SETTER)
    ask = ask_in_process(ledger, SETTER)
    for command in setting():
        notes.note(command, None)
        notes.note(command, ask(command))
    notes.close()


def clients_in_process(
    ledger: Ledger,
    folder: Path,
    count: int,
    seed: str,
    stopped: Callable[[], bool] = lambda: False,
    first: int = 0,
) -> list[threading.Thread]:
    """Start clients as threads, until they are stopped; their files are in the folder."""
    threads = []
    for nth in range(first, first + count):
        path = folder / f"client-{nth}"
        earlier = read_notes(path) if path.exists() else []
        by = f"key:client-{nth}"
        asking = (
            ask_in_process(ledger, by),
            Notes(path, by),
            Mix(f"{seed}-{nth}", f"{seed}:{nth}"),
            earlier,
            stopped,
        )
        threads.append(threading.Thread(target=go_on_asking, args=asking, daemon=True))
        threads[-1].start()
    return threads


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

    def __call__(self, command: Command) -> Answer | None:
        body = msgspec.to_builtins(command)
        kind, key = body.pop("type"), body.pop("key")
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        try:
            if self._connection is None:
                self._connection = HTTPConnection(self._place, timeout=30)
            self._connection.request("POST", f"/v1/ledger/{kind}", json.dumps(body), headers)
            response = self._connection.getresponse()
            told = response.read()
        except (OSError, HTTPException):
            self.close()
            self._stop.wait(0.02)  # nobody is there; asking again and again costs too much
            return None
        if response.status == 200:
            return {"receipt": json.loads(told)}
        if response.status in (404, 409):
            error = json.loads(told)
            assert error["code"].startswith("ledger."), error
            return {"refused": error["code"], "message": error["message"]}
        if response.status in (429, 502, 503):
            self._stop.wait(0.02)
            return None
        raise AssertionError(f"{response.status}: {told!r}")


def main() -> None:
    """So many clients with one key, until SIGTERM; an answer that none understands ends them."""
    url, key, folder, name, count, seed = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    failures: list[BaseException] = []

    def ask_on(nth: int) -> None:
        path = Path(folder) / f"client-{name}-{nth}"
        earlier = read_notes(path) if path.exists() else []
        mix = Mix(f"{seed}-{name}-{nth}", f"{seed}:{name}:{nth}")
        try:
            asking = OverHttp(url, key, stop)
            go_on_asking(asking, Notes(path, f"key:{name}"), mix, earlier, stop.is_set)
        except BaseException as failure:
            failures.append(failure)
            stop.set()

    threads = [threading.Thread(target=ask_on, args=(nth,)) for nth in range(int(count))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if failures:
        raise failures[0]


if __name__ == "__main__":
    main()
