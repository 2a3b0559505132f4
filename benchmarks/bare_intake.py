"""What intake is held against: bare granian, the whole body decoded, appended to a synced log.

Groups are written as ours are, one sync to a group; there are no keys, limits, form, or ciphers.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

_DECODE = msgspec.json.Decoder().decode
_HEADERS = [(b"content-type", b"application/json")]


class Bare:
    def __init__(self, path: str) -> None:
        self._log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._running: asyncio.Task[None] | None = None

    def _write(self, bodies: list[bytes]) -> None:
        data = b"\n".join(bodies) + b"\n"
        done = 0
        while done < len(data):
            done += os.write(self._log, data[done:])
        os.fdatasync(self._log)

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            bodies = [body for body, _ in group]
            await loop.run_in_executor(self._thread, self._write, bodies)
            for _, future in group:
                future.set_result(None)
        self._running = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message["body"])
            more = message.get("more_body", False)
        body = b"".join(parts)
        _DECODE(body)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, future))
        if self._running is None:
            self._running = asyncio.create_task(self._commit())
        await future
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b'{"success":true}'})


def from_environment() -> Bare:
    return Bare(os.environ["BARE_LOG"])
