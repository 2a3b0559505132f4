"""A file that is still being written: one sentence, and nothing taken in until it is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from faults.ordinary_user import run, told
from regulars import Shop
from regulars.errors import UnreadableFile
from regulars.intake.landing import Landing

HEAD = "order_id,customer_id,placed_at,paid\n"
ROWS = 60_000

_WRITER = """
import os, sys
path, begun = sys.argv[1:]
with open(path, "ab", buffering=0) as file:
    number = 0
    while True:
        file.write(b"w%d,c%d,2026-01-05,10\\n" % (number, number % 90))
        number += 1
        if number == 10:
            open(begun, "w").close()
        os.sched_yield()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + "".join(f"o{n},c{n % 900},2026-01-05,10\n" for n in range(ROWS)))
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    with Shop.create(tmp_path / "shop", name="x") as shop:
        yield shop


def appended(path: Path) -> None:
    with path.open("a") as file:
        file.write("new,c1,2026-01-06,5\n")


def cut_off(path: Path) -> None:
    with path.open("r+") as file:
        file.truncate(ROWS * 10)


def replaced(path: Path) -> None:
    aside = path.with_suffix(".new")
    aside.write_text(HEAD + "n,c1,2026-01-06,5\n")
    aside.replace(path)


def taken_away(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("change", [appended, cut_off, replaced, taken_away])
def test_a_file_that_changes_while_it_is_read_is_refused(shop, file, change):
    changed = []

    def meanwhile(_name: str, _done: int, _total: int) -> None:
        if not changed:
            changed.append(change(file))

    with pytest.raises(UnreadableFile):
        shop.import_files(file, progress=meanwhile)
    assert changed
    assert Landing(shop.home.landing).entries() == []
    if change is not taken_away:
        (report,) = shop.import_files(file)
        assert report.accepted + report.rejected == report.rows_read


def test_a_file_that_another_process_is_writing_is_refused(shop, file, tmp_path):
    home = shop.home.folder
    shop.close()
    begun = tmp_path / "begun"
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(file), str(begun)])
    try:
        while not begun.exists():
            assert writer.poll() is None
        sentence = told(run(home, "import", str(file)))
    finally:
        writer.kill()
        writer.wait()
    assert sentence.startswith("intake.unreadable: ")
    assert "changed while it was being read" in sentence
    assert Landing(home / "landing").entries() == []
    with file.open("ab") as out:
        out.write(b"\n")  # the line on which the writer died
    with Shop(home) as again:
        (report,) = again.import_files(file)
    assert report.rows_read == file.read_bytes().count(b"10\n") + report.rejected
    assert report.accepted >= ROWS + 10
