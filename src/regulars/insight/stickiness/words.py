"""What stickiness says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regulars.insight.ladder.shares import percent
from regulars.insight.portraits.value_names import plain_value
from regulars.insight.sessions.words import minutes
from regulars.kernel.sentence import Sentence
from regulars.timeline.stickiness import RECENT

if TYPE_CHECKING:
    from regulars.insight.span import Span
    from regulars.insight.steps import Step
    from regulars.insight.stickiness.counts import Counted

Row = dict[str, Any]

LEAST = 30
"""Of fewer customers, or gaps, no share and no usual time is told in words."""
_OFTEN = 8
"""Active days of 28: twice a week."""


def says(
    step: Step, span: Span, found: Counted, rows: dict[str, list[Row]], gap: int
) -> Iterator[Sentence]:
    """How sticky the shop is, how often and how long people come, and by which rules."""
    yield from _sticky(rows["days"])
    yield from _often(found, rows["active_days"])
    yield from _long(rows["weekdays"])
    yield from _apart(rows["gaps"])
    yield from _edges(span, found)
    yield _rules(step, span, gap)


def _mean(rows: Sequence[Row], name: str) -> float:
    return float(sum(row[name] for row in rows)) / len(rows)


def _sticky(days: Sequence[Row]) -> Iterator[Sentence]:
    """DAU/MAU of the last 28 days, against the 28 before."""
    known = [row for row in days if row["active_30"] is not None]
    recent, before = known[-RECENT:], known[-2 * RECENT : -RECENT]
    if not recent:
        active = _mean(days, "active")
        yield Sentence(
            f"On an average day {active:,.1f} customers are active. Fewer than 30 days are known,"
            " so how many are active within 30 is not observable.",
            f"日均活跃 {active:,.1f} 人；已知数据不足 30 天，月活不可观测。",
        )
        return
    daily, monthly = _mean(recent, "active"), _mean(recent, "active_30")
    if monthly < LEAST:
        yield Sentence(
            f"Only {monthly:,.0f} customers are active within 30 days: too few to tell how often"
            f" they come (at least {LEAST} are needed).",
            f"月活仅 {monthly:,.0f} 人，不足 {LEAST} 人，无法判断粘性。",
        )
        return
    share = daily / monthly
    then = then_zh = ""
    if len(before) == RECENT and (was := _mean(before, "active_30")) >= LEAST:
        old = _mean(before, "active") / was
        then = f"; in the {RECENT} days before it was {old:.1%}"
        then_zh = f"；此前 {RECENT} 天为 {old:.1%}"
    first, last = recent[0]["day"], recent[-1]["day"]
    yield Sentence(
        f"From {first} to {last}, {daily:,.0f} customers were active on an average day, of"
        f" {monthly:,.0f} within 30 days: DAU/MAU {share:.1%}, which is {30 * share:.1f} days of"
        f" 30{then}.",
        f"{first} 至 {last}，日均活跃 {daily:,.0f} 人，月活（近 30 天）{monthly:,.0f} 人，"
        f"DAU/MAU {share:.1%}，相当于 30 天中来 {30 * share:.1f} 天{then_zh}。",
    )


def _often(found: Counted, table: Sequence[Row]) -> Iterator[Sentence]:
    """On how many days of the last 28 customers are active."""
    if not table:
        yield Sentence(
            f"Of the last {RECENT} days not all are known: on how many days customers are active is"
            " not observable.",
            f"最近 {RECENT} 天未全部覆盖，活跃天数分布不可观测。",
        )
        return
    whole = sum(row["customers"] for row in table)
    if whole < LEAST:
        return
    often = table[_OFTEN - 1]["share_or_more"]
    yield Sentence(
        f"Of {whole:,} customers active in the {RECENT} days up to {found.last},"
        f" {percent(table[0]['share'])} were on one day only, {percent(often)} on {_OFTEN} days or"
        " more.",
        f"截至 {found.last} 的 {RECENT} 天内活跃的 {whole:,} 位用户中，"
        f"{percent(table[0]['share'])} 只活跃 1 天，{percent(often)} 活跃 {_OFTEN} 天及以上。",
    )


def _long(weekdays: Sequence[Row]) -> Iterator[Sentence]:
    """How long sessions last, and on which weekday most are active."""
    whole = weekdays[0]
    if whole["sessions"] and whole["median_minutes"] is None:
        yield Sentence(
            "All sessions have a single entry: how long people stay is not observable.",
            "所有访问都只有一步，停留时长不可观测。",
        )
    elif whole["sessions"]:
        half, most = whole["median_minutes"], whole["p90_minutes"]
        yield Sentence(
            f"{percent(whole['single_share'])} of the sessions have a single entry and no length;"
            f" of the others half last up to {minutes(half)}, nine in ten up to {minutes(most)}.",
            f"{percent(whole['single_share'])} 的访问只有一步，没有时长；其余访问的时长中位数为"
            f" {minutes(half, 'zh')}，P90 为 {minutes(most, 'zh')}。",
        )
    if min(row["days"] for row in weekdays) < 4 or whole["mean_active"] * 7 < LEAST:
        return
    most_active, least = (
        pick(weekdays[1:], key=lambda row: row["mean_active"]) for pick in (max, min)
    )
    (best, low), (best_zh, low_zh) = (
        [plain_value("usual_weekday", row["weekday"], language) for row in (most_active, least)]
        for language in ("en", "zh")
    )
    yield Sentence(
        f"Most are active on {best} ({most_active['mean_active']:,.0f} a day), fewest on {low}"
        f" ({least['mean_active']:,.0f}).",
        f"{best_zh}最活跃（日均 {most_active['mean_active']:,.0f} 人），{low_zh}最少"
        f"（{least['mean_active']:,.0f} 人）。",
    )


def _apart(gaps: Sequence[Row]) -> Iterator[Sentence]:
    """How long it is from one session to the next."""
    every, own = gaps
    if every["number"] < LEAST:
        return
    yield Sentence(
        f"From one session to the customer's next it is up to {_days(every['median_days'])} half of"
        f" the time, up to {_days(every['p90_days'])} nine times in ten; half of the"
        f" {own['number']:,} customers who came again have an own median of up to"
        f" {_days(own['median_days'])}. Gaps that have not ended are not counted.",
        f"同一用户两次访问的间隔中位数为 {_days(every['median_days'], 'zh')}，P90 为"
        f" {_days(every['p90_days'], 'zh')}；{own['number']:,} 位再次来访用户各自中位间隔的中位数为"
        f" {_days(own['median_days'], 'zh')}。尚未结束的间隔不计入。",
    )


def _days(count: float, language: str = "en") -> str:
    """Days in words, as hours where they are few.

    >>> _days(0.25), _days(1.04), _days(3.27)
    ('6.0 hours', '25.0 hours', '3.3 days')
    """
    if count < 2:
        return f"{count * 24:.1f} {'hours' if language == 'en' else '小时'}"
    return f"{count:.1f} {'days' if language == 'en' else '天'}"


def _edges(span: Span, found: Counted) -> Iterator[Sentence]:
    """Days of the span of which nothing is known, and entries that are nobody's."""
    known = found.known
    if found.first > span.first or found.last < span.last:
        yield Sentence(
            f"{known.en.capitalize()} known from {known.first} to {known.last}: other days are not"
            " observable.",
            f"{known.zh}数据覆盖 {known.first} 至 {known.last}，其他日期不可观测。",
        )
    yield from known.unfinished(found.last)
    if found.of_nobody:
        yield Sentence(
            f"Left out are {found.of_nobody:,} entries of these days that name no customer.",
            f"{found.of_nobody:,} 条记录未标明用户，未计入。",
        )


def _rules(step: Step, span: Span, gap: int) -> Sentence:
    return Sentence(
        f"Active is who has an entry {step.text!r} on the day; days are of the calendar of"
        f" {span.time_zone}; windows of 7 and 30 days end with the day, and are told only where all"
        f" of them is known. A session ends after more than {gap} minutes without an entry and is"
        " of the weekday on which it begins.",
        f"口径：当天有“{step.text}”行为即为活跃；按自然日（{span.time_zone}）；周活、月活为截至当日"
        f"的 7 天、30 天，窗口未全部覆盖时不给；超过 {gap} 分钟没有动作即视为访问结束，"
        "访问归入开始那天。",
    )
