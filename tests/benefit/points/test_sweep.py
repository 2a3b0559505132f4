"""What has expired is taken away, once, and nothing else; on both stores."""

from __future__ import annotations

import threading

import pytest

from benefit.shelf import DAY, MIDNIGHT
from regulars.benefit.definition.terms import Points
from regulars.benefit.names import GROWTH, POINTS
from regulars.benefit.points.sweep import Expired, expire, expire_points
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import InvalidCommand
from regulars.ledger.command import EXPIRED, Expire, Hold, Leg, Void


def give(shop, customers, expires_at: int, amount: int = 10) -> None:
    for who in customers:
        shop.issue(POINTS, f"customer:{who}", amount, expires_at=expires_at)


def numbers(shop, at: int, asset: str = POINTS) -> list[int]:
    with shop.store.read() as connection:
        rows = LedgerRows(connection)
        return rows.expired_numbers(rows.assets([asset])[asset], at, 100)


def test_what_has_expired_is_taken_away_in_batches_and_the_rest_stays(shop):
    give(shop, range(1, 8), MIDNIGHT)
    give(shop, range(1, 3), MIDNIGHT + 1)
    before = shop.ledger.head().n
    assert expire(shop.ledger, POINTS) == Expired()
    shop.at = MIDNIGHT
    assert shop.has("customer:1", POINTS) == 10
    assert expire(shop.ledger, POINTS, at_once=3) == Expired(lots=7, amount=70)
    assert shop.ledger.head().n == before + 3  # 3, 3 and 1 lots; without any nothing was written
    assert shop.has(EXPIRED, POINTS) == 70
    assert expire(shop.ledger, POINTS) == Expired()
    assert shop.has("customer:1", POINTS) == 10


def test_what_is_held_for_an_order_expires_once_the_order_lets_it_go(shop):
    give(shop, (7,), MIDNIGHT)
    legs = (Leg(POINTS, "customer:7", -4), Leg(POINTS, "shop", 4))
    hold = Hold(key="hold", owner="order:1", legs=legs, expires_at=MIDNIGHT + DAY)
    n = shop.ledger.ask(hold, "cli").n
    shop.at = MIDNIGHT
    assert expire(shop.ledger, POINTS) == Expired(lots=1, amount=6)
    assert expire(shop.ledger, POINTS) == Expired()
    shop.ledger.ask(Void(key="void", hold=n), "cli")
    assert expire(shop.ledger, POINTS) == Expired(lots=1, amount=4)


def test_points_and_growth_are_swept_together_and_what_is_unknown_is_none(shop):
    shop.put("points", Points(expire_days=1))
    shop.earn(points=5, growth=6)
    shop.at += 90 * DAY
    swept = expire_points(shop.ledger, (POINTS, GROWTH, "stamps"))
    assert swept == {POINTS: Expired(1, 5), GROWTH: Expired(1, 6), "stamps": Expired()}


def test_several_sweeps_at_once_take_each_lot_once(shop):
    give(shop, range(1, 41), MIDNIGHT)
    shop.at = MIDNIGHT
    found: list[Expired] = []
    threads = [
        threading.Thread(target=lambda: found.append(expire(shop.ledger, POINTS, at_once=4)))
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(one.lots for one in found) == 40
    assert shop.has(EXPIRED, POINTS) == 400


def test_named_lots_that_have_nothing_to_expire_are_passed_over(shop):
    give(shop, (1, 2), MIDNIGHT)
    give(shop, (3,), MIDNIGHT + DAY)
    shop.issue("stamps", "customer:1", 5, expires_at=MIDNIGHT)
    give(shop, (4,), MIDNIGHT)
    every = [*numbers(shop, MIDNIGHT + DAY), *numbers(shop, MIDNIGHT, "stamps"), 999]
    assert len(every) == 6
    legs = (Leg(POINTS, "customer:4", -10), Leg(POINTS, "shop", 10))
    hold = Hold(key="hold", owner="order:1", legs=legs, expires_at=MIDNIGHT + DAY)
    shop.ledger.ask(hold, "cli")
    shop.at = MIDNIGHT
    asked = Expire(key="e", asset=POINTS, lots=tuple(every))
    taken = [(line.owner, line.amount) for line in shop.ledger.ask(asked, "cli").lines]
    assert taken == [("customer:1", -10), ("customer:2", -10), (EXPIRED, 20)]
    again = shop.ledger.ask(Expire(key="f", asset=POINTS, lots=tuple(every)), "cli")
    assert again.lines == ()
    stamps = shop.ledger.balance("stamps", "customer:1")
    assert (stamps.expired, stamps.balance) == (5, 5)  # of another asset


@pytest.mark.parametrize("lots", [(0,), tuple(range(1, 502))])
def test_lots_are_named_by_number_and_not_too_many(shop, lots):
    with pytest.raises(InvalidCommand):
        shop.ledger.ask(Expire(key="e", asset=POINTS, lots=lots), "cli")
