"""Observed against expected: numbers of the papers, by hand, and of SciPy."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from regulars.insight.statistics.standardised import (
    binomial_interval,
    false_discovery,
    mean_interval,
    ratio_interval,
    shrunk_ratios,
    two_sided,
)


def test_the_interval_of_a_share_is_the_exact_mid_p_one() -> None:
    # Nobody of 10: (1 - p)^10 / 2 = 0.025, so p = 1 - 0.05^(1/10) = 0.2589.
    low, high = binomial_interval([0, 10, 7], [10, 10, 40])
    assert (low[0], high[0]) == (0.0, pytest.approx(1 - 0.05**0.1))
    assert (low[1], high[1]) == (pytest.approx(0.05**0.1), 1.0)
    # At the ends, P(more) + P(as many) / 2 is 2.5 % and 97.5 % (Berry and Armitage 1995).
    for end, tail in ((low[2], 0.025), (high[2], 0.975)):
        assert binom.sf(7, 40, end) + binom.pmf(7, 40, end) / 2 == pytest.approx(tail)


@pytest.mark.parametrize("n", [30, 100])
def test_the_interval_holds_the_truth_in_95_of_100_cases(n: int) -> None:
    counts = np.arange(n + 1)
    low, high = binomial_interval(counts, np.full(n + 1, n))
    truths = np.linspace(0.05, 0.95, 181)
    held = [
        float(binom.pmf(counts, n, truth)[(low <= truth) & (truth <= high)].sum())
        for truth in truths
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.006)
    assert min(held) > 0.91


def test_benjamini_and_hochbergs_own_example() -> None:
    # Their fifteen tests (1995, JRSS B 57, section 3.2): at 5 % the first four are rejected.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    adjusted = false_discovery(p)
    assert (adjusted <= 0.05).sum() == 4
    # 4th: min over later of p x 15 / rank = 0.0095 x 15 / 4 = 0.035625.
    assert adjusted[3] == pytest.approx(0.035625)
    # Tests that were made and found nothing count.
    assert false_discovery(p[:4], 15).tolist() == pytest.approx(
        [0.0001 * 15, 0.0004 * 15 / 2, 0.0019 * 15 / 3, 0.0095 * 15 / 4]
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_chances_keep_the_order_and_never_fall(p: list[float]) -> None:
    adjusted = false_discovery(p)
    assert (adjusted >= np.asarray(p) - 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all()


def test_shrunk_ratios_by_hand() -> None:
    # O = 30, 10; E = 20, 20; V = 10, 10. m = 40 / 40 = 1, r = 1.5, 0.5.
    # s = (20 x 0.25 + 20 x 0.25) / 40 = 0.25; noise = (0.5 + 0.5) / 40 = 0.025; t = 0.225.
    # V / E^2 = 0.025, weight = 0.225 / 0.25 = 0.9: 1 + 0.9 x 0.5 = 1.45 and 0.55.
    assert shrunk_ratios([30, 10], [20, 20], [10, 10]).tolist() == pytest.approx([1.45, 0.55])


def test_differences_no_larger_than_noise_are_shrunk_away() -> None:
    # r = 1.05, 0.95; s = 0.0025 < noise 0.025.
    assert shrunk_ratios([21, 19], [20, 20], [10, 10]).tolist() == pytest.approx([1.0, 1.0])


def test_the_less_it_rests_on_the_more_it_is_shrunk() -> None:
    shrunk = shrunk_ratios([300, 3, 150], [200, 2, 251], [100, 1, 120])
    assert shrunk[0] > shrunk[1] > 1


def test_the_test_is_that_of_mantel_and_haenszel() -> None:
    # One stratum of 100 with 40 returns; a group of 50 has 25. E = 20,
    # V = 50 x 0.4 x 0.6 x 50 / 99.
    variance = 50 * 0.4 * 0.6 * 50 / 99
    z = 5 / sqrt(variance)
    assert two_sided([25], [20], [variance])[0] == pytest.approx(2 * norm.sf(z))
    assert two_sided([3], [3], [0])[0] == 1


def test_a_ratio_has_the_interval_of_its_share() -> None:
    low, high = binomial_interval([25], [50])
    ratio_low, ratio_high = ratio_interval([25], [20], [50])
    assert (ratio_low[0], ratio_high[0]) == (
        pytest.approx(low[0] / 0.4),
        pytest.approx(high[0] / 0.4),
    )


def test_a_mean_has_its_normal_interval() -> None:
    # 4 and 12, fifteen times each: mean 8, standard deviation 4, error 4 / sqrt(29).
    mean, low, high = mean_interval([240.0], [15 * 16 + 15 * 144.0], [30])
    half = 1.959964 * 4 / sqrt(29)
    assert (mean[0], low[0], high[0]) == (
        8,
        pytest.approx(8 - half),
        pytest.approx(8 + half),
    )
