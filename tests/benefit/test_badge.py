"""Badges: met by counting or by a run of days, given once; on both stores."""

from __future__ import annotations

import pytest

from benefit.points.members import Members
from benefit.shelf import DAY, NOON, ZONE, all_at_once, codes, done
from regulars.benefit.badge import GiveBadge, way_to
from regulars.benefit.definition.terms import Badge
from regulars.errors import NoSuchBenefit, NothingToDo

REGULAR = Badge(name="regular", title="Regular", on="order", count=3)
EARLY = Badge(name="early", title="Early bird", on="Checked In", streak_days=3)


@pytest.fixture
def shop(store):
    shop = Members(store)
    shop.put("badge", REGULAR)
    with shop.ledger:
        yield shop
        shop.check()


def days_ago(*days: int) -> list[int]:
    return [NOON - one * DAY for one in days]


def test_so_many_events_meet_a_badge():
    found = [way_to(REGULAR, days_ago(*range(n)), at=NOON, zone=ZONE) for n in (2, 3, 4)]
    assert [(one.more, one.is_met) for one in found] == [(1, False), (0, True), (0, True)]
    assert way_to(REGULAR, [NOON + 1] * 3, at=NOON, zone=ZONE).done == 0


def test_a_run_of_days_meets_a_badge_and_stays_met_when_it_is_over():
    assert way_to(EARLY, days_ago(1, 0), at=NOON, zone=ZONE).more == 1
    assert way_to(EARLY, days_ago(3, 2), at=NOON, zone=ZONE).more == 3
    assert way_to(EARLY, days_ago(9, 8, 7), at=NOON, zone=ZONE).is_met


def test_a_badge_is_given_once(shop):
    receipt = shop.ask(GiveBadge(key="1", badge="regular", customer_id=7))
    assert shop.events(receipt) == [("Badge Given", {"badge": "regular"})]
    assert shop.has("customer:7", "badge:regular") == 1
    with pytest.raises(NothingToDo, match="has this badge"):
        shop.ask(GiveBadge(key="2", badge="regular", customer_id=7))
    assert shop.ask(GiveBadge(key="1", badge="regular", customer_id=7)).replayed


def test_of_many_at_once_one_gives_it(shop):
    answers = all_at_once(
        shop, [GiveBadge(key=f"k{n}", badge="regular", customer_id=7) for n in range(10)]
    )
    assert (len(done(answers)), codes(answers)) == (1, {"benefit.nothing_to_do"})


def test_a_badge_that_is_not_published_is_not_given(shop):
    with pytest.raises(NoSuchBenefit):
        shop.ask(GiveBadge(key="1", badge="early", customer_id=7))
    shop.end("badge", "regular")
    with pytest.raises(NoSuchBenefit):
        shop.ask(GiveBadge(key="2", badge="regular", customer_id=7))
