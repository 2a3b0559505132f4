"""Offers of a small shop: whom what and why, and nothing that was not known on the day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.engines.duckdb import Warehouse
from regulars.insight.recommend.blend import Blend, unlearnt
from regulars.insight.recommend.candidates import MEASURES, candidates
from regulars.insight.recommend.history import look_back
from regulars.insight.recommend.knowledge import know
from regulars.insight.recommend.lessons import goods_of, last_baskets, lessons, some
from regulars.insight.recommend.ranking import Names, explained, ranked

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "3"))
"""An example makes all offers twice, which takes a second."""

DAY = 20_000
Line = tuple[int, int, int]


def offers(
    lines: Sequence[Line], day: int = DAY, blend: Blend | None = None, top: int = 10
) -> list[dict[str, Any]]:
    """The offers on the day to all who bought until then.

    Goods 1 to 6 are tea with prices 10 to 60, 7 to 12 rice, 13 and up name no category.
    """
    items = sorted({item for _, _, item in lines})
    blend = blend or unlearnt()
    with Warehouse.in_memory() as warehouse:

        def keep(name: str, expression: Any) -> Any:
            warehouse.load(name, warehouse.run(expression))
            return warehouse.relation(name)

        warehouse.load("bought", _bought(lines))
        warehouse.load(
            "named",
            pa.table(
                {
                    "item": pa.array(items, pa.int64()),
                    "category": pa.array(
                        [-1 if item > 12 else 1 + (item - 1) // 6 for item in items], pa.int64()
                    ),
                    "platform": ["shop"] * len(items),
                    "product_id": [f"p{item}" for item in items],
                    "title": [f"good {item}" for item in items],
                    "margin_share": [0.3 + 0.01 * (item % 3) for item in items],
                }
            ),
        )
        categories = {"category": pa.array([1, 2], pa.int64()), "category_name": ["tea", "rice"]}
        warehouse.load("categories", pa.table(categories))
        persons = sorted({who for who, bought_on, _ in lines if bought_on <= day})
        warehouse.load(
            "moments",
            pa.table(
                {
                    "customer_id": pa.array(persons, pa.int64()),
                    "moment": pa.array([day] * len(persons), pa.int64()),
                }
            ),
        )
        bought, named, moments = (warehouse.relation(n) for n in ("bought", "named", "moments"))
        known = know(bought, named, day, keep)
        history = look_back(bought, known.goods, moments, keep)
        rows = keep("rows", candidates(known, history, moments, keep))
        best = keep("best", ranked(rows, named, blend, top))
        names = Names(named, warehouse.relation("categories"))
        found: list[dict[str, Any]] = warehouse.run(
            explained(best, known, names, blend)
        ).to_pylist()
    return found


def _bought(lines: Sequence[Line]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([line[0] for line in lines], pa.int64()),
            "day": pa.array([line[1] for line in lines], pa.int64()),
            "item": pa.array([line[2] for line in lines], pa.int64()),
            "pieces": pa.array([1] * len(lines), pa.int64()),
            "gross": pa.array([100_000 * (1 + (line[2] - 1) % 6) for line in lines], pa.int64()),
        }
    )


def _of(rows: list[dict[str, Any]], customer: int, item: int) -> dict[str, Any]:
    (row,) = [r for r in rows if (r["customer_id"], r["product_id"]) == (customer, f"p{item}")]
    return row


def _only(**weights: float) -> Blend:
    """A blend of these weights, so that a single source speaks."""
    zero = dict.fromkeys(MEASURES, 0.0)
    return Blend(zero | weights, zero)


REGULARS: list[Line] = [
    # A crowd that buys the usual goods, so that there is something to sell.
    *((who, DAY - 5 - who % 7, 1 + who % 6) for who in range(100, 140)),
    *((who, DAY - 5 - who % 7, 7 + who % 6) for who in range(140, 180)),
]


def test_what_is_bought_again_and_again_is_offered_when_it_is_due() -> None:
    lines = [*REGULARS]
    lines += [(1, DAY - ago, 7) for ago in (118, 88, 58, 28)]  # every 30 days, 28 ago
    lines += [(1, DAY - ago, 8) for ago in (92, 62, 32, 2)]  # every 30 days, 2 ago
    rows = offers(lines)
    due, early = _of(rows, 1, 7), _of(rows, 1, 8)
    assert due["rank"] < early["rank"]
    assert (due["reason"], due["times"], due["age_days"]) == ("replenish", 4, 28)
    assert due["gap_days"] == pytest.approx(30)
    assert due["new_rank"] is None


def test_what_follows_the_last_basket_is_offered_with_the_persons_who_bear_it_out() -> None:
    lines = [*REGULARS]
    lines += [(who, DAY - 40, 13) for who in range(1, 16)]
    lines += [(who, DAY - 20, 14) for who in range(1, 11)]
    row = _of(offers(lines, blend=_only(follows=1.0)), 15, 14)
    # Fifteen bought good 13; ten came back, and all ten for good 14.
    assert (row["rank"], row["reason"], row["because"]) == (1, "next_after", "good 13")
    assert (row["support"], row["base"]) == (10, 10)


def test_what_goes_with_a_favourite_is_offered() -> None:
    lines = [*REGULARS]
    lines += [(who, DAY - 20, item) for who in range(1, 13) for item in (13, 14)]
    lines += [(50, DAY - 20, 13)]
    row = _of(offers(lines, blend=_only(goes_with=1.0)), 50, 14)
    assert (row["rank"], row["reason"], row["because"]) == (1, "goes_with", "good 13")
    assert (row["support"], row["base"]) == (12, 13)


def test_the_next_price_band_is_offered_where_customers_move_up() -> None:
    lines = [*REGULARS]
    # Goods 1 and 2 are the low band of tea, 3 and 4 the middle one: half of the steps go up.
    lines += [(who, DAY - 30, 1) for who in range(1, 31)]
    lines += [(who, DAY - 10, 3 if who % 2 else 2) for who in range(1, 31)]
    lines += [(50, DAY - 20, 1)]
    rows = offers(lines, blend=_only(category_due=1.0, band_fit=1.0, bought_before=-9.0))
    up, same = _of(rows, 50, 4), _of(rows, 50, 2)
    assert (up["reason"], up["because"]) == ("next_band", "tea")
    # Fifteen of the thirty steps from the low band.
    assert (up["support"], up["base"]) == (15, 30)
    assert same["reason"] == "category_due"
    assert _of(rows, 50, 6)["reason"] == "category_due", "two bands up is told as the category"


def test_who_has_bought_nothing_yet_alike_is_offered_what_sells() -> None:
    lines = [*REGULARS, (1, DAY - 400, 99)]  # of a good that is off sale
    rows = [row for row in offers(lines) if row["customer_id"] == 1]
    assert [row["rank"] for row in rows] == list(range(1, 11))
    assert {row["reason"] for row in rows} == {"popular"}
    assert "p99" not in {row["product_id"] for row in rows}


def test_equal_goods_go_by_popularity_then_margin() -> None:
    # Goods 13 to 15 sell alike; the margin is 31, 32, 30 per cent of prices 10, 20, 30.
    lines = [(who, DAY, item) for who in (1, 2, 3) for item in (13, 14, 15)]
    lines += [(9, DAY, 16), (4, DAY - 300, 17)]
    nothing = _only()
    rows = [r for r in offers(lines, blend=nothing) if r["customer_id"] == 4]
    assert [row["product_id"] for row in rows] == ["p15", "p14", "p13", "p16"]
    assert [row["margin"] for row in rows][:3] == pytest.approx([9.0, 6.4, 3.1])


def test_the_best_new_goods_are_kept_behind_ten_of_the_persons_own() -> None:
    lines = [*REGULARS]
    lines += [(1, DAY - ago, 20 + item) for ago in (40, 20) for item in range(12)]
    rows = [row for row in offers(lines) if row["customer_id"] == 1]
    assert [row["reason"] for row in rows][:10] == ["replenish"] * 10
    new = [row for row in rows if row["new_rank"] is not None]
    assert [row["new_rank"] for row in new] == [1, 2, 3]
    assert all(row["rank"] > 10 for row in new)


_LINES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(DAY - 60, DAY), st.integers(1, 15)),
    min_size=1,
    max_size=40,
    unique=True,
)
_LATER = st.lists(
    st.tuples(st.integers(1, 8), st.integers(DAY + 1, DAY + 60), st.integers(1, 15)),
    max_size=20,
    unique=True,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(lines=_LINES, later=_LATER)
def test_what_is_bought_after_the_day_changes_nothing(lines: list[Line], later: list[Line]) -> None:
    assert offers(lines) == offers(lines + later)


@settings(max_examples=EXAMPLES, deadline=None)
@given(lines=_LINES, order=st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(lines: list[Line], order: Any) -> None:
    mixed = list(lines)
    order.shuffle(mixed)
    assert offers(lines) == offers(mixed)


def test_a_last_basket_is_foretold_from_the_day_before() -> None:
    lines = [(1, 10, 1), (1, 20, 2), (2, 12, 1), (3, 5, 1), (3, 19, 2), (3, 40, 9), (4, 8, 1)]
    with Warehouse.in_memory() as warehouse:
        warehouse.load("bought", _bought(lines))
        bought = warehouse.relation("bought")

        def rows(expression: Any) -> list[tuple[Any, ...]]:
            return sorted(tuple(r.values()) for r in warehouse.run(expression).to_pylist())

        # Customer 2 and 4 had not bought before; of customer 3, day 40 is not known yet.
        persons = last_baskets(bought, 15, 30, 30)
        assert rows(persons) == [(1, 19), (3, 18)]
        # Once it is known, day 19 is no longer the last basket.
        assert rows(last_baskets(bought, 15, 30, 60)) == [(1, 19)]
        assert rows(goods_of(bought, persons)) == [(1, 2), (3, 2)]
        assert rows(some(persons, 2, most=2)) == rows(persons)
        assert rows(some(persons, 2, most=1)) == []  # every second customer: neither is even
        marked = pa.table(
            {
                "customer_id": pa.array([1, 1], pa.int64()),
                "item": pa.array([2, 3], pa.int64()),
                **{name: [0.0, 0.0] for name in MEASURES},
            }
        )
        warehouse.load("marked", marked)
        found = lessons(warehouse.relation("marked"), goods_of(bought, persons))
        assert rows(found.select("customer_id", "item", "chosen")) == [(1, 2, True), (1, 3, False)]
