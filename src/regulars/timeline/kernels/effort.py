"""What is begun and then either ends with an order or is left: carts, checkouts."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def episodes(starts, at, role, value, window):  # type: ignore[no-untyped-def]
    """Each episode: the row that begins it, its values, and whether an order ends it.

    An episode begins with a row that puts something in, takes what follows within the window from
    its beginning, and ends with the first order in it, or with the window.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        role: 1 puts in, 2 takes out, 3 an order, 0 anything else.
        value: of what is put in or taken out; below zero where it is not told.
        window: microseconds, its end included.

    Returns:
        The row, the sum of the values put in less those taken out, how many of the values put in
        are not told, the largest value, and whether an order ends it.
    """
    room = 0
    for i in range(len(at)):
        if role[i] == 1:
            room += 1
    row = np.empty(room, np.int64)
    total = np.zeros(room, np.int64)
    untold = np.zeros(room, np.int64)
    most = np.full(room, -1, np.int64)
    bought = np.zeros(room, np.bool_)
    n = -1
    for c in range(len(starts) - 1):
        is_open = False
        for i in range(starts[c], starts[c + 1]):
            if role[i] == 0:
                continue
            if is_open and at[i] - at[row[n]] > window:
                is_open = False
            if role[i] == 3:
                if is_open:
                    bought[n] = True
                is_open = False
            elif role[i] == 1:
                if not is_open:
                    n += 1
                    row[n] = i
                    is_open = True
                if value[i] < 0:
                    untold[n] += 1
                else:
                    total[n] += value[i]
                most[n] = max(most[n], value[i])
            elif is_open and value[i] > 0:
                total[n] -= value[i]
    n += 1
    return row[:n], total[:n], untold[:n], most[:n], bought[:n]
