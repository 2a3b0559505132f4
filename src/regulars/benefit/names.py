"""Names of benefits in the ledger: assets, owners, limits.

>>> customer_owner(7), coupon_asset("spring", 2), read_coupon_asset("coupon:spring:2")
('customer:7', 'coupon:spring:2', ('spring', 2))
>>> order_owner("A 17/§")
'order:u:QSAxNy_Cpw'
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
LAPSED = "lapsed"
"""To whom an expired coupon goes once its budget has back what was set aside for it."""

LEFT = "left"
"""What of a budget can still be promised; it is an asset of its own, `cost_asset`."""
RESERVED = "reserved"
"""What of a budget is set aside for coupons: the worst case of all that are not used yet."""
PROMISED = "promised"
"""What of a budget is set aside for gifts that were not sent and shares that nobody has claimed:
apart from `RESERVED`, so that no coupon can use what is owed in full."""
SPENT = "spent"
"""What of a budget was used."""


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


def cost_asset(budget: str) -> str:
    """What a budget may cost, in the smallest coin or in points: left, reserved, then spent."""
    return f"cost:{budget}"


def budget_owner(budget: str) -> str:
    """A budget, which pays for what is given under it."""
    return f"budget:{budget}"


def order_owner(order: str) -> str:
    """The order, as the owner of a hold: whatever characters its id has."""
    is_plain = order.isascii() and _is_plain(order)
    # No plain id has a colon, so none is read as another's packed form.
    return f"order:{order}" if is_plain else f"order:u:{_packed(order)}"


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and all(one.isalnum() or one in "._-" for one in text)


def _packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


_LONGEST = 80
