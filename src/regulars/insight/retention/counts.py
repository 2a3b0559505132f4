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
from regulars.insight.counts import number_where
from regulars.insight.entries import BEHAVIOUR, coded, entries, most_frequent
from regulars.insight.funnel.counts import check_names
from regulars.insight.steps import ANY, matches
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
        of_nobody: entries of these days that are a start and name no customer.
    """

    sums: pa.Table
    intervals: tuple[Interval, ...]
    groups: tuple[str, ...]
    known_from: date
    of_nobody: int

    def by_group(self) -> dict[tuple[str, str | None], list[Cell]]:
        """Cells by interval: of everybody, then by kind and name of each group, by size."""
        found = {(ALL, None): self._by(None)[0]}
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
    known = span.of_stages(view, span.before_its_end(entries(view)))
    known_from, of_nobody = _began(view, span, wanted, known)
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
    if not sum(row["back"] for row in sums.to_pylist() if row["interval"] != SIZE):
        check_names(view, (wanted.back,))
    return Counted(sums, wanted.intervals, groups, known_from, of_nobody)


def _began(view: View, span: Span, wanted: Asked, known: ir.Table) -> tuple[date, int]:
    """The day of the first start in the data, and how many starts of the span are nobody's."""
    started = known.filter(matches(view, known, wanted.start))
    is_in_time = started["at"] >= ibis.literal(span.begins, "timestamp('UTC')")
    has_name = started.customer_id.notnull()
    told = view.run(
        started.agg(
            first=ibis.cases((has_name, started["at"])).min(),
            of_nobody=number_where(is_in_time & ~has_name),
        )
    ).to_pylist()[0]
    if told["first"] is None:
        check_names(view, (wanted.start, wanted.back))
        _events_are_known(view, known, wanted)
        raise CannotTell(
            f"no customer did {wanted.start.text!r} up to {span.last}",
            todo="ask for other days with --from and --to, or for another --start",
        )
    return day_of(told["first"], span.time_zone), int(told["of_nobody"])


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
