"""Purchase days into gaps."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.lifetime.gaps import FAR, NO_CATEGORY, gap_history
from regulars.lifetime.survival import survival_curve


def test_each_purchase_day_starts_one_gap() -> None:
    history = gap_history([0, 0, 0, 1], [10, 40, 100, 7], [3, 4, 5, NO_CATEGORY])
    assert history.rank.tolist() == [1, 2, 3, 1]
    assert history.next_day.tolist() == [40, 100, FAR, FAR]
    assert history.days(until=110).tolist() == [30, 60, 10, 103]
    assert history.category.tolist() == [3, 4, 5, NO_CATEGORY]


def test_purchases_of_one_day_are_one_with_the_category_of_the_last() -> None:
    history = gap_history([0, 0, 0], [10, 10, 12], [1, 2, 1])
    assert history.day.tolist() == [10, 12]
    assert history.category.tolist() == [2, 1]


def test_a_row_knows_the_gaps_before_it_and_not_its_own() -> None:
    history = gap_history([0, 0, 0], [0, 10, 40])
    logs = np.log([10.0, 30.0])
    assert history.sum_log == pytest.approx([0, logs[0], logs.sum()], abs=1e-8)
    assert history.sum_square == pytest.approx([0, logs[0] ** 2, (logs**2).sum()], abs=1e-8)


def test_until_forgets_what_came_later() -> None:
    whole = gap_history([0, 0, 0, 1], [10, 40, 100, 60])
    then = whole.until(50)
    made_then = gap_history([0, 0], [10, 40])
    for name in ("customer", "day", "next_day", "rank", "category", "sum_log", "sum_square"):
        assert getattr(then, name).tolist() == getattr(made_then, name).tolist(), name


def test_the_sums_of_a_customer_do_not_depend_on_who_stands_before_it() -> None:
    rng = np.random.default_rng(1)
    gaps = rng.integers(1, 400, 50)
    alone = gap_history(np.zeros(51, int), np.concatenate([[0], gaps.cumsum()]))
    crowd = gap_history(
        np.repeat([0, 1], [9999, 51]),
        np.concatenate([np.arange(9999) * 7, [0], gaps.cumsum()]),
    )
    assert crowd.sum_log[9999:].tolist() == alone.sum_log.tolist()


def test_unsorted_purchases_are_refused() -> None:
    with pytest.raises(ValueError, match="sorted"):
        gap_history([0, 0], [20, 10])
    with pytest.raises(ValueError, match="sorted"):
        gap_history([1, 0], [10, 20])
    with pytest.raises(ValueError, match="one length"):
        gap_history([0], [10, 20])


def test_no_purchase_gives_no_rows() -> None:
    history = gap_history([], [])
    assert len(history.day) == len(history.last_rows()) == len(history.until(5).day) == 0


def test_the_plain_survival_curve_counts_an_open_gap_as_at_risk_on_its_last_day() -> None:
    # Day 5: 1 of 4 comes. Day 7: one is left open; day 8: 1 of the 2 still watched comes.
    curve = survival_curve([5, 7, 8, 9], [True, False, True, False])
    assert curve.day.tolist() == [5, 8]
    assert curve.at_risk.tolist() == [4, 2]
    assert curve.share == pytest.approx([3 / 4, 3 / 8])
    assert len(survival_curve([], []).day) == 0
