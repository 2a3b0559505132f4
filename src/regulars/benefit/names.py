"""Names of benefits in the ledger: assets, owners, limits.

>>> customer_owner(7), coupon_asset("spring", 2), read_coupon_asset("coupon:spring:2")
('customer:7', 'coupon:spring:2', ('spring', 2))
>>> order_owner("A 17/§")
'order:QSAxNy_Cpw'
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

POINTS = "points"
GROWTH = "growth"
"""Growth value, which tiers are reached by; never spent."""
OWED_POINTS = "owed:points"
"""Points that a refund should have taken back and that were spent before: later earnings pay."""

SHOP = "shop"
"""To whom points and money go that are spent."""
USED = "used"
"""To whom a coupon goes that was redeemed."""
STOCK = "stock"
"""What of a coupon or a gift has not been given to anybody."""


def money_asset(currency: str) -> str:
    """The customer's balance that red envelopes fill, in the currency's smallest coin."""
    return f"money:{currency}"


def customer_owner(customer_id: int) -> str:
    """The customer, as an owner."""
    return f"customer:{customer_id}"


def coupon_asset(name: str, version: int) -> str:
    """A coupon under the terms of one version, which never change."""
    return f"coupon:{name}:{version}"


def read_coupon_asset(asset: str) -> tuple[str, int]:
    """The coupon's name and version."""
    _, name, version = asset.split(":")
    return name, int(version)


def gift_asset(name: str) -> str:
    """A gift."""
    return f"gift:{name}"


def badge_asset(name: str) -> str:
    """A badge."""
    return f"badge:{name}"


def envelope_asset(envelope: str) -> str:
    """The shares of a red envelope, counted; its money has the owner of the same name."""
    return f"envelope:{envelope}"


def budget_owner(budget: str) -> str:
    """A budget, which pays for what is given under it."""
    return f"budget:{budget}"


def order_owner(order: str) -> str:
    """The order, as the owner of a hold: whatever characters its id has."""
    plain = order if order.isascii() and _is_plain(order) else _packed(order)
    return f"order:{plain}"


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and all(one.isalnum() or one in "._-" for one in text)


def _packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


_LONGEST = 80
