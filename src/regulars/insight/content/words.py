"""What is said of content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.insight.content.judged import AS_EXPECTED, FEWER, LEAST, MORE
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]
_NAMED = 3
KINDS: dict[str, tuple[str, str]] = {
    "product": ("product page", "商品页"),
    "article": ("article", "文章"),
    "answer": ("answer", "答疑页"),
    "question": ("question", "提问"),
    "share": ("share", "分享"),
    "review": ("review", "评价"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences rest on, beside the rows.

    Attributes:
        first, last: days looked at.
        days: within which an order follows.
        judged: items of which a difference can be told.
        items: all that were shown.
        questions: of `questions.questions`.
    """

    first: date
    last: date
    days: int
    judged: int
    items: int
    questions: Row


def says(rows: Sequence[Row], known: Known) -> Iterator[Sentence]:
    """The sentences, the most important first.

    Args:
        rows: the items looked at.
        known: what else is known.
    """
    if not known.judged:
        yield Sentence(
            f"From {known.first} to {known.last} nothing was shown often enough to tell whether"
            f" orders follow it more often than otherwise: it takes {LEAST} times with others to be"
            " held against, and 5 orders to be expected.",
            f"{known.first} 至 {known.last}，没有内容出现得足够多，无法判断其后下单是否更多："
            f"至少需要可比的 {LEAST} 次展示与 5 笔预期订单。",
        )
    else:
        yield from _found(rows, known)
    yield _held_against()
    yield from _questions(known)


def _found(rows: Sequence[Row], known: Known) -> Iterator[Sentence]:
    more = [row for row in rows if row["verdict"] == MORE]
    fewer = [row for row in rows if row["verdict"] == FEWER]
    alike = [row for row in rows if row["verdict"] == AS_EXPECTED]
    for one, way, way_zh in (
        (sorted(more, key=_by_difference, reverse=True), "more", "更常"),
        (sorted(fewer, key=_by_difference), "less", "更少"),
    ):
        if not one:
            continue
        first, first_zh = (", first of all", "，前列为") if len(one) > _NAMED else ("", "")
        deeds = any(row["kind"] in ("share", "review") for row in fewer) and one[0] in fewer
        note = " Shares and reviews mostly come after the buying, not before it." if deeds else ""
        note_zh = "分享与评价多发生在购买之后，而非之前。" if deeds else ""
        yield Sentence(
            f"Of the {known.judged:,} judged, {len(one):,}"
            f" {'goes' if len(one) == 1 else 'go'} together with an order within {known.days} days"
            f" {way} often than comparable moments without{first}: {_listed(one, 'en')}.{note}",
            f"可判断的 {known.judged:,} 项内容中，{len(one):,} 项之后 {known.days} 天内下单{way_zh}"
            f"于可比时刻{first_zh}：{_listed(one, 'zh')}。{note_zh}",
        )
    if not more and not fewer:
        yield Sentence(
            f"None of the {known.judged:,} judged differs beyond chance from comparable moments"
            " without it.",
            f"可判断的 {known.judged:,} 项内容，与没有它的可比时刻相比，均未超出偶然。",
        )
    if alike:
        yield Sentence(
            f"{len(alike):,} surely make a difference of less than one order in a hundred, such as"
            f" {_name(alike[0], 'en')}.",
            f"{len(alike):,} 项的差异确定不足每百次一单，例如{_name(alike[0], 'zh')}。",
        )


def _by_difference(row: Row) -> tuple[float, str]:
    return row["difference"], row["item"]


def _listed(rows: Sequence[Row], language: str) -> str:
    told = [_told(row, language) for row in rows[:_NAMED]]
    return ("; " if language == "en" else "；").join(told)


def _told(row: Row, language: str) -> str:
    shares = f"{row['share_with']:.1%}", f"{row['share_without']:.1%}"
    points = [row[name] * 100 for name in ("difference", "difference_low", "difference_high")]
    if language == "en":
        return (
            f"{_name(row, 'en')} ({shares[0]} with it, {shares[1]} without, {points[0]:+.1f}"
            f" points, {points[1]:+.1f} to {points[2]:+.1f}; {row['moments']:,} times)"
        )
    return (
        f"{_name(row, 'zh')}（有 {shares[0]}，无 {shares[1]}，差 {points[0]:+.1f} 个百分点，区间"
        f" {points[1]:+.1f} 至 {points[2]:+.1f}；{row['moments']:,} 次）"
    )


def _name(row: Row, language: str) -> str:
    kind = KINDS[row["kind"]][0 if language == "en" else 1]
    return f"{kind} {row['title'] or row['item']}"


def _held_against() -> Sentence:
    return Sentence(
        "With is held against without among moments of the same week, of customers with as many"
        " orders so far, as long since the last, as many visits in the four weeks before, and as"
        " far in their visit; what happens afterwards never decides who is compared. It is an"
        " association: who reads may want to buy already. What content brings about, only a"
        " hold-out tells.",
        "有与无的比较限于同一周、已下单数与距上单时长相同、前四周访问次数相同、访问进度相同的时刻，"
        "之后发生的事不参与分组。这是相关而非因果：愿意看的人可能本来就想买；内容带来多少，"
        "只有对照组说得清。",
    )


def _questions(known: Known) -> Iterator[Sentence]:
    told = known.questions
    if not told["questions"]:
        yield Sentence(
            "No event tells what was asked, so whether pages answer recurring questions is not"
            " observable: send `Question Asked` with `question`.",
            "没有事件说明问了什么，页面能否回答常见问题不可观测：请上报带 question 的"
            " Question Asked。",
        )
        return
    recurring, answered = told["recurring"], told["answered"]
    if not recurring:
        yield Sentence(
            f"{told['questions']:,} questions were asked, none by two customers.",
            f"共出现 {told['questions']:,} 个问题，没有一个被两位及以上用户问到。",
        )
        return
    yield Sentence(
        f"Of {recurring:,} questions that two customers or more asked, a page answers {answered:,}"
        f" ({answered / recurring:.0%}); they make {told['answered_asked'] / told['asked']:.0%} of"
        f" the {told['asked']:,} times such a question was asked. A page counts if somebody opened"
        " it: one that nobody finds answers nothing.",
        f"{recurring:,} 个被两人及以上问到的问题中，{answered:,} 个（{answered / recurring:.0%}）"
        f"有页面回答，占这类提问 {told['asked']:,} 次的"
        f" {told['answered_asked'] / told['asked']:.0%}。有人打开过的页面才算数：没人找得到的页面"
        "等于没有回答。",
    )
