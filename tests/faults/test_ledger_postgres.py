"""PostgreSQL stops, or drops its connections, under load: the ledger waits, and goes on by itself.

A small form of `tests/soak/soak_ledger_faults.py`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger_checker import Checked, Told, check
from ledger_load import clients_in_process, set_up
from postgres import PostgresServer
from regulars.engines.postgres import PostgresStore
from regulars.errors import StoreAway
from regulars.ledger import writer
from regulars.ledger.command import Leg, Post
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from running_server import until

SEED = "20261122"
CLIENTS = 16
_SESSIONS = "FROM pg_stat_activity WHERE application_name = 'regulars' AND pid <> pg_backend_pid()"


def earn(key: int) -> Post:
    return Post(
        key=f"earn {key}", legs=(Leg("points", "issuer", -5), Leg("points", "customer:1", 5))
    )


class Outages:
    """A ledger on a server, under load, and what happens to the server.

    Args:
        server: to be stopped and started.
        url: of the ledger's database.
        folder: of the clients' files.
        seed: of what is asked, and when.
    """

    def __init__(self, server: PostgresServer, url: str, folder: Path, seed: str) -> None:
        self.server, self.url, self.folder, self.seed = server, url, folder, seed
        self.rng = random.Random(seed)
        self.failures: set[str] = set()
        """What kinds of errors the ledger met."""
        self.back: list[float] = []
        """Seconds from when the server was there again to the next commit."""
        self._paused = threading.Event()

    @contextmanager
    def under_load(self) -> Iterator[None]:
        """Clients ask until the end; none of them may have met anything but an answer."""
        stopped = threading.Event()
        with PostgresStore.open(self.url) as store, Ledger(store) as ledger:
            self.ledger = ledger
            set_up(ledger, self.folder)
            clients = clients_in_process(ledger, self.folder, CLIENTS, self.seed, stopped.is_set)
            try:
                yield
                assert all(one.is_alive() for one in clients)
            finally:
                stopped.set()
                for one in clients:
                    one.join()

    def check(self) -> Checked:
        """See that all is as it must be."""
        with PostgresStore.open(self.url) as store:
            return check(store, Told.of(self.folder.glob("client-*")))

    def some_commits(self) -> None:
        """Wait until it has written a few times more."""
        wanted = self.ledger.figures.commits + self.rng.randrange(3, 40)
        until(lambda: self._note() and self.ledger.figures.commits >= wanted)

    def stop_and_start(self) -> None:
        """A crash of the server, which is away for a moment."""
        self.some_commits()
        self.server.stop("immediate")
        self._paused.wait(self.rng.uniform(0, 0.4))
        self._note()
        self.server.start()
        before, began = self.ledger.figures.commits, time.perf_counter()
        until(lambda: self._note() and self.ledger.figures.commits > before)
        self.back.append(time.perf_counter() - began)

    def drop_connections(self) -> None:
        """The server ends all sessions, wherever they are."""
        self.some_commits()
        _drop(self)

    def _note(self) -> bool:
        if (failing := self.ledger.figures.failing) is not None:
            self.failures.add(type(failing).__name__)
        return True


@pytest.fixture
def outages(postgres_server: PostgresServer, postgres_url: str, tmp_path: Path) -> Outages:
    return Outages(postgres_server, postgres_url, tmp_path, SEED)


def test_a_server_that_crashes_again_and_again_loses_nothing_that_was_answered(
    outages: Outages,
) -> None:
    with outages.under_load():
        for _ in range(3):
            outages.stop_and_start()
        outages.some_commits()
    found = outages.check()
    assert found.answered > 50, found
    assert outages.failures <= {"StoreAway"}
    assert max(outages.back) < 5.0, outages.back


def test_sessions_that_end_anywhere_lose_nothing_that_was_answered(outages: Outages) -> None:
    with outages.under_load():
        for _ in range(10):
            outages.drop_connections()
        outages.some_commits()
        assert outages.ledger.figures.failures == 0, "it was tried again, and nobody was told"
    outages.check()


@pytest.mark.parametrize("place", ["ledger.begun", "ledger.written"])
def test_a_session_that_ends_before_its_commit_is_begun_anew(
    outages: Outages, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PostgresStore.open(outages.url) as store, Ledger(store) as ledger:
        set_up(ledger, outages.folder)
        monkeypatch.setattr(writer, "reach", _once(place, lambda: _drop(outages)))
        before = ledger.head().n
        receipt = ledger.ask(earn(1), by="cli")
        assert (receipt.n, receipt.replayed) == (before + 1, False)
        assert ledger.figures.failures == 0


def test_a_commit_of_which_nobody_heard_is_not_done_again(outages: Outages) -> None:
    """The server has committed and waits for a standby that never comes; then the session ends."""
    with PostgresStore.open(outages.url) as store, Ledger(store) as ledger:
        set_up(ledger, outages.folder)
        before = ledger.head().n
        answers: list[object] = []
        asked: list[Post] = []
        waiting = f"SELECT pid {_SESSIONS} AND wait_event = 'SyncRep'"

        def one_waits() -> object:
            """Ask something new as long as what was asked is answered at once."""
            if len(asked) == len(answers):
                asked.append(earn(len(asked)))
                ledger.submit(asked[-1], "cli", answers.append)
            return outages.server.execute(waiting)

        _set(outages.server, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try:
            until(one_waits)  # settings reach the server's processes when they look
            _drop(outages)
        finally:
            _set(outages.server, "ALTER SYSTEM RESET synchronous_standby_names")
        until(lambda: len(answers) == len(asked))
        last = answers[-1]
        assert isinstance(last, Receipt)
        assert (last.n, last.replayed) == (before + len(asked), True), "it was found done"
        assert ledger.head().n == before + len(asked)


def test_while_the_server_is_away_commands_end_with_a_sentence(
    outages: Outages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_PATIENCE", 0.2)
    with PostgresStore.open(outages.url) as store, Ledger(store) as ledger:
        set_up(ledger, outages.folder)
        outages.server.stop("immediate")
        with pytest.raises(StoreAway, match="does not answer"):
            ledger.ask(earn(1), by="cli")
        with pytest.raises(StoreAway, match="does not answer"):
            ledger.balance("points", "customer:1")
        assert isinstance(ledger.figures.failing, StoreAway)
        outages.server.start()
        assert ledger.ask(earn(1), by="cli").lines
        assert ledger.figures.failing is None
        assert ledger.balance("points", "customer:1").available == 5


def _drop(outages: Outages) -> None:
    outages.server.execute(f"SELECT pg_terminate_backend(pid) {_SESSIONS}")


def _set(server: PostgresServer, statement: str) -> None:
    server.execute(statement)
    server.execute("SELECT pg_reload_conf()")


def _once(place: str, do: Callable[[], None]) -> Callable[[str], None]:
    """Does it the first time that a failpoint is reached."""
    left = [place]

    def reach(name: str) -> None:
        if name in left:
            left.remove(name)
            do()

    return reach
