"""What was given, used and taken back, in words of both languages, by the events of benefits.

>>> of_benefit("Coupon Claimed", {"coupon": "spring", "version": 1}, "CNY").en
'claimed the coupon spring'
>>> of_benefit("Tier Reached", {"tier": "gold", "before": "silver"}, "CNY").zh
'升至等级 gold'
>>> of_benefit("Benefits Redeemed", {"order": "A1", "pay": 14000, "points": 500,
...     "coupons": [{"coupon": "coupon:spring:1", "discount": 2000}]}, "CNY").en
'used 500 points and the coupon spring for order A1, and pays ¥140.00'
>>> of_benefit("Product Viewed", {}, "CNY") is None
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from regulars.kernel.money import format_money, from_minor_units
from regulars.kernel.sentence import Sentence

Told = Mapping[str, Any]


def of_benefit(name: str, told: Told, currency: str) -> Sentence | None:
    """What an event of the store tells; None of any other, and of one that tells too little.

    Args:
        name: of the event.
        told: its properties, as the store tells them; money in the smallest coin.
        currency: of the shop, where the event names none.
    """
    words = _WORDS.get(name.strip().lower())
    if words is None:
        return None
    try:
        return words(told, currency)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # another's event of this name: it is told by its name


def _named(key: str, en: str, zh: str) -> Callable[[Told, str], Sentence]:
    def words(told: Told, _currency: str) -> Sentence:
        name = told[key]
        if not isinstance(name, str):
            raise TypeError(key)
        return Sentence(en.format(name), zh.format(name))

    return words


def _earned(told: Told, _currency: str) -> Sentence:
    points, growth, paid_back = (_count(told, one) for one in ("points", "growth", "paid_back"))
    order = _order_of(told)
    en, zh = [f"{points:,} points"] if points else [], [f"{points:,} 积分"] if points else []
    if growth:
        en.append(f"{growth:,} growth value")
        zh.append(f"{growth:,} 成长值")
    if not en:
        raise ValueError("nothing was earned")
    why_en, why_zh = (f" by order {order}", f"（订单 {order}）") if order else ("", "")
    if paid_back:
        why_en += f"; {paid_back:,} of the points pay what was owed"
        why_zh += f"，其中 {paid_back:,} 积分抵扣欠额"
    return Sentence(f"earned {' and '.join(en)}{why_en}", f"获得 {'、'.join(zh)}{why_zh}")


def _taken_back(told: Told, _currency: str) -> Sentence:
    points, owed, order = _count(told, "points"), _count(told, "owed"), _order_of(told)
    if not points and not (growth := _count(told, "growth")):
        raise ValueError("nothing was taken back")
    en = f"{points:,} points" if points else f"{growth:,} growth value"
    zh = f" {points:,} 积分" if points else f" {growth:,} 成长值"
    why_en, why_zh = (f" for order {order}", f"（订单 {order}）") if order else ("", "")
    owed_en, owed_zh = (f"; {owed:,} are owed", f"，欠 {owed:,} 积分") if owed else ("", "")
    return Sentence(f"{en} were taken back{why_en}{owed_en}", f"扣回{zh}{why_zh}{owed_zh}")


def _adjusted(told: Told, _currency: str) -> Sentence:
    points, why = told["points"], told.get("why") or ""
    en, zh = (f" ({why})", f"（{why}）") if why else ("", "")
    if points < 0:
        return Sentence(f"{-points:,} points were taken away{en}", f"扣除 {-points:,} 积分{zh}")
    return Sentence(f"was given {points:,} points{en}", f"获赠 {points:,} 积分{zh}")


def _spent(told: Told, _currency: str) -> Sentence:
    points, on = told["points"], told.get("on") or ""
    en, zh = (f" on {on}", f"（{on}）") if on else ("", "")
    return Sentence(f"spent {points:,} points{en}", f"使用 {points:,} 积分{zh}")


def _points_expired(told: Told, _currency: str) -> Sentence:
    points = told["points"]
    return Sentence(f"{points:,} points expired", f"{points:,} 积分已过期")


def _coupon_expired(told: Told, _currency: str) -> Sentence:
    coupon, count = told["coupon"], _count(told, "count")
    if not isinstance(coupon, str):
        raise TypeError("coupon")
    en, zh = (f" ({count:,})", f"（{count:,} 张）") if count > 1 else ("", "")
    return Sentence(f"the coupon {coupon} expired{en}", f"优惠券 {coupon} 已过期{zh}")


def _balance(told: Told, currency: str) -> Sentence:
    money = _money(told["balance"], _currency_of(told, currency))
    return Sentence(f"was given a balance of {money}", f"获赠余额 {money}")


def _envelope(en: str, zh: str) -> Callable[[Told, str], Sentence]:
    def words(told: Told, currency: str) -> Sentence:
        amount = told["amount"] if "amount" in told else told["total"]
        if told["asset"] == "points":
            return Sentence(en.format(f"{amount:,} points"), zh.format(f"{amount:,} 积分"))
        money = _money(amount, _currency_of(told, currency))
        return Sentence(en.format(money), zh.format(money))

    return words


def _redeemed(told: Told, currency: str) -> Sentence:
    currency = told.get("currency") or currency
    used_en, used_zh = _used(told, currency, [one["coupon"] for one in told["coupons"]])
    pays = _money(told["pay"], currency)
    order = told["order"]
    return Sentence(
        f"used {used_en} for order {order}, and pays {pays}",
        f"订单 {order} 使用{used_zh}，实付 {pays}",
    )


def _restored(told: Told, currency: str) -> Sentence:
    currency = told.get("currency") or currency
    back_en, back_zh = _used(told, currency, told["coupons"], cash=told.get("cash") or 0)
    order = told["order"]
    taken = _count(told, "points_taken")
    en, zh = (f"; {taken:,} points that it had earned were taken back", f"，扣回 {taken:,} 积分")
    return Sentence(
        f"got back {back_en} of order {order}{en if taken else ''}",
        f"订单 {order} 退回{back_zh}{zh if taken else ''}",
    )


def _used(told: Told, currency: str, coupons: list[str], cash: int = 0) -> tuple[str, str]:
    """Money, points, balance and coupons, of those that there are."""
    points, balance = told["points"], told.get("balance", 0)
    names = [_coupon_name(one) for one in coupons]
    en, zh = [], []
    if cash:
        en.append(_money(cash, currency))
        zh.append(_money(cash, currency))
    if points:
        en.append(f"{points:,} points")
        zh.append(f"{points:,} 积分")
    if balance:
        en.append(f"{_money(balance, currency)} of the balance")
        zh.append(f"余额 {_money(balance, currency)}")
    en += [f"the coupon {name}" for name in names]
    zh += [f"优惠券 {name}" for name in names]
    if not en:
        return "nothing", "（无）"
    *first, last = en
    return (f"{', '.join(first)} and {last}" if first else last), _spaced("、".join(zh))


def _spaced(chinese: str) -> str:
    """A space before what does not begin in Chinese."""
    return chinese if chinese[0] >= "\u4e00" else f" {chinese}"


def _merged(told: Told, _currency: str) -> Sentence:
    number = told["from"]
    if not isinstance(number, int):
        raise TypeError("from")
    return Sentence(f"what number {number} had was joined to it", f"合并了编号 {number} 的权益")


def _count(told: Told, name: str) -> int:
    value = told.get(name) or 0
    if not isinstance(value, int):
        raise TypeError(name)
    return value


def _order_of(told: Told) -> str:
    kind, _, name = str(told.get("source") or "").partition(":")
    return name if kind == "order" else ""


def _coupon_name(asset: str) -> str:
    """The coupon's name, of an asset or by itself."""
    parts = asset.split(":")
    return parts[1] if len(parts) == len(("coupon", "name", "version")) else asset


