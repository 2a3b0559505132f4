"""The warehouse in its owner's hands: absorbing, settling, compacting, and lending it out.

One thread absorbs and settles; another compacts beside it. Sessions may have a turn, for which all
is settled and nothing absorbed for a while, or the file is let go of.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import TYPE_CHECKING

from regulars.edges.serve.absorbing import Absorbing, Absorbs, Figures
from regulars.edges.serve.log import describe, log, places
from regulars.engines.duckdb import Warehouse
from regulars.errors import HomeBusy, RegularsError, Where

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.intake.vault import Vault

_LOOK = 0.05
_AT_ONCE_AGAIN = 0.001
_AT_ONCE = 8 << 20
"""Bytes of the inbox that are absorbed in one transaction."""
_COMPACT_EVERY = 2.0
_LONGEST_WAIT = 30.0
_SETTLE_AT = 8
"""What is settled when it has come to 1/8 of the inbox' limit, if not before by time."""


class Keeper:
    """The owner's hands on the warehouse.

    Args:
        home: of the shop.
        vault: of the home.
        absorbing: makes the absorber.
    """

    def __init__(self, home: Home, vault: Vault, absorbing: Absorbing) -> None:
        self.home = home
        self.figures = Figures()
        self._vault = vault
        self._absorbing = absorbing
        self._warehouse: Warehouse | None = None
        self._absorber: Absorbs | None = None
        self._turns: Queue[_Turn] = Queue()
        self._compacting = threading.Lock()
        self._changing = threading.Lock()
        self._reading = threading.Condition()
        self._readers = 0
        self._is_lent = False
        self._stopping = threading.Event()
        self._fresh = False
        self._settle_at = 0.0

    # Opening and closing.

    def open(self) -> None:
        """Open the warehouse, once nobody else has it.

        Raises:
            WarehouseError: it is damaged.
            HomeBusy: another program has it, and this one is asked to stop.
        """
        waited = 0.0
        while True:
            try:
                warehouse = Warehouse.own(self.home.warehouse, self.home.settings.engine)
            except HomeBusy:
                if not waited:
                    log("owner", "waiting for another program to let go of the warehouse")
                waited += 0.1
                time.sleep(0.1)  # not on the event, which a signal's handler sets
                if self._stopping.is_set():
                    raise
            else:
                break
        self._absorber = self._absorbing(warehouse, self.home, self._vault)
        with self._changing:
            self._warehouse = warehouse

    def close(self) -> None:
        """Settle what can be settled and let go of the file."""
        self.stop()
        with suppress(RegularsError):
            self._catch_up(lambda: False)
            self._settle()
        self._let_go()

    def _let_go(self) -> None:
        with self._compacting, self._changing:
            warehouse, self._warehouse, self._absorber = self._warehouse, None, None
        with self._reading:
            self._reading.wait_for(lambda: not self._readers)
        if warehouse is not None:
            warehouse.close()

    def stop(self) -> None:
        """Let `keep` come to its end."""
        if not self._stopping.is_set():
            self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether it has been asked to end."""
        return self._stopping.is_set()

    # Absorbing.

    def keep(self) -> None:
        """Absorb, settle and compact until stopped, and let others have their turns."""
        compacting = threading.Thread(target=self._compact, name="compact", daemon=True)
        compacting.start()
        self._settle_at = time.monotonic() + self.home.settings.serve.settle_minutes * 60
        pause, look_at, wait = 0.0, 0.0, _LOOK
        while not self._stopping.is_set():
            with suppress(Empty):
                self._give(self._turns.get(timeout=wait))
                continue
            wait = _LOOK
            if time.monotonic() < look_at:
                continue
            try:
                if self._look():
                    wait = _AT_ONCE_AGAIN
                pause = 0.0
                self.figures.failing = ""
            except HomeBusy:  # an import has landing's lock: later
                pause = 4 * _LOOK
            except Exception as error:
                pause = min(_LONGEST_WAIT, max(0.5, 2 * pause))
                self._failed(error)
                self._begin_anew(error)
            look_at = time.monotonic() + pause

    def _give(self, turn: _Turn) -> None:
        """Do what the turn begins with, wait until it is over, and do what it ends with."""
        try:
            if not turn.stopped():
                with turn.begins():
                    turn.begun.set()
                    while not turn.ended.wait(_LOOK) and not self._stopping.is_set():
                        pass
        except BaseException as error:
            turn.error = error
        finally:
            turn.begun.set()
            turn.over.set()
        if self._warehouse is None and turn.error is not None and not self._stopping.is_set():
            raise turn.error  # it could not be opened again: begin anew

    @contextmanager
    def _turn(
        self, begins: Callable[[], AbstractContextManager[None]], stopped: Callable[[], bool]
    ) -> Iterator[None]:
        """Have a turn: nothing is absorbed while it lasts.

        Args:
            begins: what the keeper's own thread does around it.
            stopped: whether nobody waits for it any more.
        """
        turn = _Turn(begins, stopped)
        self._turns.put(turn)
        try:
            while not turn.begun.wait(_LOOK):
                if stopped():
                    raise KeyboardInterrupt
                if self._stopping.is_set():
                    raise _lent(self.home)
            if turn.error is not None:
                raise turn.error
            yield
        finally:
            turn.ended.set()
            while not turn.over.wait(_LOOK) and not self._stopping.is_set():
                pass
        if turn.error is not None:
            raise turn.error

    def _begin_anew(self, error: Exception) -> None:
        """A failed absorber is let go of: what it knew may not be what the warehouse holds."""
        if "invalidated" in str(error):  # so DuckDB tells that only opening it again helps
            raise error
        if self._warehouse is not None:
            with suppress(RegularsError):  # then the next try may do
                self._absorber = self._absorbing(self._warehouse, self.home, self._vault)

    def _look(self) -> bool:
        """Absorb and settle what there is to; whether something was absorbed."""
        if self._absorber is None:
            return False
        absorbs = bool(self._absorber.backlog())
        if absorbs:
            self._absorb()
        else:
            self.figures.caught_up_at = time.time()
        if self._fresh and (time.monotonic() >= self._settle_at or self._is_large()):
            self._settle()
        return absorbs

    def _absorb(self) -> None:
        if self._absorber is None:
            return
        began = time.perf_counter()
        self._absorber.absorb(_AT_ONCE)
        self.figures.absorb_seconds += time.perf_counter() - began
        self.figures.absorbed += 1
        self._fresh = True

    def _catch_up(self, stopped: Callable[[], bool]) -> None:
        if self._absorber is None:
            return
        # What comes in meanwhile is not waited for.
        for _ in range(self._absorber.backlog() // _AT_ONCE + 1):
            if stopped():
                raise KeyboardInterrupt
            if not self._absorber.backlog():
                return
            self._absorb()

    def _settle(self) -> None:
        if self._absorber is None:
            return
        self._settle_at = time.monotonic() + self.home.settings.serve.settle_minutes * 60
        began = time.perf_counter()
        self._absorber.settle()
        self._fresh = False
        self.figures.settle_seconds += time.perf_counter() - began
        self.figures.settled += 1

    def _is_large(self) -> bool:
        return self.inbox_bytes() > (self.home.settings.serve.inbox_limit_mb << 20) // _SETTLE_AT

    def inbox_bytes(self) -> int:
        """Bytes that the inbox holds, absorbed or not."""
        total = 0
        with suppress(FileNotFoundError):
            for file in self.home.inbox.iterdir():
                with suppress(FileNotFoundError):
                    total += file.stat().st_size
        return total

    def backlog(self) -> int | None:
        """Bytes of the inbox that wait to be absorbed; None where the warehouse is lent."""
        absorber = self._absorber
        return None if absorber is None else absorber.backlog()

    def _compact(self) -> None:
        pause = _COMPACT_EVERY
        while not self._stopping.wait(pause):
            try:
                with self._compacting:
                    more = self._absorber is not None and self._absorber.compact()
                pause = _LOOK if more else _COMPACT_EVERY
            except Exception as error:
                pause = _LONGEST_WAIT
                self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.figures.failures += 1
        # `/health` wants no key: where the home lies is nobody's business.
        self.figures.failing = describe(error).replace(f"{self.home.folder.absolute()}/", "")
        log("owner", "absorbing failed", "error", error=describe(error), at_lines=places(error))

    # For others.

    @property
    def is_lent(self) -> bool:
        """Whether the file has been let go of for a while."""
        return self._is_lent

    def cursor(self) -> Warehouse:
        """A further connection to the warehouse.

        Raises:
            HomeBusy: it has been lent.
        """
        with self._changing:
            if self._is_lent or self._warehouse is None:
                raise _lent(self.home)
            return self._warehouse.cursor()

    @contextmanager
    def reading(self) -> Iterator[Warehouse]:
        """A connection for one question.

        Raises:
            HomeBusy: the warehouse has been lent.
        """
        with self._reading:
            self._readers += 1
        try:
            with self.cursor() as warehouse:
                yield warehouse
        finally:
            with self._reading:
                self._readers -= 1
                self._reading.notify_all()

    @contextmanager
    def settled(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """Everything that was taken in is in landing, and absorbing stands still.

        Args:
            stopped: whether nobody waits for it any more.

        Raises:
            HomeBusy: an import is under way.
            KeyboardInterrupt: nobody waits for it any more.
        """

        @contextmanager
        def around() -> Iterator[None]:
            self._catch_up(stopped)
            self._settle()
            yield

        with self._turn(around, stopped):
            yield

    @contextmanager
    def lend(
        self, alone: AbstractContextManager[None], stopped: Callable[[], bool]
    ) -> Iterator[None]:
        """Let go of the file, and open it again at the end.

        Args:
            alone: takes the connections of all sessions away.
            stopped: whether nobody waits for it any more.

        Raises:
            HomeBusy: it is lent already, or another session has begun something.
        """

        @contextmanager
        def around() -> Iterator[None]:
            with self._changing:
                self._is_lent = True
            try:
                with alone:
                    self._let_go()
                    log("owner", "lent the warehouse")
                    try:
                        yield
                    finally:
                        self.open()
                        log("owner", "has the warehouse again")
            finally:
                with self._changing:
                    self._is_lent = False

        with self._turn(around, stopped):
            yield


@dataclass(slots=True)
class _Turn:
    """A while in which somebody else has the say; what stands around it is the keeper's to do."""

    begins: Callable[[], AbstractContextManager[None]]
    stopped: Callable[[], bool]
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


def _lent(home: Home) -> HomeBusy:
    return HomeBusy(
        "the warehouse is being made anew",
        where=Where(file=str(home.warehouse)),
        todo="ask again when `regulars rebuild` has ended; what is sent in meanwhile is kept",
    )
