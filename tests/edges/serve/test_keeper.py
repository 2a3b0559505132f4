"""The owner goes on whatever absorbing meets, and tells of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from regulars import Shop
from regulars.edges.serve.keeper import Keeper
from regulars.engines.duckdb import WarehouseError
from regulars.errors import HomeBusy
from regulars.intake.vault import Vault
from running_server import until


class Absorber:
    """Absorbs one byte after another; what it meets on the way is told beforehand."""

    def __init__(self) -> None:
        self.waiting = 0
        self.meets: list[Exception] = []
        self.settled = 0
        self.made = 0

    def absorb(self, limit: int) -> None:
        if self.meets:
            raise self.meets.pop(0)
        self.waiting -= min(limit, self.waiting)

    def settle(self) -> None:
        self.settled += 1

    def compact(self) -> bool:
        return False

    def backlog(self) -> int:
        return self.waiting


@pytest.fixture
def absorber() -> Absorber:
    return Absorber()


@contextmanager
def keeping(folder: Path, absorber: Absorber) -> Iterator[Keeper]:
    with Shop.create(folder / "shop", name="x") as shop:
        home = shop.home

    def made(*_: object) -> Absorber:
        absorber.made += 1
        return absorber

    ready = threading.Event()
    kept: list[Keeper] = []

    def keep() -> None:
        with Vault.open(home.keys) as vault:
            keeper = Keeper(home, vault, made)
            keeper.open()
            kept.append(keeper)
            ready.set()
            keeper.keep()
            keeper.close()

    thread = threading.Thread(target=keep)
    thread.start()
    assert ready.wait(30)
    try:
        yield kept[0]
    finally:
        kept[0].stop()
        thread.join(30)
        assert not thread.is_alive()


def test_what_comes_in_is_absorbed_and_settled_at_the_stop(
    tmp_path: Path, absorber: Absorber
) -> None:
    with keeping(tmp_path, absorber) as keeper:
        absorber.waiting = 5
        until(lambda: keeper.backlog() == 0)
        assert keeper.figures.absorbed == 1
    assert absorber.settled == 1


@pytest.mark.parametrize(
    ("meets", "told"),
    [
        (WarehouseError("no room"), "No room."),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (ValueError("13812345678"), "ValueError"),
    ],
)
def test_a_failure_is_told_and_tried_again(
    tmp_path: Path, absorber: Absorber, meets: Exception, told: str,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with keeping(tmp_path, absorber) as keeper:
        absorber.meets = [meets]
        absorber.waiting = 5
        until(lambda: keeper.figures.failing == told)
        until(lambda: keeper.backlog() == 0)
        until(lambda: not keeper.figures.failing)
        assert keeper.figures.failures == 1
        assert absorber.made == 2, "begun anew: what it knew may be wrong"
    assert "13812345678" not in capfd.readouterr().err


def test_an_import_under_way_is_no_failure(tmp_path: Path, absorber: Absorber) -> None:
    with keeping(tmp_path, absorber) as keeper:
        absorber.meets = [HomeBusy("another import is under way")]
        absorber.waiting = 5
        until(lambda: keeper.backlog() == 0)
        assert keeper.figures.failures == 0


def test_who_asks_for_a_settled_landing_has_it_and_absorbing_stands_still(
    tmp_path: Path, absorber: Absorber
) -> None:
    with keeping(tmp_path, absorber) as keeper:
        absorber.waiting = 5
        with keeper.settled(lambda: False):
            assert (absorber.waiting, absorber.settled) == (0, 1)
            absorber.waiting = 7
            assert not threading.Event().wait(0.3)
            assert absorber.waiting == 7
        until(lambda: keeper.backlog() == 0)


def test_settling_that_fails_is_told_to_who_asked(tmp_path: Path, absorber: Absorber) -> None:
    with keeping(tmp_path, absorber) as keeper:
        absorber.meets = [HomeBusy("another import is under way")] * 1000
        absorber.waiting = 5
        with pytest.raises(HomeBusy, match="import is under way"), keeper.settled(lambda: False):
            pass
        absorber.meets = []
        until(lambda: keeper.backlog() == 0)
