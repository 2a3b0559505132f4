"""A socket with an end: of the time for all that is said on it, and of how much is listened to.

A time limit of a socket counts from each byte anew: who sends one every few seconds would hold a
connection for ever.
"""

from __future__ import annotations

import io
import socket
import time
from contextlib import suppress
from typing import Any


class Wire:
    """Stands where `http.client` expects a connected socket.

    Args:
        connected: the socket, of which this takes over.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._until = 0.0
        self._most = 0

    def begin(self, until: float, most: int) -> None:
        """Say something and listen.

        Args:
            until: by `time.monotonic`; after it all raises `TimeoutError`.
            most: bytes of an answer; `TooLong` is raised by more.
        """
        self._until, self._most = until, most

    def sendall(self, data: Any) -> None:
        """Send it."""
        self._hurry()
        self._socket.sendall(data)

    def receive(self, into: Any) -> int:
        """Read what has come, as much as there is room for; how many bytes."""
        self._hurry()
        if self._most <= 0:
            raise TooLong
        count = self._socket.recv_into(memoryview(into)[: self._most])
        self._most -= count
        return count

    def makefile(self, *_: Any) -> io.BufferedReader:
        """What comes, as a file; closed, it leaves the socket open."""
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """Nothing: `http.client` closes it before the answer is read; `end` lets go of it."""

    def end(self) -> None:
        """Close the socket."""
        self._socket.close()

    def abort(self) -> None:
        """Whoever waits on it, on another thread, waits no more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _hurry(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


class TooLong(OSError):
    """More came than is listened to."""


class _Reading(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        return self._wire.receive(into)
