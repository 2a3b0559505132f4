"""From order files to a plan: the numbers of all steps agree with one another."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from regulars import Shop

LAST = date(2026, 10, 31)


def made_orders(seed: int = 7) -> list[dict]:
    """A small shop of everyday goods: most buy once, some stay; some orders go wrong."""
    rng = random.Random(seed)
    orders = []
    for customer in range(300):
        day = date(2025, 8, 1) + timedelta(days=rng.randrange(400))
        rate = rng.choice([20, 35, 60])
        for number in range(1 if rng.random() < 0.6 else rng.randrange(2, 12)):
            if day > LAST:
                break
            orders.append(
                {
                    "order_id": f"{customer}-{number}",
                    "customer_id": f"c{customer}",
                    "placed_at": f"{day} {rng.randrange(8, 23):02d}:15:00",
                    "status": rng.choices(["completed", "cancelled", "returned"], [94, 4, 2])[0],
                    "category": rng.choice(["tea", "rice", "soap"]),
                    "paid": rng.randrange(5, 200),
                    "refunded": rng.choices([0, 3], [9, 1])[0],
                    "day": day,
                }
            )
            day += timedelta(days=max(1, int(rng.gauss(rate, rate / 4))))
    for number in range(40):
        orders.append(
            {
                "order_id": f"g{number}", "customer_id": "", "placed_at": "2026-05-05 10:00:00",
                "status": "completed", "category": "tea", "paid": 10, "refunded": 0,
                "day": date(2026, 5, 5),
            }
        )  # fmt: skip
    return orders


@pytest.fixture(scope="module")
def orders() -> list[dict]:
    return made_orders()


@pytest.fixture(scope="module")
def shop(tmp_path_factory, orders):
    folder = tmp_path_factory.mktemp("flow")
    columns = ["order_id", "customer_id", "placed_at", "status", "category", "paid", "refunded"]
    text = ",".join(columns) + "\n"
    for order in orders:
        # A credit note's line names what was given back as its value.
        text += ",".join(str(order[column]) for column in columns) + "\n"
    (folder / "orders.csv").write_text(text)
    with Shop.create(folder / "shop", name="Flow") as shop:
        shop.import_files(folder / "orders.csv")
        shop.understand(LAST)
        yield shop


def is_purchase(order: dict) -> bool:
    return order["status"] == "completed" and order["refunded"] < order["paid"]


def test_people_agree_with_a_plain_recount(shop, orders):
    mine = defaultdict(list)
    for order in orders:
        if order["customer_id"]:
            mine[order["customer_id"]].append(order)
    people = {row["ref"]: row for row in shop.people().to_pylist()}
    assert set(people) == set(mine)
    for ref, history in mine.items():
        bought = [order for order in history if is_purchase(order)]
        row = people[ref]
        assert row["orders"] == len(bought), ref
        given_back = sum(order["refunded"] for order in history if order["status"] == "returned")
        net = sum(order["paid"] - order["refunded"] for order in bought)
        assert row["monetary"] == net - given_back
        assert row["cancelled_orders"] == sum(order["status"] == "cancelled" for order in history)
        if bought:
            assert row["first_order_on"] == bought[0]["day"]
            assert row["recency_days"] == (LAST - bought[-1]["day"]).days
            assert row["depth"] in (
                {1: ["first_order"], 2: ["second_order"]}.get(len(bought), ["growing", "core"])
            )
        else:
            assert (row["depth"], row["stage"], row["warmth"]) == (
                "not_observable",
                "not_observable",
                "none",
            )


def test_report_people_and_orders_tell_the_same_sales(shop, orders):
    from regulars.app.pictures import gather

    pictures = gather(shop.warehouse, shop.home.settings, LAST)
    overview = pictures.overview.to_pylist()[0]
    bought = [order for order in orders if is_purchase(order)]
    given_back = sum(order["refunded"] for order in orders if order["status"] == "returned")
    assert overview["orders"] == len(bought)
    assert overview["sales"] == sum(o["paid"] - o["refunded"] for o in bought) - given_back
    of_people = sum(row["monetary"] for row in shop.people().to_pylist())
    assert overview["sales"] - overview["guest_sales"] == of_people
    assert sum(row["customers"] for row in pictures.stages.to_pylist()) == overview["customers"]
    assert sum(row["customers"] for row in pictures.rfm_map.to_pylist()) == overview["buyers"]


def test_stage_history_ends_where_the_people_table_stands(shop):
    last: dict[int, dict] = {}
    for row in shop.warehouse.sql(
        "SELECT * FROM stage_history ORDER BY customer_id, changed_on"
    ).to_pylist():
        last[row["customer_id"]] = row
    for row in shop.people().to_pylist():
        if row["last_order_on"] is not None:
            found = last[row["customer_id"]]
            assert (found["depth"], found["warmth"], found["stage"]) == (
                row["depth"],
                row["warmth"],
                row["stage"],
            )
            assert row["stage_since"] <= row["as_of"]


def test_the_plan_keeps_to_budget_people_and_hold_outs(shop):
    plan = shop.plan(budget=60)
    rows = plan.table.to_pylist()
    assert len({row["customer_id"] for row in rows}) == len(rows), "one play a customer"
    acts = [row for row in rows if row["decision"] == "act"]
    assert plan.reserved == sum((row["worst_case"] for row in acts), Decimal(0)) <= 60
    stages = {row["customer_id"]: row["stage"] for row in shop.people().to_pylist()}
    assert all(stages[row["customer_id"]] == row["stage"] for row in rows)
    again = shop.plan(budget=60)
    assert again.table.equals(plan.table), "the same tomorrow"
    wider = shop.plan(budget=100_000)
    held = {row["customer_id"] for row in rows if "hold_out" in row["decision"]}
    acting = {row["customer_id"] for row in wider.actions.to_pylist()}
    assert not held & acting, "who was held out stays held out"


def test_results_are_in_reach_of_pandas_and_polars(shop):
    import polars

    people = shop.people()
    assert len(people.to_pandas()) == people.num_rows
    assert polars.from_arrow(people).height == people.num_rows


def test_a_rebuild_is_identical(shop):
    rebuilt = shop.rebuild()
    assert rebuilt.identical, rebuilt.differing
    assert rebuilt.tables["people"] == 300


def test_an_earlier_day_is_answered_from_what_was_known_then(shop, orders):
    then = date(2026, 3, 31)
    shop.understand(then)
    try:
        known = {o["customer_id"] for o in orders if o["day"] <= then and o["customer_id"]}
        assert {row["ref"] for row in shop.people().to_pylist()} == known
    finally:
        shop.understand(LAST)
