"""Attributes and behaviours of customers by which a portrait is drawn, and how they are cut.

Text is taken as it is; numbers are cut near the fifths of the base, at bounds that can be said. The
fifths are those of at most `_MOST` of the base, chosen by their numbers; the counts are of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from regulars.insight.portraits.condition import TRAIT, column_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

_MOST = 20_000
_FIFTHS = (0.2, 0.4, 0.6, 0.8)
AGES = (17, 24, 34, 44, 54)
_HOURS = (5, 11, 17)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute.

    Attributes:
        name: column of the people table, `age`, or `traits.<key>`.
        kind: text, list, weekday, hour, age; or count, days, money, share, which are cut in bands.
        en, zh: its name.
    """

    name: str
    kind: str
    en: str
    zh: str

    @property
    def banded(self) -> bool:
        """Whether its values are bands of numbers."""
        return self.kind in ("count", "days", "money", "share", "hour", "age")


def _all(kind: str, *rows: tuple[str, str, str]) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, kind, en, zh) for name, en, zh in rows)


ATTRIBUTES: tuple[Attribute, ...] = (
    *_all(
        "text",
        ("source", "source", "来源"),
        ("gender", "gender", "性别"),
        ("top_category", "top category", "首选类目"),
        ("province", "province", "省份"),
        ("city", "city", "城市"),
        ("country", "country", "国家"),
        ("education", "education", "学历"),
        ("reputation", "platform grade", "信誉级别"),
        ("stage", "stage", "阶段"),
        ("depth", "depth", "关系深度"),
        ("rfm_segment", "RFM segment", "RFM 分群"),
        ("customer_type", "type of buyer", "用户类型"),
        ("buys_only_at", "buys only at", "只在大促购买"),
    ),
    *_all("age", ("age", "age", "年龄")),
    *_all("list", ("interests", "interest", "兴趣"), ("tags", "tag", "标签")),
    *_all("weekday", ("usual_weekday", "usual weekday", "常购星期")),
    *_all("hour", ("usual_hour", "usual hour", "常购时段")),
    *_all(
        "count",
        ("orders", "purchases", "购买次数"),
        ("categories", "categories bought", "购买类目数"),
        ("promotion_orders", "purchases at promotions", "大促购买次数"),
        ("end_users", "recipients", "收货人数"),
        ("cancelled_orders", "cancelled orders", "取消订单数"),
    ),
    *_all(
        "days",
        ("recency_days", "days since the last purchase", "距末单天数"),
        ("tenure_days", "days since the first purchase", "客龄天数"),
        ("cycle_p50", "usual cycle in days", "复购周期 P50"),
    ),
    *_all(
        "money",
        ("monetary", "paid so far", "累计实付"),
        ("average_order_value", "order value", "笔单价"),
        ("profit", "profit so far", "累计毛利"),
        ("lifetime_value", "expected profit", "用户生命周期价值"),
    ),
    *_all(
        "share",
        ("discount_share", "discount of list value", "优惠占比"),
        ("discounted_share", "purchases with a discount", "使用优惠的购买占比"),
        ("refund_share", "refunded", "退款占比"),
        ("weekend_share", "weekend purchases", "周末购买占比"),
        ("payday_share", "payday purchases", "发薪日购买占比"),
        ("evening_share", "evening purchases", "晚间购买占比"),
        ("chance_90", "chance to buy in 90 days", "90 天购买概率"),
    ),
)
"""Attributes first, then behaviours."""

FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"stage", "depth", "warmth", "stage_since", "previous_stage"}),
    frozenset({"orders", "purchase_days", "depth", "f"}),
    frozenset({"monetary", "profit", "m"}),
    frozenset({"recency_days", "last_order_on", "stage", "r", "chance_90", "due_on"}),
    frozenset({"tenure_days", "first_order_on"}),
    frozenset({"discount_share", "discounted_share"}),
    frozenset({"province", "city", "country"}),
    frozenset({"promotion_orders", "buys_only_at"}),
)
"""Attributes that say nearly the same: where one is asked for, the others are no news."""


BY_RULE = (
    "orders", "purchase_days", "monetary", "profit", "rfm_segment", "stage", "depth", "warmth",
    "customer_type", "lifetime_value", "chance_90", "recency_days", "tenure_days", "cycle_p50",
    "categories", "promotion_orders", "end_users", "cancelled_orders", "weekend_share",
    "payday_share", "evening_share", "discounted_share", "discount_share", "refund_share",
    "usual_hour", "usual_weekday", "buys_only_at", "average_order_value",
)  # fmt: skip
"""Attributes that the rule for the core brings about, that grow with every purchase, or that are
shares of a customer's purchases: those of many purchases lie near the mean, those of few do not. No
news of the core; the picture of habits compares their purchases."""

