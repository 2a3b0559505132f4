"""The supervisor: what dies, hangs or is left behind is dealt with."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from regulars import Shop
from regulars.edges.serve import answering, supervisor
from regulars.edges.serve.address import Address
from regulars.edges.serve.answering import Answering
from regulars.edges.serve.log import log
from regulars.edges.serve.owner import CANNOT
from regulars.edges.serve.stopping import Stop
from regulars.edges.serve.supervisor import ServeFailed, Supervisor
from regulars.engines.served import is_served
from running_server import RunningServer, children, is_alive, kill, until


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Shop.create(tmp_path / "shop", name="x", language="en").close()
    return tmp_path / "shop"


def front_and_workers(server: int) -> tuple[int, list[int]]:
    """What starts the workers, and the workers."""
    for pid in children(server):
        if b"serve.front" in Path(f"/proc/{pid}/cmdline").read_bytes() and children(pid):
            return pid, children(pid)
    return 0, []


class Deaths:
    """A child that always dies with the same code, looked at until it has died so often."""

    def __init__(self, folder: Path, code: int) -> None:
        with Shop.create(folder / "dying", name="x") as shop:
            self._child = supervisor._Child(
                "child", [sys.executable, "-c", f"raise SystemExit({code})"], shop.home
            )

    def see(self, count: int, *, gives_up: bool) -> None:
        seen: set[int] = set()

        def enough() -> bool:
            self._child.look(gives_up=gives_up)
            seen.update({self._child.pid} - {None})
            return len(seen) > count

        until(enough)
        self._child.stop(10)


def test_what_dies_again_and_again_is_given_up_before_the_server_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_PAUSES", (0.0, 0.0, 0.0))
    with pytest.raises(ServeFailed, match="died 4 times in a row"):
        Deaths(tmp_path, 1).see(10, gives_up=True)


@pytest.mark.parametrize("code", [1, CANNOT])
def test_afterwards_nothing_is_given_up_since_the_rest_still_takes_events_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(supervisor, "_PAUSES", (0.0, 0.0, 0.0))
    Deaths(tmp_path, code).see(6, gives_up=False)


def test_a_worker_killed_whenever_it_has_just_begun_comes_back_each_time(home: Path) -> None:
    """Granian ends then, with all its workers, and is started again."""
    with RunningServer(home) as server:
        key = server.key("web")
        for number in range(4):
            _, workers = until(lambda: _some(server.process.pid))
            kill(workers[0])
            until(lambda gone=workers[0]: not is_alive(gone))
            until(lambda number=number: _takes_in(server, key, number))
        assert server.process.poll() is None


def _some(server: int) -> tuple[int, list[int]] | None:
    found = front_and_workers(server)
    return found if found[1] else None


def _takes_in(server: RunningServer, key: str, number: int) -> bool:
    try:
        body = {"userId": "u", "event": "Seen", "messageId": f"m{number}"}
        return server.send(key, "/v1/track", body) == 200
    except OSError:
        return False


@contextmanager
def supervised(home: Path) -> Iterator[tuple[Address, set[int]]]:
    """A supervisor in this process; the address comes, and the processes of before."""
    with Shop(home) as shop:
        opened = shop.home
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = Address("127.0.0.1", int(door.getsockname()[1]))
    before = set(children(os.getpid()))
    stop, ready = Stop(), threading.Event()
    running = threading.Thread(
        target=Supervisor(opened, address, 1).run, args=(stop, lambda _: ready.set())
    )
    running.start()
    try:
        assert ready.wait(60)
        yield address, before
    finally:
        stop.ask()
        running.join(60)
        assert not running.is_alive()


def _answers(address: Address) -> bool:
    try:
        with socket.create_connection(address.here, timeout=0.5) as line:
            line.sendall(b"OPTIONS /v1/track HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return line.recv(100).startswith(b"HTTP/1.1 204")
    except OSError:
        return False


def test_workers_that_live_and_answer_nobody_are_killed_and_started_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_EVERY", 0.1)
    monkeypatch.setattr(answering, "_SILENT", 4.0)
    with supervised(home) as (address, _):
        until(lambda: _answers(address))
        front, workers = until(lambda: _some(os.getpid()))
        os.kill(workers[0], signal.SIGSTOP)
        assert not _answers(address)
        until(lambda: _answers(address))
        assert not is_alive(front)


def test_who_answers_late_but_answers_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = Address("127.0.0.1", int(door.getsockname()[1]))
        asking = Answering(address, every=0.01, silent=1.0)
        try:
            assert asking.goes_on(1)
            until(lambda: not asking.goes_on(1))
            assert asking.goes_on(2), "another process has its own time"
            line, _ = door.accept()
            with line:
                line.recv(1000)
                line.sendall(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")
            assert asking.goes_on(2)
        finally:
            asking.end()


def test_a_worker_ends_with_what_started_it_also_when_nobody_tells_it(home: Path) -> None:
    server = RunningServer(home)
    front, workers = until(lambda: _some(server.process.pid))
    kill(server.process.pid, front)
    server.stop()
    until(lambda: not [pid for pid in workers if is_alive(pid)])


def test_a_server_takes_over_the_port_of_one_that_was_killed(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = str(door.getsockname()[1])
    for _ in range(2):
        server = RunningServer(home, "--port", port)
        assert server.url.endswith(port)
        server.stop(signal.SIGKILL)
    with RunningServer(home, "--port", port) as server:
        assert server.get("/health")[0] == 200


def test_figures_of_a_server_before_are_not_counted(home: Path) -> None:
    left = home / "run" / "workers" / "1.json"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"left")
    with RunningServer(home):
        assert not left.exists()


@pytest.mark.parametrize("moment", ["started owner", "started workers", "open"])
def test_asked_to_stop_while_it_begins_it_stops_soon(home: Path, moment: str) -> None:
    with (home / "log").open("wb") as err:
        server = subprocess.Popen(
            [sys.executable, "-m", "regulars", "--home", str(home), "serve", "--port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=err,
        )
    until(lambda: f'"{moment}"' in (home / "log").read_text())
    processes = children(server.pid)
    server.terminate()
    assert server.wait(15) == 0
    assert not [pid for pid in processes if is_alive(pid)]
    assert not is_served(home)


def test_a_log_that_cannot_be_written_stops_nothing(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c",
         "import os\nfrom regulars.edges.serve.log import log\nos.close(2)\nlog('owner', 'x')"],
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert log.__doc__
