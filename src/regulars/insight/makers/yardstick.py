"""What a first-time buyer is held against: one yardstick for every picture of first purchases.

Buyers are compared with those of the same month, the same fifth of first basket value and as many
categories on the first day (1, 2, 3 or more). Who buys of several categories at once comes back
more, whatever they are; a category that is often one of several would gain by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.makers.counts import (
    cuts,
    first_buyers,
    first_categories,
    first_days,
    first_values,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

MOST_LOOKED_AT = 500_000
"""Purchases from which the bands of first baskets are made; of more, every so-manieth customer."""
MOST_KINDS = 3


def watched_buyers(view: View, horizon: int, *, kinds: bool = True) -> tuple[ir.Table, ir.Table]:
    """First-time buyers watched for so many days, and what each is held against.

    Args:
        view: the as-of tables.
        horizon: days after the first within which a purchase is a return.
        kinds: the number of categories of the first day parts buyers too; not where the size of
            the basket is what is asked for.

    Returns:
        `first_days`, and `first_buyers` with their stratum
    """
    purchases = view.relation("purchases")
    first = first_days(purchases, view.as_of, horizon)
    rows_of = int(view.run(purchases.count().as_table())[0][0].as_py())
    every = max(rows_of // MOST_LOOKED_AT, 1)
    bands = cuts(view.run(first_values(purchases, first, every)))
    buyers = first_buyers(purchases, first, horizon, bands)
    if not kinds:
        return first, buyers
    held = first_categories(view.relation("purchase_goods"), view.relation("goods"), first)
    told = held.group_by("customer_id").agg(kinds=held.count())
    both = buyers.left_join(told, "customer_id").drop("customer_id_right")
    # Where no category is known, it is taken for one.
    parted = ibis.least(both.kinds.fill_null(1), MOST_KINDS).cast("int64") - 1
    return first, both.mutate(stratum=both.stratum * MOST_KINDS + parted).drop("kinds")
