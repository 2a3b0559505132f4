"""A made-up shop with a few hundred customers, some of whose words are an attack on the page."""

from __future__ import annotations

import dataclasses
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from regulars.app.lifetime import card_as_dict
from regulars.app.pictures import gather
from regulars.edges.report import Note, ReportData
from regulars.engines.duckdb import Warehouse
from regulars.kernel.clock import day_number
from regulars.lifetime.model_choice import ModelCard, choose_model
from regulars.people.category_cycle import category_cycles
from regulars.people.columns import SCHEMA
from regulars.people.lifetime_columns import lifetime_columns
from regulars.people.rfm import score
from regulars.settings import RfmSettings, Settings

AS_OF = date(2026, 10, 20)
HOSTILE = "</script><script>window.attacked = true</script><img src=x onerror='attacked=true'>"


def _purchases(rng: random.Random) -> list[dict[str, Any]]:
    """Customers differ in how often they buy, how soon they leave and how much they spend."""
    rows: list[dict[str, Any]] = []
    for customer in range(1, 401):
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(280))
        pace, leaves = rng.gammavariate(1.0, 1 / 25), rng.betavariate(1.0, 2.5)
        usual = rng.gammavariate(3.0, 30.0)
        while day <= AS_OF:
            rows.append(
                {
                    "order_no": len(rows),
                    "customer_id": customer if customer % 40 else None,
                    "day": day,
                    "net": Decimal(round(usual * rng.gammavariate(4.0, 25.0)) + 100) / 100,
                }
            )
            if rng.random() < leaves:
                break
            day += timedelta(days=int(rng.expovariate(pace)) + 1)
    return rows


def _lifetime(purchases: list[dict[str, Any]]) -> tuple[ModelCard, dict[str, pa.Array]]:
    """The models of the very purchases, and what they tell of customers in order of number."""
    known = [row for row in purchases if row["customer_id"] is not None]
    settings = Settings()
    card, bought = choose_model(
        np.array([row["customer_id"] for row in known]),
        np.array([day_number(row["day"]) for row in known]),
        day_number(AS_OF),
        np.array([float(row["net"]) for row in known]),
    )
    bought = dataclasses.replace(bought, customer=np.arange(len(bought.customer)))
    columns = lifetime_columns(card, bought, len(bought.customer), settings.lifetime, 0.3)
    return card, columns


