"""The counts of retention, from the timeline.

What is given to the fold are the entries with which customers begin, those that are returns, and
those that tell a source, of the whole past, where customers are told apart by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.entries import BEHAVIOUR, coded, entries, most_frequent
from regulars.insight.funnel.counts import check_names
from regulars.insight.steps import ANY, masked, matches
from regulars.kernel.clock import day_of
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
        known_from: the day of the first start in the data.
    """

    sums: pa.Table
    intervals: tuple[Interval, ...]
    groups: tuple[str, ...]
    known_from: date

    def by_group(self) -> dict[tuple[str, str | None], list[Cell]]:
        """Cells by interval of everybody, and of each kind of group and its name by size."""
        rows = self.sums.to_pylist()
        found = {(ALL, None): self._cells(rows)}
        numbers = {row["group"] for row in rows} if self.groups else set()
        each = {
            number: self._cells([row for row in rows if row["group"] == number])
            for number in numbers
        }
        for number in sorted(each, key=lambda one: (-each[one][0].size, one)):
            found[self._name(number)] = each[number]
        return found

    def by_cohort(self) -> dict[int, list[Cell]]:
        """Cells by interval of each cohort, by the number of its period."""
        by: dict[int, list[dict[str, int]]] = {}
        for row in self.sums.to_pylist():
            by.setdefault(row["cohort"], []).append(row)
        return {cohort: self._cells(by[cohort]) for cohort in sorted(by)}

    def _cells(self, rows: list[dict[str, int]]) -> list[Cell]:
        size = sum(row["seen"] for row in rows if row["interval"] == SIZE)
        seen, back = [0] * len(self.intervals), [0] * len(self.intervals)
        for row in rows:
            if row["interval"] != SIZE:
                seen[row["interval"]] += row["seen"]
                back[row["interval"]] += row["back"]
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
    known = span.of_stages(view, span.before_its_end(entries(view)))
    known_from = _known_from(view, span, wanted, known)
    groups: tuple[str, ...] = ()
    touch = None
    if wanted.by is not None:
        groups = tuple(most_frequent(view, known, wanted.by, wanted.top))
        touch = coded(known[wanted.by], groups)
    each = retention(
        max(span.first, known_from),
        span.last,
        span.time_zone,
        wanted.intervals,
        wanted.unit,
        in_hours=wanted.in_hours,
        is_first_ever=wanted.is_first_ever,
        groups=0 if touch is None else len(groups) + 1,
    )
    sums = summed(fold(view.engine, _rows(view, span, wanted, known, touch), each))
    if not sums.num_rows:
        raise CannotTell(
            f"nobody did {wanted.start.text!r} for the first time from {span.first} to {span.last}",
            todo=f"it is known from {known_from} on: ask for other days with --from and --to, or"
            " take --first span",
        )
    return Counted(sums, wanted.intervals, groups, known_from)


def _known_from(view: View, span: Span, wanted: Asked, known: ir.Table) -> date:
    """The day of the first start in the data."""
    started = known.filter(matches(view, known, wanted.start), known.customer_id.notnull())
    first = view.run(started.agg(first=started["at"].min()))["first"][0].as_py()
    if first is None:
        check_names(view, (wanted.start, wanted.back))
        _events_are_known(view, known, wanted)
        raise CannotTell(
            f"nobody did {wanted.start.text!r} up to {span.last}",
            todo="ask for other days with --from and --to, or for another --start",
        )
    return day_of(first, span.time_zone)


def _events_are_known(view: View, known: ir.Table, wanted: Asked) -> None:
    """Tell it where a shop has orders only, and what customers do is asked."""
    behaviour = known.filter(known.kind.isin(list(BEHAVIOUR)))
    asks = any(one.kind == ANY for one in wanted.start.alternatives)
    if asks and not view.run(behaviour.agg(rows=behaviour.count()))["rows"][0].as_py():
        raise CannotTell(
            "nothing is known of what customers did: no pages, no products viewed, no events",
            todo="take --start order --back order, or import an event log with"
            " `regulars import FILE`",
        )


def _rows(
    view: View, span: Span, wanted: Asked, known: ir.Table, touch: ir.IntegerValue | None
) -> ir.Table:
    mask = masked(view, known, [wanted.start, wanted.back])
    begins = ibis.literal(span.begins, "timestamp('UTC')")
    # Before the days looked at, only a first start ever is of interest.
    before = mask.bit_and(START) if wanted.is_first_ever else ibis.literal(0, "int32")
    mask = ibis.cases((known["at"] >= begins, mask), else_=before).cast("int32")
    columns = {"customer_id": known.customer_id, "at": known["at"], "mask": mask}
    kept = mask != 0
    if touch is not None:  # of two sources told at one instant, the one taken in first holds
        columns |= {"seq": known.seq, "touch": touch}
        kept = kept | (touch >= 0)
    return known.filter(kept).select(**columns)


assert (START, BACK) == (1, 2), "the bits of `masked`, in the order of the steps"
