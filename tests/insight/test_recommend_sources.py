"""Each source of offers on shops small enough to work out by hand.

Lines are (customer, day, item); a piece costs 10 unless a price is given. Days are counted from
day 0 of a calendar that begins on day 19,000.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.insight.recommend.due import due, gap_laws, own_gap
from regulars.insight.recommend.fixed import number
from regulars.insight.recommend.goods import goods
from regulars.insight.recommend.history import look_back
from regulars.insight.recommend.neighbours import baskets, buyers, companions, followers, paired
from regulars.insight.recommend.newness import kinds, liked
from regulars.insight.recommend.price_band import moves

START = 19_000
Line = tuple[int, int, int]


class Bench:
    """A warehouse in memory with lines in it."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def lines(
        self,
        lines: Sequence[Line],
        price: Callable[[int], float] = lambda _: 10.0,
        category: Callable[[int], int] = lambda _: 1,
    ) -> tuple[Any, Any]:
        """`bought` and `goods_named` of the lines."""
        items = sorted({item for _, _, item in lines})
        self.warehouse.load(
            "bought",
            pa.table(
                {
                    "customer_id": pa.array([line[0] for line in lines], pa.int64()),
                    "day": pa.array([START + line[1] for line in lines], pa.int64()),
                    "item": pa.array([line[2] for line in lines], pa.int64()),
                    "pieces": pa.array([1] * len(lines), pa.int64()),
                    "gross": pa.array(
                        [round(price(line[2]) * 10_000) for line in lines], pa.int64()
                    ),
                }
            ),
        )
        self.warehouse.load(
            "named",
            pa.table(
                {
                    "item": pa.array(items, pa.int64()),
                    "category": pa.array([category(item) for item in items], pa.int64()),
                }
            ),
        )
        return self.warehouse.relation("bought"), self.warehouse.relation("named")

    def keep(self, name: str, expression: Any) -> Any:
        self.warehouse.load(name, self.warehouse.run(expression))
        return self.warehouse.relation(name)

    def rows(self, expression: Any, *columns: str) -> list[Any]:
        rows = self.warehouse.run(expression.select(*columns)).to_pylist()
        return sorted(tuple(row.values()) for row in rows)

    def number(self, expression: Any) -> float:
        (row,) = self.warehouse.run(expression.name("value").as_table()).to_pylist()
        return float(row["value"])


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Warehouse.in_memory() as warehouse:
        yield Bench(warehouse)


# Goods -------------------------------------------------------------------------------------------


def test_a_good_is_on_sale_while_it_was_sold_lately_or_has_always_sold_rarely(bench: Bench) -> None:
    lines = [
        (1, 0, 1), (2, 10, 1),              # sold every 10 days, silent for 90: off sale
        (1, 0, 2), (2, 40, 2),              # every 40 days, silent for 60 <= 4 x 40: on sale
        (1, 44, 3),                         # sold once, silent for 56: on sale still
        (1, 43, 4),                         # sold once, silent for 57: off sale
    ]  # fmt: skip
    bought, named = bench.lines(lines)
    found = bench.rows(goods(bought, named, START + 100), "item", "is_on_sale")
    assert found == [(1, False), (2, True), (3, True), (4, False)]


def test_popularity_counts_this_season_and_trend_what_is_rising(bench: Bench) -> None:
    # As of day 56: a sale of that day weighs 1 in the season (half-life 56), one of day 0 a half.
    bought, named = bench.lines([(1, 56, 1), (2, 0, 2), (3, 0, 2)])
    one, two = bench.warehouse.run(goods(bought, named, START + 56).order_by("item")).to_pylist()
    assert (one["season"], two["season"]) == (1.0, 1.0)
    assert one["popularity"] == two["popularity"] == pytest.approx(math.log(5001))
    # Of late (half-life 14): 1 of item 1, and 2 x 2^-4 = 0.125 of item 2, where steady sales would
    # have made 14 / 56 x 1 = 0.25. Half a sale is added to both sides.
    assert one["trend"] == pytest.approx(math.log(1.5 / 0.75))
    assert two["trend"] == pytest.approx(math.log(0.625 / 0.75))


