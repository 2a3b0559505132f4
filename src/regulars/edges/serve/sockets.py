"""Unix sockets of a server's processes: where there is room for them, and what tells of them.

A Unix socket's path has about a hundred bytes. Where the home's own is longer, the sockets lie in a
private folder elsewhere, which a file in `run/` names.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

import msgspec

_LONGEST = 100
_ELSEWHERE = "regulars-"


def folder_for(running: Path, *names: str) -> Path:
    """Where sockets of these names go: `run/`, or a private folder if its path is too long."""
    whole = running.absolute()
    if max(len(os.fsencode(whole / name)) for name in names) > _LONGEST:
        whole = Path(tempfile.mkdtemp(prefix=_ELSEWHERE))  # readable by its owner only
    return whole


def listen(path: Path, backlog: int) -> socket:
    """A socket that only this user can open."""
    path.unlink(missing_ok=True)
    listening = socket(AF_UNIX, SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.listen(backlog)
    return listening


def tell(file: Path, told: msgspec.Struct) -> None:
    """Leave something for others to read: whole, or as it was."""
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(told))
    aside.replace(file)


def remove(running: Path, *sockets: Path) -> None:
    """Remove sockets, and their folder where it is a private one."""
    for one in sockets:
        if one.is_socket():
            one.unlink(missing_ok=True)
    elsewhere = sockets[0].parent
    if elsewhere.name.startswith(_ELSEWHERE) and elsewhere != running.absolute():
        shutil.rmtree(elsewhere, ignore_errors=True)
