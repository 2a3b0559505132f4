"""How good a ranking and how true a chance was."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.lifetime.bootstrap import bootstrap, interval
from regulars.lifetime.rfm_sum import rfm_sum
from regulars.lifetime.scoring import auc, brier, calibration, lift, log_loss, ordinal


def test_auc_is_the_share_of_pairs_in_the_right_order_ties_half() -> None:
    # Buyers 5 and 3, others 4, 3 and 1: 5 is over three, 3 over one and level with one, 4.5 of 6.
    assert auc([5, 4, 3, 3, 1], [True, False, True, False, False]) == pytest.approx(0.75)


def test_auc_by_ranks_equals_auc_by_pairs() -> None:
    rng = np.random.default_rng(1)
    score, came = rng.integers(0, 20, 300).astype(float), rng.random(300) < 0.3
    pairs = score[came][:, None] - score[~came][None, :]
    by_pairs = (pairs > 0).mean() + (pairs == 0).mean() / 2
    assert auc(score, came) == pytest.approx(by_pairs, abs=1e-12)


def test_auc_of_all_or_none_is_not_told() -> None:
    assert np.isnan(auc([1.0, 2.0], [True, True]))
    assert np.isnan(auc([1.0, 2.0], [False, False]))


def test_lift_takes_equal_scores_at_the_edge_in_part() -> None:
    # Ten customers, 4 buyers: 40 %. The highest fifth is the first and a quarter of the next four,
    # of whom two bought: (1 + 0.25 x 2) / 2 = 75 %, that is 1.875 times.
    score = [9, 5, 5, 5, 5, 1, 1, 1, 1, 1]
    came = [True, True, True, False, False, True, False, False, False, False]
    assert lift(score, came, 0.2) == pytest.approx(1.875)


def test_no_score_depends_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(2)
    chance, came = rng.integers(1, 9, 200) / 10, rng.random(200) < 0.4
    mixed = rng.permutation(200)
    assert auc(chance, came) == pytest.approx(auc(chance[mixed], came[mixed]), abs=1e-12)
    for share in (0.05, 0.1, 0.2):
        other = lift(chance[mixed], came[mixed], share)
        assert lift(chance, came, share) == pytest.approx(other, abs=1e-12)
    one, other = calibration(chance, came), calibration(chance[mixed], came[mixed])
    np.testing.assert_allclose(one.bought, other.bought)
    assert one.error == pytest.approx(other.error, abs=1e-12)


def test_calibration_error_is_the_mean_distance_over_bins_of_equal_size() -> None:
    # Bins of two: told .1 and .3 with none of two, told .6 and .8 with two of two.
    found = calibration([0.1, 0.3, 0.6, 0.8], [False, False, True, True], bins=2)
    assert found.customers.tolist() == [2, 2]
    assert found.told == pytest.approx([0.2, 0.7])
    assert found.bought.tolist() == [0, 1]
    assert found.error == pytest.approx((0.2 + 0.3) / 2)
    assert found.mean_told == pytest.approx(0.45)


def test_true_chances_are_nearly_free_of_error() -> None:
    rng = np.random.default_rng(3)
    chance = rng.beta(1, 3, 50_000)
    assert calibration(chance, rng.random(50_000) < chance).error < 0.01


def test_brier_and_log_loss_of_what_is_certain_and_wrong() -> None:
    assert brier([1.0, 0.0], [False, False]) == 0.5
    assert log_loss([1.0], [False]) > 20
    assert log_loss([1.0], [True]) == pytest.approx(0, abs=1e-9)


def test_no_customers_have_no_calibration() -> None:
    found = calibration([], [])
    assert len(found.customers) == 0
    assert np.isnan(found.error)


def test_ranks_of_equal_scores_are_their_middle() -> None:
    assert ordinal([1.0, 1.0, 1.0, 5.0]).tolist() == [0.375, 0.375, 0.375, 0.875]


def test_rfm_sums_three_scores_of_five() -> None:
    # All alike but for the money: nobody is worse in recency and frequency, so both score 1.
    assert rfm_sum([3, 3], [2, 2], [1.0, 9.0]).tolist() == [3, 5]


def test_the_bootstrap_interval_holds_the_point_and_narrows_with_customers() -> None:
    rng = np.random.default_rng(4)
    widths = []
    for n in (200, 5_000):
        chance = rng.random(n)
        came = rng.random(n) < chance
        drawn = bootstrap([chance], came, (0.1,), draws=200)
        low, high = interval(drawn.auc[0])
        assert low < drawn.point_auc[0] < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 3


def test_draws_are_the_same_for_all_scorers_so_equal_ones_differ_by_nothing() -> None:
    rng = np.random.default_rng(5)
    score, came = rng.random(500), rng.random(500) < 0.3
    drawn = bootstrap([score, 2 * score], came, (0.05, 0.2), draws=20)
    np.testing.assert_array_equal(drawn.auc[0], drawn.auc[1])
    np.testing.assert_array_equal(drawn.lift[0], drawn.lift[1])


def test_cells_change_the_drawn_auc_by_little() -> None:
    rng = np.random.default_rng(6)
    score = rng.normal(size=20_000)
    came = rng.random(20_000) < 1 / (1 + np.exp(-score))
    drawn = bootstrap([score], came, (), draws=100)
    assert drawn.auc[0].mean() == pytest.approx(drawn.point_auc[0], abs=2e-3)


def test_rows_of_one_customer_come_together_and_so_widen_the_interval() -> None:
    rng = np.random.default_rng(7)
    owner = np.repeat(np.arange(100), 20)
    lucky = np.repeat(rng.random(100) < 0.5, 20)
    score = np.where(lucky, 1.0, 0.0) + rng.random(2_000)
    came = lucky & (rng.random(2_000) < 0.8)
    together = interval(bootstrap([score], came, (), customer=owner, draws=200).auc[0])
    apart = interval(bootstrap([score], came, (), draws=200).auc[0])
    assert together[1] - together[0] > 1.5 * (apart[1] - apart[0])
