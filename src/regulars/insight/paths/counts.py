"""The counts of paths, from the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ibis
import numpy as np
import numpy.typing as npt

from regulars.insight.entries import activity, coded, entries, is_activity, most_frequent
from regulars.insight.steps import Step, matches
from regulars.insight.visits import (
    OTHER,
    Known,
    known_of,
    labelled,
    ordered,
)
from regulars.timeline.fold import fold
from regulars.timeline.paths import CODES, Paths, summed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span

Ints = npt.NDArray[np.int64]
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Paths as they were asked for.

    Attributes:
        anchor: with which they begin or end; None for a unit's first entry.
        backwards: whether they end with it.
        per: session or customer.
        window: microseconds, of a customer's paths.
        gap: minutes, of sessions.
        depth: so many steps at most.
        keeps_repeats: whether a repeat of the step before is a step again.
    """

    anchor: Step | None
    backwards: bool
    per: Literal["session", "customer"]
    window: int
    gap: int
    depth: int
    keeps_repeats: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of paths, the most frequent first.

    Attributes:
        paths: packed, each once (`timeline.paths`).
        units: sessions or customers of each.
        without: sessions or customers without the anchor.
        outside: anchors that belong to no session.
        at_edge: of the units, how many touch the edge of what is known.
        names: by the codes of the steps.
        has_others: whether names are gathered in the last of the codes.
        known: from when to when.
    """

    paths: Ints
    units: Ints
    without: int
    outside: int
    at_edge: int
    names: dict[int, str]
    has_others: bool
    known: Known


def count(view: View, span: Span, wanted: Asked) -> Counted:
    """Count the paths of a span.

    Args:
        view: the timeline of the shop.
        span: days; a path is cut off at their edges.
        wanted: which paths.

    Raises:
        CannotTell: no visit falls into these days.
    """
    whole = entries(view)
    known = known_of(view, span, activity(whole))
    rows, names, has_others = _rows(view, span.within(span.of_stages(view, whole)), wanted)
    begins, ends = known.edges(cut_at_midnight=False)
    each = Paths(
        depth=wanted.depth,
        per=wanted.per,
        window=wanted.window,
        gap=wanted.gap * _MINUTE,
        backwards=wanted.backwards,
        keeps_repeats=wanted.keeps_repeats,
        begins=begins,
        ends=ends,
    )
    sums = summed(fold(view.engine, rows, each))
    paths, units, at_edge = (sums[name].to_numpy() for name in ("path", "units", "at_edge"))
    return Counted(
        paths=paths[paths > 0],
        units=units[paths > 0],
        without=int(units[paths == 0].sum()),
        outside=int(units[paths < 0].sum()),
        at_edge=int(at_edge[paths > 0].sum()),
        names=names,
        has_others=has_others,
        known=known,
    )


def _rows(view: View, whole: ir.Table, wanted: Asked) -> tuple[ir.Table, dict[int, str], bool]:
    """The rows of the fold; the names of its codes; whether the last of them gathers others."""
    is_own = is_activity(whole)
    is_anchor = ibis.literal(value=False)
    if wanted.anchor is not None:
        is_anchor = matches(view, whole, wanted.anchor)
    marked = ordered(whole).mutate(own=is_own, anchor=is_anchor, label=labelled(whole))
    kept = marked.filter(marked.own | marked.anchor)
    first = 1 if wanted.anchor is None else 2
    room = CODES - first  # and one code for the others
    found = most_frequent(view, kept.filter(~kept.anchor), "label", room + 1)
    names = found[:room]
    code = ibis.cases(
        (kept.anchor, ibis.literal(1, "int32")),
        else_=coded(kept.label, names) + ibis.literal(first, "int32"),
    ).cast("int32")
    rows = kept.select(
        "customer_id",
        "at",
        "seq",
        entry=ibis.cases((kept.own, 1), else_=0).cast("int32"),
        anchor=(
            ibis.literal(1, "int32")
            if wanted.anchor is None
            else ibis.cases((kept.anchor, 1), else_=0).cast("int32")
        ),
        code=code,
    )
    told = {number + first: name for number, name in enumerate(names)}
    if wanted.anchor is not None:
        told[1] = wanted.anchor.text
    has_others = len(found) > room
    if has_others:
        told[len(names) + first] = OTHER
    return rows, told, has_others


def usual_names(view: View, span: Span, most: int = 12) -> list[str]:
    """What entries of these days are called most often."""
    done = span.within(activity(entries(view)))
    return most_frequent(view, done.mutate(label=labelled(done)), "label", most)
