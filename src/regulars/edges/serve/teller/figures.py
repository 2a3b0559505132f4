"""The teller's figures for Prometheus, and whether the store can be written.

>>> counts = Counts()
>>> counts.answered("ledger.post", 409, "ledger.insufficient")
>>> [line for line in counts.lines() if not line.startswith("#")]
['regulars_store_requests_total{route="ledger.post",status="409"} 1', \
'regulars_store_refusals_total{code="ledger.insufficient"} 1']
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from regulars.engines.store import Store
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import RegularsError, StoreError
from regulars.ledger.ledger import Ledger

Figure = tuple[str, str, str, float]
"""Name, kind, meaning, value."""
_FRESH_SECONDS = 5.0
"""So long a commit, or a trial, speaks for the store."""


class Counts:
    """What was answered, by route and status."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, int]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._also: Callable[[], list[Figure]] = list

    def answered(self, route: str, status: int, code: str | None) -> None:
        """A request was answered; `code` of what was refused."""
        self._answers[route, status] += 1
        if code is not None:
            self._refusals[code] += 1

    def also(self, figures: Callable[[], list[Figure]]) -> None:
        """Tell these, too: name, kind, meaning and value, as they are when they are asked for."""
        self._also = figures

    def others(self) -> list[Figure]:
        """Those, as far as the store tells them."""
        try:
            return self._also()
        except RegularsError:
            return []

    def lines(self) -> Iterator[str]:
        """In Prometheus's text format."""
        yield from _head("regulars_store_requests_total", "counter", "Requests by route and status")
        for (route, status), count in sorted(self._answers.copy().items()):
            yield f'regulars_store_requests_total{{route="{route}",status="{status}"}} {count}'
        yield from _head("regulars_store_refusals_total", "counter", "Refusals by code")
        for code, count in sorted(self._refusals.copy().items()):
            yield f'regulars_store_refusals_total{{code="{code}"}} {count}'


class Condition:
    """Whether the store can be written: told by the last commit, or by trying.

    Args:
        store: the book of record.
        ledger: on it.
    """

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._lock = threading.Lock()
        self._commits = -1
        self._well_at = 0.0

    def failing(self) -> StoreError | None:
        """Why nothing can be written; None where something could be, lately or just now."""
        with self._lock:
            figures = self._ledger.figures
            now = time.monotonic()
            if figures.failing is None:
                if figures.commits != self._commits:
                    self._commits, self._well_at = figures.commits, now
                if now - self._well_at < _FRESH_SECONDS:
                    return None
            try:
                self._try()
            except StoreError as error:
                self._well_at = 0.0
                return error
            self._well_at = time.monotonic()
            return None

    def _try(self) -> None:
        """Change the head and change it back: it takes the lane, room on the disk, and a sync.

        To write only what stands there already would not do: SQLite leaves such a page alone.
        """
        with self._store.write() as connection:
            rows = LedgerRows(connection)
            head = rows.take_lane()
            other = head._replace(at=head.at + 1)
            rows.move_head(other, head)
            rows.move_head(head, other)


def health(condition: Condition) -> tuple[int, dict[str, Any]]:
    """The status, and what is told."""
    error = condition.failing()
    if error is None:
        return 200, {"status": "ok"}
    return 503, {"status": "failing", "code": error.code, "reasons": [error.message]}


def text(counts: Counts, ledger: Ledger, waiting: int) -> str:
    """All figures in Prometheus's text format."""
    figures = ledger.figures
    try:
        n = ledger.head().n
    except RegularsError:
        n = -1
    told: list[Figure] = [
        ("commands_total", "counter", "Commands committed, refusals too", figures.commands),
        ("commits_total", "counter", "Transactions that were committed", figures.commits),
        ("commit_seconds_total", "counter", "Seconds from a transaction's begin to its sync",
         figures.commit_seconds),
        ("failures_total", "counter", "Transactions that failed", figures.failures),
        ("failing", "gauge", "1 while the last transaction failed", figures.failing is not None),
        ("waiting", "gauge", "Requests that wait for their answer", waiting),
        ("memory_bytes", "gauge", "The most memory that the teller has had", _memory()),
    ]  # fmt: skip
    if n >= 0:
        told.append(("journal_n", "gauge", "Entries of the journal", n))
    told += counts.others()
    lines = list(counts.lines())
    for name, kind, about, value in told:
        lines += _head(f"regulars_store_{name}", kind, about)
        lines.append(f"regulars_store_{name} {float(value):.17g}")
    return "\n".join([*lines, ""])


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}."
    yield f"# TYPE {name} {kind}"


def _memory() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
