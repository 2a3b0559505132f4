"""The counts of retention, from the timeline.

What is given to the fold are the entries with which customers begin, those that are returns, and
those that tell a source, of the whole past, where customers are told apart by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.entries import coded, entries, most_frequent
from regulars.insight.funnel.counts import check_names
from regulars.insight.observed import Observed, asked_of, observed
from regulars.insight.steps import matches
from regulars.kernel.clock import end_of_day
from regulars.timeline.fold import fold
from regulars.timeline.kernels.retention import BACK, START
from regulars.timeline.retention import NO_GROUP, SIZE, retention, summed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.retention.asked import Asked
    from regulars.insight.span import Span
    from regulars.timeline.retention import Interval

ALL, GROUP, OTHER, NONE = "all", "group", "other", "none"
"""Kinds of groups: everybody, a source that is told, those gathered, those of whom none is told."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many began, how many of them have been seen for an interval, and how many came back."""

    size: int
    seen: int
    back: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted.

    Attributes:
        sums: `timeline.retention.SUMS`, added up.
        intervals: how many there are.
        groups: the values by their number; the number after the last is of the rest.
        begins: the days of which starts are known.
        ends: the days of which returns are known, up to the span's end.
        of_nobody: entries of these days that are a start and name no customer.
    """

    sums: pa.Table
    intervals: tuple[Interval, ...]
    groups: tuple[str, ...]
    begins: Observed
    ends: Observed
    of_nobody: int

    def by_group(self) -> dict[tuple[str, str | None], list[Cell]]:
        """Cells by interval: of everybody, then by kind and name of each group, by size."""
        found: dict[tuple[str, str | None], list[Cell]] = {(ALL, None): self._by(None)[0]}
        each = self._by("group") if self.groups else {}
        named = range(len(self.groups))
        for number in sorted(each, key=lambda one: (one not in named, -each[one][0].size, -one)):
            found[self._name(number)] = each[number]
        return found

    def by_cohort(self) -> dict[int, list[Cell]]:
        """Cells by interval of each cohort, by the number of its period."""
        return self._by("cohort")

    def _by(self, key: str | None) -> dict[int, list[Cell]]:
        keys = ["interval"] if key is None else [key, "interval"]
        added = self.sums.group_by(keys).aggregate([("seen", "sum"), ("back", "sum")])
        rows: dict[int, list[dict[str, int]]] = {}
        for row in added.to_pylist():
            rows.setdefault(0 if key is None else row[key], []).append(row)
        return {number: self._cells(rows[number]) for number in sorted(rows)}

    def _cells(self, rows: list[dict[str, int]]) -> list[Cell]:
        size, seen, back = 0, [0] * len(self.intervals), [0] * len(self.intervals)
        for row in rows:
            if row["interval"] == SIZE:
                size = row["seen_sum"]
            else:
                seen[row["interval"]], back[row["interval"]] = row["seen_sum"], row["back_sum"]
        return [Cell(size, *told) for told in zip(seen, back, strict=True)]

    def _name(self, number: int) -> tuple[str, str | None]:
        if number == NO_GROUP:
            return NONE, None
        return (GROUP, self.groups[number]) if number < len(self.groups) else (OTHER, None)


def count(view: View, span: Span, wanted: Asked) -> Counted:
    """Count it.

    Args:
        view: the timeline of the shop.
        span: days on which cohorts begin, and up to whose end returns are known.
        wanted: what is asked.

    Raises:
        UnknownValue: no event has the name that is asked for.
        CannotTell: nobody began in these days.
    """
    whole = entries(view)
    begins, ends, of_nobody = _observed(view, span, wanted, whole)
    over = ibis.literal(end_of_day(ends.last, span.time_zone), "timestamp('UTC')")
    known = span.of_stages(view, whole.filter(whole["at"] < over))
    groups: tuple[str, ...] = ()
    touch = None
    if wanted.by is not None:
        groups = tuple(most_frequent(view, known, wanted.by, wanted.top))
        touch = coded(known[wanted.by], groups)
    each = retention(
        max(span.first, begins.first),
        ends.last,
        span.time_zone,
        wanted.intervals,
        wanted.unit,
        in_hours=wanted.in_hours,
        is_first_ever=wanted.is_first_ever,
        groups=0 if touch is None else len(groups) + 1,
    )
    sums = summed(fold(view.engine, _rows(view, span, wanted, known, touch), each))
    if not sums.num_rows:
        check_names(view, (wanted.start,))
        raise CannotTell(
            f"nobody began with {wanted.start.text!r} from {span.first} to {ends.last}",
            todo=f"{begins.en} known from {begins.first} on: ask for other days with --from and"
            " --to, or take --first span",
        )
    if not pc.any(pc.and_(pc.greater_equal(sums["interval"], 0), pc.greater(sums["back"], 0))):
        check_names(view, (wanted.back,))
    return Counted(sums, wanted.intervals, groups, begins, ends, of_nobody)


def _observed(
    view: View, span: Span, wanted: Asked, whole: ir.Table
) -> tuple[Observed, Observed, int]:
    """The days of which starts are known, and returns, and the starts of the span of nobody."""
    begins_at, ends_at = (ibis.literal(one, "timestamp('UTC')") for one in (span.begins, span.ends))
    is_in_time = (whole["at"] >= begins_at) & (whole["at"] < ends_at)
    is_nobodys = whole.customer_id.isnull() & is_in_time & matches(view, whole, wanted.start)
    asked = asked_of(whole) | {"of_nobody": number_where(is_nobodys)}
    answer = view.run(whole.agg(**asked)).to_pylist()[0]
    begins, ends = (observed(answer, view, step) for step in (wanted.start, wanted.back))
    if ends.last < span.first:
        raise CannotTell(
            f"{ends.en} known up to {ends.last} only",
            todo="ask for earlier days with --from, or import what has come since",
        )
    return begins, replace(ends, last=min(ends.last, span.last)), int(answer["of_nobody"])


def _rows(
    view: View, span: Span, wanted: Asked, known: ir.Table, touch: ir.IntegerValue | None
) -> ir.Table:
    is_in_time = known["at"] >= ibis.literal(span.begins, "timestamp('UTC')")
    starts, returns = (matches(view, known, step) for step in (wanted.start, wanted.back))
    # Of the time before the days looked at, only a first start ever is of interest.
    starts = starts if wanted.is_first_ever else starts & is_in_time
    bits = ((starts, START), (returns & is_in_time, BACK))
    first, second = (ibis.cases((told, bit), else_=0).cast("int32") for told, bit in bits)
    mask = (first + second).cast("int32")
    columns = {"customer_id": known.customer_id, "at": known["at"], "mask": mask}
    kept = mask != 0
    if touch is not None:  # of two sources told at one instant, the one taken in first holds
        columns |= {"seq": known.seq, "touch": touch}
        kept = kept | (touch >= 0)
    return known.filter(kept).select(**columns)
