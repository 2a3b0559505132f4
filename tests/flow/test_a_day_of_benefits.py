"""A day in a shop: orders come in, points are earned, a coupon is used, a part is sent back.

What the day has come to is then asked for in every place that tells it, and all of them agree. The
checkout is the example of docs/benefits.md, worked by hand in tests/benefit/order/test_allocation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.app.benefits.figures import benefit_figures
from running_server import until

RULES = """
[points]
worth = 1
worth_of = 100
step = 100
most_percent = 50
expire_years = 1

[[points.earn]]
name = "order"
on = "order"
points = 1
growth = 1
per = 1

[[coupon]]
name = "spring"
title = "20 off 100"
title_zh = "满 100 减 20"
kind = "amount"
amount = 20
threshold = 100
days = 30
stock = 50
per_customer = 1
public = true
budget = "year"

[[budget]]
name = "year"
money = 500

[tiers]
keep_days = 365

[[tiers.tier]]
name = "member"
title = "Member"
growth = 0

[[tiers.tier]]
name = "silver"
title = "Silver"
growth = 500
"""
BASKET = {
    "lines": [
        {"id": "mugs", "product": "mug", "quantity": 3, "unit_price": 30_00},
        {"id": "pot", "product": "pot", "quantity": 1, "unit_price": 100_00},
    ],
    "shipping": 8_00,
}
HEAD = "order_id,customer_id,placed_at,status,paid"
SHANGHAI = ZoneInfo("Asia/Shanghai")
EARNED, SPENT, CAME_BACK = 600 + 173, 500, 79
"""Points: of 600.00 and 173.00 paid; of the order; of the mug that was sent back."""
TAKEN_BACK = 27
"""Of 173 points, as 26.05 of the 165.00 that was paid for goods has been given back."""
LEFT = EARNED - SPENT + CAME_BACK - TAKEN_BACK


class Day(NamedTuple):
    """The home, at the end of the day, and what the verbs told."""

    home: Path
    told: dict[str, Any]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    home, told = folder / "shop", {}
    regulars("init", home, "--name", "Day", "--lang", "en")
    (home / "benefits.toml").write_text(RULES, "utf-8")
    (folder / "basket.json").write_text(json.dumps(BASKET), "utf-8")

    def benefit(*words: object) -> dict[str, Any]:
        return as_json("--home", home, "benefit", *(str(word) for word in words))

    def orders(name: str, *rows: str) -> None:
        """A file of orders, placed as soon as the second that runs is over."""
        placed = datetime.now(UTC).astimezone(SHANGHAI) + timedelta(seconds=1)
        text = "\n".join([HEAD, *(row.format(f"{placed:%Y-%m-%d %H:%M:%S}") for row in rows)])
        (folder / name).write_text(text + "\n", "utf-8")
        regulars("--home", home, "import", folder / name)

    def earned(times: int) -> None:
        """Passes are done until the orders, which have only just been placed, have earned."""
        found = 0

        def some() -> bool:
            nonlocal found
            rules = benefit("run")["rules"]
            found += sum(row["times"] for row in rules if row["kind"] == "earn")
            return found >= times

        until(some, 120)
        assert found == times

    benefit("define")
    orders("morning.csv", "A1,ann,{0},completed,600.00", "B1,bob,{0},completed,80.00")
    earned(2)
    told["claimed"] = benefit("claim", "shop:ann", "--coupon", "spring")
    wish = ("--points", 500)
    told["quote"] = benefit("quote", "shop:ann", folder / "basket.json", *wish)
    told["held"] = benefit("hold", "shop:ann", "A2", folder / "basket.json", *wish)
    told["paid"] = benefit("pay", "A2")
    orders("noon.csv", "A2,ann,{0},completed,173.00")
    earned(1)
    told["refund"] = benefit("refund", "A2", "R1", "--line", "mugs=1")
    regulars("--home", home, "understand")
    yield Day(home, told)
    assert benefit("verify")


def row_of(day: Day, name: str) -> dict[str, Any]:
    """The people row of the customer."""
    rows = as_json("--home", day.home, "people")["rows"]
    return next(row for row in rows if row["ref"] == name)


def test_the_checkout_comes_to_what_was_worked_by_hand(day: Day) -> None:
    assert day.told["quote"]["pay"] == 173_00
    held, paid, refund = (day.told[one] for one in ("held", "paid", "refund"))
    assert held["quote"]["pay"] == paid["pay"] == 173_00
    assert paid["points"] == SPENT
    assert (refund["cash"], refund["points"], refund["coupons"]) == (26_05, CAME_BACK, [])
    assert refund["points_taken"] == TAKEN_BACK


def test_the_card_has_the_points_the_tier_and_no_coupon_any_more(day: Day) -> None:
    card = as_json("--home", day.home, "benefit", "balance", "shop:ann")
    assert card["points"]["available"] == LEFT
    assert card["tier"]["name"] == "silver"
    assert card["growth"] == EARNED - TAKEN_BACK
    assert card["coupons"] == []
    other = as_json("--home", day.home, "benefit", "balance", "shop:bob")
    assert (other["points"]["available"], other["tier"]["name"]) == (80, "member")


def test_the_statement_adds_up_to_the_card(day: Day) -> None:
    rows = as_json("--home", day.home, "benefit", "statement", "shop:ann")["lines"]
    assert sum(row["amount"] for row in rows) == LEFT
    assert sorted(row["amount"] for row in rows) == sorted(
        [600, 173, -SPENT, CAME_BACK, -TAKEN_BACK]
    )


def test_the_liability_is_what_both_customers_have(day: Day) -> None:
    owed = as_json("--home", day.home, "benefit", "liability")
    assert owed["points"]["outstanding"] == LEFT + 80
    assert owed["points"]["money"] == LEFT + 80, "100 points pay 1.00"
    # 3.15 of the coupon's 20.00 had been taken off the mug.
    (budget,) = owed["budgets"]
    assert (budget["funded"], budget["spent"], budget["reserved"], budget["left"]) == (
        500_00, 16_85, 0, 483_15,
    )  # fmt: skip


def test_the_timeline_tells_the_day_in_words_the_newest_first(day: Day) -> None:
    rows = as_json("--home", day.home, "timeline", "ann")["rows"]
    words = [row["words"]["en"] for row in rows if row["kind"] == "event"]
    assert words == [
        f"got back ¥26.05 and {CAME_BACK} points of order A2;"
        f" {TAKEN_BACK} points that it had earned were taken back",
        "earned 173 points and 173 growth value by order A2",
        "used 500 points and the coupon spring for order A2, and pays ¥173.00",
        "claimed the coupon spring",
        "rose to the tier silver",
        "earned 600 points and 600 growth value by order A1",
    ]


def test_the_people_row_is_the_card(day: Day) -> None:
    ann, bob = row_of(day, "ann"), row_of(day, "bob")
    assert (ann["points"], ann["growth"], ann["tier"]) == (LEFT, EARNED - TAKEN_BACK, "silver")
    assert (ann["coupons"], ann["benefit_orders"], ann["points_owed"]) == (0, 1, 0)
    today = datetime.now(UTC).astimezone(SHANGHAI)
    assert ann["points_expire_on"] == f"{today.year + 1}-12-31"
    assert (bob["points"], bob["tier"], bob["benefit_orders"]) == (80, "member", 0)
    assert bob["coupons_expire_on"] is None


def test_report_and_people_row_agree_with_the_book(day: Day) -> None:
    with Shop(day.home) as shop:
        figures = benefit_figures(shop.warehouse, shop.home)
    assert figures is not None
    assert figures.owed["points"]["outstanding"] == LEFT + 80
    (coupon,) = figures.coupons.to_pylist()
    assert (coupon["given"], coupon["used"], coupon["in_hand"], coupon["used_share"]) == (
        1,
        1,
        0,
        1,
    )
    assert {row["tier"]: row["customers"] for row in figures.tiers.to_pylist()} == {
        "member": 1, "silver": 1,
    }  # fmt: skip
    assert figures.orders == 1
    assert figures.owed["balance"] == 0
    months = figures.months.to_pylist()
    assert sum(row["earned"] for row in months) == EARNED + 80
    assert sum(row["used"] for row in months) == SPENT


def test_the_report_shows_it_in_both_languages(day: Day, tmp_path: Path) -> None:
    for language, heading, said in (
        ("zh", "权益：欠用户什么", "满 100 减 20"),
        ("en", "Benefits: what is owed", "20 off 100"),
    ):
        out = tmp_path / f"{language}.html"
        regulars("--home", day.home, "report", "--out", out, "--lang", language)
        page = out.read_text("utf-8")
        section = re.search(r'<h2 id="benefits">.*?</section>', page, re.S)
        assert section is not None
        for words in (heading, said, f"{LEFT + 80:,}", "Silver"):
            assert words in section[0]


def test_a_day_before_knows_of_nothing_that_was_given_since(day: Day) -> None:
    yesterday = (datetime.now(UTC).astimezone(SHANGHAI) - timedelta(days=1)).date()
    with Shop(day.home) as shop:
        from regulars.app.benefits.held import benefits_held

        before = benefits_held(shop.warehouse, shop.home, yesterday)
        tonight = benefits_held(
            shop.warehouse, shop.home, datetime.now(UTC).astimezone(SHANGHAI).date()
        )
        now = benefits_held(shop.warehouse, shop.home, None)
    assert before.held is not None
    assert before.held["points"].drop_null().to_pylist() == []
    assert now.held is not None
    assert tonight.held is not None
    assert tonight.held.sort_by("customer_id").equals(now.held.sort_by("customer_id"))
