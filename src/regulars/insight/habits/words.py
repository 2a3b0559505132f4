"""What the picture of habits says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regulars.insight.habits.times import Notes
from regulars.insight.portraits.value_names import plain_value
from regulars.kernel.sentence import Sentence

Rows = list[dict[str, Any]]

_FEW = 0.1
_SAME = 1e-3


def says(when: Rows, how: Rows, depths: Rows, notes: Notes, margin: float) -> Iterator[Sentence]:
    """The most important first.

    Args:
        when: rows of times.
        how: rows of discounts, refunds and categories.
        depths: sales by depth of discount.
        notes: what of times could not be told.
        margin: of the settings, taken where costs are not known.
    """
    yield from _times(when, notes)
    yield from _paydays(when, notes)
    yield from _discounts(how, depths, margin)
    yield from _breadth(how)
    yield from _refunds(how)


def _of(rows: Rows, kind: str) -> dict[str, dict[str, Any]]:
    return {row["value"]: row for row in rows if row["kind"] == kind}


def _times(when: Rows, notes: Notes) -> Iterator[Sentence]:
    hours, weekdays = _of(when, "hour"), _of(when, "weekday")
    parts, parts_zh = [], []
    told = [row for row in hours.values() if row["index"] is not None]
    if told:
        best = max(told, key=lambda row: (row["index"], row["value"]))
        hour = int(best["value"])
        parts.append(
            f"the busiest hour is {hour}:00–{hour + 1}:00 ({best['share']:.1%} of purchases,"
            f" {best['index'] / 100:.1f} times an even spread)"
        )
        parts_zh.append(
            f"最旺时段 {hour}–{hour + 1} 点（占购买的 {best['share']:.1%}，为均匀分布的"
            f" {best['index'] / 100:.1f} 倍）"
        )
    surely = [
        row
        for row in weekdays.values()
        if row["low"] is not None and (row["low"] > 100 or row["high"] < 100)
    ]
    if surely:
        best = max(weekdays.values(), key=lambda row: (row["index"] or 0, row["value"]))
        least = min(weekdays.values(), key=lambda row: (row["index"] or 0, row["value"]))
        day, low = (plain_value("usual_weekday", row["value"], "en") for row in (best, least))
        day_zh, low_zh = (plain_value("usual_weekday", row["value"], "zh") for row in (best, least))
        parts.append(
            f"the busiest weekday is {day} (index {best['index']:.0f}), the quietest {low}"
            f" ({least['index']:.0f})"
        )
        parts_zh.append(
            f"最旺 {day_zh}（指数 {best['index']:.0f}），最淡 {low_zh}（{least['index']:.0f}）"
        )
    elif any(row["low"] is not None for row in weekdays.values()):
        parts.append("no weekday stands out surely")
        parts_zh.append("各星期没有可辨的差异")
    if parts:
        where = "On days without a promotion, " if notes.promotions else ""
        text = where + "; ".join(parts)
        yield Sentence(
            f"{text[:1].upper()}{text[1:]}.",
            f"{'非大促日' if notes.promotions else ''}{'；'.join(parts_zh)}。",
        )
    if not notes.hours_known:
        yield Sentence(
            "The files tell days and not times: hours cannot be told.",
            "文件只有日期没有时间，无法判断时段。",
        )


def _paydays(when: Rows, notes: Notes) -> Iterator[Sentence]:
    near = _of(when, "payday").get("near")
    if near is None or near["low"] is None:
        return
    days = ", ".join(str(one) for one in sorted(notes.paydays))
    days_zh = "、".join(str(one) for one in sorted(notes.paydays))
    spread = f"index {near['index']:.0f}, {near['low']:.0f}–{near['high']:.0f}"
    spread_zh = f"指数 {near['index']:.0f}，区间 {near['low']:.0f}–{near['high']:.0f}"
    if near["low"] > 100:
        yield Sentence(
            f"More is bought on paydays (day {days} of the month) and the two days after"
            f" ({spread}).",
            f"发薪日（每月 {days_zh} 日）及其后两天购买偏多（{spread_zh}）。",
        )
    elif near["high"] < 100:
        yield Sentence(
            f"Less is bought on paydays (day {days} of the month) and the two days after"
            f" ({spread}).",
            f"发薪日（每月 {days_zh} 日）及其后两天购买偏少（{spread_zh}）。",
        )
    else:
        yield Sentence(
            f"Paydays (day {days} of the month) make no difference that can be told ({spread}).",
            f"发薪日（每月 {days_zh} 日）没有可辨的影响（{spread_zh}）。",
        )


def _discounts(how: Rows, depths: Rows, margin: float) -> Iterator[Sentence]:
    dependence = _of(how, "discount_dependence")
    plain = next((row for row in depths if row["depth"] == "0"), None)
    deep = next((row for row in depths if row["depth"] == "30+"), None)
    if dependence:
        always, never = dependence["always"], dependence["never"]
        core, core_zh = "", ""
        if always["core_share"] is not None:
            core = f"; of the core {always['core_share']:.0%} always"
            core_zh = f"；核心用户中每次都用的占 {always['core_share']:.0%}"
        yield Sentence(
            f"Of those who bought twice or more, {always['share']:.0%} used a discount every time"
            f" and {never['share']:.0%} never{core}.",
            f"购买两次以上的用户中，{always['share']:.0%} 每次都用优惠，{never['share']:.0%}"
            f" 从不使用{core_zh}。",
        )
    if plain is not None and plain["sales_share"] is not None:
        # Where no cost is known, every margin is that of the settings and tells nothing.
        known = any(abs((row["profit_rate"] or margin) - margin) > _SAME for row in depths)
        rate, rate_zh = _margin(plain) if known else ("", "")
        rest = rest_zh = ""
        if deep is not None and deep["sales_share"] is not None:
            deep_rate, deep_zh = _margin(deep) if known else ("", "")
            rest = f"; {deep['sales_share']:.0%} at discounts over 30 %{deep_rate}"
            rest_zh = f"；优惠超过 30% 的占 {deep['sales_share']:.0%}{deep_zh}"
        yield Sentence(
            f"{plain['sales_share']:.0%} of sales were at list price{rate}{rest}.",
            f"{plain['sales_share']:.0%} 的销售额为正价成交{rate_zh}{rest_zh}。",
        )


def _margin(row: dict[str, Any]) -> tuple[str, str]:
    if row["profit_rate"] is None:
        return "", ""
    return f" (margin {row['profit_rate']:.0%})", f"（毛利率 {row['profit_rate']:.0%}）"


def _breadth(how: Rows) -> Iterator[Sentence]:
    rows = _of(how, "categories")
    if not rows:
        return
    # Where nearly everybody buys in several categories, the other end tells more.
    few = rows["1"]["share"] >= _FEW
    row = rows["1"] if few else rows["6+"]
    what, what_zh = (
        ("in one category only", "只买过一个类目")
        if few
        else ("in six categories or more", "买过六个以上类目")
    )
    core = core_zh = ""
    if row["core_share"] is not None:
        core = f"; of the core {row['core_share']:.0%}"
        core_zh = f"，核心用户中为 {row['core_share']:.0%}"
    yield Sentence(
        f"{row['share']:.0%} of buyers have bought {what}{core}. Breadth grows with every purchase,"
        " so it is a trait of loyalty and not surely a way to it.",
        f"{row['share']:.0%} 的购买用户{what_zh}{core_zh}。类目数随购买次数增加，"
        "是忠诚的表现，未必是原因。",
    )


def _refunds(how: Rows) -> Iterator[Sentence]:
    rows = _of(how, "refunds")
    if not rows:
        return
    none, over = rows["none"], rows["over_30"]
    yield Sentence(
        f"{1 - none['share']:.0%} of buyers have sent something back; {over['share']:.1%} more than"
        " 30 % of what they paid.",
        f"{1 - none['share']:.0%} 的购买用户有过退款；{over['share']:.1%} 退款超过实付的 30%。",
    )
