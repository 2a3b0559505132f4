"""What the search goes by is never less than the truth, wherever it stands."""

from __future__ import annotations

import os
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benefit.quote.baskets import alike, baskets, wallets
from regulars.benefit.quote import bound as module
from regulars.benefit.quote.bound import Bound
from regulars.benefit.quote.rules import fitted, taken_off
from regulars.benefit.quote.table import Table

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "0"))


@pytest.fixture(autouse=True, scope="module")
def few():
    """Tangents are of use with many coupons only, of which not all can be tried."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "FEW", 1)
        yield


def after(table, place, left):
    off = taken_off(table.coupons[place], left)
    return [part - off.get(at, 0) for at, part in enumerate(left)]


def excluded(table, places):
    seen = 0
    for place in places:
        if seen & table.excludes[place]:
            return True
        seen |= table.excludes[place]
    return False


def most_off(table, places, left, more):
    """What the best of these takes off, up to so many, by the first of them; each is of use."""
    found = {}
    for count in range(1, more + 1):
        for some in combinations(places, count):
            if excluded(table, some):
                continue
            now, total = left, 0
            for place in some:
                then = after(table, place, now)
                off = sum(now) - sum(then)
                if not off:
                    break
                now, total = then, total + off
            else:
                found[some[0]] = max(found.get(some[0], 0), total)
    return found


@settings(max_examples=EXAMPLES or 200, deadline=None)
@given(baskets(most_lines=6), wallets(most=7) | alike(most=8), st.integers(0, 1), st.integers(1, 4))
def test_no_combination_takes_off_more_than_the_bounds_say(basket, held, chosen, more):
    left = [line.list_price for line in basket.lines] + [basket.shipping]
    table = Table((one for one in fitted(held, basket) if taken_off(one, left)), left)
    assume(len(table.coupons) > chosen)
    bound = Bound(table, more + chosen)

    now, mask = table.left, 0
    for place in range(chosen):
        now = after(table, place, now)
        mask |= table.excludes[place]
    alive = [
        place for place in range(chosen, len(table.coupons)) if not mask & table.excludes[place]
    ]
    bases = table.bases(now)
    offs = table.now(alive, now, bases)
    hoped = table.ever(alive, offs, now)
    truth = most_off(table, alive, now, more)

    found, begin = bound.ways(alive, hoped, now, bases, bound.begin, more, 0)
    ways = {place: off for off, place in found}
    assert all(off <= ways[place] for place, off in truth.items())

    best = max(truth.values(), default=0)
    found, _ = bound.ways(alive, hoped, now, bases, begin, more, best)
    kept = {place for _, place in found}
    assert {place for place, off in truth.items() if off == best} <= kept

    ranked = sorted(zip(hoped, alive, strict=True), reverse=True)
    for place in alive:
        left_then, mask_then = after(table, place, now), mask | table.excludes[place]
        others = [k for k in alive if k > place and not mask_then & table.excludes[k]]
        for few in range(1, more + 1):
            need = max(most_off(table, others, left_then, few).values(), default=0)
            assert not bound.falls_short(ranked, place, left_then, mask_then, few, need)


@settings(max_examples=EXAMPLES or 150, deadline=None)
@given(baskets(most_lines=6), wallets(most=7) | alike(most=8))
def test_a_second_coupon_takes_off_no_more_than_is_said_without_spreading(basket, held):
    left = [line.list_price for line in basket.lines] + [basket.shipping]
    table = Table((one for one in fitted(held, basket) if taken_off(one, left)), left)
    bases = table.bases(table.left)
    for j, k in combinations(range(len(table.coupons)), 2):
        off = table.off(j, table.left)
        then = after(table, j, table.left)
        assert then == table.left_after(j, off, table.left)
        assert table.off(k, then) <= table.second_at_most(j, off, k, table.left, bases)
