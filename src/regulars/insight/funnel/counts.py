"""The counts of a funnel, from the timeline.

What is given to the fold are the entries that are a step, those that exclude, and those that tell a
touch, of the whole past, where units are told apart by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from regulars.errors import UnknownValue
from regulars.insight.entries import BEHAVIOUR, coded, entries, is_activity, most_frequent
from regulars.insight.steps import Step, masked, only_kind
from regulars.insight.visits import microseconds
from regulars.timeline.calendar import DAY, Calendar, Unit
from regulars.timeline.fold import fold
from regulars.timeline.funnel import NO_WINDOW, Funnel, summed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.funnel.asked import Asked
    from regulars.insight.picture import View
    from regulars.insight.span import Span

_WEEK = 7 * DAY
OTHER, NONE = "other", None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a funnel counted.

    Attributes:
        sums: `timeline.funnel.SUMS`, added up.
        groups: the values by their number; `other` for the number after the last.
    """

    sums: pa.Table
    groups: tuple[str, ...]

    def name(self, number: int) -> str | None:
        """The group of this number; None for those of whom none was told."""
        if number < 0:
            return NONE
        return self.groups[number] if number < len(self.groups) else OTHER


def count(view: View, span: Span, wanted: Asked, period: Unit | None = None) -> Counted:
    """Count it.

    Args:
        view: the timeline of the shop.
        span: days of which entries are steps; what was told of a touch may lie before.
        wanted: the funnel.
        period: of the calendar, to tell units apart by when they entered.
    """
    known = span.of_stages(view, span.before_its_end(entries(view)))
    groups: tuple[str, ...] = ()
    touch = None
    if wanted.by is not None:
        groups = tuple(most_frequent(view, known, wanted.by, wanted.top))
        touch = coded(known[wanted.by], groups)
    rows = _rows(view, span, wanted, known, touch)
    calendar = Calendar.of(span.time_zone)
    each = Funnel(
        steps=len(wanted.steps),
        window=NO_WINDOW if wanted.window is None else wanted.window,
        order=wanted.order,  # type: ignore[arg-type]
        per=wanted.per,  # type: ignore[arg-type]
        gap=wanted.gap,
        touch=None if touch is None else wanted.touch,  # type: ignore[arg-type]
        period=period,
        calendar=calendar,
        ends=_known_up_to(view, span, wanted, known),
    )
    return Counted(summed(fold(view.engine, rows, each)), groups)


def _known_up_to(view: View, span: Span, wanted: Asked, known: ir.Table) -> int:
    """The instant, in microseconds, up to which chains could go on.

    A log may break off within its last day. It is looked up where part of a day weighs.
    """
    ends = span.ends
    if wanted.window is not None and wanted.window < _WEEK:
        last = view.run(known.agg(last=known["at"].max()))["last"][0].as_py()
        if last is not None:
            ends = min(ends, last.replace(tzinfo=UTC))
    return microseconds(ends)


def _rows(
    view: View, span: Span, wanted: Asked, known: ir.Table, touch: ir.IntegerValue | None
) -> ir.Table:
    steps = [*wanted.steps, *([wanted.excluded] if wanted.excluded else [])]
    needs_all = touch is not None or wanted.order == "strict" or wanted.per == "session"
    kind = None if needs_all else only_kind(steps)
    if kind is not None:
        known = known.filter(known.kind == kind)
    is_in_time = known["at"] >= ibis.literal(span.begins, "timestamp('UTC')")
    mask = masked(view, known, steps, kind)
    is_kept = mask != 0
    if wanted.order == "strict" or wanted.per == "session":
        is_kept = is_kept | is_activity(known)
    columns = {"customer_id": known.customer_id, "at": known["at"], "mask": mask}
    if wanted.per == "session":
        columns["opens"] = is_activity(known).cast("int8")
    if touch is None:
        return known.filter(is_in_time, is_kept).select(**columns)
    # Of two touches at one instant, the later one taken in holds.
    columns |= {
        "mask": ibis.cases((is_in_time, mask), else_=ibis.literal(0, "int32")).cast("int32"),
        "seq": known.seq,
        "touch": touch,
    }
    return known.filter((is_in_time & is_kept) | (touch >= 0)).select(**columns)


def observable(view: View, steps: Sequence[Step]) -> list[bool]:
    """Whether any entry up to the view's day is the step, of each."""
    known = entries(view)
    mask = masked(view, known, steps)
    found = view.run(
        known.agg(**{f"step_{k}": ((mask & (1 << k)) > 0).max() for k in range(len(steps))})
    ).to_pylist()[0]
    return [bool(found[f"step_{k}"]) for k in range(len(steps))]


def check_names(view: View, steps: tuple[Step, ...]) -> None:
    """Tell of a step whose name no entry has: it is mistyped, or the shop does not tell of it.

    Raises:
        UnknownValue: with the names that there are.
    """
    known = entries(view)
    for step in steps:
        for one in step.alternatives:
            if one.name is None or one.kind not in BEHAVIOUR:
                continue
            of_kind = known.filter(known.kind == one.kind)
            if view.run(of_kind.filter(of_kind.name == one.name).limit(1).name.as_table()).num_rows:
                continue
            raise UnknownValue.of(
                "event" if one.kind == "track" else one.kind,
                one.name,
                most_frequent(view, of_kind, "name", 200),
            )
