"""What customers have stands in the people table: of now, and of any day before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa

from regulars.app.benefits.held import benefits_held
from regulars.benefit.coupon.deeds import GiveCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import (
    Badge,
    Coupon,
    Earning,
    Give,
    Incentive,
    Points,
    Tier,
    Tiers,
    Validity,
)
from regulars.benefit.tier.judging import judge_due

ZONE = "Asia/Shanghai"
GOODS = Earning(name="goods", on="order", points=1, growth=1, per=100)
TIERS = Tiers(
    keep_days=30,
    count_days=30,
    tiers=(Tier(name="one", title="One", growth=0), Tier(name="two", title="Two", growth=100)),
)


def rows(held: pa.Table) -> dict[int, dict]:
    """By customer, without what is not there."""
    return {
        row.pop("customer_id"): {name: value for name, value in row.items() if value}
        for row in held.to_pylist()
    }


def test_each_day_knows_what_there_was_at_its_end(anywhere):
    shop = anywhere
    coupon = Coupon(name="ten", title="10 off", kind="amount", amount=10_00,
                    validity=Validity(days=5), stock=50)  # fmt: skip
    first = Badge(name="first", title="1", on="order", count=1)
    gift = Incentive(name="gift", when="event", on="X", hold_out=0, give=Give(balance=250))
    shop.publish(TIERS, Points(earn=(GOODS,), expire_days=60), coupon, first, gift)
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,1,120")
    shop.event("X", "ann", "2026-03-02 11:00")
    shop.now("2026-03-02 20:00")
    shop.run()
    ann = shop.number("ann")
    shop.now("2026-03-03 09:00")
    shop.ledger.ask(GiveCoupon(key="1", coupon="ten", to=Recipient(ann), zone=ZONE), by="cli")
    shop.now("2026-04-02 00:00")  # the period of the tier is over, and so is what counts
    judge_due(shop.ledger, ZONE)
    shop.shop.understand()

    def of(*day: int) -> dict:
        told = benefits_held(shop.shop.warehouse, shop.shop.home, date(*day))
        assert told.lowest_tier == "one"
        return rows(told.held).get(ann, {})

    there = {
        "points": 120, "points_expire_on": date(2026, 5, 1), "growth": 120, "tier": "two",
        "balance": Decimal("2.5000"), "badges": ["first"],
    }  # fmt: skip
    assert of(2026, 3, 1) == {}
    assert of(2026, 3, 2) == there
    assert of(2026, 3, 3) == there | {"coupons": 1, "coupons_expire_on": date(2026, 3, 8)}
    assert of(2026, 3, 7) == of(2026, 3, 3)
    assert of(2026, 3, 9) == there, "the coupon has expired, whether it was swept or not"
    later = {name: value for name, value in there.items() if name != "growth"}
    assert of(2026, 4, 3) == later | {"tier": "one"}
    assert of(2026, 5, 2) == {"tier": "one", "balance": Decimal("2.5000"), "badges": ["first"]}

    told = benefits_held(shop.shop.warehouse, shop.shop.home, None)
    assert rows(told.held)[ann]["tier"] == "one"
    people = {row["ref"]: row for row in shop.shop.people().to_pylist()}
    assert people["ann"]["balance"] == Decimal("2.5000")
    assert people["ann"]["badges"] == ["first"]


def test_what_both_numbers_of_one_customer_have_is_one_row_before_the_wallets_are_joined(shop):
    shop.publish(Points(earn=(GOODS,)))
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60",
        "A2,bob,2026-03-03 10:00:00,completed,80,0,p2,cups,1,80",
    )
    shop.now("2026-03-10 12:00")
    shop.run()
    shop.shop.identity_join("ann", "bob")
    shop.shop.understand()
    told = benefits_held(shop.shop.warehouse, shop.shop.home, None)
    assert rows(told.held) == {shop.number("ann"): {"points": 200, "growth": 200}}


def test_a_shop_without_benefits_has_none_and_one_that_has_published_has_zeros(shop):
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,1,120")
    shop.shop.understand()
    (ann,) = shop.shop.people().to_pylist()
    assert (ann["points"], ann["tier"], ann["coupons"]) == (None, None, None)
    shop.publish(TIERS)
    shop.shop.understand()
    (ann,) = shop.shop.people().to_pylist()
    assert (ann["points"], ann["tier"], ann["coupons"]) == (0, "one", 0)
    assert ann["balance"] == 0


def test_a_store_that_does_not_answer_keeps_nobody_from_the_rest(shop, monkeypatch):
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,1,120")
    shop.publish(TIERS)
    monkeypatch.setenv("REGULARS_STORE_URL", "postgresql://nobody@127.0.0.1:1/none")
    understood = shop.shop.understand()
    assert any("the store does not answer" in note for note in understood.notes)
    (ann,) = shop.shop.people().to_pylist()
    assert (ann["orders"], ann["points"]) == (1, None)
