"""What holds of BG/NBD, MBG/NBD and Pareto/NBD alike."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from regulars.errors import CannotTell
from regulars.lifetime.beta_geometric import BetaGeometricLikelihood
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.pareto_nbd import ParetoLikelihood, ParetoNbd
from regulars.lifetime.purchase_model import prediction_interval
from regulars.lifetime.sufficient import Groups, PurchaseSummary, group
from samples.buyers import beta_geometric_buyers, pareto_buyers

MODELS = [BgNbd, MbgNbd, ParetoNbd]
TRUE = {
    "BG/NBD": (0.9, 8.0, 0.9, 2.5),
    "MBG/NBD": (0.9, 8.0, 0.9, 2.5),
    "Pareto/NBD": (0.9, 8.0, 1.2, 15.0),
}
DATA_SETS = int(os.environ.get("REGULARS_EXAMPLES", "6"))


def buyers(
    model: type[Any], seed: int, watched: NDArray[np.float64], later: float = 0.0
) -> tuple[PurchaseSummary, NDArray[np.float64], NDArray[np.float64]]:
    values = TRUE[model.name]
    if model is ParetoNbd:
        return pareto_buyers(seed, values, watched, later=later)
    return beta_geometric_buyers(
        seed, values, watched, first_may_be_last=model.first_may_be_last, later=later
    )


def likelihood(model: type[Any], groups: Groups) -> Any:
    if model is ParetoNbd:
        return ParetoLikelihood(groups)
    return BetaGeometricLikelihood(groups, model.first_may_be_last)


def mixed_watch(n: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(20.0, 60.0, n)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "values", [(0.25, 4.0, 0.8, 2.4), (3.0, 0.4, 30.0, 9.0), (0.05, 200.0, 0.02, 0.3)]
)
def test_the_gradient_is_that_of_the_likelihood(
    model: type[Any], values: tuple[float, float, float, float]
) -> None:
    groups = group(buyers(model, 3, mixed_watch(300))[0])
    target = likelihood(model, groups)
    theta = np.log(values)
    _, gradient = target.value_and_gradient(theta)
    for index in range(4):
        step = np.eye(4)[index] * 1e-5
        high, low = (target.value_and_gradient(theta + way * step)[0] for way in (1, -1))
        assert gradient[index] == pytest.approx((high - low) / 2e-5, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_the_95_percent_intervals_hold_the_truth_at_that_rate(model: type[Any]) -> None:
    """Within three standard errors of the rate; REGULARS_EXAMPLES gives more data sets and so a
    narrower bound (0.89 with 120)."""
    held = np.array(
        [
            [
                low <= true <= high
                for true, (low, high) in zip(
                    TRUE[model.name],
                    model.fit(group(buyers(model, seed, mixed_watch(3_000, seed))[0]))
                    .fitted.interval()
                    .tolist(),
                    strict=True,
                )
            ]
            for seed in range(DATA_SETS)
        ]
    )
    # Intervals of one data set hold or fail together, hence data sets alone under the root.
    error = np.sqrt(0.95 * 0.05 / DATA_SETS)
    assert held.mean() > 0.95 - 3 * error, held.mean(axis=0)


@pytest.mark.parametrize("model", MODELS)
def test_predictions_are_what_the_buyers_then_do(model: type[Any]) -> None:
    """By kind of history, within four standard errors of the simulation."""
    watched = np.full(60_000, 40.0)
    bought, after, following = buyers(model, 11, watched, later=30.0)
    fitted = model.of(TRUE[model.name])
    expected = fitted.expected_purchases(bought, 30.0)
    chance = fitted.chance_of_purchase(bought, 30.0)
    by_then = fitted.time_to_next(bought, 0.2)
    recency = watched - bought.last
    kinds = {
        "bought once": bought.repeats == 0,
        "one repeat, lately": (bought.repeats == 1) & (recency < 15),
        "one repeat, long ago": (bought.repeats == 1) & (recency >= 15),
        "some repeats, lately": (bought.repeats.clip(2, 6) == bought.repeats) & (recency < 10),
        "some repeats, long ago": (bought.repeats.clip(2, 6) == bought.repeats) & (recency >= 20),
        "many repeats": bought.repeats > 6,
    }
    for kind, rows in kinds.items():
        n = rows.sum()
        assert n > 300, kind
        error = after[rows].std() / np.sqrt(n)
        assert expected[rows].mean() == pytest.approx(after[rows].mean(), abs=4 * error), kind
        came = after[rows] > 0
        error = np.sqrt(came.mean() * (1 - came.mean()) / n) + 1e-9
        assert chance[rows].mean() == pytest.approx(came.mean(), abs=4 * error), kind
        soon = rows & (by_then < 30.0)
        if soon.sum() > 300:
            error = np.sqrt(0.2 * 0.8 / soon.sum())
            share = (following[soon] <= by_then[soon]).mean()
            assert share == pytest.approx(0.2, abs=4 * error), kind
    new = (bought.repeats.mean(), bought.repeats.std() / np.sqrt(len(watched)))
    assert float(fitted.expected_of_new(40.0)) == pytest.approx(new[0], abs=4 * new[1])


@pytest.mark.parametrize("model", MODELS)
def test_the_time_to_the_next_purchase_is_the_chance_read_backwards(model: type[Any]) -> None:
    bought = buyers(model, 5, mixed_watch(200))[0]
    fitted = model.of(TRUE[model.name])
    for chance in (0.05, 0.4, 0.9):
        time = fitted.time_to_next(bought, chance)
        known = np.isfinite(time)
        assert known.any() or chance == 0.9
        back = fitted.chance_of_purchase(bought, np.where(known, time, 0.0))[known]
        np.testing.assert_allclose(back, chance, rtol=1e-6)
        assert np.all(fitted.chance_of_purchase(bought, 1e9)[~known] <= chance + 1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_equal_customers_counted_together_are_the_same_customers(model: type[Any]) -> None:
    watched = np.floor(mixed_watch(800))
    bought = buyers(model, 4, watched)[0]
    whole = PurchaseSummary(
        bought.customer, bought.repeats, np.ceil(bought.last), watched, bought.mean_amount
    )
    groups = group(whole)
    assert len(groups.count) < 750
    each = Groups(
        whole.repeats, whole.last, whole.observed, np.ones(800), np.arange(800, dtype=np.intp)
    )
    together, apart = model.fit(groups).fitted, model.fit(each).fitted
    assert together.log_likelihood == pytest.approx(apart.log_likelihood, abs=1e-7)
    np.testing.assert_allclose(together.values, apart.values, rtol=1e-6)
    np.testing.assert_allclose(together.standard_errors, apart.standard_errors, rtol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_another_unit_of_time_scales_the_times_and_nothing_else(model: type[Any]) -> None:
    """In days for weeks the density of x purchases falls by 7^x, the rest is the same."""
    weeks = buyers(model, 6, mixed_watch(1_500))[0]
    days = PurchaseSummary(
        weeks.customer, weeks.repeats, weeks.last * 7, weeks.observed * 7, weeks.mean_amount
    )
    one, other = model.fit(group(weeks)), model.fit(group(days))
    shift = weeks.repeats.sum() * np.log(7)
    assert other.fitted.log_likelihood == pytest.approx(one.fitted.log_likelihood - shift, abs=1e-6)
    scale = np.array([1, 7, 1, 7 if model is ParetoNbd else 1])
    np.testing.assert_allclose(other.fitted.values, one.fitted.values * scale, rtol=1e-6)
    np.testing.assert_allclose(
        other.expected_purchases(days, 70), one.expected_purchases(weeks, 10), rtol=1e-6
    )


@pytest.mark.parametrize("model", MODELS)
def test_long_histories_neither_overflow_nor_vanish(model: type[Any]) -> None:
    x = np.array([0, 1, 5, 400, 2_000, 2_000, 100_000], float)
    t_x = np.array([0, 1e-3, 3_600, 3_650, 10, 3_650, 3_650], float)
    until = np.full(7, 3_650.0)
    history = PurchaseSummary(np.arange(7), x, t_x, until, np.full(7, np.nan))
    fitted = model.of(TRUE[model.name])
    with np.errstate(over="raise", invalid="raise"):
        alive = fitted.alive(history)
        expected = fitted.expected_purchases(history, 365.0)
        chance = fitted.chance_of_purchase(history, 365.0)
    assert np.all((alive >= 0) & (alive <= 1))
    assert np.all(np.isfinite(expected) & (expected >= 0))
    assert np.all((chance >= 0) & (chance <= np.minimum(alive, expected) + 1e-12))
    # 2,000 purchases in ten days, then ten years of silence.
    assert alive[4] == 0
    # Bought to the last day: as good as alive.
    assert alive[5] > 0.9
    assert np.isfinite(fitted.log_likelihood(group(history)))


@pytest.mark.parametrize("model", MODELS)
def test_a_customer_of_today_tells_nothing_but_does_no_harm(model: type[Any]) -> None:
    bought = buyers(model, 8, mixed_watch(1_500))[0]
    groups = group(bought)
    today = Groups(
        np.append(groups.repeats, 0.0),
        np.append(groups.last, 0.0),
        np.append(groups.observed, 0.0),
        np.append(groups.count, 500.0),
        groups.place,
    )
    one, other = model.fit(groups).fitted, model.fit(today).fitted
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    np.testing.assert_allclose(other.values, one.values, rtol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_too_few_who_bought_again_are_told_so(model: type[Any]) -> None:
    few = group(buyers(model, 1, mixed_watch(30))[0])
    with pytest.raises(CannotTell, match="customers who bought again") as told:
        model.fit(few)
    assert "30 are needed" in str(told.value)


@pytest.mark.parametrize("model", MODELS)
def test_where_nobody_stops_the_law_of_stopping_is_not_identified(model: type[Any]) -> None:
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(2.0, 3.0, 400)).astype(float)
    t_x = np.where(x > 0, 50.0 * rng.random(400) ** (1 / np.maximum(x, 1)), 0.0)
    history = PurchaseSummary(np.arange(400), x, t_x, np.full(400, 50.0), np.full(400, np.nan))
    with pytest.raises(CannotTell, match="not identified"):
        model.fit(group(history))


def test_two_in_a_row_is_a_regular_not_a_fit_of_pareto() -> None:
    """All customers alike: r and alpha run off together, and no number is given."""
    x = np.full(300, 5.0)
    history = PurchaseSummary(
        np.arange(300), x, np.linspace(40, 49, 300), np.full(300, 50.0), np.full(300, np.nan)
    )
    with pytest.raises(CannotTell, match="not identified"):
        ParetoNbd.fit(group(history))


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_tells_how_it_was_found(model: type[Any]) -> None:
    fitted = model.fit(group(buyers(model, 9, mixed_watch(2_000))[0])).fitted
    assert fitted.converged
    assert fitted.gradient < 1e-8
    assert fitted.iterations > 0
    assert "3 of 3 starts" in fitted.message
    assert fitted.customers == 2_000
    assert np.all(np.isfinite(fitted.standard_errors) & (fitted.standard_errors > 0))
    low, high = fitted.interval().T
    assert np.all((low < fitted.values) & (fitted.values < high))


@pytest.mark.parametrize("model", MODELS)
def test_a_prediction_has_an_interval_that_shrinks_with_data(model: type[Any]) -> None:
    widths = []
    for n in (400, 6_400):
        fitted = model.fit(group(buyers(model, 10, mixed_watch(n))[0]))
        low, high = prediction_interval(fitted, lambda one: one.expected_of_new([30.0]), draws=100)
        assert low[0] < float(fitted.expected_of_new(30.0)) < high[0]
        widths.append(high[0] - low[0])
    assert widths[1] < widths[0] / 2
    with pytest.raises(ValueError, match="no intervals"):
        prediction_interval(model.of(TRUE[model.name]), lambda one: one.expected_of_new([1.0]))


@pytest.mark.parametrize("model", MODELS)
def test_several_horizons_are_answered_at_once(model: type[Any]) -> None:
    bought = buyers(model, 12, mixed_watch(40))[0]
    fitted = model.of(TRUE[model.name])
    many = np.array([[0.0, 7.0, 30.0]])
    for question in (fitted.expected_purchases, fitted.chance_of_purchase):
        table = question(bought, many)
        assert table.shape == (40, 3)
        assert np.all(table[:, 0] == 0)
        for column, horizon in enumerate(many[0]):
            np.testing.assert_allclose(table[:, column], question(bought, horizon), rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_questions_without_sense_are_refused(model: type[Any]) -> None:
    bought = buyers(model, 13, mixed_watch(5))[0]
    fitted = model.of(TRUE[model.name])
    for horizon in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="horizon"):
            fitted.expected_purchases(bought, horizon)
    for chance in (0.0, 1.0, np.nan):
        with pytest.raises(ValueError, match="chance"):
            fitted.time_to_next(bought, chance)
    with pytest.raises(ValueError, match="positive parameters"):
        model.of([1.0, -1.0, 1.0, 1.0])
