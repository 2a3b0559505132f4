"""What a refund takes back of what the order has earned.

By what of the goods' money has been paid back so far: of 300 points for an order of 30.00, after
10.00 were refunded, 100. So any sequence of refunds takes back what one would. Where the customer
has spent the points, what is there is taken and the rest is owed: later earnings pay it. Growth
value that is not there any more is let go.

Where only some lines of an order have earned (a rule with a scope), what earned is taken to be
refunded in the same proportion as the goods in all; once everything is refunded, all of it is.

>>> row = EarnedRow("order:1", 7, 5, 30_00, 300, 30, 0, 0, 0)
>>> who = "customer:7"
>>> entry = [Posting("points", who, 9, 300, 300), Posting("growth", who, 9, 30, 30)]
>>> back = take_back(row, goods_cash=10_00, goods_pay=30_00, all_goods=False, entry=entry,
...     points_there=60, growth_there=30)
>>> back.points, back.owed, back.growth, back.amounts
(60, 40, 10, {'points': 60, 'growth': 10})
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, customer_owner
from regulars.benefit.order.postings import Posting, can_be_taken
from regulars.engines.store_benefits import EarnedRow
from regulars.ledger.command import ISSUER, Leg


@dataclass(frozen=True, slots=True)
class EarnedBack:
    """What is taken back of what an order has earned.

    Attributes:
        row: how it stands then.
        points: taken from the customer.
        owed: points that are not there, and are owed from now on.
        growth: taken from the customer.
        amounts: of the earning's entry, to be taken back, by asset.
        legs: to be moved besides.
    """

    row: EarnedRow
    points: int = 0
    owed: int = 0
    growth: int = 0
    amounts: dict[str, int] = field(default_factory=dict)
    legs: tuple[Leg, ...] = ()


def take_back(
    row: EarnedRow,
    *,
    goods_cash: int,
    goods_pay: int,
    all_goods: bool,
    entry: Sequence[Posting],
    points_there: int,
    growth_there: int,
) -> EarnedBack:
    """What is to be taken back.

    Args:
        row: what the order has earned, and what of it was taken back before.
        goods_cash: paid back for goods so far, this refund included; smallest coins.
        goods_pay: of what was paid for goods.
        all_goods: whether all goods are refunded then.
        entry: the lines of the earning's entry.
        points_there: that the customer will have to take from.
        growth_there: likewise.
    """
    base_back = row.base if all_goods else row.base * goods_cash // max(goods_pay, 1)
    base_back = max(row.base_back, base_back)
    part, whole = (base_back, row.base) if row.base else (int(all_goods), 1)
    points_back = max(row.points_back, row.points * part // whole)
    growth_back = max(row.growth_back, row.growth * part // whole)

    wanted = points_back - row.points_back
    customer = customer_owner(row.customer_id)
    points = min(wanted, points_there)
    from_entry = min(points, can_be_taken(entry, POINTS, customer))
    growth = min(growth_back - row.growth_back, growth_there)
    # Of an entry that gave it to a number which is another one's since, nothing can be reversed.
    growth_from_entry = min(growth, can_be_taken(entry, GROWTH, customer))
    legs = (
        *_legs(POINTS, customer, ISSUER, points - from_entry),
        *_legs(GROWTH, customer, ISSUER, growth - growth_from_entry),
        *_legs(OWED_POINTS, ISSUER, customer, wanted - points),
    )
    amounts = {asset: n for asset, n in ((POINTS, from_entry), (GROWTH, growth_from_entry)) if n}
    changed = row._replace(base_back=base_back, points_back=points_back, growth_back=growth_back)
    return EarnedBack(changed, points, wanted - points, growth, amounts, legs)


def _legs(asset: str, giver: str, taker: str, amount: int) -> tuple[Leg, ...]:
    return (Leg(asset, giver, -amount), Leg(asset, taker, amount)) if amount else ()
