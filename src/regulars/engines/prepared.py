"""Statements made once, which go to the driver as they are.

To build a statement anew and have SQLAlchemy look it up, bind it and wrap what comes back costs
several times what SQLite takes to answer it.

>>> from regulars.engines.schema import MEMBERS
>>> wanted = sa.select(MEMBERS.c.tier).where(MEMBERS.c.customer_id == sa.bindparam("customer_id"))
>>> print(" ".join(Prepared(wanted).sql["sqlite"].split()))
SELECT benefit_members.tier FROM benefit_members WHERE benefit_members.customer_id = ?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY, psycopg

T = TypeVar("T")
_DIALECTS = {"sqlite": sqlite.dialect, "postgresql": psycopg.dialect}
_ENCODE = msgspec.json.Encoder().encode


class Compiled:
    """A statement that finds rows, as the driver of one dialect takes it.

    Args:
        statement: nothing need be done to its columns, nor to what is bound.
        dialect: `sqlite` or `postgresql`.

    Attributes:
        sql: as the driver takes it.
    """

    def __init__(self, statement: sa.Select[Any], dialect: str) -> None:
        compiled = statement.compile(dialect=_DIALECTS[dialect]())
        self.sql = str(compiled)
        self._places = None if dialect == "postgresql" else tuple(compiled.positiontup or ())
        self._fixed = {key: value for key, value in compiled.params.items() if value is not None}

    def rows(self, cursor: Any, values: dict[str, Any]) -> list[Any]:
        """What it finds; the cursor is closed.

        Args:
            cursor: of the driver, in a transaction.
            values: what is bound, by name.
        """
        named = self._fixed | values if self._fixed else values
        bound = named if self._places is None else [named[name] for name in self._places]
        try:
            cursor.execute(self.sql, bound)
            found: list[Any] = cursor.fetchall()
        finally:
            cursor.close()
        return found


class Prepared:
    """A statement that finds rows, for either dialect.

    Args:
        statement: nothing need be done to its columns, nor to what is bound.
        on_server: for PostgreSQL, where it needs another one.
    """

    def __init__(self, statement: sa.Select[Any], on_server: sa.Select[Any] | None = None) -> None:
        wanted = {"sqlite": statement, "postgresql": statement if on_server is None else on_server}
        self._compiled = {name: Compiled(one, name) for name, one in wanted.items()}

    @property
    def sql(self) -> dict[str, str]:
        """As the drivers take it, by dialect."""
        return {name: one.sql for name, one in self._compiled.items()}

    def rows(self, connection: sa.Connection, **values: Any) -> list[Any]:
        """What it finds.

        Args:
            connection: in a transaction.
            values: what is bound, by name.
        """
        return self._compiled[connection.dialect.name].rows(connection.connection.cursor(), values)

    def first(self, connection: sa.Connection, **values: Any) -> Any:
        """The first row that it finds, or None."""
        found = self.rows(connection, **values)
        return found[0] if found else None

    def one(self, connection: sa.Connection, kind: Callable[..., T], **values: Any) -> T | None:
        """The first row that it finds as a row of a kind, or None."""
        row = self.first(connection, **values)
        return None if row is None else kind(*row)


class Put:
    """A statement that has a row stand so, whether there is one with its key or not.

    Args:
        table: of the rows, which are as long as it is wide.
    """

    def __init__(self, table: sa.Table) -> None:
        names = [column.name for column in table.columns]
        keys = [column.name for column in table.primary_key]
        changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
        self._sql = {
            dialect: f"INSERT INTO {table.name} ({', '.join(names)})"
            f" VALUES ({', '.join([mark] * len(names))})"
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
            for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
        }

    def put(self, connection: sa.Connection, row: NamedTuple) -> None:
        """Have the row, in the order of the table's columns, stand so."""
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(self._sql[connection.dialect.name], tuple(row))
        finally:
            cursor.close()


class Rows:
    """Rows within the transaction of a connection.

    Args:
        connection: in a transaction.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection


def add_rows(connection: sa.Connection, table: sa.Table, rows: Iterable[NamedTuple]) -> None:
    """Rows that are new in a table, all at once."""
    values = [row._asdict() for row in rows]
    if values:
        connection.execute(sa.insert(table), values)


def by_key(table: sa.Table) -> Prepared:
    """What finds the row of a key, of one column, in a table."""
    (key,) = table.primary_key
    return Prepared(sa.select(table).where(key == sa.bindparam(key.name)))


def one_of(
    column: sa.ColumnElement[str], name: str
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """A condition that the column is one of what `listed` binds: for SQLite and for PostgreSQL."""
    listed = sa.func.json_each(sa.bindparam(name)).table_valued("value", name="wanted")
    array = sa.bindparam(name, type_=ARRAY(sa.Text))
    return column.in_(sa.select(listed.c.value)), column == sa.any_(array)


def listed(connection: sa.Connection, values: Iterable[str]) -> Any:
    """Values as a condition of `one_of` takes them."""
    those = list(values)
    return those if connection.dialect.name == "postgresql" else _ENCODE(those).decode()
