"""Failpoints: named places at which a test may kill the process, to see that nothing is lost.

Only the environment can arm one: `REGULARS_FAILPOINT=settle.logged:kill`, or `…:kill:3` for the
third time that the place is reached. Unarmed, a place costs a comparison.
"""

from __future__ import annotations

import os
import signal

_ENV = "REGULARS_FAILPOINT"


def _armed() -> tuple[str, int]:
    name, _, action = os.environ.get(_ENV, "").partition(":")
    what, _, count = action.partition(":")
    if not name or what != "kill":
        return "", 0
    return name, int(count) if count.isdecimal() else 1


_name, _left = _armed()


def reach(name: str) -> None:
    """Die here (SIGKILL) if this place is armed."""
    global _left
    if name == _name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
