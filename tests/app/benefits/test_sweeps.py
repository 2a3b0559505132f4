"""Sweeping: what time does to benefits, each step by itself."""

from __future__ import annotations

import pytest

from benefit.shelf import DAY, HOUR, NOON, YUAN, ZONE, Shelf
from regulars.app.benefits.sweeps import sweep
from regulars.benefit.names import GROWTH, POINTS
from regulars.errors import TooMuch
from regulars.ledger.command import EXPIRED, MOST, Floor, Leg, Post


@pytest.fixture
def shelf(store):
    shelf = Shelf(store)
    with shelf.ledger:
        yield shelf
        shelf.check()


def test_a_step_that_fails_keeps_no_other_back(shelf):
    for asset in (POINTS, GROWTH, YUAN):
        shelf.issue(asset, "customer:7", 9, expires_at=NOON + HOUR)
    # As somebody with a key to the ledger could write: no more growth value fits into `expired`.
    shelf.ask(Floor(key=shelf.key(), asset=GROWTH, owner="shop", floor=None))
    full = (Leg(GROWTH, "shop", -MOST), Leg(GROWTH, EXPIRED, MOST))
    shelf.ask(Post(key=shelf.key(), legs=full))
    shelf.at += DAY
    with pytest.raises(TooMuch, match="growth of expired"):
        sweep(shelf.ledger, "CNY", ZONE)
    left = {
        asset: shelf.ledger.balance(asset, "customer:7").balance for asset in (POINTS, GROWTH, YUAN)
    }
    assert left == {POINTS: 0, GROWTH: 9, YUAN: 0}


def test_it_tells_what_was_done_and_nothing_the_second_time(shelf):
    shelf.issue(POINTS, "customer:7", 9, expires_at=NOON + HOUR)
    shelf.issue(POINTS, "customer:8", 9, expires_at=NOON + HOUR)
    shelf.at += DAY
    assert sweep(shelf.ledger, "CNY", ZONE) == {"points expired": 2}
    assert sweep(shelf.ledger, "CNY", ZONE) == {}
