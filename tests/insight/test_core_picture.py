"""Core customers: the rule, the months, the routes, and why each is core or not."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars import Shop
from regulars.app.as_of import understood_as_of
from regulars.errors import CannotTell
from regulars.insight.core_customers.draw import core_reason, draw, judged, judged_on
from regulars.insight.core_customers.routes import core_changes, months_table, routes_table
from regulars.insight.core_customers.words import _common
from regulars.insight.picture import Picture, View
from regulars.people.core import enough_alone, judge
from regulars.settings import CoreSettings, Settings
from regulars.simulate import simulate
from samples.made_people import person, purchase, view

RULE = Settings(core=CoreSettings(window_days=365, share=0.25, min_orders=3))


def three(customer: int, net: float) -> list[dict[str, Any]]:
    return [purchase(customer, f"2026-0{month}-10", net) for month in (1, 2, 3)]


def small() -> View:
    """Eight buyers, a quarter of them seats: two. The same as in people/test_core.py.

    | customer | spend | orders | months | ranks of 4 | score x 64 |
    |---|---|---|---|---|---|
    | 1 | 300 | 3 | 3 | 3, 1.5, 2.5 | 11.25 |
    | 2 | 400 | 4 | 1 | 4, 3.5, 1 | 14 |
    | 3 | 90 | 3 | 3 | 1, 1.5, 2.5 | 3.75 |
    | 4 | 100 | 4 | 4 | 2, 3.5, 4 | 28 |
    """
    rows = three(1, 100) + [purchase(2, "2026-03-10", 100)] * 4 + three(3, 30)
    rows += [purchase(4, f"2026-0{month}-05", 25) for month in (1, 2, 3)]
    rows += [purchase(4, "2025-12-05", 25)]
    rows += [purchase(who, "2026-03-10", 9999) for who in (5, 6, 7, 8)]
    rows += [purchase(None, "2026-03-10", 5)] * 9  # guests are nobody
    people = [
        person(who, orders=4 if who in (2, 4) else 3 if who < 5 else 1, source="a")
        for who in range(1, 9)
    ]
    return view(rows, people, as_of="2026-04-15", settings=RULE)


def test_the_rule_worked_by_hand() -> None:
    drawn = draw(small())
    rule = {row["part"]: row["value"] for row in drawn.tables["rule"].to_pylist()}
    assert (rule["buyers"], rule["judged"], rule["seats"], rule["core"]) == (8, 4, 2, 2)
    assert rule["bound"] == pytest.approx(14 / 64)
    # Of customers 2 and 4: spend 400 and 100, four purchases each, one month and four.
    assert (rule["least_spend"], rule["median_spend"]) == (100, 250)
    assert (rule["least_months"], rule["median_months"]) == (1, 2.5)
    rows = drawn.tables["customers"].to_pylist()
    assert [row["customer_id"] for row in rows] == [4, 2, 1, 3]
    assert [row["is_core"] for row in rows] == [True, True, False, False]
    assert [row["score"] * 64 for row in rows] == pytest.approx([28, 14, 11.25, 3.75])
    first = rows[2]
    assert (first["spend"], first["orders"], first["months"]) == (300, 3, 3)
    ranks = [first[f"{name}_rank"] * 4 for name in ("spend", "orders", "months")]
    assert ranks == pytest.approx([3, 1.5, 2.5])
    assert drawn.facts["judged_on"] == date(2026, 3, 31)
    # All spent 300 + 400 + 90 + 100 + 4 x 9999; the core 500 of it.
    assert drawn.facts["spend_share"] == pytest.approx(500 / (890 + 4 * 9999))


def test_why_not_names_what_alone_would_have_been_enough() -> None:
    rows = {row["customer_id"]: row for row in draw(small()).tables["customers"].to_pylist()}
    # Customer 1 needs 14 / (3 x 2.5) = 1.87 of rank in purchases: at 4 she would tie at a mean
    # rank of 3; in months 14 / (3 x 1.5) = 3.11: at 4 she would share 3.5; in spend
    # 14 / (1.5 x 2.5) = 3.73: 400 would tie with customer 2 at 3.5, which is too little.
    assert rows[1]["enough_orders"] == 4
    assert rows[1]["enough_months"] == 4
    assert rows[1]["enough_spend"] is None
    assert rows[1]["why"].endswith("Alone enough would have been: 4 purchases, or 4 months active.")
    assert "仅需其一：购买达到 4 次，或活跃达到 4 个月" in rows[1]["why_zh"]
    # Customer 3 would need ranks of 3.73, 5.6 and 9.3 of 4.
    assert rows[3]["why"].endswith("None of the three alone would have been enough.")
    assert rows[4]["why"].startswith("Core: score 0.438, the last seat has 0.219; spend ¥100.00")


def test_the_window_begins_on_the_day_after_its_first() -> None:
    """Judged on 31 March 2026 over 365 days: 31 March 2025 lies before it, 1 April within."""
    rows = [*three(1, 10), purchase(1, "2025-03-31", 500), purchase(1, "2025-04-01", 7)]
    rows += three(2, 10)
    people = [person(who, orders=3) for who in (1, 2)]
    told = draw(view(rows, people, as_of="2026-04-15", settings=RULE)).tables["customers"]
    by_id = {row["customer_id"]: row for row in told.to_pylist()}
    assert (by_id[1]["spend"], by_id[1]["orders"], by_id[1]["months"]) == (37, 4, 4)


measures = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 6), st.integers(1, 4)), min_size=3, max_size=25
)


@given(measures, st.integers(1, 6))
def test_what_would_have_been_enough_is_enough(
    rows: list[tuple[int, int, int]], seats: int
) -> None:
    """Whoever had done so much, all else unchanged, would have been let in."""
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    found = judge(columns[0].astype(float), columns[1], columns[2], seats)
    assert found.bound is not None
    ranks = (found.spend_rank, found.orders_rank, found.months_rank)
    for at, (values, rank) in enumerate(zip(columns, ranks, strict=True)):
        enough = enough_alone(values, rank, found.score, found.bound)
        for who in np.flatnonzero(~np.isnan(enough)):
            changed = [column.copy() for column in columns]
            changed[at][who] = enough[who]
            assert enough[who] > values[who]
            again = judge(changed[0].astype(float), changed[1], changed[2], seats)
            assert again.core[who]


def change(customer: int, day: str, depth: str) -> dict[str, Any]:
    return {
        "customer_id": customer, "changed_on": date.fromisoformat(day), "depth": depth,
        "warmth": "on_time", "stage": depth,
    }  # fmt: skip


def test_core_by_month_worked_by_hand() -> None:
    """40 buyers in January. 30 enter on 31 January, 3 leave and 1 enters on 28 February."""
    history = [change(who, "2026-01-05", "growing") for who in range(1, 41)]
    history += [change(who, "2026-01-31", "core") for who in range(1, 31)]
    history += [change(who, "2026-02-28", "growing") for who in (1, 2, 3)]
    history += [change(31, "2026-02-28", "core"), change(5, "2026-02-10", "core")]
    people = [person(who, first_order_on=date(2026, 1, 5)) for who in range(1, 41)]
    people += [person(41, first_order_on=date(2026, 2, 5)), person(42, first_order_on=None)]
    shop = view((), people, as_of="2026-03-15", history=history)
    rows = months_table(shop, core_changes(shop), date(2026, 2, 28)).to_pylist()
    assert [(row["core"], row["buyers"], row["entered"], row["left"]) for row in rows] == [
        (30, 40, 30, 0),
        (28, 41, 1, 3),
    ]
    assert rows[0]["left_share"] is None
    assert rows[1]["left_share"] == pytest.approx(3 / 30)
    assert rows[1]["share"] == pytest.approx(28 / 41)


def _history(quick: int, slow: int, late: int) -> list[dict[str, Any]]:
    """Core after 2 months or after 10 of those who began in January 2023; or, late, in 2025."""
    told = [change(who, "2023-03-31", "core") for who in range(quick)]
    told += [change(100 + who, "2023-11-30", "core") for who in range(slow)]
    return told + [change(200 + who, "2025-12-31", "core") for who in range(late)]


def _times(quick: int, slow: int, late: int) -> dict[str, int]:
    people = [
        person(who, first_order_on=date(2023, 1, 5)) for who in (*range(100), *range(100, 199))
    ]
    people += [person(200 + who, first_order_on=date(2025, 12, 5)) for who in range(late)]
    shop = view((), people, as_of="2026-01-15", history=_history(quick, slow, late))
    # December 2025 less 24 months.
    table = routes_table(
        shop, shop.relation("purchases"), shop.relation("people"), core_changes(shop),
        2023 * 12 + 11,
    )  # fmt: skip
    return {
        row["value"]: row["core"] for row in table.to_pylist() if row["kind"] == "months_to_core"
    }


def test_time_to_core_is_of_those_who_began_long_enough_ago() -> None:
    # 20 and 10 began 35 months ago; the 50 who began in the last month can only have been quick.
    assert _times(20, 10, 50) == {"0-2": 20, "3-5": 0, "6-11": 10, "12-23": 0, "24+": 0}


def test_fewer_than_thirty_tell_no_time_to_core() -> None:
    assert _times(20, 9, 50) == {}


def test_what_stands_out_is_ranked_by_what_the_data_vouch_for() -> None:
    def row(attribute: str, tgi: float, low: float) -> dict[str, Any]:
        return {
            "attribute": attribute, "value": "a", "tgi": tgi, "low": low, "verdict": "over",
        }  # fmt: skip

    rows = [row("source", 132, 120), row("top_category", 180, 110), row("city", 115, 112)]
    rows.sort(key=lambda one: -one["low"])
    (told,) = _common(rows)
    assert [word in told.en for word in ("TGI 132", "TGI 115", "TGI 180")] == [True] * 3
    assert told.en.index("TGI 132") < told.en.index("TGI 115") < told.en.index("TGI 180")


def test_before_the_first_month_end_nobody_is_judged() -> None:
    young = view([purchase(1, "2026-04-02")] * 5, [person(1)], as_of="2026-04-15")
    with pytest.raises(CannotTell, match="judged at month ends"):
        draw(young)
    assert core_reason(young, 1, 5) is None


def test_with_guests_only_nobody_is_judged() -> None:
    with pytest.raises(CannotTell):
        draw(view([purchase(None, "2026-01-02")], as_of="2026-04-15"))


def test_where_all_bought_once_the_rule_says_that_nobody_has_enough_purchases() -> None:
    with pytest.raises(CannotTell, match="Nobody had 3 purchases"):
        draw(view([purchase(1, "2026-01-02")], [person(1)], as_of="2026-04-15"))


def test_one_customer_alone_is_told_why_in_both_languages() -> None:
    told = core_reason(small(), 4, 4)
    assert told is not None
    assert told.en.startswith("Core: score 0.438")
    assert told.zh.endswith("评定日 2026-03-31。")
    few = core_reason(small(), 5, 1)
    assert few is not None
    assert few.en == "Not core: 1 of the 3 purchases that the rule asks for."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("core")
    files = simulate(folder / "files", customers=1_500, days=500, seed=5, events="none")
    with Shop.create(folder / "shop", name="made", language="en") as shop:
        shop.import_files(
            *(
                file
                for kind in ("orders", "customers", "products")
                for file in sorted(Path(files.folder).glob(f"{kind}*.parquet"))
            )
        )
        shop.understand()
        yield View(shop.warehouse, shop.home.settings, understood_as_of(shop.warehouse))


def test_the_judgement_is_that_of_the_fold_at_its_last_month_end(made: View) -> None:
    at = judged_on(made)
    numbers, found, _, _ = judged(made, made.relation("purchases"), at, made.settings.core)
    people = made.relation("people")
    core = made.run(people.filter(people.depth == "core").select("customer_id"))
    assert sorted(core["customer_id"].to_pylist()) == numbers[found.core].tolist()
    assert len(core) > 30


def test_the_months_end_where_the_people_table_stands(made: View) -> None:
    drawn: Picture = draw(made)
    last = drawn.tables["months"].to_pylist()[-1]
    assert last["core"] == drawn.facts["core"]
    rows = drawn.tables["months"].to_pylist()
    for before, after in pairwise(rows):
        assert after["core"] == before["core"] + after["entered"] - after["left"]


def test_common_traits_come_with_the_surest_first(made: View) -> None:
    rows = draw(made).tables["common"].to_pylist()
    away = [max(row["low"] / 100, 100 / row["high"]) for row in rows]
    assert away == sorted(away, reverse=True)


def test_routes_hold_every_core_customer_once(made: View) -> None:
    drawn = draw(made)
    for kind in ("source", "first_category"):
        rows = [row for row in drawn.tables["routes"].to_pylist() if row["kind"] == kind]
        assert sum(row["core"] for row in rows) == drawn.facts["core"]
        assert sum(row["core_share"] for row in rows) == pytest.approx(1)
        assert sum(row["buyers_share"] for row in rows) == pytest.approx(1)
        assert all(row["low"] <= row["tgi"] <= row["high"] for row in rows)
