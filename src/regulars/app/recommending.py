"""What to offer every customer, kept beside the warehouse.

The list rests on the people table's day. It is made anew where files or settings have changed, and
kept as a Parquet file in `cache/`, which may be deleted. Customers are worked on in batches, so
that memory does not grow with their number.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.app.as_of import is_stale, understood_as_of
from regulars.app.recommend_bench import Bench, bench_of
from regulars.app.understand import understand
from regulars.insight.recommend.ranking import Reason
from regulars.kernel.clock import day_number
from regulars.kernel.step import Step, silent
from regulars.people.columns import MONEY, Column

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.recommend.blend import Blend
    from regulars.insight.recommend.knowledge import Knowledge

TOP = 10
"""Goods kept of each customer, besides the best three new ones."""
_VERSION = "1"
_FILE = "offers/recommendations.parquet"
_BATCH = 50_000
_MARK = b"regulars"

RECOMMENDATIONS: tuple[Column, ...] = (
    Column("customer_id", pa.int64(), "our number of the customer", "用户编号"),
    Column("rank", pa.int32(), "1 for what fits best among all goods", "名次"),
    Column("new_rank", pa.int32(), "1 for the best of the goods new to the customer", "新品名次"),
    Column("platform", pa.string(), "the platform of the product's number", "平台"),
    Column("product_id", pa.string(), "the shop's number of the product, or its title", "商品编号"),
    Column("title", pa.string(), "what the product is called", "商品名称"),
    Column("category", pa.string(), "its category, where known", "类目"),
    Column("reason", pa.string(), "why it is offered", "理由代码"),
    Column("because", pa.string(), "the good or category that the reason names", "因何推荐"),
    Column("support", pa.int64(), "so many persons (or purchases) bear the reason out", "支持数"),
    Column("base", pa.int64(), "of so many", "基数"),
    Column("times", pa.int64(), "how often it, or its category, was bought before", "购买次数"),
    Column("gap_days", pa.float64(), "mean days between these purchases", "平均间隔天数"),
    Column("age_days", pa.int64(), "days since the last of them", "距上次天数"),
    Column("score", pa.float64(), "what speaks for it; comparable within a customer", "得分"),
    Column("price", MONEY, "mean list price of a piece as bought", "单价"),
    Column("margin", MONEY, "profit of a piece, assumed where the cost is unknown", "毛利"),
)
SCHEMA = pa.schema([pa.field(column.name, column.type) for column in RECOMMENDATIONS])
"""The Arrow schema of the recommendations."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """What was made.

    Attributes:
        as_of: the day up to whose end everything knows.
        customers: who have a list.
        rows: goods on all lists.
        reasons: rows by reason among the first `TOP`.
        weights: of the measures (docs/recommend.md).
        learnt_from: persons whose baskets taught the weights; 0 where they are the usual ones.
        file: where the lists are kept.
        seconds: that it took; 0 where they were there already.
    """

    as_of: date
    customers: int
    rows: int
    reasons: dict[str, int]
    weights: dict[str, float]
    learnt_from: int
    file: Path
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "as_of": self.as_of.isoformat(),
            "customers": self.customers,
            "rows": self.rows,
            "reasons": self.reasons,
            "weights": self.weights,
            "learnt_from": self.learnt_from,
            "file": str(self.file),
            "seconds": round(self.seconds, 3),
        }


def recommend(warehouse: Warehouse, home: Home, step: Step = silent) -> Recommended:
    """The lists of all customers as of the people table's day, made where they are not there yet.

    Args:
        warehouse: of the home.
        home: the shop.
        step: told the name of each step.

    Raises:
        NotUnderstood: no orders have come in yet.
        CannotTell: no order line names its product.
    """
    if is_stale(warehouse, home):
        understand(warehouse, home, None, step)
    path = home.folder / "cache" / _FILE
    basis = _basis(warehouse, home)
    kept = _kept(path, basis)
    if kept is not None:
        return kept
    began = time.perf_counter()
    with bench_of(warehouse, home, step) as bench:
        day = day_number(understood_as_of(warehouse))
        step("learning from earlier baskets")
        blend = bench.learn(day)
        step("what sells, follows and goes together")
        knowledge = bench.knowledge(day)
        made = _write(bench, knowledge, blend, path, basis, step)
    return _told(path, basis, made, time.perf_counter() - began)


def recommendations(made: Recommended, customer_id: int | None = None) -> Iterator[pa.Table]:
    """The rows in batches, or those of one customer, by customer and rank.

    Args:
        made: what `recommend` gave.
        customer_id: of whom; of all if not given.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(made.file) as file:
        for group in range(file.num_row_groups):
            if customer_id is not None:
                at = file.schema_arrow.get_field_index("customer_id")
                span = file.metadata.row_group(group).column(at).statistics
                if not span.min <= customer_id <= span.max:
                    continue
            table = file.read_row_group(group)
            if customer_id is not None:
                table = table.filter(pc.equal(table["customer_id"], customer_id))
            yield table.cast(SCHEMA).replace_schema_metadata(None)


