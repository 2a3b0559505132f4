"""What the keeper of the warehouse needs of an absorber, and the figures of what was done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault


class Absorbs(Protocol):
    """What the keeper needs of `intake.events.absorb.Absorber`."""

    def absorb(self, limit: int) -> Any:
        """Take in so many bytes of the inbox."""

    def settle(self) -> Any:
        """Settle what was absorbed into landing."""

    def compact(self) -> bool:
        """Do a piece of compaction; whether there was anything to do."""

    def backlog(self) -> int:
        """Bytes of the inbox that wait to be absorbed."""


class Absorbing(Protocol):
    """Makes an absorber for the warehouse, once it is open."""

    def __call__(self, warehouse: Warehouse, home: Home, vault: Vault) -> Absorbs:
        """The absorber."""


@dataclass(slots=True)
class Figures:
    """What the keeper has done, for `/health` and `/metrics`.

    Attributes:
        absorbed: transactions that took something in.
        settled: times that something was settled.
        failures: tries that failed.
        failing: what is wrong at present, in a sentence; empty if nothing is.
        absorb_seconds: that absorbing took in all.
        settle_seconds: that settling took in all.
        caught_up_at: when the inbox was last found absorbed (UNIX time).
    """

    absorbed: int = 0
    settled: int = 0
    failures: int = 0
    failing: str = ""
    absorb_seconds: float = 0.0
    settle_seconds: float = 0.0
    caught_up_at: float = field(default_factory=time.time)
