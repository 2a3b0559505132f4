"""Content: what is followed by orders, and which questions a page answers.

How with is held against without stands in `timeline.content`, how the difference is told in
`judged`. All of it is association: who reads may be unlike who does not, in ways that the strata do
not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from regulars.errors import CannotTell, NotUnderstood
from regulars.insight.content.judged import VERDICTS, Compared, Judged, judge, verdicts
from regulars.insight.content.questions import questions
from regulars.insight.content.shown import (
    PAGES,
    PRODUCT,
    Item,
    checked,
    marked,
    most_seen,
    rows,
)
from regulars.insight.content.words import Known, says
from regulars.insight.entries import entries
from regulars.insight.picture import Picture, View
from regulars.insight.span import Span, span_of
from regulars.kernel.clock import end_of_day
from regulars.timeline.calendar import DAY
from regulars.timeline.content import Content, summed
from regulars.timeline.fold import fold

STAGES = ("none", "one", "two", "more")
"""Orders so far."""


def draw(
    view: View,
    *,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    days: int = 7,
    top: int = 20,
    pages: Sequence[str] = (),
) -> Picture:
    """What was shown in a span, and what followed.

    Args:
        view: the as-of tables.
        from_: first day.
        to: last day.
        stage: only customers who are at these stages by the view's day.
        days: within which an order follows.
        top: items of a kind, by viewers.
        pages: parts of addresses below which articles stand; `shown.PAGES` if none.

    Raises:
        NotUnderstood: no events, or no orders, have come in.
        CannotTell: nothing was shown, or the days since are too few.
        UnknownValue: a part of an address is none.
    """
    span = span_of(view, from_, to, stage)
    for name in ("events", "purchases"):
        if not view.engine.has(name):
            raise NotUnderstood(
                f"no {'visits' if name == 'events' else 'orders'} have come in yet: what content"
                " leads to needs both visits and orders",
                todo="send events by `regulars serve`, or import files with `regulars import FILE`",
            )
    whole = span.of_stages(view, span.before_its_end(entries(view)))
    done = marked(view, whole, checked(pages) or PAGES)
    within = span.within(done)
    items, of_kinds = most_seen(view, within, top)
    if not items:
        raise CannotTell(
            f"from {span.first} to {span.last} nothing was shown that counts as content: no product"
            " page, article, answer, question, share or review",
            todo="send `Product Viewed`, page views with their address, `Question Asked` with"
            " `question`; name where articles stand with --pages",
        )
    judged = _judged(view, span, done, items, days)
    found = list(zip(items, judged, verdicts(judged), strict=True))
    # What can be told comes first; within that, kinds and viewers as they stand.
    found.sort(key=lambda one: VERDICTS.index(one[2][1]))
    asked, of_questions = questions(view, within)
    listed = [_row(item, one, *told) for item, one, told in found]
    tables = {
        "items": pa.Table.from_pylist(listed, schema=_ITEMS),
        "stages": pa.Table.from_pylist(
            [
                {"kind": item.kind, "item": item.item, "orders_so_far": name} | _numbers(part)
                for item, one, _ in found
                for name, part in zip(STAGES, one.by_stage, strict=True)
                if part.n
            ],
            schema=_STAGES,
        ),
        "questions": asked,
    }
    known = Known(
        first=span.first,
        last=span.last,
        days=days,
        judged=sum(one.whole.can_tell for one in judged),
        items=sum(of_kinds.values()),
        questions=of_questions,
    )
    facts = {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "days": days,
        "items": of_kinds,
        "judged": known.judged,
        "until": _until(view, span, days).isoformat(),
        "questions": of_questions,
    }
    return Picture("content", view.as_of, tables, tuple(says(listed, known)), facts)


def _until(view: View, span: Span, days: int) -> date:
    """The last day whose window is over."""
    return min(span.last, view.as_of - timedelta(days=days))


def _judged(view: View, span: Span, done: Any, items: Sequence[Item], days: int) -> list[Judged]:
    last = _until(view, span, days)
    if last < span.first:
        raise CannotTell(
            f"what was shown from {span.first} on has not had {days} days by {view.as_of}",
            todo="ask for earlier days, or for fewer days after with --days",
        )
    begins = round(span.begins.timestamp()) * 1_000_000
    each = Content(
        is_page=tuple(one.kind == PRODUCT for one in items),
        window=days * DAY,
        begins=begins,
        ends=round(end_of_day(last, span.time_zone).timestamp()) * 1_000_000,
    )
    import ibis

    back = max(each.memory, each.window) // DAY + 1
    since = ibis.literal(span.begins - timedelta(days=back), "timestamp('UTC')")
    # Orders are counted from the first one on, and up to the end of what is known.
    bought = span.of_stages(view, entries(view))
    found = fold(view.engine, rows(done.filter(done["at"] >= since), bought, items), each)
    return judge(summed(found), each.is_page)


def _row(item: Item, one: Judged, chance: float | None, verdict: str) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "item": item.item,
        "title": item.title,
        "views": item.views,
        "viewers": item.viewers,
        **_numbers(one.whole),
        "unmatched": one.whole.unmatched,
        "adjusted_p": chance,
        "verdict": verdict,
    }


def _numbers(one: Compared) -> dict[str, Any]:
    ends = one.interval
    return {
        "moments": one.n,
        "ordered": one.ordered,
        "share_with": one.ordered / one.n if one.n else None,
        "share_without": one.expected / one.n if one.n else None,
        "difference": one.difference if ends else None,
        "difference_low": ends[0] if ends else None,
        "difference_high": ends[1] if ends else None,
    }


_REAL = pa.float64()
_COMPARED = (
    ("moments", pa.int64()),
    ("ordered", pa.int64()),
    *((name, _REAL) for name in ("share_with", "share_without")),
    *((name, _REAL) for name in ("difference", "difference_low", "difference_high")),
)
_ITEMS = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "item", "title")),
        *((name, pa.int64()) for name in ("views", "viewers")),
        *_COMPARED,
        ("unmatched", pa.int64()),
        ("adjusted_p", _REAL),
        ("verdict", pa.string()),
    ]
)
_STAGES = pa.schema(
    [*((name, pa.string()) for name in ("kind", "item", "orders_so_far")), *_COMPARED]
)
