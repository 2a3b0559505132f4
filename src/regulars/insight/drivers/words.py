"""What the driver tree says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from math import exp, log

from regulars.insight.drivers.periods import YEAR, Comparison
from regulars.insight.drivers.promotions import Feast
from regulars.insight.drivers.totals import GUESTS, NEW, NOTES, RETURNING, Period
from regulars.insight.drivers.tree import (
    CUSTOMERS,
    FREQUENCY,
    MARGIN,
    ORDER_VALUE,
    ORDERS,
    SALES,
    TOTAL,
    ZERO,
    Node,
)
from regulars.insight.months import month_number
from regulars.insight.opening import counts_as_new
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

_SPOKEN = 2
_FEWEST_MONTHS = 20
"""Fewer months before give no verdict on what is usual."""
_FEWEST_LIKE = 2
"""So many changes between the same two months of other years stand for the season."""
_NEAR = 0.1
"""So far beyond what other years did, in logarithms, is still the season."""
_FEASTS = 2
_COMMON = 0.2
"""From such a share of the earlier changes on, a change is called usual."""
_GOOD_PART = Decimal("0.2")
_EN = {NEW: "new", RETURNING: "returning", GUESTS: "guest"}
_ZH = {NEW: "新客", RETURNING: "老客", GUESTS: "游客"}


def says(
    comparison: Comparison,
    nodes: Sequence[Node],
    periods: Sequence[Period],
    currency: str,
    *,
    by_month: bool,
    feasts: Sequence[Feast] = (),
) -> Iterator[Sentence]:
    """The change, what moved it, whether such a change is usual here, and what to mind."""
    yield _change(comparison, currency, by_month=by_month)
    moved = movers(nodes)
    if moved:
        yield _moved(moved, currency)
    yield from _margin(comparison, nodes, currency)
    yield from _feasts(feasts, by_month=by_month)
    if by_month and comparison.compared != YEAR:
        yield from _usual(comparison, periods)
    yield from _length(comparison, by_month=by_month)
    if comparison.cut:
        before_en = _name(comparison.before, by_month, "en")
        before_zh = _name(comparison.before, by_month, "zh").strip()
        yield Sentence(
            f"The data begin within {before_en}: it may not be whole.",
            f"数据从 {before_zh} 中间才开始，该期可能不完整。",
        )
    elif comparison.young:
        yield counts_as_new(comparison.opened)


def _name(period: Period, by_month: bool, language: str) -> str:
    if by_month:
        return f"{period.start:%Y-%m}" + (" " if language == "zh" else "")
    between = " 至 " if language == "zh" else " to "
    return f"{period.start}{between}{period.end}" + (" " if language == "zh" else "")


def _by(before: Decimal, after: Decimal, language: str) -> str:
    """By how much it rose or fell, in words."""
    if before <= 0:
        return "from nothing" if language == "en" else "上期为零"
    part = abs(float((after - before) / before)) * 100
    text = f"{part:.1f}%"
    if after == before:
        return "unchanged" if language == "en" else "持平"
    if language == "en":
        return f"{'up' if after > before else 'down'} {text}"
    return f"{'增长' if after > before else '下降'} {text}"


def _change(one: Comparison, currency: str, *, by_month: bool) -> Sentence:
    before, after = one.before, one.after
    sales, profit = spoken(after.sales, currency), spoken(after.profit, currency)
    against = {"en": _name(before, by_month, "en"), "zh": _name(before, by_month, "zh").strip()}
    year = one.compared == YEAR
    return Sentence(
        f"Sales in {_name(after, by_month, 'en')} were {sales},"
        f" {_by(before.sales, after.sales, 'en')} on {against['en']}"
        f"{', a year before' if year else ''}; profit was {profit},"
        f" {_by(before.profit, after.profit, 'en')}.",
        f"{_name(after, by_month, 'zh')}销售额 {sales}，{'同比' if year else '环比'}"
        f"（对比 {against['zh']}）{_by(before.sales, after.sales, 'zh')}；毛利 {profit}，"
        f"{_by(before.profit, after.profit, 'zh')}。",
    )


def movers(nodes: Sequence[Node]) -> list[Node]:
    """The factors that moved sales, the strongest first; margins do not move sales."""
    leaves = [
        node
        for node in nodes
        if node.sales_change
        and node.group != TOTAL
        and (node.group == NOTES or node.factor not in (SALES, MARGIN))
    ]
    return sorted(leaves, key=lambda node: abs(node.sales_change or ZERO), reverse=True)


def _moved(moved: Sequence[Node], currency: str) -> Sentence:
    total = sum((node.sales_change or ZERO for node in moved), ZERO)
    along = [node for node in moved if ((node.sales_change or ZERO) > 0) == (total > 0)][:_SPOKEN]
    against = [node for node in moved if ((node.sales_change or ZERO) > 0) != (total > 0)][:1]

    def listed(nodes: Sequence[Node], language: str) -> str:
        texts = [
            f"{phrase(node, language)} {_signed(node.sales_change or ZERO, currency)}"
            for node in nodes
        ]
        return ("、" if language == "zh" else ", ").join(texts)

    en = f"What moved it most: {listed(along, 'en')}"
    zh = f"主要来自：{listed(along, 'zh')}"
    if against:
        en += f"; against that: {listed(against, 'en')}"
        zh += f"；反方向：{listed(against, 'zh')}"
    return Sentence(en + ".", zh + "。")


def _margin(one: Comparison, nodes: Sequence[Node], currency: str) -> Iterator[Sentence]:
    """What margins did to profit, where it is a good part of the change or worked against it."""
    parts = [node.profit_change or ZERO for node in nodes if node.factor == MARGIN]
    owed = sum(parts, ZERO)
    change = one.after.profit - one.before.profit
    if not owed or one.before.sales <= 0 or one.after.sales <= 0:
        return
    if abs(owed) < _GOOD_PART * max(abs(change), one.before.profit * _GOOD_PART):
        return
    before, after = (float(period.profit / period.sales) for period in (one.before, one.after))
    better = owed > 0
    yield Sentence(
        f"{'Better' if better else 'Lower'} margins {'added' if better else 'took'}"
        f" {spoken(abs(owed), currency)}{' to profit' if better else ' off profit'}: over all"
        f" {before:.1%} became {after:.1%}.",
        f"毛利率{'改善' if better else '走低'}使毛利{'增加' if better else '减少'}"
        f" {spoken(abs(owed), currency)}：整体毛利率由 {before:.1%} 变为 {after:.1%}。",
    )


def phrase(node: Node, language: str) -> str:
    """What happened to the factor, in words.

    >>> phrase(Node(NEW, CUSTOMERS, 3, 2, Decimal(-1), Decimal(-1)), "en")
    'fewer new buyers'
    """
    more = (node.sales_change or ZERO) > 0
    if node.group == NOTES:
        if language == "zh":
            return "退款单减少" if more else "退款单增加"
        return "less given back by credit notes" if more else "more given back by credit notes"
    if language == "zh":
        name = {
            CUSTOMERS: "人数",
            FREQUENCY: "人均单数",
            ORDERS: "订单数",
            ORDER_VALUE: "笔单价",
        }[node.factor]
        return f"{_ZH[node.group]}{name}{'上升' if more else '下降'}"
    who = _EN[node.group]
    if node.factor == CUSTOMERS:
        return f"{'more' if more else 'fewer'} {who} buyers"
    if node.factor == FREQUENCY:
        return f"{'more' if more else 'fewer'} orders per {who} buyer"
    if node.factor == ORDERS:
        return f"{'more' if more else 'fewer'} {who} orders"
    whom = "guests" if node.group == GUESTS else f"{who} buyers"
    return f"{'larger' if more else 'smaller'} orders of {whom}"


def _signed(amount: Decimal, currency: str) -> str:
    return ("+" if amount > 0 else "") + spoken(amount, currency)


def _feasts(feasts: Sequence[Feast], *, by_month: bool) -> Iterator[Sentence]:
    """Promotions of one period only: they come before any other cause."""
    for one in feasts[:_FEASTS]:
        yield Sentence(
            f"{one.name} fell in {_name(one.period, by_month, 'en')}: on its days people bought"
            f" {one.pace:.1f} times as fast as on days without a promotion.",
            f"{_name(one.period, by_month, 'zh')}有「{one.name}」：期间日均购买是无大促日的"
            f" {one.pace:.1f} 倍。",
        )


def _usual(one: Comparison, periods: Sequence[Period]) -> Iterator[Sentence]:
    """Whether earlier months changed as much: no model, only a count.

    A rise and the fall that takes it back are one size as logarithms. Where two other years know
    the change between the same two months, it is held against these alone: the season falls out.
    """
    earlier = [period for period in periods if period.end < one.after.start]
    if len(earlier) < _FEWEST_MONTHS or one.before.sales <= 0 or one.after.sales <= 0:
        return
    changes = {
        month_number(later.start): log(later.sales / before.sales)
        for before, later in pairwise(earlier)
        if before.sales > 0 and later.sales > 0
    }
    own = log(one.after.sales / one.before.sales)
    month = month_number(one.after.start)
    like = [change for at, change in changes.items() if (month - at) % 12 == 0]
    if len(like) >= _FEWEST_LIKE:
        yield _season(own, like)
        return
    count = len(changes)
    larger = sum(abs(change) >= abs(own) for change in changes.values())
    if not larger:
        yield Sentence(
            f"None of the {count} earlier changes from month to month was as large: look for what"
            " happened.",
            f"此前 {count} 次月度环比都没有达到这个幅度，值得查明原因。",
        )
        return
    common = larger / count >= _COMMON
    yield Sentence(
        f"Such a change is {'usual' if common else 'rare'} here: {larger} of the {count} earlier"
        " changes from month to month were as large.",
        f"这样的波动在本店{'很常见' if common else '少见'}：此前 {count} 次月度环比中，有 {larger}"
        " 次达到这个幅度。",
    )


def _season(own: float, like: Sequence[float]) -> Sentence:
    """The change against those between the same two months of other years."""
    low, high = min(like), max(like)
    told = f"{_part(low)} to {_part(high)}"
    told_zh = f"{_part(low)} 至 {_part(high)}"
    count = len(like)
    if low - _NEAR <= own <= high + _NEAR:
        return Sentence(
            f"The season does as much: between the same two months, sales moved by {told} in"
            f" {count} earlier years.",
            f"这符合季节规律：此前 {count} 年同样两个月之间，销售额变动在 {told_zh}。",
        )
    return Sentence(
        f"The season alone does not make it: between the same two months, sales moved by {told} in"
        f" {count} earlier years.",
        f"季节不能完全解释：此前 {count} 年同样两个月之间，销售额变动在 {told_zh}。",
    )


def _part(change: float) -> str:
    """A change of logarithms as a share of what was before."""
    return f"{exp(change) - 1:+.0%}"


def _length(one: Comparison, *, by_month: bool) -> Iterator[Sentence]:
    days, before = _days(one.after), _days(one.before)
    if not by_month or abs(days - before) < 2 or one.before.sales <= 0:
        return
    daily = float(one.after.sales) / days / (float(one.before.sales) / before) - 1
    yield Sentence(
        f"Mind that it has {days} days against {before}: sales per day changed by {daily:+.1%}.",
        f"注意天数不同（{days} 天对 {before} 天）：按日均计，销售额变动 {daily:+.1%}。",
    )


def _days(period: Period) -> int:
    return (period.end - period.start).days + 1
