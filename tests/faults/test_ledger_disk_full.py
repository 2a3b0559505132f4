"""A disk that fills up under the ledger: refused with a sentence, nothing half, on by itself."""

from __future__ import annotations

import itertools
import json
import random
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import forked
from faults.apsw_store import Disk, PowerStore
from faults.ledger_served import ledger_key
from faults.test_disk_full import namespaces
from ledger_checker import Told, check
from ledger_load import Mix, ask_in_process, clients_in_process, set_up
from regulars.app.home import make_home
from regulars.engines.sqlite import SqliteStore
from regulars.errors import StoreFull
from regulars.ledger.command import Define, Leg, Post
from regulars.ledger.ledger import Ledger
from running_server import RunningServer, until

TESTS = Path(__file__).parents[1]
SEED = "20261122"
CLIENTS = 8


@contextmanager
def under_load(ledger: Ledger, folder: Path) -> Iterator[None]:
    """Clients ask meanwhile."""
    stopped = threading.Event()
    clients = clients_in_process(ledger, folder, CLIENTS, SEED, stopped.is_set)
    try:
        yield
    finally:
        stopped.set()
        for one in clients:
            one.join()


def is_failing(ledger: Ledger) -> bool:
    return isinstance(ledger.figures.failing, StoreFull)


def goes_on(ledger: Ledger) -> Callable[[], bool]:
    """Whether it has written anything from now on."""
    before = ledger.figures.commits
    return lambda: ledger.figures.commits > before + 3


def test_on_a_full_disk_a_command_is_refused_and_done_once_there_is_room(tmp_path: Path) -> None:
    disk = Disk("full")
    earn = Post(key="1", legs=(Leg("points", "issuer", -5), Leg("points", "customer:1", 5)))
    with PowerStore.on(disk, tmp_path / "store.sqlite") as store, Ledger(store) as ledger:
        set_up(ledger, tmp_path)
        disk.room = disk.size(tmp_path)
        before = ledger.head()
        for _ in range(3):
            with pytest.raises(StoreFull, match=r"[Nn]othing can be written.*make room|Make room"):
                ledger.ask(earn, by="cli")
        assert isinstance(ledger.figures.failing, StoreFull)
        assert ledger.head() == before, "reading goes on"
        disk.room = None
        receipt = ledger.ask(earn, by="cli")
        assert (receipt.n, receipt.replayed) == (before.n + 1, False)
        assert ledger.figures.failing is None


def test_wherever_the_room_ends_nothing_is_half_written(tmp_path: Path) -> None:
    """Of the log, of the file as the log is passed into it, before a page or inside of one."""
    disk, rng = Disk("ending"), random.Random(SEED)
    with PowerStore.on(disk, tmp_path / "store.sqlite") as store:
        with Ledger(store) as ledger:
            set_up(ledger, tmp_path)
            with under_load(ledger, tmp_path):
                for _ in range(12):
                    disk.room = disk.size(tmp_path) + rng.randrange(0, 600_000)
                    until(lambda: is_failing(ledger))
                    disk.room = None
                    until(goes_on(ledger))
        assert disk.syncs_of["db"] > 3, "the log has been passed on"
        found = check(store, Told.of(tmp_path.glob("client-*")))
    assert found.answered > 50, found


def test_syncs_that_fail_acknowledge_nothing(tmp_path: Path) -> None:
    disk = Disk("failing", SEED)
    with PowerStore.on(disk, tmp_path / "store.sqlite") as store, Ledger(store) as ledger:
        set_up(ledger, tmp_path)
        ask, mix = ask_in_process(ledger, "cli"), Mix("failing", SEED)
        for _ in range(200):
            disk.bad_syncs, failed = 0.3, disk.failed_syncs
            answer = ask(command := mix.next())
            assert answer is None or disk.failed_syncs == failed
            disk.bad_syncs = 0.0
            assert (again := ask(command)) is not None
            assert answer in (None, again), "what was told is what is told again"
    assert disk.failed_syncs > 20


