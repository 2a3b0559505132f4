"""Statements of the assignments in the book of record; the rules are in `permission.assignment`.

>>> from regulars.engines.sqlite import Store
>>> with Store.in_memory() as store:
...     SqlAssignments(store).epochs()
[]
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pysqlite3
import sqlalchemy as sa
from numpy.typing import NDArray

from regulars.engines.sqlite import Store
from regulars.engines.store_schema import HOLDOUT_EPOCHS

if TYPE_CHECKING:
    from collections.abc import Sequence

EpochRow = tuple[int, date, date, float, str]
"""Number, first day, last day, share, salt."""
AssignmentRow = tuple[str, int, str, int, str, float, str, str]
"""Test, customer, play, epoch, arm, bucket, ISO date of the plan, version of the playbook."""

_ANOTHER_CAME_FIRST = ("UNIQUE constraint failed", "are immutable", "never overlap")
_ARM = np.dtype([("customer_id", np.int64), ("held_out", np.bool_)])
_ARMS = "SELECT customer_id, arm = 'hold_out' FROM assignments WHERE test = ? ORDER BY customer_id"
_INSERT = (
    "INSERT INTO assignments (test, customer_id, play, epoch, arm, bucket, assigned_on, playbook,"
    " recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


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
        try:
            with self._store.write() as connection:
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
                try:  # the driver's executemany streams; a million rows need no list
                    cursor.executemany(_INSERT, ((*row, recorded_at) for row in assignments))
                finally:
                    cursor.close()
        except (sa.exc.IntegrityError, pysqlite3.IntegrityError) as error:
            if not any(words in str(error) for words in _ANOTHER_CAME_FIRST):
                raise
            return False
        return True
