"""Pairs and sequences judged by what was counted: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.insight.affinity.counts import LEAST_TOGETHER
from regulars.insight.statistics.standardised import (
    LEVEL,
    NORMAL_975,
    false_discovery,
    ratio_interval,
    two_sided,
)
from regulars.lifetime.gaps import Bools, Floats, Ints

LEAST = 30
"""Fewer customers or baskets than this behind a share, and it is not told."""
_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Lifts:
    """Lift, its interval, and the chance of as much without any affinity, adjusted for all tests.

    Attributes:
        lift: observed / expected.
        low, high: its 95 % interval.
        adjusted: Benjamini-Hochberg.
        shown: lifted, and not by chance alone.
    """

    lift: Floats
    low: Floats
    high: Floats
    adjusted: Floats
    shown: Bools


def together(both: Ints, squares: Ints, a: Ints, b: Ints, baskets: int, tests: int) -> Lifts:
    """Pairs in one basket.

    Lift = p(ab) / (p(a) p(b)). By the delta method on the four cells of a multinomial (Agresti
    2013, Categorical Data Analysis, 16.1), with n baskets,

        var(ln lift) = d (1 / n_ab - 1 / n_a - 1 / n_b + (2 lift - 1) / n)

    and the test is the chi-square of the fourfold table, divided by d (Rao and Scott 1984, Annals
    of Statistics 12:46). The design effect d = sum n_c^2 / n_ab, over customers c with n_c baskets
    of both, is 1 if each had them once, and as many as the baskets if all are one customer's: one
    household's habit is no affinity.

    Args:
        both: baskets with a and b.
        squares: the sum of squares of each customer's.
        a: baskets with a.
        b: baskets with b.
        baskets: all of them.
        tests: pairs that there could have been.
    """
    n_ab, n_a, n_b = (np.asarray(one, dtype=float) for one in (both, a, b))
    n = float(baskets)
    design = np.asarray(squares, dtype=float) / n_ab
    lift = n_ab * n / (n_a * n_b)
    spread = np.maximum(1 / n_ab - 1 / n_a - 1 / n_b + (2 * lift - 1) / n, 0.0)
    factor = np.exp(NORMAL_975 * np.sqrt(design * spread))
    expected = n_a * n_b / n
    variance = design * expected * (1 - n_a / n) * (1 - n_b / n)
    adjusted = false_discovery(two_sided(n_ab, expected, variance), tests)
    low = lift / factor
    shown = (low > 1) & (adjusted <= 1 - LEVEL)
    return Lifts(lift, low, lift * factor, adjusted, shown)


def expected_shares(followed: Floats, at_risk: Floats) -> Floats:
    """What share would come to b after a if there were no affinity between the two.

    Share of (a, b) = activity of a's buyers x attraction of b, fitted so that the sums over each
    row and each column are those observed (iterative proportional fitting; Deming and Stephan
    1940, Annals of Mathematical Statistics 11:427). So who buys much, and what everybody buys, is
    allowed for.

    Args:
        followed: customers who came to b (column) after a (row).
        at_risk: customers who came to a and had not bought b; 0 on the diagonal.
    """
    activity = np.ones(len(followed))
    attraction = np.ones(len(followed))
    rows, columns = followed.sum(axis=1), followed.sum(axis=0)
    for _ in range(_ROUNDS):
        activity = _over(rows, at_risk @ attraction)
        attraction = _over(columns, activity @ at_risk)
    return np.asarray(np.minimum(np.outer(activity, attraction), 1.0))


def afterwards(followed: Floats, at_risk: Floats, asked: Bools) -> Lifts:
    """Sequences, as square arrays: a in rows, b in columns.

    Lift = share who came to b / share expected (`expected_shares`), with the mid-P interval of the
    share. The expected is taken as known: it rests on all rows and columns together.

    Args:
        followed: customers who came to b after a.
        at_risk: customers who came to a and had not bought b.
        asked: the pairs that are looked at.
    """
    share = expected_shares(followed, at_risk)
    expected = share * at_risk
    told = asked & (at_risk >= LEAST) & (expected > 0)
    some, of = np.where(told, expected, 1.0), np.where(told, at_risk, 1.0)
    seen = np.where(told, followed, 0.0)
    chances = two_sided(seen, some, some * np.maximum(1 - some / of, 0.0))
    adjusted = np.ones_like(share)
    adjusted[told] = false_discovery(chances[told])
    lift = seen / some
    # The exact interval is dear: only where there is something to show.
    shown = told & (lift > 1) & (adjusted <= 1 - LEVEL) & (followed >= LEAST_TOGETHER)
    low, high = np.full_like(lift, np.nan), np.full_like(lift, np.nan)
    if shown.any():
        low[shown], high[shown] = ratio_interval(seen[shown], some[shown], of[shown])
    shown &= np.nan_to_num(low) > 1
    return Lifts(lift, low, high, adjusted, shown)


def _over(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
