"""Points are earned, adjusted, spent and taken back; on both stores."""

from __future__ import annotations

import pytest

from benefit.points.members import Members
from benefit.shelf import DAY, MIDNIGHT, NOON, ZONE, all_at_once, codes, done
from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, SHOP, customer_owner
from regulars.benefit.points.changing import Adjust, SpendPoints
from regulars.benefit.points.earn import Earn
from regulars.benefit.points.earning import Earned
from regulars.errors import (
    Insufficient,
    InvalidCommand,
    KeyConflict,
    LimitReached,
    NoSuchBenefit,
    NothingToDo,
)
from regulars.ledger.command import ISSUER


def spend(shop: Members, points: int, who: int = 7) -> None:
    shop.ask(SpendPoints(key=shop.key(), customer_id=who, points=points, on="draw"))


def reviewed(shop: Members, event: str, at: int, *, limit: int = 1, days: int = 1) -> Earn:
    return Earn(
        key=shop.key(),
        source=f"event:{event}",
        customer_id=7,
        earned=(Earned("review", points=20, limit=limit, limit_days=days),),
        base=0,
        happened_at=at,
        zone=ZONE,
    )


def test_what_is_earned_comes_in_with_growth_in_one_entry(shop):
    receipt = shop.earn(points=120, growth=50, base=12_049)
    assert [(line.asset, line.owner, line.amount) for line in receipt.lines] == [
        (POINTS, ISSUER, -120),
        (GROWTH, ISSUER, -50),
        (POINTS, "customer:7", 120),
        (GROWTH, "customer:7", 50),
    ]
    assert receipt.lines[2].expires_at == MIDNIGHT + 365 * DAY
    assert receipt.lines[3].expires_at == MIDNIGHT + 60 * DAY
    assert shop.events(receipt) == [
        (
            "Points Earned",
            {
                "source": "order:1",
                "points": 120,
                "growth": 50,
                "expires_at": MIDNIGHT + 365 * DAY,
                "rules": ["goods"],
            },
        )
    ]
    row = shop.earned()
    assert (row.n, row.base, row.points, row.growth) == (receipt.n, 12_049, 120, 50)


def test_asked_again_it_is_the_same_and_under_another_key_nothing(shop):
    first = shop.earn(points=9, key="k")
    assert shop.earn(points=9, key="k").as_dict() == first.as_dict()
    with pytest.raises(NothingToDo, match="has earned before"):
        shop.earn(points=9)
    with pytest.raises(KeyConflict):
        shop.earn(points=10, key="k")
    assert shop.points() == 9


def test_of_many_at_once_one_earns(shop):
    wanted = [
        Earn(
            key=f"k{place}",
            source="order:1",
            customer_id=7,
            earned=(Earned("goods", 100, 5),),
            base=100,
            happened_at=NOON,
            zone=ZONE,
        )
        for place in range(12)
    ]
    answers = all_at_once(shop, wanted)
    assert len(done(answers)) == 1
    assert codes(answers) == {"benefit.nothing_to_do"}
    assert shop.points() == 5


def test_the_limit_of_a_rule_counts_by_the_day_on_which_it_happened(shop):
    shop.ask(reviewed(shop, "1", NOON))
    with pytest.raises(LimitReached, match="by the rule review as often"):
        shop.ask(reviewed(shop, "2", NOON + 3))
    shop.ask(reviewed(shop, "3", NOON - DAY))
    shop.ask(reviewed(shop, "4", MIDNIGHT))
    assert shop.points() == 60


def test_a_rule_that_is_used_up_gives_nothing_beside_one_that_is_not(shop):
    def order(number: int) -> Earn:
        return Earn(
            key=shop.key(),
            source=f"order:{number}",
            customer_id=7,
            earned=(Earned("first", 100, 50, limit=1, limit_days=0), Earned("goods", 100, 3)),
            base=100,
            happened_at=NOON,
            zone=ZONE,
        )

    assert shop.ask(order(1)).body.about["rules"] == {"first": [50, 0], "goods": [3, 0]}
    assert shop.ask(order(2)).body.about["rules"] == {"goods": [3, 0]}
    assert shop.points() == 56


def test_growth_of_what_happened_too_long_ago_does_not_count(shop):
    receipt = shop.earn(points=10, growth=900, happened_at=NOON - 61 * DAY)
    assert (shop.points(), shop.growth()) == (10, 0)
    assert receipt.body.about["growth"] == 0
    with pytest.raises(NothingToDo):
        shop.earn("order:2", growth=900, happened_at=NOON - 61 * DAY)


