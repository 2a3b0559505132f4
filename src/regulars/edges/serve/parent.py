"""A child that ends with its parent, however that ends: a pipe closes when the other end dies."""

from __future__ import annotations

import os
import signal
import threading
import time

PIPE = "REGULARS_PARENT_PIPE"
"""Environment: the descriptor of the pipe's reading end."""
CANNOT = 3
"""Exit code: it cannot work, and starting it again does not help."""


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


def end_when_orphaned(parent: int) -> None:
    """Ask this process to end once that one is not its parent any more.

    For a child that shares its parent's descriptors, where no pipe would close.
    """

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
