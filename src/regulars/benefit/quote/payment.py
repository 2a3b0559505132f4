"""What points and the customer's balance pay of what coupons have left.

>>> of_points(Points(worth=1, worth_of=100, step=50), 10_000, 1234, "most")  # 1 fen for 100 points
(1200, 12)
"""

from __future__ import annotations

from math import gcd, lcm
from typing import Literal

from regulars.benefit.definition.terms import Points
from regulars.benefit.quote.basket import Wish
from regulars.benefit.quote.rules import WHOLE
from regulars.errors import InvalidCommand, Where


def check_wish(wish: Wish) -> None:
    """Raises `InvalidCommand` where points or balance are less than 0."""
    for column, value in (("points", wish.points), ("balance", wish.balance)):
        if value != "most" and value < 0:
            raise InvalidCommand(
                "nobody uses less than nothing",
                where=Where(column=column, value=str(value)),
                todo='write 0 or more, or "most"',
            )


def of_points(
    points: Points, goods: int, available: int, wished: int | Literal["most"]
) -> tuple[int, int]:
    """How many points are used, and what they pay in the smallest coin.

    Args:
        points: how they are spent.
        goods: what coupons have left of them.
        available: to the customer.
        wished: no more than so many.
    """
    if points.worth < 1 or points.worth_of < 1 or goods < points.least_order:
        return 0, 0
    at_once = lcm(max(points.step, 1), points.worth_of // gcd(points.worth, points.worth_of))
    pays = at_once * points.worth // points.worth_of
    have = available if wished == "most" else min(available, wished)
    payable = goods * min(points.most_percent, WHOLE) // WHOLE
    times = max(min(have // at_once, payable // pays), 0)
    return times * at_once, times * pays


def of_balance(left: int, available: int, wished: int | Literal["most"]) -> int:
    """How much of the customer's balance is used for so much that is left, in the smallest coin."""
    have = available if wished == "most" else min(available, wished)
    return max(min(have, left), 0)
