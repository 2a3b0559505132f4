"""kill -9 at a ledger under load: what was answered is there, once, and answered so again.

A small form of `tests/soak/soak_ledger_faults.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.ledger_book import PLACES, Book, seconds_to_open
from faults.ledger_served import Served

SEED = "20261122"


def test_killed_at_any_moment_it_has_all_that_was_answered_each_once(tmp_path: Path) -> None:
    book = Book(tmp_path, SEED)
    for _ in range(6):
        book.kill_some_time()
        assert seconds_to_open(book.path) < 5.0
    found = book.check()
    assert found.answered > 50, found


def test_of_two_that_write_at_once_one_is_killed_and_the_other_goes_on(tmp_path: Path) -> None:
    book = Book(tmp_path, f"{SEED}:two")
    for _ in range(2):
        book.kill_one_of_two()
    assert book.check().answered > 50


@pytest.mark.parametrize("place", PLACES)
def test_killed_at_a_failpoint_it_has_all_that_was_answered_each_once(
    tmp_path: Path, place: str
) -> None:
    book = Book(tmp_path, f"{SEED}:{place}")
    for _ in range(2):
        book.kill_at(place, book.rng.randrange(1, 30))
    found = book.check()
    if place in ("ledger.committed", "ledger.replying"):
        for _ in range(5):  # a batch of repeats and refusals has nothing to leave untold
            if not found.done_unanswered:
                book.kill_at(place, book.rng.randrange(1, 30))
                found = book.check()
        assert found.done_unanswered > 0, "it was done, and nobody was told"


def test_a_server_whose_teller_is_killed_answers_again_and_has_lost_nothing(tmp_path: Path) -> None:
    served = Served(tmp_path, SEED)
    served.run(6)
    found = served.check()
    assert found.answered > 50, found
    assert max(served.back["teller"]) < 15.0, "on a machine that runs other tests meanwhile"
