"""kill -9 in an import that overlaps an earlier one: nothing half, nothing lost, exact sums.

Two hundred more moments, and a file of 100,000 rows, with `make soak`.
"""

from __future__ import annotations

import shutil

import pytest

from regulars import Shop
from soak.kept import seeds
from soak.killing import Undisturbed, check, effort_of, kill_at, prepare


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Undisturbed:
    whole = prepare(tmp_path_factory.mktemp("whole"), 3_000)
    assert whole.report.rejected
    assert whole.report.updated
    assert whole.report.duplicate
    return whole


@pytest.mark.parametrize("moment", seeds("kills"))
def test_an_import_killed_at_a_moment(tmp_path, whole, moment):
    home = tmp_path / "shop"
    shutil.copytree(whole.home, home)
    kill_at(moment, home, whole.effort, "import", str(whole.file))
    check(moment, home, whole)


def test_an_import_killed_several_times_in_a_row(tmp_path, whole):
    home = tmp_path / "shop"
    shutil.copytree(whole.home, home)
    for moment in ("cpu:0.7", "call:0.8", "call:0.95"):
        assert kill_at(moment, home, whole.effort, "import", str(whole.file))
    check("three times", home, whole)


@pytest.mark.parametrize("verb", ["understand", "rebuild"])
def test_the_warehouse_killed_while_it_is_made(tmp_path, whole, verb):
    home = tmp_path / "shop"
    shutil.copytree(whole.home, home)
    with Shop(home) as shop:
        shop.import_files(whole.file)
        shop.understand()
        people = shop.people()
    effort = effort_of(home, verb)
    for moment in ("cpu:0.75", "cpu:0.95", "call:1.0"):
        kill_at(moment, home, effort, verb)
        with Shop(home) as shop:
            shop.understand()
            assert shop.people() == people, moment
    assert {path.name for path in home.glob("warehouse*")} == {"warehouse.duckdb"}
