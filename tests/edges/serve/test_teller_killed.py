"""The teller killed, the server stopped, under load: what was acknowledged stands there, once."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from edges.serve.telling import key_of
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.edges.serve.teller.place import teller_of
from regulars.ledger.ledger import Ledger
from regulars.ledger.verify import verify
from running_server import RunningServer, is_alive, until

CLIENTS = 12


class Load:
    """Clients who earn a point each time, under keys of their own, and note what was answered."""

    def __init__(self, url: str, key: str) -> None:
        self._place, self._key = urlsplit(url).netloc, key
        self.acknowledged: set[str] = set()
        self.unsure: set[str] = set()
        self.statuses: list[int] = []
        self.longest = 0.0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(n,)) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def ask(self, wire: HTTPConnection, path: str, body: str, key: str) -> int:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": key}
        wire.request("POST", f"/v1/ledger/{path}", body, headers)
        answer = wire.getresponse()
        answer.read()
        return answer.status

    def _go_on(self, client: int) -> None:
        count = 0
        while not self._stop.is_set():
            wire = HTTPConnection(self._place, timeout=30)
            with suppress(OSError, HTTPException):
                while not self._stop.is_set():
                    key = f"{client}-{count}"
                    count += 1
                    self.unsure.add(key)
                    legs = f'[["points","issuer",-1],["points","customer:{client}",1]]'
                    began = time.monotonic()
                    status = self.ask(wire, "post", f'{{"legs":{legs}}}', key)
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.statuses.append(status)
                    if status == 200:
                        self.acknowledged.add(key)
            wire.close()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def stored(home: Path) -> list[str]:
    """The keys of all posts of the load, as the journal has them; the book must verify."""
    with open_store(Home.open(home)) as store, Ledger(store) as ledger:
        with store.read() as connection:
            verify(connection)
        entries = (ledger.entry(n) for n in range(1, ledger.head().n + 1))
        return [one.key for one in entries if one.kind == "post"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path / "home")
    return tmp_path / "home"


def define(load: Load, url: str) -> None:
    wire = HTTPConnection(urlsplit(url).netloc, timeout=30)
    assert load.ask(wire, "define", '{"asset":"points"}', "define") == 200
    wire.close()


def test_a_teller_killed_under_load_loses_nothing_and_is_there_again_within_5_seconds(
    home: Path,
) -> None:
    key = key_of(home, "web-shop", "ledger:read", "ledger:write")
    with RunningServer(home) as server:
        load = Load(server.url, key)
        try:
            define(load, server.url)
            took = []
            for _ in range(3):
                had = len(load.acknowledged)
                until(lambda had=had: len(load.acknowledged) > had + 200)
                before = teller_of(home / "run")
                assert before is not None
                os.kill(before.pid, signal.SIGKILL)
                began = time.monotonic()
                until(lambda gone=before.pid: not is_alive(gone))
                had = len(load.acknowledged)
                until(lambda had=had: len(load.acknowledged) > had + 20)
                took.append(time.monotonic() - began)
        finally:
            load.end()
        assert server.process.poll() is None
        assert server.get("/health")[0] == 200
    found = stored(home)
    assert len(found) == len(set(found))
    assert load.acknowledged <= set(found) <= load.unsure
    # 404 until the asset is there.
    assert set(load.statuses) <= {200, 404, 503}
    assert 503 in load.statuses  # those who were waiting when it died
    assert max(took) < 5, took
    assert load.longest < 5


def test_a_server_stopped_under_load_has_done_all_that_it_acknowledged(home: Path) -> None:
    key = key_of(home, "web-shop", "ledger:read", "ledger:write")
    with RunningServer(home) as server:
        load = Load(server.url, key)
        try:
            define(load, server.url)
            until(lambda: len(load.acknowledged) > 300)
            assert server.stop() == 0
        finally:
            load.end()
    found = stored(home)
    assert len(found) == len(set(found))
    assert load.acknowledged <= set(found) <= load.unsure
    assert set(load.statuses) <= {200, 404, 503}


def test_a_stopped_teller_leaves_neither_socket_nor_file(home: Path) -> None:
    with RunningServer(home):
        told = teller_of(home / "run")
        assert told is not None
        assert Path(told.socket).stat().st_mode & 0o077 == 0  # nobody else's
    assert teller_of(home / "run") is None
    assert not Path(told.socket).exists()
