"""The ledger killed, its power cut and its server stopped, by the hundred: `make soak`.

`REGULARS_LEDGER_KILLS=200` times kill -9 of a ledger under load, at random moments and at
failpoints inside the commit; `REGULARS_POWER_CUTS=40` power cuts; `REGULARS_OUTAGES=50` crashes of
PostgreSQL; `REGULARS_TELLER_KILLS=200` kills of what serves it over HTTP. What happens when is
drawn from `REGULARS_KILL_SEED` and printed. Small forms stand in `tests/faults/test_ledger_*.py`.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

import pytest

from faults.ledger_book import PLACES, Book, seconds_to_open
from faults.ledger_served import Served
from faults.test_ledger_postgres import Outages
from postgres import PostgresServer

KILLS = int(os.environ.get("REGULARS_LEDGER_KILLS", "200"))
CUTS = int(os.environ.get("REGULARS_POWER_CUTS", "40"))
OUTAGES = int(os.environ.get("REGULARS_OUTAGES", "50"))
SERVED_KILLS = int(os.environ.get("REGULARS_TELLER_KILLS", "200"))
SEED = os.environ.get("REGULARS_KILL_SEED", "20261122")
_READY_WITHIN = 5.0
_BLOCK = 20


def tell(**figures: object) -> None:
    told = " ".join(f"{name}={value}" for name, value in figures.items())
    sys.stdout.write(f"\n{told}\n")


def spread(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"


@pytest.mark.parametrize("block", range(-(-KILLS // _BLOCK)))
def test_a_ledger_killed_at_random_moments_and_inside_the_commit(
    tmp_path: Path, block: int
) -> None:
    book = Book(tmp_path, f"{SEED}:{block}")
    ready = []
    for number in range(min(_BLOCK, KILLS - block * _BLOCK)):
        if book.rng.random() < 0.5:
            book.kill_some_time()
        else:
            book.kill_at(PLACES[number % len(PLACES)], book.rng.randrange(1, 60))
        ready.append(seconds_to_open(book.path))
        assert book.lost() == 0, (book.seed, number)
    assert max(ready) < _READY_WITHIN
    tell(seed=book.seed, kills=book.times, ready=spread(ready), found=book.check())


@pytest.mark.parametrize("block", range(-(-CUTS // 10)))
def test_power_cuts_at_any_write_or_sync(tmp_path: Path, block: int) -> None:
    book = Book(tmp_path, f"{SEED}:power:{block}")
    ready = []
    for number in range(min(10, CUTS - block * 10)):
        if book.rng.random() < 0.2:
            book.cut_power(book.rng.randrange(1, 60), after="start")
        else:
            book.cut_power(book.rng.randrange(20, 6_000))
        ready.append(seconds_to_open(book.path))
        assert book.lost() == 0, (book.seed, number)
    assert max(ready) < _READY_WITHIN
    tell(seed=book.seed, cuts=book.times, ready=spread(ready), found=book.check())


@pytest.mark.parametrize("block", range(-(-OUTAGES // 10)))
def test_a_postgresql_server_that_crashes_and_drops_sessions(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path, block: int
) -> None:
    outages = Outages(postgres_server, postgres_url, tmp_path, f"{SEED}:outages:{block}")
    with outages.under_load():
        for _ in range(min(10, OUTAGES - block * 10)):
            outages.stop_and_start()
            outages.drop_connections()
        outages.some_commits()
        failures = outages.ledger.figures.failures
    assert outages.failures <= {"StoreAway"}
    assert max(outages.back) < _READY_WITHIN
    tell(
        seed=outages.seed, outages=len(outages.back), back=spread(outages.back), given_up=failures,
        found=outages.check(),
    )  # fmt: skip


@pytest.mark.parametrize("block", range(-(-SERVED_KILLS // _BLOCK)))
def test_a_served_ledger_whose_processes_are_killed(tmp_path: Path, block: int) -> None:
    served = Served(tmp_path, f"{SEED}:served:{block}")
    served.run(min(_BLOCK, SERVED_KILLS - block * _BLOCK))
    back = {what: spread(seconds) for what, seconds in served.back.items()}
    tell(seed=served.seed, kills=dict(served.kills), back=back, found=served.check())
    assert max(served.back["teller"]) < _READY_WITHIN
    whole = served.back.get("server", []) + served.back.get("all", [])
    assert not whole or statistics.median(whole) < _READY_WITHIN
