"""Crowds of clients in several processes at one book: exactly the stock, nobody twice.

Here a tenth of what `tests/soak/soak_ledger.py` does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ledger.crowding import Crowds

HERE = {"stock": 500, "claims": 2_000}


def test_processes_with_a_ledger_each_on_one_file_grant_exactly_the_stock(tmp_path: Path) -> None:
    crowds = Crowds(processes=4, clients=16, **HERE)
    place = str(tmp_path / "store.sqlite")
    sys.stdout.write(crowds.check(place, crowds.at(place)) + "\n")


def test_one_ledger_with_64_clients_grants_exactly_the_stock(tmp_path: Path) -> None:
    crowds = Crowds(processes=1, clients=64, **HERE)
    place = str(tmp_path / "store.sqlite")
    sys.stdout.write(crowds.check(place, crowds.at(place)) + "\n")


def test_processes_with_a_ledger_each_on_postgresql_grant_exactly_the_stock(
    postgres_url: str,
) -> None:
    crowds = Crowds(processes=4, clients=16, **HERE)
    sys.stdout.write(crowds.check(postgres_url, crowds.at(postgres_url)) + "\n")
