"""The price ladder and the category focus of made shops, whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from regulars import Shop
from regulars.insight.picture import Picture
from regulars.simulate import simulate

_BANDS = {"low": 1, "middle": 2, "high": 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Path]]:
    folder = tmp_path_factory.mktemp("prices")
    files = simulate(folder / "files", customers=2_500, days=700, seed=11, events="none").folder
    with Shop.create(folder / "shop", name="made", language="en") as shop:
        shop.import_files(
            *sorted(
                f for kind in ("orders", "customers", "products") for f in files.glob(f"{kind}*")
            )
        )
        shop.understand()
        yield shop, Path(files)


@pytest.fixture(scope="module")
def ladder(made: tuple[Shop, Path]) -> Picture:
    return made[0].ladder(customers=0)


def _true_bands(files: Path) -> dict[str, int]:
    rows = pq.read_table(files / "truth/products.parquet").to_pylist()
    return {row["product_id"]: _BANDS[row["price_band"]] for row in rows}


def test_the_three_bands_of_every_category_are_found(
    made: tuple[Shop, Path], ladder: Picture
) -> None:
    """Each category was made with three bands; every good must be given its own."""
    shop, files = made
    true = _true_bands(files)
    bands = ladder.tables["bands"].to_pylist()
    assert {row["bands"] for row in bands} == {3}
    assert {row["parting"] for row in bands} == {"steps"}
    ends = {(row["category"], row["band"]): (row["low"], row["high"]) for row in bands}
    goods = shop.warehouse.sql(
        "SELECT product_id, category, price FROM goods JOIN purchase_goods USING (good_no)"
        " WHERE day > (SELECT max(day) FROM purchases) - 365 GROUP BY ALL"
    ).to_pylist()
    assert len(goods) > 200
    for good in goods:
        low, high = ends[good["category"], true[good["product_id"]]]
        assert low <= good["price"] <= high


def test_sales_and_profit_of_each_band_are_exact(made: tuple[Shop, Path], ladder: Picture) -> None:
    """To the ten-thousandth, from the lines and the costs of the products file."""
    shop, files = made
    true = _true_bands(files)
    lines = shop.warehouse.sql(
        "SELECT product_id, category, sum(net) AS net, sum(pieces) AS pieces, max(cost) AS cost"
        " FROM goods JOIN purchase_goods USING (good_no)"
        " WHERE day > (SELECT max(day) FROM purchases) - 365 GROUP BY ALL"
    ).to_pylist()
    told: dict[tuple[str, int], tuple[Decimal, Decimal]] = {}
    for line in lines:
        key = line["category"], true[line["product_id"]]
        sales, profit = told.get(key, (Decimal(0), Decimal(0)))
        earned = line["net"] - line["pieces"] * line["cost"]
        told[key] = sales + line["net"], profit + earned
    bands = ladder.tables["bands"].to_pylist()
    assert {(r["category"], r["band"]): (r["sales"], r["profit"]) for r in bands} == told
    for row in bands:
        assert row["margin"] == pytest.approx(float(row["profit"] / row["sales"]), rel=1e-12)


def test_no_item_leads_up_where_none_was_made_to(ladder: Picture) -> None:
    """In a made shop the next band depends on the person, never on the item."""
    verdicts = [row["verdict"] for row in ladder.tables["lead_ins"].to_pylist()]
    assert len(verdicts) > 20
    assert set(verdicts) <= {"as_usual", "cannot_tell"}


def test_the_parts_of_both_pictures_add_up_to_the_shop(
    made: tuple[Shop, Path], ladder: Picture
) -> None:
    shop, _ = made
    everything = shop.warehouse.sql(
        "SELECT sum(net) AS net, sum(profit) AS profit,"
        " count(DISTINCT customer_id) AS customers FROM purchase_goods"
        " WHERE day > (SELECT max(day) FROM purchases) - 365"
    ).to_pylist()[0]
    focus = shop.focus()
    for rows in (ladder.tables["bands"], focus.tables["categories"]):
        assert sum(rows["sales"].to_pylist()) == everything["net"]
        assert sum(rows["profit"].to_pylist()) == everything["profit"]
    kept = focus.tables["kept"].to_pylist()
    assert kept[-1]["customers"] == everything["customers"]
    assert kept[-1]["sales_share"] == kept[-1]["customers_share"] == 1
    told = focus.tables["categories"].to_pylist()
    # Every purchase of the first day is compared with its like: together they are as usual.
    usual = sum(row["usual_share"] * row["first_buyers"] for row in told if row["usual_share"])
    assert usual == pytest.approx(
        sum(row["returned"] for row in told if row["usual_share"]), rel=0.02
    )


def test_moves_from_a_band_add_up_to_all_steps(ladder: Picture) -> None:
    rows = ladder.tables["moves"].to_pylist()
    shares: dict[tuple[str, int], float] = {}
    for row in rows:
        if row["share"] is not None:
            assert row["low"] <= row["share"] <= row["high"]
            key = row["category"], row["from_band"]
            shares[key] = shares.get(key, 0.0) + row["share"]
    assert shares
    assert list(shares.values()) == pytest.approx([1.0] * len(shares))


def test_each_customer_of_a_category_is_listed_once(ladder: Picture) -> None:
    rows = ladder.tables["customers"].to_pylist()
    assert len({(row["customer_id"], row["category"]) for row in rows}) == len(rows)
    assert len(rows) == ladder.facts["customers_of_categories"]
    up = sum(row["direction"] == "up" for row in rows)
    assert up == ladder.facts["climbed"]
    for row in rows:
        assert row["highest_band"] >= max(row["first_band"], row["latest_band"], row["usual_band"])


def test_yesterdays_ladder_knows_nothing_of_today(made: tuple[Shop, Path]) -> None:
    shop, _ = made
    earlier = shop.ladder("2023-06-30")
    assert earlier.as_of.isoformat() == "2023-06-30"
    assert max(earlier.tables["customers"]["latest_on"].to_pylist()) <= earlier.as_of
