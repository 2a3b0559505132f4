"""Badges for all that was ever done, and what tiers give, each once."""

from __future__ import annotations

import pytest

from regulars.app.rewarding.badges import BadgePass
from regulars.benefit.definition.terms import Badge, Coupon, Earning, Gift, Points, Tier, Tiers
from regulars.benefit.names import badge_asset, coupon_asset, gift_asset

TEN = Coupon(name="ten", title="10 off", kind="amount", amount=1000, per_customer=None, stock=50)


def test_badges_are_given_once_for_all_that_was_ever_done(shop):
    shop.orders(*(
        f"A{n},ann,2026-02-{n + 1:02d} 10:00:00,completed,50,0,p1,tea,1,50" for n in range(3)
    ))  # fmt: skip
    shop.orders("B1,bob,2026-02-01 10:00:00,completed,50,0,p1,tea,1,50")
    for day in (3, 4, 6, 7, 8):
        shop.event("Checked In", "bob", f"2026-02-{day:02d} 09:00")
    shop.publish(
        Badge(name="three_orders", title="3", on="order", count=3),
        Badge(name="three_days", title="3", on="Checked In", streak_days=3),
    )
    assert set(shop.gave()) == {"badge:three_orders", "badge:three_days"}
    assert shop.has("ann", badge_asset("three_orders")) == 1
    assert shop.has("bob", badge_asset("three_days")) == 1
    assert shop.gave() == {}


def test_what_a_tier_gives_is_given_when_it_is_reached_though_the_pass_was_stopped(shop):
    tiers = Tiers(tiers=(
        Tier(name="one", title="One", growth=0),
        Tier(name="two", title="Two", growth=100, gifts=("coupon:ten", "gift:mug")),
    ))  # fmt: skip
    mug = Gift(name="mug", title="Mug", worth=1500, stock=5)
    goods = Earning(name="goods", on="order", points=1, growth=1, per=100)
    shop.publish(TEN, mug, tiers, Points(earn=(goods,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,1,120")
    shop.now("2026-03-10 00:00")

    def stopped(*_):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BadgePass, "tier_gifts", stopped)
        with pytest.raises(KeyboardInterrupt):
            shop.run()
    assert shop.has("ann", coupon_asset("ten", 1)) == 0
    shop.now("2026-03-10 00:01")
    assert set(shop.gave()) == {"tier:coupon:ten", "tier:gift:mug"}
    assert shop.has("ann", coupon_asset("ten", 1)) == 1
    assert shop.has("ann", gift_asset("mug")) == 1
    assert shop.gave() == {}
