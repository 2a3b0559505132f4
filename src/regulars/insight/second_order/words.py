"""What the second-order curve says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from regulars.insight.cohorts.words import WHAT
from regulars.insight.first_order import IN_TIME, LEAST, MONTH, NAMED, shown_name
from regulars.insight.second_order.curves import DAYS, Group, Newer, Stretch
from regulars.insight.second_order.log_rank import LogRank
from regulars.kernel.sentence import Sentence

YEAR_AGO, OLDER, EACH_OTHER = "year_ago", "year_before", "each_other"
YEAR_MONTHS = 12
SIGNIFICANT = 0.05
_COUNTS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_MARK = 90
_SELDOM = 0.25
"""Below this chance waiting any longer is called little use."""


def group_name(group: Group, by: str) -> str:
    """The name in tables and sentences."""
    return shown_name(group.kind, group.name, by)


VERDICTS = {
    "better": ("better, beyond chance", "确实在变好"),
    "worse": ("worse, beyond chance", "确实在变差"),
    "hint": ("the two tests disagree: a hint only", "两项检验结论不一，只是迹象"),
    "noise": ("not told apart from chance", "差异可能只是随机波动"),
}
"""What `verdict_of` gives, in words."""


def verdict_of(told: Newer) -> str:
    """better, worse, hint or noise: the curves differ and so do the shares, one of both, neither.

    The log-rank test looks at the whole curves, the interval at the last day that both reached.
    """
    curves = told.test is not None and told.test.p < SIGNIFICANT
    shares = told.low > 0 or told.high < 0
    if curves and shares:
        return "better" if told.difference > 0 else "worse"
    return "hint" if curves or shares else "noise"


def says(
    found: Sequence[Group],
    by: str,
    leak: Sequence[Stretch],
    newest: Group | None,
    compared: Mapping[str, Newer],
    differ: LogRank | None,
) -> Iterator[Sentence]:
    """How many come again and when, where they are lost, and whether it gets better."""
    everyone = found[0]
    yield from _course(everyone)
    if by in IN_TIME:
        yield from _newest(found, newest, by, compared)
    else:
        yield from _groups(found, by, differ)
    yield from _leak(everyone, leak)
    curve = everyone.curve
    if curve is not None and curve.still_rising:
        yield Sentence(
            f"The curve still rises on day {curve.end}: in the long run more will come.",
            f"曲线在第 {curve.end} 天仍在上升：时间更长，回来的人会更多。",
        )


def _course(everyone: Group) -> Iterator[Sentence]:
    told = [(one, point) for one in (30, _MARK, DAYS[-1]) if (point := everyone.share(one))]
    curve = everyone.curve
    if not told and curve is not None:
        told = [(curve.end, (curve.chance, curve.low[-1], curve.high[-1]))]
    day, (share, low, high) = told[-1]
    before_en = "".join(f"{part[0]:.1%} within {one} days, " for one, part in told[:-1])
    before_zh = "".join(f"{one} 天内 {part[0]:.1%}，" for one, part in told[:-1])
    half_en = half_zh = ""
    if everyone.median is not None:
        half_en = f"; half of those who come have come by day {everyone.median}"
        half_zh = f"；回来的人里，一半在 {everyone.median} 天内回来"
    yield Sentence(
        f"Of {everyone.customers:,} first-time customers, these order a second time:"
        f" {before_en}{share:.1%} ({low:.1%} to {high:.1%}) within {day} days{half_en}.",
        f"{everyone.customers:,} 位首购用户的复购率：{before_zh}{day} 天内 {share:.1%}"
        f"（{low:.1%}–{high:.1%}）{half_zh}。",
    )


def _leak(everyone: Group, leak: Sequence[Stretch]) -> Iterator[Sentence]:
    """Where waiting stops being worth it: what the days after the mark still bring."""
    late = next((one for one in leak if one.after == _MARK), None)
    end = everyone.curve.end if everyone.curve is not None else 0
    start, last = everyone.share(_MARK), everyone.share(end)
    if late is None or start is None or last is None or end <= _MARK or last[0] <= 0:
        return
    still = (last[0] - start[0]) / (1 - start[0])
    early = everyone.share(30)
    part = 0.0 if early is None else early[0] / last[0]
    seldom = still < _SELDOM
    yield Sentence(
        f"{part:.0%} of those who come by day {end} come within 30 days. Who has not come by day"
        f" {_MARK} ({1 - start[0]:.1%} of all) comes with a chance of {still:.1%} until day {end}"
        f"{': the place to win the second order is before that' if seldom else ''}.",
        f"{end} 天内复购的人里有 {part:.0%} 在前 30 天就回来了。{_MARK} 天还没回来的人（占"
        f" {1 - start[0]:.1%}），到第 {end} 天{'只' if seldom else ''}有 {still:.1%} 会回来"
        f"{'：促二单要趁早' if seldom else ''}。",
    )


def year_before(found: Sequence[Group], newest: Group) -> list[Group]:
    """The groups that began within the year before the newest."""
    number = int(newest.name)
    return [one for one in found if one.kind == NAMED and 0 < number - int(one.name) <= YEAR_MONTHS]


def _newest(
    found: Sequence[Group], newest: Group | None, by: str, compared: Mapping[str, Newer]
) -> Iterator[Sentence]:
    against = YEAR_AGO if YEAR_AGO in compared else OLDER
    if newest is None or against not in compared:
        yield Sentence(
            f"Whether it gets better cannot be told yet: it takes two groups of {LEAST} customers"
            " watched for a week.",
            f"暂时无法判断是否在变好：至少需要两批各 {LEAST} 位、观察满一周的首购用户。",
        )
        return
    told = compared[against]
    name = group_name(newest, by)
    if against == YEAR_AGO:
        then = shown_name(NAMED, str(int(newest.name) - YEAR_MONTHS), by)
        year_en = f"of those of {then}, as they stood a year before,"
        year_zh = f"{then} 的首购用户（按一年前同一时点）"
    else:
        count = len(year_before(found, newest))
        unit, unit_zh = ("month", "个月") if by == MONTH else ("quarter", "个季度")
        year_en = f"of those of the {_COUNTS[count]} {unit}{'s' * (count > 1)} of the year before"
        year_zh = f"此前一年 {count} {unit_zh}的首购用户"
    p = told.test.p if told.test is not None else 1.0
    verdict = VERDICTS[verdict_of(told)]
    span = f"{told.low * 100:+.1f} to {told.high * 100:+.1f}"
    yield Sentence(
        f"Of those who began in {name}, {told.newest:.1%} come again within {told.day} days;"
        f" {year_en} {told.earlier:.1%} had: {verdict[0]} ({span} points, log-rank {_p(p)}).",
        f"{name} 的首购用户 {told.day} 天内复购 {told.newest:.1%}，{year_zh}为"
        f" {told.earlier:.1%}：{verdict[1]}（相差 {span.replace(' to ', ' 至 ')} 个百分点，"
        f"对数秩检验 {_p(p)}）。",
    )


def _groups(found: Sequence[Group], by: str, differ: LogRank | None) -> Iterator[Sentence]:
    named = [one for one in found if one.kind == NAMED and one.curve is not None]
    day = next(
        (day for day in (_MARK, 60, 30, 14, 7) if all(one.share(day) for one in named)), None
    )
    if day is None or len(named) < 2 or differ is None:
        yield Sentence(
            f"No two groups of {LEAST} customers have been watched long enough to compare.",
            f"还没有两个满 {LEAST} 人、观察足够久的群体可比。",
        )
        return
    ranked = sorted(named, key=lambda one: (-(one.share(day) or (0.0,))[0], one.name))
    best, worst = ranked[0], ranked[-1]
    high, low = best.share(day) or (0.0, 0.0, 0.0), worst.share(day) or (0.0, 0.0, 0.0)
    plural, _, plural_zh, en, zh = WHAT[by]
    beyond = differ.p < SIGNIFICANT
    verdict = (
        f"the {plural} differ beyond chance"
        if beyond
        else f"the {plural} may differ by chance only",
        "差异超出随机波动" if beyond else "差异可能只是随机波动",
    )
    yield Sentence(
        f"Of those {en.format(best.name)}, {high[0]:.1%} ({high[1]:.1%} to {high[2]:.1%}) come"
        f" again within {day} days, of those {en.format(worst.name)} {low[0]:.1%} ({low[1]:.1%} to"
        f" {low[2]:.1%}); {verdict[0]} (log-rank {_p(differ.p)}). This is how they differ, not what"
        " makes them.",
        f"{zh.format(best.name)} {day} 天复购率最高，为 {high[0]:.1%}（{high[1]:.1%}–{high[2]:.1%}"
        "）；"
        f"{zh.format(worst.name)}最低，为 {low[0]:.1%}（{low[1]:.1%}–{low[2]:.1%}）；{plural_zh}间"
        f"{verdict[1]}（对数秩检验 {_p(differ.p)}）。这是差异，不等于因果。",
    )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
