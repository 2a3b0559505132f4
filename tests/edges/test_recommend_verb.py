"""`regulars recommend`: one customer's offers, everybody's, and how they would have done."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from command_line import regulars
from regulars.app import recommending
from regulars.app.recommend_judged import judge
from regulars.edges.shop import Shop
from regulars.errors import CannotTell

# Sixty customers with habits of their own over 170 days; each third buys two goods at a time.
ORDERS = (
    "order_id,customer_id,placed_at,product_id,product_name,category,quantity,paid\n"
    + "".join(
        f"o{who}-{day},c{who},2026-{1 + day // 28:02d}-{1 + day % 28:02d},p{item},=good {item},"
        f"cat{item % 3},1,{10 + item}\n"
        for who in range(60)
        for day in range(who % 11, 170, 11 + who % 13)
        for item in {(who + day // 40) % 9, who % 9 if who % 3 else 9 + day % 2}
    )
)


def _home(folder: Path, orders: str) -> Path:
    (folder / "orders.csv").write_text(orders)
    with Shop.create(folder / "shop", language="en") as shop:
        shop.import_files(folder / "orders.csv")
        shop.understand()
    return folder / "shop"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _home(tmp_path_factory.mktemp("recommend"), ORDERS)


@pytest.fixture
def shop(home: Path) -> Iterator[Shop]:
    with Shop(home) as shop:
        yield shop


def test_every_customer_has_a_list_with_reasons(shop: Shop) -> None:
    made = recommending.recommend(shop.warehouse, shop.home)
    rows = [
        row
        for batch in recommending.recommendations(made)
        for row in recommending.with_words(batch).to_pylist()
    ]
    assert made.customers == len({row["customer_id"] for row in rows}) == 60
    assert made.rows == len(rows)
    assert sum(made.reasons.values()) == sum(row["rank"] <= 10 for row in rows)
    assert all(row["why_en"] and row["why_zh"] and row["title"] for row in rows)
    assert all(row["price"] >= row["margin"] > 0 for row in rows)
    of_one = [r for r in rows if r["customer_id"] == rows[0]["customer_id"]]
    assert [row["rank"] for row in of_one] == list(range(1, len(of_one) + 1))
    scores = [row["score"] for row in of_one]
    assert scores == sorted(scores, reverse=True)


def test_lists_are_kept_until_something_changes_and_leave_nothing_in_the_warehouse(
    shop: Shop,
) -> None:
    before = shop.warehouse.tables()
    made = recommending.recommend(shop.warehouse, shop.home)
    again = recommending.recommend(shop.warehouse, shop.home)
    assert again.seconds == 0
    assert again.as_dict() | {"seconds": 0} == made.as_dict() | {"seconds": 0}
    assert shop.warehouse.tables() == before
    first = pq.read_table(made.file)
    made.file.unlink()
    assert recommending.recommend(shop.warehouse, shop.home).seconds > 0
    assert pq.read_table(made.file).equals(first), "the same shop has the same lists"
    shop.understand("2026-05-01")
    earlier = recommending.recommend(shop.warehouse, shop.home)
    assert earlier.as_of.isoformat() == "2026-05-01"
    assert earlier.seconds > 0
    shop.understand()
    now = recommending.recommend(shop.warehouse, shop.home)
    assert now.seconds > 0
    assert pq.read_table(now.file).equals(first), "understood anew it is the same shop"


def test_messages_name_the_first_good_to_buy_again_and_the_first_new_one(shop: Shop) -> None:
    made = recommending.recommend(shop.warehouse, shop.home)
    rows = [row for batch in recommending.recommendations(made) for row in batch.to_pylist()]
    named = recommending.products_of(made).to_pylist()
    assert [row["customer_id"] for row in named] == sorted({row["customer_id"] for row in rows})
    for row in named:
        own = [one for one in rows if one["customer_id"] == row["customer_id"]]
        again = [
            one["product_id"]
            for one in own
            if (one["times"] or 0) > 1 and one["reason"] == "replenish"
        ]
        new = [one["product_id"] for one in own if one["new_rank"] == 1]
        assert [row["product_id"]] == (again[:1] or [None])
        assert [row["new_product_id"]] == (new or [None])
        assert (row["why_en"] is None) == (row["product"] is None)


def test_a_damaged_file_of_lists_is_made_anew(shop: Shop) -> None:
    made = recommending.recommend(shop.warehouse, shop.home)
    made.file.write_bytes(made.file.read_bytes()[:1000])
    assert recommending.recommend(shop.warehouse, shop.home).rows == made.rows


def test_the_verb_shows_one_customer(home: Path) -> None:
    found = json.loads(regulars("--json", "--home", home, "recommend", "--customer", "c7").stdout)
    assert [row["rank"] for row in found["rows"]][:3] == [1, 2, 3]
    told = regulars("--home", home, "recommend", "--customer", "c7", "--top", "2").stdout
    assert found["rows"][0]["title"] in told
    assert found["rows"][0]["why_en"] in told
    assert found["rows"][2]["title"] not in told
    nobody = regulars("--home", home, "recommend", "--customer", "nobody", code=1)
    assert nobody.stderr.startswith("people.no_such_customer: ")


def test_the_verb_writes_everybodys_lists(home: Path, tmp_path: Path) -> None:
    told = regulars("--home", home, "recommend", "--out", tmp_path / "all.csv", "--top", "3")
    assert "Written: " in told.stdout
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60 * 3
    assert all(row["title"].startswith("'=good") for row in rows), "no cell is run as a formula"
    found: dict[str, Any] = json.loads(
        regulars("--json", "--home", home, "recommend", "--out", tmp_path / "all.parquet").stdout
    )
    assert found["customers"] == 60
    table = pq.read_table(tmp_path / "all.parquet")
    assert table.column_names == [*recommending.SCHEMA.names, "why_zh", "why_en"]
    refused = regulars("--home", home, "recommend", "--out", tmp_path / "all.doc", code=1)
    assert refused.stderr.startswith("output.failed: ")


def test_the_verb_judges(home: Path) -> None:
    found = json.loads(regulars("--json", "--home", home, "recommend", "--judge").stdout)
    methods = {one["method"]: one for one in found["methods"]}
    assert set(methods) == {
        "recommend", "own_lately", "own_times", "best_sellers", "new_recommend",
        "new_best_sellers",
    }  # fmt: skip
    assert methods["recommend"]["persons"] == 60
    assert methods["recommend"]["ndcg"] > methods["best_sellers"]["ndcg"]
    regulars("--home", home, "recommend", "--judge", "--customer", "c1", code=2)
    told = regulars("--home", home, "recommend", "--judge").stdout
    assert "own goods, by times" in told


def test_a_shop_without_products_is_told_what_is_missing(tmp_path: Path) -> None:
    home = _home(tmp_path, "order_id,customer_id,placed_at,paid\no1,c1,2026-01-01,5\n")
    with Shop(home) as shop, pytest.raises(CannotTell, match="nothing to offer") as told:
        recommending.recommend(shop.warehouse, shop.home)
    assert "regulars import" in told.value.todo


def test_a_shop_of_one_order_offers_what_it_has(tmp_path: Path) -> None:
    orders = "order_id,customer_id,placed_at,product_id,paid\no1,c1,2026-01-01,p1,5\n"
    with Shop(_home(tmp_path, orders)) as shop:
        made = recommending.recommend(shop.warehouse, shop.home)
        (batch,) = recommending.recommendations(made)
        assert batch["title"].to_pylist() == ["p1"]
        assert made.learnt_from == 0
        with pytest.raises(CannotTell, match="who had bought before"):
            judge(shop.warehouse, shop.home)
