"""The rule sheet: what each rule costs, and what is wrong with it, before anything starts."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from regulars.benefit.definition.file import parse_benefits
from regulars.benefit.definition.history import History
from regulars.benefit.definition.sheet import Sheet, sheet_of
from regulars.benefit.definition.sheet_text import sheet_text

STARTING = (files("regulars.app") / "benefits.toml").read_text("utf-8")
PAST = History(
    orders_a_month=800,
    average_order=12_000,
    margin=0.5,
    baskets=(3000, 4000, 8000, 12_000, 15_000, 25_000),
    spends=(5000, 20_000, 150_000, 600_000, 80_000),
    customers=4000,
    in_stage={"core": 200},
    entering={"at_risk": 90},
    rising={"gold": 3},
    events={"Product Reviewed": 120, "Checked In": 900, "Profile Completed": 60},
    people={"Product Reviewed": 80, "Checked In": 100, "Profile Completed": 60},
    met={"first_cart": 50, "seven_days": 40},
    redeemed=0.3,
)


def sheet(text: str, history: History | None = None, currency: str = "CNY") -> Sheet:
    benefits = parse_benefits(text, currency=currency, zone="Asia/Shanghai")
    return sheet_of(benefits, history or History())


def found(text: str, history: History | None = None) -> dict[str, tuple[str, int | None]]:
    return {one.code: (one.level, one.line) for one in sheet(text, history).findings}


def coupon(*lines: str, kind: str = "amount", worth: str = "amount = 10") -> str:
    return "\n".join(["[[coupon]]", 'name = "c"', 'title = "C"', f'kind = "{kind}"', worth, *lines])


def incentive(*lines: str) -> str:
    return "\n".join(["[[incentive]]", 'name = "i"', *lines])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheet_of_the_starting_file_is_as_it_was_read(language):
    expected = Path(__file__).with_name(f"starting_sheet.{language}.txt").read_text("utf-8")
    assert sheet_text(sheet(STARTING, PAST), language) == expected


def test_nothing_in_the_starting_file_is_doubtful_where_nothing_is_known_of_the_shop():
    found = sheet(STARTING)
    assert {one.level for one in found.findings} == {"note"}
    assert not found.stops
    assert found.total.expected == 0
    assert "earn order" in found.total.cannot_tell


def test_the_sheet_is_plain_data():
    told = sheet(STARTING, PAST).as_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["currency"] == "CNY"


# What it costs.


def costs(text: str, history: History | None = None) -> dict[str, tuple[int | None, int | None]]:
    return {one.name: (one.worst, one.expected) for one in sheet(text, history).costs}


def test_a_coupon_costs_what_the_least_of_its_bounds_lets_through():
    past = History(customers=30)
    assert costs(coupon("stock = 50"), past) == {"c": (30_000, None)}  # 30 customers of 10.00
    assert costs(coupon("stock = 20"), past) == {"c": (20_000, None)}
    under = coupon("stock = 20", 'budget = "b"', '[[budget]]\nname = "b"\nmoney = 150')
    assert costs(under, past) == {"c": (15_000, None)}
    assert costs(coupon()) == {"c": (None, None)}


def test_what_one_budget_pays_is_counted_once():
    text = """
    [[gift]]
    name = "mug"
    title = "A mug"
    worth = 15
    stock = 10
    budget = "b"
    [[gift]]
    name = "cup"
    title = "A cup"
    worth = 10
    stock = 10
    budget = "b"
    [[budget]]
    name = "b"
    money = 180
    """
    assert costs(text) == {"mug": (15_000, None), "cup": (10_000, None)}
    assert sheet(text).total.worst == 18_000


def test_a_public_coupon_is_expected_on_the_orders_that_reach_it():
    # Two of four baskets reach 100; of 60 orders a month 30 do, a third is used, 10.00 each.
    past = History(baskets=(5000, 9999, 10_000, 20_000), orders_a_month=60, redeemed=1 / 3)
    text = coupon("threshold = 100", "stock = 500", "public = true")
    (cost,) = sheet(text, past).costs
    assert (cost.can_meet, cost.expected) == (30, 10_000)
    assert costs(text, History(orders_a_month=60)) == {"c": (500_000, None)}


def test_a_percent_coupon_is_expected_by_past_baskets_up_to_its_ceiling():
    # 10 % of 100.00 is 10.00; of 400.00 it is 40.00, but the ceiling is 20.00: 15.00 on average.
    past = History(baskets=(10_000, 40_000), orders_a_month=10, redeemed=1.0)
    text = coupon("public = true", "ceiling = 20", kind="percent", worth="percent = 10")
    assert costs(text, past) == {"c": (None, 15_000)}


def test_points_of_orders_grow_with_sales():
    text = """
    [points]
    worth = 1
    worth_of = 100
    [[points.earn]]
    name = "order"
    on = "order"
    points = 2
    per = 1
    [[tiers.tier]]
    name = "member"
    title = "Member"
    growth = 0
    points_percent = 150
    """
    # Of 1,000.00 a month 2 % are 20.00, and 3 % in the best tier 30.00: 360.00 in a year.
    assert costs(text, History(orders_a_month=10, average_order=10_000)) == {
        "order": (36_000, 2000)
    }
    assert costs(text) == {"order": (None, None)}


def test_an_incentive_is_expected_without_those_who_are_held_out():
    text = "[points]\nworth = 1\nworth_of = 10\n" + incentive(
        'when = "stage"', 'stage = "at_risk"', "hold_out = 20", "give = { points = 50 }"
    )
    # 100 come into the stage, 80 of them get 50 points of 0.10 each; at most once each of 300.
    past = History(entering={"at_risk": 100}, customers=300)
    assert costs(text, past) == {"i": (150_000, 40_000)}
    assert costs(text, History(met={"i": 10}, customers=300)) == {"i": (150_000, 4000)}


# What is doubtful.


def test_a_coupon_that_makes_its_basket_free_is_told():
    assert found(coupon("threshold = 10"))["coupon.free_basket"] == ("warn", 6)
    assert found(coupon())["coupon.free_basket"][0] == "warn"
    assert "coupon.free_basket" not in found(coupon("threshold = 11"))


def test_a_coupon_without_end_is_told():
    assert found(coupon('per_customer = "any"', "public = true"))["coupon.endless"] == ("stop", 6)
    assert found(coupon('per_customer = "any"'))["coupon.endless"] == ("warn", 6)
    assert found(coupon("public = true"))["coupon.public_without_stock"] == ("warn", 6)
    whole = found(coupon("public = true", "stock = 5", 'per_customer = "any"'))
    assert whole["coupon.public_without_limit"] == ("warn", 8)
    assert found(coupon(kind="percent", worth="percent = 10"))["coupon.unbounded"] == ("warn", 5)
    assert found(coupon(kind="free_shipping", worth=""))["coupon.unbounded"][0] == "warn"


def test_a_threshold_that_all_or_no_orders_reach_is_told():
    low, high = History(baskets=(5000,) * 10), History(baskets=(2000,) * 10)
    assert found(coupon("threshold = 50"), low)["coupon.asks_nothing"] == ("note", 6)
    assert found(coupon("threshold = 50"), high)["coupon.out_of_reach"] == ("warn", 6)


def test_what_is_over_is_told():
    late = History(at=1_800_000_000_000_000)
    assert found(coupon("to = 2026-01-31"), late)["coupon.ended"] == ("warn", 6)
    text = incentive('when = "event"', 'on = "order"', "to = 2026-01-31", "give = { points = 1 }")
    assert found(text, late)["incentive.ended"] == ("warn", 5)


def test_a_basket_that_pays_less_than_it_cost_is_told_with_what_makes_it_so():
    text = (
        coupon("threshold = 20")
        + "\n[[coupon]]\n"
        + "\n".join(['name = "d"', 'title = "D"', 'kind = "percent"', "percent = 20"])
    )
    # 20.00 less 10.00, less a fifth of the rest: 8.00 of 20.00.
    sheet_ = sheet(text, History(margin=0.5))
    (warned,) = [one for one in sheet_.findings if one.code == "stack.below_cost"]
    assert "c and d: a basket of ¥20.00 pays ¥8.00 (40 %)" in warned.sentence.en
    assert "c、d叠加：¥20.00 的订单只付 ¥8.00（40%）" in warned.sentence.zh
    assert found(text, History(margin=0.65))["stack.deepest"][0] == "note"


def test_points_that_give_back_too_much_are_told():
    text = (
        '[points]\nworth = 1\nworth_of = 4\n[[points.earn]]\nname = "o"\non = "order"\n'
        "points = {n}\nper = 1"
    )
    assert found(text.replace("{n}", "4"))["points.giveback"] == ("stop", 2)
    assert found(text.replace("{n}", "1"))["points.giveback"] == ("warn", 2)
    assert found(text.replace("{n}", "1"), History(margin=0.3))["points.giveback"][0] == "note"
    assert found(text.replace("{n}", "1"), History(margin=0.2))["points.giveback"][0] == "warn"


def test_rules_without_a_limit_are_told():
    earn = '[[points.earn]]\nname = "e"\non = "{on}"\npoints = 1'
    assert found(earn.replace("{on}", "Checked In"))["earn.endless"] == ("warn", 1)
    assert found(earn.replace("{on}", "Order Completed"))["earn.order_event"] == ("warn", 3)
    free = incentive('when = "event"', 'on = "X"', 'limit = "any"', "give = { points = 1 }")
    assert found(free)["incentive.endless"] == ("warn", 1)
    assert found(free + "\nhold_out = 0")["incentive.no_hold_out"] == ("warn", 7)
    assert found('[[gift]]\nname = "g"\ntitle = "G"')["gift.endless"] == ("warn", 1)


def test_that_rules_know_no_households_is_told_where_a_coupon_counts_them():
    gives = incentive('when = "event"', 'on = "X"', "limit = 1", 'give = { coupon = "c" }')
    limited = coupon("stock = 5", "per_household = 1")
    assert found(f"{limited}\n{gives}")["incentive.household_unknown"][0] == "warn"
    assert "incentive.household_unknown" not in found(f"{coupon('stock = 5')}\n{gives}")


TIERS = """
[[points.earn]]
name = "o"
on = "order"
growth = 1
per = 1
[[tiers.tier]]
name = "member"
title = "Member"
growth = 0
[[tiers.tier]]
name = "gold"
title = "Gold"
growth = 100
"""


def test_tiers_that_nobody_or_everybody_reaches_are_told():
    assert found(TIERS, History(spends=(9999, 0)))["tier.nobody"] == ("warn", 14)
    assert found(TIERS, History(spends=(10_000,)))["tier.everybody"] == ("warn", 14)
    assert found(TIERS, History(spends=(10_000, 0)))["tier.reached"] == ("note", 14)
    assert found(TIERS)["tier.cannot_tell"][0] == "note"
    assert found(TIERS.replace("growth = 1\n", "points = 1\n"))["tier.no_growth"][0] == "warn"


def test_events_that_never_came_are_told_with_the_nearest_that_did():
    text = '[[badge]]\nname = "b"\ntitle = "B"\non = "Checkin"'
    (told,) = sheet(text, History(events={"Check In": 5})).findings
    assert (told.code, told.level, told.line) == ("event.never_seen", "warn", 4)
    assert 'is "Check In" meant?' in told.sentence.en
    assert not sheet(text).findings  # nothing is known of events


def test_budgets_that_pay_nothing_or_end_first_are_told():
    assert found('[[budget]]\nname = "b"\nmoney = 5')["budget.unused"] == ("warn", 1)
    text = coupon("stock = 2", 'budget = "b"', '[[budget]]\nname = "b"\nmoney = 15')
    assert found(text)["budget.ends_first"] == ("note", 10)


# What law and platforms say.


def event(name: str, give: str) -> str:
    return incentive('when = "event"', f'on = "{name}"', f"give = {{ {give} }}")


def test_money_for_reviews_is_stopped_and_points_are_not():
    assert found(event("Product Reviewed", "balance = 5"))["law.paid_reviews"] == ("stop", 4)
    assert found(event("五星好评", "points = 5"))["law.paid_reviews"][0] == "stop"
    assert found(event("Product Reviewed", "points = 5"))["law.reviews"][0] == "note"
    assert "law.reviews" not in found(event("Product Previewed", "points = 5"))
    assert sheet(event("Product Reviewed", "balance = 5")).stops


@pytest.mark.parametrize("name", ["Product Shared", "Followed", "Invited A Friend", "转发", "关注"])
def test_rewards_for_sharing_and_following_are_warned_of(name):
    assert found(event(name, "points = 5"))["platform.share"] == ("warn", 4)


def test_other_events_are_no_sharing():
    for name in ("Preferences Updated", "Checked In", "Order Rated Integrated"):
        assert "platform.share" not in found(event(name, "points = 5"))


def test_prizes_by_chance_have_a_bound_and_odds_to_be_published():
    def surprise(give: str, chance: int = 5) -> str:
        return incentive(
            'when = "surprise"', 'stage = "core"', f"chance = {chance}", f"give = {{ {give} }}"
        )

    large = found(surprise("balance = 50000.01"))
    assert large["law.prize_too_large"] == ("stop", 6)
    assert large["law.odds"] == ("note", 5)
    assert large["law.minors"][0] == "note"
    assert "law.prize_too_large" not in found(surprise("balance = 50000"))
    assert "law.odds" not in found(surprise("balance = 1", chance=100))
    gift = surprise('gift = "g"') + '\n[[gift]]\nname = "g"\ntitle = "G"\nstock = 1'
    assert found(gift)["law.prize_unknown"] == ("warn", 6)
    assert not sheet(surprise("balance = 50000.01"), currency="USD").stops


def test_personal_prices_are_stopped():
    assert found(coupon().replace('"C"', '"您的专属价"'))["law.personal_price"] == ("stop", 3)


def test_expiry_is_to_be_announced_and_differences_to_be_published():
    assert found(coupon("days = 3"))["law.announce_expiry"][0] == "note"
    assert found("[points]\nexpire_years = 0")["law.announce_expiry"] == ("note", 1)
    assert "law.announce_expiry" not in found(coupon())
    assert found(TIERS)["law.publish_rules"][0] == "note"
