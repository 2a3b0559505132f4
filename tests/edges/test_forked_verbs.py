"""The tests' own short cut: a verb forked from a warm process is as one run by a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import forked
from command_line import cold, regulars
from running_server import is_alive, until

TESTS = Path(__file__).parents[1]
ORDERS = "order_id,customer_id,placed_at,paid\n1,ann,2026-01-05,10\n2,ann,2026-02-05,20\n"

pytestmark = pytest.mark.skipif(not forked.can(), reason="no verb is forked here")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forked")
    (folder / "orders.csv").write_text(ORDERS)
    regulars("--home", folder / "shop", "run", folder / "orders.csv")
    return folder / "shop"


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (["people", "--format", "csv"], 0),
        (["--json", "people", "--customer", "ann"], 0),
        (["identity", "nobody"], 1),
        (["people", "--format", "xml"], 2),
    ],
)
def test_it_says_and_ends_as_a_cold_one(home: Path, verb: list[str], code: int) -> None:
    shell, fork = cold(verb, home), forked.run(forked.verb, *verb, cwd=home)
    assert (fork.stdout, fork.stderr) == (shell.stdout, shell.stderr)
    assert fork.returncode == shell.returncode == code
    assert fork.stdout or fork.stderr


def test_it_hears_folder_and_environment_of_the_caller(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGULARS_HOME", "shop")
    monkeypatch.chdir(home.parent)
    for _ in range(2):  # by either of the two that fork
        assert forked.run(forked.verb, "people").returncode == 0
    for _ in range(2):
        assert forked.run(forked.verb, "people", cwd=tmp_path).stderr.startswith(
            "home.invalid: shop"
        )
    monkeypatch.delenv("REGULARS_HOME")
    assert forked.run(forked.verb, "people").stderr.startswith("home.invalid: .")


def test_what_an_interpreter_reads_at_its_start_is_left_to_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert not forked.can()


# Says when the verb runs, and with `wait` goes on waiting for it; its own session, for one Ctrl-C.
_CALLER = """
import os, sys, threading
sys.path.insert(0, sys.argv[1])
import forked
for _ in range(2):
    assert forked.run(forked.verb, "--version").returncode == 0
print(os.getpid(), flush=True)
if sys.argv[3] == "wait":
    forked.run(forked.verb, "--home", sys.argv[2], "serve", "--port", "0")
sys.stdin.read()
"""


def _caller(home: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CALLER, str(TESTS), str(home), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _of_session(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_alive(int(entry.name)):
            try:
                found += [int(entry.name)] * (os.getsid(int(entry.name)) == session)
            except ProcessLookupError:
                continue
    return found


def test_ctrl_c_ends_the_verb_the_caller_and_what_forks(home: Path) -> None:
    with _caller(home, "wait") as caller:
        until(lambda: (home / "run" / "serve.lock").exists())
        os.killpg(caller.pid, signal.SIGINT)
        _, err = caller.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    until(lambda: not _of_session(caller.pid))


@pytest.mark.parametrize("how", [signal.SIGKILL, None])
def test_however_the_caller_ends_what_forks_ends_too(
    home: Path, how: signal.Signals | None
) -> None:
    with _caller(home, "idle") as caller:
        assert len(_of_session(caller.pid)) == 3
        if how is None:
            caller.communicate(timeout=60)  # its input ends, and so does it
        else:
            caller.send_signal(how)
    until(lambda: not _of_session(caller.pid))


def test_each_of_any_two_in_a_row_has_hashes_of_its_own() -> None:
    first, second, again = (next(forked._turns(os.getpid())) for _ in range(3))
    assert first.process.pid != second.process.pid
    assert again is first
