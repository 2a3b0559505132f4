"""How far each customer, or each visit, comes along the steps of a funnel.

Entries are taken by time, and at one instant by their first step, then by the number of their mask:
so the result does not depend on how ties happen to lie. One entry never is two steps of one chain.

Of the chains that have come to step k, the one that began last is kept: whatever a chain can still
reach within the window, it can reach too (`start[k]` of reference/engines, "the rule").
"""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def first_bit(mask, steps):  # type: ignore[no-untyped-def]
    """The first step that an entry is; `steps` if it is none."""
    for k in range(steps):
        if (mask >> k) & 1:
            return k
    return steps


@kernel
def tie_order(mask, begin, end, steps, order):  # type: ignore[no-untyped-def]
    """Write the rows of one instant into `order`, those that are an earlier step first."""
    for i in range(begin, end):
        p = i - begin
        own = first_bit(mask[i], steps)
        while p > 0:
            other = order[p - 1]
            their = first_bit(mask[other], steps)
            if their < own or (their == own and mask[other] <= mask[i]):
                break
            order[p] = other
            p -= 1
        order[p] = i


@kernel
def ordered(starts, at, mask, steps, window, ends, is_strict):  # type: ignore[no-untyped-def]
    """The furthest that each unit comes when the steps are taken in their order.

    Args:
        starts: where the rows of each customer or session begin, and the number of rows.
        at: of each row, in microseconds, rising within a unit.
        mask: of each row: bit k for step k, bit `steps` for what breaks a chain off.
        steps: how many.
        window: microseconds from the first step within which a chain counts, its end included.
        ends: microseconds up to which is known what happened.
        is_strict: whether any entry between two steps, of whatever kind, breaks the chain off.

    Returns:
        Of each unit: the steps reached; the row of the first step of the chain that came so far
        first, -1 if none; whether a chain might still go on after `ends`; and the instants of that
        chain's steps.
    """
    units = len(starts) - 1
    reached = np.zeros(units, np.int64)
    entry = np.full(units, -1, np.int64)
    is_open = np.zeros(units, np.bool_)
    when = np.zeros((units, steps), np.int64)
    longest = 1
    for u in range(units):
        i = starts[u]
        while i < starts[u + 1]:
            j = i + 1
            while j < starts[u + 1] and at[j] == at[i]:
                j += 1
            longest = max(longest, j - i)
            i = j
    order = np.empty(longest, np.int64)
    chain = np.zeros((steps, steps), np.int64)
    last = np.zeros(steps, np.int64)
    row = np.zeros(steps, np.int64)
    valid = np.zeros(steps, np.bool_)
    advanced = np.zeros(steps, np.bool_)
    for u in range(units):
        valid[:] = False
        best = 0
        i = starts[u]
        end = starts[u + 1]
        while i < end:
            t = at[i]
            j = i + 1
            while j < end and at[j] == t:
                j += 1
            if j - i > 1:
                tie_order(mask, i, j, steps, order)
            else:
                order[0] = i
            broken = False
            for p in range(j - i):
                r = order[p]
                m = mask[r]
                broken = broken or ((m >> steps) & 1) == 1
                if is_strict:
                    advanced[:] = False
                for k in range(steps - 1, -1, -1):
                    if not (m >> k) & 1:
                        continue
                    if k == 0:
                        chain[0, 0] = t
                        row[0] = r
                    elif not valid[k - 1] or t - chain[k - 1, 0] > window:
                        continue
                    elif is_strict or not valid[k] or chain[k - 1, 0] > chain[k, 0]:
                        for q in range(k):
                            chain[k, q] = chain[k - 1, q]
                        chain[k, k] = t
                        row[k] = row[k - 1]
                    # Else a chain from the same first step is there already, and was sooner.
                    last[k] = t
                    valid[k] = True
                    advanced[k] = True
                    if best <= k:
                        best = k + 1
                        entry[u] = row[k]
                        for q in range(k + 1):
                            when[u, q] = chain[k, q]
                if is_strict:
                    for k in range(steps):
                        valid[k] = valid[k] and advanced[k]
            if broken:
                for k in range(steps):
                    if valid[k] and last[k] < t:
                        valid[k] = False
                    elif valid[k] and chain[k, k] < t:
                        chain[k, k] = t  # the sooner one is broken off, not the later
            i = j
        reached[u] = best
        if best < steps:
            for k in range(steps - 1):
                if valid[k] and ends - chain[k, 0] <= window:
                    is_open[u] = True
    return reached, entry, is_open, when


