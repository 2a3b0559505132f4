"""Statements of the ledger, for many commands at once; what they mean is in `regulars.ledger`.

Each set of rows is one statement whatever its size: SQLite takes lists as JSON and inserts through
the driver's executemany, PostgreSQL takes arrays for both. So a batch of 256 commands costs a dozen
statements.

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store, store.write() as connection:
...     head = LedgerRows(connection).take_lane()
>>> head.n, head.last_posting
(0, 0)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.engines.prepared import Compiled
from regulars.engines.schema import (
    ACCOUNTS,
    ASSETS,
    BOOK,
    HOLD_LINES,
    HOLDS,
    JOURNAL,
    POSTINGS,
    REQUESTS,
    REVERSED,
)
from regulars.errors import LedgerBroken


class HeadRow(NamedTuple):
    """The head of the journal."""

    id: str
    n: int
    hash: bytes
    at: int
    last_account: int
    last_posting: int
    access_n: int


class AccountRow(NamedTuple):
    """An account as it stands."""

    account_id: int
    asset_id: int
    owner: str
    expires_at: int
    floor: int | None
    balance: int
    held: int
    postings: int
    last_posting: int


class HoldRow(NamedTuple):
    """A hold as it stands."""

    n: int
    owner: str
    expires_at: int
    state: str
    settled: int


class PostingRow(NamedTuple):
    """A posting, and how much of it has been reversed."""

    posting_id: int
    n: int
    account_id: int
    amount: int
    reversed: int


class ListedPosting(NamedTuple):
    """A posting with the one before it on its account."""

    posting_id: int
    n: int
    account_id: int
    amount: int
    balance: int
    previous: int


class JournalRow(NamedTuple):
    """A row of the journal."""

    n: int
    at: int
    kind: str
    actor: str
    key: str
    body: str
    postings_after: int
    hash: bytes


_HEAD = sa.select(*(BOOK.c[name] for name in HeadRow._fields))
_ACCOUNT = [ACCOUNTS.c[name] for name in AccountRow._fields]
_HOLD = [HOLDS.c[name] for name in HoldRow._fields]
_JOURNAL = [JOURNAL.c[name] for name in JournalRow._fields]
_LAST = 2**53 - 2
"""No lot expires later; the next is never."""
_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")
_LIVE = sa.or_(
    ACCOUNTS.c.balance != _NOTHING,
    ACCOUNTS.c.held != _NOTHING,
    ACCOUNTS.c.expires_at >= sa.bindparam("at"),
)


class _Selects:
    """The statements of one dialect that find rows by lists of keys."""

    def __init__(self, *, on_server: bool) -> None:
        self.on_server = on_server

        def made(statement: sa.Select[Any]) -> Compiled:
            return Compiled(statement, "postgresql" if on_server else "sqlite")

        name = self._wanted(sa.Text)
        self.assets = made(
            sa.select(ASSETS.c.name, ASSETS.c.asset_id).join(name[0], ASSETS.c.name == name[1])
        )
        number = self._wanted(sa.BigInteger)
        self.asset_names = made(
            sa.select(ASSETS.c.name, ASSETS.c.asset_id).join(
                number[0], ASSETS.c.asset_id == number[1]
            )
        )
        self.journal = made(sa.select(*_JOURNAL).join(number[0], JOURNAL.c.n == number[1]))
        self.accounts = made(
            sa.select(*_ACCOUNT).join(number[0], ACCOUNTS.c.account_id == number[1])
        )
        self.holds = made(sa.select(*_HOLD).join(number[0], HOLDS.c.n == number[1]))
        self.hold_lines = made(
            sa.select(HOLD_LINES)
            .join(number[0], HOLD_LINES.c.n == number[1])
            .order_by(HOLD_LINES.c.n, HOLD_LINES.c.line)
        )
        is_open = HOLDS.c.state == sa.literal_column("'open'")
        self.open_holds = made(
            sa.select(*_HOLD).join(name[0], sa.and_(HOLDS.c.owner == name[1], is_open))
        )
        digest = self._wanted(sa.LargeBinary)
        found = digest[1] if on_server else sa.func.unhex(digest[1])
        self.requests = made(sa.select(REQUESTS).join(digest[0], REQUESTS.c.digest == found))
        pair = self._wanted(sa.BigInteger, sa.Text)
        self.lots = made(
            sa.select(*_ACCOUNT)
            .join(pair[0], sa.and_(ACCOUNTS.c.asset_id == pair[1], ACCOUNTS.c.owner == pair[2]))
            .where(_LIVE)
        )
        self.postings = made(
            sa.select(
                POSTINGS.c.posting_id,
                POSTINGS.c.n,
                POSTINGS.c.account_id,
                POSTINGS.c.amount,
                sa.func.coalesce(REVERSED.c.amount, _NOTHING),
            )
            .outerjoin(REVERSED, REVERSED.c.posting_id == POSTINGS.c.posting_id)
            .where(POSTINGS.c.posting_id.between(sa.bindparam("first"), sa.bindparam("last")))
            .order_by(POSTINGS.c.posting_id)
        )
        self.expired = made(
            sa.select(*_ACCOUNT)
            .where(ACCOUNTS.c.asset_id == sa.bindparam("asset_id"))
            .where(ACCOUNTS.c.expires_at <= sa.bindparam("at"))
            .where(sa.literal_column("balance > 0 AND expires_at < 9007199254740991"))
            .where(ACCOUNTS.c.balance > ACCOUNTS.c.held)
            .order_by(ACCOUNTS.c.expires_at, ACCOUNTS.c.account_id)
            .limit(sa.bindparam("most"))
            .offset(_NOTHING)
        )

    def _wanted(self, *types: type[Any]) -> tuple[Any, ...]:
        """A table of what is looked for, bound as `wanted` or `wanted_0` on, and its columns."""
        if self.on_server:
            arrays = [
                sa.bindparam(f"wanted_{place}", type_=ARRAY(kind))
                for place, kind in enumerate(types)
            ]
            names = [f"w{place}" for place in range(len(types))]
            table = sa.func.unnest(*arrays).table_valued(*names).render_derived(name="wanted")
            columns = [
                sa.type_coerce(table.c[name], kind) for name, kind in zip(names, types, strict=True)
            ]
            return (table, *columns)
        rows = sa.func.json_each(sa.bindparam("wanted")).table_valued("value", name="wanted")
        if len(types) == 1:
            return rows, sa.type_coerce(rows.c.value, types[0])
        return (
            rows,
            *(
                sa.type_coerce(rows.c.value.op("->>")(sa.literal_column(str(place))), kind)
                for place, kind in enumerate(types)
            ),
        )


_SELECTS = {"sqlite": _Selects(on_server=False), "postgresql": _Selects(on_server=True)}
_ENCODE = msgspec.json.Encoder().encode
_BY_EXPIRY = attrgetter("expires_at", "account_id")


class LedgerRows:
    """The ledger's rows, within the connection's transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._on_server = connection.dialect.name == "postgresql"
        self._selects = _SELECTS[connection.dialect.name]

    # What there is.

    def take_lane(self) -> HeadRow:
        """The head of the journal, locked until the transaction ends: one writer at a time."""
        statement = _HEAD.with_for_update() if self._on_server else _HEAD  # there BEGIN locks
        return HeadRow(*self._connection.execute(statement).one())

    def head(self) -> HeadRow:
        """The head of the journal, for a reader."""
        return HeadRow(*self._connection.execute(_HEAD).one())

    def assets(self, names: Iterable[str]) -> dict[str, int]:
        """The numbers of those that there are."""
        return {row[0]: row[1] for row in self._find(self._selects.assets, names)}

    def asset_names(self, numbers: Iterable[int]) -> list[tuple[str, int]]:
        """Names and numbers of assets, by number."""
        return [(row[0], row[1]) for row in self._find(self._selects.asset_names, numbers)]

    def last_asset(self) -> int:
        """The highest number of an asset; 0 where there is none."""
        return self._connection.execute(sa.select(sa.func.max(ASSETS.c.asset_id))).scalar() or 0

    def requests(self, digests: Sequence[bytes]) -> dict[bytes, tuple[bytes, int, str | None]]:
        """What was asked before under these keys: the body's digest, n, and the refusal."""
        wanted: Sequence[Any] = digests if self._on_server else [one.hex() for one in digests]
        return {
            bytes(digest): (bytes(body), n, refusal)
            for digest, body, n, refusal in self._find(self._selects.requests, wanted)
        }

    def journal(self, numbers: Iterable[int]) -> dict[int, JournalRow]:
        """Rows of the journal."""
        return {row[0]: JournalRow(*row) for row in self._find(self._selects.journal, numbers)}

    def lots(self, owners: Iterable[tuple[int, str]], at: int) -> list[AccountRow]:
        """The lots of owners (number of the asset, owner) that hold something or may yet."""
        found = list(owners)
        if not found:
            return []
        if self._on_server:
            asset_ids, names = zip(*found, strict=True)
            values: dict[str, Any] = {"wanted_0": list(asset_ids), "wanted_1": list(names)}
        else:
            values = {"wanted": _ENCODE(found).decode()}
        rows = self._selects.lots.rows(self._cursor(), {**values, "at": at})
        return [AccountRow(*row) for row in rows]

    def accounts(self, numbers: Iterable[int]) -> list[AccountRow]:
        """Accounts by number."""
        return [AccountRow(*row) for row in self._find(self._selects.accounts, numbers)]

    def holds(self, numbers: Iterable[int]) -> list[HoldRow]:
        """Holds by the number of their row."""
        return [HoldRow(*row) for row in self._find(self._selects.holds, numbers)]

    def open_holds(self, owners: Iterable[str]) -> list[HoldRow]:
        """The open holds of these owners."""
        return [HoldRow(*row) for row in self._find(self._selects.open_holds, owners)]

    def hold_lines(self, numbers: Iterable[int]) -> list[tuple[int, int, int, str, int]]:
        """Lines of holds: hold, line, account, to whom, amount; in their order."""
        rows = self._find(self._selects.hold_lines, numbers)
        return [(n, line, account, to, amount) for n, line, account, to, amount in rows]

    def postings_of(self, entry: JournalRow, count: int) -> list[PostingRow]:
        """The postings of a row of the journal, with how much of each has been reversed."""
        first = entry.postings_after + 1
        values = {"first": first, "last": first + count - 1}
        return [PostingRow(*row) for row in self._selects.postings.rows(self._cursor(), values)]

    def expired_lots(self, asset_id: int, at: int, most: int) -> list[AccountRow]:
        """Lots that have expired with something in them that is not held, the oldest first."""
        values = {"asset_id": asset_id, "at": at, "most": most}
        return [AccountRow(*row) for row in self._selects.expired.rows(self._cursor(), values)]

    def expired_numbers(self, asset_id: int, at: int, most: int) -> list[int]:
        """Numbers of the same lots, for those who look before they ask."""
        values = {"asset_id": asset_id, "at": at, "most": most}
        return [row[0] for row in self._selects.expired.rows(self._cursor(), values)]

    def expired_of(self, asset_id: int, at: int, numbers: Sequence[int]) -> list[AccountRow]:
        """Those of these accounts that `expired_lots` would find, in its order."""
        found = [
            row
            for row in self.accounts(dict.fromkeys(numbers))
            if row.asset_id == asset_id and row.expires_at <= min(at, _LAST)
            if row.balance > row.held
        ]
        return sorted(found, key=_BY_EXPIRY)

    def expired_holds(self, at: int, most: int) -> list[HoldRow]:
        """Open holds that have expired, the oldest first."""
        statement = (
            sa.select(*_HOLD)
            .where(sa.literal_column("state = 'open'"))
            .where(HOLDS.c.expires_at <= at)
            .order_by(HOLDS.c.expires_at, HOLDS.c.n)
            .limit(most)
        )
        return [HoldRow(*row) for row in self._connection.execute(statement)]

    def all_lots(self, asset_id: int, owner: str) -> list[AccountRow]:
        """Every lot that an owner ever had, by expiry."""
        statement = (
            sa.select(*_ACCOUNT)
            .where(ACCOUNTS.c.asset_id == asset_id, ACCOUNTS.c.owner == owner)
            .order_by(ACCOUNTS.c.expires_at)
        )
        return [AccountRow(*row) for row in self._connection.execute(statement)]

    def postings_back(self, posting_id: int, most: int) -> list[ListedPosting]:
        """So many postings of one account, from this one back."""
        columns = [POSTINGS.c[name] for name in ListedPosting._fields]
        back = sa.select(*columns, sa.literal(1).label("place"))
        back = back.where(POSTINGS.c.posting_id == posting_id)
        chain = back.cte("chain", recursive=True)
        chain = chain.union_all(
            sa.select(*columns, chain.c.place + 1)
            .join(chain, POSTINGS.c.posting_id == chain.c.previous)
            .where(chain.c.place < most)
        )
        names = [chain.c[name] for name in ListedPosting._fields]
        return [ListedPosting(*row) for row in self._connection.execute(sa.select(*names))]

    # What is added.

    def add_requests(self, rows: Sequence[tuple[bytes, bytes, int, str | None]]) -> None:
        """Record what was asked and what came of it."""
        self._insert(REQUESTS, rows)

    def add_journal(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Append rows, each as `JournalRow`."""
        self._insert(JOURNAL, rows)

    def add_assets(self, rows: Sequence[tuple[int, str, int]]) -> None:
        """Add assets."""
        self._insert(ASSETS, rows)

    def add_accounts(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add accounts, each as `AccountRow`."""
        self._insert(ACCOUNTS, rows)

    def add_postings(self, rows: Sequence[tuple[int, int, int, int, int, int]]) -> None:
        """Append postings: number, n, account, amount, balance, previous."""
        self._insert(POSTINGS, rows)

    def add_holds(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add holds, each as `HoldRow`."""
        self._insert(HOLDS, rows)

    def add_hold_lines(self, rows: Sequence[tuple[int, int, int, str, int]]) -> None:
        """Add lines of holds: hold, line, account, to whom, amount."""
        self._insert(HOLD_LINES, rows)

    # What changes.

    def change_accounts(self, rows: Sequence[tuple[int | None, ...]]) -> None:
        """Set floor, balance, held, postings and last_posting of accounts.

        Each row ends with the account, and with balance, held and postings as they were: where one
        of them is not so any more, somebody has written beside the lane, and nothing is changed.

        Raises:
            LedgerBroken: an account was not as it was read.
        """
        names = ("floor", "balance", "held", "postings", "last_posting")
        guards = ("account_id", "balance", "held", "postings")
        self._update(ACCOUNTS, names, guards, rows)

    def settle_holds(self, rows: Sequence[tuple[str, int, int, str]]) -> None:
        """Set state and settled of holds; each row ends with n and the state that was.

        Raises:
            LedgerBroken: a hold was not open.
        """
        self._update(HOLDS, ("state", "settled"), ("n", "state"), rows)

    def add_reversed(self, rows: Sequence[tuple[int, int, int]]) -> None:
        """Add to what has been reversed of postings: number, amount, the whole of it."""
        if not rows:
            return
        names = "posting_id, amount, whole"
        onward = (
            " ON CONFLICT (posting_id) DO UPDATE SET amount = reversed.amount + excluded.amount"
        )
        cursor = self._cursor()
        try:
            if self._on_server:
                cursor.execute(
                    f"INSERT INTO reversed ({names}) SELECT * FROM"
                    f" unnest(%s::bigint[], %s::bigint[], %s::bigint[]){onward}",
                    _columns(rows),
                )
            else:
                cursor.executemany(f"INSERT INTO reversed ({names}) VALUES (?, ?, ?){onward}", rows)
        finally:
            cursor.close()

    def move_head(self, head: HeadRow, before: HeadRow) -> None:
        """Set the head of the journal.

        Raises:
            LedgerBroken: it was not where it was read.
        """
        done = self._connection.execute(
            sa.update(BOOK)
            .where(BOOK.c.one == 1, BOOK.c.n == before.n)
            .values({name: getattr(head, name) for name in HeadRow._fields[1:]})
        )
        if done.rowcount != 1:
            raise _beside_the_lane("book", 1)

    # How.

    def _find(self, select: Compiled, wanted: Iterable[Any]) -> Iterable[Any]:
        listed = list(wanted)
        if not listed:
            return ()
        values = {"wanted_0": listed} if self._on_server else {"wanted": _ENCODE(listed).decode()}
        return select.rows(self._cursor(), values)

    def _insert(self, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        cursor = self._cursor()
        try:
            if self._on_server:
                cursor.execute(_bulk_insert(table), _columns(rows))
            else:
                cursor.executemany(_single_insert(table), rows)
        finally:
            cursor.close()

    def _update(
        self,
        table: sa.Table,
        names: Sequence[str],
        guards: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
    ) -> None:
        if not rows:
            return
        cursor = self._cursor()
        try:
            if self._on_server:
                cursor.execute(_bulk_update(table, names, guards), _columns(rows))
                done = cursor.rowcount
            else:
                sets = ", ".join(f"{name} = ?" for name in names)
                where = " AND ".join(f"{name} = ?" for name in guards)
                cursor.executemany(f"UPDATE {table.name} SET {sets} WHERE {where}", rows)
                done = cursor.rowcount
        finally:
            cursor.close()
        if done != len(rows):
            raise _beside_the_lane(table.name, len(rows) - done)

    def _cursor(self) -> Any:
        return self._connection.connection.cursor()


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Each column as PostgreSQL writes an array; four times as fast as the driver's own way."""
    return [f"{{{','.join(map(_element, column))}}}" for column in zip(*rows, strict=True)]


def _element(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "NULL" if value is None else f'"\\\\x{value.hex()}"'


def _single_insert(table: sa.Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks})"


def _bulk_insert(table: sa.Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    arrays = ", ".join(f"%s::{_array(column)}" for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"


def _bulk_update(table: sa.Table, names: Sequence[str], guards: Sequence[str]) -> str:
    arrays = ", ".join(f"%s::{_array(table.c[name])}" for name in (*names, *guards))
    aliases = ", ".join([f"new_{name}" for name in names] + [f"was_{name}" for name in guards])
    sets = ", ".join(f"{name} = new_{name}" for name in names)
    where = " AND ".join(f"{table.name}.{name} = was_{name}" for name in guards)
    return f"UPDATE {table.name} SET {sets} FROM unnest({arrays}) AS t({aliases}) WHERE {where}"


def _array(column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.LargeBinary):
        return "bytea[]"
    return "text[]" if isinstance(column.type, sa.Text) else "bigint[]"


def _beside_the_lane(table: str, count: int) -> LedgerBroken:
    return LedgerBroken(
        f"{count} rows of {table} were not as they had been read: something else writes there",
        todo="nothing was written; see what changes the store beside Regulars",
    )
