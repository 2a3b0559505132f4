"""A warehouse used through its owner answers as one that is used without."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

import pyarrow as pa
import pytest

from regulars.edges.serve.sessions import Sessions
from regulars.engines import wire
from regulars.engines.duckdb import Warehouse, WarehouseError
from regulars.engines.remote import RemoteWarehouse
from regulars.errors import HomeBusy

LONG = "SELECT sum(a.range * b.range) AS n FROM range(10000000) a, range(10000000) b"
"""Hours of work: whoever waits for its end waits in vain."""


class Keeps:
    """The least of an owner: it has the file, and lends it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warehouse = Warehouse.own(path)
        self.still = threading.Event()
        self.is_lent = False

    def cursor(self) -> Warehouse:
        if self.is_lent:
            raise HomeBusy("the warehouse is being made anew")
        return self.warehouse.cursor()

    @contextmanager
    def settled(self, _stopped: Callable[[], bool]) -> Iterator[None]:
        self.still.set()
        try:
            yield
        finally:
            self.still.clear()

    @contextmanager
    def lend(
        self, alone: AbstractContextManager[None], _stopped: Callable[[], bool]
    ) -> Iterator[None]:
        self.is_lent = True
        try:
            with alone:
                self.warehouse.close()
                try:
                    yield
                finally:
                    self.warehouse = Warehouse.own(self.path)
        finally:
            self.is_lent = False


class Shared:
    """An owner with its door, and who comes in."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.owner = Keeps(folder / "warehouse.duckdb")
        self.sessions = Sessions(self.owner, folder / "s")
        self._stack = stack

    def session(self) -> RemoteWarehouse:
        connection = socket(AF_UNIX, SOCK_STREAM)
        connection.connect(str(self.sessions.path))
        made = RemoteWarehouse(wire.Wire(connection), str(self.sessions.path))
        return self._stack.enter_context(made)


@pytest.fixture
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    with ExitStack() as stack:
        made = Shared(tmp_path_factory.mktemp("w"), stack)
        yield made
        stack.close()
        made.sessions.close()
        made.owner.warehouse.close()


def until(condition: object, seconds: float = 10.0) -> None:
    """Wait for it, and fail where it does not come."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        os.sched_yield()


@contextmanager
def interrupted(after: float = 0.3) -> Iterator[None]:
    """Ctrl-C while what stands inside waits."""
    # A Spark Connect server that an earlier test began in this process listens for it as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    timer.join()


def test_bound_values_keep_their_types(shared: Shared) -> None:
    values = [
        1, 2**70, Decimal("1.50"), date(2026, 1, 31), datetime(2026, 1, 1, 8, tzinfo=UTC),
        datetime(2026, 1, 1, 8), b"x", None, True, 1.5, "words", ["a", "b"], {"k": 1},  # noqa: DTZ001
    ]  # fmt: skip
    query = "SELECT " + ", ".join(f"? AS c{place}" for place in range(len(values)))
    here = shared.owner.warehouse.sql(query, values)
    there = shared.session().sql(query, values)
    assert there.schema.equals(here.schema)
    assert there.equals(here)
    named = shared.session().sql("SELECT $one + $two AS n", {"one": 1, "two": 2})
    assert named["n"].to_pylist() == [3]


def test_tables_come_back_as_they_were_put(shared: Shared) -> None:
    table = pa.table(
        {
            "n": pa.array(range(300_000), pa.int64()),
            "text": pa.array([f"customer {n % 977}" for n in range(300_000)]),
            "money": pa.array([Decimal(n) / 4 for n in range(300_000)], pa.decimal128(18, 4)),
            "tags": pa.array([["a"] * (n % 3) for n in range(300_000)]),
        }
    )
    one, other = shared.session(), shared.session()
    one.load("kept", table)
    assert other.sql("FROM kept ORDER BY n").equals(table)
    other.append("kept", table.slice(0, 5))
    assert one.sql("SELECT count(*) AS n FROM kept")["n"].to_pylist() == [300_005]
    read_again = pa.Table.from_batches(
        one.stream("FROM kept ORDER BY n LIMIT 10").read_all().to_batches()
    )
    assert read_again.num_rows == 10
    one.load("from_batches", table.slice(0, 1000).to_reader(100))
    assert other.relation("from_batches").schema().names == ("n", "text", "money", "tags")
    assert other.tables() == ["from_batches", "kept"]
    assert (other.has("kept"), other.has("absent")) == (True, False)


