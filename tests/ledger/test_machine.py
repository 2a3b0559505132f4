"""The ledger against a model of dicts, operation by operation, on both stores.

Hypothesis asks for anything in any order, deeds among it, several in one transaction, the same key
again, the same key for something else, the store opened anew, the clock moved on or put back. After
each transaction every account, every posting and what deeds wrote besides is what the model says;
after each third, and at the end, the book verifies.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.machine import Machine
from ledger.wishes import KINDS, Wishes
from postgres import PostgresServer
from regulars.engines.postgres import PostgresStore
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store

IS_SHORT = not (os.environ.get("REGULARS_EXAMPLES") or os.environ.get("REGULARS_NO_SHRINK"))
"""`make test` takes a quarter; `make soak` ten times the whole, the planted bugs the whole."""
PARTS = max(int(os.environ.get("REGULARS_EXAMPLES", "0")) // 30, 1)
"""Each is a test of its own: one that takes minutes is taken for one that hangs."""


def _settings(examples: int, steps: int) -> settings:
    examples = examples // 4 if IS_SHORT else examples
    phases = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize="REGULARS_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
        phases=phases[:-1] if os.environ.get("REGULARS_NO_SHRINK") else phases,
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """In memory where the machine has a place for that: what is synced is looked at elsewhere."""
    memory = Path("/dev/shm")  # noqa: S108 # a folder of our own is made in it
    place = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
    yield Path(place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def sqlite_books(folder: Path) -> Callable[[], tuple[Callable[[], Store], Callable[[], None]]]:
    """Makes an empty book in a file; how to open it, and how to forget it."""
    SqliteStore.open(folder / "empty.sqlite").close()
    made = [0]

    def make() -> tuple[Callable[[], Store], Callable[[], None]]:
        made[0] += 1
        file = folder / f"{made[0]}.sqlite"
        shutil.copy(folder / "empty.sqlite", file)

        def forget() -> None:
            for one in folder.glob(f"{file.name}*"):
                one.unlink()

        return lambda: SqliteStore.open(file), forget

    return make


@pytest.mark.parametrize("_part", range(PARTS))
def test_on_sqlite_every_operation_does_what_the_model_says(sqlite_books: Any, _part: int) -> None:
    class OnSqlite(Wishes):
        @staticmethod
        def make_books() -> Any:
            opener, forget = sqlite_books()
            return [opener], forget

    before, refused = Machine.operations, Machine.refusals
    run_state_machine_as_test(OnSqlite, settings=_settings(150, 90))
    done = Machine.operations - before
    sys.stdout.write(f"{done:,} operations, {Machine.refusals - refused:,} of them refused\n")
    sys.stdout.write(f"{dict(Machine.done)}\n")
    if not os.environ.get("REGULARS_NO_SHRINK"):
        assert done >= (1_500 if IS_SHORT else 5_000)
        assert Machine.done.keys() == KINDS


@pytest.mark.parametrize("_part", range(PARTS))
def test_on_both_stores_the_same_sequence_has_the_same_answers(
    sqlite_books: Any, postgres_server: PostgresServer, _part: int
) -> None:
    class OnBoth(Wishes):
        @staticmethod
        def make_books() -> Any:
            on_sqlite, forget_sqlite = sqlite_books()
            url = postgres_server.database()

            def forget() -> None:
                forget_sqlite()
                postgres_server.drop(url)

            return [on_sqlite, lambda: PostgresStore.open(url)], forget

    before = Machine.operations
    run_state_machine_as_test(OnBoth, settings=_settings(41, 90))
    done = Machine.operations - before
    sys.stdout.write(f"{done:,} operations on both\n")
    if not os.environ.get("REGULARS_NO_SHRINK"):
        assert done >= (400 if IS_SHORT else 1_500)
