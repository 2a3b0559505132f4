"""What is said of paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from regulars.insight.ladder.shares import percent
from regulars.insight.sessions.words import coverage, of_nobody
from regulars.insight.visits import OTHER
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    from regulars.insight.paths.counts import Asked, Counted

Row = dict[str, Any]
_NAMED = 62
_WORTH_TELLING = 0.01


def says(
    told: dict[str, list[Row]], facts: Row, wanted: Asked, found: Counted
) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    yield _headline(told["paths"], facts, wanted, found)
    yield from _where_they_stop(told["nodes"], wanted)
    yield from _outside(facts, wanted)
    yield from _gathered(facts)
    yield from _known(facts, wanted, found)
    yield _rule(wanted)


def _units(wanted: Asked) -> tuple[str, str]:
    return ("sessions", "次访问") if wanted.per == "session" else ("customers", "位用户")


def _headline(rows: list[Row], facts: Row, wanted: Asked, found: Counted) -> Sentence:
    en, zh = _units(wanted)
    when = found.known.days
    total, first = facts["paths"], rows[0]
    shown = percent(sum(row["share"] for row in rows))
    has = f"{total:,} {en}"
    has_zh = f"{total:,} {zh}"
    if wanted.anchor is not None:
        whole = total + facts["without_anchor"]
        share = percent(total / whole)
        has = f"{total:,} of {whole:,} {en} ({share}) have {wanted.anchor.text}"
        has_zh = f"{whole:,} {zh}中有 {total:,}（{share}）出现“{wanted.anchor.text}”"
    way = {
        (True, True): ("and came to it", "到达前 "),
        (True, False): ("and went on from it", "其后 "),
        (False, False): ("went", ""),
    }[wanted.anchor is not None, wanted.backwards]
    return Sentence(
        f"{when[0]}, {has} {way[0]} {facts['different']:,} different ways"
        f" within {wanted.depth} steps. The commonest is {first['path']}"
        f" ({percent(first['share'])}); the {len(rows)} listed are {shown} of all.",
        f"{when[1]}，{has_zh}，{way[1]}{wanted.depth} 步内共有"
        f" {facts['different']:,} 种路径。最常见的是 {first['path']}（{percent(first['share'])}）；"
        f"所列 {len(rows)} 条合计 {shown}。",
    )


def _where_they_stop(rows: list[Row], wanted: Asked) -> Iterator[Sentence]:
    stops = [row for row in rows if row["ended"] and row["name"] != OTHER]
    if not stops:
        return
    most = max(stops, key=lambda row: row["ended"])
    whole = f"{most['ended']:,} of {most['units']:,} ({percent(most['ended_share'])})"
    whole_zh = f"{most['units']:,} 中的 {most['ended']:,}（{percent(most['ended_share'])}）"
    if wanted.backwards:
        yield Sentence(
            f"Most begin with {most['name']} as step {most['step']} counted from the end: {whole}.",
            f"最多的起点是倒数第 {most['step']} 步的“{most['name']}”：{whole_zh}。",
        )
        return
    yield Sentence(
        f"Most stop after {most['name']} as step {most['step']}: {whole}.",
        f"最多停在第 {most['step']} 步“{most['name']}”：{whole_zh}。",
    )


def _outside(facts: Row, wanted: Asked) -> Iterator[Sentence]:
    if facts["anchors_without_session"]:
        number = facts["anchors_without_session"]
        yield Sentence(
            f"{number:,} further entries are {facts['anchor']}, but belong to no session that is"
            " known.",
            f"另有 {number:,} 条“{facts['anchor']}”找不到对应的访问。",
        )
    if wanted.anchor is not None and wanted.per == "customer":
        yield Sentence(
            "Of each customer the first one in these days counts.", "每位用户只计期内第一次。"
        )


def _gathered(facts: Row) -> Iterator[Sentence]:
    if facts["with_other"]:
        share = percent(facts["with_other"] / facts["paths"])
        yield Sentence(
            f"Names beyond the {_NAMED} most frequent are gathered as {OTHER}: {share} of paths"
            " have such a step.",
            f"最常见的 {_NAMED} 个名称之外统一记为 {OTHER}：{share} 的路径含有此类步骤。",
        )


def _known(facts: Row, wanted: Asked, found: Counted) -> Iterator[Sentence]:
    if wanted.per == "session":
        yield from coverage(found.known, facts["paths"], facts["at_edge"])
    else:
        yield from coverage(found.known, 0, 0)
        share = facts["at_edge"] / facts["paths"]
        if share >= _WORTH_TELLING:
            yield Sentence(
                f"The windows of {percent(share)} of the customers reach beyond what is known:"
                " their paths may go on there.",
                f"{percent(share)} 的用户的窗口超出数据范围，路径可能在范围外继续。",
            )
    yield from of_nobody(found.known)


def _rule(wanted: Asked) -> Sentence:
    same, same_zh = "repeats of one name that follow each other are one step", "连续同名合并为一步"
    if wanted.keeps_repeats:
        same, same_zh = "every repeat is a step of its own", "重复的名称逐一计步"
    if wanted.per == "customer":
        return Sentence(
            f"A path has what a customer did within {_long(wanted.window)}; {same}.",
            f"路径取用户 {_long(wanted.window, 'zh')}内的动作；{same_zh}。",
        )
    return Sentence(
        "A path lies within a session, which ends when nothing comes for more than"
        f" {wanted.gap} minutes; {same}.",
        f"路径限于一次访问（超过 {wanted.gap} 分钟没有动作即结束）；{same_zh}。",
    )


_MINUTE = 60_000_000


def _long(window: int, language: str = "en") -> str:
    """A window in the largest unit that it is a whole number of.

    >>> _long(7 * 24 * 60 * _MINUTE), _long(90 * _MINUTE)
    ('7 days', '90 minutes')
    """
    for size, en, zh in ((1440, "day", "天"), (60, "hour", "小时"), (1, "minute", "分钟")):
        if window % (size * _MINUTE) == 0:
            count = window // (size * _MINUTE)
            told = en if count == 1 else f"{en}s"
            return f"{count} {told if language == 'en' else zh}"
    seconds = window / 1_000_000
    return f"{seconds:g} seconds" if language == "en" else f"{seconds:g} 秒"