def test_errors_are_told_in_the_same_words(shared: Shared) -> None:
    session = shared.session()
    late = "SELECT CASE WHEN range < 999999 THEN 1 ELSE error('late') END AS n FROM range(1000000)"
    for query in ("FROM absent", "SELECT 1 / 'x'", late):
        with pytest.raises(WarehouseError) as here:
            shared.owner.warehouse.sql(query)
        with pytest.raises(WarehouseError) as there:
            session.sql(query)
        assert str(there.value) == str(here.value)
        assert session.sql("SELECT 1 AS n")["n"].to_pylist() == [1], "and the session goes on"


def test_a_table_that_breaks_off_is_not_there(shared: Shared) -> None:
    batch = pa.record_batch({"n": [1, 2, 3]})

    def broken() -> Iterator[pa.RecordBatch]:
        yield batch
        raise ValueError("the source broke")

    session = shared.session()
    with pytest.raises(ValueError, match="the source broke"):
        session.load("half", pa.RecordBatchReader.from_batches(batch.schema, broken()))
    assert not session.has("half")


def test_registered_tables_are_the_sessions_own(shared: Shared) -> None:
    one, other = shared.session(), shared.session()
    one.register("_rows", pa.table({"n": [1, 2]}))
    other.register("_rows", pa.table({"n": [3]}))
    assert one.sql("FROM _rows")["n"].to_pylist() == [1, 2]
    assert other.sql("FROM _rows")["n"].to_pylist() == [3]
    one.unregister("_rows")
    with pytest.raises(WarehouseError, match="does not exist"):
        one.sql("FROM _rows")


def test_two_sessions_look_aside_at_once(shared: Shared) -> None:
    one, other = shared.session(), shared.session()
    one.execute("CREATE TABLE day AS SELECT 0 AS n")
    with one.aside(), other.aside():
        one.execute("CREATE OR REPLACE TABLE day AS SELECT 1 AS n")
        one.execute("CREATE TABLE only_here AS SELECT 1 AS n")
        other.execute("CREATE OR REPLACE TABLE day AS SELECT 2 AS n")
        told = [each.sql("FROM day")["n"].to_pylist() for each in (one, other)]
        assert told == [[1], [2]]
        assert (one.has("only_here"), other.has("only_here")) == (True, False)
    assert one.sql("FROM day")["n"].to_pylist() == [0]
    assert not one.has("only_here")


def test_a_transaction_is_whole_or_nothing(shared: Shared) -> None:
    session, other = shared.session(), shared.session()
    with session.transaction():
        session.execute("CREATE TABLE kept AS SELECT 1 AS n")
        assert not other.has("kept")
    assert other.has("kept")

    def fails() -> None:
        with session.transaction():
            session.execute("DROP TABLE kept")
            session.execute("FROM absent")

    with pytest.raises(WarehouseError):
        fails()
    assert other.has("kept")


def test_transactions_of_sessions_take_turns(shared: Shared) -> None:
    one, other = shared.session(), shared.session()

    def replaced() -> None:
        with other.transaction():
            other.execute("CREATE OR REPLACE TABLE day AS SELECT 2 AS n")

    with one.transaction():
        one.execute("CREATE OR REPLACE TABLE day AS SELECT 1 AS n")
        waiting = threading.Thread(target=replaced)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert one.sql("FROM day")["n"].to_pylist() == [2]


def test_a_single_statement_comes_after_a_transaction_that_it_clashes_with(shared: Shared) -> None:
    one, other = shared.session(), shared.session()
    one.execute("CREATE TABLE day AS SELECT 0 AS n")
    with one.transaction():
        one.execute("CREATE OR REPLACE TABLE day AS SELECT 1 AS n")
        replace = "CREATE OR REPLACE TABLE day AS SELECT 2 AS n"
        waiting = threading.Thread(target=other.execute, args=(replace,))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert one.sql("FROM day")["n"].to_pylist() == [2]


def test_ctrl_c_ends_the_statement_and_not_the_session(shared: Shared) -> None:
    session = shared.session()
    began = time.monotonic()
    with interrupted():
        session.sql(LONG)
    assert time.monotonic() - began < 5
    assert session.sql("SELECT 1 AS n")["n"].to_pylist() == [1]


