"""What a diagnosis says, in both languages, in words that can be forwarded as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regulars.insight.diagnosis.diagnose import SECOND_ORDERS, Diagnosis
from regulars.insight.diagnosis.remedy import PATIENCE, TRIAL, Trial
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

_SHOWN_DAYS = (30, 60, 90, 180, 365)
_NAMED = 3
MAKES, LOSES = "makes_regulars", "loses"
_OF = {
    "product": ("first product", "首购商品"),
    "category": ("first category", "首购类目"),
    "source": ("source", "来源"),
}
_NEVER = 0.005


def headline(found: Diagnosis) -> list[Sentence]:
    """The one thing to know: how many come back, and what is at stake."""
    said = []
    money, second, late = found.currency, found.second, found.slipping
    if second is not None:
        chance, days = round(second.curve.chance * 100), second.curve.end
        said.append(
            Sentence(
                f"Of 100 first-time buyers, {chance} come back within {days} days;"
                f" {100 - chance} do not.",
                f"每 100 位首购用户，{days} 天内回来 {chance} 位，{100 - chance} 位没有再来。",
            )
        )
    if late.stake and late.customers:
        said.append(
            Sentence(
                f"{late.customers:,} regulars are slipping away. With them"
                f" {spoken(late.stake, money)} of yearly profit is at stake"
                f" ({spoken(late.low or 0, money)} to {spoken(late.high or 0, money)}"
                f"{_assumed(found)[0]}).",
                f"{late.customers:,} 位老客正在流失，面临失去的年毛利为 {spoken(late.stake, money)}"
                f"（{spoken(late.low or 0, money)} 至 {spoken(late.high or 0, money)}"
                f"{_assumed(found)[1]}）。",
            )
        )
    if second is not None and second.a_point is not None and second.new_buyers:
        value, low, high = second.a_point
        said.append(
            Sentence(
                f"One more of 100 first-time buyers who comes back is worth"
                f" {spoken(value, money)} of profit a year ({spoken(low, money)} to"
                f" {spoken(high, money)}).",
                f"每 100 位首购用户多回来 1 位，一年多 {spoken(value, money)} 毛利"
                f"（{spoken(low, money)} 至 {spoken(high, money)}）。",
            )
        )
    return said


def _assumed(found: Diagnosis) -> tuple[str, str]:
    """The margin, where profit rests on it alone."""
    if found.cost_known:
        return "", ""
    return f", at a margin of {found.margin:.0%}", f"，毛利率按 {found.margin:.0%} 计"


def leak(found: Diagnosis) -> list[Sentence]:
    """Where second orders leak."""
    second = found.second
    if second is None:
        why = found.cannot_tell[SECOND_ORDERS]
        return [Sentence(why, f"二单情况无法判断：{why}")]
    half, most, _ = second.curve.percentiles
    shares = [(day, second.share_by(day)) for day in _SHOWN_DAYS]
    told = [(day, share) for day, share in shares if share is not None]
    said = [
        Sentence(
            "Back by day "
            + ", ".join(f"{day}: {share:.1%}" for day, share in told)
            + f" ({second.curve.gaps:,} first purchases watched).",
            "、".join(f"{day} 天内 {share:.1%}" for day, share in told)
            + f" 再次购买（观察 {second.curve.gaps:,} 次首购）。",
        ),
        Sentence(
            f"Half of those who come back do so by day {half}, 80 % by day {most}; of those still"
            f" away by then, {second.later:.0%} come later. {second.waiting:,} first-time buyers"
            f" are within these {most} days today.",
            f"会回来的人一半在第 {half} 天前回来，八成在第 {most} 天前；到那时还没来的人，"
            f"之后仍会来的占 {second.later:.0%}。现在处于这 {most} 天窗口内的首购用户有"
            f" {second.waiting:,} 位。",
        ),
    ]
    if second.is_older_than_its_data:
        said.append(
            Sentence(
                f"{second.begun:,} customers seem new in the first 30 days of the data, against"
                f" {second.usually:,.0f} in 30 days since: many of them had bought before, so"
                " second orders are told too high. A longer export mends that.",
                f"数据最初 30 天的“首购”有 {second.begun:,} 位，而之后每 30 天约"
                f" {second.usually:,.0f} 位：其中很多是老客，二单率因此偏高。"
                "导出更长的历史即可修正。",
            )
        )
    if not second.new_buyers:
        said.append(
            Sentence(
                "Nobody has bought for the first time in the last 365 days.",
                "最近 365 天没有首购用户。",
            )
        )
    if second.worth is not None:
        said.append(
            Sentence(
                f"A second order is worth {spoken(second.worth, found.currency)}: the profit of its"
                f" customer from that day on over {second.worth_days} days (mean of"
                f" {second.worth_of:,} customers, {spoken(second.worth_low or 0, found.currency)}"
                f" to {spoken(second.worth_high or 0, found.currency)})."
                + (
                    f" About {second.new_buyers:,.0f} customers buy for the first time each year."
                    if second.new_buyers
                    else ""
                ),
                f"一个二单价值 {spoken(second.worth, found.currency)}：用户自二单起"
                f" {second.worth_days} 天内的毛利（{second.worth_of:,} 位平均，"
                f"{spoken(second.worth_low or 0, found.currency)} 至"
                f" {spoken(second.worth_high or 0, found.currency)}）。"
                + (f"每年约 {second.new_buyers:,.0f} 位首购用户。" if second.new_buyers else ""),
            )
        )
    return said


def late(found: Diagnosis) -> list[Sentence]:
    """Who is slipping, and what they are worth."""
    one, money = found.slipping, found.currency
    if not one.customers:
        return [
            Sentence(
                "Nobody with two purchases or more is at risk or dormant today.",
                "目前没有购买过两次以上的用户处于流失风险或沉睡状态。",
            )
        ]
    said = [
        Sentence(
            f"{one.at_risk:,} are at risk (later than 80 % of those who return), {one.dormant:,}"
            f" dormant (later than 95 %). In the year up to their last purchase they brought"
            f" {spoken(one.yearly, money)} of profit.",
            f"{one.at_risk:,} 位有流失风险（超过八成回购者的间隔），{one.dormant:,} 位沉睡"
            f"（超过 95%）。他们在末单之前一年贡献毛利 {spoken(one.yearly, money)}。",
        )
    ]
    if one.stake is None:
        said.append(
            Sentence(
                "How many of them come back by themselves cannot be told yet.",
                "其中多少人会自己回来，目前还无法判断。",
            )
        )
        return said
    if not one.stake:
        said.append(
            Sentence(
                "By the costs and the margin told, no profit is at stake with them.",
                "按给定的成本与毛利率，他们身上没有面临失去的毛利。",
            )
        )
        return said
    said.append(
        Sentence(
            f"About {one.returning:,.0f} of them come back by themselves within the year; the"
            f" others would take {spoken(one.stake, money)} with them. {one.half_held_by:,}"
            " customers hold half of that: call these first.",
            f"预计约 {one.returning:,.0f} 位会在一年内自己回来，其余会带走"
            f" {spoken(one.stake, money)}。其中 {one.half_held_by:,} 位占了一半：先联系他们。",
        )
    )
    return said


def makers(found: Diagnosis) -> list[Sentence]:
    """Which first purchases and sources make regulars."""
    said = []
    for by, table in found.makers.items():
        rows = table.to_pylist()
        good = [row for row in rows if row["verdict"] == MAKES][:_NAMED]
        bad = [row for row in reversed(rows) if row["verdict"] == LOSES][:_NAMED]
        en, zh = _OF[by]
        if good:
            said.append(_named(good, f"{en}: they come back more often", f"{zh}：回头更多"))
        if bad:
            said.append(_named(bad, f"{en}: they come back less often", f"{zh}：回头更少"))
        if rows and not good and not bad:
            said.append(
                Sentence(
                    f"By {en}, no difference beyond chance is seen ({len(rows)} compared).",
                    f"按{zh}比较（{len(rows)} 个），没有看到超出偶然的差别。",
                )
            )
    return said


def _named(rows: list[dict[str, Any]], en: str, zh: str) -> Sentence:
    def each(colon: str) -> str:
        return colon.join(
            f"{row['name']} ({row['return_rate']:.0%} / {row['expected_rate']:.0%})" for row in rows
        )

    return Sentence(
        f"By {en} than expected (came / expected): {each(', ')}.",
        f"{zh}（实际 / 预期）：{each('、')}。",
    )


def trial(one: Trial, currency: str) -> list[Sentence]:
    """The smallest test, so that it can be done."""
    remedy = one.remedy
    offer_en = f", {remedy.offer.en}," if remedy.offer.en else ""
    offer_zh = f"（{remedy.offer.zh}）" if remedy.offer.zh else ""
    said = []
    if one.left_alone is not None and one.in_time:
        said.append(
            Sentence(
                f"Try “{remedy.name.en}”{offer_en} on {one.treated:,} customers and leave"
                f" {one.left_alone:,} alone, drawn at random; compare who bought within"
                f" {remedy.within_days} days. The result is in after about {one.days} days.",
                f"把“{remedy.name.zh}”{offer_zh}发给随机抽取的 {one.treated:,} 位，另留"
                f" {one.left_alone:,} 位不触达，比较 {remedy.within_days} 天内的购买率；"
                f"约 {one.days} 天见分晓。",
            )
        )
    else:
        need = "" if one.left_alone is None else f"{2 * one.left_alone:,} "
        said.append(
            Sentence(
                f"“{remedy.name.en}” cannot be proved within {PATIENCE} days at the assumed effect:"
                f" it would take {need}customers.",
                f"按假设的效果，“{remedy.name.zh}”在 {PATIENCE} 天内无法得到验证："
                f"需要 {need}位用户。",
            )
        )
        if one.visible is not None:
            said.append(
                Sentence(
                    f"A trial of {TRIAL} days shows a rise of {100 * one.visible:.1f} points or"
                    " more.",
                    f"{TRIAL} 天的试验能看出 {100 * one.visible:.1f} 个百分点以上的提升。",
                )
            )
    said.append(
        Sentence(
            f"{one.base:.1%} buy anyway; the play assumes {100 * remedy.rise:.0f} points more. If"
            f" that were true it would bring {spoken(one.within_reach, currency)} a year"
            + (
                f"; it breaks even at {100 * one.breaks_even:.1f} points."
                if one.breaks_even is not None and one.breaks_even >= _NEVER
                else "; it breaks even below half a point."
            ),
            f"不触达也有 {one.base:.1%} 会购买；打法假设再提高 {100 * remedy.rise:.0f} 个百分点。"
            f"若成立，一年可多得 {spoken(one.within_reach, currency)}"
            + (
                f"；提升 {100 * one.breaks_even:.1f} 个百分点即可回本。"
                if one.breaks_even is not None and one.breaks_even >= _NEVER
                else "；提升不到 0.5 个百分点即可回本。"
            ),
        )
    )
    return said


def assumptions(found: Diagnosis) -> Iterator[Sentence]:
    """On what the amounts rest."""
    known = found.cost_known
    if not known:
        yield Sentence(
            f"Profit is {found.margin:.0%} of what was paid: costs are not known"
            " (--margin changes that).",
            f"毛利按实付的 {found.margin:.0%} 计：成本未知（可用 --margin 修改）。",
        )
    elif known < 1 - _NEVER:
        yield Sentence(
            f"Costs are known for {known:.0%} of sales; for the rest, profit is"
            f" {found.margin:.0%} of what was paid.",
            f"{known:.0%} 的销售额成本已知，其余毛利按实付的 {found.margin:.0%} 计。",
        )
    yield Sentence(
        "At stake is what is lost if nothing changes, not what a campaign would win back."
        " Intervals are 95 %: they say how sure the number is, given the assumptions.",
        "“面临失去”指什么都不做会失去的，不等于活动能挽回的。区间为 95%，"
        "在所述假设下表示数字有多确定。",
    )
    yield Sentence(
        "The chance of a return comes from the shop's own gaps between purchases; who buys under"
        " another account counts as gone.",
        "回购概率来自本店自己的购买间隔；换账号购买的人会被当作流失。",
    )
    yield Sentence(
        "What goes with first products and sources is an association: only a test shows a cause.",
        "首购商品与来源的差别是相关，不是因果；因果只有实验能证明。",
    )
    if found.second is not None and found.second.worth_days not in (0, 365):
        yield Sentence(
            f"The history is short: a second order is valued over {found.second.worth_days} days,"
            " so it is worth more than told.",
            f"历史较短：二单只按 {found.second.worth_days} 天计价，实际价值更高。",
        )
    if found.second is not None and found.second.observed_days < 365:
        yield Sentence(
            f"First-time buyers a year are told from {found.second.observed_days} days, at which"
            " beginning everybody is new: too many rather than too few.",
            f"年首购用户由 {found.second.observed_days} 天折算；数据开头人人都是“首购”，偏高。",
        )
