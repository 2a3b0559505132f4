"""What the tests of event logs share: what landing holds of them, and messages."""

from __future__ import annotations

import json
from typing import Any

from regulars import Shop
from regulars.engines.duckdb import parquet
from regulars.intake.landed import landed
from regulars.intake.landing import Landing
from regulars.intake.records import Kind


def events(shop: Shop) -> list[dict[str, Any]]:
    """What landing holds, in the order of the lines; without what is empty."""
    segments = Landing(shop.home.landing).segments("events")
    rows = shop.warehouse.sql(f"FROM {landed(segments, Kind.EVENT)} ORDER BY import_no, line")
    return [{k: v for k, v in row.items() if v is not None} for row in rows.to_pylist()]


def names(shop: Shop) -> dict[int, tuple[str, str]]:
    """By number, the namespace and id of everyone."""
    segments = Landing(shop.home.landing).segments("ids")
    rows = shop.warehouse.sql(f"FROM {parquet(segments)}").to_pylist()
    return {row["customer_id"]: (row["namespace"], row["identity"]) for row in rows}


def links(shop: Shop) -> list[tuple[Any, ...]]:
    """The links in landing: one, other, how."""
    segments = Landing(shop.home.landing).segments("links")
    if not segments:
        return []
    rows = shop.warehouse.sql(f"FROM {parquet(segments)} ORDER BY ALL").to_pylist()
    return [
        (
            (row["one_namespace"], row["one_identity"]),
            (row["other_namespace"], row["other_identity"]),
            row["how"],
        )
        for row in rows
    ]


def message(number: int, **told: Any) -> str:
    """A line of a log: an event of its own, one minute after the one before."""
    return (
        json.dumps(
            {
                "type": "track",
                "messageId": f"m{number}",
                "event": "Cart Viewed",
                "timestamp": f"2026-01-05T02:{number:02d}:00.000Z",
                **told,
            },
            ensure_ascii=False,
        )
        + "\n"
    )
