"""Accounts of the connections: how many messages came, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.engines.duckdb import Warehouse
from regulars.intake.events import ledger
from regulars.intake.landing import Landing


@dataclass(frozen=True, slots=True)
class Account:
    """One connection: came = accepted + duplicate + rejected."""

    connection: str
    came: int
    accepted: int
    duplicate: int
    rejected: int
    waiting: int
    """Of those that came, how many are not settled into landing yet."""


def accounts(warehouse: Warehouse, landing: Landing) -> list[Account]:
    """The accounts since the first message, by the name of the connection."""
    total: dict[str, list[int]] = {}
    waiting: dict[str, int] = {}
    known = 0
    for entry in landing.entries():
        known += 1
        for name, counts in entry.accounts.items():
            _add(total, name, counts)
    # What an entry tells that the tables have not seen yet is not counted twice.
    if warehouse.has(ledger.STATE) and ledger.state(warehouse).entries == known:
        for name, counts in ledger.accounts(warehouse).items():
            _add(total, name, counts)
            waiting[name] = sum(counts)
    return [
        Account(name, sum(counts), counts[0], counts[1], counts[2], waiting.get(name, 0))
        for name, counts in sorted(total.items())
    ]


def _add(total: dict[str, list[int]], name: str, counts: tuple[int, int, int]) -> None:
    before = total.setdefault(name, [0, 0, 0])
    for place, count in enumerate(counts):
        before[place] += count
