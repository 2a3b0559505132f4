"""Why each customer is core or not, and what the picture of the core says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regulars.insight.portraits.attributes import akin
from regulars.insight.portraits.value_names import OTHER, value_name
from regulars.kernel.money import format_money
from regulars.kernel.sentence import Sentence
from regulars.people.core import UNITS, Judgement

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.lifetime.gaps import Floats
    from regulars.settings import CoreSettings


def reasons(
    found: Judgement, missing: Sequence[Floats], settings: CoreSettings, currency: str
) -> tuple[list[str], list[str]]:
    """One sentence for each customer judged, in English and in Chinese."""
    sign = format_money(0.0, currency).rstrip("0.")
    english, chinese = [], []
    days = settings.window_days
    bound = "–" if found.bound is None else f"{found.bound:.3f}"
    columns = (
        found.core, found.spend / UNITS, found.orders, found.months, found.spend_rank,
        found.orders_rank, found.months_rank, found.score,
        missing[0] / UNITS, missing[1], missing[2],
    )  # fmt: skip
    for core, spend, orders, months, r1, r2, r3, score, more1, more2, more3 in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        if not orders:
            english.append(f"Not core: no purchase in the last {days} days.")
            chinese.append(f"非核心：近 {days} 天没有购买。")
            continue
        stands = (
            f"spend {sign}{spend:,.2f} (rank {r1:.2f}), {orders} purchases ({r2:.2f}),"
            f" {months} months active ({r3:.2f})"
        )
        stands_zh = (
            f"实付 {sign}{spend:,.2f}（排位 {r1:.2f}）、购买 {orders} 次（{r2:.2f}）、"
            f"活跃 {months} 个月（{r3:.2f}）"
        )
        if core:
            english.append(f"Core: score {score:.3f}, the last seat has {bound}; {stands}.")
            chinese.append(f"核心：得分 {score:.3f}，入选线 {bound}；{stands_zh}。")
            continue
        alone, alone_zh = [], []
        if not math.isnan(more1):
            alone.append(f"spend of {sign}{more1:,.2f}")
            alone_zh.append(f"实付达到 {sign}{more1:,.2f}")
        if not math.isnan(more2):
            alone.append(f"{more2:.0f} purchases")
            alone_zh.append(f"购买达到 {more2:.0f} 次")
        if not math.isnan(more3):
            alone.append(f"{more3:.0f} months active")
            alone_zh.append(f"活跃达到 {more3:.0f} 个月")
        if alone:
            what = f"Alone enough would have been: {', or '.join(alone)}."
            what_zh = f"仅需其一：{'，或'.join(alone_zh)}。"
        else:
            what = "None of the three alone would have been enough."
            what_zh = "任何单项提升都不足以入选。"
        english.append(f"Not core: score {score:.3f} of {bound} needed; {stands}. {what}")
        chinese.append(f"非核心：得分 {score:.3f}，入选线 {bound}；{stands_zh}。{what_zh}")
    return english, chinese


def says(tables: dict[str, pa.Table], facts: dict[str, Any]) -> Iterator[Sentence]:
    """The most important first."""
    core, days, at = facts["core"], facts["window_days"], facts["judged_on"]
    if not core:
        yield Sentence(
            f"Nobody was core on {at}: {facts['buyers']:,} buyers leave {facts['seats']:,} seats"
            f" and {facts['judged']:,} had {facts['min_orders']} purchases or more.",
            f"{at} 尚无核心用户：{facts['buyers']:,} 位购买用户对应 {facts['seats']:,} 个名额，"
            f"累计购买 ≥{facts['min_orders']} 次的有 {facts['judged']:,} 人。",
        )
        return
    part = facts["spend_share"]
    told = told_zh = ""
    if part is not None:
        told = f"; they account for {part:.0%} of spend in the {days} days before"
        told_zh = f"，贡献了全部用户实付的 {part:.0%}（近 {days} 天）"
    yield Sentence(
        f"{core:,} customers were core on {at} ({facts['share']:.1%} of {facts['buyers']:,}"
        f" buyers){told}.",
        f"{at} 评定核心用户 {core:,} 人（占 {facts['buyers']:,} 位购买用户的"
        f" {facts['share']:.1%}）{told_zh}。",
    )
    last = tables["months"].to_pylist()[-1]
    yield Sentence(
        f"At that month end {last['entered']:,} entered and {last['left']:,} left. Seats are"
        " limited: some leave because others did more, not because they did less.",
        f"当次月末新进 {last['entered']:,} 人、退出 {last['left']:,} 人。名额有限：有人退出"
        "是因为别人更活跃，未必是自己变差。",
    )
    yield from _routes(tables["routes"].to_pylist(), facts["watched_months"])
    yield from _common(tables["common"].to_pylist())
    yield Sentence(
        "The rule ranks what customers did; what the core have in common goes along with it and"
        " need not be why they are core.",
        "规则按行为排位；核心用户的共同点只是相关，不代表原因。",
    )


def _routes(rows: list[dict[str, Any]], watched: int) -> Iterator[Sentence]:
    fast = [row for row in rows if row["kind"] == "months_to_core"]
    if fast:
        half = sum(row["core_share"] for row in fast[:2])
        number = sum(row["core"] for row in fast)
        yield Sentence(
            f"Of {number:,} customers who first bought {watched} months back or more and became"
            f" core, {half:.0%} did so within 5 months after the month of their first purchase.",
            f"首购满 {watched} 个月且曾成为核心的 {number:,} 位用户中，{half:.0%} 在首购月后"
            " 5 个月内达到。",
        )
    over = [row for row in rows if row["kind"] != "months_to_core" and row["low"] > 100]
    over.sort(key=lambda row: (-row["low"], row["value"]))
    if over:
        best = over[0]
        of, of_zh = (
            ("came by", "来源为") if best["kind"] == "source" else ("began with", "首购类目为")
        )
        yield Sentence(
            f"Most over-represented: those who {of} {best['value']}, {best['core_share']:.0%} of"
            f" the core and {best['buyers_share']:.0%} of buyers (TGI {best['tgi']:.0f},"
            f" {best['low']:.0f}–{best['high']:.0f}).",
            f"占比明显偏高：{of_zh}“{best['value']}”的用户，占核心的 {best['core_share']:.0%}、"
            f"占购买用户的 {best['buyers_share']:.0%}（TGI {best['tgi']:.0f}，区间"
            f" {best['low']:.0f}–{best['high']:.0f}）。",
        )


def _common(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    over: list[dict[str, Any]] = []
    known: set[str] = set()
    for row in rows:  # the largest lower bound first; none that says the same again
        if row["verdict"] == "over" and row["value"] != OTHER and row["attribute"] not in known:
            over.append(row)
            known |= akin(row["attribute"])
    over = over[:3]
    if not over:
        return
    english = "; ".join(
        f"{value_name(row['attribute'], row['value'], 'en')} (TGI {row['tgi']:.0f})" for row in over
    )
    chinese = "；".join(
        f"{value_name(row['attribute'], row['value'], 'zh')}（TGI {row['tgi']:.0f}）"
        for row in over
    )
    yield Sentence(f"They stand out by: {english}.", f"突出特征：{chinese}。")
