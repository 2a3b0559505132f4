"""What something earns, worked by hand; and when it expires."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.shelf import DAY, MIDNIGHT, NOON, ZONE
from regulars.benefit.definition.terms import Earning, Points, Scope, Tiers
from regulars.benefit.points.earning import (
    Earned,
    PaidLine,
    base_of,
    event_earns,
    limit_of,
    order_earns,
)
from regulars.benefit.points.expiry import growth_expires_at, points_expire_at
from regulars.ledger.command import NEVER

TEA = PaidLine("p1", "tea/green", 5_000, 9_050)
CUP = PaidLine("p2", "cups", 3_000, 2_999)
GOODS = Earning(name="goods", on="order", points=1, growth=1, per=100)
DOUBLE_TEA = Earning(name="tea", on="order", points=1, per=100, scope=Scope(categories=("tea",)))


def test_an_order_earns_on_what_was_paid_for_its_lines_rounded_down_once():
    # 90.50 + 29.99 = 120.49 paid, one point for each 1.00: 120; line by line it would be 90 + 29.
    earned = order_earns(GOODS, (TEA, CUP), happened_at=NOON)
    assert (earned.base, earned.points, earned.growth) == (12_049, 120, 120)


def test_the_tier_multiplies_points_and_not_growth_before_they_are_rounded():
    # 120.49 x 1.25 = 150.6; 120 x 1.25 would be 150 as well, and 29.99 x 1.25 = 37.48.
    earned = order_earns(GOODS, (TEA, CUP), happened_at=NOON, percent=12_500)
    assert (earned.points, earned.growth) == (150, 120)
    assert order_earns(GOODS, (CUP,), happened_at=NOON, percent=12_500).points == 37


def test_lines_out_of_scope_earn_nothing_and_count_to_the_base_once():
    assert order_earns(DOUBLE_TEA, (TEA, CUP), happened_at=NOON).points == 90
    assert base_of((GOODS, DOUBLE_TEA), (TEA, CUP)) == 12_049
    assert base_of((DOUBLE_TEA,), (TEA, CUP)) == 9_050


def test_by_price_and_by_what_is_left_out_lines_are_in_scope_or_not():
    def earns(**scope) -> int:
        rule = Earning(name="r", on="order", points=1, per=100, scope=Scope(**scope))
        return order_earns(rule, (TEA, CUP), happened_at=NOON).points

    assert earns(price_from=3_001) == earns(except_products=("p2",)) == 90
    assert earns(price_to=3_000) == earns(except_categories=("tea",)) == 29
    assert earns(categories=("te",)) == 0


def test_an_event_earns_a_fixed_number_while_its_rule_holds():
    rule = Earning(name="d", on="Product Reviewed", points=20, growth=2, starts_at=5, ends_at=9)
    found = [event_earns(rule, happened_at=at).points for at in (4, 5, 8, 9)]
    assert found == [0, 20, 20, 0]


def test_limits_count_in_days_and_in_weeks_of_the_shop_s_calendar():
    def window(days: int, at: int) -> str:
        limit = limit_of(Earned("sign", points=1, limit=1, limit_days=days), 7, at, ZONE)
        return limit.scope if limit else ""

    assert window(1, MIDNIGHT - 1) == "earn:sign:2026-11-29"
    assert window(1, MIDNIGHT) == "earn:sign:2026-11-30"
    # The 29th is a Sunday, so the week after begins with the 30th.
    assert window(7, MIDNIGHT - 1) == "earn:sign:2026-11-23"
    assert window(7, MIDNIGHT) == window(7, MIDNIGHT + 7 * DAY - 1) == "earn:sign:2026-11-30"
    assert window(0, NOON) == "earn:sign:all"


def test_points_last_to_the_end_of_a_day_or_of_a_year():
    assert points_expire_at(Points(expire_days=0), NOON, ZONE) == MIDNIGHT
    assert points_expire_at(Points(expire_days=30), NOON, ZONE) == MIDNIGHT + 30 * DAY
    # The 31st of December is 32 days after the 29th of November.
    assert points_expire_at(Points(expire_years=0), NOON, ZONE) == MIDNIGHT + 32 * DAY
    assert points_expire_at(Points(), NOON, ZONE) == NEVER
    both = Points(expire_days=365, expire_years=0)
    assert points_expire_at(both, NOON, ZONE) == MIDNIGHT + 32 * DAY


def test_a_day_of_25_hours_ends_when_it_ends():
    in_berlin = 1_792_836_000_000_000  # 2026-10-24 12:00 there; the clock goes back the next day
    ends = points_expire_at(Points(expire_days=1), in_berlin, "Europe/Berlin")
    assert ends - in_berlin == 37 * 3_600_000_000


def test_growth_counts_from_when_it_happened():
    assert growth_expires_at(Tiers(count_days=60), NOON, ZONE) == MIDNIGHT + 60 * DAY
    assert growth_expires_at(Tiers(count_days=None), NOON, ZONE) == NEVER


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6), st.integers(5_000, 30_000))
def test_an_order_in_parts_never_earns_more_than_as_a_whole(paid, percent):
    lines = [PaidLine("p", "c", 1, one) for one in paid]
    whole = order_earns(GOODS, lines, happened_at=0, percent=percent)
    parts = [order_earns(GOODS, (one,), happened_at=0, percent=percent) for one in lines]
    assert 0 <= whole.points - sum(one.points for one in parts) < len(lines)
