"""What was paid in money for each line of an order, by what is known now.

Amounts are in the smallest coin. What was paid for goods is what the lines tell, or what was paid
for the order less its postage, whichever is less; where lines do not tell, it is shared among them
by list value. What was refunded is taken off the lines that tell of it, and the rest of it off all.
Shares are exact: the coins of all lines are those of the order.

>>> order = PaidOrder(paid=100_00, refunded=0, shipping=10_00)
>>> lines = [LineTold(name, "tea", 50_00, 50_00, None, 0) for name in ("p1", "p2")]
>>> [line.paid for line in paid_lines(order, lines)]
[4500, 4500]
>>> [line.paid for line in paid_lines(order._replace(refunded=30_01), lines)]
[2999, 3000]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from regulars.benefit.points.earning import PaidLine


class PaidOrder(NamedTuple):
    """What was paid for an order in all, given back of it, and its postage."""

    paid: int
    refunded: int
    shipping: int


class LineTold(NamedTuple):
    """A line as it was told; `paid` is None where it was not told.

    `counts` is whether it is of goods, and not cancelled or returned as a whole.
    """

    product: str
    category: str
    unit_price: int
    gross: int
    paid: int | None
    refunded: int
    counts: bool = True


def paid_lines(order: PaidOrder, lines: Sequence[LineTold]) -> list[PaidLine]:
    """What was paid for each line and has not been refunded.

    An order without lines is one of no product and no category, which only a rule for all goods
    means.
    """
    goods = [line for line in lines if line.counts]
    left = max(0, order.paid - order.shipping)
    if order.refunded >= order.paid:
        left = 0
    if not lines:
        return [PaidLine("", "", 0, max(0, left - order.refunded))]
    told = [line.paid for line in goods if line.paid is not None]
    if len(told) == len(goods) and sum(told) > 0:
        weights = [max(0, paid) for paid in told]
        left = min(left, sum(weights))
    else:
        weights = [max(0, line.gross) for line in goods]
    shares = shared(left, weights)
    rest = order.refunded - sum(line.refunded for line in lines)
    shares = [max(0, a - line.refunded) for a, line in zip(shares, goods, strict=True)]
    if rest > 0:
        shares = shared(max(0, sum(shares) - rest), shares)
    return [
        PaidLine(line.product, line.category, line.unit_price, share)
        for line, share in zip(goods, shares, strict=True)
    ]


def shared(amount: int, weights: Iterable[int]) -> list[int]:
    """The amount in parts by weight, to the coin; equal ones where nothing has weight.

    >>> shared(100, [1, 1, 1]), shared(7, [0, 0]), shared(5, [])
    ([33, 33, 34], [3, 4], [])
    """
    each = list(weights)
    if not any(each):
        each = [1] * len(each)
    whole, so_far, given, parts = sum(each), 0, 0, []
    for weight in each:
        so_far += weight
        parts.append(amount * so_far // whole - given)
        given += parts[-1]
    return parts
