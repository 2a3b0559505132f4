"""What the owner of a warehouse and those who use it through a socket say to each other.

    frame  = kind (1 byte) length (u32) payload
    H      a head: a request or an answer (msgpack)
    C      a piece of an Arrow stream; E ends it, with an error (msgpack) or nothing as its payload
    I      leave off what you are doing

A request is a head, with an Arrow stream behind it where it brings a table; so is an answer.
Bound values keep their Python types, so that SQL sees the same as without a socket between.

>>> unpack_values(pack_values([1, Decimal("2.50"), date(2026, 1, 31), None, ["a", b"b"]]))
[1, Decimal('2.50'), datetime.date(2026, 1, 31), None, ['a', b'b']]
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from socket import SHUT_RDWR, socket
from threading import Lock
from typing import Any, Final

import msgspec
import pyarrow as pa

from regulars.errors import RegularsError, Where

VERSION = 1
"""Of what is said; both ends must speak the same."""

HEAD: Final = b"H"
CHUNK: Final = b"C"
END: Final = b"E"
LEAVE_OFF: Final = b"I"

_FRAME = struct.Struct("<cI")
_CHUNK = 1 << 20
_LONGEST = 1 << 28
_ENCODE = msgspec.msgpack.Encoder().encode


class Gone(Exception):
    """The other end is not there any more."""


class Wire:
    """One end of a socket: whole frames out and in.

    Several threads may send; one may receive.
    """

    def __init__(self, connection: socket) -> None:
        self._socket = connection
        self._sending = Lock()

    def send(self, kind: bytes, payload: bytes | memoryview = b"") -> None:
        """One frame; raises `Gone`."""
        head = _FRAME.pack(kind, len(payload))
        try:
            with self._sending:
                if len(payload) < _CHUNK // 16:
                    self._socket.sendall(head + bytes(payload))
                else:
                    self._socket.sendall(head)
                    self._socket.sendall(payload)
        except OSError as error:
            raise Gone(str(error)) from error

    def say(self, head: Mapping[str, Any]) -> None:
        """A head."""
        self.send(HEAD, _ENCODE(head))

    def receive(self) -> tuple[bytes, bytes]:
        """The kind and payload of the next frame; raises `Gone`."""
        kind, length = _FRAME.unpack(self._exactly(_FRAME.size))
        if kind not in (HEAD, CHUNK, END, LEAVE_OFF) or length > _LONGEST:
            raise Gone("this is no frame")
        return kind, self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        data = bytearray(length)
        view, done = memoryview(data), 0
        try:
            while done < length:
                got = self._socket.recv_into(view[done:])
                if not got:
                    raise Gone("closed")
                done += got
        except OSError as error:
            raise Gone(str(error)) from error
        return bytes(data)

    def close(self) -> None:
        """Let go of it; whoever waits for a frame is told that the other end is gone."""
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)
        with suppress(OSError):
            self._socket.close()


def send_arrow(
    wire: Wire,
    table: pa.Table | pa.RecordBatchReader,
    stopped: Callable[[], None] = lambda: None,
) -> None:
    """An Arrow stream, piece by piece, without its end frame.

    Args:
        wire: where to.
        table: what.
        stopped: called before each batch; it raises where no more is wanted.
    """
    pieces = _Pieces(wire)
    with pa.ipc.new_stream(pa.PythonFile(pieces, mode="w"), table.schema) as stream:
        if isinstance(table, pa.Table):
            stopped()
            stream.write_table(table)
        else:
            for batch in table:
                stopped()
                stream.write_batch(batch)
    pieces.flush()


class _Pieces:
    """A file to write to whose content goes out as frames of about a megabyte."""

    closed = False

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting = bytearray()

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if len(self._waiting) + view.nbytes < _CHUNK:
            self._waiting += view
            return view.nbytes
        self.flush()
        for start in range(0, view.nbytes, _CHUNK):
            self._wire.send(CHUNK, view[start : start + _CHUNK])
        return view.nbytes

    def flush(self) -> None:
        if self._waiting:
            self._wire.send(CHUNK, bytes(self._waiting))
            self._waiting.clear()

    def close(self) -> None:
        self.flush()


class Incoming:
    """A file to read from whose content comes as frames, up to the end frame.

    Args:
        receive: gives the next frame.
    """

    closed = False

    def __init__(self, receive: Callable[[], tuple[bytes, bytes]]) -> None:
        self._receive = receive
        self._rest = memoryview(b"")
        self.end: bytes | None = None
        """The payload of the end frame, once it has come."""
        self.broken: BaseException | None = None
        """Why no more comes, where the end frame never did."""

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or fewer at the end."""
        parts, wanted = [], size if size >= 0 else 1 << 62
        while wanted and (len(self._rest) or self._more()):
            part = self._rest[:wanted]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _more(self) -> bool:
        if self.end is not None or self.broken is not None:
            return False
        try:
            kind, payload = self._receive()
        except BaseException as error:
            self.broken = error
            raise
        if kind == END:
            self.end = payload
            return False
        self._rest = memoryview(payload)
        return True

    def drain(self) -> bytes:
        """Read what is left, and give the end frame's payload."""
        self._rest = memoryview(b"")
        while self._more():
            self._rest = memoryview(b"")
        return self.end or b""

    def reader(self) -> pa.RecordBatchReader:
        """The Arrow stream that comes."""
        return pa.ipc.open_stream(pa.PythonFile(self, mode="r"))

    def close(self) -> None:
        """Nothing to let go of."""


