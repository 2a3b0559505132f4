"""The events of benefits, in words of both languages."""

from __future__ import annotations

import pytest

from regulars.timeline.benefit_words import EVENTS, of_benefit

TOLD = [
    ("Points Earned", {"points": 120, "growth": 0, "source": "order:A1"},
     "earned 120 points by order A1", "获得 120 积分（订单 A1）"),
    ("Points Earned", {"points": 1200, "why": "rule"}, "earned 1,200 points", "获得 1,200 积分"),
    ("Points Earned", {"points": 50, "growth": 5, "paid_back": 20, "source": "event:x"},
     "earned 50 points and 5 growth value; 20 of the points pay what was owed",
     "获得 50 积分、5 成长值，其中 20 积分抵扣欠额"),
    ("Points Taken Back", {"points": 33, "growth": 3, "owed": 7, "source": "order:A1"},
     "33 points were taken back for order A1; 7 are owed", "扣回 33 积分（订单 A1），欠 7 积分"),
    ("Points Adjusted", {"points": -5, "why": "mistake"},
     "5 points were taken away (mistake)", "扣除 5 积分（mistake）"),
    ("Points Spent", {"points": 90, "on": "draw"}, "spent 90 points on draw",
     "使用 90 积分（draw）"),
    ("Points Expired", {"points": 1200}, "1,200 points expired", "1,200 积分已过期"),
    ("Coupon Expired", {"coupon": "spring", "version": 1, "count": 1},
     "the coupon spring expired", "优惠券 spring 已过期"),
    ("Coupon Expired", {"coupon": "spring", "version": 1, "count": 3},
     "the coupon spring expired (3)", "优惠券 spring 已过期（3 张）"),
    ("Balance Expired", {"asset": "money:CNY", "amount": 250},
     "¥2.50 of the balance expired", "余额 ¥2.50 已过期"),
    ("Balance Given", {"asset": "money:CNY", "balance": 250}, "was given a balance of ¥2.50",
     "获赠余额 ¥2.50"),
    ("Red Envelope Claimed", {"asset": "money:CNY", "amount": 888},
     "claimed ¥8.88 of a red envelope", "领取红包 ¥8.88"),
    ("Red Envelope Filled", {"asset": "points", "total": 500},
     "filled a red envelope with 500 points", "发出红包 500 积分"),
    ("Benefits Redeemed",
     {"order": "A1", "pay": 0, "points": 0, "balance": 150, "currency": "USD", "coupons": []},
     "used $1.50 of the balance for order A1, and pays $0.00",
     "订单 A1 使用余额 $1.50，实付 $0.00"),
    ("Benefits Restored",
     {"order": "A1", "cash": 2605, "points": 79, "balance": 0, "coupons": ["coupon:spring:2"],
      "points_taken": 3},
     "got back ¥26.05, 79 points and the coupon spring of order A1;"
     " 3 points that it had earned were taken back",
     "订单 A1 退回 ¥26.05、79 积分、优惠券 spring，扣回 3 积分"),
    ("Gift Sent", {"gift": "mug"}, "the gift mug was sent", "礼品 mug 已寄出"),
    ("Wallets Merged", {"from": 9}, "what number 9 had was joined to it", "合并了编号 9 的权益"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "told", "en", "zh"), TOLD, ids=lambda one: str(one)[:24])
def test_what_an_event_tells(name, told, en, zh):
    words = of_benefit(name, told, "CNY")
    assert words is not None
    assert (words.en, words.zh) == (en, zh)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_another_sender_s_event_of_the_same_name_is_told_by_its_name(name):
    assert of_benefit(name, {}, "CNY") is None
    keys = ("points", "order", "coupons", "amount", "asset", "balance", "coupon", "gift", "tier",
            "badge", "from")  # fmt: skip
    odd = {key: ["odd"] for key in keys}
    assert of_benefit(name, odd, "CNY") is None


def test_every_event_that_the_benefits_tell_has_words_here_and_in_the_report():
    import re
    from pathlib import Path

    import regulars.benefit
    from regulars.edges.report.benefits.words import EVENTS as IN_CHINESE

    found = set()
    for file in Path(regulars.benefit.__file__).parent.rglob("*.py"):
        text = file.read_text("utf-8")
        found |= set(re.findall(r'^[A-Z_]+ = "((?:[A-Z]\w+ )+[A-Z]\w+)"$', text, re.M))
        found |= set(re.findall(r'"(Tier \w+)"', text))
    assert "Tier Reached" in found
    assert len(found) > 15
    assert {name.lower() for name in found} == EVENTS
    assert found == set(IN_CHINESE)
