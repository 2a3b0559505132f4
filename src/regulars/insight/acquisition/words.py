"""What is said of acquisition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.insight.acquisition.judged import EARNS, LEAST, LOSES, cost
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]
_NAMED = 3
_EXTREME = 20
"""Value to cost above this is not what advertising to strangers brings."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences rest on, beside the rows."""

    begins: date
    ends: date
    asked: int
    months: int
    currency: str
    value_days: int


def says(rows: Sequence[Row], known: Known) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    paid = [row for row in rows if row["spend"]]
    met = [row for row in paid if row["new_customers"]]
    if met:
        yield _blended(met, known)
    yield from _verdicts(met, known)
    yield from _unmet(paid, known)
    if any(row["value"] is not None for row in met):
        years = known.value_days / 365
        yield Sentence(
            f"Value is profit so far and that expected over {years:.0f} years; the interval knows"
            " the spread of customers, not the error of the model, and some would have come without"
            " the advertising.",
            f"价值 = 已实现毛利 + 未来 {years:.0f} 年预期毛利；区间只含用户之间的差异，不含模型"
            "误差，且部分用户没有广告也会来。",
        )
    elif met:
        yield Sentence(
            "What these customers will still bring cannot be told yet: only profit so far is held"
            " against the cost.",
            "尚无法判断这些用户未来的贡献，仅以已实现毛利与成本相比。",
        )
    if (known.ends - known.begins).days + 1 < known.asked:
        yield Sentence(
            f"Advertising is known from {known.begins} to {known.ends}: only those days are looked"
            " at.",
            f"投放数据只覆盖 {known.begins} 至 {known.ends}，仅按这段时间计算。",
        )


def _blended(met: Sequence[Row], known: Known) -> Sentence:
    spend = float(sum(row["spend"] for row in met))
    customers = sum(row["new_customers"] for row in met)
    each, low, high = cost(spend, customers)
    if each is None:
        return Sentence(
            f"Only {customers} new customers came from sources with advertising: it takes {LEAST}"
            " to tell what one costs.",
            f"投放来源仅带来 {customers} 位新客，不足 {LEAST} 位，无法判断获客成本。",
        )
    span = f"{_money(low, known)} to {_money(high, known)}"
    return Sentence(
        f"From {known.begins} to {known.ends}, {customers:,} new customers came by paid"
        f" sources for {_money(spend, known)} of advertising: {_money(each, known)} each ({span}).",
        f"{known.begins} 至 {known.ends}，付费来源新客 {customers:,} 位，"
        f"投放 {_money(spend, known)}，平均获客成本 {_money(each, known)}"
        f"（{_money(low, known)} 至 {_money(high, known)}）。",
    )


def _verdicts(met: Sequence[Row], known: Known) -> Iterator[Sentence]:
    earns = [row for row in met if row["verdict"] == EARNS]
    loses = sorted(
        (row for row in met if row["verdict"] == LOSES), key=lambda row: row["value_to_cost"]
    )
    if earns:
        yield Sentence(
            f"{_sources(earns)} more than {'it costs' if len(earns) == 1 else 'they cost'}"
            f"{', first of all' if len(earns) > _NAMED else ''}: {_listed(earns, 'en', known)}.",
            f"{len(earns)} 个来源赚回成本{'，前列为' if len(earns) > _NAMED else ''}："
            f"{_listed(earns, 'zh', known)}。",
        )
    yield from _too_good(earns)
    if loses:
        yield Sentence(
            f"{_sources(loses)} less than {'it costs' if len(loses) == 1 else 'they cost'}"
            f"{', last of all' if len(loses) > _NAMED else ''}: {_listed(loses, 'en', known)}."
            " Bid lower there, or aim better.",
            f"{len(loses)} 个来源赚不回成本：{_listed(loses, 'zh', known)}。应降低出价或收窄人群。",
        )
    open_ = [row for row in met if row not in earns and row not in loses]
    if open_:
        names = [str(row["source"]) for row in open_]
        yield Sentence(
            f"Of {', '.join(names[:_NAMED])} it cannot be told yet.",
            f"{'、'.join(names[:_NAMED])} 尚无法判断。",
        )


def _too_good(earns: Sequence[Row]) -> Iterator[Sentence]:
    """A warning of sources that bring back what no bought reach does."""
    names = [str(row["source"]) for row in earns if (row["value_to_cost"] or 0) > _EXTREME]
    if not names:
        return
    named, named_zh = ", ".join(names[:_NAMED]), "、".join(names[:_NAMED])
    yield Sentence(
        f"LTV:CAC above {_EXTREME} ({named}): such sources reach people who know the shop already"
        " (parcel cards, referral); it is no proof for paid reach.",
        f"LTV:CAC 超过 {_EXTREME}（{named_zh}）：这类来源触达的多是已认识本店的人"
        "（包裹卡、转介绍），不能证明付费投放有效。",
    )


def _sources(rows: Sequence[Row]) -> str:
    return f"{len(rows)} source{'s earn' if len(rows) > 1 else ' earns'}"


def _listed(rows: Sequence[Row], language: str, known: Known) -> str:
    told = [_told(row, language, known) for row in rows[:_NAMED]]
    return "; ".join(told) if language == "en" else "；".join(told)


def _told(row: Row, language: str, known: Known) -> str:
    name, ratio, month = row["source"], row["value_to_cost"], row["payback_months"]
    if ratio is None:
        ratio = row["earned_back"]
        low = high = None
    else:
        low, high = row["value_to_cost_low"], row["value_to_cost_high"]
    span = "" if low is None else f", {low:.1f}–{high:.1f}"
    if language == "en":
        back = (
            f"not paid back within {known.months} months seen"
            if month is None
            else "paid back by the first order"
            if month == 0
            else f"paid back after {month} month{'s' if month > 1 else ''}"
        )
        return f"{name} (LTV:CAC {ratio:.1f}{span}, {back})"
    back = (
        f"{known.months} 个月内未见回本"
        if month is None
        else "首单即回本"
        if month == 0
        else f"{month} 个月回本"
    )
    return f"{name}（LTV:CAC {ratio:.1f}{span.replace(', ', '，')}，{back}）"


def _unmet(paid: Sequence[Row], known: Known) -> Iterator[Sentence]:
    unmet = [row for row in paid if not row["new_customers"]]
    if not unmet:
        return
    spend = _money(float(sum(row["spend"] for row in unmet)), known)
    names = [str(row["source"] or "?") for row in unmet[:_NAMED]]
    yield Sentence(
        f"{spend} was spent on {', '.join(names)}, but no customer has a source of that name: write"
        " the names in the spend file as the orders write them.",
        f"在 {'、'.join(names)} 上投放了 {spend}，但没有用户来自同名来源：请让投放文件与订单使用"
        "相同的来源名称。",
    )


def _money(value: float | None, known: Known) -> str:
    return spoken(value or 0.0, known.currency)
