"""What a budget pays: legs that set a cost aside, let it go, or spend it.

A budget is an asset of its own, in the smallest coin or in points. The worst case of what is given
goes from what is left to what is reserved, in the entry that gives it; what it came to cost is
spent, and the rest is left again. So what was given can never cost more than the budget.

>>> [(leg.owner, leg.amount) for leg in reserve("spring", 2000)]
[('left', -2000), ('reserved', 2000)]
>>> reserve("", 2000)
()
"""

from __future__ import annotations

from regulars.benefit.names import LEFT, RESERVED, SPENT, cost_asset
from regulars.ledger.command import Leg


def reserve(budget: str, amount: int, by: str = RESERVED) -> tuple[Leg, ...]:
    """Set so much aside; no legs where no budget pays, or nothing.

    Args:
        budget: its name.
        amount: the worst case.
        by: who keeps it: `RESERVED` for coupons, `PROMISED` for what is owed in full.
    """
    return _legs(budget, LEFT, by, amount)


def release(budget: str, amount: int) -> tuple[Leg, ...]:
    """Let go what was set aside."""
    return _legs(budget, RESERVED, LEFT, amount)


def spend(budget: str, amount: int, by: str = RESERVED) -> tuple[Leg, ...]:
    """Spend what was set aside."""
    return _legs(budget, by, SPENT, amount)


def _legs(budget: str, giver: str, taker: str, amount: int) -> tuple[Leg, ...]:
    if not budget or not amount:
        return ()
    asset = cost_asset(budget)
    return (Leg(asset, giver, -amount), Leg(asset, taker, amount))
