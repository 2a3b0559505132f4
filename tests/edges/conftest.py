"""A made-up shop with a few hundred customers, some of whose words are an attack on the page."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from regulars.app.pictures import gather
from regulars.edges.report import Note, ReportData
from regulars.engines.duckdb import Warehouse
from regulars.people.columns import SCHEMA
from regulars.people.rfm import score
from regulars.settings import RfmSettings, Settings

AS_OF = date(2026, 10, 20)
HOSTILE = "</script><script>window.attacked = true</script><img src=x onerror='attacked=true'>"


def _purchases(rng: random.Random) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for customer in range(1, 401):
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(280))
        while day <= AS_OF:
            money = Decimal(rng.randrange(500, 20_000)) / 100
            rows.append(
                {
                    "order_no": len(rows),
                    "customer_id": customer if customer % 40 else None,
                    "day": day,
                    "net": money,
                }
            )
            if rng.random() < 0.35:
                break
            day += timedelta(days=int(rng.expovariate(1 / 30)) + 1)
    return rows


def _people(purchases: list[dict[str, Any]], rng: random.Random) -> pa.Table:
    base: dict[int, dict[str, Any]] = {}
    for row in purchases:
        if row["customer_id"] is None:
            continue
        own = base.setdefault(row["customer_id"], {"orders": 0, "monetary": Decimal(0)})
        own["orders"] += 1
        own["monetary"] += row["net"]
        own["recency_days"] = (AS_OF - row["day"]).days
        own.setdefault("first_order_on", row["day"])
    rows = []
    for customer, own in base.items():
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
                "chance_of_return": max(0.05, 1 - own["recency_days"] / 200),
                "gender": rng.choice(["F", "M", None]),
                "top_category": rng.choice(["tea", "=cups", HOSTILE]),
                "traits": [("pet", rng.choice(["cat", "dog"]))],
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


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
    people = _people(purchases, rng)
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
        pictures = gather(warehouse, Settings(), AS_OF)
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