def decode(payload: bytes) -> dict[str, Any]:
    """What a head says; raises `Gone` where it is none."""
    try:
        return msgspec.msgpack.decode(payload, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Gone("this is no head") from error


def told_error(error: BaseException) -> dict[str, Any]:
    """An error as plain data."""
    if isinstance(error, KeyboardInterrupt):
        return {"code": "interrupted"}
    if isinstance(error, RegularsError):
        return error.as_dict()
    return {"code": "error", "message": f"{type(error).__name__}: {error}", "todo": ""}


def error_of(told: Mapping[str, Any], kinds: Mapping[str, type[RegularsError]]) -> BaseException:
    """The error that `told_error` told.

    Args:
        told: its code, message, where and todo.
        kinds: classes by code; others become the root of all errors.
    """
    if told["code"] == "interrupted":
        return KeyboardInterrupt()
    kind = kinds.get(told["code"], RegularsError)
    where = Where(**told.get("where") or {})
    return kind(told["message"], where=where, todo=told.get("todo", ""))


def encode_error(error: BaseException) -> bytes:
    """An error as the payload of an end frame."""
    return _ENCODE(told_error(error))


_TEXT_TYPES: dict[str, tuple[type, Callable[[str], Any]]] = {
    "decimal": (Decimal, Decimal),
    "datetime": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
    "time": (time, time.fromisoformat),
}


def pack_values(values: Sequence[Any] | Mapping[str, Any]) -> Any:
    """Bound values in the types of msgpack, each with the name of its own."""
    if isinstance(values, Mapping):
        return {str(name): _pack(value) for name, value in values.items()}
    return [_pack(value) for value in values]


def unpack_values(packed: Any) -> Any:
    """The bound values again."""
    if isinstance(packed, dict):
        return {name: _unpack(value) for name, value in packed.items()}
    return [_unpack(value) for value in packed]


def _pack(value: Any) -> Any:
    if value is None or isinstance(value, bool | float | str | bytes):
        return ["", value]
    if isinstance(value, int):
        return ["int", str(value)] if value.bit_length() > 63 else ["", value]
    for name, (kind, _) in _TEXT_TYPES.items():
        if isinstance(value, kind):
            return [name, value.isoformat() if hasattr(value, "isoformat") else str(value)]
    if isinstance(value, timedelta):
        return ["timedelta", [value.days, value.seconds, value.microseconds]]
    if isinstance(value, list | tuple | set | frozenset):
        return ["list", [_pack(one) for one in value]]
    if isinstance(value, dict):
        return ["dict", [[_pack(key), _pack(one)] for key, one in value.items()]]
    if hasattr(value, "item"):  # a scalar of numpy
        return _pack(value.item())
    raise TypeError(f"a value of type {type(value).__name__} cannot be bound")


def _unpack(packed: Any) -> Any:
    name, value = packed
    if name == "":
        return value
    if name == "int":
        return int(value)
    if name == "timedelta":
        return timedelta(*value)
    if name == "list":
        return [_unpack(one) for one in value]
    if name == "dict":
        return {_unpack(key): _unpack(one) for key, one in value}
    return _TEXT_TYPES[name][1](value)
