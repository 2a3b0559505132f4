"""Who buys at promotions only: promotions that pull, two days or more, all of them there."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from regulars import Shop
from regulars.kernel.clock import day_number, parse_date
from regulars.kernel.promotion import promotion_days
from regulars.lifetime.season import Pace
from regulars.people.promotion_columns import promotion_columns
from regulars.people.stage_state import Purchases
from regulars.settings import Settings
from regulars.simulate import simulate

CALENDAR = promotion_days(Settings().calendar.promotions, date(2024, 1, 1), date(2026, 12, 31))
AS_OF = day_number(date(2026, 12, 31))
PULLING = Pace(AS_OF, np.ones(12), {"618": 2.0, "Double 11": 3.0, "Double 12": 1.0}, 24)

DAYS = [
    ["2024-06-18", "2025-06-02"],  # 618 twice
    ["2024-11-11", "2025-06-18", "2026-11-01"],  # both
    ["2024-06-18"],  # once: no habit
    ["2024-06-18", "2025-03-01"],  # also on other days
    ["2024-12-11", "2025-12-11"],  # Double 12 pulls nobody here
    ["2024-06-18", "2024-06-18"],  # one day
]


def columns(pace: Pace | None) -> tuple[list, list]:
    who = np.concatenate([np.full(len(days), at) for at, days in enumerate(DAYS)])
    day = np.array([day_number(parse_date(text)) for days in DAYS for text in days])
    nothing = np.zeros(len(who))
    bought = Purchases(who, day, nothing, nothing.astype(int), len(DAYS) + 1)
    made = promotion_columns(bought, AS_OF, pace, CALENDAR)
    return made["promotion_orders"].to_pylist(), made["buys_only_at"].to_pylist()


def test_only_those_whose_days_all_lie_in_promotions_that_pull_are_named() -> None:
    orders, only = columns(PULLING)
    assert orders == [2, 3, 1, 1, 0, 2, 0]
    assert only == ["618", "618, Double 11", None, None, None, None, None]


def test_before_a_promotion_has_shown_its_pull_nobody_is_named() -> None:
    assert columns(None) == ([0] * 7, [None] * 7)


@pytest.fixture(scope="module")
def festival(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("festival")
    made = simulate(folder / "files", customers=4_000, days=1095, world="festival", events="none")
    with Shop.create(folder / "shop", name="made") as shop:
        shop.import_files(*sorted((folder / "files").glob("orders*.parquet")))
        shop.understand()
        shop.warehouse.execute(
            "CREATE TABLE truth AS SELECT customer_id AS number, kind FROM"
            f" '{made.folder}/truth/customers.parquet'"
        )
        yield shop


def test_in_a_made_shop_those_named_are_those_who_need_a_festival(festival: Shop) -> None:
    """Truth: bargain hunters need things at festivals only (docs/simulate.md)."""
    found = festival.warehouse.sql(
        "SELECT buys_only_at IS NOT NULL AS named, kind = 'bargain_hunter' AS truly, count(*) AS n"
        " FROM people JOIN truth ON people.ref = CAST(truth.number AS VARCHAR)"
        " WHERE purchase_days >= 2 GROUP BY ALL"
    ).to_pylist()
    count = {(row["named"], row["truly"]): row["n"] for row in found}
    right, missed = count.get((True, True), 0), count.get((False, True), 0)
    wrong = count.get((True, False), 0)
    assert right > 100
    assert right / (right + wrong) > 0.6
    assert right / (right + missed) > 0.7
