"""Paydays, and the columns of the people table that rest on the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import Shop
from regulars.app.as_of import view_of
from regulars.engines.duckdb import Warehouse
from regulars.people.paydays import in_window, is_payday, window_days
from regulars.people.profile import profiles
from regulars.settings import CalendarSettings

DAY = st.dates(date(2023, 12, 1), date(2028, 3, 31))


def test_a_payday_is_that_day_and_the_two_after() -> None:
    days = window_days((10, 15), date(2026, 4, 1), date(2026, 4, 30))
    assert [day.day for day in days] == [10, 11, 12, 15, 16, 17]


def test_the_31st_is_the_last_day_of_every_month() -> None:
    assert is_payday(date(2024, 2, 29), (31,))
    assert not is_payday(date(2024, 2, 28), (31,))
    assert not is_payday(date(2026, 1, 30), (31,))
    assert not is_payday(date(2026, 1, 31), (30,))
    assert window_days((31,), date(2026, 3, 1), date(2026, 3, 3)) == [
        date(2026, 3, 1),
        date(2026, 3, 2),
    ]


@settings(max_examples=25, deadline=None)
@given(DAY, st.lists(st.integers(1, 31), min_size=1, max_size=4))
def test_the_condition_in_sql_is_the_same(first: date, paydays: list[int]) -> None:
    with Warehouse.in_memory() as warehouse:
        found = warehouse.sql(
            f"SELECT day FROM (SELECT unnest(generate_series(DATE '{first}', DATE '{first}' + 70,"
            f" INTERVAL 1 DAY))::DATE AS day) WHERE {in_window('day', paydays)} ORDER BY day"
        )
    assert found["day"].to_pylist() == window_days(paydays, first, first + timedelta(days=70))


ORDERS = """order_id,customer_id,placed_at,status,paid,discount,gross,source
A1,ada,2026-01-10 19:30:00,completed,90,10,100,ads
A2,ada,2026-02-14 10:00:00,completed,50,0,50,ads
A3,ada,2026-02-20 18:00:00,completed,60,0,60,ads
A4,ada,2026-02-22 17:59:00,cancelled,60,5,65,ads
B1,bob,2026-03-31 23:59:00,completed,40,5,45,ads
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    with Shop.create(tmp_path / "home", name="test") as opened:
        opened.import_files(file)
        yield opened


def test_habits_of_each_customer_worked_by_hand(shop: Shop) -> None:
    """Ada's three purchases: Saturday 10 January, Saturday 14 and Friday 20 February.

    The order taken back counts for nothing. Margin 0.3 where no cost is known: 0.3 x 200.
    """
    shop.understand()
    rows = {row["ref"]: row for row in shop.people().to_pylist()}
    ada, bob = rows["ada"], rows["bob"]
    assert ada["discounted_share"] == pytest.approx(1 / 3)
    assert ada["weekend_share"] == pytest.approx(2 / 3)
    assert ada["payday_share"] == pytest.approx(1 / 3)
    assert ada["evening_share"] == pytest.approx(2 / 3)
    assert ada["profit"] == Decimal(60)
    assert ada["categories"] == 0
    assert ada["customer_type"] is None  # two buyers have no types
    assert (bob["discounted_share"], bob["weekend_share"], bob["payday_share"]) == (1, 0, 0)


def test_the_paydays_of_the_settings_count(shop: Shop) -> None:
    shop.understand()
    view = view_of(shop.home, None, None)

    def share(*paydays: int) -> list[float | None]:
        found = profiles(shop.warehouse, view, CalendarSettings(paydays=paydays))
        return found["payday_share"].to_pylist()

    assert share(31) == [0, 1]
    assert share(20, 31) == [pytest.approx(1 / 3), 1]
    assert share() == [None, None]
