"""NBD: nobody stops. Checked by its formulas, by drawn buyers, and as the others' limit."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.errors import CannotTell
from regulars.lifetime.nbd import Nbd
from regulars.lifetime.sufficient import PurchaseSummary, group
from samples.buyers import summary, walk


def buyers(seed: int, n: int = 4000) -> tuple[PurchaseSummary, np.ndarray]:
    rng = np.random.default_rng(seed)
    watched = rng.uniform(20, 60, n)
    rate = rng.gamma(0.9, 1 / 8.0, n)
    repeats, last, after, _ = walk(rng, rate, None, None, watched, later=13.0)
    return summary(repeats, last, watched), after


def test_the_95_percent_intervals_hold_the_truth() -> None:
    held = []
    for seed in range(12):
        interval = Nbd.fit(group(buyers(seed)[0])).fitted.interval()
        held += [
            low <= true <= high for true, (low, high) in zip((0.9, 8.0), interval, strict=True)
        ]
    assert np.mean(held) >= 0.8  # 24 intervals; 95 % less three standard errors


def test_expectation_and_chance_are_met_by_what_follows() -> None:
    bought, after = buyers(3, 20_000)
    groups = group(bought)
    model = Nbd.fit(groups)
    expected = model.expected_purchases(groups, 13.0)[groups.place]
    assert expected.sum() == pytest.approx(after.sum(), rel=0.03)
    chance = model.chance_of_purchase(groups, 13.0)[groups.place]
    assert chance.mean() == pytest.approx((after > 0).mean(), abs=0.01)
    assert np.all((chance >= 0) & (chance <= 1))


def test_the_time_to_the_next_purchase_is_the_chance_turned_round() -> None:
    groups = group(buyers(1, 500)[0])
    model = Nbd.of([0.9, 8.0])
    times = model.time_to_next(groups, 0.4)
    assert model.chance_of_purchase(groups, times) == pytest.approx(np.full(len(times), 0.4))


def test_the_gradient_leads_to_the_maximum_by_hand() -> None:
    """Two kinds of customers: x = 0 and 6 over T = 10; the score equations hold at the fit."""
    x, last = np.repeat([0.0, 6.0], 60), np.repeat([0.0, 9.0], 60)
    bought = PurchaseSummary(np.arange(120), x, last, np.full(120, 10.0), np.full(120, np.nan))
    r, alpha = Nbd.fit(group(bought)).fitted.values
    # d/d alpha: r / alpha = mean of (r + x) / (alpha + T), so r / alpha = mean x / T = 0.3.
    assert r / alpha == pytest.approx(0.3, rel=1e-6)


def test_too_few_repeaters_cannot_tell() -> None:
    bought = PurchaseSummary(*(np.zeros(5) for _ in range(3)), np.full(5, 9.0), np.full(5, np.nan))
    with pytest.raises(CannotTell, match="NBD cannot be fitted to 0 customers"):
        Nbd.fit(group(bought))
