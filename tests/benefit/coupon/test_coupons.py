"""Coupons given, claimed, taken back, expired; on both stores."""

from __future__ import annotations

import pytest

from benefit.shelf import DAY, HOUR, MIDNIGHT, NOON, YUAN, ZONE, Shelf, all_at_once, codes, done
from regulars.benefit.cost import spend
from regulars.benefit.coupon.deeds import ClaimCoupon, GiveCoupon, TakeBackCoupon
from regulars.benefit.coupon.giving import Recipient, giving
from regulars.benefit.coupon.sweep import ReleaseLapsed, expire_coupons
from regulars.benefit.definition.terms import Budget, Coupon, Validity
from regulars.benefit.names import LAPSED, SHOP, STOCK, USED, coupon_asset
from regulars.errors import (
    Insufficient,
    InvalidCommand,
    KeyConflict,
    LimitReached,
    NoSuchBenefit,
    NothingToDo,
    NotValidNow,
    TooMuch,
)
from regulars.ledger.command import EXPIRED, NEVER, Leg, Post

SPRING = Coupon(name="spring", title="Spring", kind="amount", amount=2000, threshold=10_000)
ASSET = coupon_asset("spring", 1)


def spring(**changed) -> Coupon:
    wanted = {name: getattr(SPRING, name) for name in SPRING.__struct_fields__}
    return Coupon(**wanted | changed)


@pytest.fixture
def shelf(store):
    shelf = Shelf(store)
    with shelf.ledger:
        yield shelf
        shelf.check()


def give(shelf: Shelf, customer: int = 7, *, household: str = "", key: str = "", **more):
    to = Recipient(customer, household)
    return shelf.ask(GiveCoupon(key=key or shelf.key(), coupon="spring", to=to, zone=ZONE, **more))


def claim(shelf: Shelf, customer: int = 7):
    to = Recipient(customer)
    return shelf.ask(ClaimCoupon(key=shelf.key(), coupon="spring", to=to, zone=ZONE))


def take_back(shelf: Shelf, n: int):
    return shelf.ask(TakeBackCoupon(key=shelf.key(), n=n, why="order cancelled"))


def use(shelf: Shelf, customer: int = 7):
    legs = (Leg(ASSET, f"customer:{customer}", -1), Leg(ASSET, USED, 1))
    return shelf.ask(Post(key=shelf.key(), legs=legs))


def test_a_coupon_that_is_given_comes_from_the_stock_and_stands_in_the_history(shelf):
    shelf.publish(spring(stock=3, validity=Validity(days=7)))
    receipt = give(shelf, why="stage:at_risk")
    until = MIDNIGHT + 7 * DAY
    assert (shelf.has("customer:7", ASSET), shelf.has(STOCK, ASSET)) == (1, 2)
    assert [lot.expires_at for lot in shelf.ledger.balance(ASSET, "customer:7").lots] == [until]
    told = {"coupon": "spring", "version": 1, "expires_at": until, "why": "stage:at_risk"}
    assert receipt.body.about == told
    (event,) = receipt.body.events
    assert (event.event, event.customer_id, event.properties) == ("Coupon Given", 7, told)


def test_without_a_stock_anybody_may_have_one(shelf):
    shelf.publish(spring(stock=None, per_customer=None))
    for _ in range(3):
        give(shelf)
    assert shelf.has("customer:7", ASSET) == 3
    (lot,) = shelf.ledger.balance(ASSET, "customer:7").lots
    assert lot.expires_at == NEVER


def test_asked_again_it_is_given_once(shelf):
    shelf.publish(spring(stock=3))
    first, again = give(shelf, key="k"), give(shelf, key="k")
    assert again.replayed
    assert again.as_dict() == first.as_dict()
    with pytest.raises(KeyConflict):
        give(shelf, 8, key="k")
    assert shelf.has(STOCK, ASSET) == 2


def test_nobody_gets_more_than_the_limit_whatever_the_version(shelf):
    shelf.publish(spring(stock=9, per_customer=2))
    give(shelf)
    give(shelf)
    with pytest.raises(LimitReached):
        give(shelf)
    shelf.publish(spring(stock=9, per_customer=2, amount=3000))
    with pytest.raises(LimitReached):
        give(shelf)
    shelf.publish(spring(stock=9, per_customer=3, amount=3000))
    assert give(shelf).body.about["version"] == 3


