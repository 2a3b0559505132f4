"""The ledger in process: claims a second of 64 clients, beside bare SQL loops of the same run.

A claim takes one from a stock, gives it to a customer, and counts towards the customer's limit of
one; it comes with an event, and is told to its client once it is durable (SQLite: WAL with
synchronous=FULL). The bare loop is one writer without clients: a conditional UPDATE, an INSERT
under a unique key, and a commit each. The second bare loop commits as many at once as the ledger's
groups had; it has no clients, no journal, no keys and no postings, and is what SQL alone could do.
`--full` repeats it with ten million postings in place.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pysqlite3
from rich.console import Console
from rich.table import Table

from benchmarks.postgres import started
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.ledger.command import Define, Leg, Limit, Post, Told
from regulars.ledger.ledger import Ledger

CLIENTS = 64
CLAIMS = 20_000
ROUNDS = 5
POSTINGS = 10_000_000
_LINES = 4
"""Postings of a claim."""
_FILLED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What was measured: claims a second, and how long a client waited (seconds)."""

    what: str
    per_second: float
    p50: float = 0.0
    p99: float = 0.0
    longest: float = 0.0
    group: float = 0.0


def claim(asset: str, customer: int, key: str) -> Post:
    """One customer's claim of one piece."""
    owner = f"customer:{customer}"
    return Post(
        key=key,
        legs=(Leg(asset, "stock", -1), Leg(asset, owner, 1)),
        limits=(Limit(asset, owner, 1),),
        events=(Told("Coupon Claimed", customer, {"coupon": asset}),),
    )


def stocked(ledger: Ledger, stock: int) -> str:
    """A new asset with so much in stock; its name comes back."""
    asset = f"coupon:{uuid4().hex}"
    ledger.ask(Define(key=f"define {asset}", asset=asset), by="bench")
    legs = (Leg(asset, "issuer", -stock), Leg(asset, "stock", stock))
    ledger.ask(Post(key=f"stock {asset}", legs=legs), by="bench")
    return asset


