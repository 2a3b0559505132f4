"""What types of buyers are told apart by, and how they are called in both languages.

>>> type_name("frequent+with_discounts", "en"), type_name("frequent+with_discounts", "zh")
('Buys often, with discounts', '高频 · 优惠型')
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

_STANDS_OUT = 0.5
_HARDLY = 0.2
"""Deviations from which on a behaviour may be named, where names would else be equal."""
_FIRST = 2
"""Behaviours in a name, unless more are needed to tell two types apart."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour of buyers.

    Attributes:
        name: as in the people table, or made of its columns.
        kind: count, days, money or share; says how a bound is rounded and told.
        log: whether it is compared on a log scale.
        high, low: tokens of a type's key.
        en, zh: its name in a rule.
    """

    name: str
    kind: str
    log: bool
    high: str
    low: str
    en: str
    zh: str

    def rounded(self, bound: float) -> float:
        """A bound that can be said.

        >>> BEHAVIOURS[1].rounded(123.4), BEHAVIOURS[0].rounded(2.5)
        (120.0, 2.0)
        """
        if self.kind in ("count", "days"):
            return float(math.floor(bound))
        if self.kind == "share":
            return round(bound, 2)
        if bound <= 0:
            return 0.0
        return float(f"{bound:.2g}")


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("orders", "count", True, "frequent", "seldom", "purchases", "购买次数"),
    Behaviour(
        "average_order_value", "money", True, "large_baskets", "small_baskets",
        "order value", "笔单价",
    ),
    Behaviour(
        "categories", "count", True, "many_categories", "few_categories", "categories", "购买类目数"
    ),
    Behaviour(
        "discounted_share", "share", False, "with_discounts", "full_price",
        "purchases with a discount", "使用优惠的购买占比",
    ),
    Behaviour(
        "promotion_share", "share", False, "at_promotions", "off_promotions",
        "purchases at promotions", "大促购买占比",
    ),
    Behaviour(
        "refund_share", "share", False, "many_refunds", "few_refunds", "refunded", "退款占比"
    ),
    Behaviour(
        "recency_days", "days", True, "long_away", "recent",
        "days since the last purchase", "距末单天数",
    ),
)  # fmt: skip
"""Recency comes last: it tells when, the others how."""

_NAMES: dict[str, tuple[str, str]] = {
    "once": ("bought once", "单次购买"),
    "frequent": ("buys often", "高频"),
    "seldom": ("buys seldom", "低频"),
    "large_baskets": ("large orders", "高客单"),
    "small_baskets": ("small orders", "低客单"),
    "many_categories": ("many categories", "多类目"),
    "few_categories": ("few categories", "少类目"),
    "with_discounts": ("with discounts", "优惠型"),
    "full_price": ("at full price", "正价型"),
    "at_promotions": ("at promotions", "大促型"),
    "off_promotions": ("outside promotions", "日常型"),
    "many_refunds": ("many refunds", "多退款"),
    "few_refunds": ("few refunds", "少退款"),
    "long_away": ("long away", "久未购"),
    "recent": ("bought recently", "近期购买"),
    "ordinary": ("ordinary", "一般"),
}


def type_name(key: str, language: str) -> str:
    """The name of a type, from its key."""
    chinese = language == "zh"
    words = [_NAMES[part][chinese] if part in _NAMES else part for part in key.split("+")]
    if chinese:
        return " · ".join(words)
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def named(stands_out: Sequence[tuple[Mapping[str, float], bool]]) -> list[str]:
    """The keys of types, each different.

    Args:
        stands_out: of each type the mean of each behaviour in deviations from all buyers, and
            whether all its buyers bought once.

    >>> named([({"orders": -1.0, "recency_days": 0.6}, True), ({"orders": 1.4}, False)])
    ['once+long_away', 'frequent']
    """
    all_tokens = [_tokens(means, once) for means, once in stands_out]
    keys = ["+".join(tokens[:_FIRST]) for tokens, _ in all_tokens]
    for place, (first, further) in enumerate(all_tokens):
        tokens = [*first[_FIRST:], *further]
        while keys.count(keys[place]) > 1 and tokens:
            keys[place] = f"{keys[place]}+{tokens.pop(0)}"
        if keys[place] in keys[:place]:
            keys[place] = f"{keys[place]}+{place + 1}"
    return keys


def with_discounts(keys: Sequence[str], mostly: Sequence[bool]) -> list[str]:
    """Who buys outside promotions, yet mostly with a discount, is said to.

    >>> with_discounts(["off_promotions", "full_price+off_promotions"], [True, False])
    ['off_promotions+with_discounts', 'full_price+off_promotions']
    """
    found = []
    for key, many in zip(keys, mostly, strict=True):
        parts = key.split("+")
        longer = f"{key}+with_discounts"
        silent = not {"with_discounts", "full_price"} & set(parts)
        found.append(
            longer if many and silent and "off_promotions" in parts and longer not in keys else key
        )
    return found


def _tokens(means: Mapping[str, float], once: bool) -> tuple[list[str], list[str]]:
    """What stands out, the furthest first; and what does so but little."""
    place = {one.name: at for at, one in enumerate(BEHAVIOURS)}
    ordered = sorted(means, key=lambda name: (-round(abs(means[name]), 2), place[name]))
    clear, faint = [], []
    for name in ordered:
        behaviour = BEHAVIOURS[place[name]]
        token = behaviour.high if means[name] > 0 else behaviour.low
        if name == "orders" and once:
            continue
        if abs(means[name]) >= _STANDS_OUT:
            clear.append(token)
        elif abs(means[name]) >= _HARDLY:
            faint.append(token)
    if once:
        clear.insert(0, "once")
    return clear or ["ordinary"], faint


def bound_words(
    behaviour: Behaviour, above: float, upto: float, currency: str, language: str
) -> str:
    """A bound of the rule in words.

    >>> bound_words(BEHAVIOURS[0], 2, math.inf, "CNY", "en")
    'purchases 3 or more'
    >>> bound_words(BEHAVIOURS[3], -math.inf, 0.5, "CNY", "zh")
    '使用优惠的购买占比 ≤50%'
    """
    from regulars.kernel.money import format_money

    name = behaviour.zh if language == "zh" else behaviour.en

    def told(value: float) -> str:
        if behaviour.kind == "money":
            return format_money(Decimal(str(value)), currency).removesuffix(".00")
        return f"{value:.0%}" if behaviour.kind == "share" else f"{value:,.0f}"

    if behaviour.kind in ("count", "days"):
        low = above + 1
        if math.isinf(upto):
            return f"{name} ≥{told(low)}" if language == "zh" else f"{name} {told(low)} or more"
        if math.isinf(above) or (behaviour.kind == "count" and low <= 1):
            if behaviour.kind == "count" and upto == 1:
                return f"{name} 1"
            return f"{name} ≤{told(upto)}" if language == "zh" else f"{name} {told(upto)} or fewer"
        return f"{name} {told(low)}" if low == upto else f"{name} {told(low)}–{told(upto)}"
    if math.isinf(upto):
        return f"{name} >{told(above)}" if language == "zh" else f"{name} over {told(above)}"
    if math.isinf(above):
        return f"{name} ≤{told(upto)}" if language == "zh" else f"{name} {told(upto)} or less"
    return f"{name} {told(above)}–{told(upto)}"
