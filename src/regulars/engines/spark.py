"""The scale-out engine: a Spark Connect server (Apache Spark, or Sail), reached through a session.

It has the surface of `engines.duckdb.Warehouse` that relational insight needs: `load` Arrow in,
`relation` an unbound Ibis table, `run` an expression to Arrow. The server's address is the
caller's business; nothing here starts one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from socket import create_connection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from regulars.errors import MissingDependency, RegularsError, Where

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PORT = 15002
"""Where Spark Connect listens unless told otherwise."""


class SparkError(RegularsError):
    """The Spark Connect server cannot be reached."""

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
        return cls(SparkSession.builder.remote(address).getOrCreate())

    def close(self) -> None:
        """End the session; the server goes on."""
        self._session.stop()

    def load(self, name: str, table: pa.Table) -> None:
        """Let the session see an Arrow table under the name, in place of what was there."""
        frame = self._session.createDataFrame(table if table.num_rows else _one_null_row(table))
        # The client refuses a table without rows, so it is sent with one, and shown without.
        (frame if table.num_rows else frame.limit(0)).createOrReplaceTempView(name)

    def sql(self, query: str) -> pa.Table:
        """The result of a query as an Arrow table."""
        return self._session.sql(query).toArrow()

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""
        return bool(self._session.catalog.tableExists(name))

    def tables(self) -> list[str]:
        """The names of all tables and views, sorted."""
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
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
    ) -> pa.Table:
        """What the function makes of the rows, given in batches, partition by partition.

        Args:
            rows: an Ibis expression.
            by: columns; those of one value of the first are together, sorted by the others.
            function: from batches to batches; the workers import what it needs.
            schema: of what comes back.
        """
        from pyspark.sql.pandas.types import from_arrow_schema

        frame = self._session.sql(self.compiled(rows))
        together = frame.repartition(by[0]).sortWithinPartitions(*by)
        found = together.mapInArrow(function, from_arrow_schema(schema)).toArrow()
        return found.cast(schema)

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """The text of a property of a JSON object; NULL where it has none."""
        import ibis

        @ibis.udf.scalar.builtin(name="get_json_object")  # type: ignore[untyped-decorator]
        def extract(text: str, path: str) -> str: ...  # type: ignore[empty-body]

        return extract(column, f"$['{key}']")


def _one_null_row(table: pa.Table) -> pa.Table:
    schema = pa.schema([field.with_nullable(True) for field in table.schema])
    return pa.Table.from_pylist([dict.fromkeys(schema.names)], schema=schema)
