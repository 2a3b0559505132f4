"""The public port: granian with the intake workers. `python -m regulars.edges.serve.front`."""

from __future__ import annotations

import argparse
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.edges.serve.worker.app import Worker

_FRONT = "REGULARS_FRONT"
"""Environment: the process that starts the workers."""


def worker() -> Worker:
    """The application of one worker, which ends with the process that started it."""
    from regulars.edges.serve.parent import end_when_orphaned
    from regulars.edges.serve.worker import from_environment

    end_when_orphaned(int(os.environ.get(_FRONT, os.getppid())))
    return from_environment()


def main() -> None:
    """Serve until SIGTERM; each worker finishes what it has begun."""
    import importlib

    from granian.constants import Interfaces
    from granian.server import Server

    from regulars.edges.serve.parent import end_with_parent

    asked = argparse.ArgumentParser(prog="regulars serve")
    asked.add_argument("--host", required=True)
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--workers", type=int, required=True)
    told = asked.parse_args()
    end_with_parent()
    os.environ[_FRONT] = str(os.getpid())
    # Workers are forks: what they need is loaded once, so that a new one begins at once.
    importlib.import_module("regulars.edges.serve.worker.app")
    # Until it has handlers of its own, one has begun nothing: it ends where it is asked to.
    os.register_at_fork(after_in_child=_end_when_asked)
    Server(
        "regulars.edges.serve.front:worker",
        factory=True,
        interface=Interfaces.ASGI,
        address=told.host,
        port=told.port,
        workers=told.workers,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=30,
    ).serve()


def _end_when_asked() -> None:
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


if __name__ == "__main__":
    main()
