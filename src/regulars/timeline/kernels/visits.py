"""Which visit an entry belongs to that neither begins a visit nor makes one longer."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def session_of_each(starts, at, day, opens, gap, cut_at_midnight):  # type: ignore[no-untyped-def]
    """The number of each row's session, over all customers; -1 for what belongs to none.

    Sessions are those of `session_starts` over the rows that open. Another row belongs to the
    session that began last, at its instant or before, if that was still going on or ended no
    longer than `gap` ago.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        day: number of the calendar day of each row; looked at only if midnight cuts.
        opens: of each row: whether it is something that the customer did.
        gap: microseconds.
        cut_at_midnight: whether a new day begins a new session.
    """
    found = np.full(len(at), -1, np.int64)
    session = np.int64(-1)
    for c in range(len(starts) - 1):
        end = starts[c + 1]
        i = starts[c]
        latest = -1  # the customer's latest row that opens
        while i < end:
            j = i
            own = -1
            while j < end and at[j] == at[i]:
                if opens[j]:
                    own = j
                j += 1
            if own >= 0:
                if (
                    latest < 0
                    or at[own] - at[latest] > gap
                    or (cut_at_midnight and day[own] != day[latest])
                ):
                    session += 1
                latest = own
            if latest >= 0 and at[i] - at[latest] <= gap:
                for r in range(i, j):
                    found[r] = session
            i = j
    return found
