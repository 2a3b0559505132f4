"""Reading the inbox: frames after a place, while writers go on appending."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag

from regulars.errors import LandingDamaged, Where
from regulars.intake.inbox.frame import HEAD, LONGEST, MAGIC, MARK, Received, unpack
from regulars.intake.vault import Vault


@dataclass(frozen=True, slots=True)
class Frame:
    """What was received together, and where the next frame begins."""

    received: list[Received]
    offset: int
    """Of this frame in its file; with the file's name and a place in `received` it tells a request
    from every other."""
    end: int


class Inbox:
    """The folder of what was acknowledged and not settled yet."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = folder
        self._vault = vault

    def files(self) -> list[Path]:
        """The files in the order in which they were begun."""
        return sorted(self.folder.glob("*.log")) if self.folder.is_dir() else []

    def read(self, file: Path, offset: int = 0) -> Iterator[Frame]:
        """The whole frames from the offset on; a torn end is left alone: it was not acknowledged.

        Raises:
            LandingDamaged: a frame that others follow is not what was written.
        """
        cipher = None
        with file.open("rb") as data:
            size = os.fstat(data.fileno()).st_size
            if offset == 0:
                if data.read(len(MAGIC)) != MAGIC:
                    if size > len(MAGIC):
                        raise _damaged(file, 0)
                    return
                offset = len(MAGIC)
            data.seek(offset)
            while True:
                head = data.read(HEAD.size)
                if len(head) < HEAD.size:
                    return
                sealed = _sealed_at(head, data)
                if sealed is None:
                    # No further than was there at first: its writer may have gone on since.
                    data.seek(offset + 1)
                    if _holds_a_frame(data.read(max(size - offset - 1, 0))):
                        raise _damaged(file, offset)
                    return
                end = offset + HEAD.size + len(sealed)
                if cipher is None:
                    cipher = self._vault.cipher(f"b:{file.name}")
                try:
                    received = unpack(sealed, cipher, file.name, offset)
                except InvalidTag as error:
                    raise _damaged(file, offset) from error
                yield Frame(received, offset, end)
                offset = end

    def is_being_written(self, file: Path) -> bool:
        """Whether its writer lives and has it open."""
        with file.open("rb") as data:
            try:
                fcntl.flock(data, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def discard(self, file: Path) -> None:
        """Remove a file that has been settled, and shred its key."""
        file.unlink(missing_ok=True)
        self._vault.shred([f"b:{file.name}"])


def _sealed_at(head: bytes, data: BinaryIO) -> bytes | None:
    """What stands behind a head; None if it is no whole frame."""
    mark, length, crc = HEAD.unpack(head)
    if mark != MARK or length > LONGEST:
        return None
    sealed = data.read(length)
    return sealed if len(sealed) == length and zlib.crc32(sealed) == crc else None


def _holds_a_frame(data: bytes) -> bool:
    at = data.find(MARK)
    while 0 <= at <= len(data) - HEAD.size:
        behind = BytesIO(data[at + HEAD.size :])
        if _sealed_at(data[at : at + HEAD.size], behind) is not None:
            return True
        at = data.find(MARK, at + 1)
    return False


def _damaged(file: Path, offset: int) -> LandingDamaged:
    return LandingDamaged(
        f"the inbox does not read at byte {offset}",
        where=Where(file=str(file)),
        todo="restore landing/ and keys/ from backups of the same time",
    )
