"""Signatures of webhooks: whether a body comes from whom it says it does.

| use | signature | over |
|---|---|---|
| shopify | `X-Shopify-Hmac-Sha256`: HMAC-SHA256, base64 | the body |
| woocommerce | `X-WC-Webhook-Signature`: HMAC-SHA256, base64 | the body |
| webhook | `webhook-signature`: Standard Webhooks, v1 | id, time (5 minutes at most off) and body |

Shopify and WooCommerce sign neither id nor time, so whoever has seen a delivery could send it again
under another id at any time. What tells theirs apart is therefore the topic and what was signed:
the same body again is the same message, however late it comes.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256

from regulars.errors import ConnectionRefused
from regulars.intake.connection import Connection, Use

Headers = Mapping[bytes, bytes]

_DIGEST_HEX = 32
_LONGEST = 200
"""Characters of a topic or an id; no platform's is near it."""


def is_ping(use: Use, headers: Headers, body: bytes) -> bool:
    """Whether it is WooCommerce's way of asking whether anybody is there: a form, unsigned."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    is_form = kind == b"application/x-www-form-urlencoded"
    return use == "woocommerce" and is_form and body.startswith(b"webhook_id=")


def route_and_headers(
    connection: Connection, headers: Headers, body: bytes
) -> tuple[str, dict[str, str]]:
    """The route under which a good webhook is kept, and what tells it from others.

    Raises:
        ConnectionRefused: it is not signed by any secret of the connection, or too old.
    """
    return _CHECKS[connection.use](connection, headers, body)


def _shopify(connection: Connection, headers: Headers, body: bytes) -> tuple[str, dict[str, str]]:
    _check_hmac(connection, headers.get(b"x-shopify-hmac-sha256", b""), body)
    return _told_by_topic("shopify", body, headers, {
        "topic": b"x-shopify-topic",
        "delivery-id": b"x-shopify-webhook-id",
        "event-id": b"x-shopify-event-id",
        "triggered-at": b"x-shopify-triggered-at",
    })  # fmt: skip


def _woocommerce(
    connection: Connection, headers: Headers, body: bytes
) -> tuple[str, dict[str, str]]:
    _check_hmac(connection, headers.get(b"x-wc-webhook-signature", b""), body)
    return _told_by_topic("woocommerce", body, headers, {
        "topic": b"x-wc-webhook-topic",
        "delivery-id": b"x-wc-webhook-delivery-id",
    })  # fmt: skip


def _told_by_topic(
    platform: str, body: bytes, headers: Headers, names: dict[str, bytes]
) -> tuple[str, dict[str, str]]:
    told = {
        name: text[:_LONGEST].decode("latin-1")
        for name, header in names.items()
        if (text := headers.get(header))
    }
    topic = told.setdefault("topic", "")
    told["message-id"] = f"{topic}:{sha256(body).hexdigest()[:_DIGEST_HEX]}"
    return f"{platform}:{topic}", told


def _standard(connection: Connection, headers: Headers, body: bytes) -> tuple[str, dict[str, str]]:
    from standardwebhooks import Webhook

    told = {
        name.decode(): headers.get(name, b"").decode("latin-1")
        for name in (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
    }
    for secret in connection.keys:
        try:
            Webhook(secret).verify(body, told, json_parse=False)
        except Exception:  # noqa: S112 - whatever is wrong with it, it is not this one's
            continue
        found = {"message-id": told["webhook-id"], "triggered-at": told["webhook-timestamp"]}
        return "webhook", found
    raise _forged()


def _check_hmac(connection: Connection, signature: bytes, body: bytes) -> None:
    for secret in connection.keys:
        right = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
        if hmac.compare_digest(right, signature.strip()):
            return
    raise _forged()


def _forged() -> ConnectionRefused:
    return ConnectionRefused(
        "this is signed by no secret of the connection, or too old",
        todo="give the connection the platform's secret: regulars connect NAME --secret-file FILE",
    )


_CHECKS: dict[str, Callable[[Connection, Headers, bytes], tuple[str, dict[str, str]]]] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "webhook": _standard,
}