def test_a_category_of_six_goods_with_steep_prices_has_three_bands(bench: Bench) -> None:
    lines = [(1, 0, item) for item in range(1, 19)]
    bought, named = bench.lines(
        lines,
        # 1-6 rise from 10 to 20; 7-12 hardly rise; 13-17 are only five; 18 has no category.
        price=lambda item: 8 + 2 * item if item <= 6 else 10 + item / 100,
        category=lambda item: -1 if item == 18 else 1 + (item - 1) // 6,
    )
    found = dict(bench.rows(goods(bought, named, START), "item", "band"))
    assert [found[item] for item in range(1, 7)] == [1, 1, 2, 2, 3, 3]
    assert {found[item] for item in range(7, 19)} == {0}


# Replenish ---------------------------------------------------------------------------------------


def test_gaps_are_learnt_per_category_and_drawn_towards_the_shop(bench: Bench) -> None:
    bench.warehouse.load(
        "known",
        pa.table(
            {
                # One gap of 10 days of good 1 (category 1), one of 40 of good 2 (category 2).
                "customer_id": pa.array([1, 1, 2, 2], pa.int64()),
                "day": pa.array([0, 10, 0, 40], pa.int64()),
                "item": pa.array([1, 1, 2, 2], pa.int64()),
                "category": pa.array([1, 1, 2, 2], pa.int64()),
            }
        ),
    )
    found = bench.rows(gap_laws(bench.warehouse.relation("known")), "category", "item_gap")
    # The shop's mean ln gap is (ln 10 + ln 40) / 2 = ln 20; it weighs as much as ten gaps.
    assert found[0] == (1, pytest.approx((math.log(10) + 10 * math.log(20)) / 11, abs=1e-5))
    assert found[1] == (2, pytest.approx((math.log(40) + 10 * math.log(20)) / 11, abs=1e-5))


def test_where_nobody_has_returned_a_gap_is_assumed(bench: Bench) -> None:
    bench.warehouse.load(
        "known",
        pa.table({name: pa.array([1], pa.int64()) for name in ("customer_id", "day", "item")})
        .append_column("category", pa.array([1], pa.int64())),
    )  # fmt: skip
    (row,) = bench.warehouse.run(gap_laws(bench.warehouse.relation("known"))).to_pylist()
    assert row["item_gap"] == row["category_gap"] == pytest.approx(math.log(30))
    assert row["item_spread"] == row["category_spread"] == pytest.approx(0.9)


def test_a_persons_own_gaps_weigh_more_the_more_there_are(bench: Bench) -> None:
    import ibis

    law = number(math.log(30))
    one = own_gap(ibis.literal(1), ibis.literal(0), law)
    many = own_gap(ibis.literal(11), ibis.literal(100), law)
    assert bench.number(one) == pytest.approx(math.log(30))
    # Ten own gaps of 10 days, two of the law: (10 ln 10 + 2 ln 30) / 12.
    assert bench.number(many) == pytest.approx((10 * math.log(10) + 2 * math.log(30)) / 12)


def test_what_is_due_is_little_at_first_most_around_the_gap_and_less_after(bench: Bench) -> None:
    import ibis

    gap, spread = number(math.log(30)), number(0.5)
    at = {
        age: bench.number(due(ibis.literal(age), gap, spread)) for age in (0, 7, 29, 44, 120, 1000)
    }
    assert at[0] < at[7] < at[29] < at[44] > at[120] > at[1000]
    # On the day of the gap z is 0: h = b / (2 t) with b = pi / (0.5 sqrt 3) = 3.6276, t = 30.
    assert at[29] == pytest.approx(10 + math.log(3.6276 / 60), abs=1e-4)


