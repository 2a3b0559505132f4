"""Touches of sources, the paths that they make up to an order, and the credit that rules give them.

A visit goes on until nothing happens for longer than `gap`; an order is part of it. Within a visit
consecutive touches of one source are one. A visit in which no source is told before its order, or
at all, is one touch of the direct source, at its first step.
"""

from __future__ import annotations

from math import floor

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def touched(starts, at, order, source, referrer, gap, direct):  # type: ignore[no-untyped-def]
    """The source that each row touches, and the visit of each row.

    What is done after an order of a visit (a page of thanks, another look) touches nothing new
    unless another source is told.

    Args:
        starts: of customers.
        at: instants.
        order: 1 where the row is an order.
        source: number of the source told, -1 where none is.
        referrer: number of another site from which the visitor came, -1 where none is; it counts
            only at the beginning of a visit, since in its midst one comes back from paying.
        gap: microseconds without a step after which a visit is over.
        direct: number of the direct source.

    Returns:
        The source touched by row, -1 where none is; the number of the visit by row.
    """
    n = len(at)
    touch = np.full(n, -1, np.int64)
    visit = np.zeros(n, np.int64)
    number = -1
    for c in range(len(starts) - 1):
        waiting = -1
        last = -1
        ordered = False
        for i in range(starts[c], starts[c + 1]):
            begins = i == starts[c] or at[i] - at[i - 1] > gap
            if begins:
                if waiting >= 0:
                    touch[waiting] = direct
                waiting = -1
                last = -1
                ordered = False
                number += 1
            visit[i] = number
            if order[i] == 1:
                if waiting >= 0:
                    touch[waiting] = direct
                waiting = -1
                ordered = True
                continue
            told = source[i]
            if told < 0 and begins:
                told = referrer[i]
            if told >= 0:
                if told != last:
                    touch[i] = told
                last = told
                waiting = -1
            elif last < 0 and not ordered and waiting < 0:
                waiting = i
        if waiting >= 0:
            touch[waiting] = direct
    return touch, visit


@kernel
def lost(path, at, touch, low, high, lookback, begins, paths):  # type: ignore[no-untyped-def]
    """Number the paths of touches that led to no order; how many paths there are then.

    A path holds what was touched within `lookback` of its first touch. Paths that were over before
    `begins` are not numbered.
    """
    i = low
    while i < high:
        if touch[i] < 0:
            i += 1
            continue
        first = at[i]
        last = first
        j = i
        while j < high and at[j] - first <= lookback:
            if touch[j] >= 0:
                path[j] = paths
                last = at[j]
            j += 1
        if last >= begins:
            paths += 1
        else:
            for k in range(i, j):
                path[k] = -1
        i = j
    return paths


@kernel
def threaded(starts, at, order, touch, visit, lookback, begins):  # type: ignore[no-untyped-def]
    """The path that each touch and each order belongs to.

    An order's path begins after the customer's order before it, and `lookback` before it at most.
    A further order of one visit, with no touch between, shares the path of the order before.

    Args:
        starts: of customers.
        at: instants.
        order: 1 where the row is an order.
        touch: the source touched by row, -1 where none is.
        visit: the number of the visit by row.
        lookback: microseconds.
        begins: orders before this instant only end what came before them.

    Returns:
        The number of the path by row, -1 where there is none; how many paths there are.
    """
    path = np.full(len(at), -1, np.int64)
    paths = 0
    for c in range(len(starts) - 1):
        first = starts[c]
        before = -1
        visit_before = -1
        for i in range(starts[c], starts[c + 1]):
            if order[i] != 1:
                continue
            if at[i] < begins:
                first = i + 1
                continue
            own = first
            while own < i and at[i] - at[own] > lookback:
                own += 1
            paths = lost(path, at, touch, first, own, lookback, begins, paths)
            found = False
            for j in range(own, i):
                if touch[j] >= 0:
                    path[j] = paths
                    found = True
            if found:
                before = paths
                paths += 1
            elif visit[i] != visit_before:
                before = -1
            path[i] = before
            visit_before = visit[i]
            first = i + 1
        paths = lost(path, at, touch, first, starts[c + 1], lookback, begins, paths)
    return path, paths


@kernel
def credited(  # type: ignore[no-untyped-def]
    when, source, ends, order_path, amounts, half_life, first, last, direct, sources
):
    """What each rule credits each source with, in whole units that add up to the orders'.

    Args:
        when: instant of each touch, path after path.
        source: of each touch.
        ends: where each path's touches end.
        order_path: the path of each order.
        amounts: what is to be divided, by order and kind, in whole units.
        half_life: microseconds in which a touch loses half its weight before the last one.
        first: share of the first touch by position.
        last: share of the last touch by position; the rest is the middle's.
        direct: number of the direct source.
        sources: how many there are.

    Returns:
        Credit by rule (last, last non-direct, first, linear, time decay, position), source, kind.
    """
    kinds = amounts.shape[1]
    credit = np.zeros((6, sources, kinds), np.int64)
    longest = 1
    for p in range(len(ends)):
        longest = max(longest, ends[p] - (ends[p - 1] if p > 0 else 0))
    weight = np.empty(longest, np.float64)
    for o in range(len(order_path)):
        p = order_path[o]
        begin = ends[p - 1] if p > 0 else 0
        k = ends[p] - begin
        known = k - 1  # the last touch that is not direct, else the last
        while known > 0 and source[begin + known] == direct:
            known -= 1
        if source[begin + known] == direct:
            known = k - 1
        for kind in range(kinds):
            credit[0, source[begin + k - 1], kind] += amounts[o, kind]
            credit[1, source[begin + known], kind] += amounts[o, kind]
            credit[2, source[begin], kind] += amounts[o, kind]
        for rule in range(3, 6):
            total = 0.0
            largest = 0
            for j in range(k):
                if rule == 3:
                    weight[j] = 1.0
                elif rule == 4:
                    weight[j] = 2.0 ** (-(when[begin + k - 1] - when[begin + j]) / half_life)
                elif k == 1 or (k == 2 and first + last <= 0.0):
                    weight[j] = 1.0
                elif j == 0:
                    weight[j] = first
                elif j == k - 1:
                    weight[j] = last
                else:
                    weight[j] = (1.0 - first - last) / (k - 2)
                total += weight[j]
                if weight[j] >= weight[largest]:
                    largest = j
            for kind in range(kinds):
                amount = amounts[o, kind]
                rest = amount
                for j in range(k):
                    part = floor(weight[j] / total * amount + 0.5)
                    credit[rule, source[begin + j], kind] += part
                    rest -= part
                credit[rule, source[begin + largest], kind] += rest
    return credit