def test_who_reaches_a_tier_by_it_has_it_at_once(shop):
    receipt = shop.earn(points=1, growth=100)
    assert shop.events(receipt)[1] == (
        "Tier Reached",
        {"tier": "silver", "before": "", "until": MIDNIGHT + 30 * DAY, "gifts": ["coupon:ten"]},
    )
    assert receipt.body.about["judged"]["what"] == "reached"
    assert shop.member()[1:4] == ("silver", NOON, MIDNIGHT + 30 * DAY)


def test_what_is_owed_is_paid_first(shop):
    shop.earn(points=100, base=10_000)
    spend(shop, 70)
    shop.take_back(None)  # 30 are there, 70 are owed
    assert (shop.points(), shop.owed()) == (0, 70)
    receipt = shop.earn("order:2", points=50)
    assert (shop.points(), shop.owed()) == (0, 20)
    assert receipt.body.about["points"] == receipt.body.about["paid_back"] == 50
    assert [(line.asset, line.owner, line.amount) for line in receipt.lines] == [
        (OWED_POINTS, "customer:7", -50),
        (OWED_POINTS, ISSUER, 50),
    ]
    shop.earn("order:3", points=50)
    assert (shop.points(), shop.owed()) == (30, 0)


def test_what_has_paid_a_debt_is_taken_back_too(shop):
    shop.earn(points=100, base=10_000)
    spend(shop, 100)
    shop.take_back(None)
    shop.earn("order:2", points=100, base=5_000)  # all of it pays the debt
    assert (shop.points(), shop.owed()) == (0, 0)
    shop.take_back(5_000, "order:2")
    assert (shop.points(), shop.owed()) == (0, 100)


def test_refunds_in_parts_take_back_in_proportion_and_at_last_everything(shop):
    shop.earn(points=100, growth=33, base=3_000)
    taken = []
    for refunded in (1_000, 1_001, 2_999, 3_000):
        about = shop.take_back(refunded).body.about
        taken.append((about["points"], about["growth"]))
    # floor(100 x 1000 / 3000) = 33, of 1001 no more, of 2999 99, of 3000 100; of growth 11, 32, 33.
    assert taken == [(33, 11), (0, 0), (66, 21), (1, 1)]
    assert (shop.points(), shop.growth(), shop.owed()) == (0, 0, 0)


def test_the_same_refund_told_again_takes_nothing(shop):
    shop.earn(points=100, base=3_000)
    shop.take_back(1_000)
    for refunded in (1_000, 999, 0):
        with pytest.raises(NothingToDo, match="so much was taken back before"):
            shop.take_back(refunded)
    shop.take_back(9_999)  # with the shipping: no more than earned
    with pytest.raises(NothingToDo):
        shop.take_back(None)
    assert shop.points() == 0
    with pytest.raises(NoSuchBenefit):
        shop.take_back(1, "order:9")


def test_what_an_event_has_earned_is_taken_back_as_a_whole(shop):
    shop.earn("event:1", points=20)
    with pytest.raises(NothingToDo):
        shop.take_back(5, "event:1")
    shop.take_back(None, "event:1")
    assert shop.points() == 0


def test_points_are_given_and_taken_by_hand(shop):
    told = shop.ask(Adjust(key="a", customer_id=7, points=30, why="late parcel", zone=ZONE))
    assert told.lines[1].expires_at == MIDNIGHT + 365 * DAY
    shop.ask(Adjust(key="b", customer_id=7, points=-10, why="given twice", zone=ZONE))
    assert shop.points() == 20
    with pytest.raises(Insufficient):
        shop.ask(Adjust(key="c", customer_id=7, points=-21, why="too many", zone=ZONE))


def test_points_are_spent_those_that_expire_first_before_the_others(shop):
    shop.earn(points=10)
    shop.at += DAY
    shop.earn("order:2", points=10)
    spend(shop, 15)
    lots = shop.ledger.balance(POINTS, customer_owner(7)).lots
    assert [(lot.expires_at, lot.balance) for lot in lots] == [(MIDNIGHT + 366 * DAY, 5)]
    assert shop.has(SHOP, POINTS) == 15
    with pytest.raises(Insufficient):
        spend(shop, 6)


def test_what_makes_no_sense_is_refused_before_it_is_asked():
    with pytest.raises(InvalidCommand):
        SpendPoints(key="k", customer_id=7, points=-5, on="draw")
    with pytest.raises(InvalidCommand):
        Adjust(key="k", customer_id=7, points=5, why=" ", zone=ZONE)
    with pytest.raises(InvalidCommand):
        Adjust(key="k", customer_id=0, points=5, why="so", zone=ZONE)
