"""The law of a gap where many never return."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import lognorm

from regulars.lifetime.cure_likelihood import Cells, Likelihood, cells_by_day
from regulars.lifetime.cure_mixture import fit_cure_mixture


def simulated(
    n: int, never: float, median: float, spread: float, follow_up: int, seed: int = 3
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Gaps that begin on any day of the follow-up: days seen, and whether they were closed."""
    rng = np.random.default_rng(seed)
    watched = rng.integers(1, follow_up, n)
    gap = np.maximum(1, np.rint(np.exp(rng.normal(np.log(median), spread, n)))).astype(np.int64)
    closed = (rng.random(n) > never) & (gap <= watched)
    return np.where(closed, gap, watched), closed


@pytest.mark.parametrize(
    ("never", "median", "spread"), [(0.6, 45.0, 0.7), (0.2, 20.0, 1.0), (0.9, 60.0, 0.5)]
)
def test_what_was_put_in_is_found_again(never: float, median: float, spread: float) -> None:
    days, closed = simulated(40_000, never, median, spread, 540)
    fit = fit_cure_mixture(cells_by_day(days, closed))
    assert fit.converged
    assert fit.never_returns == pytest.approx(never, abs=0.015)
    assert np.exp(fit.location[0]) == pytest.approx(median, rel=0.05)
    assert fit.spread == pytest.approx(spread, abs=0.03)


def test_the_naive_median_of_closed_gaps_is_biased_short_and_the_fit_is_not() -> None:
    days, closed = simulated(40_000, 0.3, 120.0, 0.8, 300)
    fit = fit_cure_mixture(cells_by_day(days, closed))
    assert np.median(days[closed]) < 90
    assert np.exp(fit.location[0]) == pytest.approx(120, rel=0.12)


def test_the_likelihood_is_the_published_one() -> None:
    cells = cells_by_day([1, 10, 30], [True, True, False])
    law, pi = lognorm(0.9, scale=np.exp(2.5)), 1 / (1 + np.exp(0.4))
    want = (
        np.log((1 - pi) * law.cdf(1.5))
        + np.log((1 - pi) * (law.cdf(10.5) - law.cdf(9.5)))
        + np.log(pi + (1 - pi) * law.sf(30.5))
    )
    theta = np.array([2.5, np.log(0.9), 0.0, -0.4])
    value, _ = Likelihood(cells, False).value_and_gradient(theta)
    assert -value * 3 == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("breaks", [0.001, 0.2])
def test_the_gradient_is_that_of_the_likelihood(breaks: float) -> None:
    rng = np.random.default_rng(5)
    days, closed = simulated(300, 0.4, 30, 1.0, 200)
    n = len(days)
    cells = Cells(
        days.astype(float),
        closed,
        rng.integers(1, 5, n).astype(float),
        rng.normal(0, 0.3, n),
        np.exp(rng.normal(0, 0.2, n)),
        np.column_stack([np.ones(n), rng.normal(size=n)]),
        np.column_stack([np.ones(n), rng.normal(size=n)]),
    )
    model = Likelihood(cells, True)
    theta = np.array([3.1, 0.2, -0.1, np.log(breaks), -0.5, 0.3])
    _, gradient = model.value_and_gradient(theta)
    for index in range(6):
        step = np.eye(6)[index] * 1e-6
        slope = (
            model.value_and_gradient(theta + step)[0] - model.value_and_gradient(theta - step)[0]
        ) / 2e-6
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_counting_equal_gaps_together_changes_nothing() -> None:
    days, closed = simulated(500, 0.5, 30, 0.8, 200)
    together = fit_cure_mixture(cells_by_day(days, closed))
    one = np.ones(len(days))
    each = Cells(days.astype(float), closed, one, one * 0, one, one[:, None], one[:, None])
    apart = fit_cure_mixture(each)
    assert together.log_likelihood == pytest.approx(apart.log_likelihood, rel=1e-9)
    assert together.never_returns == pytest.approx(apart.never_returns, abs=1e-4)
    doubled = fit_cure_mixture(cells_by_day(days, closed, np.full(len(days), 2)))
    assert doubled.log_likelihood == pytest.approx(2 * together.log_likelihood, rel=1e-9)
    assert doubled.location[0] == pytest.approx(together.location[0], abs=1e-4)


