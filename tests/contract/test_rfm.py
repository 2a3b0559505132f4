"""RFM of the small shop, by hand, on every engine.

From the orders in `conftest.py`, as of 2026-04-15, with (recency days, orders, paid):
1 (14, 4, 70)  2 (41, 3, 30.30)  3 (74, 1, 10.10)  4 (46, 2, 30.30)  5 (0, 2, 30.30)
6 (0, 1, 30.30)  7 (15, 2, 120)  9 has not bought.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pyarrow as pa
import pytest

from regulars.people.rfm import RFM8, SEGMENT_TABLE, SEGMENTS, cuts, rule, score, segment_of
from regulars.settings import CutThresholds, RfmSettings


def _scores(engine: Any, people: Any, settings: RfmSettings) -> dict[int, tuple[Any, ...]]:
    rows = engine.run(score(people, settings)).to_pylist()
    assert [row["customer_id"] for row in rows] == sorted(row["customer_id"] for row in rows)
    return {row.pop("customer_id"): tuple(row.values()) for row in rows}


def test_scores(engine: Any, load: Any, small_shop: Any) -> None:
    (people,) = load(people=small_shop["people"])
    # Worse in R (more days): 3 0, 4 1, 2 2, 7 3, 1 4, 5 and 6 5; 1 + floor(5 x worse / 7).
    # Worse in F: 3 and 6 0; 4, 5, 7 2; 2 5; 1 6. Worse in M: 3 0; 2, 4, 5, 6 1; 1 5; 7 6.
    # Means: 190/7 = 27.1 days, 15/7 = 2.14 orders, 321.30/7 = 45.90.
    assert _scores(engine, people, RfmSettings()) == {
        1: (3, 5, 4, "loyal", "111", "重要价值"),
        2: (2, 4, 1, "at_risk", "010", "一般保持"),
        3: (1, 1, 1, "lost", "000", "一般挽留"),
        4: (1, 2, 1, "hibernating", "000", "一般挽留"),
        5: (4, 2, 1, "potential_loyalist", "100", "一般发展"),
        6: (4, 1, 1, "promising", "100", "一般发展"),
        7: (3, 2, 5, "loyal", "101", "重要发展"),
    }
    (cut,) = engine.run(cuts(people, RfmSettings())).to_pylist()
    assert cut["buyers"] == 7
    assert cut["recency_days"] == pytest.approx(190 / 7, abs=1e-9)
    assert cut["monetary"] == pytest.approx(45.9, abs=1e-9)


def test_median_and_fixed_cuts(engine: Any, load: Any, small_shop: Any) -> None:
    (people,) = load(people=small_shop["people"])
    # Medians of seven: 15 days, 2 orders, 30.30; those who stand on one are not above it.
    by_median = _scores(engine, people, RfmSettings(cut="median"))
    assert {number: row[4] for number, row in by_median.items()} == {
        1: "111",
        2: "010",
        3: "000",
        4: "000",
        5: "100",
        6: "100",
        7: "001",
    }
    fixed = RfmSettings(thresholds=CutThresholds(recency_days=46, orders=1, monetary=30.3))
    by_threshold = _scores(engine, people, fixed)
    assert {number: row[4] for number, row in by_threshold.items()} == {
        1: "111",
        2: "110",
        3: "000",
        4: "010",
        5: "110",
        6: "100",
        7: "111",
    }
    (cut,) = engine.run(cuts(people, RfmSettings(cut="median"))).to_pylist()
    assert (cut["recency_days"], cut["orders"], cut["monetary"]) == (15.0, 2.0, 30.3)


@pytest.mark.parametrize("cut", ["mean", "median"])
@pytest.mark.parametrize("buyers", [3, 10])
def test_nobody_is_above_a_mean_that_all_share(
    engine: Any, load: Any, cut: Any, buyers: int
) -> None:
    table = pa.table(
        {
            "customer_id": pa.array(range(buyers), pa.int64()),
            "recency_days": pa.array([7] * buyers, pa.int32()),
            "orders": pa.array([3] * buyers, pa.int32()),
            "monetary": pa.array([Decimal("10.10")] * buyers, pa.decimal128(18, 4)),
        }
    )
    (customers,) = load(equal=table)
    rows = _scores(engine, customers, RfmSettings(cut=cut))
    assert set(rows.values()) == {(1, 1, 1, "lost", "000", "一般挽留")}


def test_the_median_of_an_even_number_lies_between(engine: Any, load: Any) -> None:
    table = pa.table(
        {
            "customer_id": pa.array([1, 2, 3, 4], pa.int64()),
            "recency_days": pa.array([1, 2, 4, 9], pa.int32()),
            "orders": pa.array([1, 2, 3, 9], pa.int32()),
            "monetary": pa.array([Decimal(x) for x in (1, 2, 3, 9)], pa.decimal128(18, 4)),
        }
    )
    (customers,) = load(even=table)
    (cut,) = engine.run(cuts(customers, RfmSettings(cut="median"))).to_pylist()
    assert (cut["recency_days"], cut["orders"], cut["monetary"]) == (3.0, 2.5, 2.5)


def test_the_published_table_names_every_cell_once_and_uses_every_name() -> None:
    cells = {(r, f, m): segment_of(r, f, m).key for r, f, m in product(range(1, 6), repeat=3)}
    assert len(cells) == 125
    assert set(cells.values()) == {segment.key for segment in SEGMENTS}
    assert {len(row) for row in SEGMENT_TABLE.values()} == {5}


def test_the_eight_are_all_combinations_and_the_rule_names_its_cut() -> None:
    assert set(RFM8) == {"".join(bits) for bits in product("01", repeat=3)}
    assert len({segment.zh for segment in RFM8.values()}) == 8
    fixed = RfmSettings(thresholds=CutThresholds(recency_days=46, orders=1, monetary=30.3))
    assert "中位数" in rule(RfmSettings(cut="median")).sentences("zh")[-1]
    assert "R 46 days" in rule(fixed).sentences("en")[-1]
