"""What retention says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from regulars.insight.retention.asked import BRACKET, UNBOUNDED
from regulars.insight.retention.counts import ALL, GROUP, Cell
from regulars.insight.statistics.standardised import two_sided
from regulars.insight.statistics.wilson import wilson
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    from datetime import date

    from regulars.insight.retention.asked import Asked
    from regulars.insight.retention.counts import Counted
    from regulars.insight.span import Span
    from regulars.timeline.retention import Interval

LEAST = 30
"""Of fewer who have been seen, no share is told in words."""
_CHANCE = 0.05
_NEAR_BEGINNING = 30
_ON = {"day": "on", "week": "in", "month": "in"}
_UNITS_ZH = {"day": "天", "week": "周", "month": "个月"}
_PERIODS_ZH = {"day": "日", "week": "周", "month": "月"}
_HOURS = {"day": ("24 hours", "24 小时"), "week": ("7 times 24 hours", "7×24 小时")}


def says(wanted: Asked, span: Span, found: Counted) -> Iterator[Sentence]:
    """Who came back, who does better, whether newer cohorts do, and by which rules it is so."""
    groups = found.by_group()
    whole = groups[ALL, None]
    yield _headline(wanted, (span.first, found.ends.last), whole)
    if wanted.by is not None:
        named = {name: cells for (kind, name), cells in groups.items() if kind == GROUP}
        yield from _apart(wanted, named)
    yield from _newer(wanted, found)
    yield from _known(wanted, span, found)
    if found.of_nobody:
        yield Sentence(
            f"Left out are {found.of_nobody:,} starts of these days that name no customer.",
            f"{found.of_nobody:,} 条起始行为未标明用户，未计入。",
        )
    yield _rules(wanted, span.time_zone, found.ends.last)


def offset_name(interval: Interval) -> str:
    """An interval as it is written in tables.

    >>> from regulars.timeline.retention import Interval
    >>> [offset_name(Interval(4, high)) for high in (4, 7, None)]
    ['4', '4-7', '4+']
    """
    if interval.high is None:
        return f"{interval.low}+"
    return f"{interval.low}" + (f"-{interval.high}" if interval.high > interval.low else "")


def _on(wanted: Asked, place: int) -> tuple[str, str]:
    """An interval in both languages: `on day 7`, `in weeks 2 to 4`."""
    one = wanted.intervals[place]
    before = _ON[wanted.unit]
    zh = _UNITS_ZH[wanted.unit]
    if one.high is None:
        return f"{before} {wanted.unit} {one.low} or later", f"第 {one.low} {zh}及以后"
    if one.high > one.low:
        return (
            f"{before} {wanted.unit}s {one.low} to {one.high}",
            f"第 {one.low}–{one.high} {zh}",
        )
    return f"{before} {wanted.unit} {one.low}", f"第 {one.low} {zh}"


def _headline(wanted: Asked, days: tuple[date, date], whole: Sequence[Cell]) -> Sentence:
    told = [place for place in wanted.marks if whole[place].seen >= LEAST]
    began = (
        f"{whole[0].size:,} customers began with {wanted.start.text!r} from {days[0]} to {days[1]}"
    )
    began_zh = f"{days[0]} 至 {days[1]}，{whole[0].size:,} 位用户以“{wanted.start.text}”开始"
    if not told:
        return Sentence(
            f"{began}: too few have been seen long enough to tell how many come back"
            f" (at least {LEAST} are needed).",
            f"{began_zh}，但观察时间足够的不足 {LEAST} 人，无法判断留存。",
        )
    back = "came back" if wanted.back.text == wanted.start.text else f"did {wanted.back.text!r}"
    en = ", ".join(
        f"{_share(whole[place])} {'' if number else back + ' '}{_on(wanted, place)[0]}"
        for number, place in enumerate(told)
    )
    zh = "，".join(f"{_on(wanted, place)[1]}留存 {_share_zh(whole[place])}" for place in told)
    return Sentence(
        f"{began}. Of those seen long enough, {en}.",
        f"{began_zh}。在已满观察期的用户中：{zh}。",
    )


def _share(cell: Cell) -> str:
    low, high = (float(one) for one in wilson(cell.back, cell.seen))
    return f"{cell.back / cell.seen:.1%} ({low:.1%} to {high:.1%})"


def differ(one: Cell, other: Cell, comparisons: int = 1) -> bool:
    """Whether two shares differ beyond chance, the best of so many comparisons having been chosen.

    The test of Mantel and Haenszel for one stratum (`standardised.two_sided`), with Bonferroni's
    correction.
    """
    seen, back = one.seen + other.seen, one.back + other.back
    share = back / seen
    variance = one.seen * other.seen / seen * share * (1 - share) * seen / (seen - 1)
    return bool(two_sided(one.back, one.seen * share, variance) * comparisons < _CHANCE)


def _apart(wanted: Asked, groups: dict[str | None, list[Cell]]) -> Iterator[Sentence]:
    """The best and the worst group at the latest mark at which they differ beyond chance."""
    reached = [
        (place, told)
        for place in reversed(wanted.marks)
        if len(told := {name: cells[place] for name, cells in groups.items()
                        if cells[place].seen >= LEAST}) > 1
    ]  # fmt: skip
    for place, told in reached:
        ordered = sorted(told, key=lambda name: -told[name].back / told[name].seen)
        best, worst = told[ordered[0]], told[ordered[-1]]
        if not differ(best, worst, len(reached) * len(told) * (len(told) - 1) // 2):
            continue
        en, zh = _on(wanted, place)
        yield Sentence(
            f"By {wanted.by}, {ordered[0]} keeps most {en}, {_share(best)}, and {ordered[-1]}"
            f" least, {_share(worst)}. That is who comes by it, not what it causes.",
            f"按 {wanted.by} 看，{zh}留存最高的是 {ordered[0]}，{_share_zh(best)}；最低的是"
            f" {ordered[-1]}，{_share_zh(worst)}。这反映来的是谁，不代表因果。",
        )
        return
    if reached:
        yield Sentence(
            f"By {wanted.by}, the shares of those who come back cannot be told apart.",
            f"按 {wanted.by} 看，各组留存无显著差异。",
        )
    else:
        yield Sentence(
            f"By {wanted.by}, no two groups of {LEAST} customers have been seen long enough.",
            f"按 {wanted.by} 看，没有两个满 {LEAST} 人且观察期足够的群体可比。",
        )


def _share_zh(cell: Cell) -> str:
    return _share(cell).replace(" to ", "–").replace(" (", "（").replace(")", "）")


def _newer(wanted: Asked, found: Counted) -> Iterator[Sentence]:
    """Whether the later half of those who began come back more than the earlier."""
    if wanted.mode == UNBOUNDED:  # younger cohorts have had less time to come back
        return
    place = wanted.marks[0]
    by_cohort = [cells[place] for cells in found.by_cohort().values() if cells[place].seen]
    so_far = list(accumulate(cell.seen for cell in by_cohort))
    cut = sum(2 * one <= so_far[-1] for one in so_far)  # 0 of nobody
    halves = [_together(by_cohort[:cut]), _together(by_cohort[cut:])]
    if min(half.seen for half in halves) < LEAST:
        return
    before, after = halves
    en, zh = _on(wanted, place)
    if not differ(before, after):
        yield Sentence(
            f"Newer cohorts come back {en} neither more nor less than older ones, beyond chance.",
            f"{zh}留存在新旧批次之间无显著差异。",
        )
        return
    risen = after.back / after.seen > before.back / before.seen
    yield Sentence(
        f"Newer cohorts come back {'more' if risen else 'less'} {en}: {_share(after)}, after"
        f" {_share(before)} of the older half.",
        f"较新的一半用户{zh}留存{'更高' if risen else '更低'}：{_share_zh(after)}；较早的一半为"
        f" {_share_zh(before)}。",
    )


def _together(cells: Sequence[Cell]) -> Cell:
    return Cell(*(sum(getattr(one, name) for one in cells) for name in ("size", "seen", "back")))


def _known(wanted: Asked, span: Span, found: Counted) -> Iterator[Sentence]:
    """Who began before the data do, and days of which nothing is known."""
    begins, ends = found.begins, found.ends
    if wanted.is_first_ever and (span.first - begins.first).days < _NEAR_BEGINNING:
        yield Sentence(
            f"{begins.en.capitalize()} known from {begins.first} on: who began before is taken for"
            " new when first seen.",
            f"{begins.zh}数据自 {begins.first} 开始：此前已开始的用户会在首次出现时被当作新用户。",
        )
    if ends.last < span.last:
        yield Sentence(
            f"{ends.en.capitalize()} known up to {ends.last}: later days are not observable.",
            f"{ends.zh}数据截至 {ends.last}，之后不可观测。",
        )
    yield from ends.unfinished(ends.last)


def _rules(wanted: Asked, time_zone: str, last: date) -> Sentence:
    unit, zh = wanted.unit, _PERIODS_ZH[wanted.unit]
    days, days_zh = f"{unit}s are of the calendar of {time_zone}", f"按自然{zh}（{time_zone}）"
    if wanted.in_hours:
        long, long_zh = _HOURS[unit]
        days = (
            f"{unit}s are {long} from the customer's own first instant, cohorts of the calendar of"
            f" {time_zone}"
        )
        days_zh = f"自用户首次时刻起每 {long_zh}为一{zh}，批次按自然{zh}（{time_zone}）"
    mode, mode_zh = _mode(wanted)
    first, first_zh = (
        ("their first ever", "历史首次")
        if wanted.is_first_ever
        else ("their first of these days", "本时段内首次")
    )
    by = f", told apart by the first {wanted.by} told up to then" if wanted.by else ""
    by_zh = f"，按此前最早的 {wanted.by} 分组" if wanted.by else ""
    return Sentence(
        f"Customers begin with {wanted.start.text!r}, {first}{by}; {days}; {mode}. Only who has"
        f" been seen for all of it counts, up to the end of {last}.",
        f"口径：以{first_zh}“{wanted.start.text}”为起点{by_zh}；{days_zh}；{mode_zh}；"
        f"仅统计到 {last} 结束时已满观察期的用户。",
    )


def _mode(wanted: Asked) -> tuple[str, str]:
    """What coming back in an interval means, in both languages."""
    unit, zh, counted = wanted.unit, _PERIODS_ZH[wanted.unit], _UNITS_ZH[wanted.unit]
    on = _ON[unit]
    if wanted.mode == UNBOUNDED:
        return (
            f"back {on} {unit} N or later is at any time from then on, so older cohorts have had"
            " longer",
            f"“第 N {counted}及以后”指自那时起任意时间回访，较早批次的观察期更长",
        )
    if wanted.mode == BRACKET:
        return f"back in an interval is on any of its {unit}s", f"区间留存指区间内任一{zh}回访"
    return f"back {on} {unit} N is {on} that {unit} itself", f"第 N {counted}留存指恰在当{zh}回访"