def test_breaks_in_the_rhythm_are_told_from_a_wider_spread() -> None:
    rng = np.random.default_rng(8)
    n = 60_000
    spread = np.where(rng.random(n) < 0.08, 3 * 0.4, 0.4)
    gap = np.maximum(1, np.rint(np.exp(rng.normal(np.log(30), spread)))).astype(np.int64)
    closed = (rng.random(n) > 0.2) & (gap <= 500)
    cells = cells_by_day(np.where(closed, gap, 500), closed)
    fit = fit_cure_mixture(cells, with_breaks=True)
    assert fit.converged
    assert fit.breaks == pytest.approx(0.08, abs=0.015)
    assert fit.spread == pytest.approx(0.4, abs=0.01)
    assert fit.never_returns == pytest.approx(0.2, abs=0.01)
    plain = fit_cure_mixture(cells)
    assert fit.log_likelihood > plain.log_likelihood + 100
    # From the bound, where there are no breaks, too.
    again = fit_cure_mixture(cells, start=plain, with_breaks=True)
    assert again.converged
    assert again.breaks == pytest.approx(fit.breaks, abs=1e-4)


def test_a_warm_start_finds_the_same_maximum() -> None:
    days, closed = simulated(5_000, 0.5, 30, 0.8, 300)
    cold = fit_cure_mixture(cells_by_day(days, closed))
    far = replace(cold, location=np.array([6.0]), log_spread=1.0, cure=np.array([3.0]))
    warm = fit_cure_mixture(cells_by_day(days, closed), start=far)
    assert warm.converged
    assert warm.never_returns == pytest.approx(cold.never_returns, abs=1e-4)
    assert warm.log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-4)


def test_when_everybody_returns_the_share_that_never_does_goes_to_nought() -> None:
    days, closed = simulated(5_000, 0.0, 20, 0.5, 2_000)
    fit = fit_cure_mixture(cells_by_day(days, closed))
    assert fit.converged
    assert fit.never_returns < 0.002


def test_a_purchase_of_today_tells_nothing() -> None:
    days, closed = simulated(2_000, 0.5, 2, 1.0, 300)
    fit = fit_cure_mixture(cells_by_day(days, closed))
    today = np.zeros(4_000, np.int64)
    more = fit_cure_mixture(
        cells_by_day(np.append(days, today), np.append(closed, today.astype(bool)))
    )
    assert more.never_returns == pytest.approx(fit.never_returns, abs=1e-4)
    assert more.location == pytest.approx(fit.location, abs=1e-4)


def test_the_variance_is_that_of_repeated_samples() -> None:
    fits = []
    for seed in range(40):
        days, closed = simulated(1_500, 0.5, 40, 0.7, 400, seed)
        fits.append(fit_cure_mixture(cells_by_day(days, closed), with_variance=True))
    told = np.mean([fit.variance for fit in fits], axis=0)
    seen = np.var([[fit.location[0], fit.cure[0]] for fit in fits], axis=0, ddof=1)
    assert seen / told == pytest.approx([1, 1], abs=0.6)


def test_a_lone_gap_far_from_the_rest_is_a_break_and_does_not_stall_the_search() -> None:
    """Found on a grocer's year: near e = 0 the gradient was huge and every step too small."""
    days = np.array([1] * 3 + [40] * 3000 + [41] * 3000 + [39] * 3000)
    fit = fit_cure_mixture(cells_by_day(days, np.ones(len(days), bool)), with_breaks=True)
    assert fit.converged
    assert fit.breaks < 0.01
    assert np.exp(fit.location[0]) == pytest.approx(40, rel=0.01)
