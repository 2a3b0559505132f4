"""Ctrl-C, for real: exit 130, one sentence, and the home as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import forked
from forked import Forked
from regulars import Shop

HEAD = "order_id,customer_id,placed_at,category,paid\n"
ROWS = 100_000

_COLD = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from faults.test_stopped import interruptible
interruptible(*sys.argv[1:])
"""


def interruptible(*arguments: str) -> None:
    """The command line, where Ctrl-C counts whatever a parent in the background has ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    forked.verb(*arguments)


def cold(*arguments: str) -> subprocess.Popen[str]:
    """The same with an interpreter of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", _COLD, str(Path(__file__).parents[1]), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that has been understood once, and a file that takes a while to import."""
    small = tmp_path / "small.csv"
    small.write_text(
        HEAD + "".join(f"o{n},c{n % 40},2026-0{1 + n % 5}-05,tea,10\n" for n in range(200))
    )
    with Shop.create(tmp_path / "shop") as shop:
        shop.import_files(small)
        shop.understand()
    large = tmp_path / "large.csv"
    with large.open("w") as file:
        file.write(HEAD)
        file.writelines(
            f"l{n},d{n % 20_000},2026-0{1 + n % 5}-05,cat{n % 50},{n % 100}\n" for n in range(ROWS)
        )
    return tmp_path / "shop"


def stop_when(
    begun: Callable[[], bool], running: Forked | subprocess.Popen[str]
) -> tuple[str, str]:
    """Ctrl-C once it has begun; what it wrote."""
    deadline = time.monotonic() + 60
    while not begun() and running.poll() is None and time.monotonic() < deadline:
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    return running.communicate()


@pytest.mark.parametrize("start", [cold, partial(Forked, interruptible)], ids=["cold", "warm"])
def test_an_import_can_be_stopped(home, start):
    staging = home / "landing" / ".staging"
    running = start("--home", str(home), "import", str(home.parent / "large.csv"))
    out, err = stop_when(staging.exists, running)
    assert (running.returncode, out) == (130, "")
    assert err.startswith("Stopped.")
    assert len(err.splitlines()) == 1
    assert not staging.exists()
    with Shop(home) as shop:
        assert shop.people().num_rows == 40
        assert shop.rebuild().identical


def test_a_rebuild_can_be_stopped_and_the_old_warehouse_is_still_there(home):
    with Shop(home) as shop:
        shop.import_files(home.parent / "large.csv")
    aside = home / "warehouse.rebuilt.duckdb"
    running = Forked(interruptible, "--home", str(home), "rebuild")
    _, err = stop_when(aside.exists, running)
    assert running.returncode == 130
    assert len(err.splitlines()) == 1
    assert not aside.exists()
    with Shop(home) as shop:
        assert shop.people().num_rows > 0
