"""What a shop knows of its past, for a rule sheet; whatever is not known is left out.

>>> past = History(baskets=(3000, 8000, 12000, 20000))
>>> past.reaching(10000), History().reaching(10000)
(0.5, None)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class History:
    """Figures of the shop's past; None and empty where there are none: then nothing is made up.

    Amounts are in the smallest coin; "a month" is 30 days.

    Attributes:
        at: the present instant, UTC microseconds.
        orders_a_month: paid orders.
        average_order: what was paid for one.
        margin: share of the price that is profit, 0 to 1.
        baskets: goods at list price of past orders, a sample.
        spends: what each customer paid in the last 365 days, a sample.
        customers: how many there are.
        in_stage: of them, by stage.
        entering: customers who come into a stage in a month.
        rising: customers who reach a tier in a month, by its name.
        events: events in a month, by name.
        people: customers with the event in a month, by name.
        met: customers who would have met an incentive in a month, by its name: from a dry run.
        redeemed: share of the coupons given that were used, 0 to 1.
        points_used: share of the points earned that were spent, 0 to 1.
    """

    at: int | None = None
    orders_a_month: float | None = None
    average_order: int | None = None
    margin: float | None = None
    baskets: tuple[int, ...] = ()
    spends: tuple[int, ...] = ()
    customers: int | None = None
    in_stage: Mapping[str, int] = field(default_factory=dict)
    entering: Mapping[str, float] = field(default_factory=dict)
    rising: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, float] = field(default_factory=dict)
    people: Mapping[str, float] = field(default_factory=dict)
    met: Mapping[str, float] = field(default_factory=dict)
    redeemed: float | None = None
    points_used: float | None = None

    def reaching(self, threshold: int) -> float | None:
        """Share of the past baskets that come to the threshold."""
        if not self.baskets:
            return None
        return sum(basket >= threshold for basket in self.baskets) / len(self.baskets)

    @property
    def sales_a_month(self) -> float | None:
        """What is paid in a month."""
        if self.orders_a_month is None or self.average_order is None:
            return None
        return self.orders_a_month * self.average_order
