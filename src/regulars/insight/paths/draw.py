"""Paths: the ways that most visits go, how they branch, and where they stop.

What a path is stands in `timeline.paths`, by which they are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.paths.counts import Asked, Counted, count, usual_names
from regulars.insight.paths.words import says
from regulars.insight.picture import Picture
from regulars.insight.span import span_of
from regulars.insight.steps import step_of
from regulars.insight.visits import OTHER
from regulars.kernel.clock import parse_duration
from regulars.timeline.paths import BITS, CODES, edges_of, nodes_of, steps_of

if TYPE_CHECKING:
    from regulars.insight.picture import View

Row = dict[str, Any]
ARROW = " → "
_MICROSECOND = timedelta(microseconds=1)


def draw(
    view: View,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    from_step: str | None = None,
    to_step: str | None = None,
    per: str = "session",
    window: str = "7d",
    gap: int = 30,
    depth: int = 5,
    top: int = 20,
    repeats: bool = False,
) -> Picture:
    """The paths of the days asked for.

    Args:
        view: the timeline of the shop.
        from_: the first day.
        to: the last day.
        stage: only customers of these stages.
        from_step: with which paths begin (`insight.steps`); by default the first entry.
        to_step: with which paths end, instead.
        per: session, or customer.
        window: of a customer's path, from its anchor on (or back): 36h, 7d, 2w.
        gap: minutes without an entry that end a session.
        depth: so many steps at most.
        top: so many paths are listed.
        repeats: whether a repeat of the step before is a step again.

    Raises:
        UnknownValue: a step or the window cannot be read, or both ends are asked for.
        CannotTell: no visit falls into these days, or none with the step that is asked for.
    """
    wanted = _asked(
        from_step, to_step, per=per, window=window, gap=gap, depth=depth, repeats=repeats
    )
    span = span_of(view, from_, to, stage)
    found = count(view, span, wanted)
    if not len(found.paths):
        raise CannotTell(
            f"nobody who is asked about visited from {span.first} to {span.last}"
            if wanted.anchor is None
            else f"no {per} from {span.first} to {span.last} has the step {wanted.anchor.text!r}",
            todo="the most frequent names are " + ", ".join(usual_names(view, span)),
        )
    total = int(found.units.sum())
    tables = {
        "paths": pa.Table.from_pylist(_paths(found, wanted, total, top), schema=_PATHS),
        "nodes": pa.Table.from_pylist(_nodes(found, wanted, total), schema=_NODES),
        "edges": pa.Table.from_pylist(_edges(found, wanted), schema=_EDGES),
    }
    facts = {
        "per": per,
        "anchor": None if wanted.anchor is None else wanted.anchor.text,
        "paths": total,
        "different": len(found.paths),
        "without_anchor": found.without,
        "anchors_without_session": found.outside,
        "at_edge": found.at_edge,
        "with_other": _with_others(found, wanted.depth),
        "depth": depth,
        "known_from": found.known.begins.isoformat(),
        "known_to": found.known.ends.isoformat(),
    }
    told = {name: table.to_pylist() for name, table in tables.items() if name != "edges"}
    said = tuple(says(told, facts, wanted, found))
    return Picture("paths", view.as_of, tables, said, facts)


def _asked(
    from_step: str | None,
    to_step: str | None,
    *,
    per: str,
    window: str,
    gap: int,
    depth: int,
    repeats: bool,
) -> Asked:
    if from_step and to_step:
        raise UnknownValue(
            "paths begin with a step or end with one, not both",
            todo="give --from-step or --to-step; `regulars funnel` tells who comes from the one to"
            " the other",
        )
    anchor = from_step or to_step
    return Asked(
        anchor=step_of(anchor) if anchor else None,
        backwards=bool(to_step),
        per="customer" if per == "customer" else "session",
        window=parse_duration(window) // _MICROSECOND,
        gap=gap,
        depth=depth,
        keeps_repeats=repeats,
    )


def _paths(found: Counted, wanted: Asked, total: int, top: int) -> list[Row]:
    rows = []
    for path, units in zip(found.paths[:top].tolist(), found.units[:top].tolist(), strict=True):
        steps = [found.names[code] for code in steps_of(path)]
        rows.append(
            {
                "path": ARROW.join(reversed(steps) if wanted.backwards else steps),
                "steps": len(steps),
                "over": len(steps) < wanted.depth,
                "units": units,
                "share": units / total,
            }
        )
    return rows


def _nodes(found: Counted, wanted: Asked, total: int) -> list[Row]:
    over = {
        (nth, code): units
        for nth, code, onward, units in edges_of(found.paths, found.units, wanted.depth)
        if not onward
    }
    rows = []
    for nth, code, units in nodes_of(found.paths, found.units, wanted.depth):
        # What comes after the last step that is asked for is not looked at.
        ended = over.get((nth, code), 0) if nth < wanted.depth else None
        rows.append(
            {
                "step": nth,
                "name": found.names[code],
                "units": units,
                "share": units / total,
                "ended": ended,
                "ended_share": None if ended is None else ended / units,
            }
        )
    return sorted(rows, key=lambda row: (row["step"], -row["units"], row["name"]))


def _edges(found: Counted, wanted: Asked) -> list[Row]:
    at = {
        (nth, code): units for nth, code, units in nodes_of(found.paths, found.units, wanted.depth)
    }
    rows = []
    for nth, code, onward, units in edges_of(found.paths, found.units, wanted.depth):
        if not onward:
            continue
        ends = (found.names[code], found.names[onward])
        before, after = reversed(ends) if wanted.backwards else ends
        rows.append(
            {
                "step": nth,
                "from": before,
                "to": after,
                "units": units,
                "share": units / at[nth, code],
            }
        )
    return sorted(rows, key=lambda row: (row["step"], -row["units"], row["from"], row["to"]))


def _with_others(found: Counted, depth: int) -> int:
    """Of the paths, those that have a step whose name is gathered with others."""
    if not found.has_others:
        return 0
    other = next(code for code, name in found.names.items() if name == OTHER)
    has = np.zeros(len(found.paths), np.bool_)
    for nth in range(depth):
        has |= ((found.paths >> (BITS * nth)) & CODES) == other
    return int(found.units[has].sum())


_REAL, _WHOLE, _TEXT = pa.float64(), pa.int64(), pa.string()
_PATHS = pa.schema(
    [("path", _TEXT), ("steps", _WHOLE), ("over", pa.bool_()), ("units", _WHOLE), ("share", _REAL)]
)
_NODES = pa.schema(
    [
        ("step", _WHOLE),
        ("name", _TEXT),
        ("units", _WHOLE),
        ("share", _REAL),
        ("ended", _WHOLE),
        ("ended_share", _REAL),
    ]
)
_EDGES = pa.schema(
    [("step", _WHOLE), ("from", _TEXT), ("to", _TEXT), ("units", _WHOLE), ("share", _REAL)]
)
