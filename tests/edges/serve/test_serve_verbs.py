"""Every verb prints the same beside a server as without one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.app.home import make_home
from regulars.engines.duckdb import Warehouse, WarehouseError
from regulars.engines.remote import RemoteWarehouse
from regulars.errors import HomeBusy
from running_server import RunningServer, until

VERBS: tuple[tuple[str, ...], ...] = (
    ("people",),
    ("people", "--customer", "2"),
    ("growth", "--as-of", "2024-03-31"),
    ("diagnose",),
    ("recommend",),
    ("timeline", "2", "--limit", "5"),
    ("rejects",),
    ("plan", "--budget", "500"),
    ("understand", "--as-of", "2024-04-30"),
    ("rebuild",),
    ("doctor",),
)

TIMES = ("seconds", "made_at", "at", "took")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop, and some rows that nobody can take in."""
    folder = tmp_path_factory.mktemp("files")
    made = ("--out", folder / "made", "--customers", "150", "--seed", "7", "--format", "csv")
    regulars("simulate", *made, "--events", "none")
    orders = folder / "made" / "orders.csv"
    bad = folder / "bad.csv"
    head, first = orders.read_text("utf-8-sig").splitlines()[:2]
    bad.write_text(f"{head}\n{re.sub(r'[0-9]{4}-[0-9]{2}-[0-9]{2}', 'someday', first)}\n")
    return folder


def made_home(folder: Path) -> Path:
    home = folder / "shop"
    make_home(home, name="x", language="en", shop_id="0011223344556677")
    return home


