"""Who comes back, and after how long: counts by cohort and interval.

Nothing is reckoned by the calendar here: the instants at which its periods begin are given, and a
customer's rows, which rise in time, are walked along them.
"""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel

START, BACK = 1, 2
"""Bits of an entry: it may be where a customer's course begins; it is a return."""


@kernel
def returned(  # type: ignore[no-untyped-def]
    starts, at, mask, touch, edges, low, until, length, begins, ends, groups, is_open, is_first_ever
):
    """How many there are in each cohort, of whom an interval is seen, and who came back in it.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer, all before `ends`.
        mask: of each row: START, BACK or both.
        touch: of each row, the number of what it tells of a source, or -1; empty if nobody asks.
        edges: the instants at which the periods of the cohorts begin, up to `ends` inclusive.
        low: of each interval, the first offset, rising.
        until: of each interval, the offset that must have passed for it to be seen: its last one.
        length: microseconds of an offset from a customer's own instant; 0 for the periods of
            `edges`.
        begins: cohorts are of those who start from this instant on.
        ends: the instant up to which is known what happened.
        groups: how many sources have a number; the one after the last is for whom none is told.
        is_open: an interval has no end: whoever comes back after it began, did so in it.
        is_first_ever: the first start counts, and whoever had it before `begins` is in no cohort.

    Returns:
        Numbers by group and cohort, and then by group, cohort and interval those who are seen and
        those of them who came back.
    """
    intervals = len(low)
    size = np.zeros((groups + 1, len(edges)), np.int64)
    seen = np.zeros((groups + 1, len(edges), intervals), np.int64)
    back = np.zeros((groups + 1, len(edges), intervals), np.int64)
    for c in range(len(starts) - 1):
        first = starts[c]
        end = starts[c + 1]
        r = first
        while r < end and not (mask[r] & START and (is_first_ever or at[r] >= begins)):
            r += 1
        if r == end or at[r] < begins:
            continue
        t = at[r]
        group = groups
        if len(touch):
            i = first
            while i < end and at[i] <= t and group == groups:
                if touch[i] >= 0:
                    group = touch[i]
                i += 1
        p = np.searchsorted(edges, t, side="right") - 1
        size[group, p] += 1
        last = end - 1
        while is_open and last > r and not mask[last] & BACK:
            last -= 1
        for k in range(intervals):
            if length:
                start = t + low[k] * length
                stop = t + (until[k] + 1) * length
                if stop > ends:
                    continue
            else:
                if p + until[k] + 1 >= len(edges):
                    continue
                start = edges[p + low[k]]
                stop = edges[p + until[k] + 1]
            seen[group, p, k] += 1
            if is_open:
                back[group, p, k] += at[last] >= start and (mask[last] & BACK) != 0
                continue
            while r < end and (at[r] < start or not mask[r] & BACK):
                r += 1
            back[group, p, k] += r < end and at[r] < stop
    return size, seen, back
