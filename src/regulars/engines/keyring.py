"""The file of keys: one random key per subject, so that shredding the key forgets the subject."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from regulars.errors import VaultError, Where

_KEY_BYTES = 32
_VARIABLES = 500


class Keyring:
    """Keys by subject, in a SQLite file that overwrites what it deletes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._connection = sqlite.connect(str(path), timeout=30, isolation_level=None)
            self._connection.execute("PRAGMA secure_delete = ON")
            # No write-ahead log: it would keep a shredded key until the next checkpoint.
            self._connection.execute("PRAGMA journal_mode = TRUNCATE")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS keys"
                " (subject TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID"
            )
        except sqlite.Error as error:
            raise VaultError(
                f"the keys cannot be opened ({error})",
                where=Where(file=str(path)),
                todo="restore keys/ from its backup",
            ) from error
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def find(self, subjects: Iterable[str]) -> dict[str, bytes]:
        """The keys of those subjects that have one."""
        wanted = list(dict.fromkeys(subjects))
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), _VARIABLES):
            part = wanted[start : start + _VARIABLES]
            marks = ",".join("?" * len(part))
            rows = self._connection.execute(
                f"SELECT subject, key FROM keys WHERE subject IN ({marks})", part
            )
            found.update(rows.fetchall())
        return found

    def find_or_make(self, subjects: Iterable[str]) -> dict[str, bytes]:
        """The keys of all subjects; new ones are durable before they come back."""
        wanted = list(dict.fromkeys(subjects))
        found = self.find(wanted)
        # In the order of the table, so that its pages are written one after the other.
        unknown = sorted(name for name in wanted if name not in found)
        keys = secrets.token_bytes(_KEY_BYTES * len(unknown))
        new = [
            (name, keys[place * _KEY_BYTES : (place + 1) * _KEY_BYTES])
            for place, name in enumerate(unknown)
        ]
        if new:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                insert = "INSERT OR IGNORE INTO keys VALUES (?, ?)"
                made = self._connection.executemany(insert, new).rowcount
                self._connection.execute("COMMIT")
            except sqlite.Error as error:
                raise self._not_written(error) from error
            found.update(new)
            if made != len(new):
                # Another process made some of them first; its keys are the ones that hold.
                found.update(self.find(unknown))
        return found

    def shred(self, subjects: Iterable[str]) -> int:
        """Delete keys for ever; how many there were comes back.

        Raises:
            VaultError: they cannot be deleted; all are still there.
        """
        names = [(name,) for name in subjects]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            delete = "DELETE FROM keys WHERE subject = ?"
            count = self._connection.executemany(delete, names).rowcount
            self._connection.execute("COMMIT")
        except sqlite.Error as error:
            raise self._not_written(error) from error
        return int(count)

    def _not_written(self, error: Exception) -> VaultError:
        # A transaction left open would fail every later one, also once there is room again.
        if self._connection.in_transaction:
            with suppress(sqlite.Error):
                self._connection.execute("ROLLBACK")
        return VaultError(
            f"keys cannot be written ({error})",
            where=Where(file=str(self.path)),
            todo="check disk space and permissions",
        )
