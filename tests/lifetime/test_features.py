"""What is known of a customer at the end of a day, and nothing later."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.lifetime.category_features import CONTEXT, category_features, usual_category
from regulars.lifetime.features import NAMES, Features, Usual, features, usual_of
from regulars.lifetime.purchase_days import (
    CATEGORIES,
    Bought,
    bought_by_category,
    bought_by_customer,
    drawn_share,
    purchase_days,
)

USUAL = Usual(gap=np.log(30.0), spread=0.25, rate=1 / 60)

Purchases = list[tuple[int, int, int]]
purchases = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 500), st.integers(0, 3)), min_size=1, max_size=60
)


def of(found: Features, name: str) -> list[float]:
    return [float(one) for one in found.values[:, NAMES.index(name)]]


def test_the_numbers_of_one_customer_worked_by_hand() -> None:
    # Bought on days 0, 20 and 100, asked on day 110: gaps 20 and 80, silence 10.
    bought = purchase_days([4, 4, 4], [0, 20, 100], [10.0, 20.0, 60.0])
    found = features(bought, 110, 30, 0, USUAL)
    assert found.customer.tolist() == [4]
    assert of(found, "recency") == pytest.approx([np.log(11)])
    assert of(found, "tenure") == pytest.approx([np.log(111)])
    assert of(found, "frequency") == pytest.approx([np.log(3)])
    gap = (np.log(20) + np.log(80) + np.log(30)) / 3  # one gap of all is mixed in
    assert of(found, "gap") == pytest.approx([gap])
    assert of(found, "overdue") == pytest.approx([np.log(11) - gap])
    assert of(found, "last_gap") == pytest.approx([np.log(80) - gap])
    about = (np.log(20) - gap) ** 2 + (np.log(80) - gap) ** 2
    assert of(found, "irregularity") == pytest.approx([np.sqrt((about + 0.25) / 3)])
    assert of(found, "rate") == pytest.approx([np.log(2.5 / (110 + 30))])
    assert of(found, "days_7") == [0]
    assert of(found, "days_14") == pytest.approx([np.log(2)])
    assert of(found, "days_180") == pytest.approx([np.log(4)])
    halves = 2 ** (-10 / 30) + 2 ** (-90 / 30) + 2 ** (-110 / 30)
    assert of(found, "fading_30") == pytest.approx([np.log(halves + 0.01)])
    assert of(found, "trend") == pytest.approx([(2 - 1) / (3 + 1)])
    assert of(found, "spent") == pytest.approx([np.log(91)])
    assert of(found, "last_spend") == pytest.approx([np.log(61) - np.log(31)])
    assert (found.recency[0], found.frequency[0], found.monetary[0]) == (10, 3, 90)


def test_the_same_season_a_year_ago_is_known_only_where_the_data_go_back() -> None:
    bought = purchase_days([0, 0, 1], [10, 40, 300])
    late = features(bought, 370, 30, first_day=0, usual=USUAL)
    # A year is 364 days: days 7 to 36 are the season of days 371 to 400.
    assert of(late, "year_ago") == pytest.approx([np.log(2), 0])
    early = features(bought, 320, 30, first_day=0, usual=USUAL)
    assert np.isnan(of(early, "year_ago")).all()


def test_what_is_usual_is_that_of_gaps_within_customers() -> None:
    usual = usual_of(purchase_days([0, 0, 0, 1], [0, 10, 50, 5]), 60)
    assert usual.gap == pytest.approx((np.log(10) + np.log(40)) / 2)
    assert usual.spread == pytest.approx((np.log(40) - np.log(10)) ** 2 / 2)
    # Two repeat purchases over 60 + 55 days, and one pseudo purchase a customer-day each.
    assert usual.rate == pytest.approx(3 / (115 + 2))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(purchases, st.integers(0, 500))
def test_purchases_after_the_day_change_nothing(rows: Purchases, as_of: int) -> None:
    who, day, what = (np.array(one) for one in zip(*rows, strict=True))
    known = day <= as_of
    with_future = _context(who, day, what, as_of, first_day=0)
    without = _context(who[known], day[known], what[known], as_of, first_day=0)
    for one, other in zip(with_future, without, strict=True):
        np.testing.assert_array_equal(one, other)


def _context(
    who: np.ndarray, day: np.ndarray, what: np.ndarray, as_of: int, first_day: int
) -> tuple[np.ndarray, ...]:
    by_customer = features(purchase_days(who, day), as_of, 30, first_day)
    bought = bought_by_category(who, day, what)
    own = features(bought.rows, as_of, 30, first_day)
    if not len(own.customer):
        return by_customer.customer, by_customer.values, own.customer
    usual = usual_category(bought, own, as_of, 30)
    context = category_features(bought, own, as_of, 30, usual, first_day)
    return by_customer.customer, by_customer.values, own.customer, own.values, context


def test_customers_looked_at_part_by_part_are_as_they_are_together() -> None:
    rng = np.random.default_rng(8)
    who, day, what = rng.integers(0, 40, 900), rng.integers(0, 300, 900), rng.integers(0, 6, 900)
    bought = bought_by_category(who, day, what)
    usual = usual_of(bought.rows, 299)
    own = features(bought.rows, 299, 30, 0, usual)
    table = usual_category(bought, own, 299, 30)
    whole = category_features(bought, own, 299, 30, table, 0)
    half = int(np.searchsorted(bought.rows.customer, 20 * CATEGORIES))
    for part in (bought.between(0, half), bought.between(half, len(bought.rows.day))):
        some = features(part.rows, 299, 30, 0, usual)
        at = np.searchsorted(own.customer, some.customer)
        np.testing.assert_array_equal(some.values, own.values[at])
        context = category_features(part, some, 299, 30, table, 0)
        np.testing.assert_allclose(context, whole[at], rtol=1e-12)


def test_the_share_of_visits_with_a_category_worked_by_hand() -> None:
    # Customer 0 came on days 10, 20, 30 and 40 and bought category 2 on days 10 and 30.
    who, day, what = [0, 0, 0, 0], [10, 20, 30, 40], [2, 1, 2, 1]
    bought = bought_by_category(who, day, what)
    own = features(bought.rows, 50, 30, 0)
    found = category_features(bought, own, 50, 30, usual_category(bought, own, 50, 30), 0)
    row = own.customer.tolist().index(2)
    column = {name: float(found[row, place]) for place, name in enumerate(CONTEXT)}
    assert column["share"] == pytest.approx(np.log(2 / 4))
    assert column["visits_since"] == pytest.approx(np.log(1 + 1))
    # Two of four visits since the first: (2 - 0.7) / (4 + 1).
    assert column["per_visit"] == pytest.approx(np.log(1.3 / 5))
    assert column["breadth"] == pytest.approx(np.log(2))
    assert column["reach"] == pytest.approx(0)


def test_rows_without_a_category_are_visits_only() -> None:
    bought = bought_by_category([0, 0], [1, 5], [-1, 3])
    assert bought.rows.customer.tolist() == [3]
    assert bought.visits is not None
    assert bought.visits.day.tolist() == [1, 5]


def test_a_draw_of_customers_keeps_whole_customers_and_is_always_the_same() -> None:
    rng = np.random.default_rng(9)
    who, what = rng.integers(0, 500, 4_000), rng.integers(0, 5, 4_000)
    bought = bought_by_category(who, rng.integers(0, 99, 4_000), what)
    few = bought.thinned(400)
    codes = np.unique(few.rows.customer)
    assert 200 < len(codes) < 700
    kept = np.unique(codes // CATEGORIES)
    of_kept = np.isin(bought.rows.customer // CATEGORIES, kept)
    assert of_kept.sum() == len(few.rows.customer)
    assert few.visits is not None
    assert np.unique(few.visits.customer).tolist() == kept.tolist()
    again = bought.thinned(400)
    np.testing.assert_array_equal(few.rows.customer, again.rows.customer)
    assert drawn_share(np.arange(9), 1.0).all()


def test_few_customers_are_all_kept() -> None:
    bought = bought_by_customer([0, 1, 2], [1, 2, 3])
    assert bought.thinned(3) is bought


def test_no_purchases_have_no_features() -> None:
    found = features(purchase_days([], []), 10, 30, 0)
    assert found.values.shape == (0, len(NAMES))


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        purchase_days([1, 2], [3])
    with pytest.raises(ValueError, match="not a number"):
        purchase_days([1], [3], [float("nan")])
    with pytest.raises(ValueError, match="no categories"):
        usual_category(
            Bought(purchase_days([1], [3])), features(purchase_days([1], [3]), 3, 1, 0), 3, 1
        )
