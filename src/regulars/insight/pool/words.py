"""What the picture of the pool says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence
from regulars.kernel.stage_names import Stage

if TYPE_CHECKING:
    import pyarrow as pa

_SLIPPING = (Stage.AT_RISK, Stage.DORMANT, Stage.LOST)
_SURE = 0.02
"""A change of the pool below this share is called none."""
_TOO_FEW = 0.7
"""Share of 80 % intervals that held, below which the forecast is called a sketch."""

PHASES = {
    "growing": ("growing", "成长期"),
    "ripe": ("mature, neither growing nor ebbing", "成熟期（既不明显增长也不明显下滑）"),
    "ebbing": ("ebbing", "衰退期"),
}


def says(
    tables: Mapping[str, pa.Table],
    facts: Mapping[str, Any],
    why: str,
    currency: str,
    promotions: Sequence[str] = (),
    value_days: int = 0,
) -> Iterator[Sentence]:
    """The sentences of the picture, the most important first.

    Args:
        tables: of the picture.
        facts: of the picture.
        why: nothing can be told ahead; empty where it can.
        currency: of the shop.
        promotions: that have days in the last month ahead and a pull in the shop's own data.
        value_days: over which profit is expected; 0 leaves it unsaid.
    """
    months = [row for row in tables["months"].to_pylist() if row["stage"] == "pool"]
    ahead = [row for row in tables["forecast"].to_pylist() if row["stage"] == "pool"]
    yield from _now(months, currency, value_days)
    if ahead:
        yield _ahead(months[-1], ahead[-1], promotions)
        yield from _needed(months[-1], facts, len(ahead))
    tiers = tier_sentence(tables, currency)
    if tiers is not None:
        yield tiers
    yield phase_sentence(tables["phase"].to_pylist()[0])
    if not ahead:
        yield Sentence(
            f"Nothing can be told ahead yet: {why}.",
            "暂不能预测：至少需要 8 个完整月的月末数据。",
        )
    else:
        yield tried_sentence(tables["coverage"].to_pylist())


def _now(months: list[dict[str, Any]], currency: str, value_days: int) -> Iterator[Sentence]:
    last = months[-1]
    month = f"{last['month']:%Y-%m}"
    worth, worth_zh = "", ""
    if last["expected_profit"] is not None:
        money = spoken(last["expected_profit"], currency)
        span, span_zh = _over(value_days)
        worth = f"; {money} of profit is expected of them{span}"
        worth_zh = f"；{span_zh}预计利润 {money}"
    change, change_zh = "", ""
    if len(months) > 3 and months[-4]["customers"]:
        by = last["customers"] / months[-4]["customers"] - 1
        change, change_zh = f", {by:+.1%} within three months", f"，较三个月前 {by:+.1%}"
    yield Sentence(
        f"At the end of {month} the pool held {last['customers']:,} customers, neither dormant nor"
        f" lost{change}{worth}.",
        f"{month} 月末会员池储水量 {last['customers']:,} 人（未沉睡、未流失）"
        f"{change_zh}{worth_zh}。",
    )


def _over(days: int) -> tuple[str, str]:
    if not days:
        return "", ""
    if days % 365:
        return f" over {days:,} days", f"未来 {days:,} 天"
    years = days // 365
    return f" over {_counted(years, 'year')}", f"未来 {years} 年"


def _counted(number: float, name: str) -> str:
    text = f"{number:,.0f}"
    return f"{text} {name}{'' if text == '1' else 's'}"


def _ahead(now: dict[str, Any], last: dict[str, Any], promotions: Sequence[str]) -> Sentence:
    by = last["customers"] / now["customers"] - 1 if now["customers"] else 0.0
    month = f"{last['month']:%Y-%m}"
    low, high = last["low_80"], last["high_80"]
    sure = low > now["customers"] or high < now["customers"]
    if abs(by) < _SURE:
        way, way_zh = "about as many as now", "与现在基本持平"
    else:
        way, way_zh = f"{by:+.0%} against now", f"较现在 {by:+.0%}"
    feast, feast_zh = "", ""
    if promotions:
        feast = f"; mind that {', '.join(promotions)} falls in that month"
        feast_zh = f"；注意当月有 {'、'.join(promotions)}"
    doubt = "" if sure else "; the interval holds today's number, so even the direction is open"
    doubt_zh = "" if sure else "；区间包含当前值，方向尚不能断定"
    return Sentence(
        f"If recent trends hold, {last['customers']:,.0f} at the end of {month}"
        f" ({low:,.0f} to {high:,.0f} in four of five cases), {way}{doubt}{feast}.",
        f"若按近期情况延续，{month} 月末预计 {last['customers']:,.0f} 人"
        f"（80% 区间 {low:,.0f}–{high:,.0f}），{way_zh}{doubt_zh}{feast_zh}。",
    )


def _needed(now: dict[str, Any], facts: Mapping[str, Any], months: int) -> Iterator[Sentence]:
    number = facts.get("newcomers_needed")
    if number is None:
        return
    expected = sum(facts["newcomers_expected"]) / months
    enough = expected >= number
    span = "the next month" if months == 1 else f"these {months} months"
    verb = "is" if f"{expected:,.0f}" == "1" else "are"
    yield Sentence(
        f"To hold the pool at {now['customers']:,} over {span} takes about"
        f" {_counted(number, 'new customer')} a month; {expected:,.0f} {verb} expected, which is"
        f" {'enough' if enough else 'not enough'}.",
        f"要在 {months} 个月后保住 {now['customers']:,} 人的储水量，每月约需新客 {number:,.0f} 人；"
        f"预计每月 {expected:,.0f} 人，{'足够' if enough else '不够'}。",
    )


def tier_sentence(tables: Mapping[str, pa.Table], currency: str) -> Sentence | None:
    """What tier A brings, and how many of it slip; None where nobody is in it."""
    top = tables["tiers"].to_pylist()[0]
    if not top["customers"]:
        return None
    slipping = [
        row
        for row in tables["layers"].to_pylist()
        if row["tier"] == "A" and row["stage"] in _SLIPPING
    ]
    number = sum(row["customers"] for row in slipping)
    cut = spoken(top["paid_from"], currency)
    tail, tail_zh = ", none of them at risk or beyond", "，目前没有人有流失风险"
    if number:
        paid = spoken(sum(row["paid_365"] for row in slipping), currency)
        tail = f"; {number:,} of them, who paid {paid}, are at risk or gone: see to them first"
        tail_zh = f"；其中 {number:,} 人（近一年实付 {paid}）已有流失风险、沉睡或流失，应优先维护"
    return Sentence(
        f"{top['customers']:,} customers of tier A ({top['share']:.1%}, from {cut} a year) paid"
        f" half of the last 365 days' money{tail}.",
        f"A 层 {top['customers']:,} 人（占 {top['share']:.1%}，近一年实付 {cut} 起）贡献了近 365 天"
        f"实付的一半{tail_zh}。",
    )


def phase_sentence(row: dict[str, Any]) -> Sentence:
    """The shop's phase, with what it rests on."""
    if row["buyers_growth"] is None:
        return Sentence(
            "The shop's phase cannot be told: it takes six whole months and 30 buyers a month.",
            "尚不能判断店铺所处阶段：至少需要 6 个完整月，且每月购买用户不少于 30 人。",
        )
    months = row["months"]
    rate = (
        f"buyers of a month change by {row['buyers_growth']:+.0%} a year over {months} months"
        f" ({row['buyers_growth_low']:+.0%} to {row['buyers_growth_high']:+.0%})"
    )
    rate_zh = (
        f"{months} 个月来月购买用户年化 {row['buyers_growth']:+.0%}"
        f"（95% 区间 {row['buyers_growth_low']:+.0%} 至 {row['buyers_growth_high']:+.0%}）"
    )
    if row["same_months_compared"]:
        rate, rate_zh = (
            rate + ", each month against its own a year before",
            rate_zh + "，与上年同月比",
        )
    else:
        rate, rate_zh = rate + ", the season not taken out", rate_zh + "，未剔除季节"
    late = row["year_on_year"]
    if late is not None:
        rate = f"buyers of the last three months {late:+.0%} year on year; {rate}"
        rate_zh = f"近三个月购买用户同比 {late:+.0%}；{rate_zh}"
        if row["phase"] == "growing" and late < row["buyers_growth_low"]:
            rate, rate_zh = rate + "; growth is slowing", rate_zh + "；增速在放缓"
    quick, quick_zh = "", ""
    if row["quick_ratio"] is not None:
        quick = f"; for each buyer who paused {row['quick_ratio']:.2f} came"
        quick_zh = f"；近三个月每走 1 位来 {row['quick_ratio']:.2f} 位"
    if row["phase"] == "cannot_tell":
        return Sentence(
            f"The shop's phase cannot be told, its months do not agree: {rate}{quick}.",
            f"店铺所处阶段尚不能断定，各月走势不一致：{rate_zh}{quick_zh}。",
        )
    name, name_zh = PHASES[row["phase"]]
    return Sentence(
        f"The shop is {name}: {rate}{quick}.", f"店铺处于{name_zh}：{rate_zh}{quick_zh}。"
    )


def tried_sentence(rows: list[dict[str, Any]]) -> Sentence:
    """How the intervals did on the shop's own past."""
    if not rows:
        return Sentence(
            "The intervals could not be tried on the shop's own past yet; take them as a sketch.",
            "区间尚未能用本店历史检验，仅供参考。",
        )
    number = sum(row["forecasts"] for row in rows)
    shares = [
        sum(row["forecasts"] * row[name] for row in rows) / number
        for name in ("within_80", "within_95")
    ]
    mind, mind_zh = "", ""
    if shares[0] < _TOO_FEW:
        mind = ": too few, so take the forecast as a sketch"
        mind_zh = "，偏低，预测仅供参考"
    return Sentence(
        f"Tried on the shop's own past, {number:,} forecasts of stages at earlier month ends:"
        f" 80% intervals held {shares[0]:.0%} of what came, 95% intervals {shares[1]:.0%}{mind}.",
        f"用本店历史检验过 {number:,} 次（各月末、各阶段）：80% 区间实际命中 {shares[0]:.0%}，"
        f"95% 区间命中 {shares[1]:.0%}{mind_zh}。",
    )
