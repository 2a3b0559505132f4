"""What a request that is no Segment message tells: messages for the timeline, facts, refusals.

>>> from regulars.intake.connection import Connection
>>> from regulars.intake.inbox.frame import Received
>>> web = Connection("web", "events", "shop", ("wk_1",), "2026-01-01T00:00:00+00:00")
>>> body = b'{"products": [{"product_id": "T1", "category": "tea"}, {"colr": 1}]}'
>>> told = told_by(Received("web", "products", 1_767_600_000_000_000, body), web)
>>> told.facts[0].row["category"], told.rejects[0].column, told.rejects[0].reason
('tea', 'colr', 'unknown_column')
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regulars.intake.connection import Connection
from regulars.intake.events.facts_cells import decode
from regulars.intake.inbox.frame import Received
from regulars.intake.webhooks.endpoints import ENDPOINTS, of_endpoint
from regulars.intake.webhooks.receipts import RECEIPTS, of_receipts
from regulars.intake.webhooks.saying import Refusal, Told
from regulars.intake.webhooks.shopify import of_shopify
from regulars.intake.webhooks.standard import STANDARD, of_standard
from regulars.intake.webhooks.woocommerce import of_woocommerce

__all__ = ["Refusal", "Told", "told_by"]

_PLATFORMS: dict[str, Callable[[str, dict[str, Any], int, str], Told]] = {
    "shopify": of_shopify,
    "woocommerce": of_woocommerce,
}


def told_by(received: Received, connection: Connection) -> Told:
    """What a request on any route but the Segment ones tells.

    Args:
        received: the request; its body is an object.
        connection: the one that it came through.
    """
    body = decode(received.body)
    if not body:
        return Told.refused(
            "", "", "nothing_told", {"body": received.body.decode(errors="replace")}
        )
    route, _, topic = received.route.partition(":")
    at, platform = received.at, connection.platform
    if route in ENDPOINTS:
        return of_endpoint(route, body, at, platform)
    if route == RECEIPTS:
        return of_receipts(body)
    if route == STANDARD:
        return of_standard(body, at, platform, received.headers.get("message-id", ""))
    if route in _PLATFORMS:
        return _PLATFORMS[route](topic, body, at, platform)
    return Told.refused("route", received.route, "unknown_topic", body)
