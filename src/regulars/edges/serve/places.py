"""Where a running server's sockets are, and what it leaves for others to find it by.

A Unix socket's path has about a hundred bytes. Where the home's own is longer, the sockets lie in a
private folder elsewhere, which `run/owner.json` names.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from regulars.engines.remote import OWNER, Owner, owner_of

_LONGEST = 100
_HTTP = "owner.http.sock"
_WAREHOUSE = "owner.sock"


@dataclass(frozen=True, slots=True)
class Places:
    """The sockets of an owner.

    Attributes:
        folder: `run/` of the home.
        http: for HTTP.
        warehouse: for sessions.
    """

    folder: Path
    http: Path
    warehouse: Path

    @classmethod
    def make(cls, folder: Path) -> Places:
        """The places for the home whose `run/` this is; leftovers of a dead owner are removed."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        before = owner_of(folder.parent)
        if before is not None:
            _remove(folder, before)
        whole = folder.absolute()
        if len(os.fsencode(whole / _HTTP)) > _LONGEST:
            whole = Path(tempfile.mkdtemp(prefix="regulars-"))  # readable by its owner only
        return cls(folder, whole / _HTTP, whole / _WAREHOUSE)

    def tell(self, file: str) -> None:
        """Let others find the owner: this process."""
        owner = Owner(os.getpid(), str(self.http), str(self.warehouse), file)
        aside = self.folder / f"{OWNER}.{os.getpid()}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(msgspec.json.encode(owner))
        aside.replace(self.folder / OWNER)

    def forget(self) -> None:
        """Leave nothing behind; what another owner has left since stays."""
        found = owner_of(self.folder.parent)
        if found is not None and found.pid == os.getpid():
            (self.folder / OWNER).unlink(missing_ok=True)
        _remove_sockets(self.folder, self.http, self.warehouse)


def _remove(folder: Path, owner: Owner) -> None:
    (folder / OWNER).unlink(missing_ok=True)
    _remove_sockets(folder, Path(owner.http), Path(owner.warehouse))


def _remove_sockets(folder: Path, http: Path, warehouse: Path) -> None:
    for socket in (http, warehouse):
        if socket.is_socket():
            socket.unlink(missing_ok=True)
    elsewhere = http.parent
    if elsewhere.name.startswith("regulars-") and elsewhere != folder.absolute():
        shutil.rmtree(elsewhere, ignore_errors=True)
