"""The best combination of coupons."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.benefit.quote.rules import Fitted, taken_off
from regulars.benefit.quote.search import Search
from regulars.benefit.quote.table import Table


def best(coupons: Sequence[Fitted], left: Sequence[int], most: int) -> tuple[Fitted, ...]:
    """The coupons to be used, in the order in which they apply.

    Args:
        coupons: that can be used in the basket; of each asset one.
        left: of each line, and of the shipping, before any of them.
        most: that may be used together.
    """
    if most < 1 or not coupons:
        return ()
    together = [one for one in coupons if not one.held.coupon.alone]
    search = Search(Table(together, left), most)
    search.go()
    off, ties = search.off, search.ties
    found = tuple(search.table.coupons[j] for j in search.chosen)
    for one in coupons:
        if one.held.coupon.alone:
            its_off = sum(taken_off(one, left).values())
            its_ties = ([one.held.expires_at], [(one.held.coupon.name, one.held.version)])
            if its_off and (-its_off, 1, its_ties) < (-off, len(found), ties):
                off, ties, found = its_off, its_ties, (one,)
    return found
