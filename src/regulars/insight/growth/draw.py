"""Growth accounting by calendar month, in the definition published by Tribe Capital and Mode.

A month's buyers are new (first purchase ever), retained (bought in the month before) or
resurrected (bought earlier, not in the month before). A month's lost are those who bought in the
month before and not in this one. So buyers = new + retained + resurrected, and buyers of the month
before = retained + lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from regulars.insight.counts import number_where
from regulars.insight.growth.control import (
    LEAST_BUYERS,
    LEAST_MONTHS,
    RUN,
    SETTLED,
    Control,
    control,
)
from regulars.insight.months import buying_months, first_day, last_whole_month, month_number
from regulars.insight.opening import taken_for_new
from regulars.insight.picture import Picture, View
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import ibis.expr.types as ir

_YEAR = 12
_SEVERAL = 3
_LEVEL = (0.95, 1.05)
"""Between these a ratio is called level."""
CONTROL = pa.schema(
    [
        ("month", pa.date32()),
        ("buyers_before", pa.int64()),
        ("retained", pa.int64()),
        ("rate", pa.float64()),
        ("centre", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("z", pa.float64()),
        ("run", pa.int64()),
        ("verdict", pa.string()),
        ("rule", pa.string()),
    ]
)


def growth(purchases: ir.Table, as_of: date) -> ir.Table:
    """One row per month from the first purchase to `as_of`, in order, months without buyers too.

    `lost` is NULL in a month that has not ended: who will still buy is not known yet.

    Returns:
        `month` (its first day), `buyers, new, retained, resurrected, lost, quick_ratio, complete`;
        the ratio is NULL where nobody was lost or it is not known yet
    """
    bought = buying_months(purchases, as_of)
    own = ibis.window(group_by=bought.customer_id, order_by=bought.month)
    steps = bought.mutate(before=bought.month.lag().over(own), after=bought.month.lead().over(own))
    kept = (steps.before == steps.month - 1).fill_null(False)
    per_month = steps.group_by("month").agg(
        buyers=steps.count(),
        new=number_where(steps.before.isnull()),
        retained=number_where(kept),
        resurrected=number_where(steps.before.notnull() & ~kept),
    )
    stayed = (steps.after == steps.month + 1).fill_null(False)
    left = steps.filter(~stayed).select(month=steps.month + 1)
    lost = left.group_by("month").agg(lost=left.count())

    span = bought.agg(first=bought.month.min())
    months = span.select(
        month=ibis.range(span["first"], ibis.literal(month_number(as_of) + 1)).unnest()
    )
    filled = months.left_join(per_month, "month").drop("month_right").left_join(lost, "month")
    whole = filled.month <= last_whole_month(as_of)
    new, resurrected = filled.new.fill_null(0), filled.resurrected.fill_null(0)
    lost_of = ibis.cases((whole, filled.lost.fill_null(0)))
    return (
        filled.select(
            number=filled.month,
            month=first_day(filled.month),
            buyers=filled.buyers.fill_null(0),
            new=new,
            retained=filled.retained.fill_null(0),
            resurrected=resurrected,
            lost=lost_of,
            quick_ratio=(new + resurrected).cast("float64") / lost_of.nullif(0).cast("float64"),
            complete=whole,
        )
        .order_by("number")
        .drop("number")
    )


def draw(view: View) -> Picture:
    """Growth accounting up to the view's day, and retention under control limits."""
    months = view.run(growth(view.relation("purchases"), view.as_of))
    rows = months.to_pylist()
    chart, told = _control(rows)
    swings = tuple(_says_control(chart, told))
    said = (*_says(rows), *swings, *_opening(view, rows))
    facts = {
        "sigma_z": chart.sigma_z,
        "centre": chart.centre,
        "seasonal": chart.seasonal,
        "retention_says": [{"en": one.en, "zh": one.zh} for one in swings],
    }
    return Picture(
        "growth",
        view.as_of,
        {"months": months, "control": pa.Table.from_pylist(told, CONTROL)},
        said,
        facts,
    )


