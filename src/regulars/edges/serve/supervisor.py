"""`regulars serve`: one command that starts owner, teller and workers, and watches them.

Where the settings want it a fourth gives what rules promise; the others do without it.

A child that dies is started again, later and later. Before the server has been ready, one that dies
at once again and again is given up; afterwards none is, since the others still do their part.
Workers that answer nobody any more are killed and started again. Each child ends with this process,
however it ends. At a stop the workers finish first what they have begun, then the teller
writes what it was asked, and the owner settles what came in.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import (
    AF_INET,
    AF_INET6,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    create_connection,
    socket,
)
from typing import IO

from regulars.app.home import Home
from regulars.app.one_server import no_other_server
from regulars.edges.serve.address import Address
from regulars.edges.serve.answering import Answering
from regulars.edges.serve.log import log
from regulars.edges.serve.parent import CANNOT, PIPE
from regulars.edges.serve.stopping import Stop, asked_to_stop
from regulars.edges.serve.teller.place import teller_of
from regulars.engines.served import owner_of
from regulars.errors import RegularsError, Where

WORKERS = "workers"
"""In the home's `run/`: the figures of workers (`worker.metrics.FOLDER`)."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before a child is started again, after one, two… deaths in a row; then the last."""
_SHORT_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Of the teller: nothing else does its part meanwhile, and beginning costs it little."""
_LIVED = 10.0
"""A child that lived so long has not died at once."""
_WORKERS_END_WITHIN = 60.0
_TELLER_ENDS_WITHIN = 60.0
_REWARDING_ENDS_WITHIN = 5.0
_READY_WITHIN = 120.0
_FREE_WITHIN = 40.0
"""So long the workers of a server that was killed may still listen: they finish what they began."""


class ServeFailed(RegularsError):
    """The server cannot begin, or not go on."""

    code = "serve.failed"


def serve(home: Home, address: Address, workers: int, ready: Callable[[Address], None]) -> None:
    """Serve the home until SIGTERM, SIGINT or SIGHUP.

    Args:
        home: of the shop.
        address: where to listen; port 0 takes any free one.
        workers: processes that take events in.
        ready: told the address once everything answers.

    Raises:
        HomeBusy: a server runs for this home already.
        ServeFailed: the address cannot be used, or a process dies again and again.
    """
    with asked_to_stop(*_SIGNALS) as stop, _alone(home) as was_killed:
        shutil.rmtree(home.running / WORKERS, ignore_errors=True)  # figures of a server before
        if not was_killed:
            address = _free(address, stop, within=0)
        if not stop.is_asked:
            Supervisor(home, address, workers).run(stop, ready)


@contextmanager
def _alone(home: Home) -> Iterator[bool]:
    """As the home's only server; whether the one before did not come to its end."""
    busy, todo = "a server runs for this home already", "use that one, or stop it first"
    with no_other_server(home, busy=busy, todo=todo) as lock:
        was_killed = os.fstat(lock.fileno()).st_size > 0
        lock.write("running")
        lock.flush()
        try:
            yield was_killed
        finally:
            lock.truncate(0)


def _free(address: Address, stop: Stop, within: float) -> Address:
    """The address with its port; raises where something else listens there for so long."""
    family = AF_INET6 if ":" in address.host else AF_INET
    end = time.monotonic() + within
    while True:
        with socket(family, SOCK_STREAM) as door:
            door.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            try:
                door.bind((address.host, address.port))
                return Address(address.host, int(door.getsockname()[1]))
            except OSError as error:
                if time.monotonic() >= end:
                    raise ServeFailed(
                        f"nothing can listen there ({error.strerror or error})",
                        where=Where(value=f"{address.host}:{address.port}"),
                        todo="name another --port (0 takes any free one) or --host",
                    ) from error
        if stop.wait_a_little():
            return address


