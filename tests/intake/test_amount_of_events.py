"""The amount of an event: what was paid, the same live and from a log of the same messages."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from regulars import Shop
from regulars.app.as_of import refresh
from sent import send

# As in the Segment spec: revenue 25 without shipping and tax, 27.50 paid.
ORDER = {"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "live",
         "timestamp": "2026-01-04T10:00:00Z",
         "properties": {"order_id": "A1", "revenue": 25, "total": 27.5}}  # fmt: skip


def test_an_order_event_tells_what_was_paid_live_and_from_a_log(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps(ORDER | {"messageId": "logged"}) + "\n")
    with Shop.create(tmp_path / "shop", name="made") as shop:
        send(shop.home, ORDER)
        shop.import_files(tmp_path / "log.jsonl")
        refresh(shop.warehouse, shop.home)
        rows = shop.warehouse.sql("SELECT message_id, amount FROM events ORDER BY 1").to_pylist()
    assert [(row["message_id"], row["amount"]) for row in rows] == [
        ("live", Decimal("27.5")),
        ("logged", Decimal("27.5")),
    ]
