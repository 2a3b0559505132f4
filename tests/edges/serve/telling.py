"""A teller and a worker as `regulars serve` runs them, without the owner of a warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edges.serve.worker.running import Answer, Running, running
from regulars.access.changes import Changes
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.edges.serve.teller.place import teller_of
from regulars.ledger.ledger import Ledger
from running_server import until

_SCOPES = ("ledger:read", "ledger:write", "benefits:read", "benefits:write")


@dataclass
class Telling:
    """A worker with its teller, and a key that may do everything with ledger and benefits."""

    worker: Running
    home: Path
    key: str
    process: subprocess.Popen[bytes]
    log: Path

    def post(
        self,
        kind: str,
        body: Any,
        key: str | None,
        *,
        who: str | None = None,
        of: str = "ledger",
        **headers: str,
    ) -> Answer:
        """Ask the ledger, or for benefits, for something, under an idempotency key."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"Authorization": f"Bearer {self.key if who is None else who}"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            told["Idempotency-Key"] = key
        return self.worker.ask("POST", f"/v1/{of}/{kind}", raw, told)

    def get(self, path: str, who: str | None = None, of: str = "ledger") -> Answer:
        """Ask a question."""
        told = {"Authorization": f"Bearer {self.key if who is None else who}"}
        return self.worker.ask("GET", f"/v1/{of}/{path}", None, told)

    def kill(self) -> None:
        """As a power cut does, to the teller alone."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Start the teller, again if it was there before."""
        self.process = started(self.home, self.log)


def started(home: Path, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A teller that is ready."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "regulars.edges.serve.teller", str(home)],
            stdout=out, stderr=out, env={**os.environ, **environment},
        )  # fmt: skip

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()
        found = teller_of(home / "run")
        return found is not None and found.pid == process.pid

    until(is_ready)
    return process


def key_of(home: Path, name: str, *scopes: str) -> str:
    """A new API key."""
    with open_store(Home.open(home)) as store, Ledger(store) as ledger:
        return Changes(ledger).make_key(name, scopes).text


@contextmanager
def telling(folder: Path) -> Iterator[Telling]:
    """A shop of its own with worker and teller."""
    home = folder / "home"
    make_home(home)
    key = key_of(home, "web-shop", *_SCOPES)
    log = folder / "teller.log"
    process = started(home, log)
    with running(home) as worker:
        made = Telling(worker, home, key, process, log)
        try:
            yield made
        finally:
            made.process.terminate()
            made.process.wait(30)
