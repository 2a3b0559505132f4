"""Counts and sums of a made shop, taken from the rows that are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from regulars.simulate.columns import DAY
from regulars.simulate.orders import Sold

_YEAR = 365


@dataclass(slots=True)
class Totals:
    """Sums over the blocks; amounts in fen."""

    days: int
    orders: int = 0
    lines: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    watched_a_year: int = 0
    once_in_a_year: int = 0
    buyers: int = 0
    repeaters: int = 0
    kept: int = 0
    kept_of_repeaters: int = 0
    gap_seconds: int = 0
    gaps: int = 0

    def add(self, sold: Sold, customers: int) -> None:
        """Add a block's orders."""
        self.orders += len(sold.placed)
        self.lines += sold.table.num_rows
        for name, value in sold.sums.items():
            self.sums[name] = self.sums.get(name, 0) + value
        who, placed = sold.customer[sold.valid], sold.placed[sold.valid]
        bought = np.bincount(who, minlength=customers)
        first = np.zeros(customers, dtype=np.int64)
        last = np.zeros(customers, dtype=np.int64)
        first[who[::-1]] = placed[::-1]
        last[who] = placed
        year = _YEAR * DAY
        within = np.bincount(who[placed <= first[who] + year], minlength=customers)
        watched = (bought > 0) & (first + year < self.days * DAY)
        repeats = bought > 1
        self.watched_a_year += int(watched.sum())
        self.once_in_a_year += int((watched & (within == 1)).sum())
        self.buyers += int((bought > 0).sum())
        self.repeaters += int(repeats.sum())
        self.gap_seconds += int((last - first)[repeats].sum())
        self.gaps += int((bought - 1)[repeats].sum())
        kept = np.bincount(
            sold.customer[sold.order_of_line],
            weights=sold.line_paid - sold.line_refunded,
            minlength=customers,
        )
        self.kept += round(float(kept.sum()))
        self.kept_of_repeaters += round(float(kept[repeats].sum()))

    def as_dict(self) -> dict[str, Any]:
        """Counts, shares and yuan."""
        paid_orders = max(self.orders - self.sums.get("cancelled_orders", 0), 1)
        yuan = ("gross", "shop_discount", "platform_discount", "shipping", "paid", "refunded")
        return {
            "orders": self.orders,
            "lines": self.lines,
            **{name: self.sums.get(name, 0) / 100 for name in yuan},
            "pieces": self.sums.get("pieces", 0),
            "cancelled_orders": self.sums.get("cancelled_orders", 0),
            "refunded_orders": self.sums.get("refunded_orders", 0),
            "buyers": self.buyers,
            "repeat_buyers": self.repeaters,
            "share_once_within_a_year": _share(self.once_in_a_year, self.watched_a_year),
            "share_of_revenue_from_repeat_buyers": _share(self.kept_of_repeaters, self.kept),
            "average_order_value": round(self.kept / 100 / paid_orders, 2),
            "cancelled_share": _share(self.sums.get("cancelled_orders", 0), self.orders),
            "refunded_share": _share(self.sums.get("refunded_orders", 0), paid_orders),
            "festival_share": _share(self.sums.get("festival_orders", 0), self.orders),
            "mean_gap_days": round(self.gap_seconds / DAY / max(self.gaps, 1), 3),
        }


def _share(part: int, whole: int) -> float | None:
    """The share, or None where there is nothing to have a share of."""
    return round(part / whole, 6) if whole else None