def with_words(rows: pa.Table) -> pa.Table:
    """The rows with `why_zh` and `why_en`, the reason in words."""
    from regulars.insight.recommend.words import words

    return rows.append_column("why_zh", words(rows, "zh")).append_column(
        "why_en", words(rows, "en")
    )


def products_of(made: Recommended) -> pa.Table:
    """What messages may name, in the schema of `campaign.products.PRODUCTS`.

    Of each customer the first good to be bought again, bought twice at least (what was bought once
    is nobody's usual), and the first of the new ones.
    """
    from regulars.campaign.products import PRODUCTS

    tables = []
    for batch in recommendations(made):
        told = with_words(batch)
        again = told.filter(
            pc.and_(pc.equal(told["reason"], str(Reason.REPLENISH)), pc.greater(told["times"], 1))
        )
        customer = again["customer_id"].to_numpy()
        # Rows come by customer and rank: the first of each customer is the best.
        again = again.filter(pa.array(np.append(True, customer[1:] != customer[:-1])[: len(again)]))
        new = told.filter(pc.equal(told["new_rank"], 1))
        both = _named(again, "").join(_named(new, "new_"), "customer_id", join_type="full outer")
        tables.append(both.select(PRODUCTS.names).cast(PRODUCTS).sort_by("customer_id"))
    return pa.concat_tables(tables) if tables else PRODUCTS.empty_table()


def _named(rows: pa.Table, prefix: str) -> pa.Table:
    columns = {"product_id": "product_id", "product": "title", "why_zh": "why_zh"}
    columns["why_en"] = "why_en"
    named = {f"{prefix}{name}": rows[column] for name, column in columns.items()}
    return pa.table({"customer_id": rows["customer_id"], **named})


def _write(
    bench: Bench, knowledge: Knowledge, blend: Blend, path: Path, basis: str, step: Step
) -> dict[str, Any]:
    """Write the file aside and move it into place; what its head tells comes back."""
    import pyarrow.parquet as pq

    from regulars.insight.recommend.ranking import explained, ranked

    everybody = bench.warehouse.sql("SELECT customer_id FROM people ORDER BY customer_id")
    told: dict[str, Any] = {
        "customers": everybody.num_rows,
        "rows": 0,
        "reasons": {},
        "weights": blend.weights,
        "learnt_from": blend.learnt_from,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}")
    try:
        with pq.ParquetWriter(aside, SCHEMA, compression="zstd") as file:
            for start in range(0, everybody.num_rows, _BATCH):
                step(f"lists from customer {start + 1:,} of {everybody.num_rows:,}")
                some = everybody.slice(start, _BATCH)["customer_id"]
                people = bench.warehouse.relation("people")
                moments = people.filter(
                    people.customer_id.between(some[0].as_py(), some[-1].as_py())
                ).select("customer_id")
                moments = moments.mutate(moment=_constant(knowledge.day))
                rows, _ = bench.candidates(knowledge, bench.keep("rec_moments", moments))
                best = bench.keep("rec_best", ranked(rows, bench.names.goods, blend, TOP))
                table = bench.warehouse.run(explained(best, knowledge, bench.names, blend))
                table = _typed(table)
                file.write_table(table, row_group_size=max(table.num_rows, 1))
                _count(table, told)
            told["reasons"] = dict(sorted(told["reasons"].items(), key=lambda x: (-x[1], x[0])))
            file.add_key_value_metadata({_MARK: json.dumps({"basis": basis, **told})})
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return told


def _constant(day: int) -> Any:
    import ibis

    return ibis.literal(day).cast("int64")


def _typed(table: pa.Table) -> pa.Table:
    columns = []
    for one in SCHEMA:
        column = table[one.name]
        if one.type == MONEY:
            column = pc.round(column, 4).cast(MONEY, safe=False)
        columns.append(column.cast(one.type))
    return pa.table(columns, schema=SCHEMA)


def _count(table: pa.Table, told: dict[str, Any]) -> None:
    told["rows"] += table.num_rows
    first = table.filter(pc.less_equal(table["rank"], TOP))
    for one in first["reason"].value_counts().to_pylist():
        told["reasons"][one["values"]] = told["reasons"].get(one["values"], 0) + one["counts"]


def _basis(warehouse: Warehouse, home: Home) -> str:
    """Changes when something does on which the lists rest."""
    row = warehouse.sql("SELECT * FROM understood").to_pylist()[0]
    told = {name: str(value) for name, value in sorted(row.items())}
    return json.dumps([_VERSION, told, home.settings.shop.margin])


def _kept(path: Path, basis: str) -> Recommended | None:
    import pyarrow.parquet as pq

    try:
        marks = pq.read_metadata(path).metadata or {}
        told = json.loads(marks[_MARK])
    except (OSError, KeyError, ValueError, pa.ArrowInvalid):
        return None
    return _told(path, basis, told, 0.0) if told.pop("basis") == basis else None


def _told(path: Path, basis: str, told: dict[str, Any], seconds: float) -> Recommended:
    as_of = date.fromisoformat(json.loads(basis)[1]["as_of"])
    return Recommended(as_of=as_of, file=path, seconds=seconds, **told)
