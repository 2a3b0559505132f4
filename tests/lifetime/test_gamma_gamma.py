"""Gamma-Gamma: what a customer spends per purchase."""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma as gamma_law

from regulars.errors import CannotTell
from regulars.lifetime.gamma_gamma import GammaGamma, GammaGammaLikelihood
from regulars.lifetime.sufficient import PurchaseSummary
from samples.buyers import spenders

TRUE = (6.25, 3.74, 15.44)
DATA_SETS = int(os.environ.get("REGULARS_EXAMPLES", "10"))


def bought(x: list[float], z: list[float]) -> PurchaseSummary:
    count = np.array(x)
    return PurchaseSummary(np.arange(len(x)), count, count, count, np.array(z))


def test_the_likelihood_is_the_gamma_mixture_of_gammas() -> None:
    """The mean of x amounts is Gamma(px, x nu), nu ~ Gamma(q, gamma): integrated numerically."""
    p, q, scale = TRUE
    want = 0.0
    for x, z in ((1.0, 30.0), (4.0, 22.5)):

        def joint(nu: float, x: float = x, z: float = z) -> float:
            law = gamma_law.pdf(z, p * x, scale=1 / (x * nu))
            return float(law * gamma_law.pdf(nu, q, scale=1 / scale))

        want += np.log(quad(joint, 0, 5, epsabs=0, epsrel=1e-11)[0])
    target = GammaGammaLikelihood(np.array([1.0, 4.0]), np.array([30.0, 90.0]))
    assert target.value_and_gradient(np.log(TRUE))[0] == pytest.approx(want, rel=1e-9)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    some = spenders(1, TRUE, 500)
    used = some.repeats > 0
    target = GammaGammaLikelihood(some.repeats[used], (some.repeats * some.mean_amount)[used])
    for values in (TRUE, (0.3, 0.5, 900.0), (300.0, 40.0, 0.1)):
        theta = np.log(values)
        _, gradient = target.value_and_gradient(theta)
        for index in range(3):
            step = np.eye(3)[index] * 1e-5
            high, low = (target.value_and_gradient(theta + way * step)[0] for way in (1, -1))
            assert gradient[index] == pytest.approx((high - low) / 2e-5, rel=1e-5, abs=1e-4)


def test_the_expected_spend_lies_between_the_own_mean_and_that_of_all() -> None:
    """By hand, p 2, q 3, gamma 10: all 10; x 1, z 40: 2 (10 + 40) / 4; x 9, z 40: 2 370 / 20."""
    model = GammaGamma.of([2.0, 3.0, 10.0])
    told = model.expected_spend(bought([0.0, 1.0, 9.0], [np.nan, 40.0, 40.0]))
    assert told.tolist() == pytest.approx([10.0, 25.0, 37.0])
    assert model.mean_of_new() == pytest.approx(10.0)


def test_the_95_percent_intervals_hold_the_truth_at_that_rate() -> None:
    held = []
    for seed in range(DATA_SETS):
        low, high = GammaGamma.fit(spenders(seed, TRUE, 3_000)).fitted.interval().T
        held.append((low <= TRUE) & (high >= TRUE))
    error = np.sqrt(0.95 * 0.05 / DATA_SETS)
    assert np.mean(held) > 0.95 - 3 * error, np.mean(held, axis=0)


def test_another_currency_scales_gamma_and_nothing_else() -> None:
    one = spenders(4, TRUE, 2_000)
    other = PurchaseSummary(
        one.customer, one.repeats, one.last, one.observed, one.mean_amount * 7.2
    )
    first, second = GammaGamma.fit(one).fitted, GammaGamma.fit(other).fitted
    np.testing.assert_allclose(second.values, first.values * [1, 1, 7.2], rtol=1e-6)
    shift = (one.repeats > 0).sum() * np.log(7.2)
    assert second.log_likelihood == pytest.approx(first.log_likelihood - shift, abs=1e-6)


def test_amounts_that_are_not_positive_are_left_out_and_counted() -> None:
    some = spenders(5, TRUE, 500)
    amount = some.mean_amount.copy()
    chosen = np.flatnonzero(some.repeats > 0)[:7]
    amount[chosen] = [0.0, -3.0, 0.0, -1.0, 0.0, 0.0, -2.0]
    odd = PurchaseSummary(some.customer, some.repeats, some.last, some.observed, amount)
    model = GammaGamma.fit(odd)
    assert model.fitted.left_out == 7
    assert model.fitted.customers == (some.repeats > 0).sum() - 7
    assert np.all(model.expected_spend(odd)[chosen] == model.mean_of_new())


def test_a_law_without_a_mean_says_so() -> None:
    heavy = GammaGamma.of([2.0, 0.9, 10.0])
    with pytest.raises(CannotTell, match="no mean"):
        heavy.mean_of_new()
    with pytest.raises(CannotTell, match="no mean"):
        heavy.expected_spend(bought([0.0, 2.0], [np.nan, 5.0]))
    # One's own purchases are enough: p x + q > 1.
    assert heavy.expected_spend(bought([2.0], [5.0]))[0] == pytest.approx(2 * 20 / 3.9)


def test_too_few_or_all_equal_amounts_give_no_number() -> None:
    with pytest.raises(CannotTell, match="customers who bought again"):
        GammaGamma.fit(bought([1.0] * 20, [5.0] * 20))
    with pytest.raises(CannotTell, match="not identified"):
        GammaGamma.fit(bought([1.0, 2.0] * 50, [5.0] * 100))
