"""End users: off by default, and nothing of children without their guardians' consent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from regulars.errors import CannotTell
from regulars.insight.end_users.ages import age_in
from regulars.insight.end_users.draw import draw
from regulars.settings import EndUsersSettings, Settings
from samples.made_people import days_after, person, purchase, view

ON = Settings(end_users=EndUsersSettings(enabled=True))
CONSENT = Settings(end_users=EndUsersSettings(enabled=True, guardian_consent=True))
DAY = "2026-01-10"


def family() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """40 customers of three purchases: 30 to themselves, 10 twice home and once to another."""
    people, bought = [], []
    for who in range(1, 41):
        generous = who <= 10
        people.append(person(who, orders=3, end_users=2 if generous else 1))
        bought += [purchase(who, DAY, recipient=f"own {who}")] * 2
        bought.append(
            purchase(who, DAY, recipient=f"friend {who}", main_category="gifts")
            if generous
            else purchase(who, DAY, recipient=f"own {who}", main_category="gifts")
        )
    return people, bought


def test_it_is_off_by_default_and_says_how_it_is_switched_on() -> None:
    people, bought = family()
    with pytest.raises(CannotTell, match=r"set enabled = true under \[end_users\]"):
        draw(view(bought, people, as_of="2026-04-15"))


def test_recipients_and_gifts_worked_by_hand() -> None:
    people, bought = family()
    drawn = draw(view(bought, people, as_of="2026-04-15", settings=ON))
    one, two, more = drawn.tables["recipients"].to_pylist()
    assert [row["customers"] for row in (one, two, more)] == [30, 10, 0]
    assert (one["share"], two["share"]) == (0.75, 0.25)
    assert two["low"] < 0.25 < two["high"]
    gifts, tea = drawn.tables["gifts"].to_pylist()
    assert (gifts["category"], gifts["purchases"], gifts["to_others"]) == ("gifts", 40, 10)
    assert (gifts["share"], tea["to_others"], tea["purchases"]) == (0.25, 0, 80)
    assert gifts["low"] < 0.25 < gifts["high"]


def children(count: int, *, title: str = "纸尿裤 6-12个月") -> dict[str, Any]:
    """`count` purchasers, each with one line of a good, bought 92 days before the as-of day."""
    lines = [
        {
            "order_no": who, "customer_id": who, "day": purchase(who, DAY)["day"], "good_no": 1,
            "pieces": Decimal(1), "gross": Decimal(9), "net": Decimal(9), "profit": Decimal(1),
            "cost_known": True,
        }
        for who in range(1, count + 1)
    ]  # fmt: skip
    goods = [{"good_no": 1, "title": title}, {"good_no": 2, "title": "童装 80码"}]
    return {"lines": lines, "goods": goods}


def test_without_a_guardians_consent_nothing_is_told_of_children() -> None:
    people, bought = family()
    drawn = draw(view(bought, people, as_of="2026-04-12", settings=ON, **children(40)))
    assert not drawn.tables["ages"].num_rows
    assert not drawn.tables["next_ages"].num_rows
    assert any("Nothing is told of children" in said.en for said in drawn.says)
    assert not any("age" in said.en.replace("Nothing", "") for said in drawn.says[:-1])


def test_ages_worked_by_hand() -> None:
    """For 6 to 12 months, bought 92 days ago: now 274 to 458 days old, 366 in the middle.

    6 x 30.4375 = 182.6, down to 182, + 92 = 274; 12 x 30.4375 = 365.25, up to 366, + 92 = 458. A
    child of 366 days is past 12 months (365 days) and reaches 24 (730) in 364 days.
    """
    people, bought = family()
    shop = view(bought, people, as_of=days_after(DAY, 92), settings=CONSENT, **children(40))
    drawn = draw(shop)
    ages = {row["months"]: row for row in drawn.tables["ages"].to_pylist()}
    assert (ages["12-24"]["customers"], ages["12-24"]["share"]) == (40, 1)
    assert ages["6-12"]["customers"] is None
    assert all(row["customers"] is None for row in drawn.tables["next_ages"].to_pylist())
    # Twenty days after the purchase: 202 to 386 days, 294 in the middle; 12 months in 71 days.
    earlier = draw(
        view(bought, people, as_of=days_after(DAY, 20), settings=CONSENT, **children(40))
    )
    soon = {
        (row["months"], row["in_days"]): row["customers"]
        for row in earlier.tables["next_ages"].to_pylist()
    }
    assert soon["12-24", "31-90"] == 40
    assert soon["12-24", "0-30"] is None


def test_several_purchases_narrow_the_age_and_two_children_are_not_one() -> None:
    """Nappies of 6 to 12 months and a size 80 (9 to 24) on a day: 9 to 12. With 3 to 6: none."""
    people, bought = family()
    one = children(40)
    one["lines"] += [{**line, "good_no": 2} for line in one["lines"]]
    drawn = draw(view(bought, people, as_of=DAY, settings=CONSENT, **one))
    ages = {row["months"]: row["customers"] for row in drawn.tables["ages"].to_pylist()}
    assert ages["6-12"] == 40  # 273 to 366 days: 319 in the middle
    apart = children(40, title="奶粉 3-5岁")
    apart["lines"] += [{**line, "good_no": 2} for line in apart["lines"]]
    told = draw(view(bought, people, as_of=DAY, settings=CONSENT, **apart))
    assert told.facts["several"] == 40
    assert not told.tables["ages"].num_rows


def test_fewer_than_thirty_are_never_shown() -> None:
    people, bought = family()
    drawn = draw(view(bought, people, as_of=DAY, settings=CONSENT, **children(29)))
    assert not drawn.tables["ages"].num_rows
    assert any("Too few purchases tell a child's age" in said.en for said in drawn.says)


def test_without_recipients_and_ages_there_is_nothing_to_tell() -> None:
    with pytest.raises(CannotTell, match="No end users can be told"):
        draw(view([purchase(1, DAY)], [person(1)], as_of=DAY, settings=CONSENT))


@pytest.mark.parametrize(
    ("name", "months"),
    [
        ("0-3岁 早教机", (0, 36)),
        ("婴儿连体衣 6～12个月", (6, 12)),
        ("6个月-3岁 磨牙棒", (6, 36)),
        ("3岁+ 积木", (36, 72)),
        ("18个月以上 训练杯", (18, 54)),
        ("幼儿奶粉3段 900g", (12, 36)),
        ("一段奶粉", (0, 6)),
        ("儿童羽绒服 110码", (42, 66)),
        ("Toddler shoes 2-3 years", (24, 36)),
        ("Baby vest 3-6 months, pack of 5", (3, 6)),
        ("连衣裙 165/88A", None),
        ("运动鞋 42码", None),
        ("苹果手机 12期免息", None),
        ("坚果礼盒 3月新货", None),
        ("茶叶 保质期18个月", None),
        ("中老年奶粉 50岁以上", None),
    ],
)
def test_ages_that_names_tell(name: str, months: tuple[int, int] | None) -> None:
    assert age_in(name) == months
