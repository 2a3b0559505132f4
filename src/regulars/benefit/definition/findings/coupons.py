"""What is to be seen in coupons, alone and together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.finding import Finding, finding, money, percent
from regulars.benefit.definition.findings.stacking import Stack, deepest, off
from regulars.benefit.definition.history import History
from regulars.benefit.definition.terms import Coupon, Points, Together

_NEARLY_ALL = 0.9
_HALF = 0.5
_SHOWN = 3


def coupons_of(benefits: Benefits) -> list[Coupon]:
    """The coupons, in the order of the file."""
    return [one for one in benefits.terms.values() if isinstance(one, Coupon)]


def coupon_findings(benefits: Benefits, history: History) -> Iterator[Finding]:
    """Of each coupon what is doubtful about it."""
    for one in coupons_of(benefits):
        yield from _free(benefits, one)
        yield from _bounds(benefits, one)
        yield from _days(benefits, history, one)
        yield from _reach(benefits, history, one)


def _free(benefits: Benefits, one: Coupon) -> Iterator[Finding]:
    least = max(one.threshold, 1)
    if one.kind in ("amount", "percent") and off(one, least) >= least:
        text = money(benefits, one.amount if one.kind == "amount" else least)
        yield finding(
            benefits,
            "coupon.free_basket",
            "warn",
            ("coupon", one.name, "threshold"),
            f"A basket of {money(benefits, least)} is free with it: it takes off {text} and asks"
            " for no more.",
            f"{money(benefits, least)} 的订单用券后免费：减免 {text}，门槛不高于减免。",
        )


def _bounds(benefits: Benefits, one: Coupon) -> Iterator[Finding]:
    if one.worst_case is None:
        column = "ceiling" if one.kind == "percent" else "worth"
        yield finding(
            benefits,
            "coupon.unbounded",
            "warn",
            ("coupon", one.name, "percent" if one.kind == "percent" else "kind"),
            f"Nothing bounds what one of them takes off; write {column}.",
            f"单张优惠没有上限，请写 {column}。",
        )
    if one.stock is None and one.per_customer is None:
        yield finding(
            benefits,
            "coupon.endless",
            "stop" if one.public else "warn",
            ("coupon", one.name, "per_customer"),
            "It has neither a stock nor a limit for each customer"
            + (", and anybody may claim it: one customer can take it without end." if one.public
               else "."),
            "既无库存也无每人限领" + ("，又可自领：一人可无限领取。" if one.public else "。"),
        )  # fmt: skip
    elif one.public and one.stock is None:
        yield finding(
            benefits,
            "coupon.public_without_stock",
            "warn",
            ("coupon", one.name, "public"),
            "Whoever opens more accounts claims more of it: only a stock bounds a public coupon.",
            "多注册账号即可多领：公开领取的券只有库存能封顶。",
        )
    if one.public and one.stock is not None and one.per_customer is None:
        yield finding(
            benefits,
            "coupon.public_without_limit",
            "warn",
            ("coupon", one.name, "per_customer"),
            f"One customer may claim all {one.stock:,} of them.",
            f"一人可领走全部 {one.stock:,} 张。",
        )
    if one.stock == 0:
        yield finding(
            benefits,
            "coupon.no_stock",
            "note",
            ("coupon", one.name, "stock"),
            "There are none: nobody is given any more.",
            "库存为 0：不再发放。",
        )


def _days(benefits: Benefits, history: History, one: Coupon) -> Iterator[Finding]:
    validity = one.validity
    if validity.ends_at is not None and history.at is not None and validity.ends_at <= history.at:
        yield finding(
            benefits,
            "coupon.ended",
            "warn",
            ("coupon", one.name, "to"),
            "Its last day is over: nobody can use it.",
            "已过最后一天，无人可用。",
        )
    if validity.ends_at is None and validity.days is None:
        yield finding(
            benefits,
            "coupon.never_expires",
            "note",
            ("coupon", one.name),
            "It never expires, so it is owed for ever; write days, or to.",
            "永不过期，将一直是负债；可写 days 或 to。",
        )


def _reach(benefits: Benefits, history: History, one: Coupon) -> Iterator[Finding]:
    share = history.reaching(one.threshold)
    if share is None or not one.threshold:
        return
    at = ("coupon", one.name, "threshold")
    text = money(benefits, one.threshold)
    if not share:
        yield finding(
            benefits,
            "coupon.out_of_reach",
            "warn",
            at,
            f"None of {len(history.baskets):,} past orders came to {text}.",
            f"过去 {len(history.baskets):,} 单中没有一单达到 {text}。",
        )
    elif share >= _NEARLY_ALL:
        yield finding(
            benefits,
            "coupon.asks_nothing",
            "note",
            at,
            f"{percent(share)} of past orders came to {text} anyway: it asks for nothing more.",
            f"过去 {percent(share)} 的订单本就达到 {text}：此门槛不拉动客单。",
        )


def stacks_of(benefits: Benefits, history: History) -> tuple[list[Stack], bool]:
    """The deepest discounts of baskets that just reach a threshold, and whether all was tried."""
    together = cast("Together", benefits.terms.get(("together", ""), Together()))
    points = cast("Points | None", benefits.terms.get(("points", "")))
    usable = [
        one
        for one in coupons_of(benefits)
        if history.at is None or one.validity.ends_at is None or one.validity.ends_at > history.at
    ]
    middle = sorted(history.baskets)[len(history.baskets) // 2 :][:1]
    return deepest(usable, most=together.most, points=points, also=middle)


def stack_findings(
    benefits: Benefits, history: History, stacks: list[Stack], complete: bool
) -> Iterator[Finding]:
    """Baskets that pay less than they cost, the deepest first; else the deepest of all."""
    at = ("together", "")
    share = _HALF if history.margin is None else 1 - history.margin
    deep = [one for one in stacks if one.pay < one.basket * share]
    for one in deep[:_SHOWN]:
        why_en = "less than half" if history.margin is None else "below what the goods cost"
        why_zh = "不到一半" if history.margin is None else "低于商品成本"
        yield finding(
            benefits,
            "stack.below_cost",
            "warn",
            _place(one, at),
            f"{_sum(one, ' and ', 'points', 'Without any coupon')}: a basket of"
            f" {money(benefits, one.basket)} pays"
            f" {money(benefits, one.pay)} ({percent(one.pay / one.basket)}), {why_en}.",
            f"{_sum(one, '、', '积分', '不用券')}叠加：{money(benefits, one.basket)} 的订单只付"
            f" {money(benefits, one.pay)}（{percent(one.pay / one.basket)}），{why_zh}。",
        )
    if stacks and not deep:
        one = stacks[0]
        yield finding(
            benefits,
            "stack.deepest",
            "note",
            _place(one, at),
            f"The deepest discount found: {_sum(one, ' and ', 'points', 'no coupon')}; a basket of"
            f" {money(benefits, one.basket)} pays {money(benefits, one.pay)}"
            f" ({percent(one.pay / one.basket)}).",
            f"最深优惠：{_sum(one, '、', '积分', '不用券')}；{money(benefits, one.basket)} 的订单付"
            f" {money(benefits, one.pay)}（{percent(one.pay / one.basket)}）。",
        )
    if not complete:
        yield finding(
            benefits,
            "stack.not_all_tried",
            "note",
            at,
            "There are more combinations of coupons than were tried: a deeper discount may exist.",
            "券的组合太多，未能全部试算：可能存在更深的优惠。",
        )


def _place(one: Stack, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return ("coupon", one.coupons[0]) if one.coupons else otherwise


def _sum(one: Stack, joined: str, points: str, none: str) -> str:
    parts = [*one.coupons, *([points] if one.by_points else [])]
    return joined.join(parts) if parts else none
