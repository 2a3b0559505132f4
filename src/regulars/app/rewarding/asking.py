"""Asking the ledger for what has not been asked for before.

A key stands for what happened, so that the same is never given twice; and whoever looks first which
keys there are does not ask for a million things again at each pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from regulars.engines.store import Connection
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import KeyConflict, LedgerRefused
from regulars.ledger.batch import Answer
from regulars.ledger.command import digest_of_key
from regulars.ledger.deed import Deed
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt

BY = "rules"
"""Who asks for what rules give."""
_AT_ONCE = 500
_FEW_AT_ONCE = 50
_LOOKED_AT_ONCE = 5_000


class Asking:
    """The ledger, as rules ask it.

    Args:
        ledger: stays the caller's.
        gives_way: asks for few things at a time, and lets the book alone for as long between them:
            others write into it from another process, and only one may at a time.
    """

    def __init__(self, ledger: Ledger, *, gives_way: bool = False) -> None:
        self._ledger, self._gives_way = ledger, gives_way
        self._at_once = _FEW_AT_ONCE if gives_way else _AT_ONCE

    @property
    def now(self) -> int:
        """The present instant in UTC microseconds, as the ledger has it."""
        return self._ledger.now()

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A look into the store."""
        with self._ledger.store.read() as connection:
            yield connection

    def asked_before(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that rules have asked for, whatever came of it."""
        found: set[str] = set()
        left = iter(keys)
        with self.looking() as connection:
            rows = LedgerRows(connection)
            while some := list(islice(left, _LOOKED_AT_ONCE)):
                digests = {digest_of_key(BY, key): key for key in some}
                found |= {digests[one] for one in rows.requests(list(digests))}
        return found

    def ask(self, deeds: Sequence[Deed]) -> list[Answer]:
        """The answers, in the order of the deeds; what is refused stands among them.

        Raises:
            StoreError: the store does not answer. Ask again: what was done is not done again.
        """
        answers: list[Answer] = []
        for first in range(0, len(deeds), self._at_once):
            began = time.monotonic()
            found = self._ledger.ask_all(deeds[first : first + self._at_once], by=BY)
            for one in found:
                if not isinstance(one, Receipt | LedgerRefused | KeyConflict):
                    raise one
            answers += found
            if self._gives_way:
                time.sleep(time.monotonic() - began)
        return answers