def test_nor_does_a_household_where_the_shop_tells_it(shelf):
    shelf.publish(spring(per_household=2))
    give(shelf, 1, household="5 West Lake Road, 'floor' 2")
    give(shelf, 2, household="5 West Lake Road, 'floor' 2")
    with pytest.raises(LimitReached):
        give(shelf, 3, household="5 West Lake Road, 'floor' 2")
    give(shelf, 4, household="7 West Lake Road")
    give(shelf, 3)
    journal = [shelf.ledger.entry(n) for n in range(1, shelf.ledger.head().n + 1)]
    assert "West Lake" not in str([one.as_dict() for one in journal])


def test_when_the_stock_ends_nobody_gets_one(shelf):
    shelf.publish(spring(stock=1))
    give(shelf, 1)
    with pytest.raises(Insufficient):
        give(shelf, 2)


def test_it_is_given_from_its_beginning_to_its_end_and_lasts_no_longer(shelf):
    begins, ends = NOON + HOUR, NOON + 3 * DAY
    shelf.publish(spring(validity=Validity(days=7, starts_at=begins, ends_at=ends)))
    with pytest.raises(NotValidNow, match="not given yet"):
        give(shelf, 1)
    shelf.at = begins
    assert give(shelf, 1).body.about["expires_at"] == ends
    shelf.at = ends
    with pytest.raises(NotValidNow, match="given no longer"):
        give(shelf, 2)


def test_days_are_those_of_the_shop_whenever_on_the_day_it_is_given(shelf):
    shelf.publish(spring(validity=Validity(days=1)))
    shelf.at = MIDNIGHT - 1
    assert give(shelf, 1).body.about["expires_at"] == MIDNIGHT + DAY
    shelf.at = MIDNIGHT
    assert give(shelf, 2).body.about["expires_at"] == MIDNIGHT + 2 * DAY


def test_a_public_one_may_be_claimed_and_the_others_are_as_if_they_were_not_there(shelf):
    with pytest.raises(NoSuchBenefit) as unknown:
        claim(shelf)
    shelf.publish(spring(public=False))
    with pytest.raises(NoSuchBenefit) as hidden:
        claim(shelf)
    assert str(hidden.value) == str(unknown.value)
    shelf.publish(spring(public=True))
    assert claim(shelf).body.events[0].event == "Coupon Claimed"
    shelf.end("coupon", "spring")
    with pytest.raises(NoSuchBenefit):
        claim(shelf, 8)


def test_its_worst_case_is_set_aside_when_it_is_given(shelf):
    shelf.publish(Budget(name="may", asset=YUAN, amount=5000), spring(budget="may"))
    give(shelf, 1)
    assert shelf.budget("may") == (3000, 2000, 0)
    give(shelf, 2)
    with pytest.raises(Insufficient):
        give(shelf, 3)
    assert shelf.budget("may") == (1000, 4000, 0)


def test_what_nothing_bounds_is_not_given_under_a_budget(shelf):
    shelf.publish(
        Budget(name="may", asset=YUAN, amount=5000),
        Coupon(name="spring", title="", kind="percent", percent=1000, budget="may"),
    )
    with pytest.raises(TooMuch, match="nothing bounds"):
        give(shelf)


def test_taken_back_it_is_as_if_it_had_not_been_given(shelf):
    shelf.publish(
        Budget(name="may", asset=YUAN, amount=5000), spring(budget="may", stock=1, per_household=1)
    )
    given = give(shelf, household="a")
    back = take_back(shelf, given.n)
    assert (shelf.has("customer:7", ASSET), shelf.has(STOCK, ASSET)) == (0, 1)
    assert shelf.budget("may") == (5000, 0, 0)
    (event,) = back.body.events
    assert (event.event, event.customer_id) == ("Coupon Taken Back", 7)
    assert event.properties == {"coupon": "spring", "version": 1, "why": "order cancelled"}
    with pytest.raises(TooMuch):
        take_back(shelf, given.n)
    give(shelf, household="a")


def test_one_that_was_used_is_not_taken_back_nor_what_is_no_giving(shelf):
    shelf.publish(spring(stock=1))
    given, used = give(shelf), use(shelf)
    with pytest.raises(Insufficient):
        take_back(shelf, given.n)
    for other in (used.n, 10_000):
        with pytest.raises(NoSuchBenefit):
            take_back(shelf, other)


