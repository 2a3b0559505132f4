"""The intake worker on a full disk, killed, and asked to stop: nothing acknowledged is lost."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from edges.serve.worker.running import Running, kept_in, running
from faults.test_disk_full import namespaces
from regulars.app.home import make_home
from regulars.intake.connection import Connections
from running_server import kill

TESTS = Path(__file__).parents[1]

_ON_A_SMALL_DISK = """
import json, os, subprocess, sys, time
from pathlib import Path
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)], check=True)
sys.path.insert(0, sys.argv[2])
from edges.serve.worker.running import kept_in, running
from regulars.app.home import make_home
from regulars.intake.connection import Connections

home = disk / "shop"
make_home(home)
key = Connections(home / "keys").add("web", "events")[1]
numbers = iter(range(10**6))
acknowledged, statuses = [], []

def send(worker, size):
    n = next(numbers)
    answer = worker.send("/v1/track", {"n": n, "x": "x" * size}, key)
    statuses.append((answer.status, answer.headers.get("retry-after")))
    if answer.status == 200:
        acknowledged.append(n)
    return answer

found = {"health": [], "resumed": [], "codes": []}
with running(home) as worker:
    for turn in range(3):
        filler = disk / "filler"
        assert send(worker, 10).status == 200
        with filler.open("wb", buffering=0) as out:
            try:
                while True:
                    out.write(bytes(4096))
            except OSError:
                pass
        until = time.monotonic() + 20
        while (answer := send(worker, 9000)).status == 200 and time.monotonic() < until:
            pass
        found["codes"].append(answer.told["code"])
        found["where"] = answer.told["where"]
        answer = worker.ask("GET", "/health")
        found["health"].append((answer.status, answer.told["checks"]["intake"]["status"]))
        filler.unlink()
        until = time.monotonic() + 20
        while (answer := send(worker, 10)).status != 200 and time.monotonic() < until:
            pass
        found["resumed"].append(answer.status)
        found["health"].append(worker.ask("GET", "/health").told["checks"]["intake"]["status"])
found["statuses"] = sorted(set(statuses), key=str)
found["acknowledged"] = acknowledged
found["kept"] = [json.loads(one.body)["n"] for one in kept_in(home)]
found["log"] = worker.log.read_text()
print(json.dumps(found))
"""


def test_a_full_disk_is_503_and_nothing_is_acknowledged_until_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [*namespaces(), sys.executable, "-c", _ON_A_SMALL_DISK, str(disk), str(TESTS)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["codes"] == ["intake.no_room"] * 3
    assert "file" not in found["where"], "of our disk, which is nobody's business"
    assert found["statuses"] == [[200, None], [503, "2"]]
    assert found["health"] == [[503, "failing"], "ok"] * 3
    assert found["resumed"] == [200] * 3
    assert found["kept"] == found["acknowledged"]
    assert '"nothing can be made durable"' in found["log"]


def test_a_file_that_may_not_grow_further_is_as_a_full_disk(tmp_path):
    """The same where no namespaces are allowed: files end at 200 KB, and a new one has room."""
    home = tmp_path / "home"
    make_home(home)
    key = Connections(home / "keys").add("web", "events")[1]
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"
    acknowledged = []
    statuses = set()
    with running(home, before=limit) as worker:
        for n in range(40):
            status = worker.send("/v1/track", {"n": n, "x": "x" * 30_000}, key).status
            statuses.add(status)
            if status == 200:
                acknowledged.append(n)
    assert 503 in statuses
    assert statuses <= {200, 503}
    assert [json.loads(one.body)["n"] for one in kept_in(home)] == acknowledged
    assert len(acknowledged) >= 6


def sending(worker: Running, key: str, numbers, acknowledged: list[int]) -> threading.Thread:
    """A client that goes on until the worker is gone, and notes what was acknowledged."""

    def run() -> None:
        try:
            while True:
                n = next(numbers)
                if worker.send("/v1/track", {"n": n, "x": "x" * (n % 5000)}, key).status == 200:
                    acknowledged.append(n)
        except OSError:
            pass

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_killed_again_and_again_it_loses_nothing_that_it_acknowledged(tmp_path):
    home = tmp_path / "home"
    make_home(home)
    key = Connections(home / "keys").add("web", "events")[1]
    chance = random.Random(20261122)
    numbers = itertools.count()
    acknowledged: list[int] = []
    for _ in range(6):
        before = len(acknowledged)
        with running(home, workers=2) as worker:
            threads = [sending(worker, key, numbers, acknowledged) for _ in range(4)]
            wanted = before + chance.randrange(20, 300)
            while len(acknowledged) < wanted:
                threads[0].join(0.005)
            children = subprocess.run(
                ["pgrep", "-P", str(worker.process.pid)], capture_output=True, text=True, check=True
            )
            kill(worker.process.pid, *map(int, children.stdout.split()))
            worker.process.wait()
            for thread in threads:
                thread.join()
    kept = [json.loads(one.body)["n"] for one in kept_in(home)]
    assert len(kept) == len(set(kept)), "nothing twice"
    assert set(acknowledged) <= set(kept)


@pytest.mark.parametrize("place", ["inbox.written", "inbox.synced"])
def test_killed_between_writing_and_answering_what_is_sent_again_is_all_there(tmp_path, place):
    """The client does not know whether it was kept, so it sends the same again, as Segment's do."""
    home = tmp_path / "home"
    make_home(home)
    key = Connections(home / "keys").add("web", "events")[1]
    sent = 20
    tries = 0
    with running(home, REGULARS_FAILPOINT=f"{place}:kill:15") as worker:
        for n in range(sent):
            status = 0
            while status != 200:
                tries += 1
                assert tries < 1000, worker.log.read_text()
                try:
                    status = worker.send("/v1/track", {"messageId": str(n)}, key).status
                except OSError:
                    with suppress(subprocess.TimeoutExpired):
                        worker.process.wait(0.05)
    kept = [json.loads(one.body)["messageId"] for one in kept_in(home)]
    assert tries > sent, "it was killed"
    assert len(kept) == sent + 1, "killed once behind what it had written"
    assert set(kept) == {str(n) for n in range(sent)}


@pytest.mark.parametrize("workers", [1, 2])
def test_asked_to_stop_it_finishes_what_it_has_begun(tmp_path, workers):
    home = tmp_path / "home"
    make_home(home)
    key = Connections(home / "keys").add("web", "events")[1]
    numbers = itertools.count()
    acknowledged: list[int] = []
    with running(home, workers=workers) as worker:
        threads = [sending(worker, key, numbers, acknowledged) for _ in range(4)]
        while len(acknowledged) < 100:
            threads[0].join(0.005)
        worker.stop()
        assert worker.process.returncode == 0
        for thread in threads:
            thread.join()
        told = worker.log.read_text()
    assert told.count('"closed"') == workers, told
    kept = {json.loads(one.body)["n"] for one in kept_in(home)}
    assert set(acknowledged) <= kept
    assert len(kept) - len(acknowledged) <= 4, "at most what was on its way when it stopped"
