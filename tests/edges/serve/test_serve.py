"""`regulars serve`: one command, several processes, and whatever may happen to them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.engines.served import is_served, owner_of
from running_server import RunningServer, children, is_alive, kill, until


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Shop.create(tmp_path / "shop", name="x", language="en").close()
    return tmp_path / "shop"


@pytest.fixture
def server(home: Path) -> Iterator[RunningServer]:
    with RunningServer(home) as running:
        yield running


def event(number: int, user: str = "u1") -> dict[str, Any]:
    return {"userId": user, "event": "Product Viewed", "messageId": f"m{number}"}


def names(server: RunningServer, key: str, customer: str = "shop:u1") -> int:
    """How many rows the customer's history has."""
    status, told = server.get(f"/v1/customers/{customer}/timeline?limit=1000", key)
    return len(told["rows"]) if status == 200 else 0


def test_it_tells_where_it_is_and_answers_there(server: RunningServer) -> None:
    assert server.told["home"] == str(server.home)
    assert server.get("/health")[0] == 200
    assert {line["event"] for line in server.lines()} >= {
        "started owner",
        "started workers",
        "ready",
    }


def test_it_stops_at_once_and_leaves_nothing_behind(home: Path) -> None:
    for how in (signal.SIGTERM, signal.SIGINT):
        server = RunningServer(home)
        processes = children(server.process.pid)
        assert server.stop(how) == 0
        assert not [pid for pid in processes if is_alive(pid)]
        assert owner_of(home) is None
        assert not is_served(home)
        assert not [path for path in (home / "run").iterdir() if path.is_socket()]
    regulars("--home", home, "doctor")


def test_its_files_are_its_users_own(server: RunningServer) -> None:
    run = server.home / "run"
    assert run.stat().st_mode & 0o077 == 0
    found = owner_of(server.home)
    assert found is not None
    for path in (run / "owner.json", Path(found.http), Path(found.warehouse)):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_home_has_one_server(server: RunningServer) -> None:
    done = regulars("--home", server.home, "serve", "--port", "0", code=1)
    assert done.stderr.startswith("home.busy: ")
    assert "A server runs for this home already" in done.stderr or "already" in done.stderr
    assert server.get("/health")[0] == 200


def test_a_port_in_use_is_told(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = regulars("--home", home, "serve", "--port", str(other.getsockname()[1]), code=1)
    assert "nothing can listen there" in done.stderr
    assert not is_served(home)


def test_no_home_no_server(tmp_path: Path) -> None:
    done = regulars("--home", tmp_path, "serve", code=1)
    assert done.stderr.startswith("home.invalid: ")


def test_a_stop_loses_nothing(home: Path) -> None:
    with RunningServer(home) as server:
        write = server.key("web")
        for number in range(50):
            assert server.send(write, "/v1/track", event(number)) == 200
    with RunningServer(home) as server:
        read = server.key("ask", "--read")
        assert names(server, read) == 50
    told = as_json("--home", home, "timeline", "u1", "--limit", "1000")
    assert len(told["rows"]) == 50


def test_a_killed_owner_is_back_soon_and_has_lost_nothing(server: RunningServer) -> None:
    write, read = server.key("web"), server.key("ask", "--read")
    before = server.owner
    for number in range(30):
        assert server.send(write, "/v1/track", event(number)) == 200
        if number == 10:
            os.kill(before, signal.SIGKILL)
    until(lambda: server.owner != before)
    until(lambda: names(server, read) == 30)
    assert "owner died" in server.log()


def test_while_the_owner_is_away_events_are_taken_in(server: RunningServer) -> None:
    write, read = server.key("web"), server.key("ask", "--read")
    os.kill(server.owner, signal.SIGSTOP)
    stopped = server.owner
    try:
        assert server.send(write, "/v1/track", event(1)) == 200
    finally:
        os.kill(stopped, signal.SIGCONT)
    until(lambda: names(server, read) == 1)


def test_killed_workers_are_back_soon(server: RunningServer) -> None:
    write, read = server.key("web"), server.key("ask", "--read")
    assert server.send(write, "/v1/track", event(1)) == 200
    workers = [pid for pid in children(server.process.pid) if pid != server.owner]
    kill(*reversed(workers))  # those that take in, and what watches them

    def answered(ask: Callable[[], int]) -> int:
        """What is answered; a worker whose killed parent had just begun it still takes some."""
        try:
            return ask()
        except OSError:
            return 0

    until(lambda: answered(lambda: server.send(write, "/v1/track", event(2))) == 200)
    until(lambda: answered(lambda: names(server, read)) == 2)


def test_a_killed_supervisor_leaves_no_orphans(home: Path) -> None:
    server = RunningServer(home)
    write = server.key("web")
    assert server.send(write, "/v1/track", event(1)) == 200
    processes = children(server.process.pid)
    assert server.owner in processes
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not [pid for pid in processes if is_alive(pid)])
    with RunningServer(home) as again:
        read = again.key("ask", "--read")
        until(lambda: names(again, read) == 1)


def test_a_server_begins_while_a_killed_ones_owner_still_ends(home: Path) -> None:
    server = RunningServer(home)
    owner = server.owner
    os.kill(owner, signal.SIGSTOP)
    server.stop(signal.SIGKILL)
    again = subprocess.Popen(
        [sys.executable, "-m", "regulars", "--json", "--home", str(home), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert again.stderr is not None
    assert again.stdout is not None
    waits = "waiting for another program"
    assert until(lambda: waits in again.stderr.readline())  # type: ignore[union-attr]
    os.kill(owner, signal.SIGCONT)
    assert again.stdout.readline()
    again.terminate()
    again.communicate(timeout=60)
    assert again.returncode == 0


def test_a_home_deep_down_is_served_too(tmp_path: Path) -> None:
    home = tmp_path / ("long-" * 20) / ("longer-" * 15)
    Shop.create(home, name="x").close()
    with RunningServer(home) as server:
        found = owner_of(home)
        assert found is not None
        elsewhere = Path(found.http).parent
        assert elsewhere.parent != home
        assert elsewhere.stat().st_mode & 0o077 == 0
        assert server.get("/health")[0] == 200
        assert as_json("--home", home, "doctor")["findings"]
    assert not elsewhere.exists()


def test_what_a_dead_server_left_hinders_nobody(home: Path) -> None:
    server = RunningServer(home)
    processes = children(server.process.pid)
    kill(server.process.pid, *processes)
    server.stop()
    until(lambda: not [pid for pid in processes if is_alive(pid)])
    assert owner_of(home) is not None, "it had no time to tidy up"
    regulars("--home", home, "doctor")
    with RunningServer(home) as again:
        assert again.get("/health")[0] == 200


def test_it_gives_up_where_the_owner_cannot_work(home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(b"this is no warehouse" * 1000)
    done = regulars("--home", home, "serve", "--port", "0", code=1)
    assert "serve.failed: The owner cannot work" in done.stderr
    assert "regulars rebuild" in done.stderr
    assert not is_served(home)


def test_log_lines_hold_nothing_personal(server: RunningServer) -> None:
    write, read = server.key("web"), server.key("ask", "--read")
    body = event(1, "13812345678") | {"traits": {"email": "somebody@example.com"}}
    assert server.send(write, "/v1/track", body) == 200
    until(lambda: names(server, read, "phone:13812345678") == 1)
    server.get("/v1/customers/phone:13912345678", read)
    log = server.log()
    server.lines()
    for secret in ("13812345678", "13912345678", "somebody@example.com", write, read, "127.0.0.1 "):
        assert secret not in log
