"""Reading the inbox: frames after a place, while writers go on appending."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag

from regulars.errors import LandingDamaged, Where
from regulars.intake.inbox.frame import HEAD, LONGEST, MAGIC, Received, unpack
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
                length, crc = HEAD.unpack(head)
                sealed = data.read(length) if length <= LONGEST else b""
                end = offset + HEAD.size + length
                if len(sealed) < length or zlib.crc32(sealed) != crc:
                    # A crash may leave any bytes at the end, even a whole frame's length of them.
                    if end < size:
                        raise _damaged(file, offset)
                    return
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


def _damaged(file: Path, offset: int) -> LandingDamaged:
    return LandingDamaged(
        f"the inbox does not read at byte {offset}",
        where=Where(file=str(file)),
        todo="restore landing/ and keys/ from backups of the same time",
    )
