"""What is told when something expires.

The journal's entry is of hundreds of lots and tells no event of its own; whoever passes it on makes
one of what each customer loses by it. So a million lots that expire cost the book nothing more.

>>> told_of_expiry("points", 50)
('Points Expired', {'points': 50})
>>> told_of_expiry("coupon:spring:2", 1)
('Coupon Expired', {'coupon': 'spring', 'version': 2, 'count': 1})
>>> told_of_expiry("growth", 50) is None  # what it means is told by the tier
True
>>> told_of_expiry("coupon:spring", 1) is None  # of somebody's own book-keeping
True
"""

from __future__ import annotations

import re
from typing import Any

from regulars.benefit.names import POINTS, read_coupon_asset

POINTS_EXPIRED = "Points Expired"
COUPON_EXPIRED = "Coupon Expired"
BALANCE_EXPIRED = "Balance Expired"
_COUPON, _MONEY = re.compile("coupon:[^:]+:[0-9]{1,9}"), re.compile("money:[A-Z]{3}")
"""As the benefits name them: who writes to the ledger may have assets of any other name."""
EXPIRIES = frozenset({POINTS_EXPIRED, COUPON_EXPIRED, BALANCE_EXPIRED})


def told_of_expiry(asset: str, amount: int) -> tuple[str, dict[str, Any]] | None:
    """The event and its properties; None of what customers are not told.

    Args:
        asset: of the ledger.
        amount: that a customer has lost: points, coupons, or the smallest coin.
    """
    if asset == POINTS:
        return POINTS_EXPIRED, {"points": amount}
    if _COUPON.fullmatch(asset):
        coupon, version = read_coupon_asset(asset)
        return COUPON_EXPIRED, {"coupon": coupon, "version": version, "count": amount}
    if _MONEY.fullmatch(asset):
        return BALANCE_EXPIRED, {"asset": asset, "amount": amount}
    return None
