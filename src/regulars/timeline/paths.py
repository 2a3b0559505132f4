"""Paths: what follows on what, from an entry on or back from it, by session or by customer.

The rules, stated once:

- A path begins at its unit's first anchor, and goes on with the entries after it; asked backwards,
  it ends at the first anchor, and goes back with the entries before. By default a unit's anchor is
  its first entry.
- Repeats of one name that follow each other are one step, unless they are to be kept; A B A B is
  four steps.
- It has `depth` steps at most. A shorter one is over: nothing else came in its unit.
- An order of the records, or another entry that the customer did not make, belongs to a session as
  `timeline.sessions` says. An anchor that belongs to none is counted apart.

A path is one number, six bits a step, the anchor in the lowest, so that equal ones add up.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 1, 2)])
>>> rows = pa.table({"customer_id": [1, 1, 1], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "code": pa.array([4, 4, 2], pa.int32())})
>>> [steps_of(path) for path in Paths()(stretch_of(rows))["path"].to_pylist()]
[(4, 2)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.kernels.paths import packed_paths
from regulars.timeline.kernels.visits import session_of_each
from regulars.timeline.sessions import FAR, HALF_AN_HOUR
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]

BITS = 6
MOST_STEPS = 10
"""So many steps of six bits fit into a number."""
CODES = 63
"""The highest code of a step."""
OUTSIDE = -1
"""In place of a path: anchors that belong to no session. 0 stands for units without an anchor."""

SUMS = pa.schema([("path", pa.int64()), ("units", pa.int64()), ("at_edge", pa.int64())])


@dataclass(frozen=True, slots=True)
class Paths:
    """The fold of paths.

    Its rows have `code`, 1 to 63; they may have `anchor`, and `entry` (0 for what the customer did
    not do).

    Attributes:
        depth: so many steps at most.
        per: whether there is a path a session or a customer.
        window: microseconds from the anchor within which its customer's entries count.
        gap: microseconds without an entry that end a session.
        backwards: whether the anchor is the path's end.
        keeps_repeats: whether a repeat of the step before is a step again.
        begins: microseconds from which on is known what happened.
        ends: microseconds up to which is known what happened.
    """

    depth: int = 5
    per: Literal["session", "customer"] = "session"
    window: int = FAR
    gap: int = HALF_AN_HOUR
    backwards: bool = False
    keeps_repeats: bool = False
    begins: int = -FAR
    ends: int = FAR

    def __call__(self, stretch: Stretch) -> pa.Table:
        """How many units have each path, and how many of them touch the edge of what is known."""
        at, code = stretch.at, stretch.columns["code"]
        anchor = stretch.columns.get("anchor", np.ones(len(at), np.int8))
        starts, outside, window = stretch.starts, 0, self.window
        if self.per == "session":
            opens = stretch.columns.get("entry", np.ones(len(at), np.int8)) != 0
            session = session_of_each(starts, at, at, opens, self.gap, False)
            own = np.flatnonzero(session >= 0)
            outside = int((anchor[session < 0] != 0).sum())
            at, code, anchor = at[own], code[own], anchor[own]
            starts = np.append(np.flatnonzero(np.diff(session[own], prepend=-1)), len(own))
            window = FAR
        path, row = packed_paths(
            starts, at, code, anchor, self.depth, window, self.backwards, self.keeps_repeats
        )
        near = self._at_edge(starts, at, row)
        paths, inverse, units = np.unique(path, return_inverse=True, return_counts=True)
        touching = np.bincount(inverse, near, minlength=len(paths)).astype(np.int64)
        if outside:
            paths, units, touching = (
                np.append(one, value)
                for one, value in ((paths, OUTSIDE), (units, outside), (touching, 0))
            )
        return pa.table([pa.array(one) for one in (paths, units, touching)], schema=SUMS)

    def _at_edge(self, starts: Ints, at: Ints, row: Ints) -> npt.NDArray[np.bool_]:
        """Of each unit: whether its path may go on where nothing is known."""
        near = np.zeros(len(row), np.bool_)
        if self.per == "session":
            if len(row):
                near = at[starts[:-1]] - self.begins <= self.gap
                near |= self.ends - at[starts[1:] - 1] <= self.gap
            return near
        has = row >= 0
        since = at[row[has]]
        near[has] = (
            since - self.begins < self.window if self.backwards else self.ends - since < self.window
        )
        return near


def summed(parts: pa.Table) -> pa.Table:
    """The sums of all stretches added up, the most frequent path first, ties by number."""
    found = parts.group_by("path").aggregate([("units", "sum"), ("at_edge", "sum")])
    return found.rename_columns(SUMS.names).sort_by(
        [("units", "descending"), ("path", "ascending")]
    )


def steps_of(path: int) -> tuple[int, ...]:
    """The codes of a path's steps, the anchor first."""
    steps = []
    while path > 0:
        steps.append(path & CODES)
        path >>= BITS
    return tuple(steps)


def edges_of(paths: Ints, units: Ints, depth: int) -> list[tuple[int, int, int, int]]:
    """How many units go from which step to which: (nth step, its code, the next code, units).

    The next code is 0 where the path is over. Of the last step that is asked for it is not known
    what comes next: it has no edge.

    Args:
        paths: each once.
        units: of each.
        depth: as of `Paths`.
    """
    found = []
    for nth in range(depth - 1):
        own = (paths >> (BITS * nth)) & CODES
        there = own > 0
        onward = (paths[there] >> (BITS * (nth + 1))) & CODES
        pairs = np.bincount(own[there] << BITS | onward, units[there]).astype(np.int64)
        found += [
            (nth + 1, int(pair) >> BITS, int(pair) & CODES, int(pairs[pair]))
            for pair in np.flatnonzero(pairs)
        ]
    return found


def nodes_of(paths: Ints, units: Ints, depth: int) -> list[tuple[int, int, int]]:
    """How many units come to which step: (nth step, its code, units)."""
    found = []
    for nth in range(depth):
        own = (paths >> (BITS * nth)) & CODES
        counts = np.bincount(own, units).astype(np.int64)
        there = [int(code) for code in np.flatnonzero(counts) if code]
        found += [(nth + 1, code, int(counts[code])) for code in there]
    return found
