"""Where the teller is found: a socket, and `run/teller.json`, which names it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import msgspec

from regulars.edges.serve import sockets

TELLER = "teller.json"
"""In the home's `run/`."""

_SOCKET = "teller.sock"


class Teller(msgspec.Struct):
    """What a teller tells of itself."""

    pid: int
    socket: str


def teller_of(running: Path) -> Teller | None:
    """The teller that says it works for the home whose `run/` this is."""
    try:
        return msgspec.json.decode((running / TELLER).read_bytes(), type=Teller)
    except (OSError, msgspec.DecodeError):
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """The place of this process's socket.

    Attributes:
        folder: `run/` of the home.
        door: where it listens.
    """

    folder: Path
    door: Path

    @classmethod
    def make(cls, folder: Path) -> Place:
        """The place for the home whose `run/` this is; leftovers of a dead teller are removed."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        before = teller_of(folder)
        if before is not None:
            _remove(folder, before)
        return cls(folder, sockets.folder_for(folder, _SOCKET) / _SOCKET)

    def listen(self) -> socket:
        """A socket that only this user can open."""
        return sockets.listen(self.door, 64)

    def tell(self) -> None:
        """Let workers find it."""
        sockets.tell(self.folder / TELLER, Teller(os.getpid(), str(self.door)))

    def forget(self) -> None:
        """Leave nothing behind; what another teller has left since stays."""
        found = teller_of(self.folder)
        if found is not None and found.pid == os.getpid():
            _remove(self.folder, found)


def _remove(folder: Path, teller: Teller) -> None:
    (folder / TELLER).unlink(missing_ok=True)
    sockets.remove(folder, Path(teller.socket))
