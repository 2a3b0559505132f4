"""What the shop owes in points, and how many of them may never be spent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.points.members import YEAR, Members
from benefit.shelf import DAY, MIDNIGHT, NOON, ZONE
from regulars.benefit.definition.terms import Points
from regulars.benefit.names import POINTS
from regulars.benefit.points.changing import SpendPoints
from regulars.benefit.points.liability import (
    Vintage,
    breakage_of,
    expected_of,
    liability,
    liability_of,
    vintages_of,
)
from regulars.benefit.points.sweep import expire_points
from regulars.engines.store_wallets import VintageRow
from regulars.ledger.command import NEVER, Reverse


def over(*of_months: tuple[int, int, int]) -> list[Vintage]:
    return [
        Vintage(f"2026-{n:02}", lots, issued, expired, 0)
        for n, (lots, issued, expired) in enumerate(of_months, 1)
    ]


def test_lots_fall_into_the_month_of_the_last_instant_at_which_they_could_be_spent():
    first_of_december = MIDNIGHT + DAY
    rows = [
        VintageRow(MIDNIGHT, 1, 10, 0, 10, 0),
        VintageRow(first_of_december, 2, 50, 0, 30, 0),  # the end of the 30th of November
        VintageRow(first_of_december + 1, 1, 7, 0, 7, 0),
        VintageRow(NEVER, 1, 5, 0, 5, 0),
    ]
    assert vintages_of(rows, NOON, ZONE) == [
        Vintage("2026-11", 3, 60, 0, 40),
        Vintage("2026-12", 1, 7, 0, 7),
        Vintage("", 1, 5, 0, 5),
    ]


def test_what_has_expired_and_was_not_swept_is_not_outstanding_save_what_is_held():
    rows = [VintageRow(NOON, 1, 30, 5, 20, 8)]
    assert vintages_of(rows, NOON, ZONE) == [Vintage("2026-11", 1, 30, 17, 8)]


def test_of_one_vintage_its_share_is_what_is_expected():
    found = breakage_of(over((400, 10_000, 1_000)))
    assert (found.share, found.mean, found.credibility) == (0.1, 0.1, 0)
    # 1.96 x sqrt(0.1 x 0.9 / 400) = 0.0294
    assert (found.low, found.high) == pytest.approx((0.0706, 0.1294))


def test_vintages_that_differ_no_more_than_by_chance_count_as_one():
    found = breakage_of(over((100, 1_000, 110), (100, 1_000, 100), (100, 1_000, 90)))
    assert (found.share, found.credibility) == (pytest.approx(0.1), 0)


def test_where_vintages_truly_differ_the_newest_counts_most():
    # m = 600/2000 = 0.3, within = 0.21; spread = 1000 x 0.2^2 x 2 = 80;
    # t^2 = (80 - 0.21) / (2000 - 1000) = 0.07979; z = 79.79 / (79.79 + 0.21) = 0.9974;
    # b = 0.3 + 0.9974 x (0.5 - 0.3) = 0.4995
    found = breakage_of(over((1_000, 1_000, 100), (1_000, 1_000, 500)))
    assert found.credibility == pytest.approx(0.99738, abs=1e-5)
    assert found.share == pytest.approx(0.49948, abs=1e-5)


def test_too_little_that_has_come_to_its_end_lets_nothing_be_expected():
    assert breakage_of([]) is None
    assert breakage_of(over((99, 10_000, 1_000))) is None
    found = liability_of([VintageRow(NOON + 40 * DAY, 9, 90, 0, 50, 0)], YEAR, 0, NOON, ZONE)
    assert found.breakage is None
    assert found.cannot_tell == "cannot tell: 0 lots have come to their end, of 100"
    assert (found.outstanding, found.money, found.months[0].breakage) == (50, 5, None)


def test_breakage_is_recognised_as_customers_use_what_is_not_to_break():
    # Of 1000 issued 200 will break; 400 of the 800 that will not are used: half of it, 100.
    assert expected_of(Vintage("", 1, 1_000, 0, 600), 0.2) == (200, 100)
    assert expected_of(Vintage("", 1, 1_000, 0, 200), 0.2) == (200, 200)
    assert expected_of(Vintage("", 1, 1_000, 0, 150), 0.2) == (150, 150)  # more were used
    assert expected_of(Vintage("", 1, 1_000, 0, 1_000), 1.0) == (1_000, 0)


def test_the_money_of_months_adds_up_and_is_rounded_up_once():
    # 3 x 5 points at 1 for 10: 1.5 in all, which is 2; months have 1, 0, 1.
    rows = [VintageRow(NOON + n * 40 * DAY, 1, 5, 0, 5, 0) for n in (1, 2, 3)]
    found = liability_of(rows, Points(worth=1, worth_of=10), 0, NOON, ZONE)
    assert [month.money for month in found.months] == [1, 0, 1]
    assert found.money == 2


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 500), st.integers(1, 10_000), st.floats(0, 1)),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_expected_lies_between_what_has_been_seen(past):
    found = breakage_of(over(*((lots, n, int(n * part)) for lots, n, part in past)))
    if found is None:
        assert sum(lots for lots, _, _ in past) < 100
        return
    shares = [int(n * part) / n for _, n, part in past]
    assert min(shares) - 1e-9 <= found.share <= max(shares) + 1e-9
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert 0 <= found.credibility <= 1


def test_the_book_tells_what_came_in_what_expired_and_what_is_left(shop: Members):
    shop.put("points", Points(expire_days=10, worth=1, worth_of=10))
    shop.earn("order:1", points=100, base=1_000, who=1)
    shop.earn("order:2", points=100, base=1_000, who=2)
    spent = shop.ask(SpendPoints(key="spend", customer_id=1, points=60, on="draw"))
    shop.take_back(300, "order:2")  # 30 of 100
    shop.ledger.ask(Reverse(key="half", n=spent.n, amounts={POINTS: 20}), "cli")
    ends = MIDNIGHT + 10 * DAY
    # In: 100 + 100 - 30 taken back; what came back of the spending is not issued anew.
    assert shop.read(lambda rows: rows.vintages(POINTS)) == [
        VintageRow(ends, 2, issued=170, expired=0, balance=130, held=0)
    ]
    shop.at = ends
    expire_points(shop.ledger)
    shop.earn("order:3", points=25, who=2)
    assert shop.read(lambda rows: rows.vintages(POINTS)) == [
        VintageRow(ends, 2, issued=170, expired=130, balance=0, held=0),
        VintageRow(ends + 11 * DAY, 1, issued=25, expired=0, balance=25, held=0),
    ]


def test_of_a_book_with_a_past_the_report_tells_all_of_it(shop: Members):
    shop.put("points", Points(expire_days=10, worth=1, worth_of=10))
    for who in range(1, 121):
        shop.issue(POINTS, f"customer:{who}", 10, expires_at=MIDNIGHT)
    for who in range(1, 91):
        shop.ask(SpendPoints(key=f"s{who}", customer_id=who, points=10, on="draw"))
    shop.at = MIDNIGHT + 30 * DAY
    expire_points(shop.ledger)
    shop.earn("order:1", points=200, base=200, who=5)
    shop.ask(SpendPoints(key="more", customer_id=5, points=90, on="draw"))
    with shop.store.read() as connection:
        found = liability(connection, shop.at, ZONE)
    # 30 of 120 lots of 10 expired: a quarter. Of 200 issued 50 will break; of the 150 that will
    # not, 90 are used: 60 %, so 30 of the 50 are recognised.
    assert found.breakage.share == pytest.approx(0.25)
    (month,) = found.months
    assert (month.issued, month.outstanding, month.breakage, month.recognised) == (200, 110, 50, 30)
    assert (found.outstanding, found.money, found.cannot_tell) == (110, 11, "")
    shop.take_back(None, "order:1")
    with shop.store.read() as connection:
        assert liability(connection, shop.at, ZONE).owed == 90
