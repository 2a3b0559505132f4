"""The embedded warehouse: one DuckDB file, owned by one process.

Where `regulars serve` runs, its owner is that process, and `Warehouse.open` gives a session with it
that has the same methods (`engines.remote`).

>>> import pyarrow as pa
>>> with Warehouse.in_memory() as warehouse:
...     warehouse.load("purchases", pa.table({"customer_id": [1, 1, 2]}))
...     t = warehouse.relation("purchases")
...     by_customer = t.group_by("customer_id").agg(n=t.count()).order_by("customer_id")
...     warehouse.run(by_customer).to_pylist()
[{'customer_id': 1, 'n': 2}, {'customer_id': 2, 'n': 1}]
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from regulars.errors import HomeBusy, RegularsError, Where
from regulars.kernel.closing import Closing
from regulars.settings import EngineSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir

_AT_REST = "256MiB"


class WarehouseError(RegularsError):
    """The warehouse does not open or cannot do what is asked; it can be rebuilt from landing/."""

    code = "warehouse.failed"


class Warehouse(Closing):
    """A connection to the warehouse: SQL with bound values, Arrow in and out, Ibis expressions."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, own: str | None = None) -> None:
        self._connection = connection
        self.execute("SET TimeZone = 'UTC'")
        self.execute("SET enable_progress_bar = false")
        self._own = own or str(self.sql("SELECT current_database() AS name")["name"][0].as_py())
        self._aside: list[str] = []

    @classmethod
    def in_memory(cls, settings: EngineSettings | None = None, *, share: float = 1) -> Warehouse:
        """A warehouse that lives and dies with this object.

        Args:
            settings: of the engine.
            share: of the memory that it may use, where other work beside it needs the rest.
        """
        warehouse = cls(duckdb.connect(":memory:", config=_config(settings or EngineSettings())))
        if share < 1:
            limit = warehouse.sql("SELECT current_setting('memory_limit') AS told")["told"][0]
            amount, unit = str(limit.as_py()).split()
            warehouse.execute(f"SET memory_limit = '{float(amount) * share:.2f}{unit}'")
        return warehouse

    @classmethod
    def open(cls, path: Path, settings: EngineSettings | None = None) -> Warehouse:
        """The warehouse in the file, made if absent; through its server where one runs.

        Raises:
            HomeBusy: another process owns the file.
            WarehouseError: the file is damaged or of another version.
        """
        from regulars.engines.remote import connect, starting

        if (served := connect(path)) is not None:
            return served
        try:
            return cls.own(path, settings)
        except HomeBusy:
            if (served := starting(path)) is not None:
                return served
            raise

    @classmethod
    def own(cls, path: Path, settings: EngineSettings | None = None) -> Warehouse:
        """The warehouse in the file, made if absent, with this process as its owner.

        Raises:
            HomeBusy: another process owns the file.
            WarehouseError: the file is damaged or of another version.
        """
        try:
            return cls(duckdb.connect(str(path), config=_config(settings or EngineSettings())))
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise HomeBusy(
                    "another process is using the warehouse",
                    where=Where(file=str(path)),
                    todo="wait for it to end, or stop it",
                ) from error
            raise _damaged(path, error) from error
        except duckdb.Error as error:
            raise _damaged(path, error) from error

    def close(self) -> None:
        """Checkpoint and let go of the file."""
        self._connection.close()

    @property
    def is_open(self) -> bool:
        """Whether it can still be used: a session ends with its server."""
        return True

    @property
    def is_served(self) -> bool:
        """Whether a server owns it."""
        return False

    def interrupt(self) -> None:
        """Let the statement that another thread runs here end with `KeyboardInterrupt`."""
        with suppress(duckdb.Error):  # it may have been closed just now
            self._connection.interrupt()

    @contextmanager
    def settled(self) -> Iterator[bool]:
        """While it lasts, a server takes nothing further in; landing has all that it took before.

        What comes back is whether there is a server that has seen to it. Where there is none,
        nothing is done.
        """
        yield False

    def cursor(self) -> Warehouse:
        """Another connection to the same warehouse, for another thread; to be closed on its own."""
        return Warehouse(self._connection.cursor(), self._own)

    def execute(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run a statement for its effect; values are bound, never pasted."""
        with _told():
            self._connection.execute(statement, values or None).complete()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing of it."""
        self.execute("BEGIN")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            with suppress(WarehouseError):  # the first error is the one to tell
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All questions inside see one state, whatever is written meanwhile.

        Others go on writing. Temporary tables and views made inside are gone at the end.
        """
        self.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(WarehouseError):  # an error inside is the one to tell
                self.execute("ROLLBACK")

    def sql(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """The result of a query as an Arrow table."""
        with _told():
            return self._connection.sql(query, params=values or None).to_arrow_table()

    def stream(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = (), rows: int = 100_000
    ) -> pa.RecordBatchReader:
        """The result of a query batch by batch; to be read to its end before the next statement."""
        with _told():
            return self._connection.sql(query, params=values or None).to_arrow_reader(rows)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Tables made inside hide those of the same name, and are gone at the end.

        All others are seen as they are. Nothing of the warehouse itself may be changed inside.

        >>> with Warehouse.in_memory() as warehouse:
        ...     warehouse.execute("CREATE TABLE day AS SELECT 1 AS n")
        ...     with warehouse.aside():
        ...         warehouse.execute("CREATE OR REPLACE TABLE day AS SELECT 2 AS n")
        ...         print(warehouse.sql("SELECT n FROM day")["n"].to_pylist())
        ...     warehouse.sql("SELECT n FROM day")["n"].to_pylist()
        [2]
        [1]
        """
        name = f"_aside_{secrets.token_hex(6)}"  # all connections to the file see it
        self.execute(f"ATTACH ':memory:' AS {name}")
        try:
            quoted = '"' + self._own.replace('"', '""') + '"'
            self.execute(f"SET search_path = '{name}.main,{quoted}.main'")
            self._aside.append(name)
            yield
        finally:
            self._aside = [one for one in self._aside if one != name]
            self.execute("RESET search_path")
            self.execute(f"DETACH {name}")

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """While others need the memory: pages kept at hand are given back, if they can be."""
        limit = self.sql("SELECT current_setting('memory_limit') AS told")["told"][0].as_py()
        with suppress(WarehouseError):  # what is in use stays in use
            self.execute(f"SET memory_limit = '{_AT_REST}'")
        try:
            yield
        finally:
            self.execute(f"SET memory_limit = '{limit}'")

    def load(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Put an Arrow table into the warehouse under the name, in place of what was there."""
        self._connection.register("_incoming", table)
        try:
            self.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM _incoming')
        finally:
            self._connection.unregister("_incoming")

    def append(self, name: str, table: pa.Table) -> None:
        """Add the rows of an Arrow table to a table of the warehouse with the same columns."""
        self._connection.register("_incoming", table)
        try:
            self.execute(f'INSERT INTO "{name}" BY NAME FROM _incoming')
        finally:
            self._connection.unregister("_incoming")

    def register(self, name: str, table: pa.Table) -> None:
        """Let queries of this connection see an Arrow table under the name, without a copy."""
        self._connection.register(name, table)

    def unregister(self, name: str) -> None:
        """Take back what `register` lent."""
        self._connection.unregister(name)

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""
        # Half as dear as information_schema, and asked for often.
        found = self.sql(
            "SELECT 1 FROM duckdb_tables()"
            " WHERE table_name = $name AND list_contains($places, database_name)"
            " UNION ALL SELECT 1 FROM duckdb_views()"
            " WHERE NOT internal AND view_name = $name AND list_contains($places, database_name)",
            {"name": name, "places": ["temp", self._own, *self._aside]},
        )
        return bool(found.num_rows)

    def tables(self) -> list[str]:
        """The names of all tables, sorted."""
        rows = self.sql(
            "SELECT DISTINCT table_name FROM duckdb_tables()"
            " WHERE list_contains(?, database_name) ORDER BY 1",
            [[self._own, *self._aside]],
        )
        return [str(name) for name in rows["table_name"].to_pylist()]

    def relation(self, name: str) -> ir.Table:
        """The table as an Ibis expression, which runs here and on Spark Connect alike."""
        import ibis

        # Unbound and compiled by hand: Ibis 12 still calls what DuckDB 2 has deprecated.
        schema = ibis.Schema.from_pyarrow(self.sql(f'SELECT * FROM "{name}" LIMIT 0').schema)
        return ibis.table(schema, name=name)

    def compiled(self, expression: ir.Expr) -> str:
        """An Ibis expression as SQL."""
        import ibis

        return str(ibis.to_sql(expression, dialect="duckdb"))

    def run(self, expression: ir.Expr) -> pa.Table:
        """The result of an Ibis expression as an Arrow table."""
        return self.sql(self.compiled(expression))

    def map_sorted(
        self,
        rows: ir.Table,
        by: Sequence[str],
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
    ) -> pa.Table:
        """What the function makes of the rows, given in batches.

        Args:
            rows: an Ibis expression.
            by: columns; those of one value of the first are together, sorted by the others.
            function: from batches to batches.
            schema: of what comes back.
        """
        keys = ", ".join(f'"{name}"' for name in by)
        stream = self.stream(f"FROM ({self.compiled(rows)}) ORDER BY {keys}")
        return pa.Table.from_batches(function(iter(stream)), schema)

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """The text of a property of a JSON object; NULL where it has none."""
        import ibis

        @ibis.udf.scalar.builtin(name="json_extract_string")  # type: ignore[untyped-decorator]
        def extract(text: str, path: str) -> str: ...  # type: ignore[empty-body]

        return extract(column, f'$."{key}"')


def literal(text: str) -> str:
    """The text as an SQL string literal.

    >>> print(literal("Bob's"))
    'Bob''s'
    """
    return "'" + text.replace("'", "''") + "'"


def parquet(paths: Iterable[Path], options: str = "") -> str:
    """The SQL of reading Parquet files, whatever characters their paths hold.

    DuckDB takes `[ ] * ?` in a path for a pattern, which would read another shop's files; in a
    character class of their own they are themselves.
    """
    # In full, since the process that reads them may have another current folder.
    whole = (str(path.absolute()) for path in paths)
    listed = ", ".join(literal(re.sub(r"([\[*?])", r"[\1]", path)) for path in whole)
    return f"read_parquet([{listed}]{options})"


@contextmanager
def _told() -> Iterator[None]:
    """What DuckDB says, as one of our errors: out of memory, disk full, an unknown table."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # how DuckDB tells of Ctrl-C
            raise KeyboardInterrupt from error
        raise
    except duckdb.Error as error:
        raise failed(error) from error


def is_of_values(error: WarehouseError | BaseException) -> bool:
    """Whether a query failed for what the values are: one that is out of range, or no number."""
    return isinstance(error.__cause__, duckdb.DataError | duckdb.InvalidInputException)


def failed(error: BaseException) -> WarehouseError:
    """What DuckDB said, as one of our errors."""
    return WarehouseError(
        (str(error) or type(error).__name__).splitlines()[0],
        todo="check disk and [engine] memory_limit; `regulars rebuild` makes the tables anew",
    )


def _config(settings: EngineSettings) -> dict[str, str | bool | int | float | list[str]]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if settings.threads:
        config["threads"] = settings.threads
    return config


def _damaged(path: Path, error: Exception) -> WarehouseError:
    return WarehouseError(
        f"the warehouse does not open ({str(error).splitlines()[0]})",
        where=Where(file=str(path)),
        todo="`regulars rebuild` makes it anew from landing/; nothing is lost",
    )
