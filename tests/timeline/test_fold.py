"""A fold is given every row of everybody once, in order, however the events are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pytest

from intake.events.shop import EventShop, batch
from intake.events.taking import message
from regulars.engines.duckdb import Warehouse
from regulars.intake.events import table
from regulars.timeline import fold as subject
from regulars.timeline.fold import fold
from regulars.timeline.stretch import Stretch

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Everything:
    """The rows as they were given, with the number of the customers of their stretch."""

    def __call__(self, stretch: Stretch) -> pa.Table:
        return pa.table(
            {
                "customer_id": stretch.customer,
                "at": stretch.at,
                "code": stretch.columns["code"],
                "together": np.full(len(stretch.at), stretch.customers),
            }
        )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventShop]:
    """Events in a tail, waiting tails and runs; people joined by today, each under two numbers."""
    with pytest.MonkeyPatch.context() as patch, EventShop(tmp_path_factory.mktemp("shop")) as shop:
        patch.setattr(table, "ROTATE", 40)
        for first in range(0, 500, 50):
            shop.take(batch(*map(message, range(first, first + 50))))
            if first in (100, 250):
                while shop.absorber.compact():
                    pass
            if first == 350:
                shop.absorber.compact()
        assert {state for _, state, _ in table.parts(shop.warehouse)} == {
            "tail", "waiting", "sorted",
        }  # fmt: skip
        gone = shop.warehouse.sql("FROM merges WHERE survivor <> customer_id")
        assert gone.num_rows > 10
        yield shop


def _events(warehouse: Warehouse) -> ir.Table:
    t = warehouse.relation("events")
    code = t.seq.cast("int32")
    return t.select("customer_id", t["at"].cast("timestamp('UTC')").name("at"), "seq", code=code)


def _plain(warehouse: Warehouse, rows: ir.Table) -> list[tuple[int, int, int]]:
    found = warehouse.run(rows.filter(rows.customer_id.notnull())).sort_by(
        [("customer_id", "ascending"), ("at", "ascending"), ("seq", "ascending")]
    )
    at = found["at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
    return list(zip(found["customer_id"].to_pylist(), at, found["code"].to_pylist(), strict=True))


def _told(found: pa.Table) -> list[tuple[int, int, int]]:
    columns = (found[name].to_pylist() for name in ("customer_id", "at", "code"))
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("rows", [10_000, 90, 7])
def test_every_row_comes_once_in_order_whatever_the_ranges(
    shop: EventShop, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "ROWS", rows)
    asked = _events(shop.warehouse)
    found = fold(shop.warehouse, asked, Everything())
    assert _told(found) == _plain(shop.warehouse, asked)
    assert len(set(_told(found))) == found.num_rows > 400


def test_orders_of_the_records_come_in_between_and_none_comes_twice(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Everybody orders at noon, who has events and who has none; two orders are guests'.
    monkeypatch.setattr(subject, "ROWS", 60)
    shop.warehouse.execute(
        """
        CREATE OR REPLACE TABLE purchases AS
        SELECT customer_id, TIMESTAMPTZ '2026-01-04 00:02:00+00' AS placed_at,
               row_number() OVER () AS order_no
        FROM (SELECT DISTINCT customer_id FROM events UNION ALL SELECT 900000
              UNION ALL SELECT NULL UNION ALL SELECT NULL)
        """
    )
    t = shop.warehouse.relation("purchases")
    orders = t.select(
        "customer_id",
        t.placed_at.cast("timestamp('UTC')").name("at"),
        t.order_no.name("seq"),
        code=(-t.order_no).cast("int32"),
    )
    asked = _events(shop.warehouse).union(orders)
    found = fold(shop.warehouse, asked, Everything())
    assert _told(found) == _plain(shop.warehouse, asked)
    assert sum(code < 0 for *_, code in _told(found)) == sum(
        code < 0 for *_, code in _plain(shop.warehouse, asked)
    )
    # Also where nothing is asked of the events, and of those only whom another table names.
    assert _told(fold(shop.warehouse, orders, Everything())) == _plain(shop.warehouse, orders)
    shop.warehouse.execute(
        "CREATE OR REPLACE TABLE chosen AS"
        " SELECT DISTINCT customer_id FROM events WHERE customer_id % 3 = 0"
    )
    chosen = shop.warehouse.relation("chosen").customer_id
    few = asked.filter((asked.code % 2 == 0) & asked.customer_id.isin(chosen))
    assert _plain(shop.warehouse, few)
    assert _told(fold(shop.warehouse, few, Everything())) == _plain(shop.warehouse, few)


def test_orders_of_another_day_are_seen_in_place_of_the_homes_own(shop: EventShop) -> None:
    shop.warehouse.execute(
        "CREATE OR REPLACE TABLE purchases AS"
        " SELECT 1::BIGINT AS customer_id, now() AS placed_at, 1 AS no"
    )
    with shop.warehouse.aside():
        shop.warehouse.execute(
            "CREATE OR REPLACE TABLE purchases AS SELECT 7::BIGINT AS customer_id,"
            " TIMESTAMPTZ '2026-01-04 00:02:00+00' AS placed_at, 5 AS no"
        )
        t = shop.warehouse.relation("purchases")
        at = t.placed_at.cast("timestamp('UTC')").name("at")
        orders = t.select("customer_id", at, code=t.no.cast("int32"))
        found = fold(shop.warehouse, orders, Everything())
        assert [row[::2] for row in _told(found)] == [(7, 5)]


def test_the_warehouse_is_afterwards_as_it_was(shop: EventShop) -> None:
    before = shop.content(), shop.warehouse.tables()
    fold(shop.warehouse, _events(shop.warehouse), Everything())
    assert (shop.content(), shop.warehouse.tables()) == before


def test_a_fold_that_fails_leaves_the_warehouse_as_it_was(shop: EventShop) -> None:
    asked = _events(shop.warehouse)

    @dataclass(frozen=True)
    class Failing(Everything):
        def __call__(self, stretch: Stretch) -> pa.Table:
            if stretch.customers:
                raise ZeroDivisionError
            return Everything.__call__(self, stretch)

    with pytest.raises(ZeroDivisionError):
        fold(shop.warehouse, asked, Failing())
    assert _told(fold(shop.warehouse, asked, Everything())) == _plain(shop.warehouse, asked)


def test_what_comes_in_meanwhile_is_not_seen(shop: EventShop) -> None:
    asked = _events(shop.warehouse)
    before = _plain(shop.warehouse, asked)
    with shop.warehouse.cursor() as reading:
        with reading.snapshot():
            reading.sql("SELECT count(*) FROM events")  # the snapshot begins with a question
            shop.take(batch(*map(message, range(500, 600))))
            assert len(_plain(reading, asked)) == len(before)
        assert len(_told(fold(reading, asked, Everything()))) > len(before)


def test_a_warehouse_with_plain_tables_is_folded_too() -> None:
    with Warehouse.in_memory() as warehouse:
        warehouse.load(
            "events",
            pa.table(
                {
                    "customer_id": pa.array([2, 1, None, 1], pa.int64()),
                    "at": pa.array([3, 2, 1, 1], pa.timestamp("us", "UTC")),
                    "code": pa.array([1, 2, 3, 4], pa.int32()),
                }
            ),
        )
        found = fold(warehouse, warehouse.relation("events"), Everything())
        assert _told(found) == [(1, 1, 4), (1, 2, 2), (2, 3, 1)]


def test_nobody_gives_a_table_with_the_columns_and_no_row(shop: EventShop) -> None:
    asked = _events(shop.warehouse)
    nobody = asked.filter(ibis.literal(value=False))
    found = fold(shop.warehouse, nobody, Everything())
    assert found.num_rows == 0
    assert found.column_names == ["customer_id", "at", "code", "together"]
