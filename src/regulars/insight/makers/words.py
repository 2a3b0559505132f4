"""What is said of first purchases that make regulars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from regulars.insight.makers.judged import LEAST, LOSES, MAKES
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

_NAMED = 3
_ITEMS = {
    "product": ("products", "商品"),
    "category": ("categories", "类目"),
    "source": ("sources", "来源"),
    "basket": ("sizes of basket", "篮子大小"),
}
_WHOSE = {
    "product": ("of {number} product{s}", "{number} 个商品的首购用户"),
    "category": ("of {number} categor{ies}", "{number} 个类目的首购用户"),
    "source": ("from {number} source{s}", "{number} 个来源的首购用户"),
    "basket": ("with a first basket of a certain size", "按首单件数分的首购用户"),
}
BASKETS = {
    "single": Sentence("one product", "单品"),
    "several": Sentence("several products", "多品"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the sentences rest on, beside the rows."""

    by: str
    asked: int
    horizon: int
    watched: int
    returned: int
    few: int
    currency: str
    mean_profit: float
    mean_earned: float


def says(rows: pa.Table, earned: Sequence[float], found: Found) -> Iterator[Sentence]:
    """The sentences, the most important first.

    Args:
        rows: the items judged.
        earned: for each, profit per first-time buyer with the first day's.
        found: what else is known.
    """
    items = [row | {"earned": own} for row, own in zip(rows.to_pylist(), earned, strict=True)]
    en, zh = _ITEMS[found.by]
    share = found.returned / found.watched
    yield Sentence(
        f"Of {found.watched:,} first-time buyers, {share:.0%} bought again within {found.horizon}"
        f" days.",
        f"{found.watched:,} 位首购用户中，{share:.0%} 在 {found.horizon} 天内复购。",
    )
    if not items:
        yield Sentence(
            f"None of the {found.few:,} {en} has {LEAST} first-time buyers: none is judged.",
            f"{found.few:,} 个{zh}的首购用户都不足 {LEAST} 人，不作判断。",
        )
        return
    good = [row for row in items if row["verdict"] == MAKES]
    bad = [row for row in reversed(items) if row["verdict"] == LOSES]
    if good:
        yield _found(good, found, "come back more often than expected", "复购高于预期")
    if bad:
        yield _found(bad, found, "come back less often than expected", "复购低于预期")
    if good:
        yield _worth(good[0], items, found)
    if not good and not bad:
        yield Sentence(
            f"Of the {len(items):,} {en} with at least {LEAST} first-time buyers, none differs"
            f" by a tenth and beyond chance from what {_like(found)[0]} lets expect.",
            f"{len(items):,} 个{zh}（首购不少于 {LEAST} 人）与{_like(found)[1]}的预期相比，"
            "均未显出一成以上且超过偶然的差异。",
        )
    if found.few:
        yield Sentence(
            f"{found.few:,} {en} with fewer than {LEAST} first-time buyers are not judged.",
            f"另有 {found.few:,} 个{zh}首购不足 {LEAST} 人，不作判断。",
        )
    if found.horizon < found.asked:
        yield Sentence(
            f"The history is short: {found.horizon} days were looked at instead of {found.asked}.",
            f"历史较短：按 {found.horizon} 天观察，而非 {found.asked} 天。",
        )


def _found(rows: list[dict[str, Any]], found: Found, en: str, zh: str) -> Sentence:
    whose_en, whose_zh = _WHOSE[found.by]
    one = len(rows) == 1
    number = {
        "number": f"{len(rows):,}",
        "s": "" if one else "s",
        "ies": "y" if one else "ies",
    }
    shown = rows[:_NAMED]
    more = len(rows) > len(shown)
    listed_en = "; ".join(
        f"{_name(row, 'en')} ({row['return_rate']:.0%} return, {row['expected_rate']:.0%} expected)"
        for row in shown
    )
    listed_zh = "；".join(
        f"{_name(row, 'zh')}（复购率 {row['return_rate']:.0%}，预期 {row['expected_rate']:.0%}）"
        for row in shown
    )
    return Sentence(
        f"First-time buyers {whose_en.format(**number)} {en}"
        f"{', first of all' if more else ''}: {listed_en}. Expected is the return of first-time"
        f" buyers of the same {_like(found)[0]}.",
        f"{whose_zh.format(**number)}{zh}{'，前列为' if more else ''}：{listed_zh}。"
        f"预期取自{_like(found)[1]}的首购用户。",
    )


def _like(found: Found) -> tuple[str, str]:
    """In what the buyers are alike with whom an item's buyers are compared."""
    if found.by == "basket":
        return "month and size of first basket", "同月、同档首单金额"
    return (
        "month, size of first basket and number of categories in it",
        "同月、同档首单金额、同样多类目",
    )


def _worth(best: dict[str, Any], items: list[dict[str, Any]], found: Found) -> Sentence:
    """What the buyers of the highest ratio bring, beside the mean and the most profitable item."""
    richest = max(items, key=lambda row: row["earned"])
    money, low, high, own, mean, mean_all, most = (
        spoken(value, found.currency)
        for value in (
            *(best[key] for key in ("profit", "profit_low", "profit_high", "earned")),
            found.mean_profit,
            found.mean_earned,
            richest["earned"],
        )
    )
    en = (
        f"The highest return ratio, {_name(best, 'en')}, brings {money} of profit per first-time"
        f" buyer in the {found.horizon} days after ({low} to {high}; mean of all {mean}), {own}"
        f" with the first purchase (mean {mean_all})"
    )
    zh = (
        f"复购比最高的{_name(best, 'zh')}：首购后 {found.horizon} 天人均毛利 {money}"
        f"（{low} 至 {high}；全体首购均值 {mean}），连首购 {own}（均值 {mean_all}）"
    )
    if richest is best:
        en, zh = f"{en}, the most of all. ", f"{zh}，也是毛利最高者。"
    else:
        en = f"{en}; most brings {_name(richest, 'en')}, {most} with the first purchase. "
        zh = f"{zh}；毛利最高的是{_name(richest, 'zh')}，连首购 {most}。"
    if found.by not in ("product", "category"):
        return Sentence(
            f"{en}Mind: going together is not yet cause.", f"{zh}请注意：相关不等于因果。"
        )
    if best["earned"] < found.mean_earned:
        return Sentence(
            f"{en}That is below the mean: more come back, but leading first orders there would not"
            " pay by this.",
            f"{zh}低于均值：复购虽多，单凭这一点不值得作拉新主推。",
        )
    return Sentence(
        f"{en}Lead first orders there, and test it: going together is not yet cause.",
        f"{zh}可作拉新主推，并做对照实验：相关不等于因果。",
    )


def _name(row: dict[str, Any], language: str) -> str:
    name = str(row["name"])
    return BASKETS[name].text(language) if name in BASKETS else name
