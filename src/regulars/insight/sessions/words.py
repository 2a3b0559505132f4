"""What is said of sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regulars.insight.ladder.shares import percent
from regulars.insight.visits import DIRECT, OTHER
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    from datetime import timedelta

    from regulars.insight.visits import Known

Row = dict[str, Any]
_WORTH_TELLING = 0.01
"""A share of sessions at the edge of what is known above which it is told."""
_NAMED = 3
_HOUR = 3600


def says(overall: Row, told: dict[str, list[Row]], facts: Row, known: Known) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    yield _headline(overall, known)
    yield _long(overall)
    yield from _ordered(overall, facts)
    yield from _by_source(told["sources"])
    yield from _ends(told["steps"])
    yield from coverage(known, overall["sessions"], facts["at_edge"])
    yield from of_nobody(known)
    yield rule(facts["gap_minutes"], midnight=facts["cut_at_midnight"])


def _headline(overall: Row, known: Known) -> Sentence:
    en, zh = known.days
    sessions, customers = overall["sessions"], overall["customers"]
    return Sentence(
        f"{en}, {customers:,} customers (visitors with a number of"
        f" their own among them) came in {sessions:,} sessions,"
        f" {overall['sessions_per_customer']:.1f} each, of"
        f" {overall['entries_per_session']:.1f} entries.",
        f"{zh}，{customers:,} 位用户（含有访客编号的匿名访客）共访问"
        f" {sessions:,} 次，人均 {overall['sessions_per_customer']:.1f} 次，每次"
        f" {overall['entries_per_session']:.1f} 步。",
    )


def _long(overall: Row) -> Sentence:
    single = percent(overall["single_share"])
    if overall["median_minutes"] is None:
        return Sentence(
            "All sessions have a single entry: how long people stay is not observable.",
            "所有访问都只有一步，停留时长不可观测。",
        )
    half, most = overall["median_minutes"], overall["p90_minutes"]
    return Sentence(
        f"{single} have a single entry; how long those last is not observable. Of the others half"
        f" last up to {minutes(half)}, and nine in ten up to {minutes(most)}.",
        f"{single} 的访问只有一步，其时长不可观测；其余访问的时长中位数为"
        f" {minutes(half, 'zh')}，P90 为 {minutes(most, 'zh')}。",
    )


def minutes(count: float, language: str = "en") -> str:
    """A length of time in words.

    >>> minutes(0.5), minutes(12.34), minutes(95)
    ('30 seconds', '12.3 minutes', '1.6 hours')
    """
    if count < 1:
        return f"{count * 60:.0f} {'seconds' if language == 'en' else '秒'}"
    if count < 90:
        return f"{count:.1f} {'minutes' if language == 'en' else '分钟'}"
    return f"{count / 60:.1f} {'hours' if language == 'en' else '小时'}"


def _ordered(overall: Row, facts: Row) -> Iterator[Sentence]:
    if overall["orders"] is None:
        yield Sentence(
            "No orders are known, so which sessions end with one is not observable.",
            "尚无订单数据，无法观测哪些访问带来订单。",
        )
        return
    orders, outside = overall["orders"], overall["orders_outside"]
    if not orders:
        yield Sentence(
            "No customer who is asked about ordered in these days.", "这段时间所选用户没有订单。"
        )
    else:
        yield Sentence(
            f"{overall['ordered']:,} sessions ({percent(overall['ordered_share'])}) have an order;"
            f" {outside:,} of {orders:,} orders ({percent(outside / orders)}) belong to no session"
            " that is known.",
            f"{overall['ordered']:,} 次访问（{percent(overall['ordered_share'])}）带来订单；"
            f"{orders:,} 笔订单中有 {outside:,} 笔（{percent(outside / orders)}）"
            "找不到对应的访问。",
        )
    if facts["guest_orders"]:
        yield Sentence(
            f"{facts['guest_orders']:,} further orders name no customer.",
            f"另有 {facts['guest_orders']:,} 笔订单未记名。",
        )


def _by_source(rows: Sequence[Row]) -> Iterator[Sentence]:
    if not rows:
        yield Sentence(
            "No entry tells a source: where visits come from is not observable. Links with"
            " utm_source tell it.",
            "没有任何记录带有来源，无法观测访问来自哪里；请在投放链接中加 utm_source。",
        )
        return
    named = [row for row in rows if row["source"] not in (DIRECT, OTHER)]
    direct = next((row["share"] for row in rows if row["source"] == DIRECT), 0.0)
    listed = [f"{row['source']} {percent(row['share'])}" for row in named[:_NAMED]]
    yield Sentence(
        f"By source: {', '.join(listed)}; {percent(direct)} of sessions tell none.",
        f"按来源：{'、'.join(listed)}；{percent(direct)} 的访问未带来源。",
    )


def _ends(rows: Sequence[Row]) -> Iterator[Sentence]:
    named = [row for row in rows if row["step"] != OTHER]
    if not named:
        return
    first = max(named, key=lambda row: row["entered"])
    last = max(named, key=lambda row: row["left"])
    yield Sentence(
        f"Most begin with {first['step']} ({percent(first['entered_share'])}) and end with"
        f" {last['step']} ({percent(last['left_share'])}).",
        f"访问最常从“{first['step']}”开始（{percent(first['entered_share'])}），"
        f"以“{last['step']}”结束（{percent(last['left_share'])}）。",
    )


def coverage(known: Known, units: int, at_edge: int) -> Iterator[Sentence]:
    """How much is known, where that is little, and what is cut off at its edges."""
    if known.is_short:
        long = _hours(known.ends - known.begins)
        yield Sentence(
            f"Only {long[0]} are known ({known.begins:%Y-%m-%d %H:%M} to"
            f" {known.ends:%Y-%m-%d %H:%M} UTC): they tell nothing of other hours and days, nor of"
            " who comes back.",
            f"数据只覆盖 {long[1]}（{known.begins:%Y-%m-%d %H:%M} 至"
            f" {known.ends:%Y-%m-%d %H:%M}，UTC）：不能说明其他时段和日期，也看不出谁会再来。",
        )
    if units and at_edge / units >= _WORTH_TELLING:
        yield Sentence(
            f"{percent(at_edge / units)} of the sessions lie so near to the edge of what is known"
            " that they may be cut off there: they look shorter than they were.",
            f"{percent(at_edge / units)} 的访问紧邻数据边界，可能被截断，看起来比实际短。",
        )


def _hours(long: timedelta) -> tuple[str, str]:
    """A length of time below a day, in both languages."""
    hours, rest = divmod(int(long.total_seconds()), _HOUR)
    en = ([f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []) + [f"{rest // 60} minutes"]
    return " ".join(en), (f"{hours} 小时 " if hours else "") + f"{rest // 60} 分钟"


def of_nobody(known: Known) -> Iterator[Sentence]:
    """Entries that belong to nobody's visit."""
    if known.of_nobody:
        share = percent(known.of_nobody / known.entries)
        yield Sentence(
            f"{known.of_nobody:,} entries ({share}) name neither a customer nor a visitor and are"
            " left out.",
            f"{known.of_nobody:,} 条记录（{share}）未标明用户或访客，未计入。",
        )


def rule(gap: int, *, midnight: bool) -> Sentence:
    """What a session is, in words."""
    also = (
        (", and at midnight", "，零点也会切断")
        if midnight
        else (", not by midnight", "，零点不切断")
    )
    return Sentence(
        f"A session ends when nothing comes for more than {gap} minutes{also[0]}; an order belongs"
        f" to the session that is going on or ended at most {gap} minutes before.",
        f"超过 {gap} 分钟没有动作即视为访问结束{also[1]}；订单计入当时正在进行、"
        f"或结束不超过 {gap} 分钟的那次访问。",
    )
