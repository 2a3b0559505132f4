"""The routes of a worker, declared once: dispatch, limits, keys and description come from here.

>>> sorted(path for path, route in BY_PATH.items() if route.name == "track")
['/v1/t', '/v1/t/', '/v1/track', '/v1/track/']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regulars.intake.connection import Use

MESSAGE_LIMIT = 32 << 10
"""Bytes of one message, as the Segment spec has it."""
BATCH_LIMIT = 500 << 10
"""Bytes of a batch, likewise."""
WEBHOOK_LIMIT = 4 << 20
"""Bytes of a webhook: an order of some hundred lines must pass."""

WEBHOOKS = "/v1/webhooks/"
"""What stands behind it is the connection's name."""

_BY_ANYBODY: tuple[Use, ...] = ("events", "public")
"""Messages may come from pages; records only from those who keep their key to themselves."""

Body = Literal["message", "batch", "records", "webhook"]


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request.

    Attributes:
        name: kept with the body (`Received.route`); a webhook's is the connection's use.
        paths: where it is posted to; the same with a slash behind them.
        limit: bytes of the body, unpacked.
        body: its form.
        summary: for the description.
        uses: of the connections that may send it.
    """

    name: str
    paths: tuple[str, ...]
    limit: int
    body: Body
    summary: str
    uses: tuple[Use, ...] = ("events",)


def _message(name: str, summary: str) -> Route:
    paths = (f"/v1/{name}", f"/v1/{name[0]}")
    return Route(name, paths, MESSAGE_LIMIT, "message", summary, _BY_ANYBODY)


def _records(name: str, summary: str) -> Route:
    return Route(name, (f"/v1/{name}",), BATCH_LIMIT, "records", summary)


def _webhook(use: Use, summary: str) -> Route:
    return Route(use, (), WEBHOOK_LIMIT, "webhook", summary, (use,))


ROUTES: tuple[Route, ...] = (
    _message("identify", "Who somebody is, and what is known of them."),
    _message("track", "Something that somebody did."),
    _message("page", "A page that was seen."),
    _message("screen", "A screen of an app or mini-program that was seen."),
    _message("group", "A group that somebody belongs to."),
    _message("alias", "Two ids are the same person."),
    Route(
        "batch",
        # Clients of servers and phones post to `import` or `b`.
        ("/v1/batch", "/v1/b", "/v1/import"),
        BATCH_LIMIT,
        "batch",
        "Several messages, each with its `type`.",
        _BY_ANYBODY,
    ),
    _records("products", "Products: one object, or a list `products`."),
    _records("customers", "Customers: one object, or a list `customers`."),
    _records("spend", "What was spent on marketing: one object, or a list `spend`."),
    _records("receipts", "What became of messages sent: one object, or a list `receipts`."),
)

WEBHOOK: dict[str, Route] = {
    "shopify": _webhook("shopify", "A webhook of Shopify, signed with the app's secret."),
    "woocommerce": _webhook("woocommerce", "A webhook of WooCommerce, signed with its secret."),
    "webhook": _webhook("webhook", "A webhook signed as Standard Webhooks has it."),
}
"""By the use of the connection that the path names."""

BY_PATH: dict[str, Route] = {
    spelled: route for route in ROUTES for path in route.paths for spelled in (path, f"{path}/")
}

MEASURES = frozenset({"/v1/m", "/v1/m/"})
"""Browser clients report on themselves here; they are thanked, and nothing is kept."""
