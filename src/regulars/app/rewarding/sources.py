"""The names under which orders and events earn: the same wherever they are told of.

An order of the shop's own platform (`shop`) is named by its number; one of another platform by
PLATFORM:NUMBER, as ids of customers are. A checkout that asks for benefits names them so, too: then
the order that it holds and the order that an export tells later are one, and what it has earned is
taken back once, whoever tells of the refund first.

>>> order_source("shop", "A17"), order_name("shopify", "#1001")
('order:A17', 'shopify:#1001')
>>> event_source("web|shop|m1")
'event:1f3cf8e061ef09cf0e3be698'
"""

from __future__ import annotations

from hashlib import blake2b

from regulars.benefit.names import order_owner

OWN = "shop"
"""The platform whose orders are named by their number alone."""
_LONGEST = 100


def order_name(platform: str, order_id: str) -> str:
    """As the checkout names the order when it asks for benefits."""
    return order_id if platform == OWN else f"{platform}:{order_id}"


def order_source(platform: str, order_id: str) -> str:
    """What has earned, of an order."""
    owner = order_owner(order_name(platform, order_id))
    return owner if len(owner) <= _LONGEST else f"order:{_sum(owner)}"


def event_source(told: str) -> str:
    """What has earned, of an event: `told` are its connection, platform and message id."""
    return f"event:{_sum(told)}"


def _sum(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
