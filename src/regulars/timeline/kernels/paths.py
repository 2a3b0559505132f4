"""The way from an entry on, or back from it, packed into one number."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def packed_paths(starts, at, code, anchor, depth, window, backwards, keeps_repeats):  # type: ignore[no-untyped-def]
    """The path of each unit from its first anchor, six bits a step, the anchor's in the lowest.

    Args:
        starts: where the rows of each customer or session begin, and the number of rows.
        at: of each row, in microseconds, rising within a unit.
        code: of each row, 1 to 63; 0 is passed over.
        anchor: of each row: whether a path may begin (or end) there.
        depth: so many steps at most, the anchor among them; up to 10.
        window: microseconds from the anchor, the window's end included.
        backwards: whether the anchor is the path's end.
        keeps_repeats: whether what repeats the step before it is a step again.

    Returns:
        The path of each unit, 0 where it has no anchor; and the row of the anchor, -1 if none.
    """
    units = len(starts) - 1
    found = np.zeros(units, np.int64)
    row = np.full(units, -1, np.int64)
    for u in range(units):
        i = starts[u]
        while i < starts[u + 1] and not (anchor[i] and code[i]):
            i += 1
        if i == starts[u + 1]:
            continue
        row[u] = i
        step = -1 if backwards else 1
        stop = starts[u] - 1 if backwards else starts[u + 1]
        path = np.int64(0)
        length = 0
        before = np.int64(0)
        j = i
        while j != stop and length < depth and abs(at[j] - at[i]) <= window:
            own = np.int64(code[j])
            if own != 0 and (keeps_repeats or own != before):
                path |= own << (6 * length)
                length += 1
                before = own
            j += step
        found[u] = path
    return found, row