# Next after, goes with ---------------------------------------------------------------------------


def _pairs(bench: Bench, lines: Sequence[Line]) -> tuple[Any, Any]:
    bought, named = bench.lines(lines)
    sold = bench.keep("sold", goods(bought, named, START + 100))
    numbered = bench.keep("numbered", baskets(bought))
    in_pairs = bench.keep("pairs", paired(bought, numbered, sold))
    return in_pairs, bench.keep("bought_by", buyers(in_pairs, numbered))


def test_what_follows_is_counted_by_persons_of_those_who_came_back(bench: Bench) -> None:
    lines = [
        # Twenty persons buy 1; twelve come back, eight of them for 2, one of these twice.
        *((who, 0, 1) for who in range(20)),
        *((who, 10, 2) for who in range(8)),
        (0, 20, 1), (0, 30, 2),
        *((who, 10, 3) for who in range(8, 12)),
        # 3 is what others buy all the time, so that it does not follow from 1.
        *((who, 0, 3) for who in range(30, 60)),
        *((who, 0, 2) for who in range(90, 93)),
    ]  # fmt: skip
    found = bench.rows(followers(*_pairs(bench, lines)), "item", "other", "both", "base")
    # 3 after 1: 4 of 12, no more than the 34 of 53 who buy it anyway.
    assert found == [(1, 2, 8, 12)]
    ((score,),) = bench.rows(followers(*_pairs(bench, lines)), "score")
    assert score == pytest.approx(8 / (12 + 5))


@pytest.mark.parametrize(("persons", "pairs"), [(2, []), (3, [(1, 2, 3, 3)])])
def test_a_pair_of_two_persons_is_chance(
    bench: Bench, persons: int, pairs: list[tuple[int, ...]]
) -> None:
    lines = [
        *((who, 0, 1) for who in range(20)),
        *((who, 10, 2) for who in range(persons)),
        *((who, 0, 2) for who in range(40, 50)),
        *((who, 0, 3) for who in range(100, 200)),  # a crowd, beside which even two stand out
    ]
    assert bench.rows(followers(*_pairs(bench, lines)), "item", "other", "both", "base") == pairs


def test_what_goes_with_it_is_told_in_both_directions(bench: Bench) -> None:
    lines = [
        *((who, 0, 1) for who in range(12)),
        *((who, 0, 2) for who in range(9)),
        (20, 0, 2),
        *((who, 0, 3) for who in range(30, 60)),
    ]
    found = bench.rows(companions(*_pairs(bench, lines)), "item", "other", "both", "base")
    assert found == [(1, 2, 9, 12), (2, 1, 9, 10)]
    scores = bench.rows(companions(*_pairs(bench, lines)), "score")
    # The cosine with five persons added to each: 9 / sqrt(17 x 15).
    assert scores == [(pytest.approx(9 / math.sqrt(17 * 15)),)] * 2


def test_a_basket_of_a_whole_shop_tells_nothing(bench: Bench) -> None:
    lines = [(who, 0, item) for who in range(12) for item in range(61)]
    assert bench.rows(companions(*_pairs(bench, lines)), "item") == []


# Next price band ---------------------------------------------------------------------------------


