"""Times by bins: exact below 256 seconds, within 1/256 above, and quantiles that add up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline.spread import ERROR, bins_of, quantiles, value_of
from timeline.tie_heavy import BOTH_KERNELS, kernels

SECONDS = st.one_of(
    st.integers(0, 1_000),
    st.integers(0, 1 << 40),
    st.integers(0, 40).map(lambda power: 1 << power),
    st.integers(1, 40).map(lambda power: (1 << power) - 1),
)


@BOTH_KERNELS
@settings(deadline=None)
@given(values=st.lists(SECONDS, min_size=1, max_size=20))
def test_a_value_is_told_within_its_error_and_small_ones_exactly(
    small: int, values: list[int]
) -> None:
    with kernels(small):
        bins = bins_of(np.array(values))
    for value, bin_ in zip(values, bins.tolist(), strict=True):
        assert abs(value_of(bin_) - value) <= (value * ERROR if value >= 256 else 0)


@given(one=SECONDS, other=SECONDS)
def test_a_longer_time_is_never_in_an_earlier_bin(one: int, other: int) -> None:
    first, second = bins_of(np.array(sorted([one, other]))).tolist()
    assert first <= second


def test_bins_are_as_wide_as_stated() -> None:
    # From 256 on two seconds share a bin, from 512 on four; 128 bins make an octave.
    assert bins_of(np.array([255, 256, 257, 258, 511, 512, 515, 516])).tolist() == [
        255, 256, 256, 257, 383, 384, 384, 385,
    ]  # fmt: skip
    assert bins_of(np.array([-5])).tolist() == [0]


@given(
    parts=st.lists(st.lists(st.integers(0, 255), max_size=8), min_size=1, max_size=4),
    share=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]),
)
def test_quantiles_of_sums_are_those_of_all_values_together(
    parts: list[list[int]], share: float
) -> None:
    counted = [pair for part in parts for pair in Counter(part).items()]
    whole = sorted(value for part in parts for value in part)
    found = quantiles([bin_ for bin_, _ in counted], [number for _, number in counted], [share])
    # The smallest value such that so large a share is no larger.
    expected = next(
        (one for k, one in enumerate(whole, 1) if 100 * k >= round(100 * share) * len(whole)), None
    )
    assert found == [expected]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 20.0), (0.51, 30.0), (0.9, 40.0)])
def test_a_quantile_is_a_value_that_occurred(share: float, expected: float) -> None:
    assert quantiles([40, 10, 30, 20], [1, 1, 1, 1], [share]) == [expected]
