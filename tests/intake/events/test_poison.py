"""No message, whatever is in it, keeps others waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.events.shop import EventShop, batch, track
from regulars.errors import InboxFull
from regulars.intake.events import batch as batches
from regulars.intake.events import numbers
from regulars.intake.inbox.frame import Received


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EventShop]:
    with EventShop(tmp_path / "shop") as shop:
        yield shop


FAR = '"timestamp":"0001-01-01T00:00:00Z","sentAt":"294247-01-01T00:00:00Z"'


@pytest.mark.parametrize(
    "more",
    [
        '"context":{"a":1e400,"email":"li@example.com"}',
        '"context":{"a":' + "1" * 400 + ',"email":"li@example.com"}',
        '"properties":{"n":-1e999,"phone":"13912345678"}',
        '"context":{"a":1e400},"groupId":"g"',
        '"context":{"page":7,"a":1e400}',
        '"properties":{"price":176760000000,"quantity":138123456780}',
        FAR,
    ],
)
def test_numbers_and_times_out_of_reach_stop_nothing(shop: EventShop, more: str) -> None:
    strange = f'{{"type":"track","event":"Odd","messageId":"m1","userId":"u1",{more}}}'
    body = f'{{"batch":[{strange},{{"type":"track","event":"Next","userId":"u1"}}]}}'
    events = shop.take(Received("web", "batch", 1_767_600_000_000_000, body.encode()))
    assert [one["name"] for one in events] == ["Odd", "Next"]
    assert "li@example.com" not in str(events)


def breaks_on(broken: str, of: Any) -> Any:
    """`rows_of` with a mistake: it cannot bear events of a name."""

    def rows_of(work: Any, decoded: Any, *rest: Any) -> Any:
        if any(one.event == broken for one in decoded.messages):
            raise ZeroDivisionError
        return of(work, decoded, *rest)

    return rows_of


def test_a_request_that_meets_a_mistake_of_ours_is_refused_and_the_others_go_on(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "rows_of", breaks_on("Odd", batches.rows_of))
    requests = [batch(track(f"m{n}", f"u{n}", event="Odd" if n == 4 else "A")) for n in range(9)]
    events = shop.take(requests)
    assert sorted(one["message_id"] for one in events) == [f"m{n}" for n in range(9) if n != 4]
    assert shop.accounts() == {"web": (8, 0, 1)}
    assert {f"u{n}" for n in range(9) if n != 4} <= {name for _, name in shop.ids()}
    assert shop.absorber.backlog() == 0


def test_where_nothing_can_be_absorbed_all_waits(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_works(*_: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(batches, "rows_of", nothing_works)
        shop.receive(batch(track("m1")))
        with pytest.raises(ZeroDivisionError):
            shop.absorber.absorb()
    assert shop.accounts() == {}
    assert [one["message_id"] for one in shop.take()] == ["m1"]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_number_given_before_a_break_is_known_by_its_id_after_it(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    given = numbers.LiveNumbers.of

    def then_the_disk_is_full(self: Any, ids: Any) -> Any:
        given(self, ids)
        raise InboxFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(numbers.LiveNumbers, "of", then_the_disk_is_full)
        shop.receive(batch(track("m1", "u1")))
        with pytest.raises(InboxFull):
            shop.absorber.absorb()
    if restarted:
        shop.warehouse.close()
        shop._open()
    (event,) = shop.take()
    assert shop.ids() == {("shop", "u1"): event["node"]}
