"""Whether the workers still answer: a process may live and do nothing.

Asked is for a path that takes neither disk nor owner. Any answer will do, also a refusal.
"""

from __future__ import annotations

import threading
import time
from http.client import HTTPConnection, HTTPException

from regulars.edges.serve.address import Address

_EVERY = 5.0
_ANSWER_WITHIN = 10.0
_SILENT = 45.0
"""Seconds without any answer after which nobody is expected to answer any more."""
_PATH = "/v1/track"


class Answering:
    """Asks now and then, in a thread of its own.

    Args:
        address: where the workers listen.
        every: seconds between two questions.
        silent: seconds without an answer after which they do not answer any more.
    """

    def __init__(
        self, address: Address, *, every: float | None = None, silent: float | None = None
    ) -> None:
        self._address = address
        self._every, self._silent = every or _EVERY, silent or _SILENT
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._of = 0
        self._answered_at = 0.0

    def goes_on(self, process: int) -> bool:
        """Whether the workers of that process have answered lately, or have just begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._ask, name="answering", daemon=True)
            self._thread.start()
        if process != self._of:
            self._of, self._answered_at = process, time.monotonic()
        return time.monotonic() - self._answered_at < self._silent

    def _ask(self) -> None:
        while not self._end.wait(self._every):
            host, port = self._address.here
            asking = HTTPConnection(host, port, timeout=min(_ANSWER_WITHIN, self._silent))
            try:
                asking.request("OPTIONS", _PATH)  # counted nowhere
                asking.getresponse().read()
                self._answered_at = time.monotonic()
            except (OSError, HTTPException):
                pass
            finally:
                asking.close()

    def end(self) -> None:
        """Ask no more."""
        self._end.set()
