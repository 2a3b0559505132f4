"""`diagnose`: one export in, one page out."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from command_line import as_json, regulars
from regulars.simulate import simulate


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = simulate(
        tmp_path_factory.mktemp("made") / "files", customers=2_000, days=700, events="none"
    )
    return [Path(made.folder) / f"{kind}.parquet" for kind in ("orders", "products")]


def _plain(path: Path, currency: str, customers: int = 300) -> Path:
    """Two years of a shop in which every third customer comes back after about a month."""
    rng = np.random.default_rng(3)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["order_id", "customer_id", "placed_at", "paid", "status", "currency"])
        number = 0
        for who in range(customers):
            day = date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 600)))
            while day <= date(2025, 12, 31):
                number += 1
                writer.writerow([number, who, f"{day} 12:00:00", "20.00", "paid", currency])
                if rng.random() > 0.4:
                    break
                day += timedelta(days=int(rng.gamma(9, 3)) + 1)
    return path


def test_a_stranger_gets_a_page_and_words_and_nothing_is_left_behind(
    files: list[Path], tmp_path: Path
) -> None:
    told = regulars("diagnose", *files, "--lang", "en", cwd=tmp_path).stdout
    assert "Of 100 first-time buyers," in told
    assert "What makes regulars" in told
    assert [path.name for path in tmp_path.iterdir()] == ["diagnosis.en.html"]
    page = (tmp_path / "diagnosis.en.html").read_text("utf-8")
    assert "<script" not in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert "<svg" in page
    assert len(page) < 40_000


def test_the_same_in_numbers_for_programs(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    found = as_json("diagnose", *files, "--out", out)
    assert found["file"] == str(out)
    assert 0 < found["second_orders"]["share"]["90"] < 1
    low, stake, high = (found["slipping"][name] for name in ("low", "at_stake", "high"))
    assert 0 <= low <= stake <= high
    assert found["cost_known"] > 0.99
    assert {one["leak"] for one in found["tests"]} == {"second_orders", "slipping"}
    assert sum(one["first"] for one in found["tests"]) <= 1
    assert found["says"]["zh"]["headline"][0].startswith("每 100 位首购用户")
    assert [one["rejected"] for one in found["files"]] == [0, 0]


def test_the_files_own_currency_is_taken_and_the_margin_is_ones_own(tmp_path: Path) -> None:
    orders = _plain(tmp_path / "orders.csv", "USD")
    found = as_json("diagnose", orders, "--margin", "0.5", "--out", tmp_path / "a.html")
    assert (found["currency"], found["margin"]) == ("USD", 0.5)
    assert found["shop"]["all_time"]["buyers"] == 300
    half = as_json("diagnose", orders, "--margin", "0.25", "--out", tmp_path / "b.html")
    assert half["second_orders"]["worth"] == pytest.approx(found["second_orders"]["worth"] / 2)


def test_the_home_can_be_kept_and_diagnosed_again_as_of_a_day(tmp_path: Path) -> None:
    orders, home = _plain(tmp_path / "orders.csv", "CNY"), tmp_path / "home"
    out = ("--out", tmp_path / "a.html")
    regulars("diagnose", orders, "--keep", home, *out)
    now = as_json("--home", home, "diagnose", *out)
    then = as_json("--home", home, "diagnose", "--as-of", "2025-01-01", *out)
    assert then["as_of"] == "2025-01-01"
    assert then["shop"]["all_time"]["buyers"] < now["shop"]["all_time"]["buyers"]
    assert as_json("--home", home, "diagnose", *out) == now  # looking back has changed nothing
    told = regulars("diagnose", orders, "--keep", home, code=1).stderr
    assert "not empty" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order_id,placed_at,paid,status\n1,2024-01-01,3,paid\n", "names its buyer"),
        ("a,b\n1,2\n", "no known format"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_diagnosed_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    told = regulars("diagnose", file, "--out", tmp_path / "x.html", code=1).stderr
    assert said in told
    assert not (tmp_path / "x.html").exists()


def test_options_that_go_with_files_are_refused_for_a_home(tmp_path: Path) -> None:
    assert "goes with files" in regulars("diagnose", "--margin", "0.2", code=2).stderr
    told = regulars("diagnose", "x.csv", "--as-of", "2024-01-01", code=2).stderr
    assert "goes with a home" in told