def test_what_expires_is_taken_away_and_its_budget_has_it_again(shelf):
    shelf.publish(
        Budget(name="may", asset=YUAN, amount=20_000),
        spring(budget="may", validity=Validity(days=0)),
    )
    for customer in (1, 2, 3):
        give(shelf, customer)
    use(shelf, 3)
    shelf.publish(spring(budget="may", amount=500, validity=Validity(days=5)))
    give(shelf, 4)
    assert expire_coupons(shelf.ledger) == 0
    assert shelf.budget("may") == (13_500, 6500, 0)
    shelf.at = MIDNIGHT
    assert expire_coupons(shelf.ledger) == 2
    assert shelf.budget("may") == (17_500, 2500, 0)
    assert (shelf.has(EXPIRED, ASSET), shelf.has(LAPSED, ASSET)) == (0, 2)
    head = shelf.ledger.head().n
    assert expire_coupons(shelf.ledger) == 0
    assert shelf.ledger.head().n == head
    with pytest.raises(NothingToDo):
        shelf.ask(ReleaseLapsed(key="again", coupon="spring", version=1))


def test_an_expiry_that_was_interrupted_is_finished_by_the_next(shelf):
    shelf.publish(
        Budget(name="may", asset=YUAN, amount=2000),
        spring(budget="may", validity=Validity(days=0)),
    )
    give(shelf)
    shelf.at = MIDNIGHT
    from regulars.benefit.points.sweep import expire

    expire(shelf.ledger, ASSET)
    assert shelf.budget("may") == (0, 2000, 0)
    expire_coupons(shelf.ledger)
    assert shelf.budget("may") == (2000, 0, 0)


def test_one_that_has_expired_can_still_be_taken_back_before_it_is_swept(shelf):
    shelf.publish(spring(stock=1, validity=Validity(days=0)))
    given = give(shelf)
    shelf.at = MIDNIGHT
    take_back(shelf, given.n)
    assert shelf.has(STOCK, ASSET) == 1


def test_a_customer_has_a_number():
    with pytest.raises(InvalidCommand):
        Recipient(0)


def test_what_else_is_limited_is_limited_in_the_same_entry():
    from regulars.ledger.command import Limit

    post = giving(SPRING, 1, Recipient(7), at=NOON, zone=ZONE, limits=(Limit("rule", "x", 1),))
    assert [(one.scope, one.subject, one.most) for one in post.limits] == [
        ("coupon:spring", "customer:7", 1),
        ("rule", "x", 1),
    ]
    assert SHOP not in {leg.owner for leg in post.legs}


def test_64_at_once_claim_a_stock_of_20_exactly_and_nobody_twice(shelf):
    shelf.publish(
        Budget(name="may", asset=YUAN, amount=100_000),
        spring(stock=20, public=True, budget="may"),
    )
    claims = [
        ClaimCoupon(key=f"c:{place}", coupon="spring", to=Recipient(1 + place % 32), zone=ZONE)
        for place in range(64)
    ]
    answers = all_at_once(shelf, claims)
    assert len(done(answers)) == 20
    assert len({one.body.events[0].customer_id for one in done(answers)}) == 20
    assert codes(answers) <= {"ledger.insufficient", "ledger.limit_reached"}
    assert shelf.has(STOCK, ASSET) == 0
    assert shelf.budget("may") == (60_000, 40_000, 0)


def test_of_a_household_that_comes_all_at_once_one_gets_it(shelf):
    shelf.publish(spring(per_household=1))
    to = [Recipient(customer, "hash") for customer in range(1, 17)]
    wanted = [GiveCoupon(key=shelf.key(), coupon="spring", to=one, zone=ZONE) for one in to]
    answers = all_at_once(shelf, wanted)
    assert (len(done(answers)), codes(answers)) == (1, {"ledger.limit_reached"})


@pytest.mark.parametrize("there", [500, 0])
def test_one_for_which_less_is_set_aside_than_it_can_cost_is_taken_back_all_the_same(shelf, there):
    """As a refund brings one back when its budget has nothing left."""
    shelf.publish(Budget(name="may", asset=YUAN, amount=2000), spring(budget="may", stock=5))
    given = give(shelf)
    shelf.ask(Post(key=shelf.key(), legs=spend("may", 2000 - there)))
    assert shelf.budget("may") == (0, there, 2000 - there)
    take_back(shelf, given.n)
    assert shelf.budget("may") == (there, 0, 2000 - there)
    assert (shelf.has(STOCK, ASSET), shelf.has("customer:7", ASSET)) == (5, 0)
    with pytest.raises((TooMuch, Insufficient)):
        take_back(shelf, given.n)
