"""Why a coupon that a customer has is not used: a code, numbers, and a sentence in both languages.

>>> Why("most", {"most": 3}).sentences("CNY")[0]
'A basket may use 3, and more comes off with the others.'
>>> Why("below_threshold", {"threshold": 10000, "comes_to": 8800, "short": 1200}).sentences("CNY")
('It asks for ¥100.00 of what it is for: ¥12.00 more.', '适用商品满¥100.00可用，还差¥12.00。')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from regulars.benefit.quote.basket import Held, Reason
from regulars.benefit.quote.rules import Fitted, taken_off
from regulars.kernel.money import format_money, from_minor_units

CODES = {
    "held_elsewhere": ("Another order holds it.", "已被其他订单占用。"),
    "expired": ("It has expired.", "已过期。"),
    "not_yet": ("It cannot be used yet.", "未到使用时间。"),
    "nothing_in_scope": (
        "Nothing in the basket is what it is for.",
        "购物车中没有适用的商品。",
    ),
    "below_threshold": (
        "It asks for {threshold} of what it is for: {short} more.",
        "适用商品满{threshold}可用，还差{short}。",
    ),
    "no_gift": (
        "What it makes free is not in the basket: {gift}.",
        "赠品不在购物车中：{gift}。",
    ),
    "nothing_off": ("There is nothing that it could take off.", "没有可减免的金额。"),
    "not_wished": ("Others were chosen.", "已选择其他优惠券。"),
    "once": (
        "Another one of this name is used; a basket uses one.",
        "同名优惠券每单限用一张，已用另一张。",
    ),
    "group": (
        "It does not go with {by}, with which more comes off.",
        "不能与“{by}”同用，用后者更优惠。",
    ),
    "alone": (
        "It goes with no other, and more comes off without it.",
        "不能与其他优惠券同用，不用它更优惠。",
    ),
    "not_beside": (
        "{by} goes with no other, and more comes off with it.",
        "“{by}”不能与其他优惠券同用，用它更优惠。",
    ),
    "most": (
        "A basket may use {most}, and more comes off with the others.",
        "每单最多用 {most} 张，用其他的更优惠。",
    ),
    "no_better": ("Nothing more comes off with it.", "用它不会减得更多。"),
}
"""By code the sentence in English and in Chinese."""
_MONEY = ("threshold", "comes_to", "short")


@dataclass(frozen=True, slots=True)
class Why:
    """Why not.

    Attributes:
        code: of `CODES`.
        numbers: what its sentence tells; amounts in the smallest coin.
    """

    code: str
    numbers: dict[str, int | str] = field(default_factory=dict)

    def sentences(self, currency: str) -> tuple[str, str]:
        """In English and in Chinese."""
        said = {
            name: format_money(from_minor_units(value, currency), currency)
            if name in _MONEY and isinstance(value, int)
            else value
            for name, value in self.numbers.items()
        }
        en, zh = CODES[self.code]
        return en.format(**said), zh.format(**said)


def why_never(coupon: Fitted, left: Sequence[int], at: int) -> Why | None:
    """Why the coupon cannot be used, whatever else is; None where it can.

    Args:
        coupon: of the customer.
        left: of each line and of the shipping before any coupon.
        at: when; UTC microseconds.
    """
    held = coupon.held
    terms = held.coupon
    starts_at, ends_at = terms.validity.starts_at, terms.validity.ends_at
    if held.count < 1:
        return Why("held_elsewhere")
    if held.expires_at <= at or (ends_at is not None and ends_at <= at):
        return Why("expired", {"expires_at": min(held.expires_at, ends_at or held.expires_at)})
    if starts_at is not None and at < starts_at:
        return Why("not_yet", {"starts_at": starts_at})
    if not coupon.meant:
        return Why("nothing_in_scope")
    if (short := terms.threshold - coupon.comes_to) > 0:
        numbers = {"threshold": terms.threshold, "comes_to": coupon.comes_to, "short": short}
        return Why("below_threshold", {**numbers})
    if not coupon.places:
        return Why("no_gift", {"gift": terms.gift})
    return None if taken_off(coupon, left) else Why("nothing_off")


def why_not(coupon: Fitted, used: Sequence[Fitted], most: int, *, chosen: bool) -> Why:
    """Why a coupon that could be used is not, beside those that are.

    Args:
        coupon: of the customer.
        used: those that are used.
        most: that may be used together.
        chosen: whether the customer has chosen those.
    """
    if chosen:
        return Why("not_wished")
    terms = coupon.held.coupon
    for other in (one.held.coupon for one in used):
        if other.name == terms.name:
            return Why("once")
        if other.alone:
            return Why("not_beside", {"by": other.name})
        if terms.group and other.group == terms.group:
            return Why("group", {"group": terms.group, "by": other.name})
    if terms.alone and used:
        return Why("alone")
    if len(used) >= most:
        return Why("most", {"most": most})
    return Why("no_better")


def reason(held: Held, why: Why, currency: str) -> Reason:
    """The reason, as a quote tells it."""
    en, zh = why.sentences(currency)
    return Reason(
        asset=held.asset,
        name=held.coupon.name,
        version=held.version,
        expires_at=held.expires_at,
        code=why.code,
        numbers=why.numbers,
        en=en,
        zh=zh,
    )
