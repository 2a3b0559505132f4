"""Reading a body: in bounds as sent and as unpacked, and in time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from regulars.edges.serve.worker.refusals import MalformedBody, TooLarge, TooSlow, UnknownEncoding

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

SECONDS = 30.0
"""A body that takes longer is not waited for."""

_GZIP = 31
"""zlib's word for: a gzip head, and the largest window."""


class ClientGone(Exception):
    """Nobody waits for an answer any more."""


class Held:
    """How many bytes of bodies are in memory: being read, waiting, being written."""

    def __init__(self) -> None:
        self.bytes = 0


async def read(receive: Receive, limit: int, held: Held) -> bytes:
    """The whole body as sent; its bytes are held until the caller lets go of them.

    Raises:
        TooLarge: it is larger than the limit; the rest is not read.
        TooSlow: it did not arrive in time.
        ClientGone: the client left in the middle.
    """
    body, more = await next_part(receive)
    if not more:
        held.bytes += len(body)
    else:
        try:
            async with asyncio.timeout(SECONDS):
                body = await _rest(receive, body, limit, held)
        except TimeoutError as error:
            raise TooSlow(
                f"the body did not arrive within {SECONDS:.0f} seconds",
                todo="send it again",
            ) from error
    if len(body) > limit:
        held.bytes -= len(body)
        raise too_large(limit)
    return body


async def next_part(receive: Receive) -> tuple[bytes, bool]:
    """The next part of a body, and whether more follows; raises `ClientGone`."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    return message.get("body") or b"", message.get("more_body", False)


async def _rest(receive: Receive, first: bytes, limit: int, held: Held) -> bytes:
    parts, size = [first], len(first)
    held.bytes += size
    more = True
    try:
        while more and size <= limit:
            part, more = await next_part(receive)
            parts.append(part)
            size += len(part)
            held.bytes += len(part)
    except BaseException:
        held.bytes -= size
        raise
    return b"".join(parts)


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without its packing; no more than the limit is ever unpacked.

    >>> import gzip
    >>> unpacked(gzip.compress(b"{}") + gzip.compress(b"[]"), "gzip", 10)
    b'{}[]'
    >>> unpacked(gzip.compress(bytes(10**6)), "gzip", 1000)
    Traceback (most recent call last):
        ...
    regulars.edges.serve.worker.refusals.TooLarge: More than 1,000 bytes. Send less at once.

    Raises:
        TooLarge: it would be larger than the limit.
        MalformedBody: it is not packed as it says.
        UnknownEncoding: it is packed in another way.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnknownEncoding(
            "the body is packed in a way that is not taken",
            todo="send it with Content-Encoding: gzip, or as it is",
        )
    parts: list[bytes] = []
    left = limit
    while body:
        unpacking = zlib.decompressobj(_GZIP)
        try:
            part = unpacking.decompress(body, left + 1)
        except zlib.error as error:
            raise _not_gzip() from error
        if len(part) > left:
            raise too_large(limit)
        if not unpacking.eof:
            raise _not_gzip()
        parts.append(part)
        left -= len(part)
        body = unpacking.unused_data
    return b"".join(parts)


def too_large(limit: int) -> TooLarge:
    """What to say of a body above the limit."""
    return TooLarge(f"more than {limit:,} bytes", todo="send less at once")


def _not_gzip() -> MalformedBody:
    return MalformedBody("the body does not unpack as gzip", todo="send it again, or unpacked")
