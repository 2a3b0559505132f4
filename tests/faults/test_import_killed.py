"""kill -9 in an import: nothing half, nothing acknowledged lost, the next run completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import forked
from regulars import Shop
from regulars.errors import HomeBusy, LandingDamaged
from regulars.intake.landing import Landing

ROWS = 3_000

# Every call by which an import makes something last is a place to die at.
LASTING = ("fsync", "open", "rename", "mkdir", "unlink", "truncate", "link", "write")


def take_in(home: str, file: str, limit: int) -> None:
    """Import the file and tell of it; of the calls that make something last, die at this one."""
    calls = 0

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == limit:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **named)

        return call

    for name in LASTING:
        setattr(os, name, counted(getattr(os, name)))
    with Shop(home) as shop:
        shop.import_files(file)
    sys.stdout.write(f"acknowledged {calls}\n")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    lines = [f"o{n},c{n % 500},1381234{n % 500:04d},2026-01-05,{n % 90 + 1}" for n in range(ROWS)]
    lines[7] = "o7,c7,,not a day,8"
    path.write_text("order_id,customer_id,phone,placed_at,paid\n" + "\n".join(lines) + "\n")
    return path


def run(home: Path, file: Path, limit: int) -> subprocess.CompletedProcess[str]:
    return forked.run(take_in, str(home), str(file), limit)


def test_at_every_call_that_makes_something_last(tmp_path, orders):
    home = tmp_path / "shop"
    Shop.create(home, name="x").close()
    whole = run(home, orders, -1)
    assert whole.stdout.startswith("acknowledged"), whole.stderr
    calls = int(whole.stdout.split()[1])
    assert calls > 10
    rng = random.Random(20261121)
    moments = sorted(rng.sample(range(1, calls + 1), min(12, calls)))
    for moment in moments:
        home = tmp_path / f"shop{moment}"
        Shop.create(home, name="x").close()
        killed = run(home, orders, moment)
        assert killed.returncode == -signal.SIGKILL, (moment, killed.stderr)
        with Shop(home) as shop:
            done = len(Landing(shop.home.landing).entries())
            assert done in (0, 1), moment
            (report,) = shop.import_files(orders)
            assert report.accepted + report.duplicate + report.rejected == ROWS
            assert report.accepted == (0 if done else ROWS - 1), moment
            assert shop.rejects().num_rows == 1
            assert Landing(shop.home.landing).verify() == []
            assert shop.understand().customers == 500


def test_a_torn_line_of_the_log_was_never_acknowledged(tmp_path, orders):
    with Shop.create(tmp_path / "shop", name="x") as shop:
        shop.import_files(orders)
        log = shop.home.landing / "log.jsonl"
        with log.open("ab") as file:
            file.write(b'{"number": 2, "at": "20')
        assert len(Landing(shop.home.landing).entries()) == 1
        (report,) = shop.import_files(orders)
        assert report.duplicate == ROWS - 1
        assert log.read_bytes().endswith(b"\n")


def test_a_damaged_log_is_told_and_not_passed_over(tmp_path, orders):
    with Shop.create(tmp_path / "shop", name="x") as shop:
        shop.import_files(orders)
        log = shop.home.landing / "log.jsonl"
        log.write_bytes(b"garbage\n" + log.read_bytes())
        with pytest.raises(LandingDamaged, match="line 1"):
            shop.understand()


def test_a_changed_or_missing_segment_is_found_by_the_doctor(tmp_path, orders):
    with Shop.create(tmp_path / "shop", name="x") as shop:
        shop.import_files(orders)
        segment = shop.home.landing / "000001" / "lines.parquet"
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 1
        segment.write_bytes(data)
        levels = {one.subject: one.level for one in shop.doctor()}
        assert levels["landing"] == "error"
        segment.unlink()
        with pytest.raises(LandingDamaged, match="missing"):
            shop.understand()


def test_a_second_import_at_the_same_time_is_told_to_wait(tmp_path, orders):
    with Shop.create(tmp_path / "shop", name="x") as shop:
        landing = Landing(shop.home.landing)
        with landing.importing(), pytest.raises(HomeBusy, match="another import"):
            shop.import_files(orders)
        assert shop.import_files(orders)[0].accepted == ROWS - 1


def test_a_stopped_import_leaves_nothing_behind(tmp_path, orders):
    with Shop.create(tmp_path / "shop", name="x") as shop:

        def stop(_name: str, _done: int, _total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            shop.import_files(orders, progress=stop)
        assert [path.name for path in shop.home.landing.iterdir()] == [".lock"]
        assert shop.import_files(orders)[0].accepted == ROWS - 1
