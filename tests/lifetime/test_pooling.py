"""Priors from like groups."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.errors import CannotTell
from regulars.lifetime.fitting import Prior
from regulars.lifetime.gamma_gamma import GammaGamma
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.pooling import pooled_prior, prior_around
from regulars.lifetime.sufficient import Groups, PurchaseSummary, group
from samples.buyers import beta_geometric_buyers

CENTRE = np.log([0.9, 8.0, 0.9, 2.5])
SPREAD = 0.3


def shop(seed: int, n: int) -> tuple[Groups, np.ndarray]:
    """Buyers of a shop whose parameters are drawn about the centre."""
    values = np.exp(CENTRE + SPREAD * np.random.default_rng(1_000 + seed).normal(size=4))
    watched = np.random.default_rng(seed).uniform(20, 60, n)
    bought = beta_geometric_buyers(seed, tuple(values), watched, first_may_be_last=True)[0]
    return group(bought), values


@pytest.fixture(scope="module")
def prior() -> Prior:
    return pooled_prior([MbgNbd.fit(shop(seed, 6_000)[0]).fitted for seed in range(10)])


def test_the_prior_finds_centre_and_spread_of_the_shops(prior: Prior) -> None:
    assert np.abs(prior.centre - CENTRE).max() < 3 * SPREAD / np.sqrt(10) + 0.1
    deviation = np.sqrt(np.diag(prior.covariance))
    assert np.all((deviation > 0.15) & (deviation < 0.8))


def test_a_shop_with_few_customers_gets_an_answer_with_honest_intervals(prior: Prior) -> None:
    """40 shops of 25 customers each, too few alone: 95 % intervals hold the truth in 160 cases."""
    held = []
    for seed in range(100, 140):
        groups, true = shop(seed, 25)
        with pytest.raises(CannotTell):
            MbgNbd.fit(groups)
        fitted = MbgNbd.fit(groups, prior).fitted
        assert fitted.with_prior
        low, high = fitted.interval().T
        held.append((low <= true) & (true <= high))
    assert np.mean(held) > 0.87


def test_data_move_the_answer_away_from_the_prior_and_narrow_it(prior: Prior) -> None:
    errors = []
    for n in (30, 300, 8_000):
        groups, true = shop(7, n)
        fitted = MbgNbd.fit(groups, prior).fitted
        errors.append(np.sqrt(np.diag(fitted.log_covariance)))
    assert np.all(errors[1] < errors[0])
    assert np.all(errors[2] < errors[1] / 1.5)
    alone = MbgNbd.fit(groups).fitted
    np.testing.assert_allclose(fitted.values, alone.values, rtol=0.05)
    assert np.abs(np.log(fitted.values / true)).max() < 0.3


def test_without_customers_the_answer_is_the_prior(prior: Prior) -> None:
    nobody = np.zeros(0)
    empty = Groups(nobody, nobody, nobody, nobody, np.zeros(0, np.intp))
    for model in (MbgNbd, ParetoNbd):
        fitted = model.fit(empty, prior).fitted
        np.testing.assert_allclose(np.log(fitted.values), prior.centre, atol=1e-6)
        np.testing.assert_allclose(fitted.log_covariance, prior.covariance, rtol=1e-4, atol=1e-6)
    amounts = Prior(np.log([6.0, 4.0, 2e7]), np.diag([0.1, 0.2, 0.3]))
    unsold = PurchaseSummary(np.zeros(0, np.int64), nobody, nobody, nobody, nobody)
    spend = GammaGamma.fit(unsold, amounts).fitted
    np.testing.assert_allclose(spend.values, [6.0, 4.0, 2e7], rtol=1e-6)


def test_a_prior_around_one_fit_is_as_wide_as_its_error_and_the_spread() -> None:
    fit = MbgNbd.fit(shop(1, 6_000)[0]).fitted
    prior = prior_around(fit, 0.5)
    np.testing.assert_allclose(np.exp(prior.centre), fit.values)
    want = np.diag(fit.log_covariance) + 0.25
    np.testing.assert_allclose(np.diag(prior.covariance), want)
    with pytest.raises(ValueError, match="spread"):
        prior_around(fit, 0.0)


def test_too_few_groups_or_given_parameters_make_no_prior() -> None:
    fits = [MbgNbd.fit(shop(seed, 6_000)[0]).fitted for seed in range(2)]
    with pytest.raises(CannotTell, match="6 are needed"):
        pooled_prior(fits)
    with pytest.raises(ValueError, match="fits of one model"):
        pooled_prior([MbgNbd.of([1.0, 1.0, 1.0, 1.0]).fitted] * 8)