def _control(months: list[dict[str, Any]]) -> tuple[Control, list[dict[str, Any]]]:
    """Each month that has ended, but for the first, on the control chart."""
    ended = [(before, row) for before, row in pairwise(months) if row["complete"]]
    chart = control(
        [before["buyers"] for before, _ in ended], [row["retained"] for _, row in ended]
    )
    rows = [
        {
            "month": row["month"],
            "buyers_before": point.buyers_before,
            "retained": point.retained,
            "rate": point.rate,
            "centre": point.centre,
            "low": point.low,
            "high": point.high,
            "z": point.z,
            "run": point.run,
            "verdict": point.verdict,
            "rule": point.rule,
        }
        for (_, row), point in zip(ended, chart.points, strict=True)
    ]
    return chart, rows


def _says(months: list[dict[str, Any]]) -> Iterator[Sentence]:
    whole = [row for row in months if row["complete"] and row["buyers"] + (row["lost"] or 0)]
    if not whole:
        yield Sentence(
            "No whole month lies within the data yet: growth cannot be told.",
            "数据中还没有完整的自然月，无法判断增长。",
        )
        return
    last = whole[-1]
    month = f"{last['month']:%Y-%m}"
    yield Sentence(
        f"In {month}, {last['buyers']:,} customers bought: {last['new']:,} new,"
        f" {last['retained']:,} retained, {last['resurrected']:,} back after a pause;"
        f" {last['lost']:,} of the month before did not.",
        f"{month} 有 {last['buyers']:,} 位用户购买：新购 {last['new']:,}，留存"
        f" {last['retained']:,}，回流 {last['resurrected']:,}；上月买过而本月未买"
        f" {last['lost']:,}。",
    )
    yield from _says_quick([row for row in months[1:] if row["complete"]])


def _came(row: dict[str, Any]) -> int:
    return int(row["new"] + row["resurrected"])


def _says_quick(ended: list[dict[str, Any]]) -> Iterator[Sentence]:
    """The quick ratio against the same month a year before, which has the same season.

    Without such a month, that of three months together: one alone tells the season more than
    growth.

    Args:
        ended: months that have ended, but for the first, whose buyers are all new.
    """
    year_ago = ended[-1 - _YEAR] if len(ended) > _YEAR else None
    if year_ago is not None and year_ago["lost"] and ended[-1]["lost"]:
        yield _against_year_ago(ended[-1], year_ago)
        return
    last = ended[-_SEVERAL:]
    came, lost = sum(map(_came, last)), sum(row["lost"] for row in last)
    if len(last) < _SEVERAL or not lost:
        return
    place = _verdict(came / lost, min(came, lost))
    yield Sentence(
        f"In the last three months {came:,} came (new or back), and {lost:,} times a buyer of the"
        f" month before did not buy: {came / lost:.2f} for 1, the active base"
        f" {('shrinks', 'is level', 'grows')[place]}.",
        f"近三个月来 {came:,} 人次（新购与回流），上月买本月未买 {lost:,} 人次，之比"
        f" {came / lost:.2f}：活跃用户{('在减少', '基本持平', '在增加')[place]}。",
    )


def _against_year_ago(now: dict[str, Any], then: dict[str, Any]) -> Sentence:
    ratio, before = _came(now) / now["lost"], _came(then) / then["lost"]
    fewest = min(_came(now), now["lost"], _came(then), then["lost"])
    place = _verdict(ratio / before if before else 2.0, fewest)
    return Sentence(
        f"{_came(now):,} came (new or back) and {now['lost']:,} of the month before did not buy"
        f" this month: {ratio:.2f} for 1, against {before:.2f} in {then['month']:%Y-%m}:"
        f" {('less than', 'level with', 'more than')[place]} the year before.",
        f"本月来 {_came(now):,} 位（新购与回流），上月买本月未买 {now['lost']:,} 位，之比"
        f" {ratio:.2f}；去年同月（{then['month']:%Y-%m}）为 {before:.2f}："
        f"{('低于', '与', '高于')[place]}去年{('', '持平', '')[place]}。",
    )


