"""Events as a shop's clients send them, and a store of many of them made by SQL."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from regulars.engines.duckdb import Warehouse
from regulars.intake.events import ledger, table
from regulars.intake.inbox.frame import Received

PEOPLE_PER_ROW = 0.074
"""50 M events of 3.7 M customers."""
RUNS, REST = (0.69, 0.21, 0.07, 0.03), 200_000
"""Sorted runs of the store by their share of the rows, as many as there can be, and rows in its
tail."""
THREE = 1_000
"""From this number on, every three numbers are one customer, in the first tenth."""

_NAMES = ("Product Viewed", "Product Added", "Page Left", "Products Searched", "Product Clicked")
_SOURCES = ("wechat", "baidu", "xhs")
_DAY = datetime(2026, 11, 22, tzinfo=UTC)
_BATCH, _AGAIN = 100, 20


def message(number: int, rng: random.Random, people: int) -> dict[str, object]:
    """A message of about 560 bytes; a third of the visitors are signed in."""
    person, good = rng.randrange(people), rng.randrange(5_000)
    url = f"https://shop.example/p/{good}"
    told: dict[str, object] = {
        "type": "track",
        "messageId": f"node-next-{number}-{number * 7919:032x}",
        "anonymousId": f"8f1a2b3c-1111-2222-3333-{person:012d}",
        "event": _NAMES[number % len(_NAMES)],
        "timestamp": (_DAY + timedelta(milliseconds=number)).isoformat(),
        "properties": {
            "product_id": f"SKU-{good}", "name": f"Green tea {good} g", "category": f"T{good % 30}",
            "price": good / 10, "currency": "CNY", "quantity": 1 + good % 3, "url": url,
        },
        "context": {
            "library": {"name": "analytics-node", "version": "2.1.0"},
            "page": {"url": url, "referrer": "https://search.example/"},
            "campaign": {"source": _SOURCES[good % 3], "medium": "social"},
            "sessionId": f"{person * 31 + number % 3:032x}",
        },
    }  # fmt: skip
    if person % 3 == 0:
        told["userId"] = f"u{person}"
    return told


def requests(count: int, people: int = 50_000, seed: int = 1) -> Iterator[Received]:
    """Requests with so many messages in all, a fifth of them repeats of earlier ones."""
    rng = random.Random(seed)
    at = int((_DAY + timedelta(days=1)).timestamp() * 1_000_000)
    last: list[dict[str, object]] = []
    for first in range(seed << 40, (seed << 40) + count, _BATCH):
        batch = [
            last[place + 50] if place < _AGAIN and last else message(first + place, rng, people)
            for place in range(_BATCH)
        ]
        last = batch
        body = json.dumps({"batch": batch}, separators=(",", ":"))
        yield Received("web", "batch", at, body.encode())


def fill(warehouse: Warehouse, rows: int) -> int:
    """Fill the tables with so many events, as compaction leaves them; how many customers.

    Every customer stands in the largest run, and half or fewer of them in the others.
    """
    people = max(10_000, int(rows * PEOPLE_PER_ROW))
    rest = min(REST, rows // 10)
    warehouse.execute(_TEMPLATE)
    (tail,) = (name for name, state, _ in table.parts(warehouse) if state == "tail")
    seq = 1
    for nth, share in enumerate(RUNS):
        made, run = table.make_part(warehouse), int(rows * share)
        seq = _insert(warehouse, made, run, people, nth, seq)
        warehouse.execute(f"INSERT INTO {table.PARTS} VALUES ('{made}', 'sorted', {run})")
    seq = _insert(warehouse, tail, rest, people, len(RUNS), seq)
    warehouse.execute(f"UPDATE {table.PARTS} SET rows = {rest} WHERE name = '{tail}'")
    warehouse.execute(
        'INSERT INTO merges (customer_id, survivor, why, "at")'
        f" SELECT {THREE} + 3 * i + 1 + k, {THREE} + 3 * i, 'device', now()"
        f" FROM range({people // 30}) a(i), range(2) b(k)"
    )
    warehouse.execute(
        f"INSERT INTO identities SELECT i + 1, 'shop', 'u' || i FROM range({people}) a(i)"
    )
    ledger.advance(warehouse, seq=seq)
    table.make_view(warehouse)
    return people


_LIKE = 500_000
_TEMPLATE = f"""
CREATE OR REPLACE TEMP TABLE like_these AS
SELECT r, 'p' || (h % 500) AS product, (h % 9000) / 100.0 AS price,
       'https://shop.example/t/' || (h % 500) AS url, md5((h % 100000)::VARCHAR) AS session,
       '{{"product_id":"p' || (h % 500) || '","name":"Green tea 250g","price":'
           || (h % 9000) / 100.0 || ',"position":' || (h % 20) || '}}' AS properties,
       '{{"library":{{"name":"@segment/analytics-next"}},"page":{{"url":"https://shop.example/t/'
           || (h % 500) || '?a=' || h || '","title":"Tea"}},"locale":"zh-CN"}}' AS context
FROM (SELECT r, hash(r) % 1000003 AS h FROM range({_LIKE}) a(r))
"""


def _insert(warehouse: Warehouse, part: str, rows: int, people: int, nth: int, seq: int) -> int:
    """A run sorted by customer; behind the last one rows stand as they came."""
    order = "ORDER BY hash(r)" if nth == len(RUNS) else ""
    for first in range(0, rows, _LIKE):
        at = (
            f"make_timestamptz(1760000000000000 + {nth} * 432000000000"
            " + ((r * 7919) % 432000) * 1000000)"
        )
        warehouse.execute(
            f"""
            INSERT INTO {part} ({table.LISTED})
            SELECT r + {seq}, (r + {first}) * {people} // {rows} + 1, 'web', 'shop',
                   md5((r + {seq})::VARCHAR), 'track', 'Product Viewed', {at}, {at}, product, 'Tea',
                   NULL, price, 1, NULL, url, 'https://www.baidu.com/', 'wechat', 'social',
                   'spring', NULL, NULL, NULL, session, properties, context
            FROM like_these WHERE r < {min(_LIKE, rows - first)} {order}
            """
        )
        seq += min(_LIKE, rows - first)
    return seq