class _Child:
    """A process of ours that is started again when it dies."""

    def __init__(
        self,
        name: str,
        command: list[str],
        home: Home,
        pauses: tuple[float, ...] | None = None,
    ) -> None:
        self.name = name
        self._command = command
        self._home = home
        self._pauses = _PAUSES if pauses is None else pauses
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        self._began = 0.0
        self._deaths = 0
        self._again_at = 0.0

    def start(self) -> None:
        reading, writing = os.pipe()
        environment = {
            **os.environ,
            PIPE: str(reading),
            "REGULARS_HOME": str(self._home.folder.absolute()),
        }
        try:
            # In a group of its own: Ctrl-C is told to us alone, and we stop it in order.
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                self._command,
                env=environment,
                pass_fds=(reading,),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=2,
            )
        finally:
            os.close(reading)
        self._pipe = os.fdopen(writing, "wb")
        self._began = time.monotonic()
        log("supervisor", f"started {self.name}", pid=self._process.pid)

    def look(self, *, gives_up: bool) -> None:
        """Start it again where it has died.

        Args:
            gives_up: whether there is an end to that.

        Raises:
            ServeFailed: it dies again and again, or says that it cannot work.
        """
        if self._process is None:
            if time.monotonic() >= self._again_at:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        lived = time.monotonic() - self._began
        log("supervisor", f"{self.name} died", "error", code=code, after_seconds=round(lived, 1))
        self._sweep()
        self._deaths = 1 if lived >= _LIVED else self._deaths + 1
        if gives_up and (code == CANNOT or self._deaths > len(self._pauses)):
            raise ServeFailed(
                f"the {self.name} cannot work"
                if code == CANNOT
                else f"the {self.name} died {self._deaths} times in a row",
                todo="its last lines on stderr tell why; what was acknowledged is kept",
            )
        self._again_at = time.monotonic() + self._pauses[min(self._deaths, len(self._pauses)) - 1]

    def kill(self) -> None:
        """Kill it and its own children; the next look finds it dead."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def stop(self, within: float | None) -> None:
        """Ask it to end and wait; after the time it is killed."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            log("supervisor", f"{self.name} does not end and is killed", "error")
        self._sweep()

    def _sweep(self) -> None:
        """Kill what is left of its group, and let go."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


class Supervisor:
    """Starts, watches and stops the owner, the teller and the workers.

    Args:
        home: of the shop.
        address: where the workers listen.
        workers: how many.
    """

    def __init__(self, home: Home, address: Address, workers: int) -> None:
        self._home = home
        self._address = address
        self._workers = workers
        python = [sys.executable, "-m"]
        folder = str(home.folder.absolute())
        self._owner = _Child("owner", [*python, "regulars.edges.serve.owner", folder], home)
        self._teller = _Child(
            "teller", [*python, "regulars.edges.serve.teller", folder], home, _SHORT_PAUSES
        )
        rewarding = [*python, "regulars.edges.serve.rewarding", folder]
        self._rewarding = (
            _Child("rewarding", rewarding, home) if home.settings.benefits.reward_every else None
        )
        self._front = self._new_front()

    def _new_front(self) -> _Child:
        asked = {
            "host": self._address.host,
            "port": self._address.port,
            "workers": self._workers,
        }
        options = [f"--{name}={value}" for name, value in asked.items()]
        command = [sys.executable, "-m", "regulars.edges.serve.front", *options]
        return _Child("workers", command, self._home)

    def run(self, stop: Stop, ready: Callable[[Address], None]) -> None:
        """Until asked to stop.

        Raises:
            ServeFailed: a process dies again and again, or does not begin.
        """
        is_ready = False
        give_up_at = time.monotonic() + _READY_WITHIN
        answering: Answering | None = None
        try:
            self._teller.start()
            self._owner.start()
            # Meanwhile the workers of a server that was killed may still finish what they began.
            self._address = _free(self._address, stop, within=_FREE_WITHIN)
            self._front = self._new_front()
            answering = Answering(self._address)
            self._front.start()
            while not stop.wait_a_little():
                self._owner.look(gives_up=not is_ready)
                self._teller.look(gives_up=not is_ready)
                self._front.look(gives_up=not is_ready)
                if is_ready and self._rewarding is not None:
                    self._rewarding.look(gives_up=False)
                if (
                    is_ready
                    and self._front.pid is not None
                    and not answering.goes_on(self._front.pid)
                ):
                    log("supervisor", "workers answer nobody and are killed", "error")
                    self._front.kill()
                if not is_ready and self._answers():
                    is_ready = True
                    log("supervisor", "ready", url=self._address.url)
                    ready(self._address)
                if not is_ready and time.monotonic() > give_up_at:
                    raise ServeFailed(
                        "the server did not begin within two minutes",
                        where=Where(file=str(self._home.folder)),
                        todo="another program may be using the warehouse; stderr tells more",
                    )
        finally:
            log("supervisor", "stopping")
            if answering is not None:
                answering.end()
            if self._rewarding is not None:
                self._rewarding.stop(_REWARDING_ENDS_WITHIN)
            self._front.stop(_WORKERS_END_WITHIN)
            self._teller.stop(_TELLER_ENDS_WITHIN)
            self._owner.stop(None)
            log("supervisor", "stopped")

    def _answers(self) -> bool:
        """Whether owner and teller are ready and a worker listens."""
        found = owner_of(self._home.folder)
        if found is None or found.pid != self._owner.pid or not Path(found.http).is_socket():
            return False
        teller = teller_of(self._home.running)
        if teller is None or teller.pid != self._teller.pid:
            return False
        try:
            create_connection(self._address.here, timeout=1).close()
        except OSError:
            return False
        return True
