"""Tests of the tests: bugs planted one by one into a copy of the program, each to be noticed.

`pytest -s tests/soak/soak_planted.py` tells for each which test noticed it, and how soon. A bug
whose place is not found any more fails too: it has to be planted anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import regulars
from soak.planted.bugs import (
    BUGS,
    CHAIN,
    CROWD,
    DEED,
    ISOLATION,
    KILLED,
    MACHINE,
    SECOND_LINE,
    SECOND_LINE_ON_SERVER,
    Bug,
)  # fmt: skip

CHECKOUT = Path(__file__).parents[2]
SUITES = (CHAIN, KILLED, SECOND_LINE, SECOND_LINE_ON_SERVER, CROWD, ISOLATION, DEED, MACHINE)
_FAILED = re.compile(r"^FAILED \S+?::(\S+)", re.MULTILINE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program's own files, to be spoiled."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(regulars.__file__).parent, tmp_path / "regulars", ignore=ignored)
    return tmp_path


def _run(copy: Path, suite: tuple[str, ...]) -> tuple[int, str, float]:
    """How pytest ends, what it says, and how long it took."""
    environment = os.environ | {"PYTHONPATH": str(copy), "REGULARS_NO_SHRINK": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    where = [sys.executable, "-c", "import regulars; print(regulars.__file__)"]
    found = subprocess.run(where, env=environment, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(copy), "the copy is what is tested"
    file, *more = suite
    arguments = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *more]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments, str(CHECKOUT / "tests" / "ledger" / file)],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: " ".join(suite))
def test_where_no_bug_is_planted_nothing_is_noticed(copy: Path, suite: tuple[str, ...]) -> None:
    code, told, seconds = _run(copy, suite)
    sys.stdout.write(f"\nno bug: {' '.join(suite)} passes in {seconds:.0f} s")
    assert code == 0, told[-4000:]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_noticed(copy: Path, bug: Bug) -> None:
    for file, there, instead in bug.edits:
        path = copy / "regulars" / file
        text = path.read_text()
        assert text.count(there) == 1, f"{file} has {text.count(there)} times: {there}"
        path.write_text(text.replace(there, instead))
    code, told, seconds = _run(copy, bug.noticed_by)
    failed = _FAILED.findall(told)
    # Tests that failed, not a program that does not even start.
    assert code == 1, told[-4000:]
    assert failed, told[-4000:]
    sys.stdout.write(f"\n{bug.name}: {failed[0]} in {seconds:.0f} s")
