"""Two engines, one answer: the whole way from lines to ranked offers on DuckDB and on Sail."""

from __future__ import annotations

import random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.engines.spark import SparkWarehouse
from regulars.insight.recommend import judge
from regulars.insight.recommend.blend import learn, unlearnt
from regulars.insight.recommend.candidates import MEASURES, candidates
from regulars.insight.recommend.history import look_back
from regulars.insight.recommend.knowledge import know
from regulars.insight.recommend.lessons import goods_of, last_baskets, lessons
from regulars.insight.recommend.ranking import Names, explained, ranked

DAY = 20_000


def _shop() -> dict[str, pa.Table]:
    """Forty persons with habits, of goods in two categories with a ladder, and one without."""
    rng = random.Random(7)
    lines: dict[tuple[int, int, int], tuple[int, int]] = {}
    for customer in range(1, 41):
        day, home = DAY - 150 + rng.randrange(20), rng.randrange(2)
        while day <= DAY + 5:
            for _ in range(rng.randrange(1, 4)):
                item = home * 6 + rng.randrange(1, 7) if rng.random() < 0.8 else 13
                lines[customer, day, item] = (rng.randrange(1, 3), 0)
            day += rng.randrange(10, 40)
    price = {item: 100_000 + 30_000 * ((item - 1) % 6) for item in range(1, 14)}
    return {
        "bought": pa.table(
            {
                "customer_id": pa.array([key[0] for key in lines], pa.int64()),
                "day": pa.array([key[1] for key in lines], pa.int64()),
                "item": pa.array([key[2] for key in lines], pa.int64()),
                "pieces": pa.array([value[0] for value in lines.values()], pa.int64()),
                "gross": pa.array(
                    [price[key[2]] * value[0] for key, value in lines.items()], pa.int64()
                ),
            }
        ),
        "goods_named": pa.table(
            {
                "item": pa.array(range(1, 14), pa.int64()),
                "category": pa.array([1] * 6 + [2] * 6 + [-1], pa.int64()),
                "platform": ["shop"] * 13,
                "product_id": [f"p{item}" for item in range(1, 14)],
                "title": [f"good {item}" for item in range(1, 14)],
                "margin_share": [0.25] * 13,
            }
        ),
        "categories_named": pa.table(
            {"category": pa.array([1, 2], pa.int64()), "category_name": ["tea", "rice"]}
        ),
    }


def _answers(engine: Any) -> dict[str, pa.Table]:
    tables = _shop()
    for name, table in tables.items():
        engine.load(name, table)
    bought, named, categories = (engine.relation(name) for name in tables)

    def keep(name: str, expression: Any) -> Any:
        engine.load(name, engine.run(expression))
        return engine.relation(name)

    known = know(bought, named, DAY - 28, keep)
    moments = keep("moments", last_baskets(bought, DAY - 28, DAY, DAY))
    history = look_back(bought, known.goods, moments, keep)
    rows = keep("rows", candidates(known, history, moments, keep))
    came = keep("came", goods_of(bought, moments))
    best = keep("best", ranked(rows, named, unlearnt(), 10))
    lists = keep(
        "lists",
        judge.simple_lists(history, known.goods, moments).union(judge.blend_lists(best)),
    )
    answers = {
        "goods": known.goods.order_by("item"),
        "laws": known.laws.order_by("category"),
        "followers": known.followers.order_by(["item", "other"]),
        "companions": known.companions.order_by(["item", "other"]),
        "moves": known.moves.order_by(["category", "band", "next_band"]),
        "liked": known.liked.order_by(["kind", "item"]),
        "lessons": lessons(rows, came).order_by(["customer_id", "item"]),
        "explained": explained(best, known, Names(named, categories), unlearnt()),
        "outcomes": judge.outcomes(lists, came, history).order_by(
            ["customer_id", "method", ibis.desc("place")]
        ),
    }
    return {name: engine.run(expression) for name, expression in answers.items()}


def test_both_engines_make_the_same_offers(sail_engine: SparkWarehouse) -> None:
    with Warehouse.in_memory() as warehouse:
        one = _answers(warehouse)
    two = _answers(sail_engine)
    for name, table in one.items():
        assert table.num_rows, f"{name} has something to compare"
        kinds = [str(kind) for kind in table.schema.types]
        assert kinds == [str(kind) for kind in two[name].schema.types], name
        assert _plain(table) == _plain(two[name]), name
    assert set(MEASURES) < set(one["lessons"].column_names)
    assert learn(one["lessons"]) == learn(two["lessons"])


def _plain(table: pa.Table) -> list[list[Any]]:
    return [
        [pytest.approx(cell, abs=1e-9) if isinstance(cell, float) else cell for cell in row]
        for row in (list(one.values()) for one in table.to_pylist())
    ]
