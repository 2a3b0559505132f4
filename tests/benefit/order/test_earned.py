"""What a refund takes back of what the order has earned: in proportion, and no more than that."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.benefit.order.earned import take_back
from regulars.benefit.order.postings import Posting
from regulars.engines.store_benefits import EarnedRow

CUSTOMER = "customer:7"


def entry(points: int, growth: int) -> list[Posting]:
    return [
        Posting("points", "issuer", 99, -points, points),
        Posting("points", CUSTOMER, 99, points, points),
        Posting("growth", CUSTOMER, 99, growth, growth),
    ]


def back(row: EarnedRow, cash: int, pay: int, points_there: int = 10**6, left: int | None = None):
    return take_back(
        row,
        goods_cash=cash,
        goods_pay=pay,
        all_goods=cash == pay,
        entry=entry(row.points if left is None else left, row.growth),
        points_there=points_there,
        growth_there=10**6,
    )


def test_in_proportion_to_what_is_paid_back():
    # 80.00 of which 23.79 come back, for which 160 points were given: 160 x 23.79 / 80 = 47.58.
    row = EarnedRow("order:A1", 7, 5, 80_00, 160, 80, 0, 0, 0)
    first = back(row, 23_79, 80_00)
    assert (first.points, first.growth, first.row.base_back) == (47, 23, 23_79)
    # All of it: the rest, 160 - 47 and 80 - 23.
    rest = back(first.row, 80_00, 80_00)
    assert (rest.points, rest.growth, rest.row.points_back) == (113, 57, 160)


def test_where_some_lines_only_have_earned_it_goes_by_the_share_of_the_goods():
    # 30.00 of 90.00 have earned; 45.00, the half, come back: 15.00 of what earned.
    row = EarnedRow("order:A1", 7, 5, 30_00, 300, 0, 0, 0, 0)
    half = back(row, 45_00, 90_00)
    assert (half.row.base_back, half.points) == (15_00, 150)
    assert back(half.row, 90_00, 90_00).row.base_back == 30_00


def test_what_was_spent_is_owed():
    row = EarnedRow("order:A1", 7, 5, 80_00, 160, 0, 0, 0, 0)
    found = back(row, 80_00, 80_00, points_there=100)
    assert (found.points, found.owed, found.amounts) == (100, 60, {"points": 100})
    assert [(leg.asset, leg.owner, leg.amount) for leg in found.legs] == [
        ("owed:points", "issuer", -60),
        ("owed:points", CUSTOMER, 60),
    ]


def test_what_the_earning_had_paid_a_debt_with_is_taken_from_other_points():
    # It earned 160, of which 60 went to a debt: its entry gave 100.
    row = EarnedRow("order:A1", 7, 5, 80_00, 160, 0, 0, 0, 0)
    found = back(row, 80_00, 80_00, points_there=130, left=100)
    assert (found.points, found.owed, found.amounts) == (130, 30, {"points": 100})
    assert ("points", CUSTOMER, -30) in [(leg.asset, leg.owner, leg.amount) for leg in found.legs]


def test_what_another_way_has_taken_back_already_is_not_taken_twice():
    row = EarnedRow("order:A1", 7, 5, 80_00, 160, 80, 60_00, 120, 60)
    found = back(row, 20_00, 80_00)  # an import told of 60.00 before
    assert (found.points, found.growth, found.row) == (0, 0, row)


def test_points_for_an_order_whatever_it_cost_are_taken_back_with_the_last_of_its_goods():
    row = EarnedRow("order:A1", 7, 5, 0, 50, 5, 0, 0, 0)
    assert back(row, 10_00, 20_00).points == 0
    assert back(row, 20_00, 20_00).points == 50


@given(
    pay=st.integers(1, 10**9),
    base=st.integers(1, 10**9),
    points=st.integers(0, 10**9),
    cuts=st.lists(st.integers(0, 10**9), max_size=6),
    there=st.integers(0, 10**6),
)
@settings(max_examples=200, deadline=None)
def test_any_sequence_takes_back_exactly_what_was_earned(pay, base, points, cuts, there):
    row = EarnedRow("order:A1", 7, 5, base, points, 7, 0, 0, 0)
    taken = owed = growth = 0
    left = points
    for cash in [*sorted(min(cut, pay) for cut in cuts), pay]:
        found = back(row, cash, pay, points_there=there, left=left)
        assert min(found.points, found.owed, found.growth) >= 0
        row = found.row
        taken += found.points
        owed += found.owed
        growth += found.growth
        left -= found.amounts.get("points", 0)
        there -= found.points
    assert taken + owed == points
    assert growth == 7
    assert row.base_back == base
