"""How long it is from one entry to the customer's next."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def gaps_between(starts, at, mask, bit, least, begins):  # type: ignore[no-untyped-def]
    """The times between a customer's consecutive entries, and the customers' own medians.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        mask: of each row.
        bit: of the mask: the entry is one of those asked for.
        least: microseconds; what is no longer is no gap.
        begins: microseconds; both entries lie on or after this instant.

    Returns:
        Seconds, rounded down, of every gap; and of each customer who has any, of the middle one, or
        of the smaller of the two in the middle.
    """
    gaps = np.empty(len(at), np.int64)
    medians = np.empty(len(starts), np.int64)
    found = 0
    customers = 0
    for c in range(len(starts) - 1):
        before = -1
        own = found
        for r in range(starts[c], starts[c + 1]):
            if not mask[r] & bit or at[r] < begins:
                continue
            if before >= 0 and at[r] - at[before] > least:
                gaps[found] = (at[r] - at[before]) // 1_000_000
                found += 1
            before = r
        if found > own:
            sorted_gaps = np.sort(gaps[own:found])
            medians[customers] = sorted_gaps[(found - own - 1) // 2]
            customers += 1
    return gaps[:found].copy(), medians[:customers].copy()