@kernel
def in_any_order(starts, at, mask, steps, window, ends):  # type: ignore[no-untyped-def]
    """The most steps that each unit takes within a window, in whichever order.

    Each step needs an entry of its own. How many can be served is, by Hall's theorem, the least
    over all sets S of steps of (steps not in S) + (entries that are a step of S).

    Args:
        starts: as of `ordered`.
        at: as of `ordered`.
        mask: as of `ordered`; what breaks off ends all windows.
        steps: how many, at most 8.
        window: microseconds between the first and the last of the entries.
        ends: microseconds up to which is known what happened.

    Returns:
        As of `ordered`; of the instants, the first and the last are told.
    """
    units = len(starts) - 1
    sets = 1 << steps
    reached = np.zeros(units, np.int64)
    entry = np.full(units, -1, np.int64)
    is_open = np.zeros(units, np.bool_)
    when = np.zeros((units, steps), np.int64)
    serving = np.zeros(sets, np.int64)
    size = np.zeros(sets, np.int64)
    for s in range(sets):
        for k in range(steps):
            size[s] += (s >> k) & 1
    for u in range(units):
        serving[:] = 0
        best = 0
        served = 0
        left = starts[u]
        changed = False
        broken = False
        broken_at = at[0] if len(at) else 0
        for r in range(starts[u], starts[u + 1]):
            if broken and at[r] > broken_at:
                while at[left] < broken_at:
                    for s in range(sets):
                        serving[s] -= (mask[left] & s) != 0
                    left += 1
                broken = False
            if (mask[r] >> steps) & 1:
                broken = True
                broken_at = at[r]
            while at[r] - at[left] > window:
                for s in range(sets):
                    serving[s] -= (mask[left] & s) != 0
                left += 1
            m = mask[r] & (sets - 1)
            if m:
                for s in range(sets):
                    serving[s] += (m & s) != 0
                changed = True
            if not changed or (r + 1 < starts[u + 1] and at[r + 1] == at[r]):
                continue  # all of one instant are looked at together
            changed = False
            served = steps
            for s in range(sets):
                served = min(served, steps - size[s] + serving[s])
            if served <= best:
                continue
            best = served
            # The shortest time is told: as many entries as possible are left out at the beginning.
            start = left
            while True:
                less = steps
                for s in range(sets):
                    less = min(less, steps - size[s] + serving[s] - ((mask[start] & s) != 0))
                if less < best:
                    break
                for s in range(sets):
                    serving[s] -= (mask[start] & s) != 0
                start += 1
            for back in range(left, start):
                for s in range(sets):
                    serving[s] += (mask[back] & s) != 0
            entry[u] = start
            when[u, 0] = at[start]
            when[u, best - 1] = at[r]
        reached[u] = best
        if 0 < best < steps:
            # Open is whom an entry within a window of the end has brought to some step.
            for r in range(left, starts[u + 1]):
                if mask[r] & (sets - 1) and ends - at[r] <= window:
                    is_open[u] = True
    return reached, entry, is_open, when


@kernel
def carried(starts, at, code, is_last):  # type: ignore[no-untyped-def]
    """Of each row, the code told by its customer so far, that of the same instant included.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row.
        code: of each row, -1 where it tells none.
        is_last: the latest one told; else the first.
    """
    found = np.empty(len(code), code.dtype)
    for c in range(len(starts) - 1):
        now = -1
        i = starts[c]
        while i < starts[c + 1]:
            j = i
            while j < starts[c + 1] and at[j] == at[i]:
                if code[j] >= 0 and (is_last or now < 0):
                    now = code[j]
                j += 1
            for r in range(i, j):
                found[r] = now
            i = j
    return found