def _people(
    purchases: list[dict[str, Any]], ahead: dict[str, pa.Array], rng: random.Random
) -> pa.Table:
    base: dict[int, dict[str, Any]] = {}
    for row in purchases:
        if row["customer_id"] is None:
            continue
        own = base.setdefault(row["customer_id"], {"orders": 0, "monetary": Decimal(0)})
        own["orders"] += 1
        own["last_order_on"] = row["day"]
        own["monetary"] += row["net"]
        own["recency_days"] = (AS_OF - row["day"]).days
        own.setdefault("first_order_on", row["day"])
    rows = []
    for place, (customer, own) in enumerate(sorted(base.items())):
        due = own["last_order_on"] + timedelta(days=25)
        core = own["orders"] >= 4
        stage = (
            "lost"
            if own["recency_days"] > 150
            else "at_risk"
            if own["recency_days"] > 60
            else "core"
            if core
            else "first_order"
            if own["orders"] == 1
            else "growing"
        )
        rows.append(
            {
                "customer_id": customer,
                "ref": f"C{customer}",
                "as_of": AS_OF,
                **own,
                "stage": stage,
                "depth": "core" if core else "growing",
                "purchase_days": own["orders"],
                "due_on": due,
                "overdue_days": max((AS_OF - due).days, 0),
                "chance_30": max(0.05, 0.8 - own["recency_days"] / 200),
                "chance_90": max(0.1, 0.9 - own["recency_days"] / 200),
                **{name: column[place].as_py() for name, column in ahead.items()},
                "buys_only_at": "Double 11" if customer % 50 == 1 else None,
                "chance_of_return": max(0.05, 1 - own["recency_days"] / 200),
                "gender": rng.choice(["F", "M", None]),
                "top_category": rng.choice(["tea", "=cups", HOSTILE]),
                "traits": [("pet", rng.choice(["cat", "dog"]))],
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _category_cycles(purchases: list[dict[str, Any]], rng: random.Random) -> pa.Table:
    known = [row for row in purchases if row["customer_id"] is not None]
    bought = pa.table(
        {
            "customer_id": pa.array([row["customer_id"] for row in known], pa.int64()),
            "category": [rng.choice(["tea", "=cups", HOSTILE]) for _ in known],
            "day": pa.array([row["day"] for row in known], pa.date32()),
            "pieces": pa.array([1.0] * len(known), pa.float64()),
        }
    )
    return category_cycles(bought, day_number(AS_OF), Settings().cycle)[0]


def _pace() -> pa.Table:
    """A strong October and one promotion that pulls, one that does not."""
    months = [
        {"kind": "month", "name": f"{month:02}", "factor": 1.3 if month == 10 else 0.9}
        for month in range(1, 13)
    ]
    pulls = {"kind": "promotion", "name": "618", "factor": 2.5}
    does_not = {"kind": "promotion", "name": HOSTILE, "factor": 1.0}
    return pa.Table.from_pylist([*months, pulls, does_not])


def _plan(people: pa.Table) -> tuple[pa.Table, dict[str, Any]]:
    rows = []
    for place, person in enumerate(people.to_pylist()[:120]):
        decision = ("act", "act", "act", "hold_out", "not_funded")[place % 5]
        rows.append(
            {
                "customer_id": person["customer_id"],
                "ref": person["ref"],
                "stage": person["stage"],
                "play": "second_order",
                "play_name_zh": "促成第二单",
                "play_name_en": "Win the second order",
                "lever": "stimulate",
                "decision": decision,
                "channel": "sms",
                "send_on": AS_OF + timedelta(days=1),
                "offer_zh": "满 100 减 10",
                "offer_en": "10 off 100",
                "message_zh": "给您留了一张券。",
                "message_en": "A coupon for you.",
                "expected_cost": Decimal("1.80"),
                "worst_case": Decimal("10.00"),
                "expected_worth": Decimal("3.42"),
                "reason_zh": "已到应复购日",
                "reason_en": f"due, {HOSTILE}",
                "rank": place + 1 if decision == "act" else None,
            }
        )
    acts = sum(row["decision"] == "act" for row in rows)
    by_play = {
        "play": "second_order",
        "name_zh": "促成第二单",
        "name_en": "Win the second order",
        "lever": "stimulate",
        "actions": acts,
        "held_out": 24,
        "not_funded": 24,
        "cost": Decimal("1.80") * acts,
        "worst_case": Decimal(10) * acts,
        "expected_worth": Decimal("3.42") * acts,
        "kpi_zh": "30 天内第二单",
        "kpi_en": "second order within 30 days",
    }
    idle = {**by_play, "name_zh": "感谢核心", "name_en": "Thank the core", "actions": 0}
    idle |= {"held_out": 0, "not_funded": 0}
    summary = {
        "notes": ["expected worth is assumed"],
        "notes_zh": ["预计价值为假设"],
        "date": AS_OF + timedelta(days=1),
        "budget": Decimal(1000),
        "reserved": Decimal(10) * acts,
        "actions": acts,
        "held_out": 24,
        "by_play": [by_play, idle],
    }
    return pa.Table.from_pylist(rows), summary


@pytest.fixture(scope="session")
def report_data() -> ReportData:
    rng = random.Random(20261020)
    purchases = _purchases(rng)
    card, ahead = _lifetime(purchases)
    people = _people(purchases, ahead, rng)
    with Warehouse.in_memory() as warehouse:
        money = pa.decimal128(18, 4)
        schema = pa.schema(
            {"order_no": pa.int64(), "customer_id": pa.int64(), "day": pa.date32(), "net": money}
        )
        warehouse.load("purchases", pa.Table.from_pylist(purchases, schema=schema))
        warehouse.execute(
            "CREATE TABLE credit_notes AS"
            " SELECT NULL::BIGINT AS customer_id, NULL::DATE AS day,"
            " NULL::DECIMAL(18,4) AS refunded"
            " LIMIT 0"
        )
        warehouse.load("people", people)
        scores = warehouse.run(score(warehouse.relation("people"), RfmSettings()))
        warehouse.load("scores", scores)
        warehouse.load(
            "people",
            warehouse.sql(
                "SELECT p.* REPLACE (s.r AS r, s.f AS f, s.m AS m, s.rfm_segment AS rfm_segment,"
                " s.rfm8 AS rfm8, s.rfm8_name AS rfm8_name)"
                " FROM people p JOIN scores s USING (customer_id)"
            ),
        )
        warehouse.load(
            "stage_history",
            warehouse.sql(
                "SELECT customer_id, first_order_on AS changed_on, 'first_order' AS stage"
                " FROM people UNION ALL SELECT customer_id, as_of - 10, stage FROM people"
                " WHERE stage <> 'first_order' AND first_order_on < as_of - 40"
            ),
        )
        warehouse.load("category_cycles", _category_cycles(purchases, rng))
        warehouse.load("shop_pace", _pace())
        text = msgspec.json.encode(card_as_dict(card)).decode()
        warehouse.load("model_cards", pa.table({"name": ["lifetime"], "card": [text]}))
        pictures = gather(warehouse, Settings(), AS_OF, names=())
    plan, summary = _plan(people)
    return ReportData(
        shop=f"Tea & {HOSTILE}",
        currency="CNY",
        pictures=pictures,
        imported=(Note("两个文件", "two files"),),
        caveats=(Note("没有退款记录", "no refunds are recorded"),),
        plan=plan,
        plan_summary=summary,
        people_csv="people.csv",
    )
