"""Rows that come in a few sorted stretches, brought into one order by blocks.

Parts of a timeline are sorted by customer and time each. To merge them, customers are taken in
turn; of one who is in a single part, or whose parts follow each other in time, the rows are copied
in one piece. So it costs little more than the copying, and a sort only where times overlap.
"""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def descents(customer, at, seq):  # type: ignore[no-untyped-def]
    """Where a row stands behind one that it should precede: the places where sorted runs begin."""
    n = len(customer)
    found = 0
    for i in range(1, n):
        if customer[i] < customer[i - 1] or (
            customer[i] == customer[i - 1]
            and (at[i] < at[i - 1] or (at[i] == at[i - 1] and seq[i] < seq[i - 1]))
        ):
            found += 1
    places = np.empty(found, np.int64)
    found = 0
    for i in range(1, n):
        if customer[i] < customer[i - 1] or (
            customer[i] == customer[i - 1]
            and (at[i] < at[i - 1] or (at[i] == at[i - 1] and seq[i] < seq[i - 1]))
        ):
            places[found] = i
            found += 1
    return places


@kernel
def merged_blocks(customer, at, seq, begins, ends):  # type: ignore[no-untyped-def]
    """The rows of sorted runs in one order, as blocks of rows that stay together.

    Args:
        customer: of each row, over all runs.
        at: of each row.
        seq: of each row, orders what is of one instant.
        begins: where each run begins.
        ends: and ends.

    Returns:
        Where each block begins, and how many rows it has.
    """
    runs = len(begins)
    n = 0
    for r in range(runs):
        n += ends[r] - begins[r]
    place = begins.copy()
    first = np.empty(runs, np.int64)  # of the customer at hand: the runs' pieces, in order of time
    last = np.empty(runs, np.int64)
    block_start = np.empty(n, np.int64)
    block_rows = np.empty(n, np.int64)
    blocks = 0
    while True:
        found = False
        who = np.int64(0)
        for r in range(runs):
            if place[r] < ends[r] and (not found or customer[place[r]] < who):
                who = customer[place[r]]
                found = True
        if not found:
            break
        pieces = 0
        for r in range(runs):
            i = place[r]
            if i >= ends[r] or customer[i] != who:
                continue
            j = i + 1
            while j < ends[r] and customer[j] == who:
                j += 1
            place[r] = j
            p = pieces
            while p > 0 and (
                at[i] < at[first[p - 1]]
                or (at[i] == at[first[p - 1]] and seq[i] < seq[first[p - 1]])
            ):
                first[p] = first[p - 1]
                last[p] = last[p - 1]
                p -= 1
            first[p] = i
            last[p] = j
            pieces += 1
        overlap = False
        for p in range(1, pieces):
            before = last[p - 1] - 1
            if at[before] > at[first[p]] or (
                at[before] == at[first[p]] and seq[before] > seq[first[p]]
            ):
                overlap = True
        if not overlap:
            for p in range(pieces):
                block_start[blocks] = first[p]
                block_rows[blocks] = last[p] - first[p]
                blocks += 1
            continue
        open_block = False
        while True:
            best = -1
            for p in range(pieces):
                if first[p] < last[p] and (
                    best < 0
                    or at[first[p]] < at[first[best]]
                    or (at[first[p]] == at[first[best]] and seq[first[p]] < seq[first[best]])
                ):
                    best = p
            if best < 0:
                break
            row = first[best]
            first[best] += 1
            if open_block and block_start[blocks - 1] + block_rows[blocks - 1] == row:
                block_rows[blocks - 1] += 1
            else:
                block_start[blocks] = row
                block_rows[blocks] = 1
                blocks += 1
            open_block = True
    return block_start[:blocks].copy(), block_rows[:blocks].copy()


@kernel
def gathered(values, block_start, block_rows):  # type: ignore[no-untyped-def]
    """The values block by block."""
    n = 0
    for b in range(len(block_rows)):
        n += block_rows[b]
    found = np.empty(n, values.dtype)
    place = 0
    for b in range(len(block_start)):
        start = block_start[b]
        for i in range(block_rows[b]):
            found[place + i] = values[start + i]
        place += block_rows[b]
    return found
