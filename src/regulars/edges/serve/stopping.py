"""Whether a signal has asked this process to stop.

Not an event of `threading`: a handler runs between two lines of the main thread, and where one of
these holds the event's lock it waits for ever. Nor does the main thread sleep without end: a signal
that arrives just before it falls asleep would wake nobody.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stop:
    """Asked for at any time, also from a handler; whoever waits sees it soon."""

    LOOK = 0.05
    """Seconds from one look to the next."""

    def __init__(self) -> None:
        self._is_asked = False

    def ask(self) -> None:
        """Have it stop."""
        self._is_asked = True

    @property
    def is_asked(self) -> bool:
        """Whether it is to stop."""
        return self._is_asked

    def wait_a_little(self) -> bool:
        """Let a little time go by; whether it is to stop."""
        if not self._is_asked:
            time.sleep(self.LOOK)
        return self._is_asked

    def wait(self) -> None:
        """Until it is to stop."""
        while not self.wait_a_little():
            pass


@contextmanager
def asked_to_stop(*signals: signal.Signals) -> Iterator[Stop]:
    """While the `with` lasts these signals ask to stop, and do nothing else."""
    stop = Stop()
    before = {one: signal.signal(one, lambda *_: stop.ask()) for one in signals}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
