"""Benefits over HTTP by the ten thousand, killed by the hundred, with bugs planted: `make soak`.

`REGULARS_BENEFIT_CLAIMS=20000` claims of 64 clients in 4 processes on a stock of a quarter of that,
with everything else going on; `REGULARS_BENEFIT_KILLS=200` kills of what serves them, drawn from
`REGULARS_KILL_SEED`; and every bug of `planted.benefit_bugs`, which the load and its checker must
notice. Small forms stand in `tests/faults/test_benefits_served.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import regulars
from faults.benefits_served import ServedBenefits
from soak.planted.benefit_bugs import BENEFIT_BUGS, RUSH
from soak.planted.bugs import Bug

CLAIMS = int(os.environ.get("REGULARS_BENEFIT_CLAIMS", "20000"))
KILLS = int(os.environ.get("REGULARS_BENEFIT_KILLS", "200"))
SEED = os.environ.get("REGULARS_KILL_SEED", "20261123")
CHECKOUT = Path(__file__).parents[2]
_BLOCK = 20
_READY_WITHIN = 5.0
_FAILED = re.compile(r"^FAILED \S+?::(\S+)", re.MULTILINE)
_SAID = re.compile(r"^E   +(.{1,160})", re.MULTILINE)


def test_64_clients_claim_four_times_the_stock(tmp_path: Path) -> None:
    served = ServedBenefits(tmp_path, SEED, stock=CLAIMS // 4, processes=4, clients=16)
    began = time.monotonic()
    served.rush(CLAIMS)
    seconds = time.monotonic() - began
    found = served.checked()
    sys.stdout.write(f"\n{seconds:.0f} s, {found}\n")
    assert found.rushed >= CLAIMS
    assert found.granted == CLAIMS // 4
    assert found.done_unanswered == 0


@pytest.mark.parametrize("block", range(-(-KILLS // _BLOCK)))
def test_what_serves_benefits_is_killed(tmp_path: Path, block: int) -> None:
    served = ServedBenefits(tmp_path, f"{SEED}:{block}", processes=4, clients=16)
    served.run(min(_BLOCK, KILLS - block * _BLOCK))
    back = {
        what: f"median {statistics.median(all_):.2f} s, longest {max(all_):.2f} s"
        for what, all_ in served.back.items()
    }
    found = served.checked()
    sys.stdout.write(f"\nkills={dict(served.kills)} back={back} found={found}\n")
    assert statistics.median(served.back["teller"]) < _READY_WITHIN


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program's own files, to be spoiled."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(regulars.__file__).parent, tmp_path / "regulars", ignore=ignored)
    return tmp_path


def _run(copy: Path, suite: tuple[str, ...]) -> tuple[int, str, float]:
    """How pytest ends, what it says, and how long it took."""
    environment = os.environ | {"PYTHONPATH": str(copy), "REGULARS_RUSH": "1200"}
    environment.pop("PYTEST_ADDOPTS", None)
    file, *more = suite
    arguments = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *more]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments, str(CHECKOUT / "tests" / "faults" / file)],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def test_where_no_bug_is_planted_nothing_is_noticed(copy: Path) -> None:
    code, told, seconds = _run(copy, RUSH)
    sys.stdout.write(f"\nno bug: {' '.join(RUSH)} passes in {seconds:.0f} s")
    assert code == 0, told[-4000:]


@pytest.mark.parametrize("bug", BENEFIT_BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_noticed(copy: Path, bug: Bug) -> None:
    for file, there, instead in bug.edits:
        path = copy / "regulars" / file
        text = path.read_text()
        assert text.count(there) == 1, f"{file} has {text.count(there)} times: {there}"
        path.write_text(text.replace(there, instead))
    code, told, seconds = _run(copy, bug.noticed_by)
    # A law that is broken, not a program that does not even start.
    assert code == 1, told[-4000:]
    assert _FAILED.findall(told), told[-4000:]
    said = _SAID.findall(told)
    assert said, told[-4000:]
    sys.stdout.write(f"\n{bug.name}: {said[0]} in {seconds:.0f} s")
