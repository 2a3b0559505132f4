"""20,000 claims from 64 clients on a stock of 5,000, on both stores: `make soak`.

Points cross between accounts and promises are made on a budget at the same time. Granted is exactly
the stock, nobody has two, "sold out" is said only once all were asked for, nothing deadlocks, every
sum is 0.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ledger.crowding import Crowds

WHOLE = {"stock": 5_000, "claims": 20_000}


def test_four_processes_with_a_ledger_each_on_one_file(tmp_path: Path) -> None:
    _see(str(tmp_path / "store.sqlite"), Crowds(processes=4, clients=16, **WHOLE))


def test_one_ledger_with_64_clients_on_a_file(tmp_path: Path) -> None:
    _see(str(tmp_path / "store.sqlite"), Crowds(processes=1, clients=64, **WHOLE))


def test_four_processes_with_a_ledger_each_on_postgresql(postgres_url: str) -> None:
    _see(postgres_url, Crowds(processes=4, clients=16, **WHOLE))


def _see(place: str, crowds: Crowds) -> None:
    sys.stdout.write(f"\n{crowds.check(place, crowds.at(place))}\n")
