"""What the lifetime models need of a customer."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.lifetime.sufficient import PurchaseSummary, group, summarise


def test_purchases_of_one_day_are_one_and_their_amounts_add_up() -> None:
    bought = summarise([7, 7, 7, 7], [10, 24, 24, 38], 45, [50.0, 10.0, 20.0, 40.0], unit=7)
    assert bought.customer.tolist() == [7]
    assert bought.repeats.tolist() == [2]
    assert bought.last.tolist() == [4]
    assert bought.observed.tolist() == [5]
    # The first purchase does not count: (10 + 20 + 40) / 2.
    assert bought.mean_amount.tolist() == [35]


def test_the_order_of_purchases_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    who, day = rng.integers(0, 50, 400), rng.integers(0, 300, 400)
    paid = rng.integers(1, 90, 400).astype(float)
    mixed = rng.permutation(400)
    one = summarise(who, day, 300, paid)
    other = summarise(who[mixed], day[mixed], 300, paid[mixed])
    for name in ("customer", "repeats", "last", "observed"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    np.testing.assert_allclose(one.mean_amount, other.mean_amount)


def test_what_comes_after_the_last_day_is_not_known_yet() -> None:
    bought = summarise([0, 0, 1], [0, 50, 60], until=40)
    assert bought.customer.tolist() == [0]
    assert bought.repeats.tolist() == [0]
    assert bought.observed.tolist() == [40]
    assert len(summarise([0], [50], until=40).customer) == 0


def test_every_customer_finds_its_group() -> None:
    rng = np.random.default_rng(1)
    bought = summarise(rng.integers(0, 300, 900), rng.integers(0, 30, 900), 30, unit=7)
    groups = group(bought)
    assert groups.count.sum() == len(bought.customer)
    assert len(groups.count) < len(bought.customer)
    for name in ("repeats", "last", "observed"):
        assert getattr(groups, name)[groups.place].tolist() == getattr(bought, name).tolist()
    kinds = set(zip(groups.repeats, groups.last, groups.observed, strict=True))
    assert len(kinds) == len(groups.count)


@pytest.mark.parametrize(
    ("repeats", "last", "observed"),
    [
        (1.0, 9.0, 5.0),  # bought after the end
        (0.0, 2.0, 5.0),  # a last purchase without a repeat
        (1.0, 0.0, 5.0),  # a repeat at the very time of the first
        (1.5, 2.0, 5.0),
        (-1.0, 0.0, 5.0),
        (1.0, 2.0, np.nan),
        (1.0, np.nan, 5.0),
    ],
)
def test_a_row_that_cannot_be_is_refused(repeats: float, last: float, observed: float) -> None:
    row = [np.array([value]) for value in (repeats, last, observed)]
    with pytest.raises(ValueError, match="purchase"):
        group(PurchaseSummary(np.array([0]), *row, np.array([np.nan])))


def test_amounts_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        summarise([0], [0], 5, [np.nan])
    with pytest.raises(ValueError, match="one length"):
        summarise([0, 1], [0], 5)
    with pytest.raises(ValueError, match="unit"):
        summarise([0], [0], 5, unit=0)


def test_no_purchases_are_no_customers() -> None:
    bought = summarise([], [], 5, [])
    assert len(bought.customer) == 0
    assert len(group(bought).count) == 0
