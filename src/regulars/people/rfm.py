"""RFM in both conventions, as one Ibis expression that runs on every engine.

**Western**: scores 1-5 and eleven segment names. score = 1 + floor(5 x share of buyers with a
strictly worse value), so that equal values get equal scores; fewer days since the last purchase
are better, 5 is best in all three. The segment is read from one table by R and by the mean of F
and M, halves rounded up.

**Chinese**: three bits, high or not, and eight names. High is strictly better than the mean, the
median or a fixed threshold (`settings.RfmSettings`). Public tables of the eight names disagree
with one another; ours is `RFM8`, and the report prints it.

Only customers with a purchase are scored.

>>> segment_of(5, 5, 5).en, segment_of(1, 5, 4).zh, segment_of(1, 1, 1).key
('Champions', '不能流失', 'lost')
>>> RFM8["011"].zh
'重要保持'
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from regulars.settings import RfmSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment's key in tables and its names for people."""

    key: str
    en: str
    zh: str


SEGMENTS: tuple[Segment, ...] = (
    Segment("champions", "Champions", "冠军"),
    Segment("loyal", "Loyal", "忠诚"),
    Segment("potential_loyalist", "Potential loyalist", "潜在忠诚"),
    Segment("new", "New", "新客"),
    Segment("promising", "Promising", "有潜力"),
    Segment("need_attention", "Need attention", "需关注"),
    Segment("about_to_sleep", "About to sleep", "即将沉睡"),
    Segment("at_risk", "At risk", "有风险"),
    Segment("cant_lose", "Can't lose", "不能流失"),
    Segment("hibernating", "Hibernating", "休眠"),
    Segment("lost", "Lost", "已流失"),
)
"""The eleven western segments, best first. Not stages: they know nothing of anybody's own cycle."""

_BY_KEY = {segment.key: segment for segment in SEGMENTS}

SEGMENT_TABLE: dict[int, tuple[str, str, str, str, str]] = {
    5: ("new", "potential_loyalist", "potential_loyalist", "champions", "champions"),
    4: ("promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"),
    3: ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"),
    1: ("lost", "hibernating", "at_risk", "at_risk", "cant_lose"),
}
"""The published table: for each R, the segment by mean of F and M from 1 to 5."""

RFM8: dict[str, Segment] = {
    "111": Segment("111", "Important value", "重要价值"),
    "101": Segment("101", "Important to develop", "重要发展"),
    "011": Segment("011", "Important to keep", "重要保持"),
    "001": Segment("001", "Important to win back", "重要挽留"),
    "110": Segment("110", "General value", "一般价值"),
    "100": Segment("100", "General to develop", "一般发展"),
    "010": Segment("010", "General to keep", "一般保持"),
    "000": Segment("000", "General to win back", "一般挽留"),
}
"""The eight Chinese segments by their bits R, F, M."""


