"""`regulars serve` with clients of its benefits: a rush on one coupon, and kill after kill."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from benefit_checker import Checked, Told, check
from benefit_load import Notes, OverHttp, set_up
from benefit_mix import RUSH_FROM, Request
from edges.serve.telling import key_of
from faults.ledger_served import TESTS, Served
from regulars.app.home import make_home
from running_server import RunningServer


class ServedBenefits(Served):
    """A home, its server, and clients that ask for benefits.

    Args:
        folder: for all of it.
        seed: of what is asked, and of what is killed when.
        stock: of the coupon that all rush for.
        processes: of clients.
        clients: in each.
    """

    def __init__(
        self, folder: Path, seed: str, stock: int = 200, processes: int = 2, clients: int = 8
    ) -> None:
        self._stock, self._clients_each = stock, clients
        super().__init__(folder, seed, processes)

    def rush(self, claims: int) -> None:
        """Let so many customers claim the coupon, with all else going on, and end."""
        with RunningServer(self.home, "--port", str(self._port)) as server:
            each, running = claims // len(self._names), []
            for nth, name in enumerate(self._names):
                first = RUSH_FROM + nth * each
                running.append(self._clients(name, str(first), str(first + each - 1)))
            try:
                codes = [one.wait(3_600) for one in running]
            finally:
                for one in running:
                    one.kill()
            assert codes == [0] * len(running)
            assert server.stop() == 0

    def checked(self) -> Checked:
        """See that all is as it must be."""
        return check(self.home, self.told())

    def told(self) -> Told:
        """What the clients asked and were answered."""
        return Told.of(self.folder.glob("client-*"))

    def _set_up(self) -> None:
        make_home(self.home, name="x")
        set_up(self.home, self.folder, self._stock)
        self._probe_notes = Notes(self.folder / "client-probe", "key:probe")

    def _key(self, name: str) -> str:
        return key_of(self.home, name, "benefits:read", "benefits:write")

    def _clients(self, name: str, *span: str) -> subprocess.Popen[bytes]:
        told = (str(self.home), self._url, self._keys[name], str(self.folder), name)
        more = (str(self._clients_each), self.seed, *span)
        return subprocess.Popen([sys.executable, "-m", "benefit_load", *told, *more], cwd=TESTS)

    def _is_answered(self) -> bool:
        self._probes += 1
        probe = Request("issue", f"probe {self._probes}", {"customer": 1, "points": 1})
        self._probe_notes.note(probe, None)
        asking = OverHttp(self._url, self._keys["probe"], threading.Event())
        answer = asking(probe)
        asking.close()
        if answer is not None:
            self._probe_notes.note(probe, answer)
        return answer is not None
