"""What the funnel says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regulars.insight.line.words import STEP_NAMES
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    from regulars.insight.funnel.asked import Asked
    from regulars.insight.span import Span

Row = dict[str, Any]

_ORDERS = {
    "ordered": ("in this order", "按顺序"),
    "strict": ("in this order with nothing between", "按顺序且中间无其他行为"),
    "any": ("in any order", "顺序不限"),
}
_UNITS = {"customer": ("customers", "位用户"), "session": ("visits", "次访问")}
_SMALL_SHARE = 0.01
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60


def says(
    funnel: Asked, span: Span, steps: Sequence[Row], groups: Sequence[Row]
) -> Iterator[Sentence]:
    """How many arrive, where most are lost, who does better, and by which rules it is counted."""
    first, last = steps[0], steps[-1]
    units, units_zh = _UNITS[funnel.per]
    yield Sentence(
        f"Of {first['reached']:,} {units} who began with {first['name']}, {last['reached']:,} came"
        f" to {last['name']}: {_share(last['share'])} ({_share(last['share_low'])} to"
        f" {_share(last['share_high'])}).",
        f"{first['reached']:,} {units_zh}进入“{_step_zh(first)}”，{last['reached']:,} 到达"
        f"“{_step_zh(last)}”，转化率 {_share(last['share'])}（{_share(last['share_low'])} 至"
        f" {_share(last['share_high'])}）。",
    )
    lost = max(steps[1:], key=lambda row: row["lost"])
    if lost["lost"]:
        before = steps[lost["step"] - 2]
        yield Sentence(
            f"Most are lost between {before['name']} and {lost['name']}: {lost['lost']:,};"
            f" {_share(lost['step_share'] or 0)} go on.",
            f"流失最多的一步是“{_step_zh(before)}”到“{_step_zh(lost)}”：{lost['lost']:,}，"
            f"仅 {_share(lost['step_share'] or 0)} 继续。",
        )
    if last["median_seconds"] is not None:
        yield Sentence(
            f"Half of those who arrive need no more than {_time(last['median_seconds'])}, nine in"
            f" ten no more than {_time(last['p90_seconds'])}.",
            f"到达者半数用时不超过{_time_zh(last['median_seconds'])}，九成不超过"
            f"{_time_zh(last['p90_seconds'])}。",
        )
    if waiting := sum(row["open"] or 0 for row in steps):
        yield Sentence(
            f"{waiting:,} of them may still go on: their window had not ended on {span.last}.",
            f"其中 {waiting:,} 的窗口期到 {span.last} 尚未结束，仍可能继续。",
        )
    yield from _apart(funnel, steps, groups)
    yield _rules(funnel, span)


def not_observable(names: Sequence[str]) -> Iterator[Sentence]:
    """Of steps of the line that nothing tells of: they are left out, which is no 0."""
    told_zh = [_step_zh({"name": name}) for name in names]
    if names:
        yield Sentence(
            f"Not observable here, and left out: {', '.join(names)}. Name their events under [line]"
            " in regulars.toml.",
            f"以下步骤在本店数据中不可观测，已略去：{'、'.join(told_zh)}。请在 regulars.toml 的"
            " [line] 中指定对应事件。",
        )


def _apart(funnel: Asked, steps: Sequence[Row], groups: Sequence[Row]) -> Iterator[Sentence]:
    """The best and the worst group, where they differ beyond chance."""
    arrived = [row for row in groups if row["step"] == len(steps) and row["share"] is not None]
    if len(arrived) < 2:
        return
    best, worst = (pick(arrived, key=lambda row: row["share"]) for pick in (max, min))
    if best["share_low"] <= worst["share_high"]:
        yield Sentence(
            f"By {funnel.by}, the shares of those who arrive cannot be told apart.",
            f"按 {funnel.by} 看，各组转化率无显著差异。",
        )
        return
    yield Sentence(
        f"By {funnel.by}, {_name(best)} does best ({_share(best['share'])}) and {_name(worst)}"
        f" worst ({_share(worst['share'])}). That is who comes by it, not what it causes.",
        f"按 {funnel.by} 看，{_name_zh(best)}转化率最高（{_share(best['share'])}），"
        f"{_name_zh(worst)}最低（{_share(worst['share'])}）。这反映来的是谁，不代表因果。",
    )


def _rules(funnel: Asked, span: Span) -> Sentence:
    order, order_zh = _ORDERS[funnel.order]
    window = "without a window" if funnel.window is None else f"within {_time(funnel.window / 1e6)}"
    window_zh = "不限时间" if funnel.window is None else f"窗口期{_time_zh(funnel.window / 1e6)}"
    each, each_zh = (
        ("each customer once", "每位用户计一次")
        if funnel.per == "customer"
        else (f"each visit once ({_time(funnel.gap / 1e6)} of quiet end one)", "每次访问计一次")
    )
    touch = f", by the {funnel.touch} {funnel.by} told up to the first step" if funnel.by else ""
    touch_zh = (
        f"，按首步之前{'最近一次' if funnel.touch == 'last' else '首次'}的 {funnel.by} 分组"
        if funnel.by
        else ""
    )
    excluded = f"; {funnel.excluded.text} between two steps breaks off" if funnel.excluded else ""
    excluded_zh = f"；步骤之间出现“{funnel.excluded.text}”即中断" if funnel.excluded else ""
    return Sentence(
        f"Counted from {span.first} to {span.last} ({span.time_zone}), {order}, {window} from the"
        f" first step, {each}{touch}; no entry is two steps{excluded}.",
        f"统计 {span.first} 至 {span.last}（{span.time_zone}），{order_zh}，自首步起{window_zh}，"
        f"{each_zh}{touch_zh}；同一行为不重复充当两步{excluded_zh}。",
    )


def _step_zh(row: Row) -> str:
    """The name of a step; those of the line have one in Chinese."""
    known = STEP_NAMES.get(row["name"])
    return known.zh if known else str(row["name"])


def _share(share: float) -> str:
    """A share with as many digits as it takes to be told from none.

    >>> _share(0.1234), _share(0.000266), _share(0.0)
    ('12.3%', '0.027%', '0.0%')
    """
    if 0 < share < _SMALL_SHARE:
        return f"{float(f'{share * 100:.2g}')}%"
    return f"{share:.1%}"


def _name(row: Row) -> str:
    return row["group"] or "no group told"


def _name_zh(row: Row) -> str:
    return row["group"] or "未标明"


def _time(seconds: float) -> str:
    """A length of time as people say it.

    >>> _time(5400), _time(86400), _time(42)
    ('1.5 hours', '1 day', '42 seconds')
    """
    number, unit = _counted(seconds)
    name = ("second", "minute", "hour", "day")[unit]
    return f"{number} {name}{'' if number == '1' else 's'}"


def _time_zh(seconds: float) -> str:
    number, unit = _counted(seconds)
    return f" {number} {('秒', '分钟', '小时', '天')[unit]}"


def _counted(seconds: float) -> tuple[str, int]:
    for unit, size in ((3, _DAY), (2, _HOUR), (1, _MINUTE), (0, 1)):
        if seconds >= size or unit == 0:
            return f"{seconds / size:.1f}".removesuffix(".0"), unit
    raise AssertionError
