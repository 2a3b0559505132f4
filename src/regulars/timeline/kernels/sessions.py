"""Where one visit ends and the next begins."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def session_starts(starts, at, day, gap, cut_at_midnight):  # type: ignore[no-untyped-def]
    """Where each session begins, over all customers, and the number of rows at the end.

    A session ends when nothing comes for longer than `gap`: what comes exactly so long after is of
    it still.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        day: number of the calendar day of each row; looked at only if midnight cuts.
        gap: microseconds.
        cut_at_midnight: whether a new day begins a new session.
    """
    found = 0
    for c in range(len(starts) - 1):
        for i in range(starts[c], starts[c + 1]):
            if (
                i == starts[c]
                or at[i] - at[i - 1] > gap
                or (cut_at_midnight and day[i] != day[i - 1])
            ):
                found += 1
    begins = np.empty(found + 1, np.int64)
    found = 0
    for c in range(len(starts) - 1):
        for i in range(starts[c], starts[c + 1]):
            if (
                i == starts[c]
                or at[i] - at[i - 1] > gap
                or (cut_at_midnight and day[i] != day[i - 1])
            ):
                begins[found] = i
                found += 1
    begins[found] = len(at)
    return begins
