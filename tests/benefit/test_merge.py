"""Two numbers of one customer: all that stands under the old one moves, and counts; both stores."""

from __future__ import annotations

import pytest

from benefit.points.members import Members
from benefit.shelf import DAY, NOON, YUAN, ZONE, all_at_once, codes, done
from regulars.benefit.badge import GiveBadge
from regulars.benefit.coupon.deeds import GiveCoupon, TakeBackCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import Badge, Coupon, Gift
from regulars.benefit.gift.giving import GiveGift, TakeBackGift
from regulars.benefit.gift.sending import SendGift
from regulars.benefit.leaderboard import Join
from regulars.benefit.merge import MergeWallets
from regulars.benefit.names import (
    POINTS,
    STOCK,
    USED,
    badge_asset,
    coupon_asset,
    customer_owner,
    gift_asset,
)
from regulars.errors import Insufficient, InvalidCommand, LimitReached, NothingToDo, TooMuch
from regulars.ledger.command import Hold, Leg, Post, Void

OLD, NEW = 8, 7
TEN = Coupon(name="ten", title="Ten", kind="amount", amount=1000)
MUG = Gift(name="mug", title="Mug", stock=5)
REGULAR = Badge(name="regular", title="Regular", on="order", count=1)
EARLY = Badge(name="early", title="Early", on="order", count=1)


@pytest.fixture
def shop(store):
    shop = Members(store)
    shop.publish(TEN, MUG)
    shop.put("badge", REGULAR)
    shop.put("badge", EARLY)
    with shop.ledger:
        yield shop
        shop.check()


def merging(shop: Members, **more) -> MergeWallets:
    told = {"key": shop.key(), "old": OLD, "new": NEW, "zone": ZONE}
    return MergeWallets(**(told | more))


def give_coupon(shop: Members, who: int):
    to = Recipient(who)
    return shop.ask(GiveCoupon(key=shop.key(), coupon="ten", to=to, zone=ZONE))


def give_badge(shop: Members, badge: str, who: int):
    return shop.ask(GiveBadge(key=shop.key(), badge=badge, customer_id=who))


def lots(shop: Members, who: int, asset: str) -> list[tuple[int, int]]:
    found = shop.ledger.balance(asset, customer_owner(who)).lots
    return [(lot.expires_at, lot.balance) for lot in found]


def test_lots_move_with_their_expiries(shop):
    shop.issue(POINTS, customer_owner(OLD), 30, expires_at=NOON + DAY)
    shop.issue(POINTS, customer_owner(OLD), 20, expires_at=NOON + 2 * DAY)
    shop.issue(POINTS, customer_owner(NEW), 5, expires_at=NOON + DAY)
    shop.issue(YUAN, customer_owner(OLD), 300)
    receipt = shop.ask(merging(shop))
    assert lots(shop, NEW, POINTS) == [(NOON + DAY, 35), (NOON + 2 * DAY, 20)]
    assert lots(shop, OLD, POINTS) == []
    assert shop.has(customer_owner(NEW), YUAN) == 300
    about = receipt.body.about
    assert (about["from"], about["to"], about["moved"]) == (OLD, NEW, {POINTS: 50, YUAN: 300})
    with pytest.raises(NothingToDo):
        shop.ask(merging(shop, with_limits=False))


def test_what_has_expired_is_left_for_the_sweep(shop):
    shop.issue(POINTS, customer_owner(OLD), 30, expires_at=NOON + DAY)
    shop.at += 2 * DAY
    with pytest.raises(NothingToDo):
        shop.ask(merging(shop))


def test_growth_of_both_counts_and_the_tier_rises_at_once(shop):
    shop.earn("order:1", points=60, growth=60, who=OLD)
    shop.earn("order:2", points=60, growth=60, who=NEW)
    receipt = shop.ask(merging(shop))
    assert (shop.growth(NEW), shop.member(NEW).tier) == (120, "silver")
    names = [name for name, _ in shop.events(receipt)]
    assert names == ["Wallets Merged", "Tier Reached"]
    assert shop.events(receipt)[1][1]["gifts"] == ["coupon:ten"]


