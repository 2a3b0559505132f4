"""The real server, real clients, and kill -9 by the hundred: `make soak`.

`REGULARS_SERVE_EVENTS=1000000` messages of two clients, a fifth of them again, and
`REGULARS_SERVE_KILLS=200` kills drawn from `REGULARS_KILL_SEED`: of workers, what starts them, the
owner, the server itself, all at once, and at failpoints between any two steps. A small form of it
is `tests/faults/test_serve_killed.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from soak.chaos import Chaos

EVENTS = int(os.environ.get("REGULARS_SERVE_EVENTS", "1000000"))
KILLS = int(os.environ.get("REGULARS_SERVE_KILLS", "200"))
SEED = int(os.environ.get("REGULARS_KILL_SEED", "20261122"))


def test_whatever_is_killed_each_message_is_there_once(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, EVENTS, KILLS, SEED)
    chaos.run()
    chaos.check()
    sys.stdout.write(chaos.told())
