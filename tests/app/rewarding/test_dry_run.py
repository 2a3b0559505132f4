"""What rules would have given on past data is what a pass then gives, and nothing is asked."""

from __future__ import annotations

import random
from datetime import date

import pytest

from app.rewarding.rewarding_shop import RewardingShop, instant, rewarding_shop
from regulars.app.rewarding.dry_run import dry_run
from regulars.app.rewarding.history import history_of
from regulars.benefit.definition.terms import (
    Badge,
    Budget,
    Coupon,
    Earning,
    Give,
    Incentive,
    Points,
    Tier,
    Tiers,
)
from regulars.engines.store_assignments import SqlAssignments

RULES = (
    Points(earn=(
        Earning(name="goods", on="order", points=1, growth=1, per=100),
        Earning(name="review", on="Product Reviewed", points=20, limit=1, limit_days=1),
    )),
    Tiers(tiers=(
        Tier(name="one", title="One", growth=0),
        Tier(name="two", title="Two", growth=300, points_percent=15_000, gifts=("coupon:ten",)),
    )),
    Coupon(name="ten", title="10 off", kind="amount", amount=1000, per_customer=2, budget="cash"),
    Budget(name="cash", asset="money:CNY", amount=15_000),
    Budget(name="habit", asset="points", amount=100),
    Badge(name="three", title="Three", on="order", count=3),
    Incentive(name="reviewer", when="event", on="Product Reviewed", give=Give(points=15),
              limit=1, limit_days=7, hold_out=2000, budget="habit"),
    Incentive(name="second", when="conversion", after="order", on="order", within_days=20,
              give=Give(coupon="ten"), limit=None, hold_out=2000),
    Incentive(name="new", when="stage", stage="first_order", give=Give(balance=100), hold_out=0),
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """What is only looked at."""
    with rewarding_shop(tmp_path_factory.mktemp("dry"), global_hold_out=0.2) as shop:
        yield a_month_of(shop)


def a_month_of(shop: RewardingShop) -> RewardingShop:
    """Of forty customers, understood at its end."""
    rng = random.Random(5)
    rows = []
    for number in range(150):
        day, who = rng.randrange(1, 31), rng.randrange(40)
        paid, refunded = rng.randrange(10, 200), rng.choice([0, 0, 0, 9])
        rows.append(
            f"A{number},c{who},2026-03-{day:02d} {rng.randrange(8, 23):02d}:15:00,completed,"
            f"{paid},{refunded},p{number % 3},tea,1,{paid}"
        )
    shop.orders(*rows)
    for number in range(40):
        day = rng.randrange(1, 31)
        shop.event("Product Reviewed", f"c{rng.randrange(5)}", f"2026-03-{day:02d} 09:{number:02d}")
    shop.shop.understand()
    return shop


def rules_of(told: dict) -> dict:
    """Without what a pass does not tell: days and worst cases."""
    found = {}
    for row in told["rules"]:
        found[row["kind"], row["rule"]] = {
            name: value for name, value in row.items() if name not in ("by_day", "worst_case")
        }
    return found


def test_a_pass_then_gives_what_was_told(with_hold_out):
    shop = a_month_of(with_hold_out)
    book = SqlAssignments(shop.store)
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    would = dry_run(shop.shop.warehouse, shop.shop.home, RULES, first, last, book)
    assert shop.ledger.head().n == 0
    assert book.epochs() == []
    shop.publish(*RULES)  # on the first of March, as the shop's clock stands
    shop.now("2026-04-01 00:00")
    given = shop.run()
    assert rules_of(given.as_dict()) == rules_of(would.as_dict())
    reviewer = rules_of(would.as_dict())["incentive", "reviewer"]
    assert rules_of(would.as_dict())["earn", "review"]["refused"], "two reviews on a day"
    assert reviewer["refused"], "the budget of habits is too small for all"
    assert reviewer["held_out"]
    habit = next(one for one in would.budgets if one.name == "habit")
    assert (habit.set_aside, habit.amount) == (90, 100)
    assert first < habit.ends_on <= last
    left, spent = (
        shop.ledger.balance("cost:habit", owner).available for owner in ("left", "spent")
    )
    assert (left, spent) == (10, 90)


def test_what_is_told_by_day_comes_to_all_of_it(shop):
    would = dry_run(
        shop.shop.warehouse, shop.shop.home, RULES, date(2026, 3, 5), date(2026, 3, 9)
    ).as_dict()
    for row in would["rules"]:
        by_day = row.get("by_day", {})
        assert sum(by_day.values()) == row["times"]
        assert all("2026-03-05" <= day <= "2026-03-09" for day in by_day)
    whole = dry_run(
        shop.shop.warehouse, shop.shop.home, RULES, date(2026, 3, 1), date(2026, 3, 31)
    ).as_dict()
    assert rules_of(would)["earn", "goods"]["times"] < rules_of(whole)["earn", "goods"]["times"]


def test_a_rule_is_tried_on_the_past_though_it_begins_later(shop):
    later = instant("2027-01-01 00:00")
    rule = Earning(name="next_year", on="order", points=1, per=100, starts_at=later)
    would = dry_run(
        shop.shop.warehouse, shop.shop.home, [Points(earn=(rule,))],
        date(2026, 3, 1), date(2026, 3, 31),
    )  # fmt: skip
    assert rules_of(would.as_dict())["earn", "next_year"]["times"] == 150


def test_the_history_for_the_rule_sheet_agrees_with_a_recount(shop):
    now = instant("2026-04-01 00:00")
    with shop.store.read() as connection:
        told = history_of(shop.shop.warehouse, shop.shop.home, now, RULES, connection)
    orders = shop.shop.warehouse.sql("SELECT paid, gross, customer_id FROM orders").to_pylist()
    assert told.orders_a_month == pytest.approx(150, rel=0.1)
    assert told.average_order == int(sum(one["paid"] for one in orders) * 100) // 150
    assert sorted(told.baskets) == sorted(int(one["gross"] * 100) for one in orders)
    assert len(told.spends) == len({one["customer_id"] for one in orders})
    assert told.customers == sum(told.in_stage.values())
    assert told.events["Product Reviewed"] == pytest.approx(40, rel=0.1)
    assert told.met["reviewer"] >= 10
    assert (told.redeemed, told.points_used) == (None, None)


def test_a_shop_that_knows_nothing_tells_nothing(with_hold_out):
    shop = with_hold_out
    told = history_of(shop.shop.warehouse, shop.shop.home, shop.at, RULES)
    assert (told.orders_a_month, told.baskets, dict(told.met)) == (None, (), {})
