"""What is said of the concentration of value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import hypot

from regulars.insight.concentration.counts import YEAR
from regulars.insight.concentration.judged import Held, Top
from regulars.insight.statistics.standardised import NORMAL_975
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

Spread = Mapping[tuple[str, str, str], Held]


def says(spread: Spread, currency: str, days: int) -> Iterator[Sentence]:
    """The sentences, the most important first.

    Args:
        spread: how value is spread.
        currency: of the shop.
        days: for so many, at most 365, purchases are known.
    """
    year = spread.get(("customer", "paid", "last_365_days"))
    if year is None or not year.known:
        yield Sentence(
            f"In the last {days} days too few customers bought to tell how value is spread.",
            f"近 {days} 天购买的用户太少，无法判断价值分布。",
        )
    else:
        yield _customers(year, days)
        yield _ten(year, currency, days)
        before = spread.get(("customer", "paid", "year_before"))
        if before is not None and before.known:
            yield _change(year, before)
    yield from _profit(spread.get(("customer", "profit", "last_365_days")), currency, days)
    goods = spread.get(("product", "paid", "last_365_days"))
    if goods is not None and goods.known:
        yield Sentence(
            f"{goods.half:,} of {goods.members:,} products bring half of sales;"
            f" the ten best bring {goods.ten / goods.total:.0%}.",
            f"{goods.members:,} 个商品中，{goods.half:,} 个带来一半销售额；前 10 个占"
            f" {goods.ten / goods.total:.0%}。",
        )


def _tenth(one: Held) -> Top:
    return next(top for top in one.tops if top.percent == 10)


def _customers(year: Held, days: int) -> Sentence:
    top = _tenth(year)
    return Sentence(
        f"In the last {days} days the best 10% of {year.members:,} customers brought"
        f" {top.share:.0%} of what customers paid ({top.low:.0%} to {top.high:.0%}); {year.half:,}"
        f" of them ({year.half / year.members:.0%}) brought half.",
        f"近 {days} 天，{year.members:,} 位购买用户中前 10% 贡献了 {top.share:.0%} 的实付"
        f"（{top.low:.0%} 至 {top.high:.0%}）；{year.half:,} 人"
        f"（{year.half / year.members:.0%}）贡献了一半。",
    )


def _ten(year: Held, currency: str, days: int) -> Sentence:
    share, money = year.ten / year.total, spoken(year.ten, currency)
    span, span_zh = ("a year", "每年") if days == YEAR else (f"in {days} days", f"每 {days} 天")
    return Sentence(
        f"If the ten best customers stopped, {money} {span} would be at stake: {share:.1%} of the"
        " whole.",
        f"若前 10 位用户不再购买，{span_zh}涉及 {money}，占 {share:.1%}。",
    )


def _change(year: Held, before: Held) -> Sentence:
    now, then = _tenth(year), _tenth(before)
    error = hypot(now.high - now.share, then.high - then.share) / NORMAL_975
    more = now.share - then.share
    if abs(more) <= NORMAL_975 * error:
        return Sentence(
            f"The year before it was {then.share:.0%}: no difference beyond chance.",
            f"上一年前 10% 占 {then.share:.0%}：差异未超出偶然。",
        )
    return Sentence(
        f"The year before it was {then.share:.0%}: value rests on"
        f" {'fewer' if more > 0 else 'more'} customers now.",
        f"上一年前 10% 占 {then.share:.0%}：如今价值{'更集中' if more > 0 else '更分散'}。",
    )


def _profit(profit: Held | None, currency: str, days: int) -> Iterator[Sentence]:
    if profit is None or not profit.known:
        return
    if not profit.below:
        return
    lost = spoken(-profit.lost, currency)
    yield Sentence(
        f"{profit.below:,} customers ({profit.below / profit.members:.0%}) cost more than they"
        f" brought in those {days} days: {lost} of profit went there. Look at what they bought, and"
        " at what discount.",
        f"近 {days} 天有 {profit.below:,} 位用户（{profit.below / profit.members:.0%}）毛利为负，共"
        f" {lost}：看看他们买了什么、享了多少优惠。",
    )
