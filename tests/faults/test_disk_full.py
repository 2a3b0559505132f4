"""A disk that fills up: one sentence, nothing half, and once there is room all goes on."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from faults.ordinary_user import ONE_SENTENCE, run, told
from regulars import Shop
from regulars.intake.landing import Landing
from soak.killing import write_export

TESTS = Path(__file__).parents[1]
ROWS = 4_000

# In a mount namespace of its own: a disk of 64 MB, filled up but for what it is told to leave.
_ON_A_SMALL_DISK = """
import json, os, subprocess, sys
from pathlib import Path

disk, room, tests, *files = sys.argv[1:]
sys.path.insert(0, tests)
import forked

disk = Path(disk)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(disk)], check=True)
home, filler = disk / "shop", disk / "filler"

def regulars(*arguments):
    done = forked.run(forked.verb, "--home", str(home), *arguments)
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}

def fill():
    with filler.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(65536))
        except OSError:
            pass
        try:
            while True:
                out.write(b"0")
        except OSError:
            pass
    os.truncate(filler, max(filler.stat().st_size - int(room), 0))

found = {"init": regulars("init", str(home)), "first": regulars("import", files[0])}
fill()
found["full"] = regulars("import", files[1])
found["left"] = sorted(path.name for path in (home / "landing").iterdir())
found["rejects"] = regulars("rejects", "--json")
filler.unlink()
found["again"] = regulars("import", files[1], "--json")
found["understand"] = regulars("understand")
fill()
found["understand when full"] = regulars("understand", "--as-of", "2026-01-20")
filler.unlink()
found["rebuild"] = regulars("rebuild", "--json")
print(json.dumps(found))
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    write_export(paths[0], ROWS)
    write_export(paths[1], ROWS, first=ROWS // 2, later=True)
    return paths


def no_file_beyond(most: int) -> Callable[[], None]:
    return partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))


def namespaces() -> list[str]:
    """The words before a command that give it mounts of its own, if this machine allows that."""
    words = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    try:
        tried = subprocess.run(
            [*words, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("no small disk: there is no `unshare` here")
    if tried.returncode:
        pytest.skip(f"no small disk: mount namespaces are not allowed here ({tried.stderr!r})")
    return words


@pytest.mark.parametrize("room", [65_536])
def test_an_import_onto_a_full_disk_says_so_and_goes_on_once_there_is_room(tmp_path, files, room):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [*namespaces(), sys.executable, "-c", _ON_A_SMALL_DISK, str(disk), str(room),
         str(TESTS), *map(str, files)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["init"]["code"] == found["first"]["code"] == 0, found
    full = found["full"]
    assert full["code"] == 1, full
    assert ONE_SENTENCE.fullmatch(full["err"]), full["err"]
    assert full["out"] == ""
    assert found["left"] in (
        [".lock", "000001", "log.jsonl"],
        [".lock", "000001", "000002", "log.jsonl"],  # not in the log; swept by the next import
    )
    assert found["rejects"]["code"] == 0, found["rejects"]
    assert found["again"]["code"] == 0, found["again"]
    (report,) = json.loads(found["again"]["out"])["files"]
    assert report["rows_read"] == ROWS
    assert report["accepted"] > ROWS // 2 - ROWS // 50
    assert found["understand"]["code"] == 0, found["understand"]
    late = found["understand when full"]
    assert late["code"] == 0 or ONE_SENTENCE.fullmatch(late["err"]), late
    assert found["rebuild"]["code"] == 0, found["rebuild"]


@pytest.mark.parametrize("most", [0, 20_000, 150_000])
def test_a_file_that_may_not_grow_further_is_as_a_full_disk(tmp_path, files, most):
    """The same where no namespaces are allowed: no file of the process may pass a size."""
    home = tmp_path / "shop"
    with Shop.create(home, name="x") as shop:
        shop.import_files(files[0])

    told(run(home, "import", str(files[1]), before=no_file_beyond(most)))
    landing = Landing(home / "landing")
    assert len(landing.entries()) == 1
    assert landing.verify() == []
    with Shop(home) as shop:
        (report,) = shop.import_files(files[1])
        assert report.accepted > ROWS // 2 - ROWS // 50
        assert len(landing.entries()) == 2
        assert landing.verify() == []
        assert shop.understand().customers > 0


def test_rejects_that_do_not_fit_on_the_disk_leave_no_half_file(tmp_path, files):
    home = tmp_path / "shop"
    with Shop.create(home, name="x") as shop:
        shop.import_files(files[0])

    out = tmp_path / "out"
    told(run(home, "rejects", "--export", str(out), before=no_file_beyond(1_000)))
    assert list(out.iterdir()) == []
    assert run(home, "rejects", "--export", str(out)).returncode == 0
