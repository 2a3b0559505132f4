"""Sessions with a Spark Connect server stand apart, and what it refuses is told in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from regulars.engines import spark
from regulars.engines.duckdb import Warehouse, literal
from regulars.engines.spark import SparkError, SparkWarehouse
from regulars.timeline.fold import fold
from regulars.timeline.gaps import Gaps


@pytest.fixture
def asked(sail_engine: SparkWarehouse) -> Any:
    at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
    sail_engine.load(
        "seen",
        pa.table(
            {
                "customer_id": [1, 1],
                "at": pa.array(at, pa.timestamp("us", "UTC")),
                "mask": [1, 1],
            }
        ),
    )
    return sail_engine.relation("seen")


def test_what_is_wrong_with_a_query_is_one_sentence(sail_engine: SparkWarehouse) -> None:
    with pytest.raises(SparkError, match="nowhere") as told:
        sail_engine.relation("nowhere")
    assert told.value.todo
    assert "\n" not in str(told.value)


def test_what_goes_wrong_on_a_worker_is_told_without_its_stack(
    sail_engine: SparkWarehouse, asked: Any
) -> None:
    with pytest.raises(SparkError, match="KeyError: 'mask'") as told:
        sail_engine.map_sorted(
            asked, ["customer_id"], _wants_a_mask, pa.schema([("n", pa.int64())])
        )
    assert "\n" not in str(told.value)


def test_workers_of_another_version_do_not_answer(
    sail_engine: SparkWarehouse, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fold(sail_engine, asked, Gaps(bit=1)).num_rows
    on_worker = spark._OnWorker

    def told(function: Any, _: str) -> Any:
        return on_worker(function, "99.0.0")  # Sail's workers live in this very process

    monkeypatch.setattr(spark, "_OnWorker", told)
    with pytest.raises(SparkError, match=r"a worker has regulars .*; asked by 99\.0\.0"):
        fold(sail_engine, asked, Gaps(bit=1))


def test_parquet_files_are_seen_as_the_table_that_they_were_made_of(
    sail_engine: SparkWarehouse, duckdb_engine: Warehouse, tmp_path: Path
) -> None:
    file = str(tmp_path / "made.parquet")
    duckdb_engine.execute(
        "CREATE OR REPLACE TABLE made AS SELECT 1::BIGINT AS customer_id,"
        " TIMESTAMPTZ '2026-01-01 00:00:00+00' AS at, 1.5::DECIMAL(18,4) AS net,"
        " MAP {'pet': 'cat'} AS traits, ['a', 'b'] AS tags, '熟客' AS name,"
        " DATE '2026-01-01' AS day"
    )
    duckdb_engine.execute(f"COPY (FROM made) TO {literal(file)} (FORMAT parquet)")
    sail_engine.read("made", file)
    found = sail_engine.run(sail_engine.relation("made")).to_pylist()
    assert found == duckdb_engine.sql("FROM made").to_pylist()


def test_files_that_are_not_there_are_told(sail_engine: SparkWarehouse, tmp_path: Path) -> None:
    with pytest.raises(SparkError, match="no Parquet files are there for the table"):
        sail_engine.read("nothing", str(tmp_path / "nothing.parquet"))
    assert not sail_engine.has("nothing")


def _wants_a_mask(batches: Any) -> Any:
    raise KeyError("mask")
    yield from batches


def test_a_session_that_the_server_has_ended_can_be_closed(sail_engine: SparkWarehouse) -> None:
    other = SparkWarehouse.connect(f"sc://{sail_engine._session.client._builder.endpoint}")
    other._session.client.release_session()
    other.close()
