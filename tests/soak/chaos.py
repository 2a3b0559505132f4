"""A server that is killed again and again while clients send to it, and what must come of that."""

from __future__ import annotations

import json
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from intake.events.shop import EventShop
from intake.events.test_killed import PLACES
from regulars.app.home import make_home
from regulars.app.rebuild import rebuild
from regulars.engines.served import owner_of
from regulars.intake.connection import Connections
from running_server import RunningServer, children, kill, until

TESTS = Path(__file__).parents[1]
FAILPOINTS = (
    "inbox.written", "inbox.synced", "inbox.replying", *(one for one in PLACES if one != "reply")
)  # fmt: skip
CLIENTS = ("web", "app")
"""Connections, each with a client; both use the same message ids."""
_SETTINGS = "[serve]\ninbox_limit_mb = 64\nsettle_minutes = 1\n"
_BACK_WITHIN = 60.0
_NO_WAY_ON = 10.0
_OFTEN = {"inbox": 40, "absorb": 6}
"""What is reached often may be reached a few times before it kills."""


class Chaos:
    """A home, its server, and its clients.

    Args:
        folder: for all of it.
        events: that are sent, all clients together.
        kills: at least so many.
        seed: of what is killed when.
    """

    def __init__(self, folder: Path, events: int, kills: int, seed: int) -> None:
        self.home, self.folder = folder / "shop", folder
        self.each = events // len(CLIENTS)
        self.wanted, self.seed = kills, seed
        self.kills: Counter[str] = Counter()
        self.back: dict[str, list[float]] = {}
        """Seconds until it was there again, by what was killed."""
        self.clients: list[dict[str, Any]] = []
        self._rng = random.Random(seed)
        self._starts = 0
        self._ours: set[int] = set()
        make_home(self.home, name="x")
        settings = self.home / "regulars.toml"
        settings.write_text(settings.read_text().replace("[serve]\n", _SETTINGS, 1))
        connections = Connections(self.home / "keys")
        self._keys = [connections.add(name, "events")[1] for name in CLIENTS]
        with socket.create_server(("127.0.0.1", 0)) as door:
            self._port = int(door.getsockname()[1])

    def run(self) -> None:
        """Send all of it, and kill meanwhile."""
        began = time.monotonic()
        server = self._start()
        self._allow(0)
        clients = [self._client(nth) for nth in range(len(CLIENTS))]
        try:
            while self.killed < self.wanted:
                # Clients get so far before the next kill is over; it hits them on their way.
                sent, left = self._sent(), self.wanted - self.killed
                share = (self.each * len(CLIENTS) - sent) / (left + 1)
                self._allow(sent + share)
                at = sent + share * self._rng.random()
                self._wait_for(at)
                server = self._kill(server)
            self._allow(self.each * len(CLIENTS))
            until(lambda: all(one.poll() is not None for one in clients), 900)
            self.clients = [self._ended(one) for one in clients]
        finally:
            for one in clients:
                one.kill()
                one.wait()
            server.stop(signal.SIGKILL)
        with self._start(failpoint="") as last:
            until(lambda: self._is_absorbed(last), 600)
            assert last.get("/health")[0] == 200
        self.seconds = time.monotonic() - began

    def _wait_for(self, sent: float) -> None:
        """Until so much is sent; not for long where a failpoint kills every worker at its first."""
        end = time.monotonic() + _NO_WAY_ON
        until(lambda: self._sent() >= sent or time.monotonic() > end, _BACK_WITHIN)

    @property
    def killed(self) -> int:
        """All that died by force."""
        return sum(self.kills.values())

    def _start(self, failpoint: str | None = None) -> RunningServer:
        if failpoint is None:
            place = self._rng.choice(FAILPOINTS)
            count = self._rng.randrange(1, _OFTEN.get(place.partition(".")[0], 2) + 1)
            failpoint = f"{place}:kill:{count}" if self._rng.random() < 0.7 else ""
        began = time.monotonic()
        server = RunningServer(
            self.home, "--port", str(self._port), environment={"REGULARS_FAILPOINT": failpoint}
        )
        self.back.setdefault("server", []).append(time.monotonic() - began)
        self._starts += 1
        self._note_failpoints(server)
        return server

    def _kill(self, server: RunningServer) -> RunningServer:
        """Kill something, and go on once it is back."""
        what = self._rng.choices(
            ("worker", "front", "owner", "server", "all"), (6, 2, 5, 3, 1)
        )[0]  # fmt: skip
        began = time.monotonic()
        if what in ("server", "all"):
            below = children(server.process.pid) if what == "all" else []
            server.process.kill()
            kill(*below)
            self._ours.update(below)
            server.stop()
            self.kills[what] += 1
            return self._start()
        found = owner_of(self.home)
        owner = found.pid if found else 0
        others = [pid for pid in children(server.process.pid) if pid != owner]
        victims = {"owner": [owner], "front": others[:1], "worker": others[1:]}[what]
        victims = [pid for pid in victims if pid]
        if not victims:
            return server  # it is dead already, and will be back
        kill(*victims)
        self._ours.update(victims)
        self.kills[what] += 1
        if self._rng.random() < 0.8:  # else the next one comes at once
            if what == "front":  # its workers go with it, but not before
                until(lambda: others[0] not in children(server.process.pid), _BACK_WITHIN)
            is_back = self._owner_is_back if what == "owner" else self._worker_is_back
            until(lambda: is_back(owner), _BACK_WITHIN)
            self.back.setdefault(what, []).append(time.monotonic() - began)
        self._note_failpoints(server)
        return server

    def _note_failpoints(self, server: RunningServer) -> None:
        """Count owners that died and were not killed by us; of workers nobody tells."""
        owners: dict[int, int] = {}
        died = set()
        for line in server.log().splitlines():
            with suppress(ValueError):  # cut off by a kill
                told = json.loads(line)
                if told["event"] == "started owner":
                    owners[told["supervisor"]] = told["pid"]
                elif told["event"] == "owner died":
                    died.add(owners[told["supervisor"]])
        self.kills["owner at a failpoint"] = len(died - self._ours)

    def _owner_is_back(self, before: int) -> bool:
        found = owner_of(self.home)
        return found is not None and found.pid != before and Path(found.http).is_socket()

    def _worker_is_back(self, _: int) -> bool:
        asking = HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            asking.request("OPTIONS", "/v1/track")
            return asking.getresponse().status == 204
        except (OSError, HTTPException):
            return False
        finally:
            asking.close()

    def _client(self, nth: int) -> subprocess.Popen[str]:
        url = f"http://127.0.0.1:{self._port}"
        told = [url, self._keys[nth], str(self._acks(nth)), str(self.seed + nth), str(self.each)]
        return subprocess.Popen(
            [sys.executable, "-m", "soak.sender", *told],
            cwd=TESTS,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _acks(self, nth: int) -> Path:
        return self.folder / f"acks-{CLIENTS[nth]}"

    def _allow(self, all_together: float) -> None:
        """Let the clients send so much."""
        aside = self.folder / "allowed.new"
        aside.write_text(str(round(all_together / len(CLIENTS)) + 1))
        aside.replace(self.folder / "allowed")

    def _sent(self) -> int:
        total = 0
        for nth in range(len(CLIENTS)):
            with suppress(OSError), self._acks(nth).open("rb") as file:
                file.seek(max(0, self._acks(nth).stat().st_size - 100))
                lines = file.read().split(b"\n")[:-1]
                total += int(lines[-1].split()[1]) if lines else 0
        return total

    def _ended(self, client: subprocess.Popen[str]) -> dict[str, Any]:
        out, _ = client.communicate()
        assert client.returncode == 0
        found: dict[str, Any] = json.loads(out)
        return found

    def _is_absorbed(self, server: RunningServer) -> bool:
        status, told = server.get("/health")
        if status != 200:
            return False
        figures = server.metrics()
        return told["status"] == "ok" and figures["regulars_owner_backlog_bytes"] == 0

    def check(self) -> None:
        """Each message once, each counted, nothing waiting, and the same when made anew."""
        assert self.killed >= self.wanted, self.kills
        with EventShop(self.home) as shop:
            stored = shop.warehouse.sql(
                "SELECT connection, count(*) AS rows, count(DISTINCT message_id) AS ids,"
                " min(message_id[2:]::BIGINT) AS first, max(message_id[2:]::BIGINT) AS last"
                " FROM events GROUP BY connection"
            ).to_pylist()
            assert {one.pop("connection") for one in stored} == set(CLIENTS)
            whole = {"rows": self.each, "ids": self.each, "first": 0, "last": self.each - 1}
            assert stored == [whole] * len(CLIENTS), stored
            accounts = shop.accounts()
            for name, client in zip(CLIENTS, self.clients, strict=True):
                accepted, duplicate, rejected = accounts[name]
                assert accepted == self.each
                assert rejected >= client["of_nobody"]
                come = accepted + duplicate + rejected
                assert client["acknowledged"] <= come <= client["tried"], (name, come, client)
            assert not shop.absorber.backlog()
            assert shop.landing.verify() == []
        done = rebuild(shop.home, lambda _: None)
        assert done.identical, done.differing
        assert done.tables["events"] == self.each * len(CLIENTS)

    def told(self) -> str:
        """What was done, in figures."""
        back = {
            what: f"median {statistics.median(all_):.1f} s, longest {max(all_):.1f} s"
            for what, all_ in self.back.items()
        }
        return json.dumps(
            {
                "events": self.each * len(CLIENTS),
                "seconds": round(self.seconds),
                "kills": self.kills,
                "servers": self._starts,
                "back": back,
                "clients": self.clients,
            }
        )
