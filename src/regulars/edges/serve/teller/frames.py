"""What goes between a worker and the teller: frames, each a length and MessagePack.

Many requests share a line; answers come in any order, and the number tells which is which.

>>> incoming = Incoming()
>>> whole = packed(Answer(7, 200, [], b"{}"))
>>> incoming.fed(whole[:5]), [unpacked_answer(one).id for one in incoming.fed(whole[5:] + whole)]
([], [7, 7])
"""

from __future__ import annotations

import msgspec

from regulars.errors import RegularsError

LARGEST = 32 << 20
"""Bytes of a frame: more than a page of a statement has whose entries are all as long as they may
be, and than the longest receipt."""
HEALTH, METRICS = "health", "metrics"
"""Routes that a worker asks for itself; no client's request has these names."""

_HEAD = 4


class BrokenFrame(RegularsError):
    """What came through the socket is no frame of ours."""

    code = "serve.broken_frame"


class AnswerTooLong(RegularsError):
    """An answer does not fit into a frame."""

    code = "serve.answer_too_long"


class Request(msgspec.Struct, array_like=True):
    """A request as the worker took it, not looked at yet.

    Attributes:
        id: of this request on this line.
        route: its name (`routes.Route.name`).
        parameter: what the path's variable part says.
        query: as it came.
        authorization: the header.
        cookie: the header.
        origin: the header `Origin`.
        fetched_from: the header `Sec-Fetch-Site`.
        host: the header `Host`.
        address: of the client.
        is_secure: whether the client came through TLS, as far as we are told.
        key: the header `Idempotency-Key`; None where there is none.
        body: unpacked.
    """

    id: int
    route: str
    parameter: str = ""
    query: bytes = b""
    authorization: bytes = b""
    cookie: bytes = b""
    origin: bytes = b""
    fetched_from: bytes = b""
    host: bytes = b""
    address: str = ""
    is_secure: bool = False
    key: bytes | None = None
    body: bytes = b""


class Answer(msgspec.Struct, array_like=True):
    """What the client is to be told."""

    id: int
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


_ENCODE = msgspec.msgpack.Encoder().encode
_REQUEST = msgspec.msgpack.Decoder(Request).decode
_ANSWER = msgspec.msgpack.Decoder(Answer).decode


def packed(one: Request | Answer) -> bytes:
    """As a frame."""
    body = _ENCODE(one)
    return len(body).to_bytes(_HEAD) + body


def unpacked_request(body: bytes) -> Request:
    """The request in a frame; raises `BrokenFrame`."""
    try:
        return _REQUEST(body)
    except msgspec.MsgspecError as error:
        raise _broken() from error


def unpacked_answer(body: bytes) -> Answer:
    """The answer in a frame; raises `BrokenFrame`."""
    try:
        return _ANSWER(body)
    except msgspec.MsgspecError as error:
        raise _broken() from error


class Incoming:
    """Bytes as they come, cut into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def fed(self, part: bytes) -> list[bytes]:
        """The frames that are whole now.

        Raises:
            BrokenFrame: a length that none has.
        """
        data = self._rest + part if self._rest else part
        found = []
        at, end = 0, len(data)
        while end - at >= _HEAD:
            size = int.from_bytes(data[at : at + _HEAD])
            if size > LARGEST:
                raise _broken()
            if end - at - _HEAD < size:
                break
            at += _HEAD
            found.append(data[at : at + size])
            at += size
        self._rest = data[at:]
        return found


def _broken() -> BrokenFrame:
    return BrokenFrame(
        "what came through the socket is no frame", todo="nothing else may speak there"
    )
