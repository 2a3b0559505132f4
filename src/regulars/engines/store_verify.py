"""Reading the whole book for `ledger.verify`: streams of rows, and what the database compares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    HOLD_LINES,
    HOLDS,
    JOURNAL,
    METADATA,
    POSTINGS,
    REVERSED,
)
from regulars.engines.store_ledger import HoldRow, JournalRow
from regulars.engines.wide_sum import halves, whole

PostingTold = tuple[int, str, str, int, int, int]
"""n, asset, owner, expires_at, amount, balance."""
HeldTold = tuple[str, str, int, int, str]
"""Asset, owner, expires_at, amount, to whom."""

_STREAMED = 2000
_FAULTS = (
    (
        "its balance, number of postings or last posting are not those of its postings",
        "accounts",
        """
        SELECT a.account_id FROM accounts a LEFT JOIN (
          SELECT account_id, SUM(amount) AS total, COUNT(*) AS postings, MAX(posting_id) AS last
          FROM postings GROUP BY account_id
        ) p ON p.account_id = a.account_id
        WHERE a.balance <> COALESCE(p.total, 0) OR a.postings <> COALESCE(p.postings, 0)
          OR a.last_posting <> COALESCE(p.last, 0)
        """,
    ),
    (
        "what it holds aside is not the sum of its open holds",
        "accounts",
        """
        SELECT a.account_id FROM accounts a LEFT JOIN (
          SELECT l.account_id, SUM(l.amount) AS total FROM hold_lines l
          JOIN holds h ON h.n = l.n WHERE h.state = 'open' GROUP BY l.account_id
        ) p ON p.account_id = a.account_id WHERE a.held <> COALESCE(p.total, 0)
        """,
    ),
    (
        "available is below its floor",
        "accounts",
        "SELECT account_id FROM accounts"
        " WHERE held < 0 OR (floor IS NOT NULL AND balance - held < floor)",
    ),
    (
        "it does not follow from the posting before it on its account",
        "postings",
        """
        SELECT posting_id FROM (
          SELECT posting_id, previous, balance - amount AS was,
            LAG(posting_id, 1, 0) OVER own AS really, LAG(balance, 1, 0) OVER own AS really_was
          FROM postings WINDOW own AS (PARTITION BY account_id ORDER BY posting_id)
        ) chained WHERE previous <> really OR was <> really_was
        """,
    ),
    (
        "a request is said to be done by a row of the journal that is another's",
        "requests",
        "SELECT n FROM requests WHERE n > 0 GROUP BY n HAVING COUNT(*) > 1",
    ),
    (
        "a request is said to be done by it, and it is not there",
        "journal",
        "SELECT n FROM requests WHERE n > (SELECT n FROM book)",
    ),
    (
        "it is of no hold",
        "hold_lines",
        "SELECT n FROM hold_lines WHERE n NOT IN (SELECT n FROM holds)",
    ),
)


class VerifyRows:
    """The book in streams, within the connection's transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._streams: list[sa.Result[Any]] = []

    def close(self) -> None:
        """End streams that were not read to their end, before their transaction does."""
        for stream in self._streams:
            stream.close()

    def journal(self, since: int) -> Iterator[JournalRow]:
        """Rows after this one, in their order."""
        columns = [JOURNAL.c[name] for name in JournalRow._fields]
        statement = sa.select(*columns).where(JOURNAL.c.n > since).order_by(JOURNAL.c.n)
        for row in self._stream(statement):
            yield JournalRow(*row)

    def last_posting_of(self, n: int) -> int:
        """The number of the last posting of rows up to this one."""
        after = sa.select(JOURNAL.c.postings_after).where(JOURNAL.c.n == n + 1)
        found = self._connection.execute(after).scalar()
        if found is None:
            found = self._connection.exec_driver_sql("SELECT last_posting FROM book").scalar()
        return int(found or 0)

    def postings(self, after: int, count: int) -> dict[int, PostingTold]:
        """So many postings after this one, by number."""
        statement = (
            sa.select(
                POSTINGS.c.posting_id,
                POSTINGS.c.n,
                ASSETS.c.name,
                ACCOUNTS.c.owner,
                ACCOUNTS.c.expires_at,
                POSTINGS.c.amount,
                POSTINGS.c.balance,
            )
            .outerjoin(ACCOUNTS, ACCOUNTS.c.account_id == POSTINGS.c.account_id)
            .outerjoin(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(POSTINGS.c.posting_id > after, POSTINGS.c.posting_id <= after + count)
        )
        return {row[0]: tuple(row[1:]) for row in self._connection.execute(statement)}

    def hold_lines(self, first: int, last: int) -> dict[int, list[HeldTold]]:
        """What holds of these rows set aside: `HeldTold`, in their order."""
        statement = (
            sa.select(
                HOLD_LINES.c.n,
                ASSETS.c.name,
                ACCOUNTS.c.owner,
                ACCOUNTS.c.expires_at,
                HOLD_LINES.c.amount,
                HOLD_LINES.c.to_owner,
            )
            .outerjoin(ACCOUNTS, ACCOUNTS.c.account_id == HOLD_LINES.c.account_id)
            .outerjoin(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(HOLD_LINES.c.n.between(first, last))
            .order_by(HOLD_LINES.c.n, HOLD_LINES.c.line)
        )
        found: dict[int, list[HeldTold]] = {}
        for row in self._connection.execute(statement):
            found.setdefault(row[0], []).append((row[1], row[2], row[3], row[4], row[5]))
        return found

    def reversed(self) -> Iterator[tuple[int, int]]:
        """How much of which posting is said to be reversed."""
        for row in self._stream(sa.select(REVERSED.c.posting_id, REVERSED.c.amount)):
            yield row[0], row[1]

    def holds(self) -> Iterator[HoldRow]:
        """All holds."""
        columns = [HOLDS.c[name] for name in HoldRow._fields]
        for row in self._stream(sa.select(*columns).order_by(HOLDS.c.n)):
            yield HoldRow(*row)

    def floors(self) -> Iterator[tuple[int, str, str, int, int | None]]:
        """Accounts whose floor is not 0: number, asset, owner, expires_at, floor."""
        columns = (ACCOUNTS.c.owner, ACCOUNTS.c.expires_at, ACCOUNTS.c.floor)
        statement = (
            sa.select(ACCOUNTS.c.account_id, ASSETS.c.name, *columns)
            .join(ASSETS, ASSETS.c.asset_id == ACCOUNTS.c.asset_id)
            .where(sa.not_(ASSETS.c.name.startswith("limit:")))
            .where(sa.or_(ACCOUNTS.c.floor.is_(None), ACCOUNTS.c.floor != 0))
        )
        for row in self._stream(statement):
            yield row[0], row[1], row[2], row[3], row[4]

    def sums(self) -> Iterator[tuple[str, int]]:
        """The sum of all balances of each asset."""
        statement = (
            sa.select(ASSETS.c.name, *halves(ACCOUNTS.c.balance))
            .join(ACCOUNTS, ACCOUNTS.c.asset_id == ASSETS.c.asset_id)
            .group_by(ASSETS.c.name)
        )
        for name, high, low in self._connection.execute(statement):
            yield name, whole(high, low)

    def faults(self) -> Iterator[tuple[str, str, int]]:
        """What does not fit: in words, the table, the number of a row."""
        for what, table, statement in _FAULTS:
            found = self._connection.exec_driver_sql(f"{statement} LIMIT 1").scalar()
            if found is not None:
                yield what, table, int(found)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        statement = sa.select(sa.func.count()).select_from(METADATA.tables[table])
        return int(self._connection.execute(statement).scalar_one())

    def _stream(self, statement: sa.Select[Any]) -> Iterator[Any]:
        options = {"stream_results": True, "yield_per": _STREAMED}
        stream = self._connection.execute(statement, execution_options=options)
        self._streams.append(stream)
        yield from stream
