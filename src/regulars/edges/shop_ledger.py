"""The shop's book of record in Python: the ledger, and what keeps it safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.app.store_backup import BackedUp, Restored
    from regulars.app.store_check import Checked
    from regulars.app.store_migration import Migrated
    from regulars.ledger.ledger import Ledger


class ShopLedger:
    """Asks the ledger, checks the store, backs it up and restores it."""

    home: Home

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, open inside the `with`; a running server goes on beside it.

            with shop.ledger() as ledger:
                ledger.ask(Define(key="points", asset="points"), by="cli")

        Raises:
            StoreError: the store cannot be opened.
        """
        from regulars.app.store import open_store
        from regulars.ledger.ledger import Ledger

        with open_store(self.home) as store, Ledger(store) as ledger:
            yield ledger

    def migrate_store(self) -> Migrated:
        """Bring the store to this program's version; from which version comes back.

        Raises:
            StoreError: a newer version of Regulars wrote it, or it is in use for too long.
        """
        from regulars.app.store_migration import migrate_store

        return migrate_store(self.home)

    def verify_store(self, *, since: int = 0, against: str | None = None) -> Checked:
        """See whether the book of record is right, row by row; others may write meanwhile.

        Args:
            since: read the journal only after this row.
            against: a head that was noted elsewhere, as N:HASH.

        Raises:
            LedgerBroken: the first thing that is not right, by name.
            UnknownValue: `against` is no head.
        """
        from regulars.app.store_check import check_store, noted_head

        known = None if against is None else noted_head(against)
        return check_store(self.home, since=since, known=known)

    def backup_store(self, file: str | PathLike[str], *, replace: bool = False) -> BackedUp:
        """Write one state of the store into a file, verified; others may write meanwhile.

        Args:
            file: where to; the keys of the vault are not in it.
            replace: whether an earlier backup there may give way.

        Raises:
            StoreError: there is something in its place, or it cannot be written.
            LedgerBroken: the book is not right; the file is not made.
        """
        from regulars.app.store_backup import back_up

        return back_up(self.home, Path(file), replace=replace)

    def restore_store(self, file: str | PathLike[str], *, replace: bool = False) -> Restored:
        """Put a backup into the store that the settings name, SQLite or PostgreSQL.

        Args:
            file: a backup, of either.
            replace: whether what the store holds may give way; it is kept beside.

        Raises:
            HomeBusy: a server runs.
            StoreError: the file is no backup or of a newer version, or the store holds something.
            LedgerBroken: the backup is not right; the store is as it was.
        """
        from regulars.app.store_backup import restore

        return restore(self.home, Path(file), replace=replace)
