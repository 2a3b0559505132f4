"""Intervals and tests of shares, and the index of one share against another.

- `wilson`: the 95 % interval of a share (Wilson 1927, JASA 22; Brown, Cai and DasGupta 2001,
  Statistical Science 16(2), eq. 4).
- `binomial_p`: the two-sided exact test of a share against a given one, twice the smaller tail.
- `discoveries`: which of many tests still tell something (Benjamini and Hochberg 1995, JRSS B 57).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

Floats = NDArray[np.float64]

Z = 1.959964
"""Of a 95 % interval."""


def wilson(hits: ArrayLike, of: ArrayLike) -> tuple[Floats, Floats]:
    """The bounds of a share's interval; NaN of nobody.

    >>> [round(float(one), 4) for one in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    x, n = np.asarray(hits, dtype=np.float64), np.asarray(of, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = x / n
        centre = share + Z * Z / (2 * n)
        spread = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        scale = 1 + Z * Z / n
        low, high = (centre - spread) / scale, (centre + spread) / scale
    return np.where(x > 0, low, np.where(n > 0, 0.0, np.nan)), np.where(
        x < n, high, np.where(n > 0, 1.0, np.nan)
    )


def binomial_p(hits: ArrayLike, of: ArrayLike, base: ArrayLike) -> Floats:
    """How surprising a share is, the base's taken as given.

    >>> round(float(binomial_p(9, 10, 0.5)), 4)  # 2 (10 + 1) / 1024
    0.0215
    """
    x, n, p = (np.asarray(one, dtype=np.float64) for one in (hits, of, base))
    return np.asarray(
        np.minimum(1.0, 2 * np.minimum(binom.cdf(x, n, p), binom.sf(x - 1, n, p))),
        dtype=np.float64,
    )


def discoveries(p: ArrayLike, rate: float = 0.05) -> NDArray[np.bool_]:
    """Which tests are discoveries when at most so large a share of them may be false.

    >>> discoveries([0.001, 0.04, 0.03, 0.6]).tolist()  # bounds 0.0125, 0.025, 0.0375, 0.05
    [True, False, False, False]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    bound = rate * np.arange(1, len(values) + 1) / max(len(values), 1)
    under = np.flatnonzero(values[order] <= bound)
    found = np.zeros(len(values), dtype=np.bool_)
    if len(under):
        found[order[: under[-1] + 1]] = True
    return found
