"""Killed at each named place of a commit: what was acknowledged is there, the rest is not or is.

Which of the two is told exactly: what had been committed is done though nobody was told, and asking
again tells it; what had not been is not done.
"""

from __future__ import annotations

import importlib
import signal
import sys
from pathlib import Path

import pytest

import forked
from regulars.engines.sqlite import SqliteStore
from regulars.errors import RegularsError
from regulars.kernel import failpoint
from regulars.ledger.command import ISSUER, Command, Define, Leg, Post
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.verify import verify


def earn(number: int) -> Post:
    """The third is refused: customer:1 has nothing of their own to give."""
    giver = "customer:1" if number == 3 else ISSUER
    legs = (Leg("points", giver, -5), Leg("points", f"customer:{number}", 5))
    return Post(key=str(number), legs=legs)


COMMANDS: list[Command] = [Define(key="0", asset="points"), *(earn(k) for k in range(2, 8))]


def told(ledger: Ledger, command: Command) -> str:
    """The answer in a line."""
    try:
        receipt = ledger.ask(command, "cli")
    except RegularsError as error:
        return f"{command.key} {error.code}"
    return f"{command.key} {receipt.n}"


def ask_one_after_the_other(file: str) -> None:
    """In a process of its own, which dies on the way: print what each is answered."""
    importlib.reload(failpoint)  # it was imported before this process had its environment
    with SqliteStore.open(Path(file)) as store, Ledger(store) as ledger:
        for one in COMMANDS:
            sys.stdout.write(told(ledger, one) + "\n")
            sys.stdout.flush()


@pytest.mark.parametrize("place", ["begun", "written", "committed", "replying"])
@pytest.mark.parametrize("time", [1, 3, 4, 7])
def test_what_was_acknowledged_is_there_and_the_next_is_done_or_not_by_the_place(
    tmp_path: Path, place: str, time: int
) -> None:
    file = tmp_path / "store.sqlite"
    SqliteStore.open(file).close()
    armed = {"REGULARS_FAILPOINT": f"ledger.{place}:kill:{time}"}
    killed = forked.run(ask_one_after_the_other, str(file), environment=armed)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    acknowledged = killed.stdout.splitlines()
    assert len(acknowledged) == time - 1, "each is told once it is committed, not before"

    with SqliteStore.open(file) as store, Ledger(store) as ledger:
        with store.read() as connection:
            verify(connection)
            asked = connection.exec_driver_sql("SELECT count(*) FROM requests").scalar()
        assert asked == time - (place in ("begun", "written"))
        again = [told(ledger, command) for command in COMMANDS]
        assert again[: time - 1] == acknowledged
        # One after the other: 0 is row 1, 3 is refused, so 2 is row 2, 4 is row 3, …
        assert again == ["0 1", "2 2", "3 ledger.insufficient", "4 3", "5 4", "6 5", "7 6"]
        assert isinstance(ledger.entry(6), Receipt)
        with store.read() as connection:
            assert verify(connection).n == 6