_ON_A_SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path
disk, folder, tests = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(disk)], check=True)
sys.path.insert(0, tests)
from faults.test_ledger_disk_full import fill_and_free
print(json.dumps(fill_and_free(disk, folder)))
"""


def fill_and_free(disk: Path, folder: Path) -> dict[str, object]:
    """Fill the disk that the store lies on, and free it, again and again under load."""
    filler, rng = disk / "filler", random.Random(SEED)
    kinds = set()
    with SqliteStore.open(disk / "store.sqlite") as store:
        with Ledger(store) as ledger:
            set_up(ledger, folder)
            with under_load(ledger, folder):
                for _ in range(5):
                    with filler.open("wb", buffering=0) as out:
                        _write_all_but(out, rng.randrange(0, 200_000))
                    until(lambda: ledger.figures.failing is not None)
                    kinds.add(type(ledger.figures.failing).__name__)
                    ledger.balance("points", "customer:1")
                    filler.unlink()
                    until(goes_on(ledger))
        found = check(store, Told.of(folder.glob("client-*")))
    return {"failures": sorted(kinds), "answered": found.answered}


def _write_all_but(out: object, left: int) -> None:
    for size in (65536, 4096, 1):
        try:
            while True:
                out.write(bytes(size))  # type: ignore[attr-defined]
        except OSError:
            pass
    out.truncate(max(0, out.tell() - left))  # type: ignore[attr-defined]


def test_on_a_real_disk_that_fills_up_again_and_again_nothing_is_lost(tmp_path: Path) -> None:
    disk, folder = tmp_path / "disk", tmp_path / "clients"
    disk.mkdir()
    folder.mkdir()
    done = subprocess.run(
        [*namespaces(), sys.executable, "-c", _ON_A_SMALL_DISK, str(disk), str(folder),
         str(TESTS)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == ["StoreFull"]
    assert found["answered"] > 50


def ask_with_files_bounded(folder: str) -> None:
    """In a process of its own: no file may grow past a size; then it may."""
    at = Path(folder)
    with SqliteStore.open(at / "store.sqlite") as store, Ledger(store) as ledger:
        set_up(ledger, at)
        with under_load(ledger, at):
            for _ in range(3):
                most = max(one.stat().st_size for one in at.iterdir()) + 50_000
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
                until(lambda: is_failing(ledger))
                resource.setrlimit(
                    resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
                )
                until(goes_on(ledger))
        sys.stdout.write(f"{ledger.figures.commands}")


def test_files_that_may_not_grow_further_are_as_a_full_disk(tmp_path: Path) -> None:
    done = forked.run(ask_with_files_bounded, str(tmp_path))
    assert done.returncode == 0, done.stderr
    with SqliteStore.open(tmp_path / "store.sqlite") as store:
        assert check(store, Told.of(tmp_path.glob("client-*"))).answered > 50


_SERVED_ON_A_SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path
disk, tests = Path(sys.argv[1]), sys.argv[2]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", str(disk)], check=True)
sys.path.insert(0, tests)
from faults.test_ledger_disk_full import serve_until_it_is_full
print(json.dumps(serve_until_it_is_full(disk)))
"""


def serve_until_it_is_full(disk: Path) -> dict[str, Any]:
    """What a client and `/health` are told before, while the disk is full, and after."""
    home, filler = disk / "shop", disk / "filler"
    with SqliteStore.open(make_home(home, name="x").store) as store, Ledger(store) as ledger:
        ledger.ask(Define(key="points", asset="points"), by="cli")
    headers = {"Authorization": f"Bearer {ledger_key(home, 'web')}"}
    legs = [["points", "issuer", -5], ["points", "customer:1", 5]]
    with RunningServer(home) as server:
        count = itertools.count()

        def ask(key: str) -> tuple[int, Any]:
            with_key = headers | {"Idempotency-Key": key, "Content-Type": "application/json"}
            return server.ask("/v1/ledger/post", with_key, {"legs": legs})

        def fills_up() -> tuple[int, Any] | None:
            """What is left free in the store's own files is used up by what comes."""
            nth = next(count)
            told = ask(f"until {nth}")
            return (nth, told[1]) if told[0] == 503 else None

        found: dict[str, Any] = {"before": ask("before")}
        with filler.open("wb", buffering=0) as out:
            _write_all_but(out, 0)
        nth, found["full"] = until(fills_up)
        found["health"] = server.get("/health")
        filler.unlink()
        found["well"] = until(lambda: server.get("/health")[0] == 200)
        found["again"] = ask(f"until {nth}")
        balance = "/v1/ledger/balance?asset=points&owner=customer:1"
        found["balance"] = server.ask(balance, headers)[1]["available"]
        found["expected"] = 5 * (nth + 2)
    return found


def test_over_http_a_full_disk_is_503_and_health_is_red_until_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [*namespaces(), sys.executable, "-c", _SERVED_ON_A_SMALL_DISK, str(disk), str(TESTS)],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["before"][0] == found["again"][0] == 200
    assert found["full"]["code"] == "store.full"
    assert str(disk) not in json.dumps(found["full"]), "where it lies is nobody's business"
    status, told = found["health"]
    assert status == 503
    assert told["checks"]["store"]["status"] == "failing"
    assert found["balance"] == found["expected"], "each that was answered once, and only those"
