"""What cannot be made is refused in a sentence, and what is stopped leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import date

import pytest

from regulars.errors import RegularsError, UnknownValue
from regulars.simulate import WORLDS, NotSimulated, simulate


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "regulars", *map(str, arguments)]


def regulars(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"customers": 0}, "Customers cannot be 0. Choose from 1 to 20,000,000."),
        ({"customers": -5}, "Customers cannot be -5."),
        ({"customers": 10**9}, "Customers cannot be 1,000,000,000."),
        ({"days": 0}, "Days cannot be 0. Choose from 1 to 3,653."),
        ({"days": 10**9}, "Days cannot be 1,000,000,000."),
        ({"seed": -1}, "Seed cannot be -1."),
        ({"visitors": -1}, "Visitors cannot be -1. Choose from 0 to 30."),
        ({"visitors": float("nan")}, "Visitors cannot be nan."),
        (
            {"last_day": date(1970, 1, 1)},
            "Last_day cannot be 1970-01-01. Choose from 2003-01-01 to 2100-12-31.",
        ),
        ({"world": "plan"}, "'plan' is no world. Did you mean 'plain'? Allowed: plain,"),
        ({"format": "xls"}, "'xls' is no format."),
        ({"events": "some"}, "'some' is no choice of events."),
    ],
)
def test_what_is_out_of_bounds_is_refused(tmp_path, wrong, sentence):
    with pytest.raises(RegularsError) as refused:
        simulate(tmp_path / "shop", **wrong)
    assert isinstance(refused.value, NotSimulated | UnknownValue)
    assert str(refused.value).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_as_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotSimulated, match="not empty, and nothing is overwritten"):
        simulate(tmp_path, customers=10)
    with pytest.raises(NotSimulated, match="this is no folder"):
        simulate(tmp_path / "notes.txt", customers=10)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    simulate(folder, customers=10)
    assert (folder / "orders.parquet").exists()
    assert (folder / "truth" / "world.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_the_least_and_the_oddest_shops_can_be_made(tmp_path):
    for number, odd in enumerate(
        [
            {"customers": 1, "days": 1},
            {"customers": 3, "days": 1, "world": "festival", "format": "csv"},
            {"customers": 2, "days": 3653},
            {"customers": 200, "days": 120, "last_day": date(2024, 2, 29)},
            {"customers": 50, "days": 91, "world": "two_sided", "seed": 2**63 - 1},
        ]
    ):
        made = simulate(tmp_path / str(number), events="all", **odd)
        assert made.totals["orders"] >= odd["customers"]


def test_stopping_leaves_nothing(tmp_path):
    def stop(name: str) -> None:
        if name == "files":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "shop", customers=300, step=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_real_interrupt_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        command("simulate", "--out", tmp_path / "shop", "--customers", 3_000_000),
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # It has begun to write once something grows aside.
    until = time.monotonic() + 60
    while not any(path.stat().st_size for path in tmp_path.rglob("*.parquet")):
        assert time.monotonic() < until
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=240)
    assert process.returncode == 130
    assert told.startswith("Stopped.")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """The largest file allowed stands in for a full disk: both are an OSError while writing."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
        "from regulars.edges.cli import main\n"
        f"sys.argv = ['regulars', 'simulate', '--out', {str(tmp_path / 'shop')!r}]\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("simulate.failed: ")
    assert "cannot be written" in done.stderr
    assert "nothing was kept" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_tells_what_was_made(tmp_path):
    told = json.loads(
        regulars(
            "simulate", "--json", "--out", tmp_path / "shop", "--customers", 300, "--days", 800,
            "--seed", 5, "--world", "festival", "--format", "csv", "--last-day", "2025-06-30",
        ).stdout
    )  # fmt: skip
    assert (told["world"], told["seed"], told["customers"]) == ("festival", 5, 300)
    assert (told["first_day"], told["last_day"]) == ("2023-04-23", "2025-06-30")
    assert 0.4 < told["share_once_within_a_year"] < 0.9
    assert {one["file"] for one in told["files"]} == {
        path.relative_to(tmp_path / "shop").as_posix()
        for path in (tmp_path / "shop").rglob("*")
        if path.is_file()
    }
    rows = (tmp_path / "shop" / "orders.csv").read_text().count("\n") - 1
    assert (
        rows
        == told["lines"]
        == next(one["rows"] for one in told["files"] if one["file"] == "orders.csv")
    )


def test_the_command_line_speaks_to_people(tmp_path):
    for_people = regulars("simulate", "--out", tmp_path / "shop", "--customers", 50).stdout
    assert "50 customers" in for_people
    assert f"run {tmp_path / 'shop'}/customers.parquet" in for_people
    refused = regulars("simulate", "--out", tmp_path / "shop", code=1)
    assert refused.stderr.count("\n") == 1


def test_the_command_line_lists_the_worlds():
    told = json.loads(regulars("simulate", "--worlds", "--json").stdout)["worlds"]
    assert [one["name"] for one in told] == list(WORLDS)
    assert all(one["en"] and one["zh"] for one in told)