def test_the_higher_tier_holds_with_its_period_and_the_name_on_the_board_stays(shop):
    shop.earn("order:1", growth=150, who=OLD)
    since = shop.member(OLD).since
    shop.ask(Join(key=shop.key(), customer_id=OLD, shown_as="Tea"))
    shop.earn("order:2", growth=10, who=NEW)
    shop.at += DAY
    shop.ask(merging(shop))
    member = shop.member(NEW)
    assert (member.tier, member.since, member.shown_as) == ("silver", since, "Tea")
    gone = shop.member(OLD)
    assert (gone.tier, gone.shown_as) == ("", "")


def test_of_a_badge_that_both_have_one_stays_and_others_go_over(shop):
    give_badge(shop, "regular", OLD)
    give_badge(shop, "regular", NEW)
    give_badge(shop, "early", OLD)
    receipt = shop.ask(merging(shop))
    customer = customer_owner(NEW)
    assert shop.has(customer, badge_asset("regular")) == 1
    assert shop.has(customer, badge_asset("early")) == 1
    assert receipt.body.about["badges"] == ["regular"]
    for name in ("regular", "early"):
        with pytest.raises(NothingToDo):
            give_badge(shop, name, NEW)


def test_limits_that_the_old_number_used_count_for_the_new_one(shop):
    give_coupon(shop, OLD)
    shop.ask(merging(shop))
    assert shop.has(customer_owner(NEW), coupon_asset("ten", 1)) == 1
    with pytest.raises(LimitReached):
        give_coupon(shop, NEW)


def test_limits_count_though_nothing_else_is_left(shop):
    give_coupon(shop, OLD)
    legs = (Leg("coupon:ten:1", customer_owner(OLD), -1), Leg("coupon:ten:1", "used", 1))

    shop.ask(Post(key="used", legs=legs))
    shop.ask(merging(shop))
    with pytest.raises(LimitReached):
        give_coupon(shop, NEW)


def test_both_numbers_may_have_used_a_limit_and_the_customer_keeps_both(shop):
    give_coupon(shop, OLD)
    give_coupon(shop, NEW)
    shop.ask(merging(shop))
    assert shop.has(customer_owner(NEW), coupon_asset("ten", 1)) == 2


def test_what_is_owed_moves_and_a_later_refund_takes_from_the_new_number(shop):
    shop.earn("order:1", points=100, base=10_000, who=OLD)
    shop.ask(merging(shop))
    shop.take_back(4_000)
    assert (shop.points(NEW), shop.owed(OLD), shop.owed(NEW)) == (60, 0, 0)
    legs = (Leg(POINTS, customer_owner(NEW), -60), Leg(POINTS, "shop", 60))

    shop.ask(Post(key="spend", legs=legs))
    shop.take_back(10_000)
    assert (shop.owed(NEW), shop.owed(OLD)) == (60, 0)


def test_gifts_go_over_with_their_rows(shop):
    given = shop.ask(GiveGift(key=shop.key(), gift="mug", customer_id=OLD))
    shop.ask(merging(shop))
    assert shop.read(lambda rows: rows.gift(given.n).customer_id) == NEW
    assert shop.has(customer_owner(NEW), gift_asset("mug")) == 1


def test_what_an_order_holds_stays_and_is_named_until_it_is_free(shop):
    shop.issue(POINTS, customer_owner(OLD), 100)
    legs = (Leg(POINTS, customer_owner(OLD), -40), Leg(POINTS, "shop", 40))
    hold = shop.ask(Hold(key="hold", owner="order:A1", legs=legs, expires_at=NOON + DAY))
    receipt = shop.ask(merging(shop))
    assert receipt.body.about["held"] == {POINTS: 40}
    assert receipt.body.about["holds"] == ["order:A1"]
    assert shop.points(NEW) == 60
    shop.ask(Void(key="void", hold=hold.n))
    shop.ask(merging(shop, with_limits=False))
    assert (shop.points(NEW), shop.points(OLD)) == (100, 0)


