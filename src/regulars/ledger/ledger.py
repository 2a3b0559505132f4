"""The book of record, to be asked: every effect once, durable before it is told.

>>> from regulars.engines.sqlite import SqliteStore
>>> from regulars.ledger.command import Define, Leg, Post
>>> import tempfile, pathlib
>>> store = SqliteStore.open(pathlib.Path(tempfile.mkdtemp()) / "store.sqlite")
>>> with Ledger(store) as ledger:
...     _ = ledger.ask(Define(key="1", asset="points"), by="cli")
...     earn = Post(key="2", legs=(Leg("points", "issuer", -50), Leg("points", "customer:7", 50)))
...     first, again = ledger.ask(earn, by="cli"), ledger.ask(earn, by="cli")
...     first.n == again.n, again.replayed, ledger.balance("points", "customer:7").available
(True, True, 50)
>>> store.close()
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from regulars.engines.store import Connection, Store
from regulars.engines.store_ledger import HeadRow, LedgerRows
from regulars.errors import NoSuchThing, Where
from regulars.kernel.closing import Closing
from regulars.ledger.asked import Asked
from regulars.ledger.batch import Answer
from regulars.ledger.chain import Row, link
from regulars.ledger.command import Command
from regulars.ledger.deed import Deed
from regulars.ledger.receipt import DECODE_BODY, ENCODE_BODY, Body, Receipt
from regulars.ledger.statement import Balance, Statement, balance_of, statement_of
from regulars.ledger.writer import Figures, Writer

T = TypeVar("T")

MOST_AT_ONCE = 256
"""Commands in one transaction."""


def now_in_microseconds() -> int:
    """The present instant in UTC microseconds."""
    return time.time_ns() // 1000


class Ledger(Closing):
    """An open ledger; any number of threads may ask it.

    Args:
        store: the book of record, which stays the caller's to close.
        now: the present instant in UTC microseconds.
        most: commands in one transaction.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], int] = now_in_microseconds,
        most: int = MOST_AT_ONCE,
    ) -> None:
        self.store = store
        self.now = now
        self._writer = Writer(store, now, most)

    def close(self) -> None:
        """Do what has been asked, and end the writer."""
        self._writer.close()

    @property
    def figures(self) -> Figures:
        """What has been written, and whether writing fails."""
        return self._writer.figures

    def on_commit(self, told: Callable[[], None]) -> None:
        """Have a function called after each commit, on the writer's thread."""
        self._writer.committed = told

    # What is done.

    def ask(self, command: Command | Deed, by: str) -> Receipt:
        """Do what is asked; the receipt comes back once it is durable.

        Args:
            command: with the idempotency key of whoever asks.
            by: who asks; keys are theirs.

        Raises:
            InvalidCommand: it makes no sense in any state.
            LedgerRefused: why it was not done; asked again, the same.
            KeyConflict: the key was used before, to ask for something else.
            StoreError: it could not be written. Whether it was is told by asking again.
        """
        answers = self.ask_all([command], by)
        if not isinstance(answers[0], Receipt):
            raise answers[0]
        return answers[0]

    def ask_all(self, commands: Iterable[Command | Deed], by: str) -> list[Answer]:
        """Do several, one after the other, in few transactions; refusals stand in the answers.

        Raises:
            InvalidCommand: one of them makes no sense; then none was asked.
        """
        asked = [Asked.of(command, by) for command in commands]
        if not asked:
            return []
        answers: list[Answer] = []
        last = threading.Lock()
        last.acquire()

        def done(answer: Answer) -> None:
            answers.append(answer)
            if len(answers) == len(asked):
                last.release()

        self._writer.put([(one, done) for one in asked])
        last.acquire()
        return answers

    def submit(self, command: Command | Deed, by: str, done: Callable[[Answer], None]) -> None:
        """The same for those who do not wait: `done` is told the answer on the writer's thread.

        Raises:
            InvalidCommand: it makes no sense in any state.
        """
        self._writer.put([(Asked.of(command, by), done)])

    def record(
        self,
        kind: str,
        detail: dict[str, Any],
        by: str,
        write: Callable[[Connection, int], T],
        key: str = "",
    ) -> T:
        """Do something that moves nothing, and tell of it in the journal, in one transaction.

        Args:
            kind: of the journal's row; one that begins with `access.` is noted in the head.
            detail: what is told; nothing secret and nothing personal.
            by: who does it.
            write: does it, given the connection and the number of the journal's row.
            key: of the request, if it has one; it is not looked up.

        Raises:
            StoreError: it could not be written; look whether it was, before it is done again.
        """

        def do(connection: Connection) -> T:
            rows = LedgerRows(connection)
            before = rows.take_lane()
            n = before.n + 1
            at = max(self.now(), before.at)
            text = ENCODE_BODY(Body(detail=detail)).decode()
            row = Row(n, at, kind, by, key, text, before.last_posting)
            told = link(before.hash, row)
            result = write(connection, n)
            rows.add_journal([(*row, told)])
            access_n = n if kind.startswith("access.") else before.access_n
            rows.move_head(before._replace(n=n, hash=told, at=at, access_n=access_n), before)
            return result

        return self._writer.alone(do)  # type: ignore[return-value] # what `do` gives

    def beside(self, write: Callable[[Connection], T]) -> T:
        """Write something that is worth no row of the journal, in the writer's turn.

        Raises:
            StoreError: it could not be written.
        """
        return self._writer.alone(write)  # type: ignore[return-value] # what `write` gives

    # What is there.

    def balance(self, asset: str, owner: str) -> Balance:
        """What an owner has of an asset; nothing where they never had any.

        Raises:
            NoSuchThing: there is no such asset.
        """
        with self.store.read() as connection:
            return balance_of(connection, asset, owner, self.now())

    def statement(
        self, asset: str, owner: str, *, before: str | None = None, limit: int = 50
    ) -> Statement:
        """What moved an owner's balance, the newest first.

        Args:
            asset: what.
            owner: whose.
            before: the cursor that came with the page before.
            limit: lines at most.

        Raises:
            NoSuchThing: there is no such asset.
            UnknownValue: the cursor is none.
        """
        with self.store.read() as connection:
            return statement_of(connection, asset, owner, before, limit)

    def entry(self, n: int) -> Receipt:
        """A row of the journal.

        Raises:
            NoSuchThing: there is none.
        """
        with self.store.read() as connection:
            found = LedgerRows(connection).journal([n])
        if n not in found:
            raise NoSuchThing(
                "there is no such entry in the journal",
                where=Where(column="n", value=str(n)),
                todo="entries count from 1 without gaps",
            )
        row = found[n]
        return Receipt(row.n, row.at, row.kind, row.actor, row.key, DECODE_BODY(row.body))

    def head(self) -> HeadRow:
        """The head of the journal: how many rows, the hash of the last."""
        with self.store.read() as connection:
            return LedgerRows(connection).head()
