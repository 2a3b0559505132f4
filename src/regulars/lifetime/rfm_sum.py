"""The sum of the RFM scores, as the simplest of rankings to be beaten.

Scores by the rule of the shop's RFM (docs/people.md): 1 + floor(5 x share of customers with a
strictly worse value), 5 the best; equal values have equal scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from regulars.lifetime.gaps import Floats


def rfm_sum(recency: ArrayLike, frequency: ArrayLike, monetary: ArrayLike) -> Floats:
    """R + F + M of each customer, from 3 to 15, shape (n,).

    >>> rfm_sum([1, 30, 30, 90, 90], [5, 2, 2, 1, 1], [9.0, 3.0, 2.0, 1.0, 1.0]).tolist()
    [15.0, 10.0, 9.0, 3.0, 3.0]
    """
    return _score(-np.asarray(recency)) + _score(frequency) + _score(monetary)


def _score(value: ArrayLike) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    worse = np.searchsorted(np.sort(array), array, side="left")
    return np.asarray(1.0 + np.floor(5.0 * worse / max(len(array), 1)))