@pytest.fixture(scope="module")
def alone(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = made_home(tmp_path_factory.mktemp("alone"))
    take_in(home, files)
    return home


@pytest.fixture(scope="module")
def served(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(made_home(tmp_path_factory.mktemp("served"))) as server:
        take_in(server.home, files)
        yield server


def take_in(home: Path, files: Path) -> None:
    """Import and understand; what was printed is kept in the home."""
    names = ("orders", "customers", "products", "spend")
    exports = [str(files / "made" / f"{name}.csv") for name in names]
    told = [
        as_json("--home", home, "import", *exports, files / "bad.csv"),
        as_json("--home", home, "understand"),
    ]
    (home / "told.json").write_text(json.dumps(told))


def same(told: Any, home: Path) -> Any:
    """What a verb printed, without what differs from one run to the next."""
    if isinstance(told, dict):
        return {
            key: same(value, home)
            for key, value in told.items()
            if key not in TIMES and not key.endswith("_seconds")
        }
    if isinstance(told, list):
        return [same(value, home) for value in told]
    if isinstance(told, str):
        return told.replace(str(home), "HOME")
    return told


def test_verbs_print_the_same(
    alone: Path, served: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # `diagnose` leaves its page here
    here, there = (
        same(json.loads((home / "told.json").read_text()), home) for home in (alone, served.home)
    )
    assert there == here
    for verb in VERBS:
        here = same(as_json("--home", alone, *verb), alone)
        there = same(as_json("--home", served.home, *verb), served.home)
        if verb == ("doctor",):  # which tells of the server, and of the disk's free space
            here, there = (
                [one for one in told["findings"] if one["subject"] not in ("disk", "server")]
                for told in (here, there)
            )
        assert there == here, verb
    assert served.get("/health")[0] == 200


def test_the_report_is_the_same(alone: Path, served: RunningServer) -> None:
    pages = []
    for home in (alone, served.home):
        out = home / "report.html"
        regulars("--home", home, "report", "--out", out)
        pages.append(re.sub(r"\d\d:\d\d(:\d\d)?", "", out.read_text("utf-8")))
    assert pages[0] == pages[1]


def test_python_uses_the_server_too(alone: Path, served: RunningServer) -> None:
    with Shop(served.home) as shop, Shop(alone) as other:
        assert isinstance(shop.warehouse, RemoteWarehouse)
        assert not isinstance(other.warehouse, RemoteWarehouse)
        assert shop.people().equals(other.people())
        assert set(shop.warehouse.tables()) >= set(other.warehouse.tables())
        with Shop(served.home) as beside:
            assert beside.people().num_rows == shop.people().num_rows


def test_a_verb_from_the_homes_own_folder_finds_the_server(served: RunningServer) -> None:
    told = json.loads(regulars("--json", "people", cwd=served.home).stdout)
    assert told["rows"]
    regulars("--json", "understand", cwd=served.home)


def test_two_verbs_at_once_do_not_refuse_each_other(served: RunningServer) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "regulars", "--home", str(served.home), "understand"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [one.communicate(timeout=120) for one in running]
    assert [one.returncode for one in running] == [0, 0], told


def test_a_verb_killed_in_the_middle_of_understanding_changes_nothing(
    served: RunningServer,
) -> None:
    before = as_json("--home", served.home, "people")["rows"]
    victim = subprocess.Popen(
        [sys.executable, "-c", _HALF, str(served.home)],
        stdin=subprocess.PIPE,  # it reads on to be killed
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "half\n"
    victim.kill()
    victim.communicate()
    with Warehouse.open(served.home / "warehouse.duckdb") as warehouse, warehouse.transaction():
        assert warehouse.sql("SELECT count(*) AS n FROM people")["n"][0].as_py() == len(before)
    assert as_json("--home", served.home, "people")["rows"] == before


_HALF = """
import sys
from regulars import Shop
shop = Shop(sys.argv[1])
with shop.warehouse.transaction():
    shop.warehouse.execute("DELETE FROM people")
    print("half", flush=True)
    sys.stdin.read()
"""


def test_a_rebuild_killed_in_the_middle_gives_the_warehouse_back(served: RunningServer) -> None:
    before = as_json("--home", served.home, "people")["rows"]
    victim = subprocess.Popen(
        [sys.executable, "-m", "regulars", "--home", str(served.home), "rebuild"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: served.get("/health")[1]["status"] != "ok" or victim.poll() is not None)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    until(lambda: served.get("/health")[0] == 200)
    assert as_json("--home", served.home, "people")["rows"] == before


def test_while_it_is_made_anew_others_are_told_and_events_are_taken_in(
    served: RunningServer,
) -> None:
    from regulars.engines.remote import lent

    write, read = served.key("web"), served.key("ask", "--read")
    with lent(served.home / "warehouse.duckdb") as is_served:
        assert is_served
        status, told = served.get("/v1/customers/1", read)
        assert (status, told["code"]) == (503, "home.busy")
        done = regulars("--home", served.home, "people", code=1)
        assert "being made anew" in done.stderr
        event = {"userId": "meanwhile", "event": "Cart Viewed", "messageId": "while"}
        assert served.send(write, "/v1/track", event) == 200
    until(lambda: served.get("/v1/customers/shop:meanwhile/timeline", read)[0] == 200)


def test_a_warehouse_in_use_elsewhere_is_not_lent(served: RunningServer) -> None:
    with Shop(served.home) as shop:
        shop.warehouse.execute("CREATE TEMP TABLE mine AS SELECT 1 AS n")
        done = regulars("--home", served.home, "rebuild", code=1)
        assert "program is using the warehouse" in done.stderr
        assert shop.warehouse.sql("FROM mine").num_rows == 1
    regulars("--home", served.home, "rebuild")


def test_a_server_waits_for_a_verb_that_has_the_warehouse(alone: Path) -> None:
    with Warehouse.own(alone / "warehouse.duckdb") as own:
        begun = threading.Event()
        started: list[RunningServer] = []

        def start() -> None:
            begun.set()
            started.append(RunningServer(alone))

        starting = threading.Thread(target=start)
        starting.start()
        begun.wait()
        until(lambda: (alone / "run" / "serve.lock").exists())
        until(lambda: "waiting for another program" in (alone / "server.log").read_text())
        assert own.has("people")
    starting.join(60)
    with started[0] as server:
        assert server.get("/health")[0] == 200


def test_a_session_of_a_stopped_server_says_so_and_the_next_call_works(alone: Path) -> None:
    with Shop(alone) as shop:
        with RunningServer(alone) as server:
            held = shop.warehouse
            assert isinstance(held, RemoteWarehouse)
            rows = shop.people().num_rows
            server.stop()
        with pytest.raises(WarehouseError, match="went away"):
            held.sql("SELECT 1")
        assert shop.people().num_rows == rows


def test_a_server_of_another_version_is_told(served: RunningServer, tmp_path: Path) -> None:
    from regulars.engines import wire

    before, wire.VERSION = wire.VERSION, -1
    try:
        with pytest.raises(HomeBusy, match="another version"):
            Warehouse.open(served.home / "warehouse.duckdb")
    finally:
        wire.VERSION = before
    shutil.rmtree(tmp_path)
    assert os.getpid() != served.owner
