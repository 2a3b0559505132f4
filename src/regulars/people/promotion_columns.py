"""Who buys at promotions, and who only then: columns of the people table.

A promotion counts where the shop's own data show that it pulls (`lifetime.season`): on other dates
of the calendar people buy as on any day, and a label for it would be chance.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from regulars.kernel.promotion import PromotionDays
from regulars.lifetime.season import Pace
from regulars.people.stage_state import Purchases

_LEAST = 2
"""Days with a purchase, from which on "only at" is said."""


def promotion_columns(
    purchases: Purchases, as_of: int, pace: Pace | None, calendar: PromotionDays
) -> dict[str, pa.Array]:
    """`promotion_orders` and `buys_only_at` of each customer.

    Args:
        purchases: later ones than `as_of` are not looked at.
        as_of: day number.
        pace: which promotions pull; None where no month has ended.
        calendar: over all days with purchases.

    Returns:
        Purchases on days of pulling promotions, 0 where none; and the names of the promotions, in
        the order of the calendar, of those with purchases on two days or more, all within them.
    """
    pulling = np.array(
        [pace is not None and pace.promotion.get(name, 1.0) > 1.0 for name in calendar.names]
        + [False]  # for days of no promotion, code -1
    )
    known = purchases.day <= as_of
    who, day = purchases.customer[known], purchases.day[known]
    code = calendar.on(day)
    inside = pulling[code]
    size = purchases.customers
    orders = np.bincount(who, minlength=size)
    within = np.bincount(who[inside], minlength=size)
    days = np.unique(who * np.int64(1 << 20) + (day - (day.min() if len(day) else 0)))
    several = np.bincount(days >> 20, minlength=size) >= _LEAST
    only = several & (orders == within)
    # Few combinations of promotions exist: name each once.
    bits = np.zeros(size, np.int64)
    np.bitwise_or.at(bits, who[inside], np.int64(1) << code[inside])
    kinds, place = np.unique(np.where(only, bits, 0), return_inverse=True)
    names = [
        ", ".join(name for at, name in enumerate(calendar.names) if kind >> at & 1) or None
        for kind in kinds.tolist()
    ]
    return {
        "promotion_orders": pa.array(within.astype(np.int32)),
        "buys_only_at": pa.array(names, pa.string()).take(pa.array(place)),
    }
