"""Discounted purchases and lifetime value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import hyperu

from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.lifetime_value import (
    continuous_rate,
    discounted_purchases,
    lifetime_value,
)
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.purchase_model import PurchaseModel
from samples.buyers import summary

MODELS: list[PurchaseModel] = [
    BgNbd.of([0.243, 4.414, 0.793, 2.426]),
    MbgNbd.of([0.525, 6.183, 0.891, 1.614]),
    ParetoNbd.of([0.553, 10.578, 0.606, 11.669]),
]
ROWS = summary(np.array([0.0, 2, 26]), np.array([0.0, 30.43, 30.86]), np.array([38.86, 38.86, 31]))


def test_without_a_horizon_it_is_the_published_closed_form_of_pareto_nbd() -> None:
    """DERT, Fader, Hardie, Lee (2005), JMR 42:415-430: P(alive) R / (alpha+T) B^s d^(s-1)
    Psi(s, s; d B), B = beta + T. The case is that of the manual of the R package BTYD."""
    r, alpha, s, beta = values = (0.5629966, 12.5590370, 0.4081095, 10.5148048)
    model = ParetoNbd.of(values)
    one = summary(np.array([7.0]), np.array([35.0]), np.array([77.86]))
    rate, length = 0.0027, beta + 77.86
    active = length**s * rate ** (s - 1) * hyperu(s, s, rate * length)
    want = model.alive(one)[0] * (r + 7) / (alpha + 77.86) * active
    assert discounted_purchases(model, one, rate)[0] == pytest.approx(want, rel=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_within_a_horizon_each_purchase_is_discounted_from_its_time(model: PurchaseModel) -> None:
    rate, horizon = 0.02, 104.0
    told = discounted_purchases(model, ROWS, rate, horizon)
    for row in range(3):
        part = summary(*(c[row : row + 1] for c in (ROWS.repeats, ROWS.last, ROWS.observed)))

        def kept(t: float, part: object = part) -> float:
            return float(np.exp(-rate * t) * model.expected_purchases(part, t)[0])  # type: ignore[arg-type]

        want = kept(horizon) + rate * quad(kept, 0, horizon, epsrel=1e-10)[0]
        assert told[row] == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_without_discount_it_is_the_mean_and_with_it_less(model: PurchaseModel) -> None:
    plain = discounted_purchases(model, ROWS, 0.0, 52.0)
    np.testing.assert_allclose(plain, model.expected_purchases(ROWS, 52.0))
    cheap, dear = (discounted_purchases(model, ROWS, rate, 52.0) for rate in (1e-9, 0.05))
    np.testing.assert_allclose(cheap, plain, rtol=1e-6)
    assert np.all((dear < plain) & (dear > 0))
    assert np.all(discounted_purchases(model, ROWS, 0.05) > dear)


def test_nothing_bounds_the_time_is_refused() -> None:
    for rate, horizon in ((0.0, np.inf), (-0.1, 5.0), (0.1, -5.0), (np.nan, 5.0)):
        with pytest.raises(ValueError, match="rate and horizon"):
            discounted_purchases(MODELS[0], ROWS, rate, horizon)
    with pytest.raises(ValueError, match="yearly rate"):
        continuous_rate(-1.0, 365)


def test_the_value_is_purchases_times_spend_times_margin() -> None:
    assert lifetime_value([2.0, 0.0], [50.0, 80.0], 0.4).tolist() == [40.0, 0.0]
    with pytest.raises(ValueError, match="margin"):
        lifetime_value([1.0], [1.0], 30)