def segment_of(r: int, f: int, m: int) -> Segment:
    """The western segment of three scores, each 1 to 5."""
    return _BY_KEY[SEGMENT_TABLE[r][(f + m + 1) // 2 - 1]]


@dataclass(frozen=True, slots=True)
class Rule:
    """The published rule of a map: who is scored, direction, ties and cut, for people to read."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def sentences(self, language: str) -> tuple[str, ...]:
        """The sentences in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


_CUT_WORDS = {
    "mean": ("全体购买用户的平均值", "the mean of all buyers"),
    "median": ("全体购买用户的中位数", "the median of all buyers"),
}


def rule(settings: RfmSettings) -> Rule:
    """The rule that `score` follows under the settings.

    >>> rule(RfmSettings()).en[-1]
    'Eight segments: high = strictly better than the mean of all buyers.'
    """
    if settings.thresholds is None:
        cut_zh, cut_en = _CUT_WORDS[settings.cut]
    else:
        fixed = settings.thresholds
        cut_zh = (
            f"固定阈值（R {fixed.recency_days:g} 天、F {fixed.orders:g} 次、M {fixed.monetary:g}）"
        )
        cut_en = (
            f"fixed thresholds (R {fixed.recency_days:g} days, F {fixed.orders:g} orders, "
            f"M {fixed.monetary:g})"
        )
    return Rule(
        zh=(
            "只给有购买的用户打分。",
            "R 为距末单天数，越少越好；F 为购买次数，M 为累计实付，越多越好；5 分最好。",
            "分数 = 1 + ⌊5 × 严格差于自己的用户占比⌋；数值相同则分数相同。",
            "十一类由 R 与 F、M 的平均（四舍五入）查一张公开的表得到。",
            f"八类：“高”指严格优于{cut_zh}。",
        ),
        en=(
            "Only customers with a purchase are scored.",
            "R is days since the last purchase, fewer are better; F is purchases, M is paid less "
            "refunded, more are better; 5 is best.",
            "Score = 1 + floor(5 × share of buyers with a strictly worse value); equal values get "
            "equal scores.",
            "The eleven segments come from one published table by R and the mean of F and M, "
            "halves rounded up.",
            f"Eight segments: high = strictly better than {cut_en}.",
        ),
    )


def score(customers: ir.Table, settings: RfmSettings) -> ir.Table:
    """Scores and segments of every customer with a purchase.

    Args:
        customers: one row per customer with `customer_id, recency_days, orders, monetary`.
        settings: where high begins in the eight segments.

    Returns:
        `customer_id, r, f, m, rfm_segment, rfm8, rfm8_name`, ordered by `customer_id`.
        `rfm_segment` is a key of `SEGMENTS`; `rfm8_name` is the Chinese name.
    """
    buyers = _buyers(customers)
    ranked = buyers.mutate(
        # rank() counts from 0: the number of buyers with a strictly worse value.
        worse_r=ibis.rank().over(order_by=buyers.recency_days.desc()),
        worse_f=ibis.rank().over(order_by=buyers.orders.asc()),
        worse_m=ibis.rank().over(order_by=buyers.monetary.asc()),
    ).cross_join(_bounds(buyers, settings))
    scored = ranked.mutate(
        r=_score(ranked.worse_r, ranked.buyers),
        f=_score(ranked.worse_f, ranked.buyers),
        m=_score(ranked.worse_m, ranked.buyers),
        rfm8=_bit(ranked.recency_days * ranked.scale < ranked.cut_r)
        + _bit(ranked.orders * ranked.scale > ranked.cut_f)
        + _bit(ranked.monetary * ranked.scale > ranked.cut_m),
    )
    fm = _whole((scored.f + scored.m + 1) / 2)
    cells = [
        ((scored.r == r) & (fm == position + 1), key)
        for r, row in SEGMENT_TABLE.items()
        for position, key in enumerate(row)
    ]
    return scored.select(
        "customer_id",
        "r",
        "f",
        "m",
        rfm_segment=ibis.cases(*cells),
        rfm8="rfm8",
        rfm8_name=ibis.cases(*((scored.rfm8 == bits, name.zh) for bits, name in RFM8.items())),
    ).order_by("customer_id")


def cuts(customers: ir.Table, settings: RfmSettings) -> ir.Table:
    """The values above which high begins: one row `buyers, recency_days, orders, monetary`."""
    bounds = _bounds(_buyers(customers), settings)
    scale = bounds.scale.nullif(0).cast("float64")
    return bounds.select(
        "buyers",
        recency_days=bounds.cut_r.cast("float64") / scale,
        orders=bounds.cut_f.cast("float64") / scale,
        monetary=bounds.cut_m.cast("float64") / scale,
    )


def _buyers(customers: ir.Table) -> ir.Table:
    bought = customers.filter(customers.orders > 0, customers.recency_days.notnull())
    return bought.select(
        "customer_id",
        recency_days=bought.recency_days.cast("int64"),
        orders=bought.orders.cast("int64"),
        monetary=bought.monetary.cast("decimal(18, 4)"),
    )


def _whole(value: ir.Value) -> ir.Value:
    return value.floor().cast("int32")


def _score(worse: ir.Value, buyers: ir.Value) -> ir.Value:
    # The quotient of two whole numbers is exact as a float wherever it is whole: floor is safe.
    return _whole(worse.cast("int64") * 5 / buyers) + 1


def _bit(high: ir.Value) -> ir.Value:
    return ibis.cases((high, "1"), else_="0")


def _bounds(buyers: ir.Table, settings: RfmSettings) -> ir.Table:
    """One row of exact cuts: high is value x scale > cut.

    Scaling keeps the comparison in whole numbers and decimals. A mean taken as a float would put
    a customer who pays exactly the mean above it on one engine and below it on another.
    """
    if settings.thresholds is not None:
        fixed = settings.thresholds
        return buyers.agg(buyers=buyers.count()).mutate(
            scale=ibis.literal(1, "int64"),
            cut_r=_decimal(fixed.recency_days),
            cut_f=_decimal(fixed.orders),
            cut_m=_decimal(fixed.monetary),
        )
    if settings.cut == "mean":
        return buyers.agg(
            buyers=buyers.count(),
            scale=buyers.count(),
            cut_r=buyers.recency_days.sum(),
            cut_f=buyers.orders.sum(),
            cut_m=buyers.monetary.sum(),
        )
    placed = buyers.mutate(
        buyers=buyers.count().over(ibis.window()),
        place_r=ibis.row_number().over(order_by=[buyers.recency_days, buyers.customer_id]),
        place_f=ibis.row_number().over(order_by=[buyers.orders, buyers.customer_id]),
        place_m=ibis.row_number().over(order_by=[buyers.monetary, buyers.customer_id]),
    )
    lower, upper = _whole((placed.buyers - 1) / 2), _whole(placed.buyers / 2)

    def twice_median(value: str, place: str) -> ir.Value:
        column, at = placed[value], placed[place]
        return column.max(where=at == lower) + column.max(where=at == upper)

    return placed.agg(
        buyers=placed.count(),
        cut_r=twice_median("recency_days", "place_r"),
        cut_f=twice_median("orders", "place_f"),
        cut_m=twice_median("monetary", "place_m"),
    ).mutate(scale=ibis.literal(2, "int64"))


def _decimal(value: float) -> ir.Value:
    return ibis.literal(Decimal(str(value)).quantize(Decimal("0.0001")), "decimal(18, 4)")
