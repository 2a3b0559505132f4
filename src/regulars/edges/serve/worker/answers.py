"""Answers: a status, headers, and JSON that says what became of the request."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

import msgspec

from regulars.edges.serve.worker.forward import Send
from regulars.edges.serve.worker.refusals import Overloaded, WrongMethod, status_of
from regulars.errors import ConnectionRefused, InboxFull, RegularsError

Pairs = Sequence[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
KEPT = b'{"success":true}'
"""What Segment's own servers say."""

_RETRY_SECONDS = b"2"
_BUG = msgspec.json.encode(
    {
        "code": "error",
        "message": "something went wrong here, and nothing was kept",
        "where": {},
        "todo": "send it again; the server's log tells more",
    }
)


async def answer(send: Send, status: int, headers: Pairs, body: bytes) -> None:
    """Send a whole answer."""
    await send({
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, (b"content-length", b"%d" % len(body))],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, error: RegularsError, headers: Pairs) -> None:
    """Send what was wrong, and when to try again where that helps."""
    more = list(headers)
    if isinstance(error, InboxFull | Overloaded):
        more.append((b"retry-after", _RETRY_SECONDS))
    elif isinstance(error, ConnectionRefused):
        more.append((b"www-authenticate", b'Basic realm="regulars"'))
    elif isinstance(error, WrongMethod):
        more.append((b"allow", b"POST, OPTIONS"))
    await answer(send, status_of(error), [JSON, *more], _told(error))


async def bug(send: Send, headers: Pairs) -> None:
    """Send that it was our own mistake."""
    await answer(send, 500, [JSON, *headers], _BUG)


def place(error: BaseException) -> str:
    """Where in our code it came from, for the log; its text may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def _told(error: RegularsError) -> bytes:
    told = error.as_dict()
    told["where"].pop("file", None)  # of our disk, which is nobody's business
    return msgspec.json.encode(told)