def test_more_lots_than_go_into_one_entry_go_into_several(shop):
    for day in range(200):
        shop.issue(POINTS, customer_owner(OLD), 1, expires_at=NOON + (day + 1) * DAY)
    assert shop.ask(merging(shop)).body.about["more"]
    assert "more" not in shop.ask(merging(shop, with_limits=False)).body.about
    assert len(lots(shop, NEW, POINTS)) == 200


def test_two_passes_at_once_move_it_once(shop):
    shop.issue(POINTS, customer_owner(OLD), 100)
    answers = all_at_once(shop, [merging(shop) for _ in range(6)])
    assert len(done(answers)) == 1
    assert codes(answers) == {"benefit.nothing_to_do"}
    assert shop.points(NEW) == 100


def test_a_number_is_not_merged_with_itself(shop):
    with pytest.raises(InvalidCommand):
        merging(shop, old=NEW)


@pytest.mark.parametrize("with_more", [False, True], ids=["alone", "with points"])
def test_a_coupon_that_a_merge_moved_is_taken_back_from_whoever_has_it_now(shop, with_more):
    given = give_coupon(shop, OLD)
    if with_more:
        shop.issue(POINTS, customer_owner(OLD), 30)
    shop.ask(merging(shop))
    shop.ask(merging(shop, old=NEW, new=6))
    shop.ask(TakeBackCoupon(key=shop.key(), n=given.n))
    asset = coupon_asset("ten", 1)
    assert [shop.has(customer_owner(who), asset) for who in (OLD, NEW, 6)] == [0, 0, 0]
    assert shop.has(customer_owner(6), POINTS) == 30 * with_more
    with pytest.raises(TooMuch):
        shop.ask(TakeBackCoupon(key=shop.key(), n=given.n))
    if not with_more:
        give_coupon(shop, 6)  # the limit counts it no longer


def test_limits_of_other_things_stay_when_the_only_thing_that_was_moved_is_taken_back(shop):
    shop.publish(Coupon(name="other", title="Other", kind="amount", amount=1000))
    other = GiveCoupon(key=shop.key(), coupon="other", to=Recipient(OLD), zone=ZONE)
    shop.ask(other)
    shop.ask(Post(key=shop.key(), legs=(
        Leg(coupon_asset("other", 1), customer_owner(OLD), -1),
        Leg(coupon_asset("other", 1), USED, 1),
    )))  # fmt: skip
    given = give_coupon(shop, OLD)
    shop.ask(merging(shop))
    shop.ask(TakeBackCoupon(key=shop.key(), n=given.n))
    with pytest.raises(LimitReached):
        shop.ask(GiveCoupon(key=shop.key(), coupon="other", to=Recipient(NEW), zone=ZONE))
    give_coupon(shop, NEW)


def test_a_coupon_that_was_used_after_the_merge_is_not_taken_back(shop):
    given = give_coupon(shop, OLD)
    shop.ask(merging(shop))
    asset = coupon_asset("ten", 1)
    shop.ask(Post(key=shop.key(), legs=(
        Leg(asset, customer_owner(NEW), -1), Leg(asset, USED, 1),
    )))  # fmt: skip
    with pytest.raises(Insufficient):
        shop.ask(TakeBackCoupon(key=shop.key(), n=given.n))


@pytest.mark.parametrize("sent", ["not sent", "sent before", "sent after"])
def test_a_gift_is_taken_back_wherever_a_merge_has_moved_it(shop, sent):
    stays = Gift(name="cup", title="Cup", stock=5, needs_address=False)
    shop.publish(stays)
    given = shop.ask(GiveGift(key=shop.key(), gift="cup", customer_id=OLD))
    if sent == "sent before":
        shop.ask(SendGift(key=shop.key(), n=given.n))
    shop.ask(merging(shop))
    if sent == "sent after":
        shop.ask(SendGift(key=shop.key(), n=given.n))
    shop.ask(TakeBackGift(key=shop.key(), n=given.n))
    asset = gift_asset("cup")
    assert (shop.has(STOCK, asset), shop.has(customer_owner(NEW), asset)) == (5, 0)
    assert shop.has(customer_owner(OLD), asset) == 0
