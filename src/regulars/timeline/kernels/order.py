"""Rows that come in a few sorted runs, brought into one order by the pieces of each customer.

A piece is a customer's rows that stand next to each other and rise in time. Pieces are few where
parts are sorted, so they can be put in order cheaply, and their rows are copied in one go.
"""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def pieces(customer, at, seq):  # type: ignore[no-untyped-def]
    """Where each piece begins.

    Args:
        customer: of each row.
        at: of each row.
        seq: of each row, orders what is of one instant; empty if nothing does.
    """
    n = len(customer)
    begins = np.empty(n, np.bool_)
    # Without branches, which makes it ten times as fast: nothing is known of where a piece ends.
    if len(seq):
        for i in range(1, n):
            begins[i] = (
                (customer[i] != customer[i - 1])
                | (at[i] < at[i - 1])
                | ((at[i] == at[i - 1]) & (seq[i] < seq[i - 1]))
            )
    else:
        for i in range(1, n):
            begins[i] = (customer[i] != customer[i - 1]) | (at[i] < at[i - 1])
    if n:
        begins[0] = True
    return np.flatnonzero(begins)


@kernel
def gathered(values, begins, ends, order):  # type: ignore[no-untyped-def]
    """The values piece by piece, in the order of the pieces."""
    found = np.empty(len(values), values.dtype)
    place = 0
    for p in range(len(order)):
        begin = begins[order[p]]
        end = ends[order[p]]
        for i in range(begin, end):
            found[place] = values[i]
            place += 1
    return found
