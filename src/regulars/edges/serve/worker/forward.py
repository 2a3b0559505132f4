"""Passing on to the owner whatever is not intake, through its Unix socket, as it comes."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from regulars.edges.serve.worker.body import Held, Receive, read
from regulars.edges.serve.worker.refusals import OwnerAway

OWNER_FILE = "owner.json"
"""In the home's `run/`: what the owner tells of itself."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
    b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
})  # fmt: skip
"""These are between two neighbours (RFC 9110 §7.6.1)."""

_BODY_LIMIT = 512 << 10
"""Bytes of a body that is passed on; the owner answers questions."""

_TIMEOUT = httpx.Timeout(120.0, connect=2.0, pool=5.0)


class BrokenOff(Exception):
    """The owner went away in the middle of its answer; all that is left is to break off too."""


class _Owner(msgspec.Struct):
    http: str
    pid: int = 0


class Forward:
    """The way to the owner.

    Args:
        running: the home's `run/`.
    """

    def __init__(self, running: Path) -> None:
        self._file = running / OWNER_FILE
        self._held = Held()
        self._read_at: tuple[int, int] | None = None
        self._client: httpx.AsyncClient | None = None

    async def pass_on(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> int:
        """Ask the owner and give its answer on, both as they come; its status comes back.

        Raises:
            OwnerAway: there is none, or it does not answer; nothing was sent to the client yet.
            TooLarge: its body is larger than the owner needs.
            TooSlow: it did not arrive in time.
            ClientGone: the client left in the middle.
            BrokenOff: the owner did.
        """
        # Whole before a way to the owner is taken: who is slow must not hold one.
        body = await read(receive, _BODY_LIMIT, self._held)
        self._held.bytes -= len(body)
        client = await self._to_owner()
        has_body = any(
            name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]
        )
        path = scope.get("raw_path") or scope["path"].encode()
        if query := scope.get("query_string"):
            path += b"?" + query
        # Not by the client's own hand, which would add headers that nobody sent and resolve `..`:
        # what a proxy has looked at is what the owner must see.
        request = httpx.Request(
            scope["method"],
            "http://owner",
            headers=_between(scope["headers"]),
            content=body if has_body else None,
            extensions={"timeout": _TIMEOUT.as_dict(), "target": path},
        )
        try:
            answer = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise _away() from error
        try:
            await send({
                "type": "http.response.start",
                "status": answer.status_code,
                "headers": _between(answer.headers.raw),
            })  # fmt: skip
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except httpx.HTTPError as error:
            raise BrokenOff from error
        finally:
            await answer.aclose()
        return answer.status_code

    async def get(self, path: str, seconds: float = 2.0) -> httpx.Response:
        """The owner's answer to a question of the worker itself.

        Raises:
            OwnerAway: there is none.
        """
        client = await self._to_owner()
        try:
            return await client.get(f"http://owner{path}", timeout=seconds)
        except httpx.HTTPError as error:
            raise _away() from error

    async def _to_owner(self) -> httpx.AsyncClient:
        try:
            told = os.stat(self._file)  # noqa: PTH116 - on every request
            stamp = (told.st_mtime_ns, told.st_ino)
            if self._client is None or stamp != self._read_at:
                owner = msgspec.json.decode(self._file.read_bytes(), type=_Owner)
                await self.close()
                self._client = httpx.AsyncClient(
                    transport=httpx.AsyncHTTPTransport(uds=owner.http), trust_env=False
                )
                self._read_at = stamp
        except (OSError, msgspec.DecodeError) as error:
            raise _away() from error
        return self._client

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _between(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without those of the one hop, and those that a Connection header names."""
    named = {
        name.strip().lower()
        for key, value in headers
        if key.lower() == b"connection"
        for name in value.split(b",")
    }
    return [
        (key.lower(), value)
        for key, value in headers
        if key.lower() not in _HOP_BY_HOP and key.lower() not in named
    ]


def _away() -> OwnerAway:
    return OwnerAway(
        "the owner of the warehouse does not answer; what is sent in is kept all the same",
        todo="ask again in some seconds; if it stays so, look into the server's log",
    )
