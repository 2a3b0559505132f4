"""What incentives give is given once, within limit, stock and budget; on both stores."""

from __future__ import annotations

import pytest

from benefit.points.members import YEAR, Members
from benefit.shelf import DAY, NOON, YUAN, ZONE, all_at_once, codes, done
from regulars.benefit.coupon.deeds import TakeBackCoupon
from regulars.benefit.definition.terms import Budget, Coupon, Gift, Give, Incentive
from regulars.benefit.incentive.give import GiveIncentive
from regulars.benefit.names import OWED_POINTS, POINTS, customer_owner
from regulars.errors import Insufficient, LimitReached, NoSuchBenefit
from regulars.ledger.command import ISSUER, Leg, Post

TEN = Coupon(name="ten", title="Ten", kind="amount", amount=1000, stock=3, budget="cash")
MUG = Gift(name="mug", title="Mug", worth=1500, stock=1)
CASH = Budget(name="cash", asset=YUAN, amount=2500)
HABIT = Budget(name="habit", asset=POINTS, amount=150)


@pytest.fixture
def shop(store):
    shop = Members(store, points=YEAR)
    shop.publish(CASH, HABIT, TEN, MUG)
    with shop.ledger:
        yield shop
        shop.check()


def rule(shop: Members, give: Give, **more) -> None:
    told = {"name": "x", "when": "event", "on": "E", "limit": None} | more
    shop.publish(Incentive(give=give, **told))


def giving(occurrence: str = "event:1", who: int = 7, met_at: int = NOON, key: str = ""):
    return GiveIncentive(
        key=key or f"incentive:x:{occurrence}",
        incentive="x",
        customer_id=who,
        occurrence=occurrence,
        met_at=met_at,
        currency="CNY",
        zone=ZONE,
    )


def test_points_come_in_and_are_spent_of_their_budget(shop):
    rule(shop, Give(points=100), budget="habit")
    receipt = shop.ask(giving())
    assert shop.points() == 100
    assert shop.budget("habit") == (50, 0, 100)
    about = receipt.body.about
    assert (about["incentive"], about["occurrence"], about["points"]) == ("x", "event:1", 100)
    (event,) = receipt.body.events
    assert event.event == "Points Earned"
    assert event.properties["why"] == "incentive:x"
    assert shop.ask(giving()).replayed
    with pytest.raises(Insufficient):
        shop.ask(giving("event:2"))
    assert shop.points() == 100


def test_points_that_are_owed_are_paid_first(shop):
    rule(shop, Give(points=100))
    owed = (Leg(OWED_POINTS, ISSUER, -30), Leg(OWED_POINTS, customer_owner(7), 30))
    shop.ask(Post(key="owed", legs=owed, assets=(OWED_POINTS,)))
    shop.ask(giving())
    assert (shop.points(), shop.owed()) == (70, 0)


def test_a_coupon_is_given_with_its_worst_case_set_aside(shop):
    rule(shop, Give(coupon="ten"))
    receipt = shop.ask(giving())
    assert shop.has(customer_owner(7), "coupon:ten:1") == 1
    assert shop.budget("cash") == (1500, 1000, 0)
    assert receipt.body.about["coupon"] == "ten"
    with pytest.raises(LimitReached):
        shop.ask(giving("event:2"))  # the coupon's own limit
    shop.ask(giving("event:3", who=8))
    with pytest.raises(Insufficient):
        shop.ask(giving("event:4", who=9))  # the budget


def test_a_gift_is_given_and_its_row_is_put_down(shop):
    rule(shop, Give(gift="mug"))
    receipt = shop.ask(giving())
    assert shop.read(lambda rows: rows.gift(receipt.n).state) == "waiting"
    with pytest.raises(Insufficient):
        shop.ask(giving("event:2", who=8))


def test_balance_lasts_as_long_as_the_rule_says(shop):
    rule(shop, Give(balance=300, expires_days=2), budget="cash")
    shop.ask(giving())
    assert shop.has(customer_owner(7), YUAN) == 300
    assert shop.budget("cash") == (2200, 0, 300)
    shop.at += 3 * DAY
    assert shop.has(customer_owner(7), YUAN) == 0


def test_the_limit_counts_days_whichever_is_told_first(shop):
    rule(shop, Give(points=10), limit=1, limit_days=3)
    shop.at = NOON + 10 * DAY
    shop.ask(giving("event:1", met_at=NOON + 9 * DAY))
    for told, day in (("2", 9), ("3", 8), ("4", 7), ("5", 10)):
        with pytest.raises(LimitReached):
            shop.ask(giving(f"event:{told}", met_at=NOON + day * DAY))
    shop.ask(giving("event:6", met_at=NOON + 6 * DAY))
    shop.at = NOON + 12 * DAY
    shop.ask(giving("event:7", met_at=NOON + 12 * DAY))
    assert shop.points() == 30


def test_a_limit_of_all_time_never_ends(shop):
    rule(shop, Give(points=10), limit=2, limit_days=0)
    for day in range(2):
        shop.ask(giving(f"event:{day}", met_at=NOON + day * DAY))
    shop.at = NOON + 900 * DAY
    with pytest.raises(LimitReached):
        shop.ask(giving("event:9", met_at=shop.at))


def test_many_at_once_give_no_more_than_the_limit(shop):
    rule(shop, Give(points=10), limit=3, limit_days=1)
    answers = all_at_once(shop, [giving(f"event:{one}") for one in range(12)])
    assert len(done(answers)) == 3
    assert codes(answers) == {"ledger.limit_reached"}
    assert shop.points() == 30


def test_what_is_taken_back_can_be_given_anew(shop):
    rule(shop, Give(coupon="ten"), limit=1)
    receipt = shop.ask(giving())
    shop.ask(TakeBackCoupon(key="back", n=receipt.n))
    shop.ask(giving("event:2"))
    assert shop.budget("cash") == (1500, 1000, 0)


def test_what_is_not_published_is_not_given(shop):
    with pytest.raises(NoSuchBenefit):
        shop.ask(giving())
    rule(shop, Give(coupon="gone"))
    with pytest.raises(NoSuchBenefit):
        shop.ask(giving("event:2"))
