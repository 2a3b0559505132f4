"""What moved sales and profit: numbers worked by hand, and the laws of the decomposition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import log, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.small_orders import Order, rows, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.drivers.decomposition import decompose, in_money, logarithmic_mean
from regulars.insight.drivers.draw import draw
from regulars.insight.drivers.totals import GUESTS, NEW, RETURNING, Bought, Period
from regulars.insight.drivers.tree import TOTAL, tree

# January: customers 1 and 2, one order of 50 each, profit 10 and 20; a guest for 7, profit 2.
# February: 1 and 2 come back with three orders of 40, profit 8, 8 and 14; 3 is new with one order
# of 60, profit 15; the guest's kind buys two orders of 7, profit 2 each; 10 are given back by a
# credit note. On 2 March customer 1 orders again.
ORDERS: tuple[Order, ...] = (
    (1, "2026-01-05", "50", "10"),
    (2, "2026-01-20", "50", "20"),
    (None, "2026-01-21", "7", "2"),
    (1, "2026-02-01", "40", "8"),
    (1, "2026-02-15", "40", "8"),
    (2, "2026-02-16", "40", "14"),
    (3, "2026-02-28", "60", "15"),
    (None, "2026-02-10", "7", "2"),
    (None, "2026-02-11", "7", "2"),
    (1, "2026-03-02", "99", "9"),
)
NOTES = ((2, "2026-02-20", "10"),)


def test_two_months_worked_by_hand() -> None:
    with shop(ORDERS, "2026-03-10", notes=NOTES) as view:
        picture = draw(view)
    # Sales: 107 in January; 120 + 60 + 14 - 10 = 184 in February. Profit: 32, and
    # 30 + 15 + 4 - 10 x 0.3 = 46.
    (compared,) = rows(picture, "compared")
    assert (compared["before_start"], compared["start"]) == (date(2026, 1, 1), date(2026, 2, 1))
    assert (compared["sales_before"], compared["sales"]) == (107, 184)
    assert (compared["profit_before"], compared["profit"]) == (32, 46)
    assert compared["sales_change_share"] == pytest.approx(77 / 107)
    assert not compared["whole"]  # the data begin on the 5th of January
    told = {(row["kind"], row["factor"]): row for row in rows(picture, "tree")}
    # New: 2 customers to 1, order value 50 to 60, margin 0.3 to 0.25; L(60, 100) = 40 / ln(5/3).
    mean = 40 / log(100 / 60)
    new = {key[1]: row for key, row in told.items() if key[0] == "new"}
    assert (new["customers"]["before"], new["customers"]["after"]) == (2, 1)
    assert float(new["customers"]["sales_change"]) == pytest.approx(mean * log(1 / 2), abs=1e-4)
    assert new["orders_per_customer"]["sales_change"] == 0
    assert float(new["average_order_value"]["sales_change"]) == pytest.approx(
        mean * log(60 / 50), abs=1e-4
    )
    # Profit 30 to 15: L(15, 30) = 15 / ln 2.
    assert float(new["margin"]["profit_change"]) == pytest.approx(
        15 / log(2) * log(0.25 / 0.3), abs=1e-4
    )
    # Nobody returned in January: what returning buyers bring in is owed to there being any.
    returning = {key[1]: row for key, row in told.items() if key[0] == "returning"}
    assert (returning["customers"]["before"], returning["customers"]["after"]) == (0, 2)
    assert returning["customers"]["sales_change"] == 120
    assert returning["average_order_value"]["before"] is None
    assert returning["average_order_value"]["sales_change"] == 0
    # Guests: one order of 7 to two of 7, the same margin.
    guests = {key[1]: row for key, row in told.items() if key[0] == "guests"}
    assert (guests["orders"]["sales_change"], guests["orders"]["profit_change"]) == (7, 2)
    notes = told["credit_notes", "sales"]
    assert (notes["sales_change"], notes["profit_change"]) == (-10, -3)
    assert told["total", "sales"]["sales_change"] == 77
    assert told["total", "profit"]["profit_change"] == 14


def test_the_factors_of_each_month() -> None:
    with shop(ORDERS, "2026-03-10", notes=NOTES) as view:
        told = {(row["month"].month, row["kind"]): row for row in rows(draw(view), "months")}
    february = told[2, "total"]
    assert (february["customers"], february["orders"]) == (3, 6)
    assert february["orders_per_customer"] == pytest.approx(4 / 3)  # guests are no customers
    assert february["average_order_value"] == pytest.approx(184 / 6)
    assert february["margin"] == pytest.approx(46 / 184)
    returning = told[2, "returning"]
    assert (returning["customers"], returning["orders"]) == (2, 3)
    assert (returning["sales"], returning["profit"]) == (120, 30)
    assert told[2, "guests"]["customers"] is None
    assert told[1, "returning"]["average_order_value"] is None
    assert (told[3, "total"]["complete"], february["complete"]) == (False, True)
    assert (3, "guests") not in told


def test_days_are_held_against_as_many_before_them() -> None:
    with shop(ORDERS, "2026-02-28", notes=NOTES) as view:
        # 15 to 28 February against 1 to 14 February. Customer 3 is new; 1 and 2 were before.
        picture = draw(view, days=14, against="previous")
    (compared,) = rows(picture, "compared")
    assert compared["before_start"] == date(2026, 2, 1)
    assert (compared["sales_before"], compared["sales"]) == (54, 130)
    told = {(row["kind"], row["factor"]): row for row in rows(picture, "tree")}
    assert (told["returning", "sales"]["before"], told["returning", "sales"]["after"]) == (40, 80)
    assert told["new", "customers"]["after"] == 1


def test_a_year_before_is_told_where_there_is_one() -> None:
    old: tuple[Order, ...] = ((9, "2025-02-03", "100", "30"), (9, "2025-03-03", "10", "3"))
    with shop((*old, *ORDERS), "2026-03-10") as view:
        both = rows(draw(view), "compared")
        year = rows(draw(view, against="year"), "compared")
        days = rows(draw(view, days=7, against="year"), "compared")
    assert [row["compared"] for row in both] == ["previous", "year"]
    assert [(row["compared"], row["sales_before"]) for row in year] == [("year", 100)]
    # The 4th to the 10th of March, 364 days before: the 5th to the 11th of March 2025.
    assert (days[0]["before_start"], days[0]["before_end"]) == (
        date(2025, 3, 5),
        date(2025, 3, 11),
    )
    with shop(ORDERS, "2026-03-10") as view, pytest.raises(CannotTell, match="a year"):
        draw(view, against="year")


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"month": "2026-1"}, UnknownValue, "is no month"),
        ({"month": "2026-13"}, UnknownValue, "is no month"),
        ({"month": "2026-03"}, CannotTell, "has not ended"),
        ({"month": "2026-01"}, CannotTell, "(?i)no month lies before"),
        ({"month": "2026-02", "days": 3}, UnknownValue, "both"),
        ({"days": 0}, UnknownValue, "between 1 and 364"),
        ({"days": 90}, CannotTell, "(?i)do not reach back"),
        ({"against": "yesterday"}, UnknownValue, "is no comparison"),
    ],
)
def test_what_cannot_be_compared_is_said(
    asked: dict[str, object], error: type[Exception], says: str
) -> None:
    with shop(ORDERS, "2026-03-10") as view, pytest.raises(error, match=says):
        draw(view, **asked)  # type: ignore[arg-type]


def test_nothing_was_bought_yet() -> None:
    with shop((), "2026-03-10") as view, pytest.raises(CannotTell, match=r"(?i)nothing was bought"):
        draw(view)


def test_guests_alone_have_orders_and_no_customers() -> None:
    orders = ((None, "2026-01-01", "5", "1"), (None, "2026-02-01", "8", "2"))
    with shop(orders, "2026-02-28") as view:
        picture = draw(view)
    told = {(row["kind"], row["factor"]): row for row in rows(picture, "tree")}
    assert told["guests", "average_order_value"]["sales_change"] == 3
    assert ("new", "customers") not in told
    total = rows(picture, "months")[0]
    assert (total["customers"], total["orders_per_customer"]) == (0, None)


def test_the_words_name_the_strongest_driver_and_the_one_against_it() -> None:
    with shop(ORDERS, "2026-03-10", notes=NOTES) as view:
        said = [one.en for one in draw(view).says]
    assert said[0].startswith("Sales in 2026-02 were ¥184, up 72.0% on 2026-01; profit")
    assert "more returning buyers +¥120" in said[1]
    assert "against that: fewer new buyers -¥54.28" in said[1]
    assert any("28 days against 31" in one for one in said)
    assert any("begin within 2026-01" in one for one in said)


def test_data_that_begin_within_a_year_are_told_to_take_old_customers_for_new() -> None:
    told = []
    for first in ("2025-10-01", "2024-10-01"):
        with shop(((8, first, "1", "1"), *ORDERS), "2026-03-10") as view:
            told.append([one.en for one in draw(view, against="previous").says])
    assert "The data begin on 2025-10-01: who bought before and not since counts as new." in told[0]
    assert not any("counts as new" in one for one in told[1])


def _monthly(sales: list[int], last: str) -> list[Order]:
    """One order a month on its 3rd, up to the last month."""
    year, month = map(int, last.split("-"))
    number = year * 12 + month - 1
    return [
        (1, f"{at // 12}-{at % 12 + 1:02d}-03", str(net), "1")
        for at, net in zip(range(number - len(sales) + 1, number + 1), sales, strict=True)
    ]


def _said(sales: list[int], last: str, as_of: str) -> str:
    with shop(_monthly(sales, last), as_of) as view:
        return " ".join(one.en for one in draw(view, against="previous").says)


def test_under_twenty_months_nothing_is_said_of_what_is_usual() -> None:
    # 100 a month, then 500. With 19 months before the last one nothing is known of the season and
    # little of the rest; with 20 it is a change such as none of the 19 before.
    assert "earlier changes" not in _said([100] * 19 + [500], "2026-02", "2026-02-28")
    told = _said([100] * 20 + [500], "2026-02", "2026-02-28")
    assert "None of the 19 earlier changes from month to month was as large" in told


def test_a_fall_that_takes_a_rise_back_is_as_large_as_the_rise() -> None:
    # Up by half of what was there is ln 1.5; the fall from 150 to 100 is ln 1.5 too, though it is
    # a third. 21 months of 100 and 150 in turn: each of the 20 changes before is as large.
    told = _said([100, 150] * 11, "2026-02", "2026-02-28")
    assert "usual here: 20 of the 20 earlier changes" in told


def test_a_season_is_held_against_the_same_two_months_of_other_years() -> None:
    # Every November 300, else 100; December falls by two thirds, as in the two years before.
    year = [100] * 10 + [300, 100]
    told = _said(year * 3, "2025-12", "2025-12-31")
    assert "The season does as much: between the same two months, sales moved by -67% to -67%" in (
        told
    )
    fallen = _said([*year * 2, *year[:11], 30], "2025-12", "2025-12-31")
    assert "The season alone does not make it" in fallen


def test_a_promotion_in_one_of_the_months_is_named() -> None:
    # One order a day in May and June 2025, six a day from the 1st to the 20th of June ("618").
    days = [f"2025-05-{day:02d}" for day in range(1, 32)]
    days += [f"2025-06-{day:02d}" for day in range(1, 31)]
    plain: list[Order] = [(one, day, "10", "1") for one, day in enumerate(days)]
    feast: list[Order] = [
        (one, f"2025-06-{day:02d}", "10", "1") for day in range(1, 21) for one in range(5)
    ]
    with shop([*plain, *feast], "2025-06-30") as view:
        told = [one.en for one in draw(view).says]
    with shop(plain, "2025-06-30") as view:
        calm = [one.en for one in draw(view).says]
    assert (
        "618 fell in 2025-06: on its days people bought 6.0 times as fast as on days without a"
        " promotion." in told
    )
    assert not any("618" in one for one in calm)


# Two industries of one country, worked with the formula of Ang (2005): energy = output x share x
# intensity. L(40, 30) = 10 / ln(4/3) = 34.7606; times ln(80/50), ln(.25/.2) and ln(2/3).
def test_the_decomposition_worked_by_hand() -> None:
    parts = decompose((50, 0.2, 3.0), (80, 0.25, 2.0))
    assert logarithmic_mean(40, 30) == pytest.approx(34.7606, abs=1e-4)
    assert parts == pytest.approx((16.3376, 7.7566, -14.0942), abs=1e-4)
    assert sum(parts) == pytest.approx(10)


def test_what_comes_from_nothing_is_owed_to_the_factor_that_was_nothing() -> None:
    assert decompose((0, 2, 5), (3, 4, 5)) == [60, 0, 0]
    assert decompose((3, 4, 5), (0, 2, 5)) == [-60, 0, 0]
    assert decompose((0, 0, 5), (3, 4, 5)) == [30, 30, 0]
    assert decompose((0, 4), (3, 0)) == [0, 0]


def test_a_negative_factor_is_shared_by_shapleys_rule() -> None:
    # 100 of sales at a margin of -0.1, then 200 at 0.2: -10 to 40. Sales move first: -10, then the
    # margin 60; margin first: 30, then sales 20. The means: 5 and 45.
    assert decompose((100, -0.1), (200, 0.2)) == pytest.approx([5, 45])


# Products of values smaller than any money leave the range in which floats keep their places.
VALUE = st.floats(-1e3, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-9)
FACTORS = st.lists(
    st.tuples(VALUE, VALUE),
    min_size=1,
    max_size=5,
)


@given(FACTORS)
def test_the_parts_add_up_to_the_change(pairs: list[tuple[float, float]]) -> None:
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    parts = decompose(before, after)
    size = prod(max(abs(one), abs(other), 1.0) for one, other in pairs)
    assert sum(parts) == pytest.approx(prod(after) - prod(before), abs=1e-9 * size)


@given(FACTORS)
def test_swapping_before_and_after_swaps_the_signs(pairs: list[tuple[float, float]]) -> None:
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    size = prod(max(abs(one), abs(other), 1.0) for one, other in pairs)
    there, back = decompose(before, after), decompose(after, before)
    assert there == pytest.approx([-part for part in back], abs=1e-9 * size)


MONEY = st.decimals(-10_000, 100_000, places=4)


@st.composite
def bought(draw: st.DrawFn, *, guests: bool) -> Bought:
    orders = draw(st.integers(0, 50))
    if not orders:
        return Bought(None if guests else 0, 0, Decimal(0), Decimal(0))
    customers = None if guests else draw(st.integers(1, orders))
    return Bought(customers, orders, draw(MONEY), draw(MONEY))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    day = date(2026, 1, 1)
    back = draw(st.decimals(0, 1000, places=4))
    return Period(
        day,
        day,
        {
            NEW: draw(bought(guests=False)),
            RETURNING: draw(bought(guests=False)),
            GUESTS: draw(bought(guests=True)),
        },
        back,
        (back * Decimal("0.3")).quantize(Decimal("0.0001")),
    )


@given(periods(), periods())
def test_factors_add_up_to_groups_and_groups_to_the_whole_to_the_last_place(
    before: Period, after: Period
) -> None:
    nodes = tree(before, after)
    groups = [node for node in nodes if node.group != TOTAL and node.factor == "sales"]
    for change in ("sales_change", "profit_change"):
        whole = next(getattr(node, change) for node in nodes if getattr(node, change) is not None)
        assert sum(getattr(node, change) for node in groups) == whole
        for group in (NEW, RETURNING, GUESTS):
            own = [node for node in nodes if node.group == group]
            if own:
                head, *leaves = own
                assert sum(getattr(leaf, change) for leaf in leaves) == getattr(head, change)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.decimals(-10_000, 10_000, places=4)
)
def test_money_parts_add_up_to_the_money(parts: list[float], change: Decimal) -> None:
    assert sum(in_money(parts, change)) == change
