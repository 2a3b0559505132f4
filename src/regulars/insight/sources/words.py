"""What is said of sources: what they bring for what they cost, before how many they bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.insight.line.rates import LEAST
from regulars.insight.line.steps import FIRST_ORDER, SEEN, Line
from regulars.insight.line.words import STEP_NAMES, known_events, not_observable
from regulars.insight.portraits.value_names import value_name
from regulars.insight.sources.portrait import OVER
from regulars.insight.span import Span
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]
_NAMED = 3
_EXTREME = 20
"""Value to cost above this is not what advertising to strangers brings."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences rest on, beside the rows.

    Attributes:
        span: the days asked for.
        line: its steps.
        currency: of the shop.
        value_days: days that the value to come counts.
        customers: who came in.
        known_before: who were first seen in these days and had bought before.
        at_all: who took each step at all, whatever came before it.
        back_within: days within which one comes back.
    """

    span: Span
    line: Line
    currency: str
    value_days: int
    customers: int
    known_before: int
    at_all: Mapping[str, int]
    back_within: int


def says(
    rows: Sequence[Row], steps: Sequence[Row], make_up: Sequence[Row], known: Known
) -> Iterator[Sentence]:
    """The sentences, the most important first.

    Args:
        rows: sources in the order of their value.
        steps: of the line, those of all sources first.
        make_up: of the portraits.
        known: what they rest on.
    """
    paid = [row for row in rows if row["value_to_cost"] is not None]
    yield from _best_and_worst(paid)
    yield from _clicks(rows, paid)
    yield from _too_good(paid)
    yield from _free(rows, known)
    yield from _line([row for row in steps if row["source"] == steps[0]["source"]], known)
    yield from _beside_the_line(steps, known)
    yield from _who(rows, make_up)
    yield from _unvalued(rows, paid, known)
    yield from _unmet(rows, known)
    yield from not_observable(known.line)
    yield from _not_new(known)
    yield from known_events(known.line, known.span)
    yield _rules(known)


def _best_and_worst(paid: Sequence[Row]) -> Iterator[Sentence]:
    if not paid:
        return
    best, worst = paid[0], min(paid, key=lambda row: row["value_to_cost"])
    if best is worst:
        return (yield Sentence(
            f"For each 1 spent on {best['source']}, its newcomers are worth {_ratio(best)}.",
            f"{best['source']} 每投入 1，新客价值 {_ratio_zh(best)}。",
        ))  # fmt: skip
    apart = best["value_to_cost_low"] > worst["value_to_cost_high"]
    yield Sentence(
        f"For each 1 spent, newcomers by {best['source']} are worth {_ratio(best)}; by"
        f" {worst['source']} {_ratio(worst)}."
        + ("" if apart else " The two cannot be told apart yet."),
        f"每投入 1，{best['source']} 新客价值 {_ratio_zh(best)}，{worst['source']} 为"
        f" {_ratio_zh(worst)}。" + ("" if apart else "两者尚无法区分。"),
    )


def _too_good(paid: Sequence[Row]) -> Iterator[Sentence]:
    """A warning of sources that bring back what no bought reach does."""
    extreme = [row for row in paid if row["value_to_cost"] > _EXTREME]
    if extreme:
        yield Sentence(
            f"Above {_EXTREME} ({_listed(extreme, ', ')}): such sources reach people who know the"
            " shop already (parcel cards, referral); it is no proof for paid reach.",
            f"超过 {_EXTREME}（{_listed(extreme, '、')}）：这类来源触达的多是已认识本店的人"
            "（包裹卡、转介绍），不能证明付费投放有效。",
        )


def _clicks(rows: Sequence[Row], paid: Sequence[Row]) -> Iterator[Sentence]:
    """A source that leads in clicks and trails in value, where that is beyond chance."""
    clicked = [row for row in rows if row["clicks"]]
    by_clicks = bool(clicked)
    leader = max(
        clicked or [row for row in rows if row["spend"]],
        key=lambda row: (row["clicks"] or 0, row["customers"]),
        default=None,
    )
    if leader is None or leader not in paid:
        return
    better = [row for row in paid if row["value_to_cost_low"] > leader["value_to_cost_high"]]
    if not better:
        return
    of = float(sum(row["clicks"] or 0 for row in rows)) if by_clicks else 0.0
    many = f" ({float(leader['clicks']) / of:.0%} of all)" if by_clicks else ""
    many_zh = f"（占 {float(leader['clicks']) / of:.0%}）" if by_clicks else ""
    what, what_zh = ("clicks", "点击") if by_clicks else ("newcomers", "新客")
    names, names_zh = _listed(better, ", "), _listed(better, "、")
    yield Sentence(
        f"{leader['source']} leads in {what}{many} and trails in value: per 1 spent"
        f" {leader['value_to_cost']:.1f}, less than {names}. Do not steer by {what}.",
        f"{leader['source']} {what_zh}最多{many_zh}，但每投入 1 的价值仅"
        f" {leader['value_to_cost']:.1f}，低于 {names_zh}。请勿以{what_zh}衡量来源。",
    )


def _free(rows: Sequence[Row], known: Known) -> Iterator[Sentence]:
    free = [row for row in rows if not row["spend"] and row["value_per_customer"] is not None]
    if not free:
        return
    best = free[0]
    span = tuple(
        spoken(best[f"value_per_customer{end}"], known.currency) for end in ("", "_low", "_high")
    )
    yield Sentence(
        f"Of sources that cost no advertising, a newcomer by {best['source']} is worth most:"
        f" {span[0]} ({span[1]} to {span[2]}).",
        f"无投放成本的来源中，{best['source']} 人均价值最高：{span[0]}（{span[1]} 至 {span[2]}）。",
    )


def _line(steps: Sequence[Row], known: Known) -> Iterator[Sentence]:
    """How far all newcomers came."""
    told = [row for row in steps if row["customers"] is not None]
    first, last = known.span.first, known.span.last
    if known.customers < LEAST:
        return (yield Sentence(
            f"Only {known.customers} came in from {first} to {last}: it takes {LEAST} to tell"
            " shares.",
            f"{first} 至 {last} 仅有 {known.customers} 位新来者，不足 {LEAST} 位，不计算比率。",
        ))  # fmt: skip
    rest = [row for row in told if row["customers"] and row["share"] is not None]
    rest = [row for row in rest if row["step"] != SEEN and row is not told[0]]
    went = ", ".join(f"{row['share']:.1%} {STEP_NAMES[row['step']].en}" for row in rest)
    went_zh = "，".join(f"{STEP_NAMES[row['step']].zh} {row['share']:.1%}" for row in rest)
    yield Sentence(
        f"{known.customers:,} came in from {first} to {last}"
        + (f"; going all steps in order, {went}." if went else "."),
        f"{first} 至 {last} 新来者 {known.customers:,} 位"
        + (f"；依次走到：{went_zh}。" if went_zh else "。"),
    )


def _beside_the_line(steps: Sequence[Row], known: Known) -> Iterator[Sentence]:
    """Those who bought without taking all steps before."""
    row = next((one for one in steps if one["step"] == FIRST_ORDER), None)
    if row is None or row["customers"] is None:
        return
    bought, in_order = known.at_all[FIRST_ORDER], row["customers"]
    if bought <= in_order:
        return
    yield Sentence(
        f"{bought - in_order:,} of the {bought:,} who bought did not take every step before; cost"
        " and value count all who bought.",
        f"{bought:,} 位购买者中有 {bought - in_order:,} 位未走完之前的各步；成本与价值按全部购买者"
        "计算。",
    )


def _who(rows: Sequence[Row], make_up: Sequence[Row]) -> Iterator[Sentence]:
    """What stands out among the buyers of the sources of most value."""
    told: list[str] = []
    told_zh: list[str] = []
    for row in rows:
        over = [one for one in make_up if one["source"] == row["source"] and one["verdict"] == OVER]
        if not over or len(told) == _NAMED:
            continue
        most = max(over, key=lambda one: one["share"] - one["base_share"])
        for language, listed in (("en", told), ("zh", told_zh)):
            name = value_name(most["attribute"], most["value"], language)
            listed.append(f"{row['source']}: {name} (TGI {most['tgi']:.0f})")
    if told:
        yield Sentence(
            f"More frequent among their buyers than among all: {'; '.join(told)}.",
            f"购买者画像偏高（对比全部购买用户）：{'；'.join(told_zh)}。",
        )


def _unvalued(rows: Sequence[Row], paid: Sequence[Row], known: Known) -> Iterator[Sentence]:
    """Why value is not told, where it is not."""
    if not known.line.knows_orders:
        yield Sentence(
            "What newcomers bring is not known: no orders have come in.",
            "尚无订单数据，无法判断新来者的价值。",
        )
        return
    costing = [row for row in rows if row["spend"] and row["customers"] and row not in paid]
    if costing:
        names, names_zh = _listed(costing, ", "), _listed(costing, "、")
        yield Sentence(
            f"What {names} will bring for the money cannot be told yet: it takes {LEAST} buyers"
            " with a lifetime value.",
            f"{names_zh} 的投入产出尚无法判断：需要至少 {LEAST} 位有生命周期价值的购买者。",
        )
    elif not any(row["spend"] for row in rows):
        yield Sentence(
            "It is not known what was spent on advertising, so no source has a cost: import it with"
            " `regulars import --kind spend FILE`.",
            "没有投放花费数据，来源成本未知；可用 `regulars import --kind spend 文件` 导入。",
        )


def _unmet(rows: Sequence[Row], known: Known) -> Iterator[Sentence]:
    unmet = [row for row in rows if row["spend"] and not row["customers"]]
    if unmet:
        spend = spoken(float(sum(row["spend"] for row in unmet)), known.currency)
        yield Sentence(
            f"{spend} was spent on {_listed(unmet, ', ')}, but nobody came in by a source of that"
            " name: write the names in the spend file as the links (utm_source) and orders do.",
            f"在 {_listed(unmet, '、')} 上投放了 {spend}，但没有新来者来自同名来源：请让投放文件与"
            "链接（utm_source）和订单使用相同的来源名称。",
        )


def _not_new(known: Known) -> Iterator[Sentence]:
    if known.known_before:
        yield Sentence(
            f"{known.known_before:,} more were first seen in these days and had bought before: they"
            " are no newcomers and not counted.",
            f"另有 {known.known_before:,} 位在此期间首次被观察到但此前已购买，不算新来者，未计入。",
        )


def _rules(known: Known) -> Sentence:
    years = known.value_days / 365
    return Sentence(
        f"Source: the first one told of each newcomer. Steps in their order, without a time limit,"
        f" followed to the day of the picture: who came later has had less time. Back: active again"
        f" within {known.back_within} days. Value: profit so far and that expected over"
        f" {years:.0f} years of those who bought. Whom a source brought, it need not have caused"
        " to come.",
        f"来源取每位新来者首次带来源的触点；各步按顺序、不限时间，观察至截止日，越晚来的观察越短；"
        f"回访指 {known.back_within} 天内再次活跃；价值 = 购买者已实现毛利 + 未来 {years:.0f} 年"
        "预期毛利。来自某来源不等于因该来源而来。",
    )


def _ratio(row: Row) -> str:
    low, high = row["value_to_cost_low"], row["value_to_cost_high"]
    return f"{row['value_to_cost']:.1f} ({low:.1f} to {high:.1f})"


def _ratio_zh(row: Row) -> str:
    low, high = row["value_to_cost_low"], row["value_to_cost_high"]
    return f"{row['value_to_cost']:.1f}（{low:.1f} 至 {high:.1f}）"


def _listed(rows: Sequence[Row], comma: str) -> str:
    return comma.join(str(row["source"]) for row in rows[:_NAMED])
