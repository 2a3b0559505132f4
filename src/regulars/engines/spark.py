"""The scale-out engine: a Spark Connect server (Apache Spark, or Sail), reached through a session.

It has the surface of `engines.duckdb.Warehouse` that insight needs: `load` Arrow in, `relation` an
unbound Ibis table, `run` an expression to Arrow, `map_sorted` a fold by its workers. The server's
address is the caller's business; nothing here starts one (docs/scale_out.md).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from socket import create_connection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from regulars.errors import MissingDependency, RegularsError, Where

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PORT = 15002
"""Where Spark Connect listens unless told otherwise."""


Batches = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""From batches to batches."""

_MISSING = ("No module named", "No package metadata was found for regulars")


class SparkError(RegularsError):
    """The Spark Connect server cannot be reached, or cannot do what is asked."""

    code = "spark.failed"


class SparkWarehouse:
    """A Spark Connect session: Arrow in and out, Ibis expressions."""

    def __init__(self, session: Any) -> None:
        self._session = session
        # Times are UTC everywhere in the warehouse; the server's own zone must not leak in.
        session.conf.set("spark.sql.session.timeZone", "UTC")

    @classmethod
    def connect(cls, address: str) -> SparkWarehouse:
        """A session with the server at an address such as `sc://host:15002`.

        Raises:
            MissingDependency: pyspark is not installed.
            SparkError: nobody answers there.
        """
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise MissingDependency.of("pyspark", "spark") from error
        try:
            # The client would knock for ten minutes; a closed door is told at once.
            parts = urlsplit(address)
            create_connection((parts.hostname, parts.port or _PORT), timeout=10).close()
        except (OSError, ValueError) as error:
            raise SparkError(
                f"no Spark Connect server answers ({error})",
                where=Where(value=address),
                todo="start one, or mend the address; it looks like sc://host:15002",
            ) from error
        with _told():
            # Not the session that is there already: that may be with another server.
            return cls(SparkSession.builder.remote(address).create())

    def close(self) -> None:
        """End the session; the server goes on. It may have ended one that was long unused."""
        with warnings.catch_warnings():
            # Of such a one the client warns in a way that Python warns of in its turn.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._session.stop()

    def load(self, name: str, table: pa.Table) -> None:
        """Let the session see an Arrow table under the name, in place of what was there."""
        frame = self._session.createDataFrame(table if table.num_rows else _one_null_row(table))
        # The client refuses a table without rows, so it is sent with one, and shown without.
        with _told():
            (frame if table.num_rows else frame.limit(0)).createOrReplaceTempView(name)

    def read(self, name: str, *paths: str) -> None:
        """Let the session see Parquet files under the name, in place of what was there.

        Args:
            name: of the table.
            paths: files or folders, as every worker and the server can reach them.

        Raises:
            SparkError: there are none.
        """
        with _told():
            frame = self._session.read.parquet(*paths)
            if not frame.columns:  # Sail takes a place without files for a table without columns
                raise SparkError(
                    f"no Parquet files are there for the table {name!r}",
                    where=Where(value=", ".join(paths)),
                    todo="name files or folders that the server and its workers can read",
                )
            frame.createOrReplaceTempView(name)

    def sql(self, query: str) -> pa.Table:
        """The result of a query as an Arrow table.

        Raises:
            SparkError: the query cannot be answered.
        """
        with _told():
            return self._session.sql(query).toArrow()

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""
        with _told():
            return bool(self._session.catalog.tableExists(name))

    def tables(self) -> list[str]:
        """The names of all tables and views, sorted."""
        with _told():
            return sorted(str(table.name) for table in self._session.catalog.listTables())

    def relation(self, name: str) -> ir.Table:
        """The table as an Ibis expression, the same that `Warehouse.relation` gives."""
        import ibis

        schema = ibis.Schema.from_pyarrow(self.sql(f"SELECT * FROM `{name}` LIMIT 0").schema)
        return ibis.table(schema, name=name)

    def compiled(self, expression: ir.Expr) -> str:
        """An Ibis expression as SQL."""
        import ibis

        # The dialect's options exist only once its backend has been loaded by this access.
        _ = ibis.pyspark
        return str(ibis.to_sql(expression, dialect="pyspark"))

    def run(self, expression: ir.Expr) -> pa.Table:
        """The result of an Ibis expression as an Arrow table."""
        return self.sql(self.compiled(expression))

    def map_sorted(
        self,
        rows: ir.Table,
        by: Sequence[str],
        function: Batches,
        schema: pa.Schema,
    ) -> pa.Table:
        """What the function makes of the rows, given in batches, partition by partition.

        Args:
            rows: an Ibis expression.
            by: columns; those of one value of the first are together, sorted by the others.
            function: from batches to batches; the workers import what it needs.
            schema: of what comes back.

        Raises:
            SparkError: a worker cannot run the function, or has another version of regulars.
        """
        from pyspark.sql.pandas.types import from_arrow_schema

        kinds = from_arrow_schema(schema)
        with _told():
            frame = self._session.sql(self.compiled(rows))
            together = frame.repartition(by[0]).sortWithinPartitions(*by)
            found = together.mapInArrow(_OnWorker(function, version("regulars")), kinds).toArrow()
        return found.cast(schema)

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """The text of a property of a JSON object; NULL where it has none."""
        import ibis

        @ibis.udf.scalar.builtin(name="get_json_object")  # type: ignore[untyped-decorator]
        def extract(text: str, path: str) -> str: ...  # type: ignore[empty-body]

        return extract(column, f"$['{key}']")


@dataclass(frozen=True, slots=True)
class _OnWorker:
    """The function as a worker runs it: by its own copy of our modules, of the same version."""

    function: Batches
    version: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if (own := version("regulars")) != self.version:
            raise RuntimeError(f"a worker has regulars {own}; asked by {self.version}")
        return self.function(batches)


@contextmanager
def _told() -> Iterator[None]:
    """What the server says, as one of our errors."""
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger

    # The client would print a query's error besides, with its traceback.
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True
    try:
        yield
    except PySparkException as error:
        sentence = _sentence(str(error))
        todo = "see the server's log, and docs/scale_out.md for what the workers need"
        if any(one in sentence for one in _MISSING):
            todo = f"install regulars {version('regulars')} for the Python of every worker"
        raise SparkError(sentence, todo=todo) from error


def _sentence(told: str) -> str:
    r"""What went wrong, without the stack of the JVM or of a worker's Python.

    >>> _sentence("[WRONG] It is so.\nVerify.\n\nJVM stacktrace:\norg.apache")
    '[WRONG] It is so.'
    >>> _sentence("An exception\nTraceback (most recent call last):\n  File x\nKeyError: 1\n")
    'KeyError: 1'
    """
    lines = told.strip().splitlines() or ["the server gave no reason"]
    if any(line.startswith("Traceback") for line in lines):
        places = [number for number, line in enumerate(lines) if line.startswith("  ")]
        lines = lines[places[-1] + 1 :] if places and places[-1] + 1 < len(lines) else lines
    return lines[0]


def _one_null_row(table: pa.Table) -> pa.Table:
    schema = pa.schema([field.with_nullable(True) for field in table.schema])
    return pa.Table.from_pylist([dict.fromkeys(schema.names)], schema=schema)
