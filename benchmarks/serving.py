"""Intake over HTTP: durable events a second, beside a bare server of the same run.

wrk sends from a process of its own on the same processors. Where both the owner and the workers
run, the owner absorbs what comes in at the same time; that is the second line.

The last lines ask for histories over HTTP while events come in at a steady rate; `seconds` is the
95th of a hundred.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.event_rows import THREE, fill, requests
from benchmarks.events import FULL_STORE, STORE, opened
from benchmarks.timing import Row, Taken
from regulars.app.home import make_home
from regulars.intake.connection import Connections
from regulars.intake.ids_log import append_ids

SECONDS = 8
FULL_SECONDS = 30
CONNECTIONS = 16
ASKED, WARM = 300, 50
STEADY = 5_000
"""Events a second that come in while histories are asked for."""
_MILLION = 1_000_000
_BATCH = 100
_HERE = Path(__file__).parent
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    events_a_second: float
    work_a_million: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int

    def taken(self) -> Taken:
        return Taken(_MILLION / self.events_a_second, self.work_a_million)

    def told(self) -> str:
        text = f"{self.events_a_second:,.0f} events/s, p50 {self.p50_ms:.1f}, p99 {self.p99_ms:.1f}"
        return f"{text}, max {self.max_ms:.0f} ms" + (f", {self.errors} ERRORS" * bool(self.errors))


def measure(folder: Path, *, full: bool) -> list[Row]:
    """Intake where wrk is installed, and histories."""
    histories = _histories(folder / "store", FULL_STORE if full else STORE)
    if shutil.which("wrk") is None:
        print("serving: intake is skipped, wrk is not installed")
        return histories
    return [*_intake(folder, full=full), *histories]


def _histories(home: Path, rows: int) -> list[Row]:
    with opened(home) as (absorber, _):
        people = fill(absorber.warehouse, rows)
        append_ids(absorber.landing.folder, [("shop", "the last", people + 1)])
    key = Connections(home / "keys").add("steady", "events")[1]
    read = Connections(home / "keys").add("asks", "read")[1]
    done = threading.Event()
    found = []
    with _served(home) as port, ThreadPoolExecutor(1) as sending:
        sent = sending.submit(_steadily, port, key, done)
        try:
            _until_it_answers(port)
            rng = random.Random(1)
            _asked(port, read, rng, people, WARM)
            for name, first, past in (("", THREE + people // 10, people), (" of three", THREE, 0)):
                clocks = _asked(port, read, rng, people, ASKED, first, past)
                p50, p95 = (clocks[int(ASKED * share)] for share in (0.5, 0.95))
                note = f"p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms"
                what = f"history{name} over HTTP, written"
                found.append(
                    Row(what, f"{rows:,} events", Taken(p95, 0.0), goal="<0.02", note=note)
                )
        finally:
            done.set()
        print(f"  histories: {sent.result():,} events came in meanwhile")
    return found


def _asked(
    port: int, key: str, rng: random.Random, people: int, times: int, first: int = 1, past: int = 0
) -> list[float]:
    """Seconds from question to answer, in order; of people from `first` on.

    Where `past` is none, they are those who are three numbers each.
    """
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    clocks = []
    for _ in range(times):
        one = rng.randrange(first, past) if past else first + 3 * rng.randrange(people // 30)
        began = time.perf_counter()
        line.request(
            "GET", f"/v1/customers/c:{one}/timeline", headers={"Authorization": f"Bearer {key}"}
        )
        answer = line.getresponse()
        body = answer.read()
        clocks.append(time.perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:200]!r}")
    return sorted(clocks)


def _until_it_answers(port: int) -> None:
    """The front is there before the owner is."""
    for _ in range(1200):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", "/health")
        if line.getresponse().status == 200:
            return
        line.close()
        time.sleep(0.05)
    raise RuntimeError("the owner does not begin")


def _steadily(port: int, key: str, done: threading.Event) -> int:
    """Send batches of a hundred, so many events a second, until it is done."""
    credentials = base64.b64encode(f"{key}:".encode()).decode()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began, sent = time.monotonic(), 0
    for request in requests(100_000_000, seed=7):
        if done.wait(max(0.0, sent / STEADY - (time.monotonic() - began))):
            break
        line.request("POST", "/v1/batch", request.body, {"Authorization": f"Basic {credentials}"})
        line.getresponse().read()
        sent += _BATCH
    return sent


def _intake(folder: Path, *, full: bool) -> list[Row]:
    seconds = FULL_SECONDS if full else SECONDS
    home = folder / "shop"
    make_home(home)
    key = Connections(home / "keys").add("web", "events")[1]
    size = "1 M events"
    with _bare(folder) as port:
        _load(port, key, 2, "w", None)
        first = _load(port, key, seconds, "b1", _children())
    with _workers(home) as port:
        _load(port, key, 2, "w", None)
        ours = _load(port, key, seconds, "o", _children())
    with _bare(folder) as port:
        second = _load(port, key, seconds, "b2", _children())
    # The bare server before and after: what slowed one of them down stands out.
    bare = max(first, second, key=lambda one: one.events_a_second)
    against = f"granian, msgspec, synced log: {bare.told()}"
    rows = [
        Row("intake, durable, workers alone", size, ours.taken(), bare.taken(), against,
            "<1.67", ours.told()),
    ]  # fmt: skip
    shutil.rmtree(home / "landing" / "inbox", ignore_errors=True)
    with _served(home) as port:
        _load(port, key, 2, "w", None)
        beside = _load(port, key, seconds, "s", _children())
    rows.append(
        Row("intake, durable, and absorbed", size, beside.taken(), bare.taken(), against, "",
            beside.told())
    )  # fmt: skip
    return rows


def _load(port: int, key: str, seconds: int, seed: str, processes: list[int] | None) -> Measured:
    credentials = base64.b64encode(f"{key}:".encode()).decode()
    before = _work(processes or [])
    wrk = [shutil.which("wrk") or "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    done = subprocess.run(
        [*wrk, "-s", str(_HERE / "batches.lua"), f"http://127.0.0.1:{port}", "--", credentials,
         seed],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    worked = _work(processes or []) - before
    told = json.loads(done.stdout.strip().splitlines()[-1])
    events = told["requests"] * _BATCH
    return Measured(
        events / told["seconds"], worked / events * _MILLION,
        told["p50_ms"], told["p99_ms"], told["max_ms"], told["errors"],
    )  # fmt: skip


def _bare(folder: Path) -> AbstractContextManager[int]:
    log = folder / "bare.jsonl"
    log.unlink(missing_ok=True)
    command = ["-m", "granian", "--interface", "asgi", "--no-ws", "--host", "127.0.0.1",
               "--factory", "benchmarks.bare_intake:from_environment"]  # fmt: skip
    return _running(command, {"BARE_LOG": str(log)})


def _workers(home: Path) -> AbstractContextManager[int]:
    command = ["-m", "regulars.edges.serve.front", "--workers", "1", "--host", "127.0.0.1"]
    return _running(command, {"REGULARS_HOME": str(home)})


def _served(home: Path) -> AbstractContextManager[int]:
    return _running(["-m", "regulars", "--home", str(home), "serve"], {})


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=_HERE.parent,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the server ended at once") from None
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not begin")


def _children() -> list[int]:
    """All processes that this one has begun, and theirs."""
    found: list[int] = []
    new = [os.getpid()]
    while new:
        listed = (Path(f"/proc/{pid}/task/{pid}/children") for pid in new)
        new = [int(pid) for one in listed if one.exists() for pid in one.read_text().split()]
        found += new
    return found


def _work(processes: list[int]) -> float:
    """Seconds of processors that they have used."""
    used = 0.0
    for pid in processes:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used += (int(fields[11]) + int(fields[12])) / _TICKS
    return used
