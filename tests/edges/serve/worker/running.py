"""Intake workers as `regulars serve` runs them: in processes of their own, on a free port."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.reader import Inbox
from regulars.intake.vault import Vault

_READY_SECONDS = 30
_PAUSE_SECONDS = 0.02


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Running:
    """A worker that runs, and how to speak to it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()

    def send(self, path: str, body: object, key: str | None = None, **headers: str) -> Answer:
        """Post JSON, with a write key as a Segment client does."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            told["Authorization"] = basic(key)
        return self.ask("POST", path, raw, told)

    def raw(self, data: bytes, *, half_close: bool = False) -> bytes:
        """Bytes onto the wire, and what comes back until the server closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as wire:
            wire.sendall(data)
            if half_close:
                wire.shutdown(socket.SHUT_WR)
            found = b""
            try:
                while part := wire.recv(65536):
                    found += part
                    if b"\r\n\r\n" in found and b"}" in found:
                        break
            except (TimeoutError, ConnectionResetError):
                pass
            return found

    def kept(self) -> list[Received]:
        """All that the inbox holds."""
        return kept_in(self.home)

    def stop(self) -> None:
        """Ask it to end, as `regulars serve` does, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)


def kept_in(home: Path) -> list[Received]:
    """All that the inbox of a home holds, in order."""
    with Vault.open(home / "keys") as vault:
        inbox = Inbox(home / "landing" / "inbox", vault)
        return [
            one for file in inbox.files() for frame in inbox.read(file) for one in frame.received
        ]


def basic(key: str) -> str:
    """A key as the user name of basic authorisation."""
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(
    home: Path, *, workers: int = 1, before: str = "", **environment: str
) -> Iterator[Running]:
    """A worker for the home; it is stopped at the end.

    Args:
        home: the shop's.
        workers: how many processes.
        before: Python to run in the process first.
        environment: further variables.
    """
    port = free_port()
    log = home.parent / f"worker-{port}.log"
    code = f"import sys, runpy\n{before}\n"
    code += "runpy.run_module('regulars.edges.serve.front', run_name='__main__')"
    asked = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *asked],
            env={**os.environ, "REGULARS_HOME": str(home), **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    made = Running(home, port, process, log)
    try:
        _wait(made, workers)
        yield made
    finally:
        made.stop()


def _wait(made: Running, workers: int) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        if made.log.read_text().count('"event":"open"') >= workers:
            with suppress(OSError):
                made.ask("GET", "/metrics")
                return
        with suppress(subprocess.TimeoutExpired):
            made.process.wait(_PAUSE_SECONDS)
            break  # it has ended
    raise AssertionError(made.log.read_text())
