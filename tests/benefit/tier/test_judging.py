"""Tiers in the book: judged by what is earned and at the end of a period; on both stores."""

from __future__ import annotations

import pytest

from benefit.points.members import THREE
from benefit.shelf import DAY, MIDNIGHT, NOON, ZONE
from regulars.benefit.definition.terms import Tiers
from regulars.benefit.points.sweep import expire_points
from regulars.benefit.tier.judging import JudgeTier, judge_due
from regulars.errors import InvalidCommand, NothingToDo
from regulars.ledger.command import NEVER

END = MIDNIGHT + 30 * DAY
"""Of the first period."""


def judged(shop, who: int = 7):
    return shop.ask(JudgeTier(key=shop.key(), customer_id=who, zone=ZONE))


def test_in_its_period_there_is_nothing_to_judge(shop):
    shop.earn(growth=100)
    shop.at = END - 1
    assert judge_due(shop.ledger, ZONE) == 0
    with pytest.raises(NothingToDo):
        judged(shop)


def test_who_still_reaches_the_tier_keeps_it_for_another_period(shop):
    shop.earn(growth=100)  # counts for 60 days, a period is 30
    shop.at = END
    assert judge_due(shop.ledger, ZONE) == 1
    assert shop.member()[1:4] == ("silver", END, END + 31 * DAY)
    assert judge_due(shop.ledger, ZONE) == 0


def test_who_does_not_loses_it_and_is_told(shop):
    shop.earn(growth=500)
    shop.at = MIDNIGHT + 60 * DAY  # the growth value has expired, swept or not
    receipt = judged(shop)
    told = {"tier": "bronze", "before": "gold"}
    assert shop.events(receipt) == [("Tier Lost", told)]
    assert receipt.body.about == {"judged": "lost"} | told
    assert shop.member()[1:4] == ("bronze", shop.at, NEVER)
    assert expire_points(shop.ledger)["growth"].amount == 500
    shop.check()


def test_all_whose_period_has_ended_are_judged_and_nobody_else(shop):
    for who in range(1, 8):
        shop.earn(f"order:{who}", growth=100, who=who)
    shop.at = END - DAY
    shop.earn("order:8", growth=100, who=8)
    shop.at = END
    assert judge_due(shop.ledger, ZONE) == 7
    assert shop.member(8).since == END - DAY


def test_who_reaches_another_tier_by_what_is_published_has_it_when_judged(shop):
    shop.earn(growth=50)
    assert shop.member() is None
    shop.put("tiers", Tiers(tiers=(THREE.tiers[0], *(THREE.tiers[1:])), keep_days=7))
    with pytest.raises(NothingToDo):
        judged(shop)
    shop.earn("order:2", growth=50)
    assert shop.member().until == MIDNIGHT + 7 * DAY


def test_where_tiers_have_ended_everybody_stays(shop):
    shop.earn(growth=100)
    shop.end("tiers", "")
    shop.at = END + DAY
    assert judge_due(shop.ledger, ZONE) == 0
    assert shop.member().tier == "silver"


def test_a_customer_is_named():
    with pytest.raises(InvalidCommand):
        JudgeTier(key="k", customer_id=0, zone=ZONE)


def test_growth_that_was_taken_back_leaves_the_tier_until_its_period_ends(shop):
    shop.earn(growth=100, base=100)
    shop.take_back(None)
    assert (shop.growth(), shop.member().tier) == (0, "silver")
    shop.at = END
    assert judge_due(shop.ledger, ZONE) == 1
    assert shop.member().tier == "bronze"
    assert shop.member().since == END > NOON
