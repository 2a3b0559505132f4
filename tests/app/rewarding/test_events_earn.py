"""Events earn once, within limits, by keys that are not public; the store's own where named."""

from __future__ import annotations

from regulars.benefit.definition.terms import Earning, Points, Tier, Tiers

GOODS = Earning(name="goods", on="order", points=1, growth=1, per=100)
REVIEW = Earning(name="review", on="Product Reviewed", points=20, limit=2, limit_days=1)


def test_events_earn_within_the_rules_limit_and_never_by_a_public_key(shop):
    shop.publish(Points(earn=(REVIEW,)))
    for hour in ("09", "10", "11"):
        shop.event("Product Reviewed", "ann", f"2026-03-05 {hour}:00")
    shop.event("Product Reviewed", "ann", "2026-03-06 09:00")
    shop.event("Product Reviewed", "ann", "2026-03-06 10:00", connection="pages")
    shop.now("2026-03-10 12:00")
    told = shop.run()
    (rule,) = told.as_dict()["rules"]
    assert (rule["times"], rule["points"]) == (3, 60)
    assert rule["refused"] == {"ledger.limit_reached": 1}
    assert "public key" in told.notes[0].en
    assert shop.gave() == {}, "what was refused is not asked again"


def test_the_same_event_sent_twice_earns_once(shop):
    shop.publish(Points(earn=(REVIEW,)))
    shop.event("Product Reviewed", "ann", "2026-03-05 09:00", message="one")
    shop.event("Product Reviewed", "ann", "2026-03-05 09:00", message="one")
    shop.now("2026-03-10 12:00")
    assert shop.gave()["earn:review"]["times"] == 1


def test_what_the_store_told_earns_only_where_a_rule_waits_for_it_and_giving_never(shop):
    on_points = Earning(name="again", on="Points Earned", points=1)
    on_tier = Earning(name="risen", on="Tier Reached", points=7)
    tiers = Tiers(tiers=(
        Tier(name="one", title="One", growth=0), Tier(name="two", title="Two", growth=100),
    ))  # fmt: skip
    shop.publish(Points(earn=(GOODS, on_points, on_tier)), tiers)
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-10 12:00")
    assert set(shop.gave()) == {"earn:goods"}
    shop.now("2026-03-11 12:00")
    assert shop.gave() == {"earn:risen": {"times": 1, "customers": 1, "points": 7}}
    assert shop.gave() == {}
    assert shop.has("ann") == 127