def claims(what: str, store: Store, number: int = CLAIMS) -> Rate:
    """The rate of claims by 64 clients, each of which waits for its answer."""
    waited: list[list[float]] = [[] for _ in range(CLIENTS)]
    with Ledger(store) as ledger:
        asset = stocked(ledger, number)
        begun = ledger.figures.commits, ledger.figures.commands

        def client(which: int) -> None:
            for place in range(which, number, CLIENTS):
                began = time.perf_counter()
                ledger.ask(claim(asset, place + 1, f"{asset}:{place}"), by="bench")
                waited[which].append(time.perf_counter() - began)

        threads = [threading.Thread(target=client, args=(which,)) for which in range(CLIENTS)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        left = ledger.balance(asset, "stock").balance
        groups = ledger.figures.commits - begun[0]
        commands = ledger.figures.commands - begun[1]
    if left:
        raise RuntimeError(f"{left} of {number} are left in stock")
    every = sorted(one for of_client in waited for one in of_client)
    return Rate(
        what,
        number / seconds,
        every[len(every) // 2],
        every[int(len(every) * 0.99)],
        every[-1],
        commands / groups,
    )


_BARE = (
    "CREATE TABLE stock (campaign INTEGER PRIMARY KEY, left_over INTEGER NOT NULL)",
    "CREATE TABLE claims (campaign INTEGER, customer INTEGER, UNIQUE (campaign, customer))",
    f"INSERT INTO stock VALUES (1, {10 * CLAIMS})",
)
_TAKE = "UPDATE stock SET left_over = left_over - 1 WHERE campaign = 1 AND left_over > 0"
_GIVE = "INSERT INTO claims VALUES (1, ?)"


def bare_sqlite(what: str, path: Path, number: int, at_once: int) -> Rate:
    """The rate of a loop that does nothing but two statements a claim, and commits so many."""
    path.unlink(missing_ok=True)
    connection = pysqlite3.connect(str(path), isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *_BARE):
        connection.execute(statement).close()
    began = time.perf_counter()
    for first in range(0, number, at_once):
        connection.execute("BEGIN IMMEDIATE")
        for customer in range(first, min(first + at_once, number)):
            connection.execute(_TAKE)
            connection.execute(_GIVE, (customer,))
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return Rate(what, number / seconds)


def bare_postgres(what: str, url: str, number: int, at_once: int) -> Rate:
    """The same in PostgreSQL."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in ("DROP TABLE IF EXISTS stock", "DROP TABLE IF EXISTS claims", *_BARE):
            connection.execute(statement)
        give = _GIVE.replace("?", "%s")
        began = time.perf_counter()
        for first in range(0, number, at_once):
            with connection.transaction():
                for customer in range(first, min(first + at_once, number)):
                    connection.execute(_TAKE)
                    connection.execute(give, (customer,))
        seconds = time.perf_counter() - began
    return Rate(what, number / seconds)


def fill(store: Store, postings: int) -> float:
    """Put so many postings in place, of a hundred campaigns; the seconds come back."""
    began = time.perf_counter()
    with Ledger(store, most=_FILLED_AT_ONCE) as ledger:
        each = postings // _LINES // 100
        for _ in range(100):
            asset = stocked(ledger, each)
            for first in range(0, each, 10 * _FILLED_AT_ONCE):
                places = range(first, min(first + 10 * _FILLED_AT_ONCE, each))
                ledger.ask_all((claim(asset, n + 1, f"{asset}:{n}") for n in places), by="bench")
    return time.perf_counter() - began


def measure(folder: Path, *, full: bool) -> None:
    """Measure and print."""
    console = Console()
    with SqliteStore.open(folder / "store.sqlite") as store:
        claims("warm", store, CLAIMS // 10)
        ours, each, grouped = _in_turn(
            lambda: claims("ledger, SQLite", store),
            lambda: bare_sqlite("bare loop, a commit each", folder / "bare.sqlite", 2_000, 1),
            lambda group: bare_sqlite(
                f"bare loop, a commit every {group}", folder / "bare.sqlite", CLAIMS, group
            ),
        )
        _print(console, "SQLite", ours, each, grouped)
    with started() as url:
        if url is not None:
            from regulars.engines.postgres import PostgresStore

            with PostgresStore.open(url) as store:
                claims("warm", store, CLAIMS // 10)
                ours, each, grouped = _in_turn(
                    lambda: claims("ledger, PostgreSQL", store),
                    lambda: bare_postgres("bare loop, a commit each", url, 2_000, 1),
                    lambda group: bare_postgres(
                        f"bare loop, a commit every {group}", url, CLAIMS, group
                    ),
                )
            _print(console, "PostgreSQL", ours, each, grouped)
    if full:
        with (
            SqliteStore.open(folder / "small.sqlite") as small,
            SqliteStore.open(folder / "large.sqlite") as large,
        ):
            seconds = fill(large, POSTINGS)
            console.print(f"{POSTINGS:,} postings put in place in {seconds:.0f} s")
            claims("warm", small)
            claims("warm", large)
            pairs = [
                (claims("new book", small), claims(f"{POSTINGS:,} postings in place", large))
                for _ in range(ROUNDS)
            ]
            pairs.sort(key=lambda pair: pair[1].per_second / pair[0].per_second)
            new, old = pairs[ROUNDS // 2]
            _print(console, "size", old, new)


def _in_turn(
    ours: Callable[[], Rate], each: Callable[[], Rate], grouped: Callable[[int], Rate]
) -> tuple[Rate, Rate, Rate]:
    """All three, several times; those of the median ratio of the first two come back."""
    rounds = []
    for _ in range(ROUNDS):
        one = ours()
        rounds.append((one, each(), grouped(max(1, round(one.group)))))
    rounds.sort(key=lambda found: found[0].per_second / found[1].per_second)
    ratios = [one.per_second / bare.per_second for one, bare, _ in rounds]
    if statistics.median(ratios) != ratios[ROUNDS // 2]:
        raise RuntimeError("an odd number of rounds has a median of its own")
    return rounds[ROUNDS // 2]


def _print(console: Console, title: str, ours: Rate, *bare: Rate) -> None:
    table = Table(title=f"Claims, {CLIENTS} clients: {title}")
    for name in ("", "a second", "ratio of ours", "p50 ms", "p99 ms", "max ms", "a group"):
        table.add_column(name, justify="left" if not name else "right")
    for rate in (ours, *bare):
        times = [f"{1000 * one:.1f}" if one else "" for one in (rate.p50, rate.p99, rate.longest)]
        ratio = "" if rate is ours else f"{ours.per_second / rate.per_second:.2f}"
        group = f"{rate.group:.0f}" if rate.group else ""
        table.add_row(rate.what, f"{rate.per_second:,.0f}", ratio, *times, group)
    console.print(table)
