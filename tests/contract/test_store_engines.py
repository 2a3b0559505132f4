"""The book of record promises the same whichever database keeps it."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import pysqlite3
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from postgres import PostgresServer
from regulars.engines.postgres import PostgresStore
from regulars.engines.schema import IMMUTABLE, METADATA, VERSION
from regulars.engines.store import Store, version_of
from regulars.engines.store_assignments import SqlAssignments
from regulars.engines.store_server import risks_of, server_of
from regulars.errors import StoreAway, StoreError

EPOCH = (1, date(2026, 11, 11), date(2027, 2, 8), 0.05, "shop:global:1")


def assignment(customer_id: int, arm: str = "treat", test: str = "play:due"):
    return (test, customer_id, "due", 1, arm, 0.5, "2026-11-11", "abc")


def fill(store: Store) -> None:
    """A row in each table that is never changed."""
    SqlAssignments(store).record([EPOCH], [assignment(1)], 0)
    with store.write() as connection:
        for table in IMMUTABLE:
            if table in ("holdout_epochs", "assignments"):
                continue
            known = METADATA.tables[table]
            row = {column.name: sample(column) for column in known.columns}
            connection.execute(known.insert().values(row))


def sample(column: sa.Column) -> object:
    if column.nullable:
        return None
    if isinstance(column.type, sa.LargeBinary):
        return b"x"
    return "x" if isinstance(column.type, sa.Text) else 1


def test_the_migrations_lead_to_the_tables_that_the_program_uses(store: Store):
    with store.read() as connection:
        assert version_of(connection) == VERSION
        inspector = sa.inspect(connection)
        dialect = connection.dialect
        assert set(inspector.get_table_names()) == {*METADATA.tables, "alembic_version"}
        for table in METADATA.sorted_tables:
            found = {
                column["name"]: (column["type"].compile(dialect), column["nullable"])
                for column in inspector.get_columns(table.name)
            }
            assert found == {
                column.name: (column.type.compile(dialect), column.nullable)
                for column in table.columns
            }
            keys = inspector.get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key]
            indexes = {one["name"] for one in inspector.get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= indexes
            checks = {one["name"] for one in inspector.get_check_constraints(table.name)}
            known = {one.name for one in table.constraints if isinstance(one, sa.CheckConstraint)}
            assert checks == known


@pytest.mark.parametrize("table", IMMUTABLE)
def test_a_record_cannot_be_changed_or_deleted(store: Store, table: str):
    fill(store)
    first = next(iter(METADATA.tables[table].columns)).name
    verbs = [f"UPDATE {table} SET {first} = {first}", f"DELETE FROM {table}"]
    if store.dialect == "postgresql":
        verbs.append(f"TRUNCATE {table} CASCADE")
    for verb in verbs:
        with pytest.raises(IntegrityError, match="are immutable"), store.write() as connection:
            connection.exec_driver_sql(verb)
    with store.read() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 1


def test_a_record_cannot_be_put_in_the_place_of_another(store: Store):
    book = SqlAssignments(store)
    book.record([EPOCH], [assignment(1, "treat")], 0)
    with pytest.raises(IntegrityError, match="immutable"), store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO assignments SELECT test, customer_id, play, epoch, 'hold_out', bucket,"
            " assigned_on, playbook, recorded_at FROM assignments WHERE true"
            " ON CONFLICT (test, customer_id) DO UPDATE SET arm = excluded.arm"
        )
    assert book.arms("play:due")[1].tolist() == [False]


def test_epochs_that_overlap_are_refused_by_the_database(store: Store):
    book = SqlAssignments(store)
    assert book.record([EPOCH], [], 0)
    assert not book.record([(2, date(2027, 2, 8), date(2027, 3, 1), 0.05, "other")], [], 0)
    assert book.epochs() == [EPOCH]


def test_whoever_comes_second_records_nothing_at_all(store: Store):
    book = SqlAssignments(store)
    assert book.record([EPOCH], [assignment(5)], 0)
    assert not book.record([], [assignment(4), assignment(5), assignment(6)], 0)
    assert book.arms("play:due")[0].tolist() == [5]


def test_arms_come_ascending_and_only_of_the_test_that_is_asked_for(store: Store):
    book = SqlAssignments(store)
    far = 2**53
    rows = [assignment(far), assignment(7, "hold_out"), assignment(1), assignment(2, test="play:x")]
    assert book.record([EPOCH], rows, 0)
    customers, held_out = book.arms("play:due")
    assert customers.tolist() == [1, 7, far]
    assert held_out.tolist() == [False, True, False]
    nobody, nothing = book.arms("play:nothing")
    assert (nobody.tolist(), nothing.tolist()) == ([], [])


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([assignment(1, "perhaps")], "arm_is_known"),
        ([(*assignment(1)[:3], 9, *assignment(1)[4:])], "(?i)foreign key"),
    ],
)
def test_a_record_that_breaks_another_rule_is_an_error_and_not_a_race(store: Store, rows, rule):
    book = SqlAssignments(store)
    book.record([EPOCH], [], 0)
    conflicts = (pysqlite3.IntegrityError, psycopg.IntegrityError, IntegrityError)
    with pytest.raises(conflicts, match=rule):
        book.record([], rows, 0)
    assert book.arms("play:due")[0].tolist() == []


def test_of_two_who_record_at_the_same_time_one_records_and_the_other_is_told(store: Store):
    def epoch(number: int, salt: str):
        return (number, EPOCH[1], EPOCH[2], 0.05, salt)

    both = threading.Barrier(2)
    told: list[bool] = []

    def record(number: int) -> None:
        both.wait()
        rows = [assignment(customer) for customer in range(100)]
        rows = [(*row[:3], number, *row[4:]) for row in rows]
        told.append(SqlAssignments(store).record([epoch(number, f"salt {number}")], rows, 0))

    threads = [threading.Thread(target=record, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, True]
    assert len(SqlAssignments(store).epochs()) == 1


def test_two_who_record_the_same_customers_in_opposite_orders_do_not_block_each_other(store: Store):
    assert SqlAssignments(store).record([EPOCH], [], 0)
    both = threading.Barrier(2)
    told: list[bool] = []

    def record(customers: range) -> None:
        both.wait()
        told.append(SqlAssignments(store).record([], map(assignment, customers), 0))

    orders = range(5000), range(4999, -1, -1)
    threads = [threading.Thread(target=record, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, True]


def test_a_reader_sees_one_state_throughout_while_another_writes(store: Store):
    query = "SELECT count(*) FROM relays"
    with store.read() as reader:
        assert reader.exec_driver_sql(query).scalar() == 0
        with store.write() as writer:
            writer.exec_driver_sql("INSERT INTO relays (name, n) VALUES ('landing', 1)")
        assert reader.exec_driver_sql(query).scalar() == 0
    with store.read() as reader:
        assert reader.exec_driver_sql(query).scalar() == 1


def test_a_transaction_that_fails_leaves_nothing(store: Store):
    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO relays (name, n) VALUES ('landing', 1)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.write() as connection:
        fail(connection)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM relays").scalar() == 0


def test_a_mistake_in_a_statement_is_told_as_a_store_error(store: Store):
    with pytest.raises(StoreError, match="the store failed"), store.read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_who_keeps_the_store_and_what_could_lose_it_is_told(store: Store):
    assert server_of(store).startswith("SQLite 3." if store.dialect == "sqlite" else "PostgreSQL")
    assert risks_of(store) == []


# What only a server can do.


def session(store: PostgresStore, name: str, *, write: bool = True) -> object:
    with store.write() if write else store.read() as connection:
        return connection.exec_driver_sql(f"SHOW {name}").scalar()


def test_a_session_commits_to_disk_whatever_the_database_has_as_its_default(
    postgres_server: PostgresServer, postgres_url: str
):
    name = postgres_server.name(postgres_url)
    postgres_server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with PostgresStore.open(postgres_url) as store:
        assert session(store, "synchronous_commit") == "on"
        assert session(store, "fsync") == "on"
    postgres_server.execute(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    with PostgresStore.open(postgres_url) as store:  # what promises more is left as it is
        assert session(store, "synchronous_commit") == "remote_apply"


def test_writers_and_readers_have_their_levels_also_on_a_connection_used_before(postgres_url: str):
    with PostgresStore.open(postgres_url) as store:
        for _ in range(2):
            assert session(store, "transaction_isolation") == "read committed"
            assert session(store, "transaction_read_only") == "off"
            assert session(store, "transaction_isolation", write=False) == "repeatable read"
            assert session(store, "transaction_read_only", write=False) == "on"
        assert session(store, "lock_timeout") == "30s"
        with pytest.raises(StoreError, match="only be read"), store.read() as connection:
            connection.exec_driver_sql("INSERT INTO relays (name, n) VALUES ('x', 1)")


def test_a_server_that_crashed_is_told_as_away_and_found_again(
    postgres_server: PostgresServer, postgres_url: str
):
    def crash(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO relays (name, n) VALUES ('acked', 1)")
        postgres_server.stop("immediate")

    with PostgresStore.open(postgres_url) as store:
        with pytest.raises(StoreAway) as caught, store.write() as connection:
            crash(connection)  # so that the commit fails
        assert caught.value.where.file == store.place
        assert "same key" in caught.value.todo
        with pytest.raises(StoreAway, match="does not answer"), store.read():
            pass
        postgres_server.start()
        with store.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM relays").scalar() == 0


def test_a_server_started_anew_between_two_transactions_costs_no_error(
    postgres_server: PostgresServer, postgres_url: str
):
    with PostgresStore.open(postgres_url) as store:
        postgres_server.stop("fast")
        postgres_server.start()
        assert SqlAssignments(store).epochs() == []


def test_a_server_without_fsync_is_warned_of(postgres_server: PostgresServer, postgres_url: str):
    postgres_server.stop("fast")
    postgres_server.start("fsync=off")
    try:
        with PostgresStore.open(postgres_url) as store:
            assert [risk.partition(" is ")[0] for risk in risks_of(store)] == ["the server's fsync"]
    finally:
        postgres_server.stop("fast")
        postgres_server.start()


def test_two_who_open_an_empty_database_at_once_migrate_it_once(postgres_server: PostgresServer):
    url = postgres_server.empty_database()
    both = threading.Barrier(2)
    failed: list[Exception] = []

    def open_it() -> None:
        both.wait()
        try:
            PostgresStore.open(url).close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert postgres_server.execute("SELECT count(*) FROM book", url) == [(1,)]
    postgres_server.drop(url)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "version 9999, this program knows"),
        (
            "DROP TABLE assignments, holdout_epochs; UPDATE alembic_version SET version_num = 'a1'",
            "another program's",
        ),
    ],
)
def test_a_database_that_is_not_ours_is_left_alone(
    postgres_server: PostgresServer, postgres_url: str, before: str, told: str
):
    postgres_server.execute(before, postgres_url)
    with pytest.raises(StoreError, match=told):
        PostgresStore.open(postgres_url)


def test_a_database_that_cannot_hold_all_text_is_refused(postgres_server: PostgresServer):
    url = postgres_server.empty_database("SQL_ASCII")
    with pytest.raises(StoreError, match="SQL_ASCII"):
        PostgresStore.open(url)
    postgres_server.drop(url)


def test_a_database_that_there_is_not_is_told_by_name(postgres_server: PostgresServer):
    with pytest.raises(StoreError, match="no such database") as caught:
        PostgresStore.open(postgres_server.url("nowhere"))
    assert "createdb" in caught.value.todo


def test_no_message_ever_shows_the_password(postgres_server: PostgresServer):
    url = f"postgresql://nobody:s3cret@/nowhere?host={postgres_server.folder}"
    with pytest.raises(StoreError) as caught:
        PostgresStore.open(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.where.file == f"postgresql://nobody@{postgres_server.folder}/nowhere"
    for wrong in ("mysql://li:s3cret@db/x", "postgresql://li:s3cret@db:port/x", "s3cret"):
        with pytest.raises(StoreError, match="no address") as caught:
            PostgresStore.open(wrong)
        assert "s3cret" not in str(caught.value)


def test_the_tables_stand_in_the_schema_of_the_search_path(postgres_server: PostgresServer):
    url = postgres_server.empty_database()
    postgres_server.execute("CREATE SCHEMA shop", url)
    with PostgresStore.open(f"{url}&options=-csearch_path%3Dshop") as store:
        assert SqlAssignments(store).epochs() == []
    assert postgres_server.execute("SELECT n FROM shop.book", url) == [(0,)]
    postgres_server.drop(url)


def test_what_waits_too_long_for_a_lock_is_told_as_such(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("regulars.engines.postgres.LOCK_SECONDS", 0.05)
    with PostgresStore.open(postgres_url) as store:
        lock = "SELECT n FROM book FOR UPDATE"
        with store.write() as holder:
            holder.exec_driver_sql(lock)
            with pytest.raises(StoreError, match="kept the store"), store.write() as other:
                other.exec_driver_sql(lock)
