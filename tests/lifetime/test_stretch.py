"""Quantities stretch gaps where the data show it, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.lifetime.cycle_fit import fit_cycle
from regulars.lifetime.gaps import GapHistory, gap_history
from regulars.lifetime.stretch import NO_STRETCH, stretch_of

UNTIL = 500


def shop(theta: float, customers: int = 6000, seed: int = 3) -> GapHistory:
    """Up to six purchases of 1, 2, 4 or 8 pieces, each gap 15 pieces^theta days, lognormal 0.5."""
    rng = np.random.default_rng(seed)
    pieces = rng.choice([1.0, 2.0, 4.0, 8.0], (customers, 6))
    gap = np.rint(15 * pieces**theta * np.exp(rng.normal(0, 0.5, (customers, 6)))).clip(1)
    start = rng.integers(0, 200, customers)[:, None]
    day = start + np.column_stack([np.zeros(customers), gap.cumsum(axis=1)[:, :-1]])
    bought = 1 + rng.binomial(5, 0.6, customers)
    there = (np.arange(6) < bought[:, None]) & (day <= UNTIL)
    who = np.repeat(np.arange(customers), there.sum(axis=1))
    return gap_history(who, day[there].astype(int), quantity=pieces[there])


@pytest.mark.parametrize("theta", [0.3, 0.6, 1.0])
def test_the_exponent_is_recovered_from_first_gaps(theta: float) -> None:
    assert stretch_of(shop(theta), UNTIL).theta == pytest.approx(theta, abs=0.1)


def test_quantities_without_an_effect_stretch_nothing() -> None:
    assert stretch_of(shop(0.0), UNTIL) == NO_STRETCH


def test_nobody_counts_or_too_few_gaps_stretch_nothing() -> None:
    counted = shop(0.6)
    assert stretch_of(gap_history(counted.customer, counted.day), UNTIL) == NO_STRETCH
    assert stretch_of(shop(0.6, customers=60), UNTIL) == NO_STRETCH


def test_measured_gaps_are_those_of_the_usual_quantity() -> None:
    """8 pieces against a usual 2 at theta 0.5: 60 days count as 60 / (8/2)^0.5 = 30."""
    history = gap_history([0, 0, 0], [0, 60, 90], quantity=[8, 2, 8])
    measured = history.measured_by(history.clock, theta=0.5, usual=float(np.log(2)))
    assert measured.days(90).tolist() == [30, 30, 0]
    assert measured.sum_log.tolist() == pytest.approx([0, np.log(30), 2 * np.log(30)])
    assert measured.last_day_within(np.full(3, 30.0)).tolist() == [60, 90, 150]


def test_a_stretched_fit_knows_the_customers_rhythm_better() -> None:
    """The spread of later gaps falls to about the 0.5 that they were made with."""
    history = shop(0.8)
    stretch = stretch_of(history, UNTIL)
    plain = fit_cycle(history, UNTIL)
    better = fit_cycle(history.measured_by(history.clock, stretch.theta, stretch.usual), UNTIL)
    assert plain.laws[0].spread > 0.75
    assert better.laws[0].spread == pytest.approx(0.5, abs=0.05)
