"""Where a running owner's sockets are, and `run/owner.json`, by which others find them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from regulars.edges.serve import sockets
from regulars.engines.served import OWNER, Owner, owner_of

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
        whole = sockets.folder_for(folder, _HTTP, _WAREHOUSE)
        return cls(folder, whole / _HTTP, whole / _WAREHOUSE)

    def tell(self, file: str) -> None:
        """Let others find the owner: this process."""
        owner = Owner(os.getpid(), str(self.http), str(self.warehouse), file)
        sockets.tell(self.folder / OWNER, owner)

    def forget(self) -> None:
        """Leave nothing behind; what another owner has left since stays."""
        found = owner_of(self.folder.parent)
        if found is not None and found.pid == os.getpid():
            (self.folder / OWNER).unlink(missing_ok=True)
        sockets.remove(self.folder, self.http, self.warehouse)


def _remove(folder: Path, owner: Owner) -> None:
    (folder / OWNER).unlink(missing_ok=True)
    sockets.remove(folder, Path(owner.http), Path(owner.warehouse))