def _verdict(ratio: float, fewest: int) -> int:
    """0 below, 1 level, 2 above; few people swing too much to be told from level."""
    if fewest < LEAST_BUYERS:
        return 1
    return 1 + (ratio > _LEVEL[1]) - (ratio < _LEVEL[0])


def _opening(view: View, months: list[dict[str, Any]]) -> Iterator[Sentence]:
    """Who is new may be old where the months told of lie within the first year of data."""
    ended = [row["month"] for row in months if row["complete"]]
    if len(ended) > 1:
        yield from taken_for_new(view, ended[-1 - _YEAR] if len(ended) > _YEAR + 1 else ended[-1])


def _says_control(chart: Control, rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    if chart.centre is None:
        yield Sentence(
            f"Whether retention changes or only swings by chance cannot be told: it takes"
            f" {LEAST_MONTHS} whole months after months of {LEAST_BUYERS} buyers.",
            f"暂时分不清留存率是真变化还是波动：至少需要 {LEAST_MONTHS} 个完整月份，且上月购买"
            f"用户不少于 {LEAST_BUYERS} 人。",
        )
        return
    judged = [row for row in rows if row["verdict"] is not None]
    last = judged[-1]
    month = f"{last['month']:%Y-%m}"
    yield Sentence(
        f"{last['rate']:.1%} of the buyers of the month before bought again in {month}; between"
        f" {last['low']:.1%} and {last['high']:.1%} is the usual swing{_than_en(chart)}:"
        f" {_VERDICTS[last['verdict'], last['rule']][0]}.",
        f"{month} 留存率 {last['rate']:.1%}（上月购买用户中本月又买的占比）；{_than_zh(chart)}"
        f"正常波动范围为 {last['low']:.1%}–{last['high']:.1%}："
        f"{_VERDICTS[last['verdict'], last['rule']][1]}。",
    )
    # By the calendar: months with too few buyers are not judged, and others do not fill in.
    since = last["month"].replace(year=last["month"].year - 1)
    signals = [row for row in judged[:-1] if row["month"] > since and row["verdict"] != "noise"]
    if signals:
        names = [f"{row['month']:%Y-%m}" for row in signals]
        yield Sentence(
            f"Months that were not noise in the year before it: {', '.join(names)}.",
            f"此前一年里超出正常波动的月份：{'、'.join(names)}。",
        )
    if chart.months < SETTLED:
        yield Sentence(
            f"The limits rest on {chart.months} months only and will still move"
            f" ({SETTLED} or more make them settle).",
            f"控制限只基于 {chart.months} 个月，仍会变动（满 {SETTLED} 个月后才稳定）。",
        )


_VERDICTS = {
    ("noise", None): ("noise, nothing to explain", "属于正常波动，不必解读"),
    ("up", "limits"): ("a signal, higher than chance makes it", "明显偏高，不是随机波动"),
    ("down", "limits"): ("a signal, lower than chance makes it", "明显偏低，不是随机波动"),
    ("up", "run"): (
        f"a signal, {RUN} months or more in a row above the centre",
        f"连续 {RUN} 个月以上高于中线，是真实上升",
    ),
    ("down", "run"): (
        f"a signal, {RUN} months or more in a row below the centre",
        f"连续 {RUN} 个月以上低于中线，是真实下降",
    ),
}


def _than_en(chart: Control) -> str:
    return ", going by the same month of the year before" if chart.seasonal else ""


def _than_zh(chart: Control) -> str:
    return "参照去年同月，" if chart.seasonal else ""
