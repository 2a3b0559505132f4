"""No message, whatever is in it, keeps others waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.events.shop import EventShop, batch, track
from regulars.app.as_of import refresh
from regulars.app.rebuild import rebuild
from regulars.engines.duckdb import WarehouseError
from regulars.errors import AccountingBroken, InboxFull
from regulars.intake.events import batch as batches
from regulars.intake.events import land, numbers
from regulars.intake.events import settle as settling
from regulars.intake.events.settle import Settled
from regulars.intake.inbox.frame import Received
from regulars.intake.rejects import waiting
from regulars.intake.vault import Vault


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


BAD = "broken"
"""The coupon of an order that the landing of these tests cannot bear."""


def ordered(number: int, coupon: str = "") -> Received:
    """A message that tells of an order, of its line and of its customer."""
    told = {
        "order_id": f"o{number}", "total": 20, "currency": "CNY", "coupon": coupon,
        "products": [{"product_id": "T", "price": 20, "quantity": 1}],
    }  # fmt: skip
    return batch(track(f"m{number}", f"u{number}", event="Order Completed", properties=told))


def cannot_bear(coupons: set[str], error: type[Exception], of: Any) -> Any:
    """`normalise` with a mistake: where all of these coupons come together, it breaks off."""

    def normalise(work: Any, bound: Any, raw: Any, locale: Any) -> Any:
        if "coupon" in raw.column_names and coupons <= set(raw["coupon"].to_pylist()):
            raise error("nobody foresaw this")
        return of(work, bound, raw, locale)

    return normalise


def orders(shop: EventShop) -> list[str]:
    refresh(shop.warehouse, shop.home)
    return list(
        shop.warehouse.sql("SELECT order_id FROM orders ORDER BY ALL")["order_id"].to_pylist()
    )


def quarantined(shop: EventShop) -> list[tuple[str, str, int]]:
    """File, reason and line of what stands in quarantine."""
    rows = waiting(shop.landing, ["file", "reason", "line"]).to_pylist()
    return [(row["file"], row["reason"], row["line"]) for row in rows]


def counted(settled: Settled) -> tuple[int, int, int]:
    """Accepted, duplicate and rejected facts of a settling; what was read is their sum."""
    read = [0, 0, 0]
    for one in settled.facts:
        assert one.rows_read == one.accepted + one.duplicate + one.rejected
        for place, count in enumerate((one.accepted, one.duplicate, one.rejected)):
            read[place] += count
    return read[0], read[1], read[2]


def test_a_fact_that_meets_a_mistake_of_ours_is_set_apart_and_the_others_are_landed(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(land, "normalise", cannot_bear({BAD}, ZeroDivisionError, land.normalise))
    shop.take([ordered(n, BAD if n in (2, 5) else "NEW") for n in range(8)])
    settled = shop.absorber.settle()
    # Eight orders, and of each a line; two orders are set apart, and their lines are good.
    assert counted(settled) == (14, 0, 2)
    assert quarantined(shop) == [("messages of shop", "poison", 1)] * 2
    assert shop.accounts() == {"web": (8, 0, 0)}
    assert orders(shop) == [f"o{n}" for n in range(8) if n not in (2, 5)]
    assert len(shop.events()) == 8
    assert not list(shop.home.inbox.glob("*.log"))
    assert rebuild(shop.home, lambda _: None).identical


def test_what_is_set_apart_is_kept_with_its_row_and_its_secrets_sealed(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(land, "normalise", cannot_bear({BAD}, ZeroDivisionError, land.normalise))
    shop.take(ordered(1, BAD))
    shop.absorber.settle()
    (kept,) = waiting(shop.landing, ["import_no", "value", "sealed"]).to_pylist()
    with Vault.open(shop.home.keys) as vault:
        (row,) = vault.unseal([(f"i:{kept['import_no']}", kept["sealed"])])
    assert kept["value"] == ""
    assert row is not None
    assert (row["order_id"], row["coupon"]) == ("o1", BAD)


def test_a_broken_count_is_a_mistake_of_ours_and_stops_nothing(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = cannot_bear({BAD}, AccountingBroken, land.normalise)
    monkeypatch.setattr(land, "normalise", broken)
    shop.take([ordered(1, BAD), ordered(2)])
    assert counted(shop.absorber.settle()) == (3, 0, 1)
    assert orders(shop) == ["o2"]


def test_facts_that_only_break_each_other_are_landed_apart(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = cannot_bear({"A", "B"}, ZeroDivisionError, land.normalise)
    monkeypatch.setattr(land, "normalise", broken)
    shop.take([ordered(n, "ABC"[n % 3]) for n in range(6)])
    assert counted(shop.absorber.settle()) == (12, 0, 0)
    assert orders(shop) == [f"o{n}" for n in range(6)]


@pytest.mark.parametrize("error", [WarehouseError, InboxFull, OSError, MemoryError])
def test_an_engine_or_a_disk_that_fails_is_no_poison_and_all_waits(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    shop.take([ordered(1, BAD), ordered(2)])
    with monkeypatch.context() as broken:
        broken.setattr(land, "normalise", cannot_bear({BAD}, error, land.normalise))
        with pytest.raises(error):
            shop.absorber.settle()
    assert quarantined(shop) == []
    assert shop.landing.entries() == []
    shop.absorber.settle()
    assert orders(shop) == ["o1", "o2"]


def test_where_nothing_can_be_landed_all_waits(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.take([ordered(1), ordered(2)])
    with monkeypatch.context() as broken:
        broken.setattr(land, "_slices", cannot_bear_any)
        with pytest.raises(ZeroDivisionError):
            shop.absorber.settle()
    assert quarantined(shop) == []
    shop.absorber.settle()
    assert orders(shop) == ["o1", "o2"]


def cannot_bear_any(facts: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("place", ["settle.facts", "settle.written", "settle.logged"])
def test_cut_off_and_settled_again_a_fact_is_set_apart_once(
    shop: EventShop, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    class CutOff(BaseException):
        pass

    def cut_off(name: str) -> None:
        if name == place:
            raise CutOff

    monkeypatch.setattr(land, "normalise", cannot_bear({BAD}, ZeroDivisionError, land.normalise))
    shop.take([ordered(n, BAD if n == 1 else "") for n in range(3)])
    with monkeypatch.context() as killed:
        killed.setattr(settling, "reach", cut_off)
        with pytest.raises(CutOff):
            shop.absorber.settle()
    shop.warehouse.close()
    shop._open()
    shop.absorb()
    shop.absorber.settle()
    assert quarantined(shop) == [("messages of shop", "poison", 1)]
    assert orders(shop) == ["o0", "o2"]
    assert shop.accounts() == {"web": (3, 0, 0)}
    assert not list(shop.home.inbox.glob("*.log"))
