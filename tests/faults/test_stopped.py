"""Ctrl-C, for real: exit 130, one sentence, and the home as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars import Shop

# A parent that ignores SIGINT (a job in the background) hands that down; here it must count.
_CHILD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from regulars.edges.cli import main
main()
"""
HEAD = "order_id,customer_id,placed_at,category,paid\n"


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
            f"l{n},d{n % 90_000},2026-0{1 + n % 5}-05,cat{n % 50},{n % 100}\n"
            for n in range(400_000)
        )
    return tmp_path / "shop"


def stop_when(home: Path, begun: Callable[[], bool], *arguments: str) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [sys.executable, "-c", _CHILD, "--home", str(home), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not begun() and running.poll() is None and time.monotonic() < deadline:
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    return running


def test_an_import_can_be_stopped(home):
    staging = home / "landing" / ".staging"
    running = stop_when(home, staging.exists, "import", str(home.parent / "large.csv"))
    out, err = running.communicate(timeout=60)
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
    running = stop_when(home, aside.exists, "rebuild")
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert len(err.splitlines()) == 1
    assert not aside.exists()
    with Shop(home) as shop:
        assert shop.people().num_rows > 0
