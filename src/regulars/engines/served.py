"""Whether a home is served, and where its owner is found: read without opening anything."""

from __future__ import annotations

import fcntl
from pathlib import Path

import msgspec

RUN = "run"
"""The folder of the home in which a server leaves what others find it by."""
OWNER = "owner.json"
LOCK = "serve.lock"
"""Held by `regulars serve` for as long as it runs."""


class Owner(msgspec.Struct, frozen=True):
    """What the owner of a warehouse leaves for others to find it by."""

    pid: int
    http: str
    """Its socket for HTTP."""
    warehouse: str
    """Its socket for sessions."""
    file: str
    """The name of the warehouse's file."""


def owner_of(folder: Path) -> Owner | None:
    """What the owner has left in the home's folder; it may be dead."""
    try:
        return msgspec.json.decode((folder / RUN / OWNER).read_bytes(), type=Owner)
    except (OSError, msgspec.DecodeError):
        return None


def is_served(folder: Path) -> bool:
    """Whether a `regulars serve` runs for the home in the folder."""
    try:
        with (folder / RUN / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
