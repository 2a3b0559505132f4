"""Intake over HTTP: durable events a second, beside a bare server of the same run.

wrk sends from a process of its own on the same processors. Where both the owner and the workers
run, the owner absorbs what comes in at the same time; that is the second line.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Row, Taken
from regulars.app.home import make_home
from regulars.intake.connection import Connections

SECONDS = 8
FULL_SECONDS = 30
CONNECTIONS = 16
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
    if shutil.which("wrk") is None:
        print("serving: skipped, wrk is not installed")
        return []
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
