"""Observed against expected: interval, test, shrinkage, and many tests at once.

A group is held against what its members would be expected to do if they were like everybody of
their stratum (indirect standardisation; Breslow and Day 1987, Statistical Methods in Cancer
Research II, chapter 2). What is counted here, a return or a following purchase, is not rare, so the
interval is that of a binomial and not of a Poisson count, which would be too wide.

>>> low, high = binomial_interval(np.array([0, 5, 10]), np.array([10, 10, 10]))
>>> low.round(4).tolist(), high.round(4).tolist()
([0.0, 0.212, 0.7411], [0.2589, 0.788, 1.0])
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr

from regulars.lifetime.gaps import Bools, Floats

LEVEL = 0.95
NORMAL_975 = 1.959963984540054
_HALVINGS = 50


def binomial_interval(happened: ArrayLike, of: ArrayLike) -> tuple[Floats, Floats]:
    """The mid-P exact 95 % interval of each share.

    Berry and Armitage 1995, The Statistician 44:417: the ends at which P(more) + P(as many) / 2
    is 2.5 %, or 97.5 %. Found by halving, for all at once.

    Args:
        happened: counts, from 0 to `of`.
        of: of how many, at least 1.
    """
    x, n = np.asarray(happened, dtype=float), np.asarray(of, dtype=float)

    def end(share: float) -> Floats:
        low, high = np.zeros_like(x), np.ones_like(x)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = _mid_tail(x, n, middle) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)

    least = np.where(x == 0, 0.0, end((1 - LEVEL) / 2))
    most = np.where(x == n, 1.0, end((1 + LEVEL) / 2))
    return least, most


def _mid_tail(x: Floats, n: Floats, chance: Floats) -> Floats:
    """P(X > x) + P(X = x) / 2 of a binomial count."""
    as_many = np.where(x > 0, betainc(np.maximum(x, 1), n - np.maximum(x, 1) + 1, chance), 1.0)
    more = np.where(x < n, betainc(np.minimum(x, n - 1) + 1, n - np.minimum(x, n - 1), chance), 0.0)
    return np.asarray((as_many + more) / 2)


def ratio_interval(
    observed: ArrayLike, expected: ArrayLike, of: ArrayLike
) -> tuple[Floats, Floats]:
    """The 95 % interval of observed / expected, the expected taken as known.

    Strata differ, so the count varies a little less than a binomial one: the interval is rather
    too wide than too narrow.
    """
    low, high = binomial_interval(observed, of)
    share = np.asarray(expected, dtype=float) / np.asarray(of, dtype=float)
    return low / share, high / share


def two_sided(observed: ArrayLike, expected: ArrayLike, variance: ArrayLike) -> Floats:
    """The chance of a difference this large or larger if there were none (normal).

    With the hypergeometric variance summed over strata this is the Mantel-Haenszel test (Mantel
    and Haenszel 1959, JNCI 22:719), which allows for the group being part of its own yardstick. 1
    where nothing could vary.
    """
    spread = np.sqrt(np.asarray(variance, dtype=float))
    difference = np.abs(np.asarray(observed, dtype=float) - np.asarray(expected, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, difference / spread, 0.0)
    return np.asarray(2 * ndtr(-z))


def false_discovery(chances: ArrayLike, tests: int | None = None) -> Floats:
    """The Benjamini-Hochberg adjusted chances (1995, JRSS B 57:289), in the order given.

    Args:
        chances: of the single tests.
        tests: how many were made in all, where those not given found nothing.

    >>> false_discovery([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p = np.asarray(chances, dtype=float)
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * (tests or len(p)) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def shrunk_ratios(observed: ArrayLike, expected: ArrayLike, variance: ArrayLike) -> Floats:
    """Ratios drawn towards their common mean, the more so the less each rests on.

    The empirical Bayes estimator by moments of Marshall 1991 (Applied Statistics 40:283), with the
    variance of the count in the place of the Poisson one:

        m = sum O / sum E,  s = sum E (r - m)^2 / sum E,  t = max(s - sum (V / E) / sum E, 0)
        shrunk = m + t / (t + V / E^2) (r - m)

    Args:
        observed: O.
        expected: E, above 0.
        variance: V of O if there were no difference.
    """
    o, e = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    v = np.asarray(variance, dtype=float)
    if not len(o):
        return o
    mean = o.sum() / e.sum()
    ratio = o / e
    between = max(float((e * (ratio - mean) ** 2).sum() - (v / e).sum()) / float(e.sum()), 0.0)
    noise = v / e**2
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(between + noise > 0, between / (between + noise), 0.0)
    return np.asarray(mean + weight * (ratio - mean))


def mean_interval(
    total: ArrayLike, squares: ArrayLike, of: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Mean and the ends of its 95 % interval, from sum, sum of squares and number (normal)."""
    n = np.asarray(of, dtype=float)
    mean = np.asarray(total, dtype=float) / n
    spread = np.maximum(np.asarray(squares, dtype=float) / n - mean**2, 0.0)
    half = NORMAL_975 * np.sqrt(spread / np.maximum(n - 1, 1))
    return mean, mean - half, mean + half


def verdicts(
    chances: NDArray[np.float64], above: Bools, told: Bools, names: tuple[str, str, str]
) -> list[str]:
    """The verdict of each: names are (more than expected, fewer, cannot tell)."""
    more, fewer, unknown = names
    return [
        (more if up else fewer) if known and chance <= 1 - LEVEL else unknown
        for chance, up, known in zip(chances, above, told, strict=True)
    ]
