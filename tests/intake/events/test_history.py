"""One customer's events, the newest first, page by page, however they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.events.shop import EventShop, batch
from intake.events.taking import message
from regulars.intake.events import table


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventShop]:
    monkeypatch.setattr(table, "ROTATE", 40)
    with EventShop(tmp_path / "shop") as shop:
        yield shop


def test_pages_of_several_numbers_hold_each_event_once_in_order(shop: EventShop) -> None:
    for first in range(0, 400, 50):
        shop.take(batch(*map(message, range(first, first + 50))))
        if first in (50, 150):
            shop.absorber.compact()
    states = {state for _, state, _ in table.parts(shop.warehouse)}
    assert states == {"tail", "waiting", "sorted"}
    rows = shop.events('node, seq, "at"')
    for count in (1, 3, 20):
        numbers = sorted({row["node"] for row in rows})[:count]
        told = [(row["at"], row["seq"]) for row in rows if row["node"] in numbers]
        wanted = sorted(told, reverse=True)
        found: list[tuple[int, int]] = []
        before = None
        while page := table.history(shop.warehouse, numbers, before, 7).to_pylist():
            found += [(int(row["at"].timestamp() * 1_000_000), row["seq"]) for row in page]
            before = found[-1]
        assert found == wanted


def test_there_is_nothing_where_nothing_came_in(shop: EventShop) -> None:
    assert table.history(shop.warehouse, [1]).num_rows == 0
    assert table.history(shop.warehouse, []).column_names == list(table.COLUMNS)
