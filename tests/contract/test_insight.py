"""Every picture of the small shop, worked out by hand, on every engine.

The numbers were worked out on paper from the orders in `conftest.py`; the sums stand beside them.
Both engines must give them exactly, and so agree with one another.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from regulars.errors import UnknownValue
from regulars.insight.cohort import cohort
from regulars.insight.cycle_curve import gaps
from regulars.insight.growth.draw import growth
from regulars.insight.overview import overview
from regulars.insight.portraits.make_up import portrait, trait_keys
from regulars.insight.rfm_map import rfm8_segments, rfm_map, rfm_segments
from regulars.insight.stages import stage_flow, stages

AS_OF = date(2026, 4, 15)


@pytest.fixture
def shop(load: Any, small_shop: Any) -> Any:
    return load(**small_shop)


def _rows(engine: Any, expression: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in engine.run(expression).to_pylist()]


def test_overview(engine: Any, shop: Any) -> None:
    purchases, people, _, credit_notes = shop
    all_time, year = engine.run(overview(purchases, credit_notes, people, AS_OF)).to_pylist()
    # Known people: 1-7 and 9. Orders to the date: 4+3+1+2+2+1+2 of customers, 2 of guests.
    # Paid: 70 + 30.30 + 10.10 + 30.30 + 30.30 + 30.30 + 120 = 321.30, and 10 by guests.
    # Credit notes to the date: 1.50 and 4 of customers, 0.25 of a guest.
    # Bought twice or more: 1, 2, 4, 5, 7.
    assert all_time == {
        "span": "all_time",
        "first_day": date(2024, 12, 31),
        "last_day": AS_OF,
        "customers": 8,
        "buyers": 7,
        "repeat_buyers": 5,
        "orders": 17,
        "guest_orders": 2,
        "sales": Decimal("325.55"),
        "guest_sales": Decimal("9.75"),
        "average_order_value": pytest.approx(325.55 / 17, abs=1e-9),
        "spend_per_customer": pytest.approx(315.80 / 7, abs=1e-9),
        "repeat_rate": pytest.approx(5 / 7, abs=1e-9),
    }
    # The year begins on 2025-04-16: customer 7's first order of 100 and the credit note of 4 fall
    # out, and 7 is one-time.
    assert (year["span"], year["orders"], year["sales"]) == ("last_365_days", 16, Decimal("229.55"))
    assert (year["buyers"], year["repeat_buyers"]) == (7, 4)
    assert year["spend_per_customer"] == pytest.approx(219.80 / 7, abs=1e-9)


def test_overview_of_an_empty_shop_has_no_ratios(engine: Any, load: Any, small_shop: Any) -> None:
    purchases, people, credit_notes = load(
        **{name: small_shop[name].slice(0, 0) for name in ("purchases", "people", "credit_notes")}
    )
    row = engine.run(overview(purchases, credit_notes, people, AS_OF)).to_pylist()[0]
    assert (row["orders"], row["sales"], row["buyers"]) == (0, Decimal(0), 0)
    assert (row["average_order_value"], row["repeat_rate"]) == (None, None)
    assert (row["guest_orders"], row["repeat_buyers"]) == (0, 0)
    assert engine.run(growth(purchases, AS_OF)).num_rows == 0
    assert engine.run(cohort(purchases, AS_OF)).num_rows == 0


def test_growth(engine: Any, shop: Any) -> None:
    # Months bought in. 1: Jan Feb Apr. 2: Jan Feb Mar. 3: Jan. 4: Feb. 5: Mar Apr. 6: Apr.
    # 7: Dec 2024 and Mar 2026. Columns: buyers, new, retained, resurrected, lost, quick ratio
    # ((new + resurrected) / lost), complete.
    quiet = [(date(2025, month, 1), 0, 0, 0, 0, 0, None, True) for month in range(2, 13)]
    assert _rows(engine, growth(shop[0], AS_OF)) == [
        (date(2024, 12, 1), 1, 1, 0, 0, 0, None, True),
        (date(2025, 1, 1), 0, 0, 0, 0, 1, 0.0, True),  # 7 has gone
        *quiet,
        (date(2026, 1, 1), 3, 3, 0, 0, 0, None, True),  # 1, 2, 3
        (date(2026, 2, 1), 3, 1, 2, 0, 1, 1.0, True),  # 4 new; 1, 2 kept; 3 gone
        (date(2026, 3, 1), 3, 1, 1, 1, 2, 1.0, True),  # 5 new; 2 kept; 7 back; 1, 4 gone
        (date(2026, 4, 1), 3, 1, 1, 1, None, None, False),  # 6 new; 5 kept; 1 back; not over yet
    ]


def test_a_month_is_over_at_the_end_of_its_last_day(engine: Any, shop: Any) -> None:
    *_, last = _rows(engine, growth(shop[0], date(2026, 3, 31)))
    assert last == (date(2026, 3, 1), 3, 1, 1, 1, 2, 1.0, True)


def test_cohort(engine: Any, shop: Any) -> None:
    rows = _rows(engine, cohort(shop[0], AS_OF))
    by_cohort: dict[date, list[int]] = {}
    for month, since, size, customers, share, _ in rows:
        by_cohort.setdefault(month, []).append(customers)
        assert len(by_cohort[month]) == since + 1
        assert share == customers / size
    assert by_cohort == {
        date(2024, 12, 1): [1] + [0] * 14 + [1, 0],  # 7, back after 15 months
        date(2026, 1, 1): [3, 2, 1, 1],  # 1 2 3; 1 2; 2; 1
        date(2026, 2, 1): [1, 0, 0],  # 4
        date(2026, 3, 1): [1, 1],  # 5
        date(2026, 4, 1): [1],  # 6
    }
    incomplete = [(month, since) for month, since, *_, complete in rows if not complete]
    assert incomplete == [
        (date(2024, 12, 1), 16),
        (date(2026, 1, 1), 3),
        (date(2026, 2, 1), 2),
        (date(2026, 3, 1), 1),
        (date(2026, 4, 1), 0),
    ]


def test_rfm_map(engine: Any, shop: Any) -> None:
    rows = _rows(engine, rfm_map(shop[1]))
    assert [row[:2] for row in rows] == [(r, f) for r in range(1, 6) for f in range(1, 6)]
    # (r, f): 3 (1,1); 4 (1,2); 2 (2,4); 7 (3,2); 1 (3,5); 6 (4,1); 5 (4,2). 9 has not bought.
    assert [row for row in rows if row[2]] == [
        (1, 1, 1, pytest.approx(10.10)),
        (1, 2, 1, pytest.approx(30.30)),
        (2, 4, 1, pytest.approx(30.30)),
        (3, 2, 1, pytest.approx(120)),
        (3, 5, 1, pytest.approx(70)),
        (4, 1, 1, pytest.approx(30.30)),
        (4, 2, 1, pytest.approx(30.30)),
    ]
    assert {row[3] for row in rows if not row[2]} == {None}


def test_segments(engine: Any, shop: Any) -> None:
    western = {row[0]: row[1:] for row in _rows(engine, rfm_segments(shop[1]))}
    assert list(western) == [
        "champions",
        "loyal",
        "potential_loyalist",
        "new",
        "promising",
        "need_attention",
        "about_to_sleep",
        "at_risk",
        "cant_lose",
        "hibernating",
        "lost",
    ]
    assert western["loyal"] == (2, pytest.approx(2 / 7), Decimal(190), pytest.approx(95))
    assert western["champions"] == (0, 0.0, Decimal(0), None)
    assert sum(row[0] for row in western.values()) == 7
    eight = [row[:2] for row in _rows(engine, rfm8_segments(shop[1]))]
    assert eight == [
        ("111", 1),
        ("101", 1),
        ("011", 0),
        ("001", 0),
        ("110", 0),
        ("100", 2),
        ("010", 1),
        ("000", 2),
    ]


def test_stages(engine: Any, shop: Any) -> None:
    rows = {row[0]: row[1:] for row in _rows(engine, stages(shop[1]))}
    assert next(iter(rows)) == "not_observable"
    assert list(rows)[-1] == "lost"
    assert len(rows) == 12
    # 120 of 321.30 paid in all; eight people.
    paid = pytest.approx(120 / 321.30, abs=1e-9)
    assert rows["won_back"] == (1, 0.125, Decimal(120), paid, pytest.approx(0.6, abs=1e-9))
    assert rows["lost"][-1] is None
    assert rows["core"] == (0, 0.0, Decimal(0), 0.0, None)


def test_stage_flow(engine: Any, shop: Any) -> None:
    # From the end of 2026-03-16: the change of that day has happened. 5 and 6 came after it.
    purchases, _, history, _ = shop
    # All who became warmer bought in between: 1 on 04-01, 7 on 03-31.
    assert _rows(engine, stage_flow(history, purchases, AS_OF, 30)) == [
        ("arrived", "first_order", 1, 0),
        ("arrived", "second_order", 1, 0),
        ("not_observable", "not_observable", 1, 0),
        ("first_order", "lost", 1, 0),
        ("second_order", "dormant", 1, 0),
        ("growing", "at_risk", 1, 0),
        ("at_risk", "growing", 1, 0),
        ("lost", "won_back", 1, 0),
    ]
    # Without their purchases they were only judged anew; nobody is who became colder.
    earlier = purchases.filter(purchases.day <= date(2026, 3, 16))
    judged = _rows(engine, stage_flow(history, earlier, AS_OF, 30))
    assert [row[:2] for row in judged if row[3]] == [("at_risk", "growing"), ("lost", "won_back")]


def test_gaps(engine: Any, shop: Any) -> None:
    # Days bought on, gaps after the 1st: 1 28, 2 31, 5 15, 7 455 closed; 3 74, 4 46, 6 0 open.
    # After the 2nd: 1 32 (to 04-01), 2 28 closed; 5 0, 7 15 open. Later: 1 14, 2 41 open.
    # Two orders of one day (1 and 4) are one purchase.
    assert _rows(engine, gaps(shop[0], AS_OF)) == [
        (1, 0, False, 1),
        (1, 15, True, 1),
        (1, 28, True, 1),
        (1, 31, True, 1),
        (1, 46, False, 1),
        (1, 74, False, 1),
        (1, 455, True, 1),
        (2, 0, False, 1),
        (2, 15, False, 1),
        (2, 28, True, 1),
        (2, 32, True, 1),
        (3, 14, False, 1),
        (3, 41, False, 1),
    ]


def test_portrait(engine: Any, shop: Any) -> None:
    repeat = portrait(shop[1], "gender", lambda t: t.orders >= 2, minimum=4)
    # Known gender: F 1 2 4 6, M 3 5 9. Group, two orders or more: F 1 2 4, M 5; 7's is not known.
    # TGI F = (3/4) / (4/7) x 100 = 131.25. Wilson of 3 in 4 is 0.300642 to 0.954413 and of 1 in 4
    # 0.045587 to 0.699358 (published tables); divided by 4/7 and 3/7.
    assert _rows(engine, repeat) == [
        _portrait_row("F", 3, 0.75, 4, 4 / 7, 131.25, 52.612, 167.022),
        _portrait_row("M", 1, 0.25, 3, 3 / 7, 175 / 3, 10.637, 163.184),
    ]


def _portrait_row(value: str, *numbers: float) -> tuple[Any, ...]:
    a, share, b, base_share, tgi, low, high = numbers
    exact = [pytest.approx(x, abs=1e-9) for x in (share, base_share, tgi)]
    low, high = (pytest.approx(x, abs=1e-3) for x in (low, high))
    return (value, a, 4, exact[0], b, 7, exact[1], exact[2], low, high)


def test_portrait_of_lists_and_traits(engine: Any, shop: Any) -> None:
    people = shop[1]
    # Tags: 1 a b, 2 a, 5 b, 6 a (twice, counted once), 7 a b. Group 1 and 7; five are known.
    tags = portrait(people, "tags", lambda t: t.r == 3, lambda t: t.orders > 0, minimum=1)
    assert [row[:8] for row in _rows(engine, tags)] == [
        ("a", 2, 2, 1.0, 4, 5, 0.8, 125.0),
        ("b", 2, 2, 1.0, 3, 5, 0.6, pytest.approx(500 / 3)),
    ]
    pets = portrait(people, "traits.pet", lambda t: t.r == 3, lambda t: t.orders > 0, minimum=1)
    assert [row[:6] for row in _rows(engine, pets)] == [
        ("cat", 2, 2, 1.0, 3, 5),
        ("dog", 0, 2, 0.0, 2, 5),
    ]
    assert _rows(engine, trait_keys(people)) == [("pet", 6)]


def test_a_small_group_gets_no_share(engine: Any, shop: Any) -> None:
    (first, *_) = _rows(engine, portrait(shop[1], "gender", lambda t: t.orders >= 2))
    assert first == ("F", 3, 4, None, 4, 7, pytest.approx(4 / 7), None, None, None)


def test_a_portrait_of_nothing_known_names_the_columns(shop: Any) -> None:
    with pytest.raises(UnknownValue, match="gender"):
        portrait(shop[1], "gendre", lambda t: t.orders >= 2)
