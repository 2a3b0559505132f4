"""What the picture of goals says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.insight.goals.names import DRIVER_NAMES, METRIC_NAMES, amount, difference, period
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 6
"""Goals that get sentences; all stand in the table."""

_SPOKEN = 0.1
"""Part of the gap from which on what pushes the other way is said."""
Days = tuple[date, date]


def says(
    tables: Mapping[str, pa.Table], currency: str, against: Mapping[int, Days] | None = None
) -> Iterator[Sentence]:
    """One sentence a goal, those furthest from reach first, and the causes of its gap.

    Args:
        tables: of the picture.
        currency: of the shop.
        against: first and last day of the span from which the plan was scaled, by goal.
    """
    rows = tables["goals"].to_pylist()
    causes = tables["causes"].to_pylist()
    urgent = sorted(rows, key=lambda row: (row["state"] == "ended", _chance(row), row["goal"]))
    for row in urgent[:MOST]:
        own = [one for one in causes if one["goal"] == row["goal"]]
        yield goal_sentence(row, own, currency, (against or {}).get(row["goal"]))
    if len(rows) > MOST:
        yield Sentence(
            f"{len(rows) - MOST} further goals stand in the table.",
            f"另有 {len(rows) - MOST} 个目标见表。",
        )


def goal_sentence(
    row: dict[str, Any],
    causes: list[dict[str, Any]],
    currency: str,
    against: Days | None = None,
) -> Sentence:
    """What is to be said of one goal."""
    metric = row["metric"]
    name, name_zh = METRIC_NAMES[metric]

    def told(value: float | None) -> str:
        return amount(metric, value, currency)

    days, days_zh = (period(row["first_day"], row["last_day"], one) for one in ("en", "zh"))
    head = f"{name[0].upper()}{name[1:]} of {days}"
    head_zh = f"{days_zh}{' ' if days_zh[-1].isdigit() else ''}{name_zh}"
    tail, tail_zh = _because(row, causes, currency, against)
    if row["state"] == "ended":
        if row["actual"] is None:
            return Sentence(f"{head}: nothing was bought.", f"{head_zh}：期间没有购买。")
        reached = row["actual"] >= row["target"]
        way, way_zh = ("reached", "已达成") if reached else ("missed", "未达成")
        return Sentence(
            f"{head}: {way}, {told(row['actual'])} of {told(row['target'])}"
            f" ({difference(metric, row['gap'], currency, 'en')}){tail}.",
            f"{head_zh}{way_zh}：实际 {told(row['actual'])}，目标 {told(row['target'])}"
            f"（{difference(metric, row['gap'], currency, 'zh')}）{tail_zh}。",
        )
    so_far, so_far_zh = "", ""
    if row["actual"] is not None:
        gone = row["days_gone"] / row["days"]
        so_far = f"{told(row['actual'])} with {gone:.0%} of the days gone; "
        so_far_zh = f"时间过去 {gone:.0%}，已有 {told(row['actual'])}；"
    if row["forecast"] is None:
        return Sentence(
            f"{head}: {so_far}target {told(row['target'])}; the end cannot be told from so short a"
            " history.",
            f"{head_zh}：{so_far_zh}目标 {told(row['target'])}；历史太短，无法预测期末。",
        )
    span, span_zh = "", ""
    if row["low_80"] is not None:
        low, high = told(row["low_80"]), told(row["high_80"])
        span, span_zh = f" ({low} to {high} in four of five cases)", f"（80% 区间 {low}–{high}）"
    chance, chance_zh = "", ""
    if row["chance"] is not None:
        chance = f", {_percent(row['chance'])} to reach {told(row['target'])}"
        chance_zh = f"，达成 {told(row['target'])} 的概率 {_percent(row['chance'])}"
    else:
        chance = f" against {told(row['target'])}"
        chance_zh = f"，目标 {told(row['target'])}"
    return Sentence(
        f"{head}: {so_far}{told(row['forecast'])} expected{span}{chance}{tail}.",
        f"{head_zh}：{so_far_zh}预计达成 {told(row['forecast'])}{span_zh}{chance_zh}{tail_zh}。",
    )


def _because(
    row: dict[str, Any], causes: list[dict[str, Any]], currency: str, against: Days | None
) -> tuple[str, str]:
    """Where the gap lies: the strongest driver its way, the strongest the other, the yardstick."""
    if row["gap"] is None or not causes:
        return "", ""
    way = 1 if row["gap"] > 0 else -1
    pushing = [one for one in causes if one["effect"] * way > 0]
    if not pushing:
        return "", ""
    other = [one for one in causes if one["effect"] * way < -_SPOKEN * abs(row["gap"])]

    def named(one: dict[str, Any], language: str) -> tuple[str, str]:
        return (
            DRIVER_NAMES[one["driver"]][language == "zh"],
            difference(row["metric"], one["effect"], currency, language),
        )

    gap, gap_zh = (difference(row["metric"], row["gap"], currency, one) for one in ("en", "zh"))
    en = "; the strongest driver of the difference of {}{} is {} ({})".format(
        gap, f", measured by {period(*against, 'en')}," if against else "", *named(pushing[0], "en")
    )
    zh = "；相差 {}{}，主要来自{}（{}）".format(
        gap_zh,
        f"（以 {period(*against, 'zh')}为基准）" if against else "",
        *named(pushing[0], "zh"),
    )
    if other:
        en += "; against that: {} ({})".format(*named(other[0], "en"))
        zh += "；反方向：{}（{}）".format(*named(other[0], "zh"))
    return en, zh


def _chance(row: dict[str, Any]) -> float:
    return 0.5 if row["chance"] is None else float(row["chance"])


def _percent(chance: float) -> str:
    if chance < 0.01:
        return "<1%"
    return ">99%" if chance > 0.99 else f"{chance:.0%}"