FOLLOWERS = frozenset(
    {"payday_share", "evening_share", "weekend_share", "end_users"}
    | {"cancelled_orders", "refund_share", "promotion_orders"}
)
"""Attributes that follow the number of purchases: a share of one purchase is none or all, of many
it is near the mean, and what may happen with any purchase has happened to those of many. They are
listed, but never said to set a group apart."""


def akin(name: str) -> set[str]:
    """The attribute with those that say nearly the same."""
    return {name}.union(*(family for family in FAMILIES if name in family))


BY_NAME = {one.name: one for one in ATTRIBUTES}


@dataclass(frozen=True, slots=True)
class Coded:
    """An attribute as a column of codes or texts, and what the codes mean.

    Attributes:
        attribute: which it is.
        labels: of bands, by code; empty for text.
    """

    attribute: Attribute
    labels: tuple[str, ...]
    cuts: tuple[float, ...] = ()

    def value(self, people: ir.Table, as_of: date) -> Any:
        """The column to count by; bands are their numbers."""
        if not self.attribute.banded:
            return column_of(people, self.attribute.name)
        number = _number(people, self.attribute, as_of)
        ends = [
            (number <= ibis.literal(cut).cast("float64"), at) for at, cut in enumerate(self.cuts)
        ]
        code = ibis.cases(*ends, else_=len(self.cuts)) if ends else ibis.literal(0)
        return ibis.cases((number.notnull(), code))

    def label(self, value: str) -> str:
        """What a value of the column is called."""
        return self.labels[int(value)] if self.attribute.banded else value


def trait(key: str) -> Attribute:
    """A further attribute of the customers files."""
    return Attribute(TRAIT + key, "text", key, key)


def _number(people: ir.Table, attribute: Attribute, as_of: date) -> Any:
    if attribute.kind == "age":
        born = people.birth_date
        had = (born.month() * 100 + born.day()) <= as_of.month * 100 + as_of.day
        years = as_of.year - born.year() - ibis.cases((had, 0), else_=1)
        return years.cast("float64")
    return people[attribute.name].cast("float64")


def numbers(people: ir.Table, attributes: Sequence[Attribute], as_of: date) -> list[Any]:
    """The columns of those attributes whose bands have to be found in the data."""
    return [
        _number(people, one, as_of).name(one.name)
        for one in attributes
        if one.banded and one.kind not in ("age", "hour")
    ]


def coded(attribute: Attribute, sample: NDArray[np.float64] | None) -> Coded:
    """The attribute with its bands.

    Args:
        attribute: which.
        sample: known values of some of the base, for a number whose bands are found in the data.
    """
    if not attribute.banded:
        return Coded(attribute, ())
    if attribute.kind == "age":
        return Coded(attribute, _labels(AGES, "count", 0), tuple(map(float, AGES)))
    if attribute.kind == "hour":
        return Coded(attribute, ("0–5", "6–11", "12–17", "18–23"), tuple(map(float, _HOURS)))
    if sample is None or not len(sample):
        return Coded(attribute, ("",))
    cuts = bands(sample, attribute.kind)
    least = float(sample.min())
    return Coded(attribute, _labels(cuts, attribute.kind, least), cuts)


def bands(sample: NDArray[np.float64], kind: str) -> tuple[float, ...]:
    """Upper ends of all bands but the last: near the fifths, rounded to what can be said.

    >>> bands(np.array([1.0] * 6 + [2, 3, 4, 9]), "count")
    (1.0, 3.0)
    >>> bands(np.linspace(0, 999, 1000), "money")
    (200.0, 400.0, 600.0, 800.0)
    """
    fifths = np.quantile(sample, _FIFTHS, method="inverted_cdf")
    most = float(sample.max())
    if kind == "share":
        cuts = [round(float(one), 2) for one in fifths]
    elif kind == "money":
        cuts = [float(f"{one:.2g}") for one in fifths]
    else:
        cuts = [
            float(f"{np.floor(one):.2g}") if one >= 100 else float(np.floor(one)) for one in fifths
        ]
    return tuple(sorted({one for one in cuts if one < most}))


def _labels(cuts: Sequence[float], kind: str, least: float) -> tuple[str, ...]:
    """Names of the bands: `≤ 2`, `3–5`, `≥ 6` of whole numbers, else `≤ 20`, `20–40`, `> 40`."""
    if not cuts:
        return ("all",)
    whole = kind in ("count", "days")

    def told(value: float) -> str:
        if kind == "share":
            return f"{value:.0%}"
        return f"{value:,.0f}" if whole or value == round(value) else f"{value:,.2f}"

    names = [told(cuts[0]) if cuts[0] <= least else f"≤ {told(cuts[0])}"]
    for low, high in pairwise(cuts):
        # Beside a band of one value, the next begins above it.
        beside = f">{told(low)}" if low <= least else told(low)
        low_told = told(low + 1) if whole else beside
        names.append(low_told if low_told == told(high) else f"{low_told}–{told(high)}")
    last = f"≥ {told(cuts[-1] + 1)}" if whole else f"> {told(cuts[-1])}"
    return (*names, last)
