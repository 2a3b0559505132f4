"""Customer numbers: dense, in the order of first appearance, the same for the same id for ever."""

from __future__ import annotations

import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.intake.id_map import IdMap


def records(*who: tuple[str, str] | None) -> pa.Table:
    """Records of these people; None is a guest."""
    spaces = [one and one[0] for one in who]
    ids = [one and one[1] for one in who]
    return pa.table(
        {"namespace": pa.array(spaces, pa.string()), "identity": pa.array(ids, pa.string())}
    )


def numbers(ids: IdMap, *who: tuple[str, str] | None) -> list[int | None]:
    return ids.resolve(records(*who))["customer_id"].to_pylist()


@pytest.fixture
def work():
    with Warehouse.in_memory() as work:
        yield work


def test_numbers_follow_the_order_of_first_appearance_and_guests_have_none(work):
    ids = IdMap(work, [])
    assert numbers(ids, None, ("shop", "b"), ("shop", "a"), None, ("shop", "b")) == [
        None, 1, 2, None, 1,
    ]  # fmt: skip
    assert numbers(ids, ("shop", "c"), ("shop", "a"), None) == [3, 2, None]
    assert numbers(ids) == []
    assert numbers(ids, None) == [None]
    assert ids.new() == 3


def test_the_same_text_in_another_namespace_is_somebody_else(work):
    ids = IdMap(work, [])
    assert numbers(ids, ("shop", "a"), ("phone", "a"), ("shop", "a")) == [1, 2, 1]


def test_what_one_import_has_numbered_the_next_one_knows(work, tmp_path):
    first = IdMap(work, [])
    numbers(first, ("shop", "a"), ("phone", "b"))
    path = tmp_path / "ids.parquet"
    assert first.write_new(path) == 2
    with Warehouse.in_memory() as other:
        second = IdMap(other, [path])
        assert numbers(second, ("shop", "c"), ("phone", "b"), ("shop", "a")) == [3, 2, 1]
        assert second.new() == 1
        assert second.known_elsewhere("shop") == 1
        assert second.write_new(tmp_path / "more.parquet") == 1
        assert work.sql(f"FROM '{tmp_path / 'more.parquet'}'").to_pylist() == [
            {"namespace": "shop", "identity": "c", "customer_id": 3}
        ]


def test_without_new_ids_nothing_is_written(work, tmp_path):
    assert IdMap(work, []).write_new(tmp_path / "ids.parquet") == 0
    assert not (tmp_path / "ids.parquet").exists()
