"""Many events a second for a long time, beside questions and verbs: `make soak`.

`REGULARS_FLOOD_RATE=50000` events a second are offered for `REGULARS_FLOOD_SECONDS=600`. Memory
stays flat, nothing is refused but for want of room in the inbox, and all of it is there at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from intake.events.shop import EventShop
from regulars.app.home import make_home
from running_server import RunningServer, children, until

TESTS = Path(__file__).parents[1]
RATE = float(os.environ.get("REGULARS_FLOOD_RATE", "50000"))
SECONDS = float(os.environ.get("REGULARS_FLOOD_SECONDS", "600"))
_SETTINGS = '[engine]\nmemory_limit = "1GB"\n'
"""The engine keeps what it has read up to its limit: a low one shows what else would grow."""
_WARM = 480.0
"""In less than so many seconds memory has not settled."""
_MB_A_MINUTE = 20.0
"""What memory may grow by, in the second half: the metrics and the engine's cache settle first."""


def resident(pid: int) -> float:
    """MB of memory that a process has now, without the files that it has mapped.

    Of those (the sums of messages met, 16 bytes each) the system keeps what there is room for.
    """
    _, resident, mapped, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    return (resident - mapped) * os.sysconf("SC_PAGESIZE") / (1 << 20)


def a_minute(seconds: list[float], megabytes: list[float]) -> float:
    """MB a minute by which the second half grows."""
    half = len(seconds) // 2
    return float(np.polyfit(seconds[half:], megabytes[half:], 1)[0] * 60)


def test_memory_stays_flat_and_nothing_is_lost(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    make_home(home, name="x")
    settings = home / "regulars.toml"
    settings.write_text(settings.read_text().replace("[engine]\n", _SETTINGS, 1))
    at: list[float] = []
    memory: dict[str, list[float]] = {"owner": [], "worker": []}
    backlog, asked, verbs = [], [], []
    with RunningServer(home) as server:
        key, read = server.key("web"), server.key("ask", "--read")
        client = subprocess.Popen(
            [sys.executable, "-m", "soak.flood", server.url, key, str(RATE), str(SECONDS)],
            cwd=TESTS, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        owner = server.owner
        worker = [pid for pid in children(server.process.pid) if pid != owner][-1]
        began = time.monotonic()
        verb = _verb(home, 0)
        while client.poll() is None:
            at.append(time.monotonic() - began)
            memory["owner"].append(resident(owner))
            memory["worker"].append(resident(worker))
            backlog.append(server.metrics()["regulars_owner_backlog_bytes"] / (1 << 20))
            asking = time.monotonic()
            status, _ = server.get(f"/v1/customers/shop:u{len(at) % 500 * 7}/timeline", read)
            asked.append((status, time.monotonic() - asking))
            if verb.poll() is not None:
                verbs.append(verb.returncode)
                verb = _verb(home, len(verbs))
            until(lambda end=at[-1] + 1: time.monotonic() - began >= end)  # type: ignore[misc]
        done = json.loads(client.communicate()[0])
        verb.wait()
        behind = time.monotonic()
        until(lambda: server.metrics()["regulars_owner_backlog_bytes"] == 0, 2 * SECONDS + 600)
        caught_up = time.monotonic() - behind
        assert server.owner == owner
    told = {
        **done,
        "caught_up_after": round(caught_up),
        "most_backlog_mb": round(max(backlog)),
        "asked": len(asked),
        "slowest_answer": round(max(seconds for _, seconds in asked), 2),
        "median_answer": round(float(np.median([seconds for _, seconds in asked])), 3),
        "verbs": len(verbs),
        "load": os.getloadavg()[0],
    }
    for name, all_ in memory.items():
        grown = a_minute(at, all_)
        told[name] = {"mb": round(max(all_)), "mb_a_minute": round(grown, 1)}
    sys.stdout.write(json.dumps(told))
    assert set(done["answers"]) <= {"200", "503"}
    assert {status for status, _ in asked} <= {200, 404}, "404 as long as nobody is known"
    assert set(verbs) <= {0}
    with EventShop(home) as shop:
        (account,) = shop.accounts().values()
        assert account == (done["distinct"], done["sent"] - done["distinct"], 0)
        found = shop.warehouse.sql(
            "SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM events"
        ).to_pylist()
        assert found == [{"n": done["distinct"], "ids": done["distinct"]}]
    for name, all_ in memory.items() if SECONDS >= _WARM else ():
        assert a_minute(at, all_) < _MB_A_MINUTE, (name, all_)


def _verb(home: Path, number: int) -> subprocess.Popen[bytes]:
    verb = ("events", "timeline")[number % 2]
    words = [verb] if verb == "events" else [verb, "u7"]
    return subprocess.Popen(
        [sys.executable, "-m", "regulars", "--home", str(home), *words],
        stdout=subprocess.DEVNULL,
    )
