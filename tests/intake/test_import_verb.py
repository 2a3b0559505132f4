"""The verb `import`: what is durable is told, also where a later file fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import forked
from regulars.edges.shop import Shop

HEAD = "order_id,customer_id,placed_at,paid\n"
GOOD = HEAD + "A,c1,2026-01-05,10\n"
SWALLOWING = HEAD + 'B,"c2,2026-01-05,10\n' + "C,c3,2026-01-05,10\n" * 5


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = forked.run(forked.verb, *map(str, arguments))
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def home(tmp_path) -> Path:
    with Shop.create(tmp_path / "shop", name="x") as shop:
        return shop.home.folder


@pytest.mark.parametrize("verb", ["import", "run"])
def test_a_file_that_fails_after_another_was_taken_in_hides_nothing(home, put, verb):
    good, bad, next_one = put("a.csv", GOOD), put("b.csv", SWALLOWING), put("c.csv", GOOD)
    done = run("--home", home, "--json", verb, good, bad, next_one)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [(report["file"], report["accepted"]) for report in told["files"]] == [(str(good), 1)]
    assert told["error"]["code"] == "intake.unreadable"
    assert told["error"]["where"] == {"file": str(bad), "line": 2}
    assert "swallows" in told["error"]["message"]
    assert told["error"]["todo"]
    assert done.stderr.startswith("intake.unreadable: ")


def test_in_words_as_well(home, put):
    done = run("--home", home, "import", put("a.csv", GOOD), put("b.csv", SWALLOWING))
    assert done.returncode == 1
    assert "a.csv  (plain, utf-8)\n  1 rows = 1 accepted" in done.stdout
    assert done.stdout.endswith("The file above is taken in and kept; then importing stopped.\n")
    assert done.stderr.startswith("intake.unreadable: ")
    assert "b.csv, line 2" in done.stderr


def test_where_nothing_was_taken_in_there_is_an_error_and_no_report(home, put):
    for arguments in (["--json"], []):
        done = run("--home", home, *arguments, "import", put("b.csv", SWALLOWING))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("intake.unreadable: ")


def test_a_file_that_cannot_be_recognised_stops_the_others_before_they_begin(home, put):
    done = run("--home", home, "--json", "import", put("a.csv", GOOD), put("b.csv", "x,y\n1,2\n"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("intake.unknown_layout: ")


STOPPED_AT_THE_SECOND = """
import sys
from regulars.edges.cli import entry
from regulars.intake import importing

real = importing.import_file

def import_file(request, *rest):
    if request.name.endswith("b.csv"):
        raise {error}
    return real(request, *rest)

importing.import_file = import_file
entry.run(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        ("KeyboardInterrupt", 130, "stopped"),
        ("OSError(28, 'No space left on device')", 1, "system.failed"),
    ],
)
def test_whatever_stops_it_what_was_taken_in_before_is_told(home, put, error, code, told):
    program = STOPPED_AT_THE_SECOND.format(error=error)
    files = [put("a.csv", GOOD), put("b.csv", GOOD)]
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", home, "--json", "import", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    found = json.loads(done.stdout)
    assert [report["accepted"] for report in found["files"]] == [1]
    assert found["error"]["code"] == told
