"""Processes forked from one that has imported what verbs import.

A cold start costs one to three seconds of processor time, all of it imports; a fork of
`warm_process.py` has them behind it, and is a process like any other, with an exit code, signals,
rights, limits and pipes of its own. What an interpreter draws or reads as it starts is the same in
all forks of one process, above all the seed of hashes. So two are kept and asked by turns: of any
two calls in a row one would show an answer that hangs on the order of a set.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pickle
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

# Read as an interpreter starts or by an import: a fork would not hear of a change.
_AT_THE_START = ("PYTHON", "LC_", "LANG", "OPENBLAS_", "OMP_", "MALLOC_")


def can() -> bool:
    """Whether a fork is what a new process would be."""
    return sys.platform == "linux" and _at_the_start() == _HEARD


def verb(*arguments: str) -> None:
    """`python -m regulars ARGUMENTS…`, to its exit; for `Forked`."""
    sys.argv = ["", *arguments]
    runpy.run_module("regulars", run_name="__main__", alter_sys=True)


class Forked:
    """A process that runs a function of a module, with what `subprocess.Popen` has.

    Args:
        action: what to run; it stands at the top of its module, which the process imports.
        arguments: for it.
        cwd: the folder in which it runs, if not this one's.
        environment: variables that it has besides ours.
        time_out: seconds after which `communicate` kills it and raises `TimeoutExpired`.
    """

    def __init__(
        self,
        action: Callable[..., Any],
        *arguments: Any,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        time_out: float = 600,
    ) -> None:
        self._time_out = time_out
        self._text: tuple[str, str] | None = None
        self._code: int | None = None
        with contextlib.ExitStack() as theirs:
            self._pipes = [_pipe(theirs) for _ in range(3)]
            asked = {
                "path": sys.path,
                "folder": str(cwd or Path.cwd()),
                "environment": {**os.environ, **(environment or {})},
                "run": pickle.dumps((action, arguments)),
            }
            next(_turns(os.getpid())).ask(asked, [one.theirs for one in self._pipes])
        self.pid = self._number()
        """Of the process."""

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        self.wait(0)
        return self._code

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, seconds: float) -> None:
        """Until its end, but no longer than this."""
        told = self._pipes[2].ours
        if self._code is None and select.select([told], [], [], max(0, seconds))[0]:
            self._code = self._number()
            told.close()

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended between the two
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> tuple[str, str]:
        """Wait for its end; what it wrote to stdout and stderr."""
        if self._text is None:
            end = time.monotonic() + self._time_out
            try:
                out, err = _all([one.ours for one in self._pipes[:2]], end)
                self.wait(end - time.monotonic())
            finally:
                self.kill()  # where it still runs nobody waits for it any more
            if self._code is None:
                raise subprocess.TimeoutExpired(str(self.pid), self._time_out)
            self._text = out, err
        return self._text

    def _number(self) -> int:
        """The next that is told of it: its own, then its exit code."""
        line = b""
        while not line.endswith(b"\n"):
            told = self._pipes[2].ours.read(1)
            assert told, "the process that forks others has ended; it says why on stderr"
            line += told
        return int(line)


def run(
    action: Callable[..., Any],
    *arguments: Any,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    running = Forked(action, *arguments, cwd=cwd, environment=environment)
    out, err = running.communicate()
    assert running.returncode is not None
    return subprocess.CompletedProcess([], running.returncode, out, err)


def _at_the_start() -> dict[str, str]:
    return {name: told for name, told in os.environ.items() if name.startswith(_AT_THE_START)}


_HEARD = _at_the_start()


@cache
def _turns(_of_process: int) -> Iterator[WarmProcess]:
    """Those of this process, the second made once it is needed; a fork of it has its own."""

    def turns() -> Iterator[WarmProcess]:
        first = WarmProcess()
        yield first
        yield from itertools.cycle((WarmProcess(), first))

    return turns()


class WarmProcess:
    """One that forks others; it ends with this process."""

    def __init__(self) -> None:
        self._control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self.process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("warm_process.py"), str(its.fileno())],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self.end)

    def end(self) -> None:
        """Ask nothing more of it, which ends it."""
        self._control.close()
        self.process.wait()

    def ask(self, asked: dict[str, Any], pipes: list[int]) -> None:
        """Have it fork; `pipes` become stdout and stderr, and where number and code are told."""
        socket.send_fds(self._control, [pickle.dumps(asked)], pipes)


class _Pipe:
    """Our end, to be read, and theirs."""

    def __init__(self) -> None:
        ours, self.theirs = os.pipe()
        self.ours = os.fdopen(ours, "rb", buffering=0)


def _pipe(theirs: contextlib.ExitStack) -> _Pipe:
    pipe = _Pipe()
    theirs.callback(os.close, pipe.theirs)
    return pipe


def _all(pipes: list[Any], end: float) -> list[str]:
    """What comes out of each until nobody can write to any, or until the time is over."""
    told = {pipe.fileno(): bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as waiting:
        for pipe in pipes:
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in waiting.select(left):
                part = os.read(key.fd, 1 << 16)
                told[key.fd] += part
                if not part:
                    waiting.unregister(key.fileobj)
    for pipe in pipes:
        pipe.close()
    return [text.decode().replace("\r\n", "\n").replace("\r", "\n") for text in told.values()]
