"""On how many days customers are active, and how many are active within windows of days."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def active(starts, at, mask, bit, edges, windows, recent):  # type: ignore[no-untyped-def]
    """How many customers are active within each window that ends with each day.

    A customer who is active on day d is within a window of w days from d to d + w - 1; of windows
    that overlap, only what is new is added, so that everyone is counted once a day.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        mask: of each row.
        bit: of the mask: the customer was active.
        edges: the instants at which the days begin, and at which the last one ends.
        windows: days of each window.
        recent: so many of the last days are looked at for `on_days`.

    Returns:
        Customers by window and day; and of those who were active in the recent days at all, how
        many were on so many of them.
    """
    days = len(edges) - 1
    within = np.zeros((len(windows), days + 1), np.int64)
    on_days = np.zeros(recent + 1, np.int64)
    for c in range(len(starts) - 1):
        before = -1
        d = -1
        recent_days = 0
        for r in range(starts[c], starts[c + 1]):
            t = at[r]
            if not mask[r] & bit or t < edges[0] or t >= edges[days]:
                continue
            if d < 0:
                d = np.searchsorted(edges, t, side="right") - 1
            while t >= edges[d + 1]:
                d += 1
            if d == before:
                continue
            for w in range(len(windows)):
                begin = d
                if before >= 0 and before + windows[w] > d:
                    begin = before + windows[w]
                within[w, min(begin, days)] += 1
                within[w, min(d + windows[w], days)] -= 1
            before = d
            recent_days += d >= days - recent
        if recent_days:
            on_days[recent_days] += 1
    for w in range(len(windows)):
        for d in range(1, days):
            within[w, d] += within[w, d - 1]
    return within[:, :days].copy(), on_days
