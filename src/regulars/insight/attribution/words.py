"""What is said of attribution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.insight.attribution.credits import LEAST, MARKOV, METHODS, SHAPLEY
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]

NAMES: dict[str, tuple[str, str]] = {
    "last": ("last touch", "末次触点"),
    "last_non_direct": ("last non-direct touch", "末次非直接触点"),
    "first": ("first touch", "首次触点"),
    "linear": ("linear", "线性"),
    "time_decay": ("time decay", "时间衰减"),
    "position": ("position", "位置加权"),
    MARKOV: ("Markov removal", "马尔可夫移除"),
    SHAPLEY: ("Shapley", "沙普利值"),
}
_TOLD = 1.5
"""A source's largest credit over its smallest, from which on the methods disagree about it."""
_LEAST_ORDERS = 10


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences rest on, beside the rows.

    Attributes:
        first, last, lookback: what was looked at.
        currency: of the shop.
        attributed: orders with a path.
        without: orders of known customers without one.
        guests: orders that name no buyer.
        single: orders whose path is one touch.
        spending: for which days advertising is told, if not for all.
        converted, lost: paths that led to an order, and that led to none.
    """

    first: date
    last: date
    lookback: int
    currency: str
    attributed: int
    without: int
    guests: int
    single: int
    spending: tuple[date, date] | None
    converted: int
    lost: int

    @property
    def orders(self) -> int:
        """All orders of the span."""
        return self.attributed + self.without + self.guests


def says(wide: Sequence[Row], known: Known, unmet: Sequence[str]) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    yield _seen(known)
    yield _first_of_all(wide)
    yield from _disagreement(wide)
    yield from _costs(wide, known)
    if known.single == known.attributed:
        yield Sentence(
            "Every path is a single touch: all rules give the same.",
            "所有路径都只有一个触点：各规则结果相同。",
        )
    elif known.single:
        share = known.single / known.attributed
        yield Sentence(
            f"{share:.0%} of these orders have one touch before them: on those no method can"
            " differ from another.",
            f"其中 {share:.0%} 的订单之前只有一个触点，在这些订单上各方法没有差别。",
        )
    yield from _learned(known)
    yield Sentence(
        "Credit tells who was there before an order, not what brought it about: a hold-out outranks"
        " every method here.",
        "归因只说明下单前出现过谁，不说明订单因谁而来：对照组的结论优先于这里的所有方法。",
    )
    yield Sentence(
        f"A path begins after the customer's order before and at most {known.lookback} days back;"
        " paths that led to no order by the end count as such, those still under way too.",
        f"路径从上一单之后开始，最多回看 {known.lookback} 天；到期末仍未下单的路径（含仍在进行的）"
        "按未转化计。",
    )
    if unmet:
        yield Sentence(
            f"Advertising was paid for {', '.join(unmet[:3])}, but no visit names such a source:"
            " write the names in the spend file as the links' utm_source has them.",
            f"{'、'.join(unmet[:3])} 有投放花费，但没有访问来自同名来源：请让投放文件与链接的"
            " utm_source 使用相同名称。",
        )


def _seen(known: Known) -> Sentence:
    share = known.attributed / known.orders
    parts, parts_zh = [], []
    if known.without:
        parts.append(f"{known.without:,} have no visit that was seen")
        parts_zh.append(f"{known.without:,} 单之前未观察到访问")
    if known.guests:
        parts.append(f"{known.guests:,} name no buyer")
        parts_zh.append(f"{known.guests:,} 单没有买家信息")
    rest = f"; {' and '.join(parts)}, and are credited to nobody" if parts else ""
    rest_zh = f"；{'、'.join(parts_zh)}，不归给任何来源" if parts else ""
    return Sentence(
        f"{known.attributed:,} of the {known.orders:,} orders from {known.first} to {known.last}"
        f" ({share:.0%}) have a visit within {known.lookback} days before them{rest}.",
        f"{known.first} 至 {known.last} 的 {known.orders:,} 单中，{known.attributed:,} 单"
        f"（{share:.0%}）在下单前 {known.lookback} 天内有访问{rest_zh}。",
    )


def _methods(row: Row) -> list[str]:
    return [method for method in METHODS if row[method] is not None]


def _first_of_all(wide: Sequence[Row]) -> Sentence:
    """Which source each method puts first."""
    methods = _methods(wide[0])
    leaders: dict[str, list[str]] = {}
    for method in methods:
        top = max(wide, key=lambda row: (row[method], row["source"]))
        leaders.setdefault(top["source"], []).append(method)
    if len(leaders) == 1:
        name = next(iter(leaders))
        return Sentence(
            f"All {len(methods)} methods credit {name} most.",
            f"{len(methods)} 种方法都把最多订单归给 {name}。",
        )
    told = sorted(leaders.items(), key=lambda one: (-len(one[1]), one[0]))
    each = [f"{name} by {', '.join(NAMES[method][0] for method in by)}" for name, by in told]
    each_zh = [f"{name}（{'、'.join(NAMES[method][1] for method in by)}）" for name, by in told]
    return Sentence(
        f"Which source is credited most depends on the method: {'; '.join(each)}.",
        f"归给谁最多取决于方法：{'；'.join(each_zh)}。",
    )


def _disagreement(wide: Sequence[Row]) -> Iterator[Sentence]:
    """The source about which the methods are furthest apart."""
    found: tuple[float, Row, str, str] | None = None
    for row in wide:
        methods = _methods(row)
        low, high = min(methods, key=row.__getitem__), max(methods, key=row.__getitem__)
        apart = row[high] - row[low]
        if row[high] < max(_LEAST_ORDERS, _TOLD * row[low]):
            continue
        if found is None or apart > found[0]:
            found = apart, row, low, high
    if found is None:
        return
    _, row, low, high = found
    yield Sentence(
        f"The methods disagree most about {row['source']}: {row[low]:,.0f} orders by"
        f" {NAMES[low][0]}, {row[high]:,.0f} by {NAMES[high][0]}.",
        f"分歧最大的是 {row['source']}：{NAMES[low][1]}归 {row[low]:,.0f} 单，"
        f"{NAMES[high][1]}归 {row[high]:,.0f} 单。",
    )


def _costs(wide: Sequence[Row], known: Known) -> Iterator[Sentence]:
    """What a credited order cost, where advertising is known."""
    told, told_zh = [], []
    for row in [row for row in wide if row["spend"]][:3]:
        costs = [float(row["spend"]) / row[one] for one in _methods(row) if row[one] > 0]
        if not costs:
            continue
        low, high = (spoken(end, known.currency) for end in (min(costs), max(costs)))
        told.append(f"{row['source']} {low}" + (f" to {high}" if high != low else ""))
        told_zh.append(f"{row['source']} {low}" + (f" 至 {high}" if high != low else ""))
    if told:
        yield Sentence(
            f"Advertising per credited order, from the kindest method to the hardest:"
            f" {'; '.join(told)}.",
            f"每归因一单的投放花费（按最有利到最不利的方法）：{'；'.join(told_zh)}。",
        )
    if told and known.spending:
        first, last = known.spending
        yield Sentence(
            f"Advertising is told from {first} to {last} only, the orders are those of all days.",
            f"投放数据只覆盖 {first} 至 {last}，而订单为全部日期。",
        )


def _learned(known: Known) -> Iterator[Sentence]:
    if known.converted < LEAST:
        yield Sentence(
            f"Only {known.converted} paths led to an order: it takes {LEAST} to learn from them, so"
            " Markov removal and Shapley values cannot be told.",
            f"只有 {known.converted} 条路径下了单，不足 {LEAST} 条，无法得出马尔可夫移除效应与"
            "沙普利值。",
        )
    elif not known.lost:
        yield Sentence(
            "No path without an order was seen: Shapley values cannot tell sources apart then, and"
            " divide each order evenly.",
            "没有观察到未下单的路径：此时沙普利值无法区分来源，每单平均分配。",
        )