def _currency_of(told: Told, currency: str) -> str:
    kind, _, name = str(told.get("asset") or "").partition(":")
    return name if kind == "money" and name else currency


def _money(amount: int, currency: str) -> str:
    return format_money(from_minor_units(amount, currency), currency)


_WORDS: dict[str, Callable[[Told, str], Sentence]] = {
    "points earned": _earned,
    "points taken back": _taken_back,
    "points adjusted": _adjusted,
    "points spent": _spent,
    "points expired": _points_expired,
    "balance given": _balance,
    "balance expired": _envelope("{} of the balance expired", "余额 {} 已过期"),
    "coupon given": _named("coupon", "was given the coupon {}", "获赠优惠券 {}"),
    "coupon claimed": _named("coupon", "claimed the coupon {}", "领取优惠券 {}"),
    "coupon taken back": _named("coupon", "the coupon {} was taken back", "收回优惠券 {}"),
    "coupon expired": _coupon_expired,
    "benefits redeemed": _redeemed,
    "benefits restored": _restored,
    "red envelope filled": _envelope("filled a red envelope with {}", "发出红包 {}"),
    "red envelope claimed": _envelope("claimed {} of a red envelope", "领取红包 {}"),
    "red envelope returned": _envelope("{} came back from a red envelope", "红包退回 {}"),
    "gift given": _named("gift", "was given the gift {}", "获赠礼品 {}"),
    "gift sent": _named("gift", "the gift {} was sent", "礼品 {} 已寄出"),
    "gift received": _named("gift", "received the gift {}", "收到礼品 {}"),
    "gift taken back": _named("gift", "the gift {} was taken back", "收回礼品 {}"),
    "badge given": _named("badge", "earned the badge {}", "获得勋章 {}"),
    "tier reached": _named("tier", "rose to the tier {}", "升至等级 {}"),
    "tier kept": _named("tier", "keeps the tier {}", "保级：{}"),
    "tier lost": _named("tier", "fell to the tier {}", "降至等级 {}"),
    "wallets merged": _merged,
}

EVENTS = frozenset(_WORDS)
"""Names of the events of benefits, in small letters."""
