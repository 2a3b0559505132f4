"""What was done, in words: one or more lines for each verb of benefits that changes something.

>>> voice = Voice("en", "CNY", "Asia/Shanghai")
>>> issued("7")({"coupon": "spring", "version": 1}, voice)
['Gave customer 7 the coupon spring']
>>> paid({"order": "A1", "customer_id": 7, "pay": 18500, "points": 500, "balance": 0,
...     "coupons": [{"coupon": "coupon:spring:1", "discount": 2000}]}, voice)
['Order A1 is paid: customer 7 pays ¥185.00 and has used 500 points, the coupon spring']
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regulars.edges.cli.benefit_asking import Told
from regulars.edges.cli.benefit_shown import quote_lines
from regulars.edges.cli.voice import Voice, many

Said = Callable[[Told, Voice], list[str]]


def issued(who: str) -> Said:
    """A coupon, a gift or points were given, or points taken away."""

    def said(told: Told, voice: Voice) -> list[str]:
        until = _until(told, voice)
        if name := told.get("coupon"):
            return [
                voice.say(
                    f"Gave customer {who} the coupon {name}", f"已给用户 {who} 发放优惠券 {name}"
                )
                + until
            ]
        if name := told.get("gift"):
            return [
                voice.say(
                    f"Gave customer {who} the gift {name}; it waits for an address",
                    f"已给用户 {who} 发放礼品 {name}，等待收货地址",
                )
            ]
        points = told["points"]
        if points < 0:
            return [
                voice.say(
                    f"Took {-points:,} points from customer {who}",
                    f"已扣除用户 {who} 的 {-points:,} 积分",
                )
            ]
        return [
            voice.say(
                f"Gave customer {who} {points:,} points", f"已给用户 {who} 发放 {points:,} 积分"
            )
            + until
        ]

    return said


def claimed(who: str) -> Said:
    """A coupon, or a share of a red envelope, was claimed."""

    def said(told: Told, voice: Voice) -> list[str]:
        until = _until(told, voice)
        if "envelope" not in told:
            name = told["coupon"]
            return [
                voice.say(
                    f"Customer {who} has claimed the coupon {name}",
                    f"用户 {who} 已领取优惠券 {name}",
                )
                + until
            ]
        amount = voice.of_asset(told["asset"], told["amount"])
        return [
            voice.say(
                f"Customer {who} has claimed {amount} of red envelope {told['envelope']}",
                f"用户 {who} 领到红包 {told['envelope']} 中的 {amount}",
            )
            + until
        ]

    return said


def spent(who: str) -> Said:
    """Points were spent on something that is no order."""

    def said(told: Told, voice: Voice) -> list[str]:
        points, on = told["points"], told["on"]
        return [
            voice.say(
                f"Customer {who} has spent {points:,} points on {on}",
                f"用户 {who} 使用 {points:,} 积分：{on}",
            )
        ]

    return said


def taken_back(told: Told, voice: Voice) -> list[str]:
    """A coupon or a gift was taken back."""
    if name := told.get("coupon"):
        return [voice.say(f"Took the coupon {name} back", f"已收回优惠券 {name}")]
    return [voice.say(f"Took the gift {told['gift']} back", f"已收回礼品 {told['gift']}")]


def filled(told: Told, voice: Voice) -> list[str]:
    """A red envelope was filled."""
    total, count = voice.of_asset(told["asset"], told["total"]), told["count"]
    until = voice.until(told["expires_at"])
    return [
        voice.say(
            f"Filled red envelope {told['envelope']} with {total} in {many(count, 'share')},"
            f" claimed {until}",
            f"红包 {told['envelope']} 已装入 {total}，共 {count:,} 份，可领{until}",
        )
    ]


def held(told: Told, voice: Voice) -> list[str]:
    """An order holds what it is to use."""
    until = voice.until(told["expires_at"])
    head = voice.say(
        f"Held for order {told['order']} {until}", f"订单 {told['order']} 已占用，{until}"
    )
    return [head, *quote_lines(told["quote"], voice)]


def paid(told: Told, voice: Voice) -> list[str]:
    """An order is paid."""
    order, who, pays = told["order"], told["customer_id"], voice.money(told["pay"])
    used = _used(told, voice, [one["coupon"] for one in told["coupons"]])
    return [
        voice.say(
            f"Order {order} is paid: customer {who} pays {pays} and has used"
            f" {', '.join(used) or 'nothing'}",
            f"订单 {order} 已支付：用户 {who} 实付 {pays}，使用：{'、'.join(used) or '无'}",
        )
    ]


def cancelled(told: Told, voice: Voice) -> list[str]:
    """An order is cancelled."""
    order = told["order"]
    return [
        voice.say(
            f"Order {order} is cancelled: what it held is free again",
            f"订单 {order} 已取消，占用的权益已释放",
        )
    ]


def refunded(told: Told, voice: Voice) -> list[str]:
    """An order was refunded, or a part."""
    order, refund, left = told["order"], told["refund"], told["left"]
    parts = [voice.money(told["cash"]), *_used(told, voice, told["coupons"])]
    back = voice.say(", ", "、").join(parts)
    found = [
        voice.say(
            f"Refund {refund} of order {order} gives back {back}",
            f"订单 {order} 的退款 {refund}：退回 {back}",
        )
    ]
    if left:
        found[0] += voice.say(f"; {many(left, 'piece')} left", f"；剩余 {left:,} 件")
    if gone := told.get("expired"):
        names = _used({"points": 0, "balance": 0} | gone, voice, gone.get("coupons", []))
        found.append(
            voice.say(
                f"  expired meanwhile: {voice.listed(names)}",
                f"  其间已过期：{voice.listed(names)}",
            )
        )
    if points := told.get("points_taken"):
        found.append(
            voice.say(
                f"  {points:,} points that the order had earned are taken back",
                f"  扣回该订单所得的 {points:,} 积分",
            )
        )
    if points := told.get("points_owed"):
        found.append(
            voice.say(
                f"  {points:,} of them were spent already, and are owed",
                f"  其中 {points:,} 积分已被使用，记为欠额",
            )
        )
    return found


def gift_step(en: str, zh: str) -> Said:
    """A gift has an address, was sent, or has arrived."""

    def said(told: Told, voice: Voice) -> list[str]:
        return [voice.say(en, zh).format(gift=told["gift"], n=told["given"])]

    return said


def _used(told: Told, voice: Voice, coupons: list[str]) -> list[str]:
    """Points, balance and coupons, as far as there are any."""
    parts = []
    if points := told["points"]:
        parts.append(voice.of_asset("points", points))
    if balance := told["balance"]:
        money = voice.money(balance)
        parts.append(voice.say(f"{money} of the balance", f"余额 {money}"))
    names = [_name(one) for one in coupons]
    return parts + [voice.say(f"the coupon {name}", f"优惠券 {name}") for name in names]


def _name(asset: str) -> str:
    """The coupon's name, of `coupon:NAME:VERSION`."""
    return asset.split(":")[1]


def _until(told: dict[str, Any], voice: Voice) -> str:
    if "expires_at" not in told:
        return ""
    return voice.say(", ", "，") + voice.lasts(told["expires_at"])
