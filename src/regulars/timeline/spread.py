"""How long things take: counts by bins that add up, and the quantiles that can be told from them.

Whole seconds below 256 have a bin each. Above, every doubling is cut into 128 bins of equal width,
and what falls into one is told by the bin's middle: off by less than 1 in 256, which is 0.4 %. A
century fits into 3,300 bins; counts of any two stretches may be added up.

>>> bins_of(np.array([0, 127, 255, 256, 257, 3600])).tolist()
[0, 127, 255, 256, 256, 737]
>>> value_of(737), value_of(127)
(3607.5, 127.0)
>>> quantiles(np.array([10, 20]), np.array([1, 3]), [0.5, 0.25])
[20.0, 10.0]
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from regulars.timeline.kernels.spread import binned

Ints = npt.NDArray[np.int64]

WIDTH = 128
"""Bins of an octave."""
_BITS = 7
ERROR = 1 / 256
"""Of a told value, at most, relative to the true one; below 256 there is none."""


def bins_of(values: Ints) -> Ints:
    """The bin of each value, from 0 on.

    Args:
        values: whole numbers; below zero is told as zero.
    """
    bins: Ints = binned(np.asarray(values, np.int64), _BITS)
    return bins


def value_of(bin_: int) -> float:
    """The value in the middle of a bin, of the whole numbers that fall into it."""
    shift = max(bin_ // WIDTH - 1, 0)
    least = (bin_ - shift * WIDTH) << shift
    return least + ((1 << shift) - 1) / 2


def quantiles(
    bins: Sequence[int] | Ints, counts: Sequence[int] | Ints, at: Sequence[float]
) -> list[float | None]:
    """The values below or at which such shares of the whole lie.

    The value is one that occurred (to the bin): the smallest whose share is reached, as of
    `percentile_disc` of SQL.

    Args:
        bins: that occur, in any order, each once or more often.
        counts: how many are in each.
        at: shares from 0 to 1.

    Returns:
        One value for each share; None where nothing was counted.
    """
    order = np.argsort(np.asarray(bins, np.int64), kind="stable")
    sorted_bins = np.asarray(bins, np.int64)[order]
    summed = np.cumsum(np.asarray(counts, np.int64)[order])
    total = int(summed[-1]) if len(summed) else 0
    if not total:
        return [None for _ in at]
    found: list[float | None] = []
    for share in at:
        # A share such as 0.9 of 10 is 9.000000000000002 by some ways of reckoning.
        rank = min(max(int(np.ceil(round(share * total, 9))), 1), total)
        found.append(value_of(int(sorted_bins[np.searchsorted(summed, rank, side="left")])))
    return found
