"""The public port: granian with the intake workers. `python -m regulars.edges.serve.front`."""

from __future__ import annotations

import argparse


def main() -> None:
    """Serve until SIGTERM; each worker finishes what it has begun."""
    from granian.constants import Interfaces
    from granian.server import Server

    from regulars.edges.serve.parent import end_with_parent

    asked = argparse.ArgumentParser(prog="regulars serve")
    asked.add_argument("--host", required=True)
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--workers", type=int, required=True)
    told = asked.parse_args()
    end_with_parent()
    Server(
        "regulars.edges.serve.worker:from_environment",
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


if __name__ == "__main__":
    main()
