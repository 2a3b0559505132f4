"""Who buys next: taught by earlier windows, honest where it cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.lifetime import ranker
from regulars.lifetime.boosting import GRID, Growth, grow, tuned
from regulars.lifetime.forecast import Bench, expected_purchases
from regulars.lifetime.logistic import Scale, logit, ridge_logistic
from regulars.lifetime.purchase_days import CATEGORIES, bought_by_category, bought_by_customer
from regulars.lifetime.ranker import CANNOT_TELL, Ranked, Winner, rank
from regulars.lifetime.recipes import MODELS, RECIPES, STACK
from regulars.lifetime.scoring import auc, calibration
from regulars.lifetime.season_ratio import season_shift, shift_to, shifted, trend_shift
from regulars.lifetime.windows import Window, training_days


def shop(
    customers: int, days: int, seed: int = 1, pace: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Purchases of customers who come one by one, buy at their own rate and stop one day."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 1 / 30, customers)
    first = rng.integers(0, days - 10, customers)
    stop = first + rng.exponential(300, customers)
    weight = np.ones(days) if pace is None else pace
    who, when = [np.arange(customers)], [first]
    for day in range(days):
        buys = (first < day) & (stop > day) & (rng.random(customers) < rate * weight[day])
        who.append(np.flatnonzero(buys))
        when.append(np.full(int(buys.sum()), day))
    return np.concatenate(who), np.concatenate(when)


@pytest.fixture(scope="module")
def purchases() -> tuple[np.ndarray, np.ndarray]:
    return shop(1_500, 300)


@pytest.fixture(scope="module")
def bench(purchases: tuple[np.ndarray, np.ndarray]) -> Bench:
    return Bench.of(bought_by_customer(*purchases), 30)


@pytest.fixture(scope="module")
def window(bench: Bench) -> Window:
    found = bench.whole.at(260)
    assert found is not None
    return found


def test_the_blend_ranks_and_is_calibrated_on_a_shop_it_has_not_seen(
    bench: Bench, window: Window
) -> None:
    told = bench.forecasts(["blend"], 260)["blend"].chance(window)
    assert auc(told, window.came) > 0.75
    # Bins of 134 customers scatter by 0.03 on their own.
    assert calibration(told, window.came).error < 0.05
    expected = float(expected_purchases(window, told).sum())
    assert expected == pytest.approx(window.count.sum(), rel=0.1)


def test_every_recipe_tells_chances(bench: Bench, window: Window) -> None:
    scorers = bench.scorers(RECIPES, 260)
    assert set(scorers) == set(RECIPES)
    for name, scorer in scorers.items():
        told = scorer.chance(window)
        assert told.shape == window.came.shape, name
        assert np.all((told >= 0) & (told <= 1)), name


def test_purchases_after_the_day_change_nothing(
    purchases: tuple[np.ndarray, np.ndarray],
) -> None:
    who, day = purchases
    known = day <= 260
    with_future = rank(who, day, as_of=260, horizons=(30,))
    without = rank(who[known], day[known], as_of=260, horizons=(30,))
    np.testing.assert_array_equal(with_future.customer, without.customer)
    np.testing.assert_array_equal(with_future.chance, without.chance)
    np.testing.assert_array_equal(with_future.expected, without.expected)


def test_the_order_of_purchases_changes_nothing(purchases: tuple[np.ndarray, np.ndarray]) -> None:
    who, day = purchases
    mixed = np.random.default_rng(0).permutation(len(who))
    one = rank(who, day, as_of=299, horizons=(30,))
    other = rank(who[mixed], day[mixed], as_of=299, horizons=(30,))
    np.testing.assert_array_equal(one.chance, other.chance)


def test_told_part_by_part_all_stays_the_same(
    purchases: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    who, day = purchases
    what = (who + day) % 3
    whole = rank(who, day, None, what, as_of=299, horizons=(30,))
    monkeypatch.setattr(ranker, "_PART", 100)
    parts = rank(who, day, None, what, as_of=299, horizons=(30,))
    np.testing.assert_allclose(parts.chance, whole.chance, rtol=1e-9)


def test_in_categories_every_customer_is_told_in_each_it_has_bought(
    purchases: tuple[np.ndarray, np.ndarray],
) -> None:
    who, day = purchases
    what = (who + day) % 3
    found = rank(who, day, None, what, as_of=299, horizons=(30,))
    pairs = np.unique(who * CATEGORIES + what)
    np.testing.assert_array_equal(found.customer, pairs)
    assert found.recipe == "blend"
    assert np.isfinite(found.chance).all()


def test_a_young_shop_is_told_by_the_models_alone() -> None:
    found = rank(*shop(400, 60), as_of=59, horizons=(30, 90))
    assert found.recipes == {30: MODELS, 90: MODELS}
    assert np.all((found.chance > 0) & (found.chance < 1))
    # More days, more chance and more purchases.
    assert np.all(found.chance[:, 1] > found.chance[:, 0])
    assert np.all(found.expected[:, 1] > found.expected[:, 0])
    assert any("nothing to learn from" in note for note in found.notes)


def cannot_tell(found: Ranked) -> bool:
    return found.recipe == CANNOT_TELL and bool(np.isnan(found.chance).all()) and bool(found.notes)


def test_too_few_repeat_customers_cannot_tell_and_give_no_number() -> None:
    found = rank(np.arange(500), np.arange(500) % 200, as_of=199)
    assert cannot_tell(found)
    assert "0 customers who bought again" in found.notes[0]
    assert found.chance.shape == (500, 2)


def test_no_purchases_by_the_day_cannot_tell_either() -> None:
    assert cannot_tell(rank([3], [10], as_of=5))
    assert cannot_tell(rank([], [], as_of=5))


def test_the_winner_of_a_backtest_is_used_and_of_another_horizon_the_nearest(
    purchases: tuple[np.ndarray, np.ndarray],
) -> None:
    winners = {30: Winner("recency"), 90: Winner("cycle")}
    found = rank(*purchases, as_of=299, horizons=(28, 90), winners=winners)
    assert found.recipes == {28: "recency", 90: "cycle"}


def test_a_winner_that_cannot_be_fitted_gives_way_with_a_note() -> None:
    found = rank(*shop(400, 60), as_of=59, horizons=(30,), winners={30: Winner("boosting")})
    assert found.recipe == MODELS
    assert any("boosting has nothing to learn from" in note for note in found.notes)


def test_windows_to_learn_from_have_ended_by_the_day() -> None:
    days = training_days(1000, 90, 0)
    assert len(days) == 6
    assert all(day + 90 <= 1000 for day in days)
    assert training_days(100, 90, 50) == []


def test_a_strong_penalty_leaves_the_offset_as_it_is() -> None:
    rng = np.random.default_rng(2)
    z, offset = rng.normal(size=(500, 3)), rng.normal(size=500)
    came = rng.random(500) < 0.5
    beta = ridge_logistic(z, came, offset, np.full(3, 1e9))
    assert np.abs(beta).max() < 1e-6


def test_without_a_penalty_known_coefficients_come_back() -> None:
    rng = np.random.default_rng(3)
    z = np.column_stack([np.ones(40_000), rng.normal(size=(40_000, 2))])
    truth = np.array([-1.0, 0.8, -0.4])
    came = rng.random(40_000) < 1 / (1 + np.exp(-z @ truth))
    beta = ridge_logistic(z, came, np.zeros(40_000), np.full(3, 1e-6))
    assert beta == pytest.approx(truth, abs=0.06)


def test_what_lies_outside_all_that_was_learnt_counts_as_its_edge() -> None:
    scale = Scale.of(np.linspace(0, 1, 1001)[:, None])
    inside, outside = scale(np.array([[0.999], [50.0]]))
    np.testing.assert_array_equal(inside, outside)


def test_columns_that_are_not_known_everywhere_are_not_used() -> None:
    values = np.column_stack([np.arange(9.0), np.full(9, np.nan), np.ones(9)])
    assert Scale.of(values).used.tolist() == [True, False, False]


def test_the_challenger_is_tuned_on_earlier_windows_and_trees_are_the_same_every_time() -> None:
    rng = np.random.default_rng(4)
    values = [rng.normal(size=(400, 3)) for _ in range(2)]
    came = [one[:, 0] + rng.normal(size=400) > 0 for one in values]
    assert tuned(values, came) in GRID
    growth = Growth(leaves=4, rate=0.1, rounds=10, columns=0.5, seeds=2)
    one, other = (grow(values[0], came[0], growth).chance(values[1]) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_shifts_of_the_level_keep_everybodys_rank() -> None:
    chance = np.random.default_rng(5).random(100)
    np.testing.assert_array_equal(np.argsort(shifted(chance, 0.7)), np.argsort(chance))


def test_a_season_is_drawn_to_nothing_as_far_as_chance_may_explain_it() -> None:
    told = np.full(20, 0.5)
    came = np.arange(20) < 14
    full = shift_to(told, 0.7)
    # t2 / (t2 + v) = 0.25 / (0.25 + 1 / (20 x 0.25)) = 0.556
    assert season_shift(told, came) == pytest.approx(full * 0.25 / 0.45)
    assert season_shift(np.zeros(0), np.zeros(0, np.bool_)) == 0


def test_half_of_the_latest_windows_miss_is_carried_on() -> None:
    told, came = np.full(100, 0.4), np.arange(100) < 50
    fair = np.full(100, 0.5)
    # All together are off by d, the latest by e: (d + e) / 2.
    latest = shift_to(told, 0.5)
    pooled = shift_to(np.concatenate([told, fair]), 0.5)
    assert trend_shift([told, fair], [came, came]) == pytest.approx((latest + pooled) / 2)
    assert trend_shift([], []) == 0


def test_a_year_of_history_corrects_the_season() -> None:
    # Purchases double in the last two months of every year of 364 days.
    pace = np.where(np.arange(800) % 364 >= 304, 2.0, 1.0)
    who, day = shop(1_500, 800, seed=6, pace=pace)
    bench = Bench.of(bought_by_customer(who, day), 30)
    as_of = 364 + 304 - 1
    window = bench.whole.at(as_of)
    assert window is not None
    errors = []
    for season in (False, True):
        made = bench.forecasts([STACK], as_of, season=season)[STACK]
        assert made.seasonal is season
        errors.append(calibration(made.chance(window), window.came).error)
    assert errors[1] < errors[0] / 2


def test_where_there_is_no_year_there_is_no_season(bench: Bench) -> None:
    made = bench.forecasts([STACK], 260)[STACK]
    assert (made.season, made.seasonal) == (0.0, False)


def test_codes_in_categories_say_whose_they_are() -> None:
    bought = bought_by_category([3, 7], [1, 2], [5, 6])
    assert bought.owner(bought.rows.customer).tolist() == [3, 7]


def test_chances_of_certainty_have_finite_log_odds() -> None:
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
