"""Shares are exact, and random ones distributed as is written there."""

from __future__ import annotations

import os
from collections import Counter
from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from regulars.benefit.envelope.draw import equal_shares, random_shares, share_law
from regulars.errors import InvalidCommand
from regulars.ledger.command import MOST

POOLS = 10_000
TOTAL, COUNT = 8_888, 12
EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "200"))


@pytest.fixture(scope="module")
def pools() -> np.ndarray:
    rng = Random(20261129)
    return np.array([random_shares(TOTAL, COUNT, rng) for _ in range(POOLS)])


counts = st.integers(1, 400)
seeds = st.integers(0, 2**32).map(Random)


@settings(max_examples=EXAMPLES, deadline=None)
@given(counts.flatmap(lambda n: st.tuples(st.integers(n, 10**7), st.just(n))), seeds)
def test_random_shares_sum_to_the_total_and_nobody_gets_less_than_a_coin(pool, rng):
    total, count = pool
    shares = random_shares(total, count, rng)
    assert len(shares) == count
    assert sum(shares) == total
    assert min(shares) >= 1
    assert max(shares) <= share_law(total, count).most


@settings(max_examples=EXAMPLES, deadline=None)
@given(counts.flatmap(lambda n: st.tuples(st.integers(n, 10**7), st.just(n))), seeds)
def test_equal_shares_sum_to_the_total_and_differ_by_a_coin_at_most(pool, rng):
    total, count = pool
    shares = equal_shares(total, count, rng)
    assert len(shares) == count
    assert sum(shares) == total
    assert min(shares) >= 1
    assert max(shares) - min(shares) <= 1


def test_the_coin_more_of_an_equal_share_comes_anywhere():
    rng = Random(1)
    places = Counter(equal_shares(9, 4, rng).index(3) for _ in range(4_000))
    assert chisquare([places[place] for place in range(4)]).pvalue > 0.001


def test_ten_thousand_pools_each_sum_to_the_total_exactly(pools):
    assert (pools.sum(axis=1) == TOTAL).all()
    assert pools.min() >= 1


def test_every_way_to_cut_a_small_total_is_as_likely_as_any_other():
    # 7 coins, 3 shares: C(6, 2) = 15 ways.
    rng = Random(2)
    found = Counter(random_shares(7, 3, rng) for _ in range(15_000))
    ways = {(a, b - a, 7 - b) for a, b in combinations(range(1, 7), 2)}
    assert set(found) == ways
    assert chisquare([found[way] for way in sorted(ways)]).pvalue > 0.001


def test_a_share_is_distributed_as_documented_whatever_its_place(pools):
    law = share_law(TOTAL, COUNT)

    def below(amounts: np.ndarray) -> np.ndarray:
        return np.array([1 - float(law.above(int(one))) for one in np.atleast_1d(amounts)])

    # The law has steps of a coin, far below what 10,000 pools could show.
    for place in (0, COUNT // 2, COUNT - 1):
        assert kstest(pools[:, place], below).pvalue > 0.001
    assert (np.abs(pools.mean(axis=0) / float(law.mean) - 1) < 0.05).all()
    assert (np.abs(pools.var(axis=0) / float(law.variance) - 1) < 0.1).all()


def test_the_law_by_hand():
    # 5 coins, 3 shares: (1,1,3) (1,3,1) (3,1,1) (1,2,2) (2,1,2) (2,2,1); the first share is
    # 1, 1, 3, 1, 2, 2: mean 10/6, mean square (1+1+9+1+4+4)/6 = 20/6, variance 20/6 - 100/36 = 5/9.
    law = share_law(5, 3)
    assert (law.mean, law.variance, law.most) == (Fraction(5, 3), Fraction(5, 9), 3)
    chances = [law.above(x) for x in (-1, 0, 1, 2, 3, 9)]
    assert chances == [1, 1, Fraction(1, 2), Fraction(1, 6), 0, 0]


@pytest.mark.parametrize(("total", "count"), [(10, 0), (10, -1), (9, 10), (0, 1), (20_000, 10_001)])
def test_what_cannot_be_cut_is_refused(total, count):
    for cut in (equal_shares, random_shares):
        with pytest.raises(InvalidCommand):
            cut(total, count, Random(1))


def test_the_largest_and_the_smallest_pools():
    rng = Random(3)
    assert random_shares(1, 1, rng) == (1,)
    assert random_shares(50, 50, rng) == (1,) * 50
    assert random_shares(MOST, 1, rng) == (MOST,)
    assert sum(random_shares(MOST, 10_000, rng)) == MOST
    with pytest.raises(InvalidCommand):
        random_shares(MOST + 1, 2, rng)
