"""Files and folders that may not be read or written: one sentence each, nothing half."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.ordinary_user import run, run_cold, told
from regulars import Shop
from regulars.intake.landing import Landing

HEAD = "order_id,customer_id,phone,placed_at,paid\n"

pytestmark = pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux",
    reason="root can give up its rights on Linux only",
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds one import and has been understood."""
    folder = tmp_path_factory.mktemp("template")
    first = folder / "first.csv"
    first.write_text(HEAD + "A,c1,13812345678,2026-01-05,10\nB,c2,,2026-01-06,ten\n")
    with Shop.create(folder / "shop", name="x") as shop:
        shop.import_files(first)
        shop.understand()
    return folder / "shop"


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(template, tmp_path / "shop")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "second.csv"
    path.write_text(HEAD + "C,c3,13912345678,2026-01-07,12\nD,c4,,soon,3\n")
    return path


@pytest.fixture
def forbid() -> Iterator[Callable[[Path, int], None]]:
    """Change a mode; all are as they were afterwards, or nobody could clean up."""
    before: list[tuple[Path, int]] = []

    def change(path: Path, mode: int) -> None:
        before.append((path, path.stat().st_mode))
        path.chmod(mode)

    yield change
    for path, mode in reversed(before):
        path.chmod(mode)


@pytest.mark.parametrize("start", [run, run_cold])
def test_an_input_file_that_may_not_be_read(home, file, forbid, start):
    forbid(file, 0o000)
    assert "Permission denied" in told(start(home, "import", str(file)))


def test_an_input_file_in_a_folder_that_may_not_be_entered(home, tmp_path, forbid):
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "x.csv").write_text(HEAD)
    forbid(folder, 0o000)
    assert "Permission denied" in told(run(home, "import", str(folder / "x.csv")))


@pytest.mark.parametrize("what", ["missing.csv", "folder", "pipe", "dangling", "/dev/null"])
def test_what_is_no_file(home, tmp_path, what):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert told(run(home, "import", str(tmp_path / what))).startswith("intake.unreadable: ")


@pytest.mark.parametrize(
    ("place", "mode"),
    [
        ("landing", 0o500),
        ("landing/log.jsonl", 0o400),
        ("landing/.lock", 0o400),
        ("keys", 0o000),
        ("keys/lookup.key", 0o000),
        ("keys/subjects.sqlite", 0o400),
        ("landing", 0o000),
        ("landing/000001", 0o000),
        ("landing/000001/ids.parquet", 0o000),
        ("regulars.toml", 0o000),
        (".", 0o000),
    ],
)
def test_an_import_into_a_home_that_may_not_be_written(home, file, forbid, place, mode):
    forbid(home / place, mode)
    done = run(home, "import", str(file))
    sentence = told(done)
    assert place.split("/")[0].strip(".") in sentence, sentence
    forbid(home / place, 0o700)
    landing = Landing(home / "landing")
    assert len(landing.entries()) == 1
    assert landing.verify() == []
    with Shop(home) as shop:
        (report,) = shop.import_files(file)
        assert (report.accepted, report.rejected) == (1, 1)
        assert shop.understand().customers == 2


def test_a_home_that_may_only_be_read_takes_a_file_in_where_landing_and_keys_may_be_written(
    home, file, forbid
):
    forbid(home, 0o500)
    assert run(home, "import", str(file)).returncode == 0


def test_a_mapping_that_may_not_be_read(home, file, tmp_path, forbid):
    mapping = tmp_path / "map.toml"
    mapping.write_text("")
    forbid(mapping, 0o000)
    told(run(home, "import", str(file), "--map", str(mapping)))


@pytest.mark.parametrize(
    ("place", "mode", "verb"),
    [
        ("warehouse.duckdb", 0o400, ("understand",)),
        ("warehouse.duckdb", 0o000, ("people",)),
        ("landing/000001/lines.parquet", 0o000, ("rebuild",)),
        ("keys/subjects.sqlite", 0o000, ("rejects", "--export", "out")),
        ("keys/lookup.key", 0o000, ("rejects", "--export", "out")),
        ("playbook.toml", 0o000, ("plan",)),
    ],
)
def test_other_verbs_say_what_they_may_not(home, forbid, monkeypatch, tmp_path, place, mode, verb):
    monkeypatch.chdir(tmp_path)
    forbid(home / place, mode)
    told(run(home, *verb))


def test_a_folder_for_rejects_that_may_not_be_written(home, tmp_path, forbid):
    folder = tmp_path / "out"
    folder.mkdir()
    forbid(folder, 0o500)
    assert "Permission denied" in told(run(home, "rejects", "--export", str(folder)))
    forbid(folder, 0o700)
    assert list(folder.iterdir()) == []


def test_a_home_that_cannot_be_made(tmp_path, forbid):
    forbid(tmp_path, 0o500)
    told(run(tmp_path, "init", str(tmp_path / "shop")))
