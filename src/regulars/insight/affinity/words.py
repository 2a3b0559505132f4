"""What is said of affinity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from regulars.kernel.sentence import Sentence

_STRONG = 2
"""A lift surely above this is worth a sentence; of such pairs, the one bought most."""
_ITEMS = {"product": ("products", "商品"), "category": ("categories", "类目")}


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at, and how much was found."""

    by: str
    days: int
    within: int
    siblings: bool
    every: int
    every_next: int
    baskets: int
    items: int
    paired: int
    pairs: int
    sequences: int
    most: int


def says(pairs: pa.Table, following: pa.Table, looked: Looked) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    en, zh = _ITEMS[looked.by]
    if looked.pairs:
        yield _pair(_of_use(pairs.to_pylist()), looked)
    if looked.sequences:
        yield _sequence(following.slice(0, 1).to_pylist()[0], looked)
    apart = looked.by == "product" and not looked.siblings
    cut = max(looked.pairs, looked.sequences) > looked.most
    yield Sentence(
        f"{looked.pairs:,} pairs and {looked.sequences:,} sequences of {en}"
        f"{' of different categories' if apart else ''} go together more than chance allows, after"
        f" correction for all that were looked at{'; the strongest are listed' if cut else ''}.",
        f"经多重比较校正，共有 {looked.pairs:,} 对{'不同类目的' if apart else ''}{zh}同篮、"
        f"{looked.sequences:,} 条先后关系超出偶然{'，仅列最强者' if cut else ''}。",
    )
    left = looked.items - looked.paired
    if left:
        yield Sentence(
            f"{left:,} of {looked.items:,} {en} are bought too seldom to be paired, or were left"
            " out to keep the work bounded.",
            f"{looked.items:,} 个{zh}中有 {left:,} 个购买太少（或为控制计算量）未参与配对。",
        )
    if looked.every_next > 1:
        yield Sentence(
            f"To keep the work bounded, one customer in {looked.every} is looked at with all of"
            f" their baskets, one in {looked.every_next} for what comes next: counts are theirs,"
            " shares and lifts hold for all.",
            f"为控制计算量，同篮按每 {looked.every} 位用户取 1 位，先后按每 {looked.every_next} 位"
            "取 1 位（含其全部购物篮）：次数为样本中的，占比与提升度适用于全体。",
        )
    if looked.pairs or looked.sequences:
        yield Sentence(
            "That one household buys the same again and again is allowed for; going together does"
            " not say that one leads to the other.",
            "已扣除同一用户反复购买相同组合的影响；同时出现并不说明谁带动谁。",
        )


def _of_use(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The pair of most baskets among those that are surely strong; else the surest."""
    strong = [row for row in rows if row["lift_low"] >= _STRONG]
    return max(strong, key=lambda row: row["baskets"]) if strong else rows[0]


def _pair(best: dict[str, Any], looked: Looked) -> Sentence:
    span_en = f"{best['lift_low']:.1f} to {best['lift_high']:.1f}"
    return Sentence(
        f"{best['a']} and {best['b']} go together: {best['lift']:.1f} times as often in one basket"
        f" as by chance ({span_en}), in {best['baskets']:,} of {looked.baskets:,} baskets of the"
        f" last {looked.days} days{_most(best, 'en')}.",
        f"“{best['a']}”与“{best['b']}”常同篮：同篮次数是随机搭配的 {best['lift']:.1f} 倍"
        f"（{best['lift_low']:.1f} 至 {best['lift_high']:.1f}），近 {looked.days} 天"
        f" {looked.baskets:,} 个购物篮中有 {best['baskets']:,} 个{_most(best, 'zh')}。",
    )


def _most(best: dict[str, Any], language: str) -> str:
    """That no other pair as strong is in more baskets, where that was the choice."""
    if best["lift_low"] < _STRONG:
        return ""
    if language == "zh":
        return f"，是所列提升度下限不低于 {_STRONG} 的组合中最多的"
    return f", the most of the listed pairs of a lift surely above {_STRONG}"


def _sequence(best: dict[str, Any], looked: Looked) -> Sentence:
    usual = best["share"] / best["lift"]
    return Sentence(
        f"Of {best['customers']:,} who first bought {best['first']}, {best['share']:.0%} came to"
        f" {best['then']} within {looked.within} days, after {best['mean_days']:.0f} days"
        f" on average;"
        f" {usual:.0%} would be expected: a time and a product for the next message.",
        f"首次购买“{best['first']}”的 {best['customers']:,} 人中，{best['share']:.0%} 在"
        f" {looked.within} 天内首次购买“{best['then']}”（平均 {best['mean_days']:.0f} 天后），"
        f"预期为 {usual:.0%}：可作为下一次触达的时机与商品。",
    )
