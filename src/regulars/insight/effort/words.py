"""What is said of effort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regulars.insight.effort.pages import ALL as ALL_PAGES
from regulars.insight.effort.pages import OTHER
from regulars.insight.effort.searches import ALL
from regulars.insight.ladder.shares import percent
from regulars.insight.sessions.words import minutes
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]
_NAMED = 3
_LEAST = 30
"""Of fewer loads a kind of page is not called the slowest."""
WAITS = {
    "order_to_shipping": ("from the order to its shipping", "从下单到发货"),
    "shipping_to_delivery": ("from shipping to delivery", "从发货到签收"),
    "return_to_refund": ("from asking for a return to the money", "从申请退货到退款到账"),
}
_TOLD_BY = {
    "order_to_shipping": "`Order Completed`, `Order Shipped`",
    "shipping_to_delivery": "`Order Shipped`, `Order Delivered`",
    "return_to_refund": "`Return Requested`, `Order Refunded`",
}


def says(told: Mapping[str, Sequence[Row]], facts: Row, currency: str) -> Iterator[Sentence]:
    """The sentences, the most important first.

    Args:
        told: the rows of the tables.
        facts: of the picture.
        currency: of the shop.
    """
    yield from _carts(told["carts"], facts, currency)
    yield from _checkout(told["checkout"])
    yield from _searches(told["searches"])
    yield from _way(told["way"], facts)
    yield from _pages(told["pages"])
    yield from _waits(told["waits"])
    yield from _leaves(told["leaves"])


def _carts(rows: Sequence[Row], facts: Row, currency: str) -> Iterator[Sentence]:
    if not facts["orders_known"]:
        yield Sentence(
            "No orders are known, so carts left, checkouts left and the way to an order are not"
            " observable.",
            "尚无订单数据，购物车放弃、结算放弃与下单路径均不可观测。",
        )
        return
    if not rows:
        yield Sentence(
            "No event tells that something was put into a cart: carts left are not observable. Send"
            " `Product Added`.",
            "没有加入购物车的事件，购物车放弃不可观测；请上报 Product Added。",
        )
        return
    whole, days = rows[0], facts["window_days"]
    worth, worth_zh = "; what they were worth is not told", "；金额未上报"
    if whole["valued"]:
        amount = spoken(float(whole["value_left"]), currency)
        worth = f"; {whole['valued']:,} of them tell their worth, {amount} in all"
        worth_zh = f"；其中 {whole['valued']:,} 个有金额，合计 {amount}"
    yield Sentence(
        f"Of {whole['carts']:,} carts, {whole['left']:,} ({percent(whole['left_share'])}) have no"
        f" order within {days} days{worth}.",
        f"{whole['carts']:,} 个购物车中，{whole['left']:,} 个（{percent(whole['left_share'])}）"
        f"{days} 天内没有下单{worth_zh}。",
    )


def _checkout(rows: Sequence[Row]) -> Iterator[Sentence]:
    if not rows:
        yield Sentence(
            "No event tells that a checkout began, or no orders are known: checkouts left are not"
            " observable.",
            "没有开始结算的事件或没有订单数据，结算放弃不可观测。",
        )
        return
    begun, left = rows[0]["reached"], sum(row["left"] for row in rows)
    most = max(rows, key=lambda row: row["left"])
    at, at_zh = (
        ("before any step is done", "任何一步都未完成时")
        if most["step"] == "started"
        else (f"after step {most['step'][5:]}", f"第 {most['step'][5:]} 步之后")
    )
    yield Sentence(
        f"Of {begun:,} checkouts begun, {left:,} ({percent(left / begun)}) have no order within a"
        f" day; most are left {at} ({most['left']:,}).",
        f"{begun:,} 次开始结算中，{left:,} 次（{percent(left / begun)}）一天内没有下单；"
        f"最多的是在{at_zh}离开（{most['left']:,} 次）。",
    )


def _searches(rows: Sequence[Row]) -> Iterator[Sentence]:
    if not rows:
        yield Sentence(
            "No search is known: searches without result are not observable.",
            "没有搜索事件，无结果搜索不可观测。",
        )
        return
    whole = rows[0]
    if not whole["told"]:
        yield Sentence(
            f"{whole['searches']:,} searches, none of which tells how much it found: searches"
            " without result are not observable. Send `results` with `Products Searched`.",
            f"共 {whole['searches']:,} 次搜索，都没有说明结果数，无结果搜索不可观测；请在"
            " Products Searched 中上报 results。",
        )
        return
    terms = [f"{row['term']} ({row['without']:,})" for row in rows if row["term"] != ALL][:_NAMED]
    first = f", most often {', '.join(terms)}" if terms else ""
    first_zh = f"，最常见的是 {'、'.join(terms)}" if terms else ""
    yield Sentence(
        f"Of {whole['told']:,} searches that tell their results, {whole['without']:,}"
        f" ({percent(whole['share'])}) found nothing{first}.",
        f"{whole['told']:,} 次有结果数的搜索中，{whole['without']:,} 次"
        f"（{percent(whole['share'])}）没有结果{first_zh}。",
    )


def _way(rows: Sequence[Row], facts: Row) -> Iterator[Sentence]:
    first = next((row for row in rows if row["orders_of"] == "first"), None)
    for row in rows:
        kind, kind_zh = ("first orders", "首单") if row is first else ("later orders", "复购订单")
        if not row["timed"]:
            yield Sentence(
                f"None of the {row['orders']:,} {kind} belongs to a visit that was seen: the way to"
                " them is not observable.",
                f"{row['orders']:,} 笔{kind_zh}都找不到对应的访问，下单路径不可观测。",
            )
            continue
        long, long_zh = minutes(row["median_minutes"]), minutes(row["median_minutes"], "zh")
        yield Sentence(
            f"Half of {row['timed']:,} {kind} that were seen took up to {row['median_steps']:.0f}"
            f" steps and {long} from the visit's first entry;"
            f" {row['unseen']:,} of {row['orders']:,} belong to no visit that was seen.",
            f"可观测的 {row['timed']:,} 笔{kind_zh}中，一半在访问开始后"
            f" {row['median_steps']:.0f} 步、{long_zh}以内下单；{row['orders']:,} 笔中有"
            f" {row['unseen']:,} 笔找不到对应的访问。",
        )
    if first and first["visits_known"]:
        yield Sentence(
            f"Half of {first['visits_known']:,} first buyers ordered by visit"
            f" {first['median_visits']:.0f} of the {facts['lookback_days']} days before, three in"
            f" four by visit {first['p75_visits']:.0f}.",
            f"{first['visits_known']:,} 位首购用户中，一半在下单前 {facts['lookback_days']} 天内的"
            f"第 {first['median_visits']:.0f} 次访问以内下单，四分之三在"
            f"第 {first['p75_visits']:.0f} 次以内。",
        )


def _pages(rows: Sequence[Row]) -> Iterator[Sentence]:
    if not rows:
        yield Sentence(
            "No event tells how long pages load: load time is not observable. The snippet tells"
            " it.",
            "没有页面加载事件，加载时长不可观测；网页埋点会自动上报。",
        )
        return
    whole = rows[0]
    named = [row for row in rows if row["page"] not in (ALL_PAGES, OTHER)]
    named = [row for row in named if row["loads"] >= _LEAST]
    slowest = max(named, key=lambda row: (row["p75_ms"], row["page"]), default=None)
    also, also_zh = "", ""
    if slowest:
        also = f"; slowest is {slowest['page']}, {_seconds(slowest['p75_ms'])} s"
        also_zh = f"；最慢的是 {slowest['page']}，{_seconds(slowest['p75_ms'])} 秒"
    yield Sentence(
        f"Three in four of {whole['loads']:,} page loads took up to {_seconds(whole['p75_ms'])} s,"
        f" {percent(whole['slow_share'])} four seconds or more{also}.",
        f"{whole['loads']:,} 次页面加载中，四分之三不超过 {_seconds(whole['p75_ms'])} 秒，"
        f"{percent(whole['slow_share'])} 达到四秒及以上{also_zh}。",
    )


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.1f}"


def _waits(rows: Sequence[Row]) -> Iterator[Sentence]:
    for row in rows:
        name, name_zh = WAITS[row["wait"]]
        if not row["over"]:
            yield Sentence(
                f"How long people wait {name} is not observable: no order tells both ends"
                f" ({_TOLD_BY[row['wait']]}, with `order_id`).",
                f"{name_zh}的等待不可观测：没有订单同时带有起止事件（{_TOLD_BY[row['wait']]}，"
                "需带 order_id）。",
            )
            continue
        half = _days(row["median_days"])
        late = _days(row["p95_days"])
        yield Sentence(
            f"Of {row['begun']:,} waits {name}, half are over after {half[0]}, 95 in 100 after"
            f" {late[0]}; {row['still']:,} are not over yet or were broken off.",
            f"{row['begun']:,} 次{name_zh}中，一半在{half[1]}内完成，95% 在{late[1]}内完成；"
            f"{row['still']:,} 次尚未完成或中止。",
        )


def _days(days: float | None) -> tuple[str, str]:
    if days is None:
        return "longer than can be seen", "可观测期之外"
    return (f"{days:.1f} days", f" {days:.1f} 天") if days >= 1 else (
        f"{days * 24:.0f} hours", f" {days * 24:.0f} 小时",
    )  # fmt: skip


def _leaves(rows: Sequence[Row]) -> Iterator[Sentence]:
    whole = [row for row in rows if row["stage"] == ALL]
    if not whole:
        return
    first = whole[0]
    listed = [f"{row['step']} ({percent(row['left_share'])})" for row in whole[:_NAMED]]
    yield Sentence(
        f"Of {first['sessions']:,} visits, {first['without_order']:,} end without an order, most at"
        f" {', '.join(listed)}.",
        f"{first['sessions']:,} 次访问中，{first['without_order']:,} 次没有下单，最常离开于"
        f" {'、'.join(listed)}。",
    )