def test_moves_between_bands_are_drawn_towards_the_shop(bench: Bench) -> None:
    # Category 1: three persons step from band 1 to 2, one stays. Category 2: nobody steps.
    steps = [(who, 0, 1, 1) for who in range(4)]
    steps += [(who, 9, 1, 2) for who in range(3)] + [(3, 9, 1, 1), (9, 0, 2, 1)]
    bench.warehouse.load(
        "known",
        pa.table(
            {
                name: pa.array([step[at] for step in steps], pa.int64())
                for at, name in enumerate(("customer_id", "day", "category", "band"))
            }
        ),
    )
    made = moves(bench.warehouse.relation("known"))
    found = {
        (row["category"], row["band"], row["next_band"]): row
        for row in bench.warehouse.run(made).to_pylist()
    }
    assert len(found) == 2 * 9
    # Of the shop's four steps from band 1 three go up: (3 + 1) / (4 + 3) with one of each added.
    usual = 4 / 7
    up, other = found[1, 1, 2], found[2, 1, 2]
    assert (up["steps"], up["of"]) == (3, 4)
    assert up["chance"] == pytest.approx((3 + 20 * usual) / 24)
    assert (other["steps"], other["of"]) == (0, 0)
    assert other["chance"] == pytest.approx(usual)
    for band in (1, 2, 3):
        assert sum(found[1, band, to]["chance"] for to in (1, 2, 3)) == pytest.approx(1)


# New to the person -------------------------------------------------------------------------------


def test_customers_are_of_the_kind_of_the_category_they_buy_most(bench: Bench) -> None:
    rows = [
        (1, 0, 1), (1, 1, 2), (1, 2, 2),    # more days with 2
        (2, 0, 1), (2, 5, 2),               # a tie goes to the later
        (3, 0, -1), (3, 1, -1), (3, 2, 1),  # what names no category makes no kind
        (4, 0, -1),                         # unless there is nothing else
    ]  # fmt: skip
    bench.warehouse.load(
        "known",
        pa.table(
            {
                name: pa.array([row[at] for row in rows], pa.int64())
                for at, name in enumerate(("customer_id", "day", "category"))
            }
        ),
    )
    found = bench.rows(kinds(bench.warehouse.relation("known")), "customer_id", "kind")
    assert found == [(1, 2), (2, 2), (3, 1), (4, -1)]


def test_what_a_kind_likes_is_its_share_drawn_towards_the_shops(bench: Bench) -> None:
    # All on the as-of day, so that each sale weighs 1. Kind 1 bought good 1 three times of four;
    # the shop five times of eight.
    sales = [(1, 1), (2, 1), (3, 1), (4, 2), (5, 1), (6, 1), (7, 2), (8, 2)]
    bought, _ = bench.lines([(who, 0, item) for who, item in sales])
    bench.warehouse.load(
        "kind_of",
        pa.table(
            {
                "customer_id": pa.array(range(1, 9), pa.int64()),
                "kind": pa.array([1, 1, 1, 1, 2, 2, 2, 2], pa.int64()),
            }
        ),
    )
    found = liked(bought, bench.warehouse.relation("kind_of"), START)
    assert bench.rows(found, "kind", "item", "liked")[0] == (
        1, 1, pytest.approx(math.log(1 + 10_000 * (3 + 20 * 5 / 8) / (4 + 20))),
    )  # fmt: skip


# History -----------------------------------------------------------------------------------------


def test_history_ends_with_each_persons_own_moment(bench: Bench) -> None:
    lines = [(1, 0, 1), (1, 30, 1), (1, 30, 2), (1, 60, 2), (2, 0, 1), (2, 59, 1)]
    bought, named = bench.lines(lines)
    sold = bench.keep("sold", goods(bought, named, START + 60))
    moments = pa.table(
        {
            "customer_id": pa.array([1, 2], pa.int64()),
            "moment": pa.array([START + 59, START + 10], pa.int64()),
        }
    )
    bench.warehouse.load("moments", moments)
    found = look_back(bought, sold, bench.warehouse.relation("moments"), bench.keep)
    assert bench.rows(found.goods, "customer_id", "item", "times", "age", "span", "in_last") == [
        (1, 1, 2, 29, 30, True),  # days 0 and 30, as of 59
        (1, 2, 1, 29, 0, True),  # day 60 has not come yet
        (2, 1, 1, 10, 0, True),  # nor has 59 for customer 2
    ]
    assert bench.rows(found.categories, "customer_id", "times", "age", "span") == [
        (1, 2, 29, 30),
        (2, 1, 10, 0),
    ]
