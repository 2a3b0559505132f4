"""After-sales events, whatever the shop calls them, in one view."""

from __future__ import annotations

import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.intake.events.after_sales import AFTER_SALES, kind_of, make_view

NAMES = ("customer_id", "type", "name", "order_id", "product_id", "amount", "properties")


def view(*events: tuple) -> list[dict]:
    with Warehouse.in_memory() as warehouse:
        rows = [dict(zip(NAMES, one, strict=True)) for one in events]
        told = [one | {"at": 1, "connection": "web", "message_id": "m"} for one in rows]
        warehouse.load("events", pa.Table.from_pylist(told))
        make_view(warehouse)
        return warehouse.sql("FROM after_sales ORDER BY customer_id").to_pylist()


def test_after_sales_are_told_with_their_kind_reason_and_score():
    found = view(
        (1, "track", "Product Returned", "A", "T", None, '{"reason": "too small"}'),
        (2, "track", "投诉", "A", None, None, '{"topic": "late"}'),
        (3, "track", " ticket created ", None, None, None, '{"subject": "where is it"}'),
        (4, "track", "Satisfaction Rated", None, None, None, '{"score": 4}'),
        (5, "track", "Order Refunded", "A", None, 10.0, "{}"),
        (6, "track", "Product Viewed", None, "T", None, '{"reason": "none"}'),
        (7, "page", "Complaint", None, None, None, "{}"),
    )
    assert [(one["customer_id"], one["kind"], one["reason"], one["score"]) for one in found] == [
        (1, "return", "too small", None),
        (2, "complaint", "late", None),
        (3, "service", "where is it", None),
        (4, "satisfaction", None, 4.0),
        (5, "refund", None, None),
    ]


@pytest.mark.parametrize("score", ["good", "", None])
def test_a_score_that_is_no_number_is_none(score):
    import json

    (found,) = view(
        (1, "track", "Survey Completed", None, None, None, json.dumps({"score": score}))
    )
    assert found["score"] is None


def test_no_name_stands_for_two_kinds():
    names = [name for several in AFTER_SALES.values() for name in several]
    assert len(names) == len(set(names)) == len([one for one in names if kind_of(one)])
