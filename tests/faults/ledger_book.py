"""A book of record under load in a process of its own, to which things happen."""

from __future__ import annotations

import importlib
import os
import random
import signal
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace

from faults.apsw_store import Disk, PowerStore
from forked import Forked
from ledger_checker import Checked, Told, check, lost
from ledger_load import clients_in_process, set_up
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.kernel import failpoint
from regulars.ledger.ledger import Ledger
from running_server import until

CLIENTS = 16
PLACES = ("ledger.begun", "ledger.written", "ledger.committed", "ledger.replying")
_STANDSTILL = 0.02
_AT_MOST = 60.0
"""Seconds that a process may take to die."""


def ask_for_ever(folder: str, seed: str, first: int = 0) -> None:
    """In a process of its own: clients that ask until it is killed."""
    importlib.reload(failpoint)  # it was imported before this process had its environment
    dying = SimpleNamespace(kill=_stand_still_and_die, getpid=os.getpid)
    failpoint.os = dying  # type: ignore[assignment]
    with SqliteStore.open(Path(folder) / "store.sqlite") as store:
        _ask(store, folder, seed, first)


def _stand_still_and_die(pid: int, signal_: int) -> None:
    """Die so that whoever was answered too early has the time to note it before."""
    threading.Event().wait(_STANDSTILL)
    os.kill(pid, signal_)


def ask_until_the_cut(folder: str, seed: str, cut_at: int, after: str, synchronous: str) -> None:
    """The same on a disk whose power fails at this call, counted from the beginning or later."""
    disk = Disk("power", seed, cut_at if after == "start" else 0)
    store = PowerStore.on(disk, Path(folder) / "store.sqlite", synchronous)
    if after != "start":
        disk.cut_at = disk.calls + cut_at
    _ask(store, folder, seed)


def _ask(store: Store, folder: str, seed: str, first: int = 0) -> None:
    threading.excepthook = _end_all
    ledger = Ledger(store)
    for one in clients_in_process(ledger, Path(folder), CLIENTS, seed, first=first):
        one.join()


def _end_all(failed: threading.ExceptHookArgs) -> None:
    """A client, or the writer, has met something that nobody should."""
    traceback.print_exception(failed.exc_value)
    os._exit(1)


class Book:
    """A book in a folder, with the files of its clients.

    Args:
        folder: for all of it.
        seed: of what is asked, and of what happens when.
        is_made: whether to make it, and what its clients ask for.
    """

    def __init__(self, folder: Path, seed: str, *, is_made: bool = True) -> None:
        self.folder, self.seed = folder, seed
        self.path = folder / "store.sqlite"
        self.rng = random.Random(seed)
        self.times = 0
        """How often something has happened to it."""
        folder.mkdir(exist_ok=True)
        if is_made:
            with SqliteStore.open(self.path) as store, Ledger(store) as ledger:
                set_up(ledger, folder)

    def told(self) -> Told:
        """What its clients asked and were answered until now."""
        return Told.of(self.folder.glob("client-*"))

    def check(self) -> Checked:
        """See that all is as it must be."""
        with SqliteStore.open(self.path) as store:
            return check(store, self.told())

    def lost(self) -> int:
        """How many were answered that the book knows nothing of."""
        with SqliteStore.open(self.path) as store:
            return len(lost(store, self.told()))

    def kill_some_time(self) -> None:
        """Kill what asks, 60 to 250 ms after it was first answered."""
        asking = Forked(ask_for_ever, str(self.folder), self._next(), time_out=_AT_MOST)
        self._wait_for_answers([asking])
        asking.kill()
        self._ended(asking)

    def kill_one_of_two(self) -> None:
        """Two processes ask, as where a server is started before the last one is quite gone."""
        run = (str(self.folder), self._next())
        both = [Forked(ask_for_ever, *run, first * CLIENTS, time_out=_AT_MOST) for first in (0, 1)]
        for one in self.rng.sample(both, 2):
            self._wait_for_answers(both)
            one.kill()
            self._ended(one)
            both.remove(one)

    def kill_at(self, place: str, times: int) -> None:
        """Have it die at a failpoint, the so many-th time that it gets there."""
        armed = {"REGULARS_FAILPOINT": f"{place}:kill:{times}"}
        run = (str(self.folder), self._next())
        self._ended(Forked(ask_for_ever, *run, environment=armed, time_out=_AT_MOST))

    def cut_power(self, at: int, after: str = "load", synchronous: str = "") -> None:
        """Have the power fail at a call, counted from the `start` of the process or of the load."""
        run = (str(self.folder), self._next(), at, after, synchronous)
        self._ended(Forked(ask_until_the_cut, *run, time_out=_AT_MOST))

    def _next(self) -> str:
        self.times += 1
        return f"{self.seed}.{self.times}"

    def _wait_for_answers(self, asking: list[Forked]) -> None:
        """From what each is answered on 60 to 250 ms; in vain where one has ended."""
        before = self._noted()
        until(lambda: self._noted() > before or any(one.poll() is not None for one in asking))
        asking[0].wait(self.rng.uniform(0.06, 0.25))

    def _noted(self) -> int:
        return sum(one.stat().st_size for one in self.folder.glob("client-*"))

    def _ended(self, process: Forked) -> None:
        _, err = process.communicate()
        assert process.returncode == -signal.SIGKILL, (self._name(), process.returncode, err)

    def _name(self) -> str:
        return f"{self.seed}.{self.times}"


def seconds_to_open(path: Path) -> float:
    """How long it takes until the book is there again: opened, recovered, its head read."""
    began = time.perf_counter()
    with SqliteStore.open(path) as store, Ledger(store) as ledger:
        ledger.head()
    return time.perf_counter() - began
