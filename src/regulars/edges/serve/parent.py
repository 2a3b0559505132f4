"""A child that ends with its parent, however that ends: a pipe closes when the other end dies."""

from __future__ import annotations

import os
import signal
import threading

PIPE = "REGULARS_PARENT_PIPE"
"""Environment: the descriptor of the pipe's reading end."""


def end_with_parent() -> None:
    """Ask this process to end, as SIGTERM does, once its parent is gone."""
    told = os.environ.pop(PIPE, "")
    if not told.isdigit():
        return
    descriptor = int(told)
    os.set_inheritable(descriptor, False)

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
