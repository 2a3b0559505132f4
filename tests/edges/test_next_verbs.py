"""`lifetime` and `due` on the command line, on a made shop of a few hundred customers."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.simulate import simulate


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("next")
    made = simulate(folder / "files", customers=800, days=500, events="none")
    files = sorted(
        file
        for kind in ("orders", "customers", "products")
        for file in made.folder.glob(f"{kind}*.parquet")
    )
    with Shop.create(folder / "shop", name="made", language="en") as shop:
        shop.import_files(*files)
        shop.understand()
    return folder / "shop"


@pytest.fixture(scope="module")
def today(home: Path) -> date:
    return date.fromisoformat(as_json("--home", home, "understand")["as_of"])


def test_due_names_those_whose_day_comes_the_likeliest_first(home: Path, today: date) -> None:
    rows = as_json("--home", home, "due", "--within", "2w")["rows"]
    assert len(rows) > 10
    days = [date.fromisoformat(row["due_on"]) for row in rows]
    assert all(today < day <= today + timedelta(days=14) for day in days)
    chances = [row["chance"] for row in rows]
    assert chances == sorted(chances, reverse=True)
    assert all(row["category"] is None for row in rows)


def test_due_by_category_can_be_told_for_one_of_them(home: Path) -> None:
    rows = as_json("--home", home, "due", "--by-category")["rows"]
    category = rows[0]["category"]
    assert category is not None
    mine = as_json("--home", home, "due", "--category", category)["rows"]
    assert mine == [row for row in rows if row["category"] == category]


def test_due_goes_to_a_file_and_refuses_what_it_cannot_know(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "due.csv"
    regulars("--home", home, "due", "--out", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(as_json("--home", home, "due")["rows"])
    wrong = regulars("--home", home, "due", "--within", "soon", code=1)
    assert "'soon' is no number of days" in wrong.stderr
    wrong = regulars("--home", home, "due", "--category", "swords", code=1)
    assert "'swords' is no category" in wrong.stderr


def test_lifetime_tells_every_model_and_names_the_one_in_use(home: Path) -> None:
    card = as_json("--home", home, "lifetime")
    assert set(card["models"]) == {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    text = regulars("--home", home, "lifetime").stdout
    assert f"{card['chosen']}  <- in use" in text
    for name, one in card["models"].items():
        told = one.get("parameters") or one["cannot_tell"]
        assert told, name
    kept = None
    with Shop(home) as shop:
        kept = json.loads(shop.warehouse.sql("SELECT card FROM model_cards")["card"][0].as_py())
    assert kept["chosen"] == card["chosen"]


def test_one_customer_reads_what_comes_next_in_words(home: Path) -> None:
    rows = as_json("--home", home, "due")["rows"]
    view = as_json("--home", home, "people", "--customer", rows[0]["customer_id"])
    english, chinese = " ".join(view["why"]["en"]), " ".join(view["why"]["zh"])
    assert "chance of a purchase within 30 days" in english
    assert "purchases are expected within a year" in english
    assert "30 天内购买的概率" in chinese
    assert view["categories"]
