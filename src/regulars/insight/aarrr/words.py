"""What is said of the five stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.insight.aarrr.plays import STAGES, StagePlay
from regulars.insight.aarrr.trend import CANNOT_TELL, DOWN, UP
from regulars.insight.line.rates import LEAST
from regulars.insight.line.steps import Line
from regulars.insight.line.words import STEP_NAMES, known_events, not_observable
from regulars.insight.span import Span
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]

STAGE_NAMES = {
    "acquisition": Sentence("Acquisition", "获取"),
    "activation": Sentence("Activation", "激活"),
    "retention": Sentence("Retention", "留存"),
    "revenue": Sentence("Revenue", "收入"),
    "referral": Sentence("Referral", "推荐"),
}
_STEPS = STEP_NAMES | {
    "seen": Sentence("came in for the first time", "新来者"),
    "back": Sentence("were active again", "再次活跃"),
    "invited": Sentence("were invited", "受邀而来"),
}
_TRENDS = {UP: Sentence("up", "上升"), DOWN: Sentence("down", "下降")}


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences rest on, beside the rows.

    Attributes:
        span: the days asked for.
        within: days after coming in within which steps count.
        line: its steps.
        currency: of the shop.
        known_from: the day from which on the shop knows, where that is too late to compare.
        plays: of the playbook; None where it was not looked at.
    """

    span: Span
    within: int
    line: Line
    currency: str
    known_from: date | None
    plays: tuple[StagePlay, ...] | None


def says(
    rows: Sequence[Row], revenue: Sequence[Row], referral: Sequence[Row], known: Known
) -> Iterator[Sentence]:
    """The sentences, one of each stage first."""
    for stage in STAGES:
        own = [row for row in rows if row["stage"] == stage]
        yield _stage(stage, own, revenue, referral, known)
    yield from _plays(known)
    yield from not_observable(known.line)
    if known.known_from is not None:
        yield Sentence(
            f"The shop knows from {known.known_from} on only, so there is no period before to"
            " compare with.",
            f"数据自 {known.known_from} 起才有，无法与上一周期比较。",
        )
    yield from known_events(known.line, known.span, known.span.days)
    yield Sentence(
        f"From {known.span.first} to {known.span.last}, against the {known.span.days} days before."
        f" Steps count within {known.within} days of coming in, of those watched for so long;"
        f" shares of fewer than {LEAST} are not told. Up and down are told where the interval of"
        " the difference leaves 0 out; what went along with a play is not its effect.",
        f"统计 {known.span.first} 至 {known.span.last}，对比之前 {known.span.days} 天；仅统计到访后"
        f" {known.within} 天内的各步及观察满该天数的用户；不足 {LEAST} 人不计算比率；差值区间不含 0"
        " 才说上升或下降，且不代表打法的效果。",
    )


def _stage(
    stage: str,
    rows: Sequence[Row],
    revenue: Sequence[Row],
    referral: Sequence[Row],
    known: Known,
) -> Sentence:
    name = STAGE_NAMES[stage]
    told = [row for row in rows if row["customers"] is not None]
    if not told:
        return Sentence(f"{name.en}: not observable.", f"{name.zh}：不可观测。")
    parts = [_step(row) for row in told]
    if stage == "revenue" and revenue[0].get("sales") is not None:
        parts.append(_sales(revenue, known))
    if stage == "referral":
        now = referral[0]
        parts.append(
            Sentence(f"{now['inviters']:,} invited them", f"邀请人 {now['inviters']:,} 位")
        )
    return Sentence(
        f"{name.en}: {'; '.join(one.en for one in parts)}.",
        f"{name.zh}：{'；'.join(one.zh for one in parts)}。",
    )


def _step(row: Row) -> Sentence:
    """A step: how many, which share, and where it is going."""
    what = _STEPS[row["step"]]
    if row["share"] is None:
        return Sentence(f"{row['customers']:,} {what.en}", f"{what.zh} {row['customers']:,} 位")
    of, of_zh = (" of all active", "占活跃用户 ") if row["step"] == "seen" else ("", "")
    return Sentence(
        f"{row['customers']:,} {what.en} ({row['share']:.1%}{of}{_trend(row)})",
        f"{what.zh} {row['customers']:,} 位（{of_zh}{row['share']:.1%}{_trend_zh(row)}）",
    )


def _trend(row: Row) -> str:
    if row["trend"] == CANNOT_TELL:
        return ""
    told = _TRENDS.get(row["trend"])
    return f"; before {row['before_share']:.1%}, {told.en if told else 'not told apart'}"


def _trend_zh(row: Row) -> str:
    if row["trend"] == CANNOT_TELL:
        return ""
    told = _TRENDS.get(row["trend"])
    return f"；上期 {row['before_share']:.1%}，{told.zh if told else '无显著变化'}"


def _sales(revenue: Sequence[Row], known: Known) -> Sentence:
    now = revenue[0]
    each, before = now["sales_per_customer"], None
    if len(revenue) > 1:
        before = revenue[1]["sales_per_customer"]
    if each is None:
        return Sentence("sales cannot be told yet", "销售额尚无法判断")
    was = f" after {spoken(before, known.currency)}" if before is not None else ""
    was_zh = f"，上期 {spoken(before, known.currency)}" if before is not None else ""
    return Sentence(
        f"{spoken(each, known.currency)} of sales for each newcomer{was}",
        f"每位新来者销售额 {spoken(each, known.currency)}{was_zh}",
    )


def _plays(known: Known) -> Iterator[Sentence]:
    """Which plays address the stages; that nothing has been measured is said plainly."""
    if known.plays is None:
        return
    told, told_zh, without = [], [], []
    for stage in STAGES:
        own = [one for one in known.plays if one.stage == stage]
        if not own:
            without.append(STAGE_NAMES[stage])
            continue
        told.append(f"{stage}: {', '.join(one.name.en for one in own)}")
        told_zh.append(f"{STAGE_NAMES[stage].zh}：{'、'.join(one.name.zh for one in own)}")
    if told:
        yield Sentence(
            f"Plays of the playbook: {'; '.join(told)}.",
            f"运营手册中的打法：{'；'.join(told_zh)}。",
        )
    if without:
        yield Sentence(
            f"No play addresses {', '.join(one.en.lower() for one in without)}.",
            f"{'、'.join(one.zh for one in without)} 尚无对应打法。",
        )
    treated = sum(one.treated for one in known.plays)
    held_out = sum(one.held_out for one in known.plays)
    yield Sentence(
        "The effect of no play has been measured yet"
        + (
            f": on record are {treated:,} treated and {held_out:,} held out."
            if treated or held_out
            else ", and nobody is on record as treated or held out."
        ),
        "各打法的效果均尚未测量"
        + (
            f"：记录在案的触达 {treated:,} 人次、对照 {held_out:,} 人次。"
            if treated or held_out
            else "，也没有触达或对照的记录。"
        ),
    )
