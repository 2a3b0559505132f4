"""The teller's door: a socket that only its user can open, and a line for each worker."""

from __future__ import annotations

import threading
from contextlib import suppress
from socket import SHUT_RDWR, socket

from regulars.edges.serve.teller.desk import Desk
from regulars.edges.serve.teller.line import Line

_ENDS_WITHIN = 20.0


class Door:
    """Lets workers in until it is closed.

    Args:
        listening: a socket that listens.
        desk: takes what they ask.
    """

    def __init__(self, listening: socket, desk: Desk) -> None:
        self._listening = listening
        self._desk = desk
        self._lines: list[Line] = []
        self._thread = threading.Thread(target=self._let_in, name="door", daemon=True)
        self._thread.start()

    def _let_in(self) -> None:
        while True:
            try:
                wire, _ = self._listening.accept()
            except OSError:
                return  # it has been closed
            line = Line(wire, self._desk)
            self._lines = [one for one in self._lines if not one.is_over] + [line]
            line.start()

    def close(self) -> None:
        """Let nobody in any more, and answer what was asked."""
        with suppress(OSError):
            self._listening.shutdown(SHUT_RDWR)
        self._listening.close()
        self._thread.join(_ENDS_WITHIN)
        for line in self._lines:
            line.end()
        for line in self._lines:
            line.join(_ENDS_WITHIN)
