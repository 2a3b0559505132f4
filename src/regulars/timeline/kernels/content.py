"""Moments of visits at which something may be read next, and whether an order follows."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def with_room(rows, n):  # type: ignore[no-untyped-def]
    """The rows, with as much room again behind them where row `n` has none."""
    if n < len(rows):
        return rows
    found = np.empty((2 * len(rows), rows.shape[1]), rows.dtype)
    found[:n] = rows
    return found


@kernel
def banded(count):  # type: ignore[no-untyped-def]
    """The band of a count: 0, 1, 2, 3-4, 5-8, 9 and more."""
    if count < 3:
        return count
    if count < 5:
        return 3
    return 4 if count < 9 else 5


@kernel
def moments(  # type: ignore[no-untyped-def]
    starts, at, kind, item, is_page, gap, window, memory, begins, ends, block
):
    """What `timeline.content` counts, as rows that are not added up yet.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        kind: 0 a step, 1 a product's page, 2 a step with the cart, 3 something read, 4 an order.
        item: what a row of kind 1 or 3 shows, by number; -1 for nothing that is asked about.
        is_page: of each item, whether it is a product's page.
        gap: microseconds without an entry after which a visit is over.
        window: within which an order follows, and within which an item is not new again.
        memory: within which earlier visits are counted.
        begins: from which on moments count.
        ends: up to which they do.
        block: of the strata, microseconds.

    Returns:
        One row each: what (0 a moment, 1 a product's page looked at, 2 an item shown, 3 an item
        that is not new), the stratum, the item (-1 for none), whose it is by place, whether an
        order follows the moment, and whether one follows the item.
    """
    rows = np.empty((1024, 6), np.int64)
    n = 0
    never = np.int64(-(1 << 62))
    last = np.full(len(is_page), never, np.int64)  # when the customer saw each item last
    marked = np.full(len(is_page), -1, np.int64)  # the moment for which it has its row
    recent = np.empty(len(is_page), np.int64)  # the items that the customer has seen
    next_order = np.empty(len(at), np.int64)
    visits = np.empty(len(at), np.int64)
    moment = np.int64(0)
    for c in range(len(starts) - 1):
        coming = np.int64(1 << 62)
        for i in range(starts[c + 1] - 1, starts[c] - 1, -1):
            next_order[i] = coming
            if kind[i] == 4:
                coming = at[i]
        seen = 0
        first_visit = 0
        of_visits = 0
        orders = 0
        latest = never
        steps = 0
        progress = 0
        stratum = np.int64(0)
        counts = False
        ordered = 0
        for i in range(starts[c], starts[c + 1]):
            is_order = kind[i] == 4
            within = latest != never and at[i] - latest <= gap
            opens = within
            if is_order:
                orders += 1
            else:
                opens = not within
                latest = at[i]
                if opens:
                    visits[of_visits] = at[i]
                    of_visits += 1
            if is_order or opens:
                steps = 0
                progress = 0
            # A moment opens before a visit's first entry, or after an order, and after each step.
            for turn in range(2):
                if turn == 1:
                    if kind[i] > 2:
                        break
                    if kind[i] == 1 and counts and at[i] < ends:
                        # The pages of products are held against each other.
                        ordered = 1 if next_order[i] - at[i] <= window else 0
                        rows = with_room(rows, n)
                        rows[n] = (1, stratum, -1, c, ordered, ordered)
                        n += 1
                        if item[i] >= 0 and at[i] - last[item[i]] > window:
                            rows = with_room(rows, n)
                            rows[n] = (2, stratum, item[i], c, ordered, ordered)
                            n += 1
                        for k in range(seen):
                            if is_page[recent[k]] and at[i] - last[recent[k]] <= window:
                                rows = with_room(rows, n)
                                rows[n] = (3, stratum, recent[k], c, ordered, ordered)
                                n += 1
                    progress = max(progress, kind[i])
                    steps += 1
                    opens = True
                if not opens:
                    continue
                opens = False
                moment += 1
                counts = begins <= at[i] < ends
                if not counts:
                    continue
                while visits[first_visit] < at[i] - memory:
                    first_visit += 1
                place = 6 if is_order else banded(steps)
                stratum = (at[i] - begins) // block * 4 + min(orders, 3)
                stratum = stratum * 4 + min(banded(of_visits - 1 - first_visit), 3)
                stratum = (stratum * 7 + place) * 3 + progress
                ordered = 1 if next_order[i] - at[i] <= window else 0
                rows = with_room(rows, n)
                rows[n] = (0, stratum, -1, c, ordered, ordered)
                n += 1
                for k in range(seen):
                    if not is_page[recent[k]] and at[i] - last[recent[k]] <= window:
                        marked[recent[k]] = moment
                        rows = with_room(rows, n)
                        rows[n] = (3, stratum, recent[k], c, ordered, ordered)
                        n += 1
            shown = item[i]
            if is_order or shown < 0:
                continue
            if kind[i] == 3 and counts and marked[shown] != moment:
                marked[shown] = moment
                follows = 1 if next_order[i] - at[i] <= window else 0
                rows = with_room(rows, n)
                rows[n] = (2, stratum, shown, c, ordered, follows)
                n += 1
            if last[shown] == never:
                recent[seen] = shown
                seen += 1
            last[shown] = at[i]
        for k in range(seen):
            last[recent[k]] = never
    return rows[:n]
