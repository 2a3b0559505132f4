"""Two imports at once, as two real processes: one is told to wait, nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.ordinary_user import ONE_SENTENCE, run, told
from forked import Forked, verb
from regulars import Shop
from regulars.intake.landing import Landing
from soak.killing import content_of, write_export

ROWS = 8_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Shop.create(tmp_path / "shop", name="x").close()
    return tmp_path / "shop"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two exports that overlap."""
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    write_export(paths[0], ROWS)
    write_export(paths[1], ROWS, first=ROWS // 2, later=True)
    return paths


@pytest.fixture
def stopped(home: Path, files: list[Path]) -> Iterator[Forked]:
    """An import of the first file that is held still in its middle."""
    running = begin(home, files[0])
    deadline = time.monotonic() + 60
    while not (home / "landing" / ".staging").exists() and running.poll() is None:
        assert time.monotonic() < deadline
        os.sched_yield()
    running.send_signal(signal.SIGSTOP)
    yield running
    running.kill()
    running.communicate()


def begin(home: Path, file: Path) -> Forked:
    return Forked(verb, "--home", str(home), "import", str(file))


def test_the_second_is_told_to_wait_and_harms_nothing(home, files, stopped, tmp_path):
    for file in files:  # another one, and the same one
        assert told(run(home, "import", str(file))).startswith("home.busy: ")
    assert Landing(home / "landing").entries() == []
    stopped.send_signal(signal.SIGCONT)
    _, err = stopped.communicate()
    assert (stopped.returncode, err) == (0, "")
    assert run(home, "import", str(files[1])).returncode == 0
    # As if they had come one after the other, under the same keys.
    alone = tmp_path / "alone"
    Shop.create(alone, name="x").close()
    shutil.copytree(home / "keys", alone / "keys", dirs_exist_ok=True)
    with Shop(alone) as shop:
        shop.import_files(*files)
    assert content_of(home) == content_of(alone)
    assert Landing(home / "landing").verify() == []


def test_a_stopped_process_that_is_killed_leaves_the_way_free(home, files, stopped):
    stopped.kill()
    stopped.communicate()
    assert run(home, "import", str(files[1])).returncode == 0
    assert {path.name for path in (home / "landing").iterdir()} == {".lock", "log.jsonl", "000001"}


def test_questions_are_answered_while_an_import_is_under_way(home, files, stopped):
    assert run(home, "rejects", "--json").returncode == 0
    assert told(run(home, "understand")).startswith("people.not_understood: ")


def test_the_same_file_from_two_sides_at_the_same_moment_is_taken_in_once(home, files):
    both = [begin(home, files[0]) for _ in range(2)]
    ends = [(one, *one.communicate()) for one in both]
    codes = sorted(one.returncode for one, *_ in ends)
    assert codes in ([0, 0], [0, 1])
    for one, _, err in ends:
        if one.returncode:
            assert ONE_SENTENCE.fullmatch(err), err
            assert err.startswith("home.busy: ")
    landing = Landing(home / "landing")
    assert len(landing.entries()) == 1
    assert landing.verify() == []
