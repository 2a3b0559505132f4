"""A small form of `tests/soak/soak_serve.py`: kill -9 at everything that serves."""

from __future__ import annotations

from pathlib import Path

from soak.chaos import Chaos


def test_whatever_is_killed_each_message_is_there_once(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, events=10_000, kills=8, seed=7)
    chaos.run()
    chaos.check()
