"""The one thread that writes: while one group is being committed, the next gathers.

Nothing waits for a clock: whoever comes to an idle writer is served alone and at once; under load
the cost of a sync is shared by all who came meanwhile. Whatever fails for the whole group is tried
one by one, so that nobody suffers from another's command.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from regulars.engines.store import Connection, Store
from regulars.errors import LedgerBroken, RegularsError, StoreAway, StoreError, StoreRefused
from regulars.kernel.failpoint import reach
from regulars.ledger.asked import Asked
from regulars.ledger.batch import Answer, run

Done = Callable[[Answer], None]
_PATIENCE = 5.0
"""Seconds that a group waits for a store's server to come back before it is given up."""
_PAUSES = (0.01, 0.05, 0.1, 0.2)


@dataclass(slots=True)
class Figures:
    """What the writer has done."""

    commits: int = 0
    commands: int = 0
    commit_seconds: float = 0.0
    failures: int = 0
    failing: StoreError | None = None
    """Why the last group could not be written, if it could not."""


@dataclass(slots=True)
class _Work:
    """Something else that is to be done alone, in a transaction of its own."""

    do: Callable[[Connection], object]
    finished: threading.Event = field(default_factory=threading.Event)
    result: object = None
    error: BaseException | None = None


class Writer:
    """Runs commands in groups, each in one transaction.

    Args:
        store: the book of record.
        now: the present instant in UTC microseconds.
        most: commands in a group.
    """

    def __init__(self, store: Store, now: Callable[[], int], most: int) -> None:
        self._store = store
        self._now = now
        self._most = most
        self._waiting: deque[tuple[Asked, Done] | _Work] = deque()
        self._wake = threading.Lock()  # held while there is nothing to do
        self._wake.acquire()
        self._door = threading.Lock()
        self._closing = False
        self.figures = Figures()
        self.committed: Callable[[], None] = _nothing
        """Told after each commit, on the writer's thread."""
        self._thread = threading.Thread(target=self._go_on, name="ledger", daemon=True)
        self._thread.start()

    def put(self, asked: Sequence[tuple[Asked, Done]]) -> None:
        """Have commands done in their order; each answer is told on the writer's thread.

        Raises:
            StoreError: the writer has been closed.
        """
        self._enqueue(asked)

    def alone(self, do: Callable[[Connection], object]) -> object:
        """Do something in a transaction of its own, in its turn; what it gives comes back.

        Raises:
            StoreError: it could not be written, or the writer has been closed.
        """
        work = _Work(do)
        self._enqueue([work])
        work.finished.wait()
        if work.error is not None:
            raise work.error
        return work.result

    def close(self) -> None:
        """Do what waits, then end."""
        with self._door:
            self._closing = True
            self._rouse()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _enqueue(self, work: Iterable[tuple[Asked, Done] | _Work]) -> None:
        with self._door:  # who comes in after the last turn would wait for ever
            if self._closing:
                raise StoreError("the ledger has been closed", todo="open it again")
            self._waiting.extend(work)
            self._rouse()

    def _rouse(self) -> None:
        """Called under the door's lock, so that no two release it at once."""
        if self._wake.locked():
            self._wake.release()

    def _go_on(self) -> None:
        while True:
            self._wake.acquire()
            while self._waiting:
                self._turn()
            if self._closing:
                return

    def _turn(self) -> None:
        group: list[tuple[Asked, Done]] = []
        while self._waiting and len(group) < self._most:
            one = self._waiting[0]
            if isinstance(one, _Work):
                if not group:
                    self._waiting.popleft()
                    self._do_alone(one)
                    return
                break
            self._waiting.popleft()
            group.append(one)
        answers = self._answers([asked for asked, _ in group])
        reach("ledger.replying")
        for (_, done), answer in zip(group, answers, strict=True):
            try:
                done(answer)
            except Exception:  # of whoever asked; the others are to hear their answers
                traceback.print_exc()

    def _answers(self, group: list[Asked]) -> list[Answer]:
        try:
            return self._commit(group)
        except StoreError as error:
            if isinstance(error, StoreRefused) and len(group) > 1:
                return [answer for one in group for answer in self._answers([one])]
            self.figures.failures += 1
            self.figures.failing = error
            return [_again(error)] * len(group)
        except Exception as error:
            self.figures.failures += 1
            if len(group) > 1:
                return [answer for one in group for answer in self._answers([one])]
            return [_ours(error)]

    def _commit(self, group: list[Asked]) -> list[Answer]:
        """Do a group; where the store's server goes away, do it again once it is back.

        That is safe even where the commit's outcome is unknown: under the lane the keys tell which
        commands have been done, and those are only told again.
        """
        until = time.monotonic() + _PATIENCE
        tries = 0
        while True:
            try:
                began = time.perf_counter()
                with self._store.write() as connection:
                    reach("ledger.begun")
                    answers = run(connection, group, self._now())
                    reach("ledger.written")
                reach("ledger.committed")
            except StoreAway:
                if time.monotonic() >= until or self._closing:
                    raise
                time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
                tries += 1
            else:
                self._succeeded(len(group), time.perf_counter() - began)
                return answers

    def _do_alone(self, work: _Work) -> None:
        try:
            began = time.perf_counter()
            with self._store.write() as connection:
                work.result = work.do(connection)
            self._succeeded(1, time.perf_counter() - began)
        except BaseException as error:
            if isinstance(error, StoreError):
                self.figures.failures += 1
                self.figures.failing = error
            work.error = error
        finally:
            work.finished.set()

    def _succeeded(self, commands: int, seconds: float) -> None:
        figures = self.figures
        figures.commits += 1
        figures.commands += commands
        figures.commit_seconds += seconds
        figures.failing = None
        self.committed()


def _nothing() -> None:
    """Nobody wants to be told."""


def _again(error: StoreError) -> StoreError:
    """The same anew: one that is raised often would drag all its tracebacks along."""
    return type(error)(error.message, where=error.where, todo=error.todo)


def _ours(error: Exception) -> RegularsError:
    if isinstance(error, RegularsError):
        return error
    broken = LedgerBroken(
        f"the store refused what was decided ({type(error).__name__}: {error})",
        todo="report this; nothing was written",
    )
    broken.__cause__ = error
    return broken
