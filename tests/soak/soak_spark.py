"""Every picture and every fold on Apache Spark, a cluster of two workers: `make soak`.

The answers are those of DuckDB. Tables get there as Parquet files, as they do in docs/scale_out.md.
It skips where Java or the environment with Apache Spark (`make spark`) is absent.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.test_every_picture import TABLES, here, shop, test_one_answer
from regulars.engines import spark
from regulars.engines.duckdb import Warehouse, literal
from regulars.engines.spark import SparkError, SparkWarehouse
from regulars.insight.picture import View
from regulars.timeline.fold import fold
from regulars.timeline.stretch import Stretch
from running_server import until
from soak.every_fold import ROWS, Asked, added, every_fold, kinds_of_folds, ties
from soak.spark_cluster import WORKERS, SparkCluster, skip_where_it_cannot_run

__all__ = ["here", "shop", "test_one_answer"]  # what is asked of Sail in `make test`

pytestmark = pytest.mark.usefixtures("cluster")  # first of all, since it may skip
FOLDS = every_fold()
PARTITIONS = 8


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    skip_where_it_cannot_run()
    with SparkCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def engine(cluster: SparkCluster) -> Iterator[SparkWarehouse]:
    with warnings.catch_warnings():
        # The client checks versions with a deprecated API while it is being imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        engine = SparkWarehouse.connect(cluster.address)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def there(here: View, engine: SparkWarehouse, tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("tables")
    assert isinstance(here.engine, Warehouse)
    for name in TABLES:
        file = str(folder / f"{name}.parquet")
        here.engine.execute(f"COPY (FROM {name}) TO {literal(file)} (FORMAT parquet)")
        engine.read(name, file)
    return View(engine, here.settings, here.as_of)


@pytest.fixture(scope="module")
def timeline(
    engine: SparkWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """The same rows on both: in memory here, in several files there."""
    folder, rows = tmp_path_factory.mktemp("ties"), ties()
    each = ROWS // PARTITIONS
    for number in range(PARTITIONS):
        pq.write_table(rows.slice(number * each, each), folder / f"{number}.parquet")
    engine.read("ties", str(folder))
    # Spark would put so few rows into as many partitions as there are cores.
    engine.sql("SET spark.sql.adaptive.coalescePartitions.enabled = false")
    engine.sql(f"SET spark.sql.shuffle.partitions = {PARTITIONS}")
    with Warehouse.in_memory() as warehouse:
        warehouse.load("ties", rows)
        yield warehouse


def test_every_fold_is_tried() -> None:
    assert kinds_of_folds() == {type(one.fold) for one in FOLDS}


@pytest.mark.parametrize("asked", FOLDS, ids=lambda one: one.name)
def test_one_sum(asked: Asked, timeline: Warehouse, engine: SparkWarehouse) -> None:
    one = added(fold(timeline, asked.rows(timeline.relation("ties")), asked.fold))
    other = added(fold(engine, asked.rows(engine.relation("ties")), asked.fold))
    assert one
    assert one == other


def test_customers_are_spread_over_both_workers(
    timeline: Warehouse, engine: SparkWarehouse, cluster: SparkCluster
) -> None:
    before = cluster.work()
    assert len({one.worker for one in before}) == WORKERS
    found = fold(engine, FOLDS[0].rows(engine.relation("ties")), FOLDS[0].fold)
    assert found.num_rows > len(added(found)), "one stretch would have given one sum of each"

    def did() -> bool:
        pairs = zip(before, cluster.work(), strict=True)
        return all(now.tasks > then.tasks and now.shuffled > then.shuffled for then, now in pairs)

    until(did)  # what the executors report comes a little later


@dataclass(frozen=True)
class Strange:
    """A fold that the workers do not have."""

    def __call__(self, stretch: Stretch) -> pa.Table:
        return pa.table({"customers": [stretch.customers]})


def test_what_the_workers_lack_is_told_with_what_to_do(
    timeline: Warehouse, engine: SparkWarehouse
) -> None:
    with pytest.raises(SparkError, match="No module named") as told:
        fold(engine, engine.relation("ties").select("customer_id", "at"), Strange())
    assert told.value.todo.startswith("install regulars")
    assert "Traceback" not in str(told.value)


def test_workers_of_another_version_do_not_answer(
    timeline: Warehouse, engine: SparkWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "version", lambda _: "99.0.0")
    with pytest.raises(SparkError, match=r"a worker has regulars .*; asked by 99\.0\.0"):
        fold(engine, FOLDS[0].rows(engine.relation("ties")), FOLDS[0].fold)


def test_a_worker_that_dies_in_the_midst_changes_nothing(
    timeline: Warehouse, engine: SparkWarehouse, cluster: SparkCluster
) -> None:
    asked, found = FOLDS[0], []

    def ask() -> None:
        found.append(fold(engine, asked.rows(engine.relation("ties")), asked.fold))

    asking, before = threading.Thread(target=ask), cluster.work()
    asking.start()
    until(lambda: cluster.work() != before)
    assert asking.is_alive()
    cluster.kill_worker(0)
    asking.join()
    until(lambda: len(cluster.work()) < WORKERS)
    expected = fold(timeline, asked.rows(timeline.relation("ties")), asked.fold)
    assert added(found[0]) == added(expected)
