"""One worker's line to the teller: a thread reads requests, another writes answers.

What came together is looked at together, and answers that are ready together leave together; so a
group that was committed wakes the writing thread once.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from socket import SHUT_RD, SHUT_RDWR, socket

from regulars.edges.serve.log import log
from regulars.edges.serve.teller.desk import Desk
from regulars.edges.serve.teller.frames import (
    LARGEST,
    AnswerTooLong,
    BrokenFrame,
    Incoming,
    packed,
    unpacked_request,
)
from regulars.edges.serve.teller.said import Outcome, said
from regulars.errors import RegularsError

_AT_ONCE = 256 << 10
_MOST_SAID = LARGEST - (64 << 10)
_TOO_LONG = AnswerTooLong("the answer is too long to be told", todo="ask for less at once (limit)")


class Line:
    """A line to one worker.

    Args:
        wire: to the worker.
        desk: takes what comes in.
    """

    def __init__(self, wire: socket, desk: Desk) -> None:
        self._wire = wire
        self._desk = desk
        self._ready: deque[tuple[int, str, Outcome]] = deque()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._open = 0
        self._is_ending = False
        self._reading = threading.Thread(target=self._read, name="line in", daemon=True)
        self._writing = threading.Thread(target=self._write, name="line out", daemon=True)

    def start(self) -> None:
        """Begin to read and write."""
        self._reading.start()
        self._writing.start()

    @property
    def is_over(self) -> bool:
        """Whether the worker has gone and nothing is left to say."""
        return not self._writing.is_alive()

    def end(self) -> None:
        """Take nothing more in; what was taken is still answered."""
        with suppress(OSError):
            self._wire.shutdown(SHUT_RD)

    def join(self, seconds: float) -> None:
        """Wait until all has been answered."""
        self._reading.join(seconds)
        self._writing.join(seconds)

    def _read(self) -> None:
        incoming = Incoming()
        try:
            while part := self._wire.recv(_AT_ONCE):
                requests = [unpacked_request(frame) for frame in incoming.fed(part)]
                if requests:
                    with self._lock:
                        self._open += len(requests)
                    self._desk.take(requests, self._reply)
        except BrokenFrame as error:
            log("teller", "a line was broken", "error", reason=error.message)
        except OSError:
            pass  # the worker has gone, and asks again by itself
        finally:
            self._is_ending = True
            self._wake.set()

    def _reply(self, number: int, route: str, outcome: Outcome) -> None:
        self._ready.append((number, route, outcome))
        if not self._wake.is_set():
            self._wake.set()

    def _write(self) -> None:
        is_there = True
        while True:
            self._wake.wait()
            self._wake.clear()
            parts = []
            while self._ready:
                number, route, outcome = self._ready.popleft()
                answer = said(number, outcome)
                code = outcome.code if isinstance(outcome, RegularsError) else None
                if len(answer.body) > _MOST_SAID:  # it would break the line of all others
                    answer, code = said(number, _TOO_LONG), _TOO_LONG.code
                self._desk.counts.answered(route, answer.status, code)
                parts.append(packed(answer))
            if parts and is_there:
                try:
                    self._wire.sendall(b"".join(parts))
                except OSError:
                    is_there = False  # nobody reads it; the key tells whoever asks again
            with self._lock:
                self._open -= len(parts)
                if self._is_ending and not self._open and not self._ready:
                    break
        with suppress(OSError):
            self._wire.shutdown(SHUT_RDWR)
        self._wire.close()
