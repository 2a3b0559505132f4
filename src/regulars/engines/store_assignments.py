"""Statements of the assignments in the book of record; the rules are in `permission.assignment`.

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store:
...     SqlAssignments(store).epochs()
[]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from regulars.engines.schema import HOLDOUT_EPOCHS
from regulars.engines.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

EpochRow = tuple[int, date, date, float, str]
"""Number, first day, last day, share, salt."""
AssignmentRow = tuple[str, int, str, int, str, float, str, str]
"""Test, customer, play, epoch, arm, bucket, ISO date of the plan, version of the playbook."""

_ANOTHER_CAME_FIRST = ("UNIQUE constraint failed", "are immutable", "never overlap")
_UNIQUE = "23505"
_COLUMNS = (
    "test", "customer_id", "play", "epoch", "arm", "bucket", "assigned_on", "playbook",
    "recorded_at",
)  # fmt: skip
_ARM = np.dtype([("customer_id", np.int64), ("held_out", np.bool_)])
_ARMS = "SELECT customer_id, arm = 'hold_out' FROM assignments WHERE test = ? ORDER BY customer_id"
# One row of two byte strings: for a million rows five times as fast as a row for each.
_ARMS_PACKED = """
SELECT string_agg(int8send(customer_id), ''), string_agg(boolsend(arm = 'hold_out'), '')
FROM (SELECT customer_id, arm FROM assignments WHERE test = %s ORDER BY customer_id) AS arms
"""


class SqlAssignments:
    """The epochs and assignments on record, read and added to, never changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def epochs(self) -> Sequence[EpochRow]:
        """All epochs of the global hold-out, by their first day."""
        columns = [HOLDOUT_EPOCHS.c[name] for name in ("epoch", "starts_on", "ends_on", "share")]
        query = sa.select(*columns, HOLDOUT_EPOCHS.c.salt).order_by(HOLDOUT_EPOCHS.c.starts_on)
        with self._store.read() as connection:
            return [
                (row[0], date.fromisoformat(row[1]), date.fromisoformat(row[2]), row[3], row[4])
                for row in connection.execute(query)
            ]

    def arms(self, test: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The customers on record in the test, ascending, and whether each is held out."""
        with self._store.read() as connection:
            cursor: Any = connection.connection.cursor()
            try:  # straight from the driver into arrays: three times as fast for a million rows
                if self._store.dialect == "postgresql":
                    return _unpacked(cursor.execute(_ARMS_PACKED, (test,), binary=True))
                rows = np.fromiter(cursor.execute(_ARMS, (test,)), dtype=_ARM)
            finally:
                cursor.close()
        return rows["customer_id"].copy(), rows["held_out"].copy()

    def record(
        self, epochs: Iterable[EpochRow], assignments: Iterable[AssignmentRow], recorded_at: int
    ) -> bool:
        """Record all of it in one transaction; False, and nothing, if another came first.

        Args:
            epochs: epochs not yet on record.
            assignments: assignments not yet on record.
            recorded_at: the present instant in UTC microseconds.
        """
        rows = ((*row, recorded_at) for row in assignments)
        try:
            with self._store.write() as connection:
                if self._store.dialect == "postgresql":
                    _take_turn(connection)
                for number, starts_on, ends_on, share, salt in epochs:
                    connection.execute(
                        HOLDOUT_EPOCHS.insert().values(
                            epoch=number,
                            starts_on=starts_on.isoformat(),
                            ends_on=ends_on.isoformat(),
                            share=share,
                            salt=salt,
                            recorded_at=recorded_at,
                        )
                    )
                cursor: Any = connection.connection.cursor()
                try:
                    if self._store.dialect == "postgresql":
                        _copy_in(cursor, rows)
                    else:  # the driver's executemany streams; a million rows need no list
                        marks = ", ".join("?" for _ in _COLUMNS)
                        cursor.executemany(
                            f"INSERT INTO assignments ({', '.join(_COLUMNS)}) VALUES ({marks})",
                            rows,
                        )
                finally:
                    cursor.close()
        except Exception as error:
            if _another_came_first(error):
                return False
            raise
        return True


def _take_turn(connection: sa.Connection) -> None:
    """Whoever records waits for who records now, as in SQLite; readers and the ledger do not."""
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock('assignments'::regclass::bigint)")


def _copy_in(cursor: Any, rows: Iterator[tuple[Any, ...]]) -> None:
    """The quickest way in; checks, keys and triggers are the same as for INSERT."""
    with cursor.copy(f"COPY assignments ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _unpacked(cursor: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    customers, held_out = (told or b"" for told in cursor.fetchone())
    return (
        np.frombuffer(customers, dtype=">i8").astype(np.int64),
        np.frombuffer(held_out, dtype=np.bool_).copy(),
    )


def _another_came_first(error: Exception) -> bool:
    """Whether the database refused a second record of what is on record."""
    origin = getattr(error, "orig", None) or error
    if getattr(origin, "sqlstate", None) == _UNIQUE:
        return True
    return any(words in str(error) for words in _ANOTHER_CAME_FIRST)
