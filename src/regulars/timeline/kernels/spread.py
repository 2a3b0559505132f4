"""The bin that a whole number falls into: `timeline.spread` tells which bins there are."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def binned(values, bits):  # type: ignore[no-untyped-def]
    """The bin of each value; below zero is told as zero.

    Args:
        values: whole numbers.
        bits: two to this power is the number of bins of an octave.
    """
    bins = np.empty(len(values), np.int64)
    whole = 2 << bits
    for i in range(len(values)):
        value = max(values[i], 0)
        shift = 0
        while value >= whole:
            value >>= 1
            shift += 1
        bins[i] = (shift << bits) + value
    return bins
