"""Writing the inbox: appended and synced before anybody is told that it is there.

>>> import tempfile, pathlib
>>> from regulars.intake.inbox.frame import Received
>>> from regulars.intake.inbox.reader import Inbox
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> with Vault.open(folder / "keys", make=True) as vault:
...     with InboxWriter(folder / "inbox", vault) as writer:
...         writer.append([Received("web", "track", 0, b'{"event":"Viewed"}')])
...     inbox = Inbox(folder / "inbox", vault)
...     [one.body for file in inbox.files() for frame in inbox.read(file) for one in frame.received]
[b'{"event":"Viewed"}']
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.errors import InboxFull, VaultError, Where
from regulars.intake.inbox.frame import MAGIC, Received, pack
from regulars.intake.vault import Vault
from regulars.kernel.closing import Closing
from regulars.kernel.failpoint import reach

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROTATE_AT = 64 << 20
"""Bytes after which a new file is begun, so that the old one can be settled and let go."""


class InboxWriter(Closing):
    """One process's end of the inbox: a file of its own, under a lock for as long as it is open.

    Not safe for several threads. A file is never appended to again once it was closed or its writer
    died, so that what stands behind a torn frame is nothing.
    """

    def __init__(self, folder: Path, vault: Vault, *, rotate_at: int = ROTATE_AT) -> None:
        self.folder = folder
        self._vault = vault
        self._rotate_at = rotate_at
        self._descriptor: int | None = None
        self._cipher: AESGCM | None = None
        self.path: Path | None = None
        self.size = 0
        """Bytes of the present file that are durable."""

    def append(self, received: Sequence[Received]) -> None:
        """Make it durable: after this returns, it survives a power cut.

        Raises:
            InboxFull: it could not be written; nothing of it is there, and the next try may do.
        """
        try:
            if self._descriptor is None:
                self._begin()
            self._write(received)
        except (OSError, VaultError) as error:
            told = error.message if isinstance(error, VaultError) else error.strerror or error
            raise InboxFull(
                f"what came in cannot be written ({told})",
                where=Where(file=str(self.folder)),
                todo="make room on the disk; nothing was acknowledged, and clients try again",
            ) from error
        if self.size >= self._rotate_at:
            self.close()

    def _begin(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.log"
        cipher = self._vault.cipher(f"b:{name}")
        path = self.folder / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError:
            self._forget(name)
            raise
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, MAGIC)
            os.fsync(descriptor)
            _sync_folder(self.folder)
        except OSError:
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
            self._forget(name)
            raise
        self._descriptor, self._cipher, self.path = descriptor, cipher, path
        self.size = len(MAGIC)

    def _forget(self, name: str) -> None:
        """Shred the key of a file that was not begun; on a full disk it may have to stay."""
        with suppress(VaultError):
            self._vault.shred([f"b:{name}"])

    def _write(self, received: Sequence[Received]) -> None:
        if self._descriptor is None or self._cipher is None or self.path is None:
            return
        frame = memoryview(pack(received, self._cipher, self.path.name, self.size))
        try:
            done = 0
            while done < len(frame):
                done += os.pwrite(self._descriptor, frame[done:], self.size + done)
            reach("inbox.written")
            os.fdatasync(self._descriptor)
            reach("inbox.synced")
        except OSError:
            # What half stands there, or may not be durable, was never acknowledged. After a failed
            # sync the kernel may have dropped pages: this file is not written to any more.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
                os.fdatasync(self._descriptor)
            self.close()
            raise
        self.size += len(frame)

    def close(self) -> None:
        """Let go of the file; the next `append` begins another."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = self._cipher = self.path = None
        self.size = 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
