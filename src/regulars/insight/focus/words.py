"""What a category focus would look like, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from regulars.insight.ladder.shares import percent
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.settings import Settings

_MOST_NAMED = 3
_HALF = 0.5
_OF_WEIGHT = 0.01
"""Share of sales from which on a category is named for what its buyers buy beside."""


def says(
    tables: Mapping[str, pa.Table], facts: Mapping[str, Any], settings: Settings
) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    rows, kept = tables["categories"].to_pylist(), tables["kept"].to_pylist()
    yield from _half(kept, facts, settings.shop.currency)
    yield from _judged(rows)
    yield from _least(rows)
    yield from _moving(rows)
    yield from _only(rows)
    yield from _mind(facts, settings.shop.margin)


def _half(
    kept: list[dict[str, Any]], facts: Mapping[str, Any], currency: str
) -> Iterator[Sentence]:
    """The fewest categories that hold half of the profit."""
    half = next((row for row in kept if (row["profit_share"] or 0) >= _HALF), None)
    if half is None or half["customers_share"] is None or half["sales_share"] is None:
        return
    number, all_of = half["kept"], facts["categories"]
    which = "the most profitable" if number == 1 else f"the {number:,} most profitable"
    holds = "holds" if number == 1 else "hold"
    profit = spoken(half["profit"], currency)
    of_profit, of_sales, of_customers = (
        percent(half[f"{name}_share"]) for name in ("profit", "sales", "customers")
    )
    yield Sentence(
        f"Kept alone, {which} of {all_of:,} categories {holds} {of_profit} of profit ({profit} in"
        f" {facts['days']} days), {of_sales} of sales and {of_customers} of customers. That is"
        " arithmetic: it takes for granted that they would buy as before.",
        f"若只保留毛利最高的 {number:,} 个类目（共 {all_of:,} 个），留住毛利的 {of_profit}"
        f"（{facts['days']} 天 {profit}）、销售额的 {of_sales}、用户的 {of_customers}。"
        "这只是算术，假定他们照旧购买。",
    )


def _judged(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    """Which categories to build on, which open the door, which earn."""
    parts, parts_zh = [], []
    for verdict, en, zh in (
        ("build", "build on {} (margin not below the shop's, and more come back)",
         "值得主推：{}（毛利率不低于全店，带来的新客复购更多）"),
        ("door", "{} open the door (more come back, at a lower margin or unknown cost)",
         "引流类目：{}（带来的新客复购更多，毛利率较低或成本未知）"),
        ("earner", "{} earn (margin not below the shop's, but no more come back)",
         "利润类目：{}（毛利率不低于全店，复购不突出）"),
    ):  # fmt: skip
        own = [row["category"] for row in rows if row["verdict"] == verdict]
        if own:
            more = len(own) - _MOST_NAMED
            shown = own[:_MOST_NAMED]
            parts.append(en.format(", ".join(shown) + (f" and {more:,} more" if more > 0 else "")))
            parts_zh.append(
                zh.format("、".join(shown) + (f" 等 {len(own):,} 个" if more > 0 else ""))
            )
    if parts:
        told = "; ".join(parts)
        yield Sentence(f"{told[:1].upper()}{told[1:]}.", f"{'；'.join(parts_zh)}。")


def _least(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    """The category that loses most of those who came in with it."""
    own = [row for row in rows if row["return_finding"] == "fewer"]
    if not own:
        return
    worst = max(
        own, key=lambda row: row["first_buyers"] * (row["usual_share"] - row["return_share"])
    )
    more = len(own) - 1
    yield Sentence(
        f"Who comes in by {worst['category']} comes back less: {worst['return_share']:.0%} of"
        f" {worst['first_buyers']:,} within 90 days, usual for new customers of the same month,"
        f" size of first basket and number of categories in it is {worst['usual_share']:.0%}"
        f" ({worst['return_ratio']:.2f} times, 95 %: {worst['low']:.2f} to {worst['high']:.2f})"
        f"{f'; so it is with {more:,} more' if more else ''}. An association; what is used up"
        " slowly is bought again later.",
        f"首购含“{worst['category']}”的 {worst['first_buyers']:,} 人中 {worst['return_share']:.0%}"
        f" 在 90 天内复购，同月、同档首单金额、同样多类目的新客平均为 {worst['usual_share']:.0%}"
        f"（{worst['return_ratio']:.2f} 倍，95% 区间 {worst['low']:.2f}–{worst['high']:.2f}）"
        f"{f'；这样的类目还有 {more:,} 个' if more else ''}。这是相关，不等于因果；"
        "消耗慢的品类本来就回来得晚。",
    )


def _moving(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    """How many categories grow and shrink, and the largest that shrinks."""
    told = [row for row in rows if row["trend"] != "unknown"]
    if not told:
        return
    by_year = any(row["growth_year"] is not None for row in told)
    grow, shrink = (
        [row for row in told if row["trend"] == way] for way in ("growing", "shrinking")
    )
    span = "the same 90 days a year before" if by_year else "the 90 days before"
    span_zh = "上年同期 90 天" if by_year else "之前 90 天"
    largest = largest_zh = ""
    if shrink:
        change = shrink[0]["growth_year"] if by_year else shrink[0]["growth_90"]
        if change is not None:
            largest = f", the most profitable of them {shrink[0]['category']} ({change:+.0%})"
            largest_zh = f"，其中毛利最高的是“{shrink[0]['category']}”（{change:+.0%}）"
    yield Sentence(
        f"Sales of the last 90 days against {span}: {len(grow):,} of {len(told):,} categories grew"
        f" by 10 % or more, {len(shrink):,} shrank by as much{largest}.",
        f"近 90 天销售额对比{span_zh}：{len(told):,} 个类目中 {len(grow):,} 个增长 10% 以上，"
        f"{len(shrink):,} 个下降 10% 以上{largest_zh}。",
    )


def _only(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    """Where people buy nothing else, and where most else is bought beside."""
    told = [
        row
        for row in rows
        if row["only_share"] is not None
        and row["attach"] is not None
        and (row["sales_share"] or 0) >= _OF_WEIGHT
    ]
    if len(told) < 2:
        return
    alone = max(told, key=lambda row: row["only_share"])
    beside = max(told, key=lambda row: row["attach"])
    only = percent(alone["only_share"])
    yield Sentence(
        f"{only} of buyers of {alone['category']} buy nothing else; for each 1 spent on"
        f" {beside['category']}, its buyers spend {beside['attach']:.1f} on the rest.",
        f"“{alone['category']}”的用户有 {only} 只买这一类；在"
        f"“{beside['category']}”每花 1 元，同一批用户在其他类目花 {beside['attach']:.1f} 元。",
    )


def _mind(facts: Mapping[str, Any], margin: float) -> Iterator[Sentence]:
    """What the numbers do not know."""
    known, without = facts["cost_known"], facts["unclassed_sales"]
    en, zh = [], []
    if known is not None and known < 0.9995:
        en.append(
            f"Costs are known for {percent(known)} of sales; the profit of the rest is taken at the"
            f" margin of the settings, {margin:.0%}."
        )
        zh.append(
            f"成本已知的销售额占 {percent(known)}，其余毛利按设置的毛利率 {margin:.0%} 估算。"
        )
    if without is not None and without > 0.0005:
        en.append(f"{without:.1%} of sales belong to none of these categories.")
        zh.append(f"{without:.1%} 的销售额不属于以上任何类目。")
    if en:
        yield Sentence(" ".join(en), "".join(zh))
