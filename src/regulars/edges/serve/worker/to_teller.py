"""The worker's line to the teller: requests go over as they come, answers come in any order.

When the line breaks, all who wait are told so at once: whether their command was done they learn by
asking again with the same key. A new line is sought from then on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from regulars.edges.serve.teller.frames import (
    Answer,
    BrokenFrame,
    Incoming,
    Request,
    packed,
    unpacked_answer,
)
from regulars.edges.serve.teller.place import teller_of
from regulars.edges.serve.worker.refusals import Overloaded
from regulars.errors import StoreAway

MOST_WAITING = 2_000
"""Requests of this worker that may wait for their answers."""
_ANSWERED_WITHIN = 45.0
_LOOK = 0.02
_LOOK_AT_MOST = 0.25


class ToTeller:
    """The way to the teller.

    Args:
        running: the home's `run/`.
    """

    def __init__(self, running: Path) -> None:
        self._running = running
        self._line: _Line | None = None
        self._there = asyncio.Event()
        self._seeking: asyncio.Task[None] | None = None
        self._number = 0
        self._is_closed = False

    def open(self) -> None:
        """Begin to seek the teller."""
        self._seek()

    async def close(self) -> None:
        """Let go of the line."""
        self._is_closed = True
        if self._seeking is not None:
            self._seeking.cancel()
            with suppress(asyncio.CancelledError):
                await self._seeking
        if self._line is not None:
            self._line.break_off()

    async def ask(
        self, request: Request, within: float = _ANSWERED_WITHIN, found_within: float = 2.0
    ) -> Answer:
        """The teller's answer.

        Args:
            request: its number is given here.
            within: seconds after which no answer is waited for any more.
            found_within: seconds that a teller which is just beginning is waited for.

        Raises:
            StoreAway: there is none, or it went away; perhaps it was done.
            Overloaded: too many wait already.
        """
        line = self._line or await self._found(found_within)
        if len(line.waiting) >= MOST_WAITING:
            raise Overloaded("too many requests wait for the store", todo="ask again in a while")
        self._number += 1
        request.id = self._number
        return await line.ask(request, within)

    def tend(self) -> None:
        """Give up what has waited for too long; to be called now and then."""
        if self._line is not None:
            self._line.give_up()

    async def _found(self, within: float) -> _Line:
        try:
            async with asyncio.timeout(within):
                while self._line is None:
                    self._there.clear()
                    await self._there.wait()
        except TimeoutError as error:
            raise away() from error
        return self._line

    def _seek(self) -> None:
        if not self._is_closed and (self._seeking is None or self._seeking.done()):
            self._seeking = asyncio.get_running_loop().create_task(self._until_found())

    async def _until_found(self) -> None:
        loop = asyncio.get_running_loop()
        pause = _LOOK
        while True:
            teller = teller_of(self._running)
            if teller is not None:
                with suppress(OSError):
                    _, made = await loop.create_unix_connection(
                        lambda: _Line(loop, self._lost), teller.socket
                    )
                    self._line = made
                    self._there.set()
                    return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LOOK_AT_MOST)

    def _lost(self, line: _Line) -> None:
        if self._line is line:
            self._line = None
            # Not at once: whoever seeks now may be the very task that has just made this line.
            asyncio.get_running_loop().call_soon(self._seek)


class _Line(asyncio.Protocol):
    def __init__(self, loop: asyncio.AbstractEventLoop, lost: Callable[[_Line], None]) -> None:
        self._loop = loop
        self._tell_lost = lost
        self._wire: asyncio.Transport | None = None
        self._incoming = Incoming()
        self._outgoing: list[bytes] = []
        self.waiting: dict[int, tuple[asyncio.Future[Answer], float]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._incoming.fed(data)
            answers = [unpacked_answer(frame) for frame in frames]
        except BrokenFrame:
            self.break_off()
            return
        for answer in answers:
            found = self.waiting.pop(answer.id, None)
            if found is not None and not found[0].done():
                found[0].set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._wire = None
        for future, _ in self.waiting.values():
            if not future.done():
                future.set_exception(away())
        self.waiting.clear()
        self._tell_lost(self)

    def break_off(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    async def ask(self, request: Request, within: float) -> Answer:
        if self._wire is None:
            raise away()
        future: asyncio.Future[Answer] = self._loop.create_future()
        self.waiting[request.id] = future, self._loop.time() + within
        if not self._outgoing:
            self._loop.call_soon(self._flush)  # all that come in this turn go together
        self._outgoing.append(packed(request))
        try:
            return await future
        finally:
            self.waiting.pop(request.id, None)

    def _flush(self) -> None:
        parts, self._outgoing = self._outgoing, []
        if self._wire is not None:
            self._wire.write(b"".join(parts))

    def give_up(self) -> None:
        now = self._loop.time()
        for future, until in list(self.waiting.values()):
            if until <= now and not future.done():
                future.set_exception(away())


def away() -> StoreAway:
    """What to say while the teller does not answer."""
    return StoreAway(
        "the store does not answer; whether this was done is not known",
        todo="ask again in some seconds, with the same Idempotency-Key",
    )
