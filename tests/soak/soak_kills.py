"""kill -9 by the hundred, and many imports at once: `make soak`.

`REGULARS_KILLS=200` kills, of an import of `REGULARS_ROWS=100000` rows, at moments drawn from
`REGULARS_KILL_SEED`; a moment that fails is printed; keep it in `seeds/kills.txt`.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faults.ordinary_user import ONE_SENTENCE
from regulars import Shop
from regulars.intake.landing import Landing
from soak.killing import Undisturbed, check, content_of, effort_of, kill_at, prepare, write_export

KILLS = int(os.environ.get("REGULARS_KILLS", "200"))
ROWS = int(os.environ.get("REGULARS_ROWS", "100000"))
SEED = int(os.environ.get("REGULARS_KILL_SEED", "20261121"))
BLOCK = 10
AT_ONCE = 6


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return prepare(tmp_path_factory.mktemp("whole"), ROWS)


@pytest.mark.parametrize("block", range(0, KILLS, BLOCK))
def test_an_import_killed_at_random_moments(whole: Undisturbed, tmp_path: Path, block: int) -> None:
    failed = []
    for number in range(block, min(block + BLOCK, KILLS)):
        rng = random.Random(f"{SEED}:{number}")
        moments = [
            f"call:{rng.uniform(0.0, 1.0):.4f}"
            if rng.random() < 0.5
            else f"cpu:{rng.uniform(0.15, 1.0):.4f}"
            for _ in range(rng.choice((1, 1, 1, 2, 3)))  # killed again before it was complete
        ]
        home = tmp_path / str(number)
        shutil.copytree(whole.home, home)
        try:
            for moment in moments:
                kill_at(moment, home, whole.effort, "import", str(whole.file))
            check(" ".join(moments), home, whole)
        except AssertionError as error:
            failed.append(f"{SEED}:{number} {moments}: {error}")
        shutil.rmtree(home)
    assert not failed, "\n".join(failed)


def test_understanding_killed_at_random_moments(whole: Undisturbed, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    shutil.copytree(whole.home, home)
    with Shop(home) as shop:
        shop.import_files(whole.file)
        shop.understand()
        people = shop.people()
    for verb in ("understand", "rebuild"):
        effort = effort_of(home, verb)
        for number in range(KILLS // 10):
            moment = f"cpu:{random.Random(f'{SEED}:{verb}:{number}').uniform(0.2, 1.0):.4f}"
            kill_at(moment, home, effort, verb)
            with Shop(home) as shop:
                shop.understand()
                assert shop.people() == people, moment


def test_many_imports_at_once_until_all_are_in(tmp_path: Path) -> None:
    home, alone = tmp_path / "shop", tmp_path / "alone"
    files = [tmp_path / f"{number}.csv" for number in range(AT_ONCE)]
    for number, file in enumerate(files):
        write_export(file, 5_000, first=number * 3_000)
    Shop.create(home, name="x").close()
    waiting = list(files)
    rounds = 0
    while waiting:
        rounds += 1
        assert rounds <= 5 * AT_ONCE
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "regulars", "--home", str(home), "import", str(file)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for file in waiting
        ]
        pairs = zip(waiting, running, strict=True)
        told = [(file, one.communicate()[1], one.returncode) for file, one in pairs]
        waiting = [file for file, _, code in told if code]
        for _, sentence, code in told:
            assert code in (0, 1)
            assert not code or ONE_SENTENCE.fullmatch(sentence), sentence
            assert not code or sentence.startswith("home.busy: ")
        assert Landing(home / "landing").verify() == []
    with Shop(home) as shop:
        assert shop.understand().customers > 0
        orders = shop.warehouse.sql("SELECT count(*) AS n FROM orders")["n"][0].as_py()
    Shop.create(alone, name="x").close()
    with Shop(alone) as shop:
        shop.import_files(*files)
    assert orders == content_of(alone)["orders"][0]["n"]
