"""`regulars serve` as a process of its own, as its user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from command_line import as_json
from regulars.engines.served import owner_of

T = TypeVar("T")

_PAUSE = threading.Event()


def until(found: Callable[[], T], seconds: float = 30.0) -> T:
    """What is found, once it is something; fails where nothing comes."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "it did not come in time"
        _PAUSE.wait(0.02)  # between looks; the server needs the processor
    return result


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def kill(*pids: int) -> None:
    """Kill them, as far as they have not ended by then: some end with those that began them."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """The processes that it has started, and theirs."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [int(entry.name), *children(int(entry.name))]
    return found


class RunningServer:
    """A server for a home, ready when the `with` begins and stopped at its end."""

    def __init__(
        self, home: Path, *options: str, environment: dict[str, str] | None = None
    ) -> None:
        self.home = home
        self._log = (home / "server.log").open("a+b")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "regulars", "--json", "--home", str(home), "serve",
                "--port", "0", *options,
            ],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        self.told: dict[str, Any] = json.loads(line)
        self.url: str = self.told["url"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as its user does; its exit code comes back."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        if not self._log.closed:
            self._log.close()
        return code

    def log(self) -> str:
        """What it has written on stderr."""
        return (self.home / "server.log").read_text()

    def lines(self) -> list[dict[str, Any]]:
        """Its log lines; each is a JSON object."""
        return [json.loads(line) for line in self.log().splitlines()]

    @property
    def owner(self) -> int:
        """The owner's process."""
        found = until(lambda: owner_of(self.home))
        assert found is not None
        return found.pid

    def key(self, name: str, *options: str) -> str:
        """A key of a new connection."""
        return str(as_json("--home", self.home, "connect", name, *options)["key"])

    def send(self, key: str, path: str, body: dict[str, Any]) -> int:
        """Post it as a client does; the status comes back."""
        basic = b64encode(f"{key}:".encode()).decode()
        return self.ask(path, {"Authorization": f"Basic {basic}"}, body)[0]

    def get(self, path: str, key: str | None = None) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        return self.ask(path, {} if key is None else {"Authorization": f"Bearer {key}"})

    def metrics(self) -> dict[str, float]:
        """The figures of `/metrics`, by name and labels."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as answer:  # noqa: S310
            lines = answer.read().decode().splitlines()
        told = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in told}

    def ask(
        self, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        """One request; the status and the JSON of its answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())
