"""What holds of every lifetime model, whatever the numbers."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.errors import CannotTell
from regulars.lifetime.beta_geometric import BetaGeometricLikelihood
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.gamma_gamma import GammaGamma
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.pareto_nbd import ParetoLikelihood, ParetoNbd
from regulars.lifetime.sufficient import PurchaseSummary, group, summarise

laws = settings(
    max_examples=int(os.environ.get("REGULARS_EXAMPLES", "40")),
    deadline=None,
    derandomize="REGULARS_EXAMPLES" not in os.environ,
)

shapes = st.floats(-3.5, 4.5).map(lambda log: float(np.exp(log)))
scales = st.floats(-2.0, 7.0).map(lambda log: float(np.exp(log)))
horizons = st.floats(0.01, 2_000.0)


@st.composite
def models(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from([BgNbd, MbgNbd, ParetoNbd]))
    fourth = scales if kind is ParetoNbd else shapes
    return kind.of([draw(shapes), draw(scales), draw(shapes), draw(fourth)])


@st.composite
def customers(draw: st.DrawFn) -> PurchaseSummary:
    """One customer, seen at ever later times without a further purchase."""
    x = float(draw(st.integers(0, 300)))
    t_x = draw(st.floats(0.01, 1_500.0)) if x else 0.0
    silence = np.array([0.0, *sorted(draw(st.lists(st.floats(0.01, 3_000), min_size=5)))[:30]])
    n = len(silence)
    return PurchaseSummary(
        np.arange(n), np.full(n, x), np.full(n, t_x), t_x + silence, np.full(n, np.nan)
    )


@laws
@given(models(), customers(), horizons)
def test_chances_are_chances_and_never_above_the_mean(
    model: Any, history: PurchaseSummary, horizon: float
) -> None:
    alive = model.alive(history)
    chance = model.chance_of_purchase(history, horizon)
    mean = model.expected_purchases(history, horizon)
    assert np.all((alive >= 0) & (alive <= 1))
    assert np.all((chance >= 0) & (chance <= alive * (1 + 1e-9)))
    # Of whole numbers, the chance of one or more is no more than their mean (Markov).
    assert np.all(chance <= mean * (1 + 1e-8) + 1e-300)
    assert np.all(np.isfinite(mean))


@laws
@given(models(), customers())
def test_silence_never_makes_a_customer_more_alive(model: Any, history: PurchaseSummary) -> None:
    alive = model.alive(history)
    assert np.all(np.diff(alive) <= 1e-9 * alive[:-1] + 1e-15)
    if isinstance(model, BgNbd) and history.repeats[0] == 0:
        assert np.all(alive == 1)


@laws
@given(models(), customers(), horizons, horizons)
def test_a_longer_horizon_never_lowers_mean_or_chance(
    model: Any, history: PurchaseSummary, one: float, other: float
) -> None:
    near, far = sorted([one, other])
    for question in (model.expected_purchases, model.chance_of_purchase):
        assert np.all(question(history, near) <= question(history, far) * (1 + 1e-8))
    assert np.all(model.expected_of_new(near) <= model.expected_of_new(far) * (1 + 1e-8))


@laws
@given(models(), customers(), st.floats(0.01, 0.98))
def test_the_time_to_the_next_purchase_rises_with_the_chance_asked_for(
    model: Any, history: PurchaseSummary, chance: float
) -> None:
    soon, late = model.time_to_next(history, chance), model.time_to_next(history, chance + 0.01)
    assert not np.any(np.isnan(soon) | np.isnan(late))
    assert np.all((soon > 0) & (soon <= late))


@laws
@given(models(), st.integers(0, 10_000), st.floats(0.05, 30))
def test_the_likelihood_knows_no_order_and_no_unit(model: Any, seed: int, scale: float) -> None:
    """In another unit of time the density of x purchases is divided by scale^x, no more."""
    rng = np.random.default_rng(seed)
    who, day = rng.integers(0, 60, 200), rng.integers(0, 200, 200)
    bought = summarise(who, day, 200)
    value = model.log_likelihood(group(bought))
    mixed = rng.permutation(len(bought.customer))
    other = PurchaseSummary(
        bought.customer,
        bought.repeats[mixed],
        bought.last[mixed] * scale,
        bought.observed[mixed] * scale,
        bought.mean_amount,
    )
    r, alpha, third, fourth = model.fitted.values
    time = scale if isinstance(model, ParetoNbd) else 1.0
    scaled = model.of([r, alpha * scale, third, fourth * time])
    again = scaled.log_likelihood(group(other)) + bought.repeats.sum() * np.log(scale)
    np.testing.assert_allclose(again, value, rtol=1e-8)


@laws
@given(models(), st.integers(0, 10_000))
def test_the_gradient_is_that_of_the_likelihood(model: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = group(summarise(rng.integers(0, 40, 120), rng.integers(0, 100, 120), 100))
    target = (
        ParetoLikelihood(groups)
        if isinstance(model, ParetoNbd)
        else BetaGeometricLikelihood(groups, model.first_may_be_last)
    )
    theta = np.log(model.fitted.values)
    value, gradient = target.value_and_gradient(theta)
    assert np.isfinite(value)
    for index in range(4):
        step = np.eye(4)[index] * 1e-5
        high, low = (target.value_and_gradient(theta + way * step)[0] for way in (1, -1))
        np.testing.assert_allclose(gradient[index], (high - low) / 2e-5, rtol=1e-4, atol=2e-3)


@settings(laws, max_examples=max(8, int(os.environ.get("REGULARS_EXAMPLES", "8")) // 5))
@given(
    st.sampled_from([BgNbd, MbgNbd, ParetoNbd]),
    st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=6), min_size=35, max_size=90),
)
def test_a_shop_gets_a_model_or_a_named_cannot_tell(
    kind: type[Any], histories: list[list[int]]
) -> None:
    who = np.concatenate([np.full(len(days), i) for i, days in enumerate(histories)])
    groups = group(summarise(who, np.concatenate(histories), 300))
    try:
        fitted = kind.fit(groups).fitted
    except CannotTell:
        return
    assert fitted.converged
    assert np.all(np.isfinite(fitted.values) & (fitted.values > 0))
    assert np.all(np.isfinite(fitted.standard_errors))


@laws
@given(shapes, shapes.map(lambda q: q + 1.001), scales, st.floats(0.1, 5_000), st.integers(1, 500))
def test_the_expected_spend_lies_between_the_own_mean_and_that_of_all(
    p: float, q: float, scale: float, mean: float, purchases: int
) -> None:
    model = GammaGamma.of([p, q, scale])
    x = np.array([float(purchases)])
    told = model.expected_spend(PurchaseSummary(np.array([0]), x, x, x, np.array([mean])))[0]
    low, high = sorted([mean, model.mean_of_new()])
    assert low * (1 - 1e-9) <= told <= high * (1 + 1e-9)
