"""Bringing the book of record to this program's version, said aloud."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from regulars.app.store import open_store, store_url
from regulars.engines.store import version_of
from regulars.engines.store_version import version_at, version_in_file

if TYPE_CHECKING:
    from regulars.app.home import Home


@dataclass(frozen=True, slots=True)
class Migrated:
    """A store at this program's version.

    Attributes:
        place: the store.
        before: its version before; None where it had to be made.
        now: its version.
    """

    place: str
    before: str | None
    now: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def migrate_store(home: Home) -> Migrated:
    """Bring the store to this program's version, which opening it does.

    Raises:
        StoreError: a newer version of Regulars wrote it, or it is in use for too long.
    """
    url = store_url(home)
    before = version_at(url) if url else version_in_file(home.store)
    with open_store(home) as store, store.read() as connection:
        return Migrated(store.place, before, version_of(connection) or "")
