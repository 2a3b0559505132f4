"""Numbers given to ids that came by events, until the next settling puts them into a segment.

    landing/ids.log   frame*
    frame             length (u32) crc32 (u32) msgpack of [[namespace, identity, number]…]

A number is durable here before anything uses it, so it is never given twice. Readers take the
numbers of the segments and of this file together; what stands in both is the same.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from regulars.errors import InboxFull, LandingDamaged, Where

FILE = "ids.log"
SCHEMA = pa.schema(
    [("namespace", pa.string()), ("identity", pa.string()), ("customer_id", pa.int64())]
)

Numbered = tuple[str, str, int]
"""Namespace, identity and number."""

_HEAD = struct.Struct("<II")
_DECODE = msgspec.msgpack.Decoder(list[Numbered]).decode


def append_ids(folder: Path, new: Sequence[Numbered]) -> None:
    """Make the numbers durable; to be called under landing's lock.

    Raises:
        InboxFull: they could not be written; none of them holds.
    """
    if not new:
        return
    content = msgspec.msgpack.encode(new)
    frame = _HEAD.pack(len(content), zlib.crc32(content)) + content
    path = folder / FILE
    try:
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # A torn frame of a killed process is overwritten: nobody has used its numbers.
            end = _sound_length(path)
            os.ftruncate(descriptor, end)
            done = 0
            while done < len(frame):
                done += os.pwrite(descriptor, frame[done:], end + done)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync(folder)
    except OSError as error:
        raise InboxFull(
            f"new numbers of customers cannot be written ({error.strerror or error})",
            where=Where(file=str(path)),
            todo="make room on the disk; what came in waits in the inbox",
        ) from error


def read_ids(folder: Path) -> pa.Table:
    """The numbers in the file; a torn end is left out."""
    rows = [row for frame in _frames(folder / FILE)[0] for row in frame]
    columns = [[row[place] for row in rows] for place in range(len(SCHEMA))]
    return pa.table(columns, schema=SCHEMA)


def empty_ids(folder: Path) -> None:
    """Let the file go after its numbers have been committed in a segment."""
    path = folder / FILE
    if path.exists():
        descriptor = os.open(path, os.O_WRONLY)
        try:
            os.ftruncate(descriptor, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sound_length(path: Path) -> int:
    return _frames(path)[1]


def _frames(path: Path) -> tuple[list[list[Numbered]], int]:
    """The whole frames, and where they end."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    found, offset = [], 0
    while offset + _HEAD.size <= len(data):
        length, crc = _HEAD.unpack_from(data, offset)
        end = offset + _HEAD.size + length
        content = data[offset + _HEAD.size : end]
        if len(content) < length or zlib.crc32(content) != crc:
            if end < len(data):
                raise LandingDamaged(
                    f"the numbers given to ids do not read at byte {offset}",
                    where=Where(file=str(path)),
                    todo="restore landing/ from a backup",
                )
            break
        found.append(_DECODE(content))
        offset = end
    return found, offset


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
