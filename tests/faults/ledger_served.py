"""`regulars serve` with clients of its ledger, killed again and again."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from command_line import as_json
from faults.ledger_book import PLACES
from ledger_checker import Checked, Told, check
from ledger_load import Notes, OverHttp, set_up
from regulars.app.home import make_home
from regulars.edges.serve.teller.place import teller_of
from regulars.engines.sqlite import SqliteStore
from regulars.ledger.command import Leg, Post
from regulars.ledger.ledger import Ledger
from running_server import RunningServer, children, kill, until

TESTS = Path(__file__).parents[1]
PROCESSES, CLIENTS_EACH = 2, 8
_BACK_WITHIN = 60.0


def ledger_key(home: Path, name: str) -> str:
    """A new key that may ask the ledger."""
    scopes = ("--scope", "ledger:read", "--scope", "ledger:write")
    return str(as_json("--home", home, "access", "key", name, *scopes)["key"])


class Served:
    """A home, its server, and clients that ask its ledger.

    Args:
        folder: for all of it.
        seed: of what is asked, and of what is killed when.
        processes: of clients.
    """

    def __init__(self, folder: Path, seed: str, processes: int = PROCESSES) -> None:
        self.home, self.folder, self.seed = folder / "shop", folder / "clients", seed
        self.rng = random.Random(seed)
        self.kills: Counter[str] = Counter()
        self.back: dict[str, list[float]] = {}
        """Seconds from a kill until a command was answered, by what was killed."""
        self.folder.mkdir()
        self._probes = 0
        self._set_up()
        self._names = [f"clients-{nth}" for nth in range(processes)]
        self._keys = {name: self._key(name) for name in (*self._names, "probe")}
        with socket.create_server(("127.0.0.1", 0)) as door:
            self._port = int(door.getsockname()[1])
        self._url = f"http://127.0.0.1:{self._port}"

    def run(self, kills: int) -> None:
        """Kill so often under load, then stop as a user does, under load still."""
        server = self._start()
        clients = [self._clients(name) for name in self._names]
        try:
            while sum(self.kills.values()) < kills:
                self._some_answers()
                server = self._kill(server)
                assert all(one.poll() is None for one in clients), "a client met something else"
            self._some_answers()
            assert server.stop() == 0
        finally:
            for one in clients:
                one.send_signal(signal.SIGTERM)
            codes = [one.wait(60) for one in clients]
            server.stop(signal.SIGKILL)
        assert codes == [0] * len(clients)

    def check(self) -> Checked:
        """See that all is as it must be."""
        with SqliteStore.open(self._store) as store:
            return check(store, Told.of(self.folder.glob("client-*")))

    def _set_up(self) -> None:
        """Make the home, and what clients ask for."""
        self._store = make_home(self.home, name="x").store
        with SqliteStore.open(self._store) as store, Ledger(store) as ledger:
            set_up(ledger, self.folder)
        self._notes = Notes(self.folder / "client-probe", "key:probe")

    def _key(self, name: str) -> str:
        return ledger_key(self.home, name)

    def _start(self) -> RunningServer:
        place, count = self.rng.choice(PLACES), self.rng.randrange(30, 400)
        armed = f"{place}:kill:{count}" if self.rng.random() < 0.4 else ""
        return RunningServer(
            self.home, "--port", str(self._port), environment={"REGULARS_FAILPOINT": armed}
        )

    def _clients(self, name: str) -> subprocess.Popen[bytes]:
        told = (self._url, self._keys[name], str(self.folder), name, str(CLIENTS_EACH), self.seed)
        return subprocess.Popen([sys.executable, "-m", "ledger_load", *told], cwd=TESTS)

    def _some_answers(self) -> None:
        """Let the clients come a little way; where they are after it is left to chance."""
        wanted = self._noted() + self.rng.randrange(2_000, 40_000)
        until(lambda: self._noted() >= wanted, _BACK_WITHIN)

    def _noted(self) -> int:
        return sum(one.stat().st_size for one in self.folder.glob("client-clients-*"))

    def _kill(self, server: RunningServer) -> RunningServer:
        """Kill something, and go on once a command is answered again."""
        what = self.rng.choices(("teller", "server", "all"), (8, 1, 1))[0]
        began = time.monotonic()
        if what == "teller":
            found = teller_of(self.home / "run")
            before = found.pid if found else 0
            if found:  # process 0 would be ourselves
                kill(before)
            until(lambda: self._another_teller(before), _BACK_WITHIN)
        else:
            below = children(server.process.pid) if what == "all" else []
            server.process.kill()
            kill(*below)
            server.stop()
            server = self._start()
        self.kills[what] += 1
        until(self._is_answered, _BACK_WITHIN)
        self.back.setdefault(what, []).append(time.monotonic() - began)
        return server

    def _another_teller(self, before: int) -> bool:
        found = teller_of(self.home / "run")
        return found is not None and found.pid != before

    def _is_answered(self) -> bool:
        self._probes += 1
        legs = (Leg("points", "issuer", -1), Leg("points", "customer:1", 1))
        probe = Post(key=f"probe {self._probes}", legs=legs)
        self._notes.note(probe, None)
        asking = OverHttp(self._url, self._keys["probe"], threading.Event())
        answer = asking(probe)
        asking.close()
        if answer is not None:
            self._notes.note(probe, answer)
        return answer is not None