def test_ctrl_c_in_a_transaction_undoes_it(shared: Shared) -> None:
    session, other = shared.session(), shared.session()
    with interrupted(), session.transaction():
        session.execute("CREATE TABLE half AS SELECT 1 AS n")
        session.execute(f"CREATE TABLE never AS {LONG}")
    assert not other.has("half")
    with other.transaction():
        other.execute("CREATE TABLE free AS SELECT 1 AS n")


def test_ctrl_c_while_waiting_for_a_turn_gives_it_up(shared: Shared) -> None:
    one, other = shared.session(), shared.session()
    with one.transaction():
        with interrupted(), other.transaction():
            pass
        one.execute("CREATE TABLE mine AS SELECT 1 AS n")
    with other.transaction():
        other.execute("CREATE TABLE theirs AS SELECT 1 AS n")


@pytest.mark.parametrize("is_working", [False, True])
def test_a_client_that_goes_away_in_a_transaction_leaves_nothing(
    shared: Shared, is_working: bool
) -> None:
    gone, other = shared.session(), shared.session()
    gone.ask({"op": "begin"})
    gone.execute("CREATE TABLE half AS SELECT 1 AS n")
    if is_working:
        head = {"op": "execute", "sql": f"CREATE TABLE never AS {LONG}", "values": []}
        gone._wire.say(head)
    gone._wire.close()
    with other.transaction():  # the turn has been given back
        other.execute("CREATE TABLE free AS SELECT 1 AS n")
    assert other.tables() == ["free"]
    until(lambda: len(shared.sessions) == 1)


def test_a_client_that_goes_away_ends_what_it_held(shared: Shared) -> None:
    gone = shared.session()
    gone.ask({"op": "settled"})
    assert shared.owner.still.is_set()
    gone._wire.close()
    until(lambda: not shared.owner.still.is_set())


def test_the_file_is_lent_and_taken_back(shared: Shared) -> None:
    borrower, other = shared.session(), shared.session()
    other.execute("CREATE TABLE day AS SELECT 1 AS n")
    borrower.ask({"op": "lend"})
    with pytest.raises(HomeBusy, match="made anew"):
        other.sql("FROM day")
    with Warehouse.own(shared.owner.path) as own:
        own.execute("CREATE OR REPLACE TABLE day AS SELECT 2 AS n")
    borrower.ask({"op": "return"})
    assert other.sql("FROM day")["n"].to_pylist() == [2]


def test_a_borrower_that_dies_gives_the_file_back(shared: Shared) -> None:
    borrower, other = shared.session(), shared.session()
    borrower.ask({"op": "lend"})
    borrower._wire.close()
    until(lambda: not shared.owner.is_lent)
    assert other.sql("SELECT 1 AS n")["n"].to_pylist() == [1]


@pytest.mark.parametrize(
    "begun",
    ["CREATE TEMP TABLE own AS SELECT 1 AS n", None],
    ids=["a table of its own", "a registered table"],
)
def test_the_file_is_not_lent_under_another_session(shared: Shared, begun: str | None) -> None:
    borrower, other = shared.session(), shared.session()
    if begun:
        other.execute(begun)
    else:
        other.register("own", pa.table({"n": [1]}))
    with pytest.raises(HomeBusy, match="program is using"):
        borrower.ask({"op": "lend"})
    assert other.sql("FROM own")["n"].to_pylist() == [1]
    assert not shared.owner.is_lent


def test_a_session_ends_with_its_owner(shared: Shared) -> None:
    session = shared.session()
    assert session.is_open
    session.execute("SELECT 1")
    shared.sessions.close()
    with pytest.raises(WarehouseError, match="went away"):
        session.sql("SELECT 1")
    assert not session.is_open


def test_only_its_user_may_come_in(shared: Shared) -> None:
    assert shared.sessions.path.stat().st_mode & 0o077 == 0


def test_a_visitor_who_speaks_nonsense_is_turned_away(shared: Shared) -> None:
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"H\x04\x00\x00\x00\xff\xff\xff\xff", b"C\0\0\0\0"):
        with socket(AF_UNIX, SOCK_STREAM) as visitor:
            visitor.connect(str(shared.sessions.path))
            visitor.sendall(nonsense)
            visitor.shutdown(1)
            with suppress(ConnectionResetError):
                while visitor.recv(1024):
                    pass
    assert shared.session().sql("SELECT 1 AS n")["n"].to_pylist() == [1]
    until(lambda: len(shared.sessions) == 1)
