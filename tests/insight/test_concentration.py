"""How far value rests on few: by hand, and errors against drawing the customers again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.errors import CannotTell
from regulars.insight.concentration.draw import draw
from regulars.insight.concentration.judged import Held, held
from samples.hand_made import HandMade

AS_OF = date(2026, 6, 30)
DAY = date(2026, 3, 1)
YEAR_BEFORE = date(2025, 3, 1)


def _shop() -> HandMade:
    """36 customers paid 10 and 4 paid 60, half as profit; all of it for tea."""
    shop = HandMade()
    for customer in range(40):
        paid = 60 if customer < 4 else 10
        shop.buy(customer, DAY, ("tea", paid, paid / 2))
    return shop


def _spread(shop: HandMade, *key: str) -> dict[str, Any]:
    rows = draw(shop.view(AS_OF)).tables["spread"].to_pylist()
    return next(row for row in rows if (row["of"], row["measure"], row["span"]) == key)


def test_how_the_value_of_customers_is_spread() -> None:
    drawn = draw(_shop().view(AS_OF))
    row = drawn.tables["spread"].to_pylist()[0]
    assert (row["of"], row["measure"], row["span"]) == ("customer", "paid", "last_365_days")
    # 36 x 10 + 4 x 60 = 600. Ranks from the lowest: 10 x (1 + ... + 36) + 60 x (37 + ... + 40)
    # = 6,660 + 9,240 = 15,900; G = 2 x 15,900 / (40 x 600) - 41 / 40 = 0.3.
    assert (row["members"], row["total"]) == (40, Decimal(600))
    assert row["gini"] == pytest.approx(0.3)
    # Four bring 240, six more 60: ten bring half, and are the ten best.
    assert (row["hold_half"], row["hold_half_share"]) == (10, 0.25)
    assert (row["top_ten"], row["top_ten_share"]) == (Decimal(300), 0.5)
    tops = [
        (top["percent"], top["members"], top["share"])
        for top in drawn.tables["top"].to_pylist()
        if (top["of"], top["measure"], top["span"]) == ("customer", "paid", "last_365_days")
    ]
    # Rounded up: 1 % of 40 is one.
    assert tops == [
        (1, 1, pytest.approx(0.1)),
        (5, 2, pytest.approx(0.2)),
        (10, 4, pytest.approx(0.4)),
        (20, 8, pytest.approx(280 / 600)),
    ]
    curve = [
        (point["members_share"], point["value_share"])
        for point in drawn.tables["curve"].to_pylist()
        if (point["of"], point["measure"], point["span"]) == ("customer", "paid", "last_365_days")
    ]
    assert curve[0] == (0.0, 0.0)
    assert (0.1, pytest.approx(0.4)) in [(round(at, 9), worth) for at, worth in curve]
    assert curve[-1] == (1.0, 1.0)


def test_all_that_hold_the_same_have_a_gini_of_0() -> None:
    shop = HandMade()
    for customer in range(40):
        shop.buy(customer, DAY, ("tea", 10, 5))
    row = _spread(shop, "customer", "paid", "last_365_days")
    assert row["gini"] == pytest.approx(0.0, abs=1e-12)
    assert row["hold_half"] == 20


def test_guests_hold_nothing_and_their_goods_do() -> None:
    shop = _shop()
    for number in range(60):
        shop.buy(None, DAY, (f"good {number % 30}", 10, 5))
    assert _spread(shop, "customer", "paid", "last_365_days")["members"] == 40
    goods = _spread(shop, "product", "paid", "last_365_days")
    assert (goods["members"], goods["total"]) == (31, Decimal(1200))


def test_spans_begin_and_end_on_their_days() -> None:
    shop = _shop()
    year = AS_OF - timedelta(days=364)
    days_ago = {90: 0, 91: 1, 92: 365, 93: 366}
    for customer, days in days_ago.items():
        day = year - timedelta(days=days)
        shop.buy(customer, day, ("tea", 1, 1))
    members = {
        span: _spread(shop, "customer", "paid", span)["members"]
        for span in ("last_365_days", "year_before", "all_time")
    }
    assert members == {"last_365_days": 41, "year_before": 2, "all_time": 44}


def test_the_year_before_is_compared_only_where_it_is_whole() -> None:
    shop = _shop()
    whole = AS_OF - timedelta(days=2 * 365 - 1)
    shop.buy(99, whole + timedelta(days=1), ("tea", 10, 5))
    assert not draw(shop.view(AS_OF)).facts["year_before"]
    shop.buy(98, whole, ("tea", 10, 5))
    assert draw(shop.view(AS_OF)).facts["year_before"]


def test_a_change_is_called_one_only_beyond_chance() -> None:
    same, more = _shop(), _shop()
    for customer in range(40):
        paid = 60 if customer < 4 else 10
        same.buy(customer, YEAR_BEFORE, ("tea", paid, 1))
        more.buy(customer, YEAR_BEFORE, ("tea", 10, 1))
    for shop in (same, more):
        shop.buy(0, date(2024, 6, 1), ("tea", 1, 1))
    assert any("no difference beyond chance" in said.en for said in draw(same.view(AS_OF)).says)
    assert any("rests on fewer" in said.en for said in draw(more.view(AS_OF)).says)


def test_profit_may_lie_below_zero() -> None:
    shop = HandMade()
    for customer in range(40):
        shop.buy(customer, DAY, ("tea", 10, -2 if customer < 5 else 4))
    row = _spread(shop, "customer", "profit", "last_365_days")
    # 35 x 4 - 5 x 2 = 130: the 35 bring 140 of 130, and there is no Gini coefficient.
    assert (row["losing"], row["losing_value"], row["total"]) == (5, Decimal(-10), Decimal(130))
    assert row["gini"] is None
    drawn = draw(shop.view(AS_OF))
    highest = max(
        point["value_share"]
        for point in drawn.tables["curve"].to_pylist()
        if point["measure"] == "profit" and point["of"] == "customer"
    )
    assert highest > 1
    assert any("5 customers (12%) cost more than they brought" in said.en for said in drawn.says)


def test_nothing_paid_by_anybody_is_no_concentration() -> None:
    shop = HandMade()
    for customer in range(40):
        shop.buy(customer, DAY, ("sample", 0, 0))
    row = _spread(shop, "customer", "paid", "last_365_days")
    assert (row["gini"], row["hold_half"], row["top_ten_share"]) == (None, None, None)


@pytest.mark.parametrize("customers", [0, 1, 29])
def test_too_few_customers_are_told(customers: int) -> None:
    shop = HandMade()
    for customer in range(customers):
        shop.buy(customer, DAY, ("tea", 10, 5))
    shop.buy(None, DAY, ("tea", 10, 5))
    with pytest.raises(CannotTell, match="it takes 30"):
        draw(shop.view(AS_OF))


def _held(values: np.ndarray) -> Held:
    """What the engine would sum, with NumPy."""
    n, part_of = len(values), np.arange(len(values)) * 100 // len(values) + 1
    x = np.sort(values)[::-1]
    q = x / x.mean()
    rank = (n - np.arange(n)) / n
    below = 1 - (np.cumsum(x) - x) / x.sum()
    b = 2 * rank * q - 2 * below - q
    columns: dict[str, list[float]] = {}
    for part in np.unique(part_of):
        own = part_of == part
        whole = np.rint(x[own] * 10_000).astype(np.int64)
        for name, value in {
            "part": int(part), "members": int(own.sum()), "value": int(whole.sum()),
            "squares": float((x[own] ** 2).sum()), "least": float(x[own].min()), "below": 0,
            "lost": 0, "top": 0, "to_half": int((2 * np.cumsum(x)[own] < x.sum()).sum()),
            "rq": float((rank * q)[own].sum()), "b": float(b[own].sum()),
            "bb": float((b[own] ** 2).sum()), "bq": float((b * q)[own].sum()),
        }.items():  # fmt: skip
            columns.setdefault(name, []).append(value)
    return held(pa.table(columns))


def test_errors_are_those_of_drawing_the_customers_again() -> None:
    draws = np.random.default_rng(3)
    values = np.round(draws.lognormal(3, 1, 2_000), 2)
    told = _held(values)
    again = [_held(draws.choice(values, len(values))) for _ in range(400)]
    ginis = [one.gini for one in again if one.gini is not None]
    assert told.gini_error == pytest.approx(float(np.std(ginis)), rel=0.12)
    for place in range(len(told.tops)):
        top = told.tops[place]
        error = (top.high - top.low) / 2 / 1.959964
        assert error == pytest.approx(
            float(np.std([one.tops[place].share for one in again])), rel=0.15
        )


@given(st.lists(st.integers(1, 10_000), min_size=30, max_size=200))
@settings(max_examples=50, deadline=None)
def test_the_curve_never_falls_below_the_diagonal_and_gini_is_its_area(values: list[int]) -> None:
    told = _held(np.array(values, dtype=float))
    assert all(worth >= members - 1e-9 for members, worth in told.curve)
    assert told.gini is not None
    assert -1e-9 <= told.gini < 1
    ordered = np.sort(values)
    differences = np.abs(ordered[:, None] - ordered[None, :]).mean()
    # Half the mean difference over the mean, by its definition.
    assert told.gini == pytest.approx(differences / 2 / np.mean(values), abs=1e-9)


def test_a_short_history_is_told_by_its_days_and_not_as_a_year() -> None:
    # 1 March to 30 June 2026 are 31 + 30 + 31 + 30 = 122 days.
    drawn = draw(_shop().view(AS_OF))
    assert drawn.facts["days"] == 122
    assert drawn.says[0].en.startswith("In the last 122 days the best 10% of 40 customers")
    assert any("¥300 in 122 days would be at stake" in said.en for said in drawn.says)
    assert not any("365" in said.text(language) for said in drawn.says for language in ("en", "zh"))
